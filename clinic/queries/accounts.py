"""Who may sign in, who is signed in, and the clinic's people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select

from clinic import passwords
from clinic.domain.actors import Actor, Role
from clinic.domain.clocks import TOLERANCE, is_within
from clinic.domain.emergencies import needs_it
from clinic.domain.errors import NotFound
from clinic.domain.sign_in import SecondFactorRule, demands_second_factor
from clinic.models import Clinic, Membership, ServerSession, User
from clinic.queries.aliases import second_name
from clinic.queries.emergencies import holding
from clinic.queries.sessions import ROTATION_GRACE, is_locked
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork

_PRESCRIBER, _SUPERVISING = second_name(User), second_name(Membership)
_WHO = (
    User.id.label("user_id"),
    User.username,
    User.name,
    User.title,
    User.must_change_password,
    Membership.clinic_id,
    Membership.role,
    Membership.may_break_glass,
    Membership.prescriber_id,
    _PRESCRIBER.name.label("prescriber"),
)
"""What an actor is made of: columns, not whole rows, for they are read with every request."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What sign-in checks for one name; ``actors`` are the active memberships, oldest clinic first."""

    user_id: str
    password_hash: str
    disabled: bool
    actors: tuple[Actor, ...]


@dataclass(frozen=True, slots=True)
class Presence:
    """A live session: who, the clinic's zone, and the stamps that end it; a locked one waits for its owner's password."""

    actor: Actor
    clinic_name: str
    time_zone: str
    is_demo: bool
    seen_at: datetime
    locked: bool = False


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person on the accounts page."""

    user_id: str
    username: str
    name: str
    title: str
    role: Role
    active: bool
    disabled: bool
    prescriber_id: str | None
    prescriber_name: str | None
    has_password: bool


def credentials(uow: UnitOfWork, username: str) -> Credentials | None:
    """The stored credentials of a user name, or None."""
    prescriber, supervising = _PRESCRIBER, _SUPERVISING
    rows = uow.session.execute(
        select(User.password_hash, User.disabled_at, *_WHO)
        .outerjoin(Membership, (Membership.user_id == User.id) & Membership.active)
        .outerjoin(supervising, _supervises(supervising, Membership))
        .outerjoin(prescriber, (prescriber.id == supervising.user_id) & prescriber.disabled_at.is_(None))
        .where(User.username == username.strip().casefold())
        .order_by(Membership.clinic_id)
    ).all()
    if not rows:
        return None
    user = rows[0]
    actors = tuple(_actor(row) for row in rows if row.clinic_id is not None)
    return Credentials(user.user_id, user.password_hash, user.disabled_at is not None, actors)


def password_hash(uow: UnitOfWork, user_id: str) -> str | None:
    """The stored hash of a person's password."""
    return uow.session.scalar(select(User.password_hash).where(User.id == user_id))


def presence(
    uow: UnitOfWork, token_hash: str, *, idle: timedelta, absolute: timedelta, outside: bool = False
) -> Presence | None:
    """Who a session token stands for now; None when it ended, or the person may no longer sign in.

    ``outside`` says that the request came from no network of the clinic's, where a second factor may be demanded.
    A screen in a patient's hands is not locked by idling but signed out: its form goes on by a key of its own.
    """
    asked = {"token_hash": token_hash, "rotated_after": uow.now - ROTATION_GRACE, "rotated_before": uow.now + TOLERANCE}
    row = uow.session.execute(_present(), asked).one_or_none()
    if row is None:
        return None
    locked = is_locked(row, uow.now, idle)
    if not is_within(row.created_at, uow.now, absolute) or (locked and row.locked_form_id):
        return None
    actor = _with_emergency(uow, _with_session(_actor(row), row))
    if row.second_factor_at is None and demands_second_factor(
        SecondFactorRule(row.second_factor), row.role, outside=outside
    ):
        actor = replace(actor, second_factor_missing=True)
    if row.token_hash != token_hash:
        actor = replace(actor, password_at=None)  # The token before the newest: what was under way, and nothing more.
    return Presence(actor, row.clinic_name, row.time_zone, row.is_demo, row.seen_at, locked)


@cache
def _present() -> AnySelect:
    prescriber, supervising, one = _PRESCRIBER, _SUPERVISING, ServerSession
    just_now = (one.rotated_at > bindparam("rotated_after")) & (one.rotated_at <= bindparam("rotated_before"))
    before = (one.previous_hash == bindparam("token_hash")) & just_now
    session = (one.token_hash, one.id, one.created_at, one.seen_at, one.password_at, one.second_factor_at)
    clinic = (Clinic.name.label("clinic_name"), Clinic.time_zone, Clinic.is_demo, Clinic.second_factor)
    return (
        select(*_WHO, *session, one.locked_at, one.locked_form_id, one.address, *clinic)
        .join_from(one, User, User.id == one.user_id)
        .join(Membership, (Membership.user_id == one.user_id) & (Membership.clinic_id == one.clinic_id))
        .join(Clinic, Clinic.id == one.clinic_id)
        .outerjoin(supervising, _supervises(supervising, Membership))
        .outerjoin(prescriber, (prescriber.id == supervising.user_id) & prescriber.disabled_at.is_(None))
        .where(
            (one.token_hash == bindparam("token_hash")) | before,
            one.revoked_at.is_(None),
            User.disabled_at.is_(None),
            Membership.active,
        )
    )


def people(uow: UnitOfWork) -> tuple[PersonRow, ...]:
    """The clinic's people by name."""
    prescriber = _PRESCRIBER
    rows = uow.session.execute(
        select(User, Membership, prescriber.name)
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(prescriber, prescriber.id == Membership.prescriber_id)
        .where(Membership.clinic_id == uow.clinic_id)
        .order_by(User.name)
    )
    return tuple(
        PersonRow(
            user.id,
            user.username,
            user.name,
            user.title,
            membership.role,
            membership.active,
            user.disabled_at is not None,
            membership.prescriber_id,
            name,
            user.password_hash != passwords.NONE,
        )
        for user, membership, name in rows
    )


def _supervises(one: Any, of: Any) -> ColumnElement[bool]:
    # A prescriber who left, or is one no more, answers for nobody.
    named = (one.clinic_id == of.clinic_id) & (one.user_id == of.prescriber_id)
    return named & one.active & (one.role == Role.PRESCRIBER)  # type: ignore[no-any-return]


def _actor(row: Any) -> Actor:
    return Actor(
        user_id=row.user_id,
        username=row.username,
        name=f"{row.title} {row.name}".strip(),
        role=row.role,
        clinic_id=row.clinic_id,
        prescriber_id=row.prescriber_id if row.prescriber else None,
        prescriber_name=row.prescriber,
        must_change_password=row.must_change_password,
        may_break_glass=row.may_break_glass,
    )


def _with_session(actor: Actor, row: Any) -> Actor:
    return replace(
        actor,
        session_id=row.token_hash,
        session_ref=row.id,
        password_at=row.password_at,
        address=row.address,
        locked_form_id=row.locked_form_id,
        time_zone=row.time_zone,
    )


def _with_emergency(uow: UnitOfWork, actor: Actor) -> Actor:
    if not actor.may_break_glass or not needs_it(actor.role):
        return actor
    held = holding(uow, actor.clinic_id, actor.user_id, actor.session_ref)
    return replace(actor, emergency_id=held.id, emergency_until=held.until) if held else actor


def found(rows: tuple[PersonRow, ...], user_id: str) -> PersonRow:
    """The row of one person. Raises NotFound."""
    for row in rows:
        if row.user_id == user_id:
            return row
    raise NotFound
