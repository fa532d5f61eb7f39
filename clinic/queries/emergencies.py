"""Emergency accesses: the one that holds for a session, and the list that is reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select

from clinic.domain import emergencies as rules
from clinic.domain.events import READS
from clinic.models import AuditEvent, EmergencyAccess, Membership, Patient
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Holding:
    """The emergency access that holds for a session."""

    id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """One record that was opened under an access, how often, first and last."""

    patient_id: str
    record_number: str
    entries: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One emergency access with what was opened; ``ended_at`` is its real or due end, ``lists`` entries of no one patient."""

    id: str
    user_id: str
    user_name: str
    reason: str
    begun_at: datetime
    ended_at: datetime
    holds: bool
    opened: tuple[Opened, ...]
    lists: int
    reviewed_at: datetime | None
    reviewed_by: str
    review_note: str


def holding(uow: UnitOfWork, clinic_id: int, user_id: str, session_ref: str) -> Holding | None:
    """The access that holds for a session now, or None. One statement."""
    one = EmergencyAccess
    rows = uow.session.execute(
        select(one.id, one.begun_at, one.ends_at, one.ended_at)
        .where(one.clinic_id == clinic_id, one.user_id == user_id, one.session_id == session_ref, one.ends_at > uow.now)
        .order_by(one.ends_at)
    )
    for access_id, begun_at, ends_at, ended_at in rows:
        if rules.is_in_force(begun_at, ends_at, ended_at, uow.now):
            return Holding(access_id, min(ends_at, begun_at + rules.LASTS))
    return None


def may_begin(uow: UnitOfWork, user_id: str) -> bool:
    """Whether an administrator named this person for emergencies."""
    named = select(Membership.may_break_glass).where(
        Membership.clinic_id == uow.clinic_id, Membership.user_id == user_id, Membership.active
    )
    return bool(uow.session.scalar(named))


def accesses(uow: UnitOfWork) -> tuple[AccessRow, ...]:
    """All emergency accesses of the clinic, those to be reviewed first, then the newest. Two statements."""
    one = EmergencyAccess
    rows = list(uow.session.scalars(select(one).order_by(one.reviewed_at.is_not(None), one.begun_at.desc())))
    opened = _opened(uow, rows)
    return tuple(_row(row, opened, uow.now) for row in rows)


def to_review(uow: UnitOfWork) -> int:
    """How many accesses nobody has reviewed. One statement."""
    one = EmergencyAccess
    return uow.session.scalar(select(func.count(one.id)).where(one.reviewed_at.is_(None))) or 0


def _row(row: EmergencyAccess, opened: dict[str, list[Opened]], now: datetime) -> AccessRow:
    mine = opened.get(row.id, [])
    return AccessRow(
        id=row.id,
        user_id=row.user_id,
        user_name=row.user_name,
        reason=row.reason,
        begun_at=row.begun_at,
        ended_at=row.ended_at or row.ends_at,
        holds=rules.is_in_force(row.begun_at, row.ends_at, row.ended_at, now),
        opened=tuple(one for one in mine if one.patient_id),
        lists=sum(one.entries for one in mine if not one.patient_id),
        reviewed_at=row.reviewed_at,
        reviewed_by=row.reviewed_by,
        review_note=row.review_note,
    )


def _opened(uow: UnitOfWork, rows: list[EmergencyAccess]) -> dict[str, list[Opened]]:
    # What was read stands in the sealed audit trail under the mark of its access, and nowhere else.
    if not rows:
        return {}
    entry = AuditEvent
    found = uow.session.execute(
        select(
            entry.reason, entry.patient_id, Patient.record_number, func.count(), func.min(entry.at), func.max(entry.at)
        )
        .outerjoin(Patient, and_(Patient.clinic_id == entry.chain, Patient.id == entry.patient_id))
        .where(
            entry.chain == uow.clinic_id,
            entry.at >= min(row.begun_at for row in rows),
            entry.at <= max(row.ends_at for row in rows),
            entry.action.in_([str(action) for action in READS]),
            entry.reason.startswith(f"{rules.MARK} "),
        )
        .group_by(entry.reason, entry.patient_id, Patient.record_number)
        .order_by(func.min(entry.at))
    )
    opened: dict[str, list[Opened]] = {}
    for reason, patient_id, number, count, first, last in found:
        access_id = reason.removeprefix(f"{rules.MARK} ").partition(":")[0]
        opened.setdefault(access_id, []).append(Opened(patient_id or "", number or "", count, first, last))
    return opened
