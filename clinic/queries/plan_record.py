"""Rows of a visit's plan, planning and training: selects for the one statement of ``visit_record``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Place
from clinic.domain.injections import Answer
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import PlanItem
from clinic.domain.training import BroughtDown, Method
from clinic.models import (
    GoalRating,
    MuscleBlock,
    PlanningAnswer,
    Signature,
    TrainingFeedback,
    TrainingSession,
    Visit,
)
from clinic.queries.plan_items import plan_items, plan_selects
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PlanningAnswerRow:
    """A question of planning as answered."""

    question: PlanningQuestion
    answer: Answer
    detail: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class GoalRatingRow:
    """How far a goal (``item_id``) was reached, -2 to +2."""

    item_id: str
    level: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A test block; millimetres and millilitres are whole tenths."""

    id: str
    muscle: str
    side: Side
    agent: str
    tenths_ml: int | None
    excursion_before: int | None
    excursion_after: int | None
    dental_show_before: int | None
    dental_show_after: int | None
    patient_says: str
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """One unwanted movement that feedback was given on."""

    number: int
    method: Method
    place: Place
    brought_down: BroughtDown
    grade_before: int | None
    grade_after: int | None
    note: str


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """A therapist's visit."""

    minutes: int | None
    methods: tuple[Method, ...]
    home_practice: str
    note: str
    by: str
    at: datetime
    edit_version: int
    feedback: tuple[FeedbackRow, ...]


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """The patient's plan as this visit knows it, and what was answered, rated, blocked and trained in it.

    An amendment knows the plan as the first signed version did, with what the amendments since then say. ``versions`` are
    the visit and every version before it.
    """

    items: tuple[PlanItem, ...] = ()
    answers: tuple[PlanningAnswerRow, ...] = ()
    ratings: tuple[GoalRatingRow, ...] = ()
    blocks: tuple[BlockRow, ...] = ()
    training: TrainingRow | None = None
    versions: tuple[str, ...] = ()


def block_columns() -> tuple[Any, ...]:
    """The columns of a ``BlockRow``."""
    b = MuscleBlock
    return (
        b.id,
        b.muscle,
        b.side,
        b.agent,
        b.tenths_ml,
        b.excursion_before,
        b.excursion_after,
        b.dental_show_before,
        b.dental_show_after,
        b.patient_says,
        b.note,
        b.done_by,
        b.done_at,
    )


def visit_plan_selects(uow: UnitOfWork, visit_id: str, patient_id: str, *, amends: bool) -> dict[str, AnySelect]:
    """The selects behind ``visit_plan``; ``amends`` where the visit is a version of an earlier one."""
    a, g, b, t, f = PlanningAnswer, GoalRating, MuscleBlock, TrainingSession, TrainingFeedback
    children: dict[str, tuple[Any, AnySelect]] = {
        "planning_answer": (a, select(a.question, a.answer, a.detail, a.answered_by, a.answered_at)),
        "goal_rating": (g, select(g.item_id, g.level, g.rated_by, g.rated_at)),
        "muscle_block": (
            b,
            select(*block_columns()),
        ),
        "training": (
            t,
            select(t.minutes, t.methods, t.home_practice, t.note, t.recorded_by, t.recorded_at, t.edit_version),
        ),
        "feedback": (
            f,
            select(
                f.number,
                f.method,
                f.side,
                f.movement,
                f.muscle_group,
                f.brought_down,
                f.grade_before,
                f.grade_after,
                f.note,
            ),
        ),
    }
    found = {
        name: query.where(child.clinic_id == uow.clinic_id, child.visit_id == visit_id)
        for name, (child, query) in children.items()
    }
    if amends:
        signed = (Signature.clinic_id == Visit.clinic_id) & (Signature.visit_id == Visit.id)
        found["amended"] = (
            select(Visit.id, Visit.amends_id, Signature.signed_at)
            .join(Signature, signed)
            .where(Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
        )
    return found | plan_selects(uow, patient_id)


def visit_plan(rows: Mapping[str, list[tuple[Any, ...]]], visit: Visit) -> VisitPlan:
    """What the rows of ``visit_plan_selects`` say."""
    versions, until = _versions(rows, visit)
    return VisitPlan(
        items=plan_items(rows, until=until, also=versions),
        answers=tuple(sorted((PlanningAnswerRow(*row) for row in rows["planning_answer"]), key=_asked)),
        ratings=tuple(sorted((GoalRatingRow(*row) for row in rows["goal_rating"]), key=lambda one: one.item_id)),
        blocks=tuple(sorted((BlockRow(*row) for row in rows["muscle_block"]), key=lambda one: (one.at, one.id))),
        training=_training(rows),
        versions=versions,
    )


def _versions(rows: Mapping[str, list[tuple[Any, ...]]], visit: Visit) -> tuple[tuple[str, ...], datetime | None]:
    """The visit and every version before it, and when the first of those was signed; None for what amends nothing."""
    known = {visit_id: (amends_id, at) for visit_id, amends_id, at in rows.get("amended", ())}
    found, before, until = [visit.id], visit.amends_id, None
    while before is not None and before not in found:
        found.append(before)
        before, until = known.get(before, (None, until))
    return tuple(found), until


def _asked(row: PlanningAnswerRow) -> int:
    return list(PlanningQuestion).index(row.question)


def _training(rows: Mapping[str, list[tuple[Any, ...]]]) -> TrainingRow | None:
    for minutes, methods, home_practice, note, by, at, edit_version in rows["training"]:
        feedback = tuple(sorted((_feedback(row) for row in rows["feedback"]), key=lambda one: one.number))
        kinds = tuple(Method(key) for key in methods.split())
        return TrainingRow(minutes, kinds, home_practice, note, by, at, edit_version, feedback)
    return None


def _feedback(row: tuple[Any, ...]) -> FeedbackRow:
    number, method, side, movement, group, *rest = row
    return FeedbackRow(number, method, Place(side, movement, group), *rest)
