"""What all tables of an export share: the patients behind their pseudonyms, and values as cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final

from clinic.domain.deidentified_rows import CohortRecord
from clinic.domain.deidentified_rules import codes, pseudonym, shift_of
from clinic.domain.deidentified_tables import Column

PATIENT: Final = Column("patient", "Pseudonym of the patient, the same in all files of this cohort")
SESSION: Final = Column("session", "Number of the session of this patient in these files, 1 for the earliest")
ON: Final = Column("date", "Day, shifted by this patient's number of days")
SIDE: Final = Column("side", "The patient's side: right, left or midline")
RATER: Final = Column("rater", "Code of the person who rated; blank when the patient answered", rare=True)

Row = tuple[str, ...]


def text_of(value: object) -> str:
    """A coded value as a cell; nothing where nothing is known."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def row_of(*values: object) -> Row:
    """Values as the cells of a row."""
    return tuple(map(text_of, values))


@dataclass(frozen=True)
class Hidden:
    """The patients behind their pseudonyms: shifted dates, numbers of sessions, codes of persons.

    ``first`` is the day of each patient's first session, ``last`` the last day of theirs in any table.
    """

    names: Mapping[str, str]
    shifts: Mapping[str, timedelta]
    numbers: Mapping[str, int]
    people: Mapping[str, str]
    first: Mapping[str, date]
    last: Mapping[str, date]

    def day(self, patient_id: str, on: date | None) -> str:
        """A day of a patient, shifted."""
        return (on + self.shifts[patient_id]).isoformat() if on else ""

    def number(self, session_id: str) -> str:
        """The number of a session, blank for one that is not in the files."""
        return text_of(self.numbers.get(session_id))


def hidden_of(record: CohortRecord, salt: str) -> Hidden:
    """The pseudonyms, shifts and numbers of a cohort."""
    ids = [one.patient_id for one in record.patients]
    sessions = sorted({(one.patient_id, one.session_on, one.session_id) for one in record.sites})
    numbers: dict[str, int] = {}
    counted: dict[str, int] = {}
    first: dict[str, date] = {}
    for patient_id, on, session_id in sessions:
        numbers[session_id] = counted[patient_id] = counted.get(patient_id, 0) + 1
        first.setdefault(patient_id, on)
    raters = (*(one.rater for one in record.grades), *(one.rater for one in record.scores))
    people = (*(one.given_by for one in record.sites), *raters)
    return Hidden(
        {one: pseudonym(salt, one) for one in ids},
        {one: shift_of(salt, one) for one in ids},
        numbers,
        codes(salt, "R", people),
        first,
        _last_days(record),
    )


def _last_days(record: CohortRecord) -> Mapping[str, date]:
    """The last day of each patient that stands in any table."""
    dated = [(one.patient_id, one.on) for one in record.sites]
    dated += [(one.patient_id, one.on) for one in record.grades]
    dated += [(one.patient_id, one.on) for one in record.scores]
    dated += [(one.patient_id, one.on) for one in record.reviews]
    dated += [(one.patient_id, on) for one in record.events for on in (one.onset_on, one.ended_on) if on]
    found: dict[str, date] = {}
    for patient_id, on in dated:
        found[patient_id] = max(on, found.get(patient_id, on))
    return found
