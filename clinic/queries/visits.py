"""Visits that wait today, and those that another visit may name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import aliased

from clinic.domain.visits import DISCARDED_KEPT, NEXT_SESSION_DAYS, VisitState, unsigned_text
from clinic.models import (
    InjectionSession,
    Patient,
    Visit,
    VisitVoid,
)
from clinic.queries.listed import listed
from clinic.queries.patients import clinic_today
from clinic.queries.together import AnySelect
from clinic.queries.versions import in_force
from clinic.unit_of_work import UnitOfWork

PAGE = 40
_TODAY_ROWS = 50


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft that waits; ``unsigned`` says for how long, once that is more than a day. ``reason`` is of a discard."""

    id: str
    patient_id: str
    patient_name: str
    birth_date: date
    record_number: str
    on: date
    author: str
    changed_at: datetime
    changed_by: str
    unsigned: str
    mine: bool
    reason: str


@dataclass(frozen=True, slots=True)
class DueRow:
    """A patient due for a re-injection."""

    patient_id: str
    patient_name: str
    birth_date: date
    record_number: str
    due_on: date
    last_session_on: date


@dataclass(frozen=True, slots=True)
class Today:
    """What waits: drafts to finish, patients due, discarded drafts that can still come back."""

    drafts: tuple[DraftRow, ...]
    due: tuple[DueRow, ...]
    discarded: tuple[DraftRow, ...]

    @property
    def patient_ids(self) -> tuple[str, ...]:
        """Everybody on the page, each once."""
        rows: tuple[DraftRow | DueRow, ...] = (*self.drafts, *self.due, *self.discarded)
        return tuple(dict.fromkeys(row.patient_id for row in rows))


def today(uow: UnitOfWork) -> Today:
    """What waits in the clinic, in three statements; a fourth where no session told the clinic's zone."""
    # No limit on either: a draft that no list shows is a draft that nobody signs.
    drafts = listed(uow, _drafts())
    discarded = listed(uow, _discarded(), {"kept_since": uow.now - DISCARDED_KEPT})
    due = listed(uow, _due(), {"until": clinic_today(uow) + timedelta(days=7)})
    return Today(
        drafts=tuple(sorted((_draft_row(uow, row) for row in drafts), key=lambda row: not row.mine)),
        due=tuple(
            DueRow(
                row.id,
                f"{row.family_name}, {row.given_names}",
                row.birth_date,
                row.record_number,
                row.next_due_on,
                row.next_due_on - timedelta(days=NEXT_SESSION_DAYS),
            )
            for row in due
        ),
        discarded=tuple(_draft_row(uow, row) for row in discarded),
    )


@cache
def _due() -> AnySelect:
    return (
        select(
            Patient.id,
            Patient.family_name,
            Patient.given_names,
            Patient.birth_date,
            Patient.record_number,
            Patient.next_due_on,
        )
        .where(Patient.next_due_on <= bindparam("until"), Patient.retired_at.is_(None))
        .order_by(Patient.next_due_on, Patient.id)
        .limit(_TODAY_ROWS)
    )


@cache
def _drafts() -> AnySelect:
    return _in_state(VisitState.DRAFT).order_by(Visit.created_at)


@cache
def _discarded() -> AnySelect:
    kept = _in_state(VisitState.DISCARDED).where(Visit.discarded_at >= bindparam("kept_since"))
    return kept.order_by(Visit.discarded_at.desc())


def _in_state(state: VisitState) -> AnySelect:
    return (
        select(
            Visit.id,
            Visit.on,
            Visit.author_id,
            Visit.author_name,
            Visit.created_at,
            Visit.changed_at,
            Visit.changed_by,
            Visit.discarded_at,
            Visit.discard_reason,
            Patient.id.label("patient_id"),
            Patient.family_name,
            Patient.given_names,
            Patient.birth_date,
            Patient.record_number,
        )
        .join(Patient, (Patient.clinic_id == Visit.clinic_id) & (Patient.id == Visit.patient_id))
        .where(Visit.state == state)
    )


def _draft_row(uow: UnitOfWork, row: Any) -> DraftRow:
    return DraftRow(
        id=row.id,
        patient_id=row.patient_id,
        patient_name=f"{row.family_name}, {row.given_names}",
        birth_date=row.birth_date,
        record_number=row.record_number,
        on=row.on,
        author=row.author_name,
        changed_at=row.discarded_at or row.changed_at,
        changed_by=row.changed_by,
        unsigned=unsigned_text(row.created_at, uow.now),
        mine=row.author_id == uow.actor.user_id,
        reason=row.discard_reason,
    )


def signed_days(uow: UnitOfWork, patient_id: str) -> tuple[tuple[str, date], ...]:
    """The signed visits of a patient that are in force, as (id, day), newest first."""
    rows = uow.session.execute(
        select(Visit.id, Visit.on)
        .where(Visit.patient_id == patient_id, Visit.state == VisitState.SIGNED, in_force())
        .order_by(Visit.on.desc(), Visit.id)
    )
    return tuple((row.id, row.on) for row in rows)


@dataclass(frozen=True, slots=True)
class ParentOption:
    """An earlier session that a touch-up can belong to."""

    visit_id: str
    on: date


def earlier_sessions(uow: UnitOfWork, patient_id: str, before: date, without: str) -> tuple[ParentOption, ...]:
    """Signed sessions of a patient up to a day, newest first."""
    newer = aliased(Visit)
    rows = uow.session.execute(
        select(Visit.id, Visit.on)
        .join(
            InjectionSession, (InjectionSession.clinic_id == Visit.clinic_id) & (InjectionSession.visit_id == Visit.id)
        )
        .outerjoin(
            newer,
            (newer.clinic_id == Visit.clinic_id) & (newer.amends_id == Visit.id) & (newer.state == VisitState.SIGNED),
        )
        .outerjoin(VisitVoid, (VisitVoid.clinic_id == Visit.clinic_id) & (VisitVoid.visit_id == Visit.id))
        .where(Visit.patient_id == patient_id, Visit.on <= before, Visit.id != without)
        .where(
            Visit.state == VisitState.SIGNED, or_(newer.id.is_(None), newer.id == without), VisitVoid.visit_id.is_(None)
        )
        .order_by(Visit.on.desc())
        .limit(PAGE)
    )
    return tuple(ParentOption(row.id, row.on) for row in rows)
