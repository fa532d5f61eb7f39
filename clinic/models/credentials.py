"""What a person proves who they are with beside the password, and what bounds guessing. Nothing here leaves with an archive."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.domain.sign_in import CodeKind
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH
from clinic.models.types import UTCDateTime, enum_text


class SignInTries(Base):
    """How often one bucket was used since its window began; ``key`` names an account, an address or a browser, hashed."""

    __tablename__ = "sign_in_tries"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    began_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    tries: Mapped[int]


class SignInStep(Base):
    """A sign-in between its first and its second factor, or one passkey ceremony; the cookie holds a token, this its hash."""

    __tablename__ = "sign_in_step"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    clinic_id: Mapped[int | None]
    challenge: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class OneTimeCode(Base):
    """A code that an administrator hands over, once: for an invitation, a new password or a lost second factor."""

    __tablename__ = "one_time_code"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "user_id"], ["membership.clinic_id", "membership.user_id"]),
        Index("ix_one_time_code_user", "user_id"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    clinic_id: Mapped[int]
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[CodeKind] = mapped_column(enum_text(CodeKind))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class Authenticator(Base):
    """A person's authenticator app (TOTP). ``seed`` is encrypted; ``last_step`` keeps a code from being used again."""

    __tablename__ = "authenticator"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    seed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    last_step: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Base):
    """One of the codes on paper that stand in for a lost second factor, each once; only its keyed hash is kept."""

    __tablename__ = "recovery_code"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class Passkey(Base):
    """A passkey (WebAuthn credential) of a person: the public half, as the browser gave it."""

    __tablename__ = "passkey"
    __table_args__ = (Index("ix_passkey_user", "user_id"),)

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    credential_id: Mapped[str] = mapped_column(Text, unique=True)
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(80))
    transports: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
