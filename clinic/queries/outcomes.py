"""Rows of a visit's assessments, reviews and adverse events: selects for the one statement of ``visit_record``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.injections import Answer
from clinic.domain.reviews import Contact, Impression, Wearing
from clinic.models import (
    Assessment,
    AssessmentAnswer,
    AssessmentScore,
    PatientForm,
    Review,
    ReviewEffect,
    ReviewEffectMuscle,
    ReviewImpression,
    SynkinesisFinding,
    Visit,
)
from clinic.queries.adverse_events import EventRow, event_rows, event_selects, of_parent
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A score as it was computed."""

    score: str
    value: Decimal
    text: str
    flag: str
    answered: int | None


@dataclass(frozen=True, slots=True)
class AssessmentRow:
    """One rater's instrument or grid, with its answers, scores and cells."""

    id: str
    instrument: str
    version: str
    side: Side | None
    rater_id: str | None
    rater_name: str
    patient_reported: bool
    entered_by: str
    rated_at: datetime
    blind: bool
    note: str
    edit_version: int
    answers: Mapping[str, int]
    texts: Mapping[str, str]
    scores: tuple[ScoreRow, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class EffectRow:
    """What one pattern did, and the muscles linked to it as (muscle, side)."""

    place: Place
    effect: int | None
    worse: bool
    muscles: tuple[tuple[str, Side], ...]


@dataclass(frozen=True, slots=True)
class ImpressionRow:
    """The injector's impression of one muscle."""

    muscle: str
    side: Side
    impression: Impression
    by: str


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review of one session; ``session_on`` is that session's day."""

    id: str
    visit_id: str
    session_id: str
    session_on: date
    contact: Contact
    first_noticed_day: int | None
    best_day: int | None
    wearing: Wearing
    worn_off_day: int | None
    adverse_event: Answer | None
    note: str
    answered_by: str
    answered_at: datetime
    edit_version: int
    effects: tuple[EffectRow, ...]
    impressions: tuple[ImpressionRow, ...]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What was graded and reviewed in a visit, and all adverse events of its patient (withdrawn ones too).

    ``roots`` maps every visit of the patient to the first of its versions. ``urgent_at`` are the moments at which an answer
    on a form of this visit asked for help at once.
    """

    assessments: tuple[AssessmentRow, ...] = ()
    reviews: tuple[ReviewRow, ...] = ()
    events: tuple[EventRow, ...] = ()
    roots: Mapping[str, str] | None = None
    urgent_at: tuple[datetime, ...] = ()

    def root(self, visit_id: str) -> str:
        """The first version of a visit."""
        return (self.roots or {}).get(visit_id, visit_id)


def outcome_selects(uow: UnitOfWork, visit_id: str, patient_id: str) -> dict[str, AnySelect]:
    """The selects behind ``outcomes``."""
    f = PatientForm
    urgent = select(f.urgent_at).where(f.clinic_id == uow.clinic_id, f.visit_id == visit_id, f.urgent_at.is_not(None))
    selects = assessment_selects(uow, visit_id) | review_selects(uow, visit_id) | event_selects(uow, patient_id)
    return selects | {"urgent_form": urgent}


def outcomes(rows: Mapping[str, list[tuple[Any, ...]]]) -> Outcomes:
    """What the rows of ``outcome_selects`` say."""
    roots = first_versions(rows["outcome_version"])
    urgent_at = tuple(sorted(at for (at,) in rows["urgent_form"]))
    return Outcomes(assessment_rows(rows), review_rows(rows), event_rows(rows, roots), roots, urgent_at)


def assessment_selects(uow: UnitOfWork, visit_id: str) -> dict[str, AnySelect]:
    """Assessments of one visit."""
    a, n, s, f = Assessment, AssessmentAnswer, AssessmentScore, SynkinesisFinding
    selects = {
        "assessment": (
            a,
            select(
                a.id,
                a.instrument,
                a.version,
                a.side,
                a.rater_id,
                a.rater_name,
                a.patient_reported,
                a.entered_by,
                a.rated_at,
                a.blind,
                a.note,
                a.edit_version,
            ),
        ),
        "assessment_answer": (n, select(n.assessment_id, n.item, n.value, n.text)),
        "assessment_score": (s, select(s.assessment_id, s.score, s.value, s.text, s.flag, s.answered)),
        "assessment_cell": (f, select(f.assessment_id, f.side, f.movement, f.muscle_group, f.grade, f.bother)),
    }
    return _of_visit(uow, visit_id, selects)


def assessment_rows(rows: Mapping[str, list[tuple[Any, ...]]]) -> tuple[AssessmentRow, ...]:
    """Assessments with their children, in the order in which they were made."""
    found = [
        AssessmentRow(  # type: ignore[misc]  # The row ends before its children.
            *row,
            answers={
                item: value for _, item, value, _ in of_parent(rows["assessment_answer"], row[0]) if value is not None
            },
            texts={item: text for _, item, _, text in of_parent(rows["assessment_answer"], row[0]) if text},
            scores=tuple(ScoreRow(*one[1:]) for one in sorted(of_parent(rows["assessment_score"], row[0]))),
            cells=tuple(
                Cell(Place(side, movement, group), grade, bother)
                for _, side, movement, group, grade, bother in sorted(
                    of_parent(rows["assessment_cell"], row[0]), key=_cell_order
                )
            ),
        )
        for row in rows["assessment"]
    ]
    return tuple(sorted(found, key=lambda row: (row.rated_at, row.id)))


def review_selects(uow: UnitOfWork, visit_id: str) -> dict[str, AnySelect]:
    """Reviews that were answered in one visit."""
    r = Review
    review = (
        select(*review_columns(Visit))
        .join(Visit, (Visit.clinic_id == r.clinic_id) & (Visit.id == r.session_id))
        .where(r.clinic_id == uow.clinic_id, r.visit_id == visit_id)
    )
    return {"review": review} | _of_visit(uow, visit_id, review_children())


def review_columns(session: Any) -> tuple[Any, ...]:
    """The columns of a ``ReviewRow`` before its children; ``session`` is the visit that was reviewed."""
    r = Review
    asked = (r.contact, r.first_noticed_day, r.best_day, r.wearing, r.worn_off_day, r.adverse_event, r.note)
    return (r.id, r.visit_id, r.session_id, session.on, *asked, r.answered_by, r.answered_at, r.edit_version)


def review_children() -> dict[str, tuple[Any, AnySelect]]:
    """The child tables of reviews with their selects, by the names that ``review_rows`` reads."""
    e, m, i = ReviewEffect, ReviewEffectMuscle, ReviewImpression
    place = ("review_id", "side", "movement", "muscle_group")
    of_effect, of_muscle = ([getattr(model, name) for name in place] for model in (e, m))
    return {
        "review_effect": (e, select(*of_effect, e.effect, e.worse)),
        "review_muscle": (m, select(*of_muscle, m.muscle, m.muscle_side)),
        "review_impression": (i, select(i.review_id, i.muscle, i.side, i.impression, i.by)),
    }


def review_rows(rows: Mapping[str, list[tuple[Any, ...]]]) -> tuple[ReviewRow, ...]:
    """Reviews with their effects and impressions, by day of the session."""
    found = []
    for row in rows["review"]:
        muscles: dict[Place, list[tuple[str, Side]]] = {}
        for _, side, movement, group, muscle, muscle_side in sorted(of_parent(rows["review_muscle"], row[0])):
            muscles.setdefault(Place(side, movement, group), []).append((muscle, muscle_side))
        effects = []
        for _, side, movement, group, effect, worse in sorted(
            of_parent(rows["review_effect"], row[0]), key=_cell_order
        ):
            place = Place(side, movement, group)
            effects.append(EffectRow(place, effect, worse, tuple(muscles.get(place, ()))))
        impressions = (ImpressionRow(*one[1:]) for one in sorted(of_parent(rows["review_impression"], row[0])))
        found.append(ReviewRow(*row, effects=tuple(effects), impressions=tuple(impressions)))  # type: ignore[misc]
    return tuple(sorted(found, key=lambda row: (row.session_on, row.id)))


def first_versions(rows: list[tuple[Any, ...]]) -> dict[str, str]:
    """The first version of every visit."""
    amends = dict(rows)
    found = {}
    for visit_id in amends:
        root = visit_id
        while amends.get(root):
            root = amends[root]
        found[visit_id] = root
    return found


def _of_visit(uow: UnitOfWork, visit_id: str, selects: Mapping[str, tuple[Any, AnySelect]]) -> dict[str, AnySelect]:
    return {
        name: query.where(model.clinic_id == uow.clinic_id, model.visit_id == visit_id)
        for name, (model, query) in selects.items()
    }


_MOVEMENTS = {movement: number for number, movement in enumerate(Movement)}
_GROUPS = {group: number for number, group in enumerate(Group)}


def _cell_order(row: tuple[Any, ...]) -> tuple[bool, int, int]:
    _, side, movement, group, *_ = row
    return (side is not Side.RIGHT, _MOVEMENTS[movement], _GROUPS[group])
