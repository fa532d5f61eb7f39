"""Reports about one record: who saw it, and what was given out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

SEEN = ("who", "role", "seen", "documents", "changed", "exported", "in emergency access", "first", "last")
GIVEN = ("when", "what", "reference", "given to", "what for", "by")
"""Headings of the two tables."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose record, and in which days of the clinic; blank days are open ends."""

    patient_id: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """One person's dealings with one patient's record. ``documents`` were read, printed or handed over."""

    user_id: str
    who: str
    role: str
    reads: int
    changes: int
    documents: int
    exports: int
    emergencies: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose record it is, with the records that were merged into it."""

    patient_id: str
    record_number: str
    merged: tuple[str, ...]
    ids: tuple[str, ...]
    zone: str


@dataclass(frozen=True, slots=True)
class AccessPage:
    """Who saw the record, the last first."""

    subject: Subject
    rows: tuple[Access, ...]

    @property
    def total(self) -> int:
        """Everything that was counted."""
        return sum(one.reads + one.changes + one.documents + one.exports for one in self.rows)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Something of the record that left the clinic's hands: when, what, to whom, what for, and who gave it."""

    at: datetime
    what: str
    reference: str
    given_to: str
    purpose: str
    by: str


def seen_cells(one: Access, zone: ZoneInfo) -> list[str]:
    """A line of the table of who saw a record."""
    numbers = (one.reads, one.documents, one.changes, one.exports, one.emergencies)
    return [one.who, one.role, *map(str, numbers), _moment(one.first, zone), _moment(one.last, zone)]


def given_cells(one: Disclosure, zone: ZoneInfo) -> list[str]:
    """A line of the table of what was given out."""
    return [_moment(one.at, zone), one.what, one.reference, one.given_to, one.purpose, one.by]


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(sep=" ", timespec="seconds")
