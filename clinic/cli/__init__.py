"""``flask clinic …``: set-up, people, demonstration, verification, and the record out and in, from the command line."""

from clinic.cli import records, setup
from clinic.cli.group import clinic

__all__ = ["clinic", "records", "setup"]
