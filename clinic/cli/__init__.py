"""``flask clinic …``: set-up, people, demonstration, verification, and the record out and in, from the command line."""

from clinic.cli import audit, records, second_factors, setup
from clinic.cli.group import clinic

__all__ = ["audit", "clinic", "records", "second_factors", "setup"]
