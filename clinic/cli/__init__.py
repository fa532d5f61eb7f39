"""``flask clinic …``: set-up, people, demonstration, verification, and the record out and in, from the command line."""

from clinic.cli import audit, backups, doctor, records, roles, second_factors, setup
from clinic.cli.bare import WITHOUT_APPLICATION, without_application
from clinic.cli.group import clinic

__all__ = [
    "WITHOUT_APPLICATION",
    "audit",
    "backups",
    "clinic",
    "doctor",
    "records",
    "roles",
    "second_factors",
    "setup",
    "without_application",
]
