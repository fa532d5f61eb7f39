"""The clinic and its settings."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.domain.sign_in import SecondFactorRule
from clinic.models.base import Base
from clinic.models.mixins import Identified, Versioned
from clinic.models.types import Hundredths, UTCDateTime


class Clinic(Versioned, Base):
    """A clinic; everything clinical belongs to exactly one."""

    __tablename__ = "clinic"
    __table_args__ = (CheckConstraint("dose_step > 0", name="dose_step_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    emergency_phone: Mapped[str] = mapped_column(String(60), default="")
    time_zone: Mapped[str] = mapped_column(String(60))
    dose_step: Mapped[Decimal] = mapped_column(Hundredths, default=Decimal("0.25"))
    usual_doses: Mapped[str] = mapped_column(String(120), default="1 1.25 2.5 4 5")
    review_interval_days: Mapped[int] = mapped_column(default=28)
    vial_sharing_needs_reason: Mapped[bool] = mapped_column(default=False)
    time_out_typed: Mapped[bool] = mapped_column(default=True)
    second_factor: Mapped[str] = mapped_column(String(20), default=SecondFactorRule.ADMINISTRATORS.value)
    co_signature_expected: Mapped[bool] = mapped_column(default=True)
    co_signature_from: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    paper: Mapped[str] = mapped_column(String(10), default="A4")
    footer: Mapped[str] = mapped_column(String(300), default="")
    language: Mapped[str] = mapped_column(String(20), default="en")
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class DosePreset(Identified, Base):
    """A clinic's usual range for one muscle of one product: nothing ships, a prescriber enters and accepts each."""

    __tablename__ = "dose_preset"
    __table_args__ = (CheckConstraint("per_site_low > 0 AND per_site_high >= per_site_low", name="range_in_order"),)

    product: Mapped[str] = mapped_column(String(40))
    muscle: Mapped[str] = mapped_column(String(60))
    site_group: Mapped[str | None] = mapped_column(String(60), default=None)
    per_site_low: Mapped[Decimal] = mapped_column(Hundredths)
    per_site_high: Mapped[Decimal] = mapped_column(Hundredths)
    source: Mapped[str] = mapped_column(Text, default="")
    accepted_by: Mapped[str] = mapped_column(String(200))
    accepted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
