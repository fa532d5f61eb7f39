"""Who may sign in, who is signed in, and the clinic's people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from clinic import passwords
from clinic.domain.actors import Actor, Role
from clinic.domain.emergencies import needs_it
from clinic.domain.errors import NotFound
from clinic.domain.sign_in import SecondFactorRule, demands_second_factor
from clinic.models import Clinic, Membership, ServerSession, User
from clinic.queries.emergencies import holding
from clinic.queries.sessions import ROTATION_GRACE, is_locked
from clinic.unit_of_work import UnitOfWork

_PRESCRIBER, _SUPERVISING = aliased(User), aliased(Membership)


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
        select(User, Membership, prescriber.name)
        .outerjoin(Membership, (Membership.user_id == User.id) & Membership.active)
        .outerjoin(supervising, _supervises(supervising, Membership))
        .outerjoin(prescriber, (prescriber.id == supervising.user_id) & prescriber.disabled_at.is_(None))
        .where(User.username == username.strip().casefold())
        .order_by(Membership.clinic_id)
    ).all()
    if not rows:
        return None
    user = rows[0][0]
    actors = tuple(_actor(user, membership, name) for _, membership, name in rows if membership is not None)
    return Credentials(user.id, user.password_hash, user.disabled_at is not None, actors)


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
    prescriber, supervising = _PRESCRIBER, _SUPERVISING
    row = uow.session.execute(
        select(ServerSession, User, Membership, Clinic, prescriber.name)
        .join(User, User.id == ServerSession.user_id)
        .join(
            Membership,
            (Membership.user_id == ServerSession.user_id) & (Membership.clinic_id == ServerSession.clinic_id),
        )
        .join(Clinic, Clinic.id == ServerSession.clinic_id)
        .outerjoin(supervising, _supervises(supervising, Membership))
        .outerjoin(prescriber, (prescriber.id == supervising.user_id) & prescriber.disabled_at.is_(None))
        .where(
            _answers_to(token_hash, uow.now),
            ServerSession.revoked_at.is_(None),
            User.disabled_at.is_(None),
            Membership.active,
        )
    ).one_or_none()
    if row is None:
        return None
    session, user, membership, clinic, prescriber_name = row
    locked = is_locked(session, uow.now, idle)
    if uow.now - session.created_at > absolute or (locked and session.locked_form_id):
        return None
    actor = _with_emergency(uow, _actor(user, membership, prescriber_name, session))
    if session.second_factor_at is None and demands_second_factor(
        SecondFactorRule(clinic.second_factor), membership.role, outside=outside
    ):
        actor = replace(actor, second_factor_missing=True)
    if session.token_hash != token_hash:
        actor = replace(actor, password_at=None)  # The token before the newest: what was under way, and nothing more.
    return Presence(actor, clinic.name, clinic.time_zone, clinic.is_demo, session.seen_at, locked)


def _answers_to(token_hash: str, now: datetime) -> ColumnElement[bool]:
    before = (ServerSession.previous_hash == token_hash) & (ServerSession.rotated_at > now - ROTATION_GRACE)
    return (ServerSession.token_hash == token_hash) | before


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


def _actor(user: User, membership: Membership, prescriber: str | None, session: ServerSession | None = None) -> Actor:
    return Actor(
        user_id=user.id,
        username=user.username,
        name=f"{user.title} {user.name}".strip(),
        role=membership.role,
        clinic_id=membership.clinic_id,
        session_id=session.token_hash if session else "",
        session_ref=session.id if session else "",
        password_at=session.password_at if session else None,
        prescriber_id=membership.prescriber_id if prescriber else None,
        prescriber_name=prescriber,
        must_change_password=user.must_change_password,
        address=session.address if session else "",
        locked_form_id=session.locked_form_id if session else None,
        may_break_glass=membership.may_break_glass,
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
