"""Facial training as done: a therapist's visit within a visit, and the diary of practice at home."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement
from clinic.domain.training import BroughtDown, Method
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, ClinicScoped, Identified, Versioned, within_clinic
from clinic.models.types import UTCDateTime, enum_text


class TrainingSession(ClinicScoped, Versioned, Base):
    """What a therapist's visit was made of, at most one a visit; ``methods`` are keys, joined by blanks."""

    __tablename__ = "training_session"
    __table_args__ = (
        within_clinic("visit_id", "visit"),
        CheckConstraint("minutes BETWEEN 1 AND 480", name="minutes_range"),
    )

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    minutes: Mapped[int | None] = mapped_column(default=None)
    methods: Mapped[str] = mapped_column(String(200), default="")
    home_practice: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    recorded_by: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)


class TrainingFeedback(ClinicScoped, Base):
    """One unwanted movement that feedback was given on, with its grade (0 to 3) before and after."""

    __tablename__ = "training_feedback"
    __table_args__ = (
        within_clinic("visit_id", "visit"),
        CheckConstraint("grade_before BETWEEN 0 AND 3", name="before_range"),
        CheckConstraint("grade_after BETWEEN 0 AND 3", name="after_range"),
    )

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    method: Mapped[Method] = mapped_column(enum_text(Method))
    side: Mapped[Side] = mapped_column(enum_text(Side))
    movement: Mapped[Movement] = mapped_column(enum_text(Movement))
    muscle_group: Mapped[Group] = mapped_column(enum_text(Group))
    brought_down: Mapped[BroughtDown] = mapped_column(enum_text(BroughtDown))
    grade_before: Mapped[int | None] = mapped_column(default=None)
    grade_after: Mapped[int | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(Text, default="")


class DiaryWeek(Identified, Base):
    """A week of practice at home as the patient noted it, Monday to Sunday; the newest entry for a week counts.

    ``days`` holds one sign a day: x practised, - not, . not noted. ``exercise`` is blank for the programme as a whole.
    """

    __tablename__ = "diary_week"
    __table_args__ = (
        within_clinic("patient_id", "patient"),
        Index("ix_diary_week_patient", "clinic_id", "patient_id", "monday"),
    )

    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    monday: Mapped[date]
    exercise: Mapped[str] = mapped_column(String(40), default="")
    days: Mapped[str] = mapped_column(String(7))
    note: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
