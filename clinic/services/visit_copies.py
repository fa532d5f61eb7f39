"""A signed visit's children copied into the draft that amends it: everything that was said, by whom and when."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from clinic.models import (
    Assessment,
    AssessmentAnswer,
    AssessmentScore,
    GoalRating,
    InjectionSession,
    InjectionSite,
    MuscleBlock,
    PlanningAnswer,
    Review,
    ReviewEffect,
    ReviewEffectMuscle,
    ReviewImpression,
    ScreeningAnswer,
    SynkinesisFinding,
    Syringe,
    TimeOut,
    TrainingFeedback,
    TrainingSession,
    VisitCondition,
    VisitNote,
)
from clinic.unit_of_work import UnitOfWork

_KEYED_BY_VISIT: tuple[Any, ...] = (
    VisitCondition,
    VisitNote,
    InjectionSession,
    ScreeningAnswer,
    PlanningAnswer,
    GoalRating,
    TrainingSession,
    TrainingFeedback,
)
"""Children that a visit's id and their own values name."""


_CHARTED_BY_VISIT: tuple[Any, ...] = (VisitNote, TrainingSession, TrainingFeedback)
"""Children that say what was seen and done, and nothing of whose record it is."""
_SESSION_KEPT = (
    "given_by", "ordered_by", "supervised_by", "guidance", "needle", "anaesthesia", "indication", "shorthand",
    "transcribed", "transcribed_source", "transcribed_product", "transcribed_lot",
)  # fmt: skip


def copy_charted(uow: UnitOfWork, old_id: str, new_id: str, *, copied_from: date, late: str, now: datetime) -> None:
    """Copy what was charted into a draft in another patient's record: nothing that the wrong patient was asked or told.

    Sites come unconfirmed, as copies of a day; those marked given stay so, entered ``late`` with both times.
    """
    for model in _CHARTED_BY_VISIT:
        for row in uow.session.scalars(select(model).where(model.visit_id == old_id)):
            uow.session.add(copied(row, visit_id=new_id))
    for block in uow.session.scalars(select(MuscleBlock).where(MuscleBlock.visit_id == old_id)):
        uow.session.add(copied(block, visit_id=new_id, id=uow.new_id()))
    sites = uow.session.scalars(select(InjectionSite).where(InjectionSite.visit_id == old_id)).all()
    any_given = any(site.given_at is not None for site in sites)
    session = uow.session.get(InjectionSession, (uow.clinic_id, old_id))
    if session is not None:
        # What was drawn up and given stays drawn up: it can be prepared no more.
        names = (*_SESSION_KEPT, "prepared_at", "prepared_by") if any_given else _SESSION_KEPT
        kept = {name: getattr(session, name) for name in names}
        uow.session.add(InjectionSession(clinic_id=uow.clinic_id, visit_id=new_id, **kept))
    syringes = _renamed(uow, Syringe, old_id, new_id, wasted=Decimal(0), waste_reason="")
    for site in sites:
        given = site.given_at is not None
        row = copied(site, visit_id=new_id, id=uow.new_id(), syringe_id=syringes.get(site.syringe_id or ""))
        row.from_previous_site, row.from_planned_target, row.pattern_name = None, None, ""
        row.copied_from, row.confirmed = copied_from, False
        if given:
            row.given_recorded_at, row.entered_late_reason = now, late
        uow.session.add(row)
    _copy_assessments(uow, old_id, new_id)


def copy_children(uow: UnitOfWork, old_id: str, new_id: str) -> None:
    """Copy every child of a visit to another; rows with an id get a new one."""
    for model in _KEYED_BY_VISIT:
        for row in uow.session.scalars(select(model).where(model.visit_id == old_id)):
            uow.session.add(copied(row, visit_id=new_id))
    named: tuple[Any, ...] = (TimeOut, MuscleBlock)
    for model in named:
        for row in uow.session.scalars(select(model).where(model.visit_id == old_id)):
            uow.session.add(copied(row, visit_id=new_id, id=uow.new_id()))
    syringes = _renamed(uow, Syringe, old_id, new_id)
    for site in uow.session.scalars(select(InjectionSite).where(InjectionSite.visit_id == old_id)):
        syringe_id = syringes.get(site.syringe_id or "")
        uow.session.add(copied(site, visit_id=new_id, id=uow.new_id(), syringe_id=syringe_id))
    _copy_assessments(uow, old_id, new_id)
    reviews = _renamed(uow, Review, old_id, new_id)
    parts: tuple[Any, ...] = (ReviewEffect, ReviewEffectMuscle, ReviewImpression)
    for part in parts:
        for row in uow.session.scalars(select(part).where(part.visit_id == old_id)):
            uow.session.add(copied(row, visit_id=new_id, review_id=reviews[row.review_id]))


def _copy_assessments(uow: UnitOfWork, old_id: str, new_id: str) -> None:
    assessments = _renamed(uow, Assessment, old_id, new_id)
    children: tuple[Any, ...] = (AssessmentAnswer, AssessmentScore, SynkinesisFinding)
    for child in children:
        for row in uow.session.scalars(select(child).where(child.visit_id == old_id)):
            uow.session.add(copied(row, visit_id=new_id, assessment_id=assessments[row.assessment_id]))


def _renamed(uow: UnitOfWork, model: Any, old_id: str, new_id: str, **changed: object) -> dict[str, str]:
    names: dict[str, str] = {}
    for row in uow.session.scalars(select(model).where(model.visit_id == old_id)):
        names[row.id] = uow.new_id()
        uow.session.add(copied(row, visit_id=new_id, id=names[row.id], **changed))
    uow.session.flush()  # Their own children need them.
    return names


def copied(row: Any, **changed: object) -> Any:
    """A new row with a row's values, some of them changed."""
    kind = type(row)
    values = {field.name: getattr(row, field.name) for field in fields(kind) if field.init}
    return kind(**values | changed)
