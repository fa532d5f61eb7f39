"""A patient's course for the tests of trends: graded visits, sessions and reviews, each through the real use cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from clinic.domain.actors import Actor
from clinic.domain.anatomy import Side
from clinic.domain.assessments import INSTRUMENTS
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.injections import Answer
from clinic.domain.review_entries import Effect, ReviewEntry
from clinic.domain.reviews import Wearing
from clinic.domain.trends import Measured
from clinic.services import assessments, grids, reviews, visits
from tests.charting import Charting

EYE = Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE)
CHIN = Place(Side.LEFT, Movement.PUCKER, Group.CHIN)


def saq(total: int) -> dict[str, int]:
    """Nine answers with this sum (9 to 45)."""
    base, more = divmod(total, 9)
    return {f"q{n}": base + (n <= more) for n in range(1, 10)}


def sunnybrook(movement: int, synkinesis: int = 1) -> dict[str, int]:
    """All movements alike, all synkinesis alike, normal at rest."""
    found = {"rest_eye": 0, "rest_cheek": 0, "rest_mouth": 0}
    for key in ("brow", "closure", "smile", "snarl", "pucker"):
        found |= {f"move_{key}": movement, f"syn_{key}": synkinesis}
    return found


@dataclass
class Course:
    """A patient with a left palsy, visit by visit."""

    charting: Charting

    def draft(self, on: datetime | None = None) -> str:
        """A plain draft, today or on a day of the test's clock."""
        if on is not None:
            self.charting.clock.now = on
        with self.charting.writing() as uow:
            self.charting.visit_id = visits.start(uow, self.charting.patient_id, with_injections=False)
        return self.charting.visit_id

    def rate(
        self, key: str, answers: Mapping[str, int | None], side: Side | None = None, by: Actor | None = None
    ) -> None:
        """Fill in an instrument in the open draft."""
        version = INSTRUMENTS[key].version
        with self.charting.work.writing(by or self.charting.clinic.prescriber) as uow:
            assessments.save_assessment(uow, self.charting.visit_id, key, answers, version=version, side=side)

    def grade(self, cells: Mapping[Place, int], by: Actor | None = None) -> None:
        """Grade cells of the grid in the open draft."""
        with self.charting.work.writing(by or self.charting.clinic.prescriber) as uow:
            grids.save_cells(uow, self.charting.visit_id, [Cell(place, grade) for place, grade in cells.items()])

    def review(self, session_id: str, effects: Iterable[Effect], **values: Any) -> None:
        """Review a session in the open draft."""
        given = {"wearing": Wearing.WORKING, "adverse_event": Answer.NO} | values
        with self.charting.writing() as uow:
            reviews.save_review(uow, self.charting.visit_id, session_id, ReviewEntry(effects=tuple(effects), **given))

    def graded(self, on: datetime, saq_sum: int | None = None, movement: int | None = None) -> str:
        """A signed visit with a questionnaire, a clinician's scale, or both."""
        visit_id = self.draft(on)
        if saq_sum is not None:
            self.rate("saq", saq(saq_sum))
        if movement is not None:
            self.rate("sunnybrook", sunnybrook(movement), Side.LEFT)
        self.charting.sign()
        return visit_id


def at(year: int, month: int, day: int) -> datetime:
    """Ten in the morning."""
    return datetime(year, month, day, 10, tzinfo=UTC)


def measured(value: str, on: datetime, **values: Any) -> Measured:
    """A SAQ total unless overridden."""
    given: dict[str, Any] = {
        "visit_id": f"v{on:%Y%m%d}",
        "on": on.date(),
        "rated_at": on,
        "instrument": "saq",
        "version": "2007",
        "score": "total",
        "side": None,
        "rater": "the patient",
        "patient_reported": True,
        "value": Decimal(value),
    }
    return Measured(**(given | values))
