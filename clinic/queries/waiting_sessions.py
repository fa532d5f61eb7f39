"""Given sessions that wait for their review, and patients who wait for their next session: selects over the whole clinic."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from clinic.domain.visits import VisitState
from clinic.models import InjectionSession, InjectionSite, Patient, Review, ToxinElsewhere, Visit
from clinic.queries.together import AnySelect
from clinic.queries.versions import in_force, not_voided, units_stand
from clinic.unit_of_work import UnitOfWork


def to_review(uow: UnitOfWork) -> AnySelect:
    """The last session of each patient, as (patient, its day, author's id and name, its id, the version it amends).

    What was only transcribed, touch-ups and voided sessions wait for nothing. Which of them have a review is asked apart
    (``benefits``): the two together would be compared row by row.
    """
    given = exists().where(
        InjectionSite.clinic_id == Visit.clinic_id,
        InjectionSite.visit_id == Visit.id,
        InjectionSite.given_at.is_not(None),
    )
    return (
        select(Visit.patient_id, Visit.on, Visit.author_id, Visit.author_name, Visit.id, Visit.amends_id)
        .join(Patient, (Patient.clinic_id == Visit.clinic_id) & (Patient.id == Visit.patient_id))
        .join(
            InjectionSession, (InjectionSession.clinic_id == Visit.clinic_id) & (InjectionSession.visit_id == Visit.id)
        )
        .where(Visit.clinic_id == uow.clinic_id, Visit.state == VisitState.SIGNED, Patient.retired_at.is_(None))
        .where(InjectionSession.touch_up_of.is_(None), InjectionSession.transcribed.is_(False))
        .where(~_newer_session(not_voided, own=False), in_force(), not_voided(), given)
    )


def last_sessions(uow: UnitOfWork) -> AnySelect:
    """The last session of each patient whose next one has a day, as (patient, its day, author's id and name, benefit from).

    The last column is the day of the session that a touch-up belongs to: benefit counts from there.
    """
    parent = aliased(Visit)
    return (
        select(
            Visit.patient_id,
            Visit.on,
            Visit.author_id,
            Visit.author_name,
            func.coalesce(parent.on, Visit.on, type_=Visit.on.type).label("benefit_from"),
        )
        .join(Patient, (Patient.clinic_id == Visit.clinic_id) & (Patient.id == Visit.patient_id))
        .join(
            InjectionSession, (InjectionSession.clinic_id == Visit.clinic_id) & (InjectionSession.visit_id == Visit.id)
        )
        .outerjoin(parent, (parent.clinic_id == Visit.clinic_id) & (parent.id == InjectionSession.touch_up_of))
        .where(Visit.clinic_id == uow.clinic_id, Visit.state == VisitState.SIGNED)
        .where(Patient.retired_at.is_(None), Patient.next_due_on.is_not(None))
        .where(~_newer_session(units_stand, own=True), in_force(), units_stand())
    )


def benefits(uow: UnitOfWork) -> AnySelect:
    """What reviews say of the wearing off, as (patient, session's day, wearing, day it had worn off, day asked, moment, session)."""
    session = aliased(Visit)
    draft = (Visit.state == VisitState.DRAFT) & Visit.amends_id.is_(None)
    return (
        select(
            session.patient_id,
            session.on,
            Review.wearing,
            Review.worn_off_day,
            Visit.on.label("asked_on"),
            Review.answered_at,
            Review.session_id,
        )
        .join(Visit, (Visit.clinic_id == Review.clinic_id) & (Visit.id == Review.visit_id))
        .join(session, (session.clinic_id == Review.clinic_id) & (session.id == Review.session_id))
        .where(Review.clinic_id == uow.clinic_id, draft | (Visit.state == VisitState.SIGNED))
        .where(in_force(), not_voided())
    )


def toxin_elsewhere(uow: UnitOfWork) -> AnySelect:
    """The last toxin that somebody else gave, by patient."""
    t = ToxinElsewhere
    of_clinic = (t.clinic_id == uow.clinic_id, t.retired_at.is_(None))
    return select(t.patient_id, func.max(t.on, type_=t.on.type).label("on")).where(*of_clinic).group_by(t.patient_id)


def _newer_session(standing: Any, *, own: bool) -> ColumnElement[bool]:
    """Whether a newer signed session of the patient stands; touch-ups are sessions of ``own`` only."""
    later, session = aliased(Visit), aliased(InjectionSession)
    # One range of the index of days, then the order within a day.
    after = (later.on >= Visit.on) & ((later.on > Visit.on) | (later.created_at > Visit.created_at))
    found = (
        exists()
        .where(later.clinic_id == Visit.clinic_id, later.patient_id == Visit.patient_id, after)
        .where(session.clinic_id == later.clinic_id, session.visit_id == later.id)
        .where(later.state == VisitState.SIGNED, or_(later.amends_id.is_(None), later.amends_id != Visit.id))
        .where(in_force(later), standing(later))
    )
    return found if own else found.where(session.touch_up_of.is_(None))
