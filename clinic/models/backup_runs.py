"""Runs of the backup, of restoring and of the drill: of the installation, and of no clinic."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH
from clinic.models.types import UTCDateTime

BACKUP = "backup"
DRILL = "drill"
RESTORE = "restore"
WORDS_LENGTH = 500


class BackupRun(Base):
    """One run; without ``finished_at`` it goes on, or was cut off."""

    __tablename__ = "backup_run"
    __table_args__ = (
        CheckConstraint("kind IN ('backup', 'drill', 'restore')", name="kind"),
        CheckConstraint("NOT verified OR (finished_at IS NOT NULL AND problem = '')", name="verified_is_finished"),
        Index("ix_backup_run_kind_finished_at", "kind", "finished_at"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    verified: Mapped[bool] = mapped_column(default=False)
    database: Mapped[str] = mapped_column(String(20))
    file: Mapped[str] = mapped_column(String(255), default="")
    size_bytes: Mapped[int | None] = mapped_column(BigInteger, default=None)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    why: Mapped[str] = mapped_column(String(WORDS_LENGTH), default="")
    problem: Mapped[str] = mapped_column(String(WORDS_LENGTH), default="")
