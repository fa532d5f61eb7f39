"""What came of a patient's visits, as the list of visits says it: reviews in a line each, and adverse events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clinic.queries.adverse_events import EventRow, event_rows, event_selects
from clinic.queries.outcomes import first_versions
from clinic.queries.prepared import ANY_UNIT, Prepared, asked
from clinic.queries.standing_reviews import outcome_lines, standing_selects
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PatientOutcomes:
    """A patient's adverse events, newest first, and what the newest review says of each session, by visit id."""

    rows: tuple[EventRow, ...]
    reviews: Mapping[str, str]

    @property
    def open(self) -> tuple[EventRow, ...]:
        """The events that nobody has reviewed."""
        return tuple(row for row in self.rows if row.is_open)


def _selects() -> dict[str, AnySelect]:
    patient_id = asked("patient_id")
    return event_selects(ANY_UNIT, patient_id) | standing_selects(ANY_UNIT, patient_id)


_OF_PATIENT = Prepared(_selects)


def patient_outcomes(uow: UnitOfWork, patient_id: str) -> PatientOutcomes:
    """What came of a patient's visits, in one statement; of nobody's patient there is nothing."""
    found = _OF_PATIENT.rows(uow, patient_id=patient_id)
    events = event_rows(found, first_versions(found["outcome_version"]))
    return PatientOutcomes(tuple(reversed(events)), outcome_lines(found))
