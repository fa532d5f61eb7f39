"""The page on which the outcome of a session is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from clinic.domain import assessments
from clinic.domain.assessments import grid
from clinic.domain.assessments.grid import Cell, Place
from clinic.domain.errors import NotFound
from clinic.domain.review_entries import MuscleAt
from clinic.domain.review_patterns import place_order, proposed
from clinic.domain.reviews import since_words
from clinic.domain.visits import VisitState
from clinic.models import (
    Assessment,
    SynkinesisFinding,
    Visit,
)
from clinic.queries.given_sessions import GivenSession, given_selects, given_sessions, sessions_given
from clinic.queries.outcome_contents import assessment_content
from clinic.queries.outcomes import ReviewRow
from clinic.queries.standing_reviews import StandingReview, standing, standing_reviews, standing_selects
from clinic.queries.together import AnySelect
from clinic.queries.visit_record import VisitRecord, visit_record
from clinic.queries.visit_rows import Ask
from clinic.unit_of_work import UnitOfWork

FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A session with what is asked about it in a visit. ``session`` is None when there is none to review.

    ``own`` is this visit's review of it, ``earlier`` those of other visits, ``hints`` what the patient answered today
    as (question, answer). ``asked_day`` counts from the session to this visit.
    """

    record: VisitRecord
    session: GivenSession | None
    others: tuple[GivenSession, ...]
    own: ReviewRow | None
    earlier: tuple[StandingReview, ...]
    asked_day: int
    patterns: tuple[Place, ...]
    more: tuple[Place, ...]
    hints: tuple[tuple[str, str], ...]

    @property
    def since(self) -> str:
        """How long after the session it is asked."""
        return since_words(self.asked_day)

    @property
    def treated(self) -> Mapping[MuscleAt, str]:
        """The treated muscles with their doses in words, by side and name."""
        return self.session.treated if self.session else {}

    @property
    def version(self) -> int:
        """The edit version of this visit's review; 0 before the first save."""
        return self.own.edit_version if self.own else 0


def review_page(uow: UnitOfWork, visit_id: str, session_id: str = "") -> ReviewPage:
    """What is asked about a session (the last one unless named) in a visit. Raises NotFound."""
    record = visit_record(uow, visit_id, _more)
    before = reviewable(record, sessions_given(record.more))
    session = _chosen(before, session_id)
    if session is None:
        return ReviewPage(record, None, (), None, (), 0, (), (), _hints(record))
    own = own_review(record, session)
    reviews = standing_reviews(record.more)
    here = {record.visit.id, record.visit.amends_id}
    patterns, more = proposed(
        _cells(record.more["graded"], session),
        session.treated.keys(),
        {row.side for row in record.conditions if row.chosen},
    )
    if own:
        kept = {one.place for one in own.effects}
        patterns = tuple(sorted({*patterns, *kept}, key=place_order))
        more = tuple(place for place in more if place not in kept)
    return ReviewPage(
        record=record,
        session=session,
        others=tuple(one for one in before if one is not session),
        own=own,
        earlier=tuple(
            one for one in reviews if one.row.session_id in session.versions and one.row.visit_id not in here
        ),
        asked_day=(record.visit.on - session.on).days,
        patterns=patterns,
        more=more,
        hints=_hints(record),
    )


def reviewable(record: VisitRecord, sessions: tuple[GivenSession, ...]) -> tuple[GivenSession, ...]:
    """The sessions that a visit can review: of this or an earlier day, and not the visit's own."""
    here = {record.visit.id, record.visit.amends_id}
    return tuple(one for one in sessions if one.on <= record.visit.on and not (one.visit_ids | one.versions) & here)


def session_to_review(uow: UnitOfWork, record: VisitRecord, session_id: str) -> GivenSession:
    """One session that a visit can review, from fresh rows. Raises NotFound for any other id."""
    found = _chosen(reviewable(record, given_sessions(uow, record.patient.id)), session_id)
    if found is None:
        raise NotFound
    return found


def opens_with_outcome(uow: UnitOfWork, visit_id: str) -> bool:
    """Whether an injection visit has an earlier session that it has not reviewed yet."""
    record = visit_record(uow, visit_id)
    sessions = reviewable(record, given_sessions(uow, record.patient.id)) if record.session else ()
    return bool(sessions) and own_review(record, sessions[0]) is None


def own_review(record: VisitRecord, session: GivenSession) -> ReviewRow | None:
    """The review of a session, whichever version of it, that a visit holds."""
    return next((row for row in record.outcomes.reviews if row.session_id in session.versions), None)


def _chosen(sessions: tuple[GivenSession, ...], session_id: str) -> GivenSession | None:
    if not session_id:
        return next(iter(sessions), None)
    found = next((one for one in sessions if session_id in one.versions), None)
    if found is None:
        raise NotFound
    return found


def _more(uow: UnitOfWork, ask: Ask) -> dict[str, AnySelect]:
    f = SynkinesisFinding
    graded = (
        select(Visit.on, Visit.id, f.side, f.movement, f.muscle_group, f.grade, f.bother)
        .join(Visit, (Visit.clinic_id == f.clinic_id) & (Visit.id == f.visit_id))
        .join(Assessment, (Assessment.clinic_id == f.clinic_id) & (Assessment.id == f.assessment_id))
        .where(Assessment.instrument == grid.GRID, f.grade > 0)
        .where(Visit.clinic_id == uow.clinic_id, Visit.patient_id == ask.patient_id)
        .where(Visit.state == VisitState.SIGNED)  # A draft's grid is not shown: somebody may still grade it blind.
    )
    selects = given_selects(uow, ask.patient_id) | standing_selects(uow, ask.patient_id)
    return selects | {"graded": standing(graded)}


def _cells(rows: list[tuple[Any, ...]], session: GivenSession) -> tuple[Cell, ...]:
    """The graded cells of the session's own visit, or of the newest one before it; of two raters the higher grade."""
    days = {(row[0], row[1] in session.visit_ids, row[1]) for row in rows if row[0] <= session.on}
    if not days:
        return ()
    _, _, visit_id = max(days)
    found: dict[Place, Cell] = {}
    for _, _, side, movement, group, grade, bother in (row for row in rows if row[1] == visit_id):
        cell = Cell(Place(side, movement, group), grade, bother)
        other = found.get(cell.place)
        if other is None or (grade, bother or 0) > (other.grade or 0, other.bother or 0):
            found[cell.place] = cell
    return tuple(found.values())


def _hints(record: VisitRecord) -> tuple[tuple[str, str], ...]:
    sent = [
        row
        for row in record.outcomes.assessments
        if row.instrument == FOLLOW_UP and row.patient_reported and row.instrument in assessments.INSTRUMENTS
    ]
    items = [item for row in sent for item in assessment_content(row).items]
    return tuple((item.label, item.answer) for item in items if item.value is not None or item.answer != "not answered")
