"""The injection section of a visit: session, answers, time-outs, syringes, sites."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Boolean, CheckConstraint, Index, String, Text, UniqueConstraint, column
from sqlalchemy.orm import Mapped, mapped_column

from clinic.domain.anatomy import Side
from clinic.domain.injections import Answer, Depth, Purpose, Question
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, ClinicScoped, Identified, within_clinic
from clinic.models.types import Hundredths, UTCDateTime, enum_text

_PLANNED = column("from_planned_target", String).is_not(None)
_TRANSCRIBED = column("transcribed", Boolean)


class InjectionSession(ClinicScoped, Base):
    """The injection section, at most one a visit. Its phase follows from its stamps."""

    __tablename__ = "injection_session"
    __table_args__ = (
        within_clinic("visit_id", "visit"),
        within_clinic("touch_up_of", "visit"),
        Index(
            "ix_injection_session_transcribed",
            "clinic_id",
            "transcribed_product",
            "transcribed_lot",
            sqlite_where=_TRANSCRIBED,
            postgresql_where=_TRANSCRIBED,
        ),
    )

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    given_by: Mapped[str] = mapped_column(String(200), default="")
    ordered_by: Mapped[str] = mapped_column(String(200), default="")
    supervised_by: Mapped[str] = mapped_column(String(200), default="")
    touch_up_of: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    transcribed: Mapped[bool] = mapped_column(default=False)
    transcribed_source: Mapped[str] = mapped_column(Text, default="")
    transcribed_product: Mapped[str | None] = mapped_column(String(40), default=None)
    transcribed_lot: Mapped[str] = mapped_column(String(60), default="")
    guidance: Mapped[str] = mapped_column(String(120), default="")
    needle: Mapped[str] = mapped_column(String(60), default="")
    anaesthesia: Mapped[str] = mapped_column(String(200), default="")
    indication: Mapped[str] = mapped_column(Text, default="")
    consent: Mapped[str] = mapped_column(Text, default="")
    consent_by: Mapped[str] = mapped_column(String(200), default="")
    consent_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    entered_late_reason: Mapped[str] = mapped_column(Text, default="")
    prepared_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    prepared_by: Mapped[str] = mapped_column(String(200), default="")
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    settled_by: Mapped[str] = mapped_column(String(200), default="")
    shorthand: Mapped[str] = mapped_column(Text, default="")


class ScreeningAnswer(ClinicScoped, Base):
    """One safety or eye question as answered for this session; no row means unanswered."""

    __tablename__ = "screening_answer"
    __table_args__ = (
        within_clinic("visit_id", "visit"),
        CheckConstraint("tenths_mm BETWEEN 0 AND 300", name="millimetres_range"),
    )

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    question: Mapped[Question] = mapped_column(enum_text(Question), primary_key=True)
    answer: Mapped[Answer] = mapped_column(enum_text(Answer))
    detail: Mapped[str] = mapped_column(Text, default="")
    tenths_mm: Mapped[int | None] = mapped_column(default=None)
    answered_by: Mapped[str] = mapped_column(String(200))
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)


class TimeOut(Identified, Base):
    """A time-out: what was confirmed, as shown, with the digest of those values. Appended, never changed."""

    __tablename__ = "time_out"
    __table_args__ = (within_clinic("visit_id", "visit"), Index("ix_time_out_visit", "clinic_id", "visit_id"))

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    digest: Mapped[str] = mapped_column(String(64))
    confirmed: Mapped[str] = mapped_column(Text)


class Syringe(Identified, Base):
    """What a session draws from: one vial under a letter. Its concentration is the vial's, or a further dilution."""

    __tablename__ = "syringe"
    __table_args__ = (
        within_clinic("visit_id", "visit"),
        within_clinic("vial_id", "vial"),
        UniqueConstraint("clinic_id", "visit_id", "letter"),
        Index("ix_syringe_vial", "clinic_id", "vial_id"),
        CheckConstraint("concentration_units > 0", name="concentration_units_positive"),
        CheckConstraint("concentration_microlitres > 0", name="concentration_volume_positive"),
        CheckConstraint("wasted >= 0", name="wasted_not_negative"),
    )

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    vial_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    letter: Mapped[str] = mapped_column(String(2))
    concentration_units: Mapped[Decimal] = mapped_column(Hundredths)
    concentration_microlitres: Mapped[int]
    units_drawn: Mapped[Decimal | None] = mapped_column(Hundredths, default=None)
    wasted: Mapped[Decimal] = mapped_column(Hundredths, default=Decimal(0))
    waste_reason: Mapped[str] = mapped_column(Text, default="")


class InjectionSite(Identified, Base):
    """One site. ``x`` and ``y`` are 0.01 geometry unit; the stored side is the side of the region, never of x.

    ``units`` is 0 while the dose is to be entered. ``dose_product`` is the product whose units these are, as far as it
    is known: units of one product are never taken for those of another. An unconfirmed site came from an earlier session
    (``copied_from`` is its day), from a pattern (``pattern_name``) or from the plan (``from_planned_target``, its item).
    """

    __tablename__ = "injection_site"
    __table_args__ = (
        within_clinic("visit_id", "visit"),
        within_clinic("syringe_id", "syringe"),
        within_clinic("from_planned_target", "plan_item"),
        Index("ix_injection_site_visit", "clinic_id", "visit_id", "number"),
        Index("ix_injection_site_syringe", "clinic_id", "syringe_id"),
        Index("ix_injection_site_muscle", "clinic_id", "muscle", "visit_id"),
        Index(
            "ix_injection_site_planned",
            "clinic_id",
            "from_planned_target",
            "visit_id",
            sqlite_where=_PLANNED,
            postgresql_where=_PLANNED,
        ),
        CheckConstraint("units > 0 OR (units = 0 AND given_at IS NULL)", name="units_positive_when_given"),
        CheckConstraint("number >= 1", name="number_positive"),
    )

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    number: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(enum_text(Purpose))
    muscle: Mapped[str] = mapped_column(String(60))
    sub_site: Mapped[str | None] = mapped_column(String(60), default=None)
    side: Mapped[Side] = mapped_column(enum_text(Side))
    x: Mapped[int]
    y: Mapped[int]
    view: Mapped[str] = mapped_column(String(20), default="front")
    units: Mapped[Decimal] = mapped_column(Hundredths)
    dose_product: Mapped[str | None] = mapped_column(String(40), default=None)
    syringe_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    depth: Mapped[Depth] = mapped_column(enum_text(Depth), default=Depth.INTRAMUSCULAR)
    note: Mapped[str] = mapped_column(String(500), default="")
    copied_from: Mapped[date | None] = mapped_column(default=None)
    from_previous_site: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    pattern_name: Mapped[str] = mapped_column(String(80), default="")
    from_planned_target: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    confirmed: Mapped[bool] = mapped_column(default=True)
    given_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    given_by: Mapped[str] = mapped_column(String(200), default="")
    given_recorded_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    entered_late_reason: Mapped[str] = mapped_column(Text, default="")
