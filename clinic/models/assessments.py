"""What was graded in a visit: instruments with raw answers and scores, the synkinesis grid, and who has seen a grading."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, ClinicScoped, Identified, Versioned, within_clinic
from clinic.models.types import Hundredths, UTCDateTime, enum_text


class Assessment(Identified, Versioned, Base):
    """One filled-in instrument (or the grid) of one rater in one visit.

    ``slot`` is instrument, side and rater as one word: a rater has one of each a visit. ``rater_id`` is None when the
    patient answered. ``rated_at`` is when it was first saved; corrections stand in the audit trail. ``entered_by`` keyed
    it in, where that is somebody else. ``blind`` says that the rater had not been shown another rater's answers to the
    same instrument of this visit.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        within_clinic("visit_id", "visit"),
        within_clinic("rater_id", "membership", target="user_id"),
        UniqueConstraint("clinic_id", "visit_id", "slot"),
        Index("ix_assessment_instrument", "clinic_id", "instrument", "visit_id"),
        CheckConstraint("side IN ('right', 'left')", name="side_is_one_side"),
    )

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    instrument: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(20))
    slot: Mapped[str] = mapped_column(String(120))
    side: Mapped[Side | None] = mapped_column(enum_text(Side), default=None)
    rater_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    rater_name: Mapped[str] = mapped_column(String(200))
    patient_reported: Mapped[bool] = mapped_column(default=False)
    entered_by: Mapped[str] = mapped_column(String(200), default="")
    rated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    blind: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(Text, default="")


class AssessmentAnswer(ClinicScoped, Base):
    """One raw answer; no row means that the question was left open."""

    __tablename__ = "assessment_answer"
    __table_args__ = (
        within_clinic("assessment_id", "assessment"),
        within_clinic("visit_id", "visit"),
        Index("ix_assessment_answer_visit", "clinic_id", "visit_id"),
    )

    assessment_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    item: Mapped[str] = mapped_column(String(60), primary_key=True)
    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    value: Mapped[int | None] = mapped_column(default=None)
    text: Mapped[str] = mapped_column(Text, default="")


class AssessmentScore(ClinicScoped, Base):
    """One score as the program computed it from the answers; frozen with the visit."""

    __tablename__ = "assessment_score"
    __table_args__ = (
        within_clinic("assessment_id", "assessment"),
        within_clinic("visit_id", "visit"),
        Index("ix_assessment_score_visit", "clinic_id", "visit_id"),
    )

    assessment_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    score: Mapped[str] = mapped_column(String(40), primary_key=True)
    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    value: Mapped[Decimal] = mapped_column(Hundredths)
    text: Mapped[str] = mapped_column(String(60), default="")
    flag: Mapped[str] = mapped_column(Text, default="")
    answered: Mapped[int | None] = mapped_column(default=None)


class SynkinesisFinding(ClinicScoped, Base):
    """One cell of a synkinesis grid; no row means that nobody graded it, which is never 0."""

    __tablename__ = "synkinesis_finding"
    __table_args__ = (
        within_clinic("assessment_id", "assessment"),
        within_clinic("visit_id", "visit"),
        Index("ix_synkinesis_finding_visit", "clinic_id", "visit_id"),
        CheckConstraint("grade BETWEEN 0 AND 3", name="grade_range"),
        CheckConstraint("bother BETWEEN 0 AND 3", name="bother_range"),
        CheckConstraint("grade IS NOT NULL OR bother IS NOT NULL", name="answered"),
        CheckConstraint("side IN ('right', 'left')", name="side_is_one_side"),
    )

    assessment_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    side: Mapped[Side] = mapped_column(enum_text(Side), primary_key=True)
    movement: Mapped[Movement] = mapped_column(enum_text(Movement), primary_key=True)
    muscle_group: Mapped[Group] = mapped_column(enum_text(Group), primary_key=True)
    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    grade: Mapped[int | None] = mapped_column(default=None)
    bother: Mapped[int | None] = mapped_column(default=None)


class AssessmentSeen(ClinicScoped, Base):
    """Somebody was shown another rater's grading; a later grading of theirs is not blind. No part of the record.

    It outlasts the grading: what was seen stays seen when its rater removes it and grades anew.
    """

    __tablename__ = "assessment_seen"
    __table_args__ = (
        within_clinic("visit_id", "visit"),
        within_clinic("user_id", "membership", target="user_id"),
        Index("ix_assessment_seen_visit", "clinic_id", "visit_id"),
    )

    assessment_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    instrument: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class InstrumentLicence(ClinicScoped, Base):
    """A clinic's statement that it may use an instrument's original wording."""

    __tablename__ = "instrument_licence"

    instrument: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[str] = mapped_column(String(20))
    statement: Mapped[str] = mapped_column(Text)
    accepted_by: Mapped[str] = mapped_column(String(200))
    accepted_at: Mapped[datetime] = mapped_column(UTCDateTime)


class InstrumentWording(ClinicScoped, Base):
    """One piece of wording that a clinic pasted: ``part`` is an item's key, ``<item>.<value>`` for an option, or ``intro``."""

    __tablename__ = "instrument_wording"

    instrument: Mapped[str] = mapped_column(String(40), primary_key=True)
    part: Mapped[str] = mapped_column(String(80), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
