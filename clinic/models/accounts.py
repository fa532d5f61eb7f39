"""People, their membership in clinics, and their sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.domain.actors import Role
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH
from clinic.models.types import UTCDateTime, enum_text


class User(Base):
    """A person who signs in. ``username`` is stored case-folded and is never used again for somebody else."""

    __tablename__ = "user"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    username: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(120), default="")
    password_hash: Mapped[str] = mapped_column(Text)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Membership(Base):
    """What a person is in a clinic; an injector signs under the prescriber named here."""

    __tablename__ = "membership"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "prescriber_id"], ["membership.clinic_id", "membership.user_id"]),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(enum_text(Role))
    prescriber_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    active: Mapped[bool] = mapped_column(default=True)
    may_break_glass: Mapped[bool] = mapped_column(default=False)


class ServerSession(Base):
    """A signed-in session: the cookie holds a random token, this row its SHA-256; ``id`` names it on pages and in the audit trail."""

    __tablename__ = "server_session"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "user_id"], ["membership.clinic_id", "membership.user_id"]),
        Index("ix_server_session_user_id", "user_id"),
        Index("ix_server_session_id", "id"),
        Index("ix_server_session_previous_hash", "previous_hash"),
    )

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(ID_LENGTH))
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    clinic_id: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    password_at: Mapped[datetime] = mapped_column(UTCDateTime)
    second_factor_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    address: Mapped[str] = mapped_column(String(60), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")
    # Handed to a patient: until its owner gives the password, this session opens nothing but the form.
    locked_form_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    unlock_failures: Mapped[int] = mapped_column(default=0)
    # Locked before its idle time is over: by the page, whose clock saw it first, or by hand.
    locked_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    # The token before the newest one: what was under way when it was exchanged still arrives.
    previous_hash: Mapped[str | None] = mapped_column(String(64), default=None)
    rotated_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class IdempotencyKey(Base):
    """The stored answer of one request: the same key and body answer the same, another body is refused."""

    __tablename__ = "idempotency_key"

    user_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    answer: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
