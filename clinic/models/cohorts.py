"""Searches for patients by what was charted, kept under a name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, Identified, Versioned, within_clinic
from clinic.models.types import UTCDateTime


class Cohort(Identified, Versioned, Base):
    """A saved search: its name and criteria (canonical JSON of ``clinic.domain.cohorts.Criteria``), never a list of patients.

    ``salt`` is what the pseudonyms and date shifts of its de-identified exports are derived from; it is never exported.
    """

    __tablename__ = "cohort"
    __table_args__ = (
        within_clinic("owner_id", "membership", target="user_id"),
        Index("ix_cohort_owner", "clinic_id", "owner_id"),
    )

    name: Mapped[str] = mapped_column(String(120))
    criteria: Mapped[str] = mapped_column(Text)
    schema_number: Mapped[int]
    owner_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    owner_name: Mapped[str] = mapped_column(String(200))
    shared: Mapped[bool] = mapped_column(default=False)
    salt: Mapped[str] = deferred(mapped_column(String(64), nullable=False))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
