"""The audit trail of one clinic as a page reads it: filtered, newest first, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select

from clinic.domain.actors import Role
from clinic.domain.emergencies import MARK
from clinic.domain.events import READS, Action
from clinic.domain.quantities import format_number
from clinic.domain.wording import day_text
from clinic.models import AuditEvent, AuditHead, Membership, Patient, User
from clinic.queries.accesses import clinic_zone, in_days
from clinic.unit_of_work import UnitOfWork

PAGE_SIZE = 50
SORTS = (
    ("", "newest first"),
    ("person", "person"),
    ("role", "role"),
    ("patient", "patient"),
    ("action", "what"),
    ("outcome", "outcome"),
    ("address", "address"),
    ("session", "session"),
)
"""Orders of the entries with their words; within each the newest come first."""
_WORDS = {
    Action.SIGNED_IN: "Signed in",
    Action.SIGNED_OUT: "Signed out",
    Action.SIGN_IN_REFUSED: "Sign-in refused",
    Action.SESSION_CONFIRMED: "Password confirmed",
    Action.USER_CREATED: "Person added",
    Action.USER_CHANGED: "Person changed",
    Action.PASSWORD_CHANGED: "Password changed",
    Action.CODE_ISSUED: "One-time code made",
    Action.CODE_USED: "One-time code used",
    Action.AUTHENTICATOR_ADDED: "Authenticator app set up",
    Action.AUTHENTICATOR_REMOVED: "Authenticator app removed",
    Action.RECOVERY_CODES_MADE: "Recovery codes made",
    Action.RECOVERY_CODE_USED: "Recovery code used",
    Action.PASSKEY_ADDED: "Passkey added",
    Action.PASSKEY_REMOVED: "Passkey removed",
    Action.SECOND_FACTOR_RESET: "Lost second factor taken away",
    Action.SITES_GIVEN: "Sites marked given",
    Action.SITES_TAKEN_BACK: "Sites marked not given",
    Action.TIME_OUT_TAKEN: "Time-out taken",
    Action.REFUSED: "Request refused",
    Action.CLOCK_MOVED: "The clock was moved",
    Action.BACKUP_MADE: "Backup made",
    Action.BACKUP_RESTORED: "Backup restored",
    Action.BACKUP_DRILLED: "Restoring a backup tried out",
    Action.PATIENTS_MERGED: "Records merged",
    Action.PATIENTS_UNMERGED: "Records parted again",
    Action.PATIENTS_DISTINCT: "Said to be two people",
    Action.VISIT_MOVED: "Visit moved to the right patient",
    Action.EMERGENCY_BEGUN: "Emergency access begun",
    Action.EMERGENCY_ENDED: "Emergency access ended",
    Action.EMERGENCY_REVIEWED: "Emergency access reviewed",
}
_DOSE = re.compile(r"\d+\.\d+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(_DAY.pattern + r"[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?\+[0-9]{2}:[0-9]{2}")
_NOT_CLINICAL = (
    "clinic.",
    "emergency.",
    "user.",
    "session.",
    "lot.",
    "vial.",
    "preset.",
    "accounts.",
    "settings.",
    "audit.",
    "dose_rule.",
    "planning_rule.",
    "text.",
    "backup.",
)
"""Starts of actions whose values hold nothing about a patient, so that an administrator may read them."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; blank means all. ``before`` shows entries older than that number.

    ``sort`` is one of ``SORTS``; every order but that of the numbers is paged by ``page``.
    """

    user_id: str = ""
    patient_id: str = ""
    action: str = ""
    outcome: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None
    sort: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Change:
    """One value that an entry noted, in words; None where there was none."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry. ``withheld`` says that its values are for auditors only."""

    sequence: int
    at: datetime
    who: str
    username: str
    role: str
    action: str
    subject: str
    outcome: str
    reason: str
    changes: tuple[Change, ...]
    withheld: bool
    patient_id: str | None
    record_number: str | None
    address: str
    session_id: str
    request_id: str
    in_emergency: bool


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Up to 50 entries; ``older`` is the ``before`` of the next page, None at the end, ``more`` whether pages follow."""

    rows: tuple[AuditRow, ...]
    older: int | None
    more: bool
    people: tuple[tuple[str, str], ...]
    record_number: str | None


def audit_page(uow: UnitOfWork, filters: Filters) -> AuditPage:
    """Entries of the actor's clinic. Four statements."""
    zone = ZoneInfo(clinic_zone(uow))
    rows = _entries(uow, filters, zone, PAGE_SIZE + 1, PAGE_SIZE * (filters.page - 1) if filters.sort else 0)
    more = len(rows) > PAGE_SIZE
    shown = rows[:PAGE_SIZE]
    older = shown[-1].sequence if more and not filters.sort else None
    return AuditPage(shown, older, more, _people(uow), record_number(uow, filters.patient_id))


def entries(uow: UnitOfWork, filters: Filters, limit: int) -> tuple[tuple[AuditRow, ...], ZoneInfo]:
    """Entries for a table, one more than ``limit`` where there are more, and the clinic's zone. Two statements."""
    zone = ZoneInfo(clinic_zone(uow))
    return _entries(uow, filters, zone, limit + 1, 0), zone


def _entries(uow: UnitOfWork, filters: Filters, zone: ZoneInfo, limit: int, skipped: int) -> tuple[AuditRow, ...]:
    rows = uow.session.execute(
        select(AuditEvent, User.name, Patient.record_number)
        .outerjoin(User, User.id == AuditEvent.user_id)
        .outerjoin(Patient, and_(Patient.clinic_id == AuditEvent.chain, Patient.id == AuditEvent.patient_id))
        .where(*_conditions(uow, filters, zone))
        .order_by(*_order(filters.sort), AuditEvent.sequence.desc())
        .limit(limit)
        .offset(skipped)
    )
    return tuple(_row(event, name, number, uow.actor.role, zone) for event, name, number in rows)


def _order(sort: str) -> list[Any]:
    columns: dict[str, list[Any]] = {
        "person": [func.lower(func.coalesce(User.name, AuditEvent.username))],
        "role": [AuditEvent.role],
        "patient": [Patient.record_number.is_(None), Patient.record_number],
        "action": [AuditEvent.action],
        "outcome": [AuditEvent.outcome.desc()],
        "address": [AuditEvent.address],
        "session": [AuditEvent.session_id],
    }
    return columns.get(sort, [])


def _conditions(uow: UnitOfWork, filters: Filters, zone: ZoneInfo) -> Iterator[ColumnElement[bool]]:
    yield AuditEvent.chain == uow.clinic_id
    if filters.user_id:
        yield AuditEvent.user_id == filters.user_id
    if filters.patient_id:
        yield _about(filters.patient_id)
    if filters.action:
        yield AuditEvent.action == filters.action
    if filters.outcome:
        yield AuditEvent.outcome == filters.outcome
    yield from in_days(filters.since, filters.until, zone)
    if filters.before is not None:
        yield AuditEvent.sequence < filters.before


def _about(patient_id: str) -> ColumnElement[bool]:
    # A list or a stock page names the patients that it showed in its values, a refusal the record that was asked for.
    listed = and_(
        AuditEvent.action.in_([str(action) for action in (*READS, Action.REFUSED)]),
        AuditEvent.values.contains(patient_id, autoescape=True),
    )
    return or_(AuditEvent.patient_id == patient_id, listed)


def _people(uow: UnitOfWork) -> tuple[tuple[str, str], ...]:
    rows = uow.session.execute(
        select(User.id, User.name)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.clinic_id == uow.clinic_id)
        .order_by(User.name)
    )
    return tuple((user_id, name) for user_id, name in rows)


def record_number(uow: UnitOfWork, patient_id: str) -> str | None:
    """The record number of a patient of the clinic, or None."""
    return uow.session.scalar(select(Patient.record_number).where(Patient.id == patient_id))


def patient_id_of(uow: UnitOfWork, record_number: str) -> str | None:
    """The opaque id that a record number stands for, or None. One statement."""
    return uow.session.scalar(select(Patient.id).where(Patient.record_number == record_number.strip()))


def _row(event: AuditEvent, name: str | None, record_number: str | None, reader: Role, zone: ZoneInfo) -> AuditRow:
    # An administrator keeps accounts and sees no chart, so the values of clinical entries are an auditor's to read.
    withheld = reader is not Role.AUDITOR and not event.action.startswith(_NOT_CLINICAL)
    changes = tuple(_changes(json.loads(event.values), zone))
    return AuditRow(
        sequence=event.sequence,
        at=event.at,
        who=name or event.username,
        username=event.username,
        role=event.role,
        action=action_words(event.action),
        subject=event.subject,
        outcome=event.outcome,
        reason=_reason(event, withheld),
        changes=() if withheld else changes,
        withheld=withheld and bool(changes or event.reason) and event.action != Action.REFUSED,
        patient_id=event.patient_id,
        record_number=record_number,
        address=event.address,
        session_id=event.session_id,
        in_emergency=event.reason.startswith(f"{MARK} "),
        request_id=event.request_id,
    )


def _reason(event: AuditEvent, withheld: bool) -> str:
    if withheld and event.action != Action.REFUSED:
        return f"{MARK}" if event.reason.startswith(f"{MARK} ") else ""
    return event.reason


def _changes(values: dict[str, Any], zone: ZoneInfo) -> Iterator[Change]:
    old, new = values.get("old", {}), values.get("new", {})
    for name in sorted({*old, *new}):
        yield Change(name.replace("_", " "), _text(old, name, zone), _text(new, name, zone))


def _text(values: dict[str, Any], name: str, zone: ZoneInfo) -> str | None:
    if name not in values:
        return None
    value = values[name]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "units" and isinstance(value, str) and _DOSE.fullmatch(value):
        return format_number(Decimal(value))  # The trail holds it as it was stored, with both of its decimals.
    return _in_words(value, zone) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _in_words(value: str, zone: ZoneInfo) -> str:
    """Days and moments as pages write them; every other text exactly as it was noted."""
    try:
        if _DAY.fullmatch(value):
            return day_text(date.fromisoformat(value))
        if _MOMENT.fullmatch(value):
            local = datetime.fromisoformat(value).astimezone(zone)
            return f"{day_text(local.date())}, {local:%H:%M}"
    except ValueError:
        pass  # It only looked like one.
    return value


def action_words(action: str) -> str:
    """An action in words; one that this program does not know stands as it is written."""
    known = {str(key): words for key, words in _WORDS.items()}
    return known.get(action) or action.replace(".", " ").replace("_", " ").capitalize()


def actions() -> tuple[tuple[str, str], ...]:
    """Every action with its words, in the order of the words."""
    return tuple(sorted(((str(action), action_words(action)) for action in Action), key=lambda pair: pair[1]))


def chains(uow: UnitOfWork) -> tuple[int, ...]:
    """The numbers of all chains of the installation; needs an unscoped unit of work."""
    heads = uow.session.scalars(select(AuditHead.chain))
    entries = uow.session.scalars(select(AuditEvent.chain).distinct())
    return tuple(sorted({*heads, *entries}))
