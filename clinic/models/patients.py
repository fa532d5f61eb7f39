"""The patient, the palsy episodes, and what stands in the record before any visit."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.domain.anatomy import Side
from clinic.domain.documents.kinds import Edition
from clinic.domain.injections import Answer, MuscleState
from clinic.domain.patients import Cause, DatePrecision, EarlierTreatmentKind, SafetyFactKind, Sex
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, ClinicScoped, Identified, Versioned, within_clinic
from clinic.models.types import Hundredths, UTCDateTime, enum_text


class Patient(Identified, Versioned, Base):
    """A person in the clinic's care. Retired, never deleted."""

    __tablename__ = "patient"
    __table_args__ = (
        UniqueConstraint("clinic_id", "record_number"),
        Index("ix_patient_clinic_birth", "clinic_id", "birth_date"),
        Index("ix_patient_clinic_due", "clinic_id", "next_due_on"),
    )

    record_number: Mapped[str] = mapped_column(String(40))
    family_name: Mapped[str] = mapped_column(String(120))
    given_names: Mapped[str] = mapped_column(String(120))
    birth_date: Mapped[date]
    sex: Mapped[Sex] = mapped_column(enum_text(Sex))
    phone: Mapped[str] = mapped_column(String(60), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(40), default="")
    handout_language: Mapped[str] = mapped_column(String(20), default="")
    handout_edition: Mapped[str] = mapped_column(String(10), default=Edition.NORMAL.value)
    synthetic: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    retired_reason: Mapped[str] = mapped_column(Text, default="")
    # Written with the visit, so that due lists never scan the visits (docs/decisions.md).
    last_visit_on: Mapped[date | None] = mapped_column(default=None)
    next_due_on: Mapped[date | None] = mapped_column(default=None)


class PatientWord(ClinicScoped, Base):
    """One folded word of a patient's names or record number, for search by the start of any word.

    A word that begins with "=" is a key by which similar names find each other (``clinic.domain.likeness``).
    """

    __tablename__ = "patient_word"
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "word", "patient_id"),
        within_clinic("patient_id", "patient"),
        Index("ix_patient_word_patient", "clinic_id", "patient_id", "word"),
    )

    # Compared by code point on both databases: a language's sorting would put "{" before "z" and lose every "z…".
    word: Mapped[str] = mapped_column(
        String(120).with_variant(String(120, collation="C"), "postgresql"), primary_key=True
    )
    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)


class SafetyFact(ClinicScoped, Base):
    """A standing safety fact with the day it was asked; earlier answers stay in the audit trail."""

    __tablename__ = "safety_fact"
    __table_args__ = (within_clinic("patient_id", "patient"),)

    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    kind: Mapped[SafetyFactKind] = mapped_column(enum_text(SafetyFactKind), primary_key=True)
    answer: Mapped[Answer] = mapped_column(enum_text(Answer))
    detail: Mapped[str] = mapped_column(Text, default="")
    asked_on: Mapped[date]


class Condition(Identified, Versioned, Base):
    """One palsy episode. Its side is history: a patient may have several."""

    __tablename__ = "condition"
    __table_args__ = (
        within_clinic("patient_id", "patient"),
        Index("ix_condition_patient", "clinic_id", "patient_id"),
        CheckConstraint("side IN ('right', 'left')", name="side_is_one_side"),
        CheckConstraint("worst_house_brackmann BETWEEN 1 AND 6", name="house_brackmann_range"),
    )

    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    side: Mapped[Side] = mapped_column(enum_text(Side))
    cause: Mapped[Cause] = mapped_column(enum_text(Cause))
    cause_detail: Mapped[str] = mapped_column(String(200), default="")
    onset_on: Mapped[date | None] = mapped_column(default=None)
    onset_precision: Mapped[DatePrecision] = mapped_column(enum_text(DatePrecision))
    worst_house_brackmann: Mapped[int | None] = mapped_column(default=None)
    first_movement_on: Mapped[date | None] = mapped_column(default=None)
    eye_status: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class EarlierTreatment(Identified, Base):
    """Training, toxin or surgery before or beside this clinic's care."""

    __tablename__ = "earlier_treatment"
    __table_args__ = (
        within_clinic("condition_id", "condition"),
        Index("ix_earlier_treatment_condition", "clinic_id", "condition_id"),
    )

    condition_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[EarlierTreatmentKind] = mapped_column(enum_text(EarlierTreatmentKind))
    on: Mapped[date | None] = mapped_column(default=None)
    precision: Mapped[DatePrecision] = mapped_column(enum_text(DatePrecision))
    detail: Mapped[str] = mapped_column(Text, default="")
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class MuscleStatus(Identified, Base):
    """A muscle that a procedure left absent, resected or transferred."""

    __tablename__ = "muscle_status"
    __table_args__ = (
        within_clinic("patient_id", "patient"),
        Index("ix_muscle_status_patient", "clinic_id", "patient_id"),
    )

    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    muscle: Mapped[str] = mapped_column(String(60))
    side: Mapped[Side] = mapped_column(enum_text(Side))
    state: Mapped[MuscleState] = mapped_column(enum_text(MuscleState))
    procedure: Mapped[str] = mapped_column(String(200), default="")
    on: Mapped[date | None] = mapped_column(default=None)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class ToxinElsewhere(Identified, Base):
    """Botulinum toxin given by somebody else: counts to intervals and cumulative limits."""

    __tablename__ = "toxin_elsewhere"
    __table_args__ = (
        within_clinic("patient_id", "patient"),
        Index("ix_toxin_elsewhere_patient", "clinic_id", "patient_id"),
        CheckConstraint("units > 0", name="units_positive"),
    )

    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    product: Mapped[str] = mapped_column(String(40))
    units: Mapped[Decimal] = mapped_column(Hundredths)
    on: Mapped[date]
    place: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
