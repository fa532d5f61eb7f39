"""Signs of life of the pages that show a draft. They are no part of the record: no version, no trail, soon forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from clinic.domain.actors import Actor
from clinic.models import DraftViewer
from clinic.queries.presence import SEEN_WITHIN
from clinic.unit_of_work import UnitOfWork

_FORGOTTEN = timedelta(days=1)


def note_opened(uow: UnitOfWork, visit_id: str) -> None:
    """Note that a draft which was just read is shown, in one commit with the entry that it was read."""
    uow.beside.append(lambda connection: note_here(connection, uow.actor, visit_id, uow.now))


def note_here(connection: Connection, actor: Actor, visit_id: str, now: datetime) -> None:
    """Note that an actor has a draft of the own clinic open; the caller has read that draft as the same actor."""
    key = {"clinic_id": actor.clinic_id, "visit_id": visit_id, "user_id": actor.user_id}
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    away = DraftViewer.seen_at < now - SEEN_WITHIN
    connection.execute(
        insert(DraftViewer)
        .values(**key, name=actor.name, opened_at=now, seen_at=now)
        .on_conflict_do_update(
            index_elements=list(key),
            set_={"name": actor.name, "seen_at": now, "opened_at": case((away, now), else_=DraftViewer.opened_at)},
        )
    )


def note_gone(session: Session, actor: Actor, visit_id: str, now: datetime) -> None:
    """Note that an actor's page was left, and forget in the whole clinic what is older than a day."""
    mine = (DraftViewer.visit_id == visit_id) & (DraftViewer.user_id == actor.user_id)
    old = DraftViewer.seen_at < now - _FORGOTTEN
    session.execute(delete(DraftViewer).where(DraftViewer.clinic_id == actor.clinic_id, mine | old))
