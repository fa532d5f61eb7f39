"""Runs of the backup and of the drill, for the health pages and the commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from clinic.audit_chain import CLOCK_TOLERANCE
from clinic.models import BackupRun
from clinic.models.backup_runs import BACKUP, DRILL
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Run:
    """One run; without ``finished_at`` it goes on, or was cut off."""

    kind: str
    started_at: datetime
    finished_at: datetime | None
    verified: bool
    file: str
    size_bytes: int | None
    sha256: str
    why: str
    problem: str


def last_verified(uow: UnitOfWork) -> Run | None:
    """The newest backup that was read back and found whole."""
    return _newest(uow, BACKUP, verified=True)


def last_drill(uow: UnitOfWork) -> Run | None:
    """The newest try at restoring that went well."""
    return _newest(uow, DRILL, verified=True)


def last_backup(uow: UnitOfWork) -> Run | None:
    """The newest run of the backup, whether it went well or not."""
    return _newest(uow, BACKUP)


def _newest(uow: UnitOfWork, kind: str, *, verified: bool = False) -> Run | None:
    query = select(
        BackupRun.kind,
        BackupRun.started_at,
        BackupRun.finished_at,
        BackupRun.verified,
        BackupRun.file,
        BackupRun.size_bytes,
        BackupRun.sha256,
        BackupRun.why,
        BackupRun.problem,
    ).where(BackupRun.kind == kind)
    if verified:
        query = query.where(BackupRun.verified)
    # A run of a day that has not come, when the clock was ahead, hides none of the days since.
    ahead = BackupRun.started_at > uow.now + CLOCK_TOLERANCE
    row = uow.session.execute(query.order_by(ahead, BackupRun.started_at.desc(), BackupRun.id).limit(1)).first()
    return Run(*row) if row else None
