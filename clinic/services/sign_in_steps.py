"""Steps between nobody and somebody: a sign-in that still lacks its second factor, a passkey ceremony, a factor being set up.

They are no part of the record: rows that live for minutes and are swept with the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from clinic.models import SignInStep

LASTS = timedelta(minutes=5)
"""How long a step may take: the life of a passkey's challenge and of a right password without its second factor."""
SET_UP_LASTS = timedelta(minutes=15)
TRIES = 5
"""Codes that can be tried after one right password; then the sign-in begins again."""


class Purpose(StrEnum):
    """What a step leads to."""

    SECOND_FACTOR = "second factor"
    PASSKEY_USE = "passkey use"
    PASSKEY_NEW = "passkey new"
    AUTHENTICATOR_NEW = "authenticator new"


@dataclass(frozen=True, slots=True)
class Step:
    """A step as it stands; ``user_id`` is empty where nobody is known yet."""

    user_id: str
    clinic_id: int
    challenge: str


def begin(session: Session, token_hash: str, purpose: Purpose, now: datetime, step: Step) -> None:
    """Note a step under the hash of its token, and sweep those that are over."""
    session.execute(delete(SignInStep).where(SignInStep.expires_at < now).execution_options(synchronize_session=False))
    lasts = SET_UP_LASTS if purpose is Purpose.AUTHENTICATOR_NEW else LASTS
    session.add(
        SignInStep(
            token_hash=token_hash,
            purpose=purpose.value,
            user_id=step.user_id or None,
            clinic_id=step.clinic_id or None,
            challenge=step.challenge,
            created_at=now,
            expires_at=now + lasts,
        )
    )


def forget(session: Session, user_id: str) -> None:
    """Forget what a person began: it began with a password that holds no more."""
    statement = delete(SignInStep).where(SignInStep.user_id == user_id)
    session.execute(statement.execution_options(synchronize_session=False))


def claim_try(session: Session, token_hash: str, now: datetime) -> bool:
    """Count one more code typed in a step; False when there is none left. It counts before the code is looked at."""
    statement = (
        update(SignInStep)
        .where(
            SignInStep.token_hash == token_hash,
            SignInStep.used_at.is_(None),
            SignInStep.expires_at > now,
            SignInStep.tries < TRIES,
        )
        .values(tries=SignInStep.tries + 1)
        .returning(SignInStep.tries)
    )
    return session.execute(statement.execution_options(synchronize_session=False)).scalar() is not None


def spend(session: Session, token_hash: str, purpose: Purpose, now: datetime) -> Step | None:
    """Use a step up, once also in parallel; None when it is unknown, for something else, used or over."""
    statement = (
        update(SignInStep)
        .where(
            SignInStep.token_hash == token_hash,
            SignInStep.purpose == purpose.value,
            SignInStep.used_at.is_(None),
            SignInStep.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInStep.user_id, SignInStep.clinic_id, SignInStep.challenge)
    )
    row = session.execute(statement.execution_options(synchronize_session=False)).one_or_none()
    return Step(row.user_id or "", row.clinic_id or 0, row.challenge) if row else None
