"""Access in an emergency by somebody whose role does not read records: given beforehand, for an hour, reviewed afterwards."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, Identified, within_clinic
from clinic.models.types import UTCDateTime


class EmergencyAccess(Identified, Base):
    """One use of it: why, from when to when at the latest, and who looked at it afterwards.

    ``session_id`` names the session that began it, with which it ends.
    """

    __tablename__ = "emergency_access"
    __table_args__ = (
        within_clinic("user_id", "membership", target="user_id"),
        Index("ix_emergency_access_user", "clinic_id", "user_id", "ends_at"),
    )

    user_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    user_name: Mapped[str] = mapped_column(String(200))
    session_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    reason: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    reviewed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    reviewed_by: Mapped[str] = mapped_column(String(200), default="")
    review_note: Mapped[str] = mapped_column(Text, default="")
