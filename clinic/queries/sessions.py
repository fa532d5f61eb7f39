"""Who is signed in where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from clinic.domain.browsers import browser_words
from clinic.domain.clocks import is_within
from clinic.models import ServerSession
from clinic.unit_of_work import UnitOfWork

ROTATION_GRACE = timedelta(seconds=20)
"""How long the token before the newest still answers: longer than a page waits for an answer (15 seconds)."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One open session; ``ref`` names it on pages and in the audit trail and opens nothing."""

    ref: str
    user_id: str
    opened_at: datetime
    used_at: datetime
    address: str
    browser: str
    mine: bool
    locked: bool


def is_locked(row: Any, now: datetime, idle: timedelta) -> bool:
    """Whether a session waits for its owner's password: locked, or unused for longer than ``idle``, or nobody knows (D-26)."""
    return row.locked_at is not None or not is_within(row.seen_at, now, idle)


def open_sessions(uow: UnitOfWork, user_id: str, *, idle: timedelta, absolute: timedelta) -> tuple[SessionRow, ...]:
    """A person's open sessions in the actor's clinic, the one used last first."""
    rows = uow.session.scalars(
        select(ServerSession)
        .where(
            ServerSession.user_id == user_id,
            ServerSession.clinic_id == uow.clinic_id,
            ServerSession.revoked_at.is_(None),
            ServerSession.created_at >= uow.now - absolute,
        )
        .order_by(ServerSession.seen_at.desc(), ServerSession.created_at.desc(), ServerSession.id)
    )
    return tuple(
        SessionRow(
            row.id,
            row.user_id,
            row.created_at,
            row.seen_at,
            row.address,
            browser_words(row.agent),
            row.id == uow.actor.session_ref,
            is_locked(row, uow.now, idle),
        )
        for row in rows
    )
