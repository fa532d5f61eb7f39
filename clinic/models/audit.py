"""The append-only audit trail: one hash chain per clinic (chain 0 is the installation's own)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH
from clinic.models.types import UTCDateTime


class AuditEvent(Base):
    """One thing that happened: a change, a read, a refusal. ``hash`` is an HMAC over the row and ``previous_hash``."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_chain_patient", "chain", "patient_id", "sequence"),
        Index("ix_audit_event_chain_at", "chain", "at"),
    )

    chain: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    username: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(40))
    patient_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120))
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text, default="")
    values: Mapped[str] = mapped_column(Text, default="{}")
    request_id: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(60), default="")
    session_id: Mapped[str] = mapped_column(String(ID_LENGTH), default="")
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The end of a chain; the row that is locked while an event is appended."""

    __tablename__ = "audit_head"

    chain: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
