"""A signed visit's children copied into the draft that amends it: everything that was said, by whom and when."""

from __future__ import annotations

from dataclasses import fields
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
    assessments = _renamed(uow, Assessment, old_id, new_id)
    children: tuple[Any, ...] = (AssessmentAnswer, AssessmentScore, SynkinesisFinding)
    for child in children:
        for row in uow.session.scalars(select(child).where(child.visit_id == old_id)):
            uow.session.add(copied(row, visit_id=new_id, assessment_id=assessments[row.assessment_id]))
    reviews = _renamed(uow, Review, old_id, new_id)
    parts: tuple[Any, ...] = (ReviewEffect, ReviewEffectMuscle, ReviewImpression)
    for part in parts:
        for row in uow.session.scalars(select(part).where(part.visit_id == old_id)):
            uow.session.add(copied(row, visit_id=new_id, review_id=reviews[row.review_id]))


def _renamed(uow: UnitOfWork, model: Any, old_id: str, new_id: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for row in uow.session.scalars(select(model).where(model.visit_id == old_id)):
        names[row.id] = uow.new_id()
        uow.session.add(copied(row, visit_id=new_id, id=names[row.id]))
    uow.session.flush()  # Their own children need them.
    return names


def copied(row: Any, **changed: object) -> Any:
    """A new row with a row's values, some of them changed."""
    kind = type(row)
    values = {field.name: getattr(row, field.name) for field in fields(kind) if field.init}
    return kind(**values | changed)
