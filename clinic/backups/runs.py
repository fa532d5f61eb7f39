"""The note of each run in the database: a row that begins it, one that ends it, and an entry in the installation's trail.

A backup goes on when the note cannot be written, for a full disk is when it is needed most.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from clinic.domain.events import Action, Event
from clinic.models import BackupRun
from clinic.models.backup_runs import BACKUP, DRILL, RESTORE, WORDS_LENGTH
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Unavailable, Work

_ACTIONS = {BACKUP: Action.BACKUP_MADE, DRILL: Action.BACKUP_DRILLED, RESTORE: Action.BACKUP_RESTORED}
_CUT_OFF = "It was cut off: the program or the machine was stopped."


class NotNoted(RuntimeError):
    """The run could not be noted in the database; the message says why."""


def begun(work: Work, kind: str, database: str, why: str, started_at: datetime) -> str:
    """Note that a run begins; give its id. Raises NotNoted."""
    run_id = work.new_id()
    try:
        with work.housekeeping() as session:
            open_ones = update(BackupRun).where(BackupRun.finished_at.is_(None), BackupRun.kind == kind)
            session.execute(open_ones.values(finished_at=started_at, problem=_CUT_OFF))
            session.add(
                BackupRun(id=run_id, kind=kind, started_at=started_at, database=database, why=why[:WORDS_LENGTH])
            )
    except (SQLAlchemyError, Unavailable) as error:
        raise NotNoted(_words(error)) from error
    return run_id


def ended(
    work: Work,
    run_id: str,
    kind: str,
    *,
    file: Path | None,
    size: int | None = None,
    sha256: str = "",
    problem: str = "",
    reason: str = "",
) -> None:
    """Note how a run ended; without ``problem`` it went well. Raises NotNoted."""
    name = file.name if file else ""
    said: dict[str, object] = {"file": name, "sha256": sha256, "problem": problem[:WORDS_LENGTH]}
    try:
        with work.writing(SYSTEM, scoped=False) as uow:
            run = uow.session.get_one(BackupRun, run_id)
            run.finished_at, run.verified, run.problem = uow.now, not problem, problem[:WORDS_LENGTH]
            run.file, run.size_bytes, run.sha256 = name, size, sha256
            uow.record(Event(_ACTIONS[kind], f"backup:{run_id}", reason=reason, new=said))
    except (SQLAlchemyError, Unavailable) as error:
        raise NotNoted(_words(error)) from error


def _words(error: Exception) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())[:WORDS_LENGTH]
