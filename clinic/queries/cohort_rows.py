"""What was charted, as rows with their patient: each select finds the patients and tells, for a few of them, why."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.assessments.grid import Group, Movement
from clinic.domain.cohorts import Criteria, PatternRange, ScoreRange
from clinic.domain.plans import OPEN, ItemKind
from clinic.domain.reviews import Wearing
from clinic.domain.visits import VisitState
from clinic.models import (
    AdverseEvent,
    AdverseEventEntry,
    Assessment,
    AssessmentScore,
    PlanEntry,
    PlanItem,
    Review,
    ReviewEffect,
    SynkinesisFinding,
    Visit,
)
from clinic.queries.together import AnySelect
from clinic.queries.versions import in_force, not_voided
from clinic.unit_of_work import UnitOfWork

_WEEK = 7


def stands(*, drafts: bool, visit: Any = Visit) -> ColumnElement[bool]:
    """A signed visit in force that nobody voided; with ``drafts`` also an open draft that amends nothing."""
    signed = visit.state == VisitState.SIGNED
    state = or_(signed, and_(visit.state == VisitState.DRAFT, visit.amends_id.is_(None))) if drafts else signed
    return and_(state, in_force(visit), not_voided(visit))


def events(uow: UnitOfWork, asked: Criteria) -> AnySelect:
    """Adverse events as their newest entries say, the withdrawn ones left out."""
    a, e, later = AdverseEvent, AdverseEventEntry, aliased(AdverseEventEntry)
    newer = exists().where(later.clinic_id == e.clinic_id, later.event_id == e.event_id, later.number > e.number)
    found = (
        select(a.patient_id, a.session_id, e.kind, e.grade, e.side, e.onset_on, e.relation, e.reviewed, e.at)
        .join(e, (e.clinic_id == a.clinic_id) & (e.event_id == a.id))
        .where(a.clinic_id == uow.clinic_id, e.clinic_id == uow.clinic_id, e.withdrawn.is_(False), ~newer)
    )
    if asked.events:
        found = found.where(e.kind.in_([Kind(one) for one in asked.events]))
    if asked.event_grade_at_least is not None:
        found = found.where(e.grade >= asked.event_grade_at_least)
    if asked.event_relations:
        found = found.where(e.relation.in_([Relation(one) for one in asked.event_relations]))
    return found.where(e.reviewed.is_(False)) if asked.event_not_reviewed else found


def scores(uow: UnitOfWork, asked: ScoreRange) -> AnySelect:
    """Scores within a range, or the newest of each patient and side when it is."""
    a, s = Assessment, AssessmentScore
    base = (
        select(Visit.patient_id, Visit.id.label("visit_id"), Visit.on, s.score, s.value, s.text, a.side, a.rated_at)
        .select_from(a)
        .join(s, (s.clinic_id == a.clinic_id) & (s.assessment_id == a.id))
        .join(Visit, (Visit.clinic_id == a.clinic_id) & (Visit.id == a.visit_id))
        .where(a.clinic_id == uow.clinic_id, s.clinic_id == uow.clinic_id, Visit.clinic_id == uow.clinic_id)
        .where(a.instrument == asked.instrument, s.score == asked.score, stands(drafts=False))
    )
    if not asked.newest:
        return _within(base, s.value, asked.lowest, asked.highest)
    side = func.coalesce(a.side, "")
    numbered = base.add_columns(_newest_first(Visit.patient_id, side, newest=(Visit.on, a.rated_at, a.id))).subquery()
    return _within(_first(numbered), numbered.c.value, asked.lowest, asked.highest)


def patterns(uow: UnitOfWork, asked: PatternRange) -> AnySelect:
    """Graded cells of the grid within a range, or the newest grade of each cell when it is."""
    a, f = Assessment, SynkinesisFinding
    base = (
        select(Visit.patient_id, Visit.id.label("visit_id"), Visit.on, f.side, f.movement, f.muscle_group, f.grade)
        .select_from(f)
        .join(a, (a.clinic_id == f.clinic_id) & (a.id == f.assessment_id))
        .join(Visit, (Visit.clinic_id == f.clinic_id) & (Visit.id == f.visit_id))
        .where(f.clinic_id == uow.clinic_id, a.clinic_id == uow.clinic_id, Visit.clinic_id == uow.clinic_id)
        .where(f.grade.is_not(None), stands(drafts=False))
    )
    if asked.movement:
        base = base.where(f.movement == Movement(asked.movement))
    if asked.group:
        base = base.where(f.muscle_group == Group(asked.group))
    if not asked.newest:
        return _within(base, f.grade, asked.lowest, asked.highest)
    cell = (Visit.patient_id, f.side, f.movement, f.muscle_group)
    numbered = base.add_columns(_newest_first(*cell, newest=(Visit.on, a.rated_at, a.id))).subquery()
    return _within(_first(numbered), numbered.c.grade, asked.lowest, asked.highest)


def reviews(uow: UnitOfWork, asked: Criteria) -> AnySelect:
    """Reviews whose effect and weeks of benefit are as asked; what was not asked or had no number never fits."""
    r, f = Review, ReviewEffect
    asks_effect = asked.effect_at_least is not None or asked.effect_at_most is not None
    effect = (f.side, f.movement, f.muscle_group, f.effect) if asks_effect else ()
    found = (
        select(Visit.patient_id, Visit.id.label("visit_id"), Visit.on, r.worn_off_day, *effect)
        .select_from(r)
        .join(Visit, (Visit.clinic_id == r.clinic_id) & (Visit.id == r.visit_id))
        .where(r.clinic_id == uow.clinic_id, Visit.clinic_id == uow.clinic_id, stands(drafts=asked.drafts))
    )
    if asks_effect:
        found = found.join(f, (f.clinic_id == r.clinic_id) & (f.review_id == r.id))
        found = found.where(f.clinic_id == uow.clinic_id, f.effect.is_not(None), f.worse.is_(False))
        found = _within(found, f.effect, asked.effect_at_least, asked.effect_at_most)
    least, most = asked.benefit_weeks_at_least, asked.benefit_weeks_at_most
    if least is None and most is None:
        return found
    found = found.where(r.wearing == Wearing.GONE, r.worn_off_day.is_not(None))
    # Whole weeks: from the first day of the least week to the last day of the most.
    days = (None if least is None else least * _WEEK, None if most is None else most * _WEEK + _WEEK - 1)
    return _within(found, r.worn_off_day, *days)


def open_items(uow: UnitOfWork, asked: Criteria) -> AnySelect:
    """Items of the plan whose newest entry is open."""
    i, e, later = PlanItem, PlanEntry, aliased(PlanEntry)
    newer = exists().where(later.clinic_id == e.clinic_id, later.item_id == e.item_id, later.number > e.number)
    return (
        select(i.patient_id, i.kind, e.state, e.at)
        .join(e, (e.clinic_id == i.clinic_id) & (e.item_id == i.id))
        .where(i.clinic_id == uow.clinic_id, e.clinic_id == uow.clinic_id)
        .where(i.kind.in_([ItemKind(one) for one in asked.plan_open]), e.state.in_(sorted(OPEN)), ~newer)
    )


def _newest_first(*of: Any, newest: tuple[Any, ...]) -> Any:
    order = [one.desc() for one in newest]
    return func.row_number().over(partition_by=of, order_by=order).label("place")


def _first(numbered: Subquery) -> AnySelect:
    return select(*(one for one in numbered.c if one.key != "place")).where(numbered.c.place == 1)


def _within(found: AnySelect, column: Any, lowest: Any, highest: Any) -> AnySelect:
    if lowest is not None:
        found = found.where(column >= lowest)
    return found if highest is None else found.where(column <= highest)
