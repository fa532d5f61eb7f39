"""Signed-in sessions: how many, given new tokens, locked, gone on with, and ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from clinic.domain.actors import Permission
from clinic.domain.clocks import TOLERANCE
from clinic.domain.errors import NotFound
from clinic.domain.events import Action, Event
from clinic.domain.patient_forms import UNLOCK_ATTEMPTS
from clinic.models import Membership, ServerSession
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork

MAXIMUM: Final = 5
"""Sessions that one person has at the same time (S-25): the computers of two rooms, a tablet, a telephone and one more."""
LONGEST: Final = timedelta(hours=24)
"""No session counts that was opened longer ago: ``CLINIC_SESSION_HOURS`` is never more."""
ATTEMPTS: Final = UNLOCK_ATTEMPTS
"""Wrong passwords in a row that end a session, on a locked page as on a screen that was handed over."""


def keep_to_limit(uow: UnitOfWork) -> None:
    """End the actor's oldest sessions beyond ``MAXIMUM``; the one just opened is among those counted."""
    # One from the future was opened by a clock that has been put back: it opens nothing any more and takes no place.
    counted = ServerSession.created_at.between(uow.now - LONGEST, uow.now + TOLERANCE)
    mine = _live(uow.actor.user_id) & counted
    order = (ServerSession.created_at.desc(), ServerSession.seen_at.desc(), ServerSession.id.desc())
    uow.session.flush()
    for row in uow.session.scalars(select(ServerSession).where(mine).order_by(*order).offset(MAXIMUM)):
        row.revoked_at = uow.now
        reason = f"more than {MAXIMUM} sessions of one person; this was the oldest"
        uow.record(Event(Action.SESSION_ENDED, f"user:{row.user_id}", reason=reason, new={"session": row.id}))


def rotate(uow: UnitOfWork, new_hash: str) -> None:
    """Give the actor's session a new token, after the person proved again who they are; it is unlocked and in use by it.

    The token before still answers for a moment, without a fresh password, for what was under way.
    """
    row = own(uow)
    row.previous_hash, row.rotated_at, row.token_hash = row.token_hash, uow.now, new_hash
    row.password_at = row.seen_at = uow.now
    row.locked_at, row.unlock_failures = None, 0


def confirm(uow: UnitOfWork, new_hash: str, *, by: str) -> None:
    """Note that the actor has just proved who they are again, by ``by`` (password, passkey)."""
    rotate(uow, new_hash)
    uow.record(Event(Action.SESSION_CONFIRMED, f"user:{uow.actor.user_id}", new={"by": by}))


def resume(uow: UnitOfWork, new_hash: str, *, by: str) -> None:
    """Go on with the actor's locked session."""
    rotate(uow, new_hash)
    uow.record(Event(Action.SESSION_RESUMED, f"user:{uow.actor.user_id}", new={"by": by}))


def lock(session: Session, session_ref: str, now: datetime) -> None:
    """Lock a session before its idle time is over; it takes rights away and is no part of the record."""
    _stamp(session, session_ref, locked_at=now)


def note_used(session: Session, session_ref: str, now: datetime) -> None:
    """Note that a person did something on a page that needed no request."""
    _stamp(session, session_ref, seen_at=now)


def _stamp(session: Session, session_ref: str, **values: datetime) -> None:
    statement = update(ServerSession).where(ServerSession.id == session_ref, ServerSession.locked_at.is_(None))
    session.execute(statement.values(**values).execution_options(synchronize_session=False))


def claim_try(session: Session, session_ref: str) -> bool:
    """Count one more try of the password in a session, before it is looked at; False when there is none left."""
    claimed = session.execute(
        update(ServerSession)
        .where(
            ServerSession.id == session_ref,
            ServerSession.revoked_at.is_(None),
            ServerSession.unlock_failures < ATTEMPTS,
        )
        .values(unlock_failures=ServerSession.unlock_failures + 1)
        .returning(ServerSession.unlock_failures)
        .execution_options(synchronize_session=False)
    ).scalar()
    return claimed is not None


def give_back_try(session: Session, session_ref: str) -> None:
    """Take a counted try back: its password was not looked at."""
    statement = update(ServerSession).where(ServerSession.id == session_ref, ServerSession.unlock_failures > 0)
    statement = statement.values(unlock_failures=ServerSession.unlock_failures - 1)
    session.execute(statement.execution_options(synchronize_session=False))


def end_after_tries(uow: UnitOfWork) -> bool:
    """End the actor's session once its tries are used up; says whether it is over."""
    row = own(uow)
    over = row.unlock_failures >= ATTEMPTS
    if over and row.revoked_at is None:
        row.revoked_at = uow.now
        reason = f"{ATTEMPTS} wrong passwords"
        uow.record(Event(Action.SESSION_ENDED, f"user:{row.user_id}", reason=reason, new={"session": row.id}))
    return over


def end_own(uow: UnitOfWork, session_ref: str) -> None:
    """End one of the actor's own sessions. Raises NotFound for any other."""
    require(uow, Permission.ACCOUNT)
    if not _end(uow, _live(uow.actor.user_id) & (ServerSession.id == session_ref), "by its owner"):
        raise NotFound


def end_others(uow: UnitOfWork) -> int:
    """End the actor's other sessions; gives how many."""
    require(uow, Permission.ACCOUNT)
    others = _live(uow.actor.user_id) & (ServerSession.id != uow.actor.session_ref)
    return _end(uow, others, "by its owner, with all others", nothing="no other session was open")


def end_of_person(uow: UnitOfWork, user_id: str, session_ref: str | None = None) -> int:
    """End one or all sessions of a person of the clinic; gives how many. Raises NotFound."""
    require(uow, Permission.ACCOUNTS_MANAGE)
    if uow.session.get(Membership, (uow.clinic_id, user_id)) is None:
        raise NotFound
    theirs = _live(user_id) & (ServerSession.clinic_id == uow.clinic_id)
    if session_ref is None:
        return _end(uow, theirs, "by an administrator, all of a person's", nothing="the person had no open session")
    ended = _end(uow, theirs & (ServerSession.id == session_ref), "by an administrator")
    if not ended:
        raise NotFound
    return ended


def end_of_everybody(uow: UnitOfWork) -> int:
    """End every session of the clinic but the actor's own; gives how many."""
    require(uow, Permission.ACCOUNTS_MANAGE)
    live = ServerSession.revoked_at.is_(None) & (ServerSession.clinic_id == uow.clinic_id)
    others = live & (ServerSession.id != uow.actor.session_ref)
    return _end(uow, others, "by an administrator, everybody's", nothing="nobody else had an open session")


def _end(uow: UnitOfWork, which: ColumnElement[bool], reason: str, nothing: str = "") -> int:
    rows = uow.session.scalars(select(ServerSession).where(which).with_for_update()).all()
    for row in rows:
        row.revoked_at = uow.now
        uow.record(Event(Action.SESSION_ENDED, f"user:{row.user_id}", reason=reason, new={"session": row.id}))
    if not rows and nothing:
        uow.record(Event(Action.SESSION_ENDED, f"user:{uow.actor.user_id}", reason=nothing))
    return len(rows)


def _live(user_id: str) -> ColumnElement[bool]:
    return (ServerSession.user_id == user_id) & ServerSession.revoked_at.is_(None)


def own(uow: UnitOfWork) -> ServerSession:
    """The actor's session, held until the unit of work ends, by its name: another request may just have changed its token."""
    mine = select(ServerSession).where(ServerSession.id == uow.actor.session_ref).with_for_update()
    return uow.session.scalars(mine.execution_options(populate_existing=True)).one()
