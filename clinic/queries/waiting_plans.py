"""Open items of all plans that may wait: selects over the whole clinic, each with the newest entry only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from clinic.domain.plans import OPEN, ItemKind, PlanState
from clinic.domain.visits import VisitState
from clinic.models import (
    InjectionSite,
    Patient,
    PlanAppointment,
    PlanEntry,
    PlanExercise,
    PlanGoal,
    PlanItem,
    PlanProgramme,
    PlanReferral,
    PlanStep,
    PlanTarget,
    TrainingSession,
    Visit,
)
from clinic.queries.together import AnySelect
from clinic.queries.versions import in_force, not_voided
from clinic.unit_of_work import UnitOfWork

_BY = (PlanItem.patient_id, PlanEntry.by_id, PlanEntry.by)


def programmes(uow: UnitOfWork) -> AnySelect:
    """Open therapy programmes as (patient, author's id and name, window from, to, earliest next session)."""
    p = PlanProgramme
    return _open(uow, ItemKind.PROGRAMME, p, p.visit_from, p.visit_to, Patient.next_due_on)


def referrals(uow: UnitOfWork) -> AnySelect:
    """Open referrals without an answer as (patient, author's id and name, entered, kind, to whom, urgent, sent, expected)."""
    r = PlanReferral
    columns = (PlanItem.at, r.kind, r.recipient, r.urgent, r.sent_on, r.answer_by)
    return _open(uow, ItemKind.REFERRAL, r, *columns).where(r.answered_on.is_(None))


def appointments(uow: UnitOfWork) -> AnySelect:
    """Open dates as (patient, author's id and name, occasion, day)."""
    return _open(uow, ItemKind.APPOINTMENT, PlanAppointment, PlanAppointment.occasion, PlanAppointment.on)


def idle_items(uow: UnitOfWork, before: datetime, today: date) -> AnySelect:
    """Open targets, steps, goals, programmes and exercises last touched by ``before``, with what names them.

    Agreed goals, programmes and exercises go on by themselves; a target waits for the earliest next session.
    """
    t, s, g, x = PlanTarget, PlanStep, PlanGoal, PlanExercise
    columns = (PlanItem.id, PlanItem.kind, PlanEntry.state, PlanEntry.at, Patient.next_due_on)
    named = (t.muscle, t.side, t.site_group, s.step, g.words, x.exercise)
    statement = _of_clinic(uow, select(*_BY, *columns, *named))
    for table in (t, s, g, x):
        statement = statement.outerjoin(table, _entry_of(table))
    proposed = PlanItem.kind.in_([ItemKind.GOAL, ItemKind.PROGRAMME, ItemKind.EXERCISE])
    possible = or_(Patient.next_due_on.is_(None), Patient.next_due_on < today)
    return statement.where(
        PlanEntry.at < before,
        or_(
            and_(proposed, PlanEntry.state == PlanState.PROPOSED),
            PlanItem.kind == ItemKind.STEP,
            and_(PlanItem.kind == ItemKind.TARGET, possible),
        ),
    )


def items_of(uow: UnitOfWork, patients: AnySelect) -> AnySelect:
    """The items of some patients' plans."""
    return select(PlanItem.id).where(PlanItem.clinic_id == uow.clinic_id, PlanItem.patient_id.in_(patients))


def charted(uow: UnitOfWork) -> AnySelect:
    """Targets of which a site came, as (target's item, when a visit with such a site was last worked on)."""
    site = InjectionSite
    return (
        select(site.from_planned_target, func.max(Visit.changed_at, type_=Visit.changed_at.type).label("at"))
        .join(Visit, (Visit.clinic_id == site.clinic_id) & (Visit.id == site.visit_id))
        .where(site.clinic_id == uow.clinic_id, site.from_planned_target.is_not(None))
        .where(Visit.state != VisitState.DISCARDED, in_force(), not_voided())
        .group_by(site.from_planned_target)
    )


def trainings(uow: UnitOfWork) -> AnySelect:
    """The last therapist's visit of each patient."""
    on = func.max(Visit.on, type_=Visit.on.type).label("on")
    standing = (Visit.state == VisitState.SIGNED) | ((Visit.state == VisitState.DRAFT) & Visit.amends_id.is_(None))
    return (
        select(Visit.patient_id, on)
        .join(TrainingSession, (TrainingSession.clinic_id == Visit.clinic_id) & (TrainingSession.visit_id == Visit.id))
        .where(Visit.clinic_id == uow.clinic_id, standing, in_force(), not_voided())
        .group_by(Visit.patient_id)
    )


def _open(uow: UnitOfWork, kind: ItemKind, table: Any, *columns: Any) -> AnySelect:
    statement = _of_clinic(uow, select(*_BY, *columns))
    return statement.join(table, _entry_of(table)).where(PlanItem.kind == kind)


def _of_clinic(uow: UnitOfWork, columns: AnySelect) -> AnySelect:
    """Newest entries that are open, of patients on record."""
    later = aliased(PlanEntry)
    newer = exists().where(
        later.clinic_id == PlanEntry.clinic_id, later.item_id == PlanEntry.item_id, later.number > PlanEntry.number
    )
    return (
        columns.select_from(PlanItem)
        .join(PlanEntry, (PlanEntry.clinic_id == PlanItem.clinic_id) & (PlanEntry.item_id == PlanItem.id))
        .join(Patient, (Patient.clinic_id == PlanItem.clinic_id) & (Patient.id == PlanItem.patient_id))
        .where(PlanItem.clinic_id == uow.clinic_id, PlanEntry.state.in_(sorted(OPEN)), ~newer)
        .where(Patient.retired_at.is_(None))
    )


def _entry_of(table: Any) -> ColumnElement[bool]:
    return and_(
        table.clinic_id == PlanEntry.clinic_id,
        table.item_id == PlanEntry.item_id,
        table.number == PlanEntry.number,
    )
