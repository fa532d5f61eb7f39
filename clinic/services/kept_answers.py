"""Answers that are kept for requests that come again, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from clinic.models import IdempotencyKey

KEPT: Final = timedelta(days=14)
"""A browser sends again within seconds; a page that was left open over a holiday is still answered.

Each charted site keeps an answer of some 20 kB, so a clinic's answers would outgrow its record.
"""
BATCH: Final = 200
"""So many go in one transaction: nobody who saves waits for the rest."""


def sweep(session: Session, now: datetime) -> int:
    """Let go of some keys that are older than is kept, the oldest first; gives how many."""
    key = tuple_(IdempotencyKey.user_id, IdempotencyKey.key)
    old = select(IdempotencyKey.user_id, IdempotencyKey.key).where(IdempotencyKey.created_at < now - KEPT)
    statement = delete(IdempotencyKey).where(key.in_(old.order_by(IdempotencyKey.created_at).limit(BATCH)))
    gone = session.execute(statement.execution_options(synchronize_session=False))
    return gone.rowcount  # type: ignore[attr-defined,no-any-return]
