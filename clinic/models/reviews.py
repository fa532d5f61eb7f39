"""What came of an injection session, answered in a later visit; and adverse events, which are only ever added to."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement
from clinic.domain.injections import Answer
from clinic.domain.reviews import Contact, Impression, Wearing
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, ClinicScoped, Identified, Versioned, within_clinic
from clinic.models.types import UTCDateTime, enum_text


class Review(Identified, Versioned, Base):
    """The review of one session (``session_id``: its parent session, never a touch-up) within one visit.

    Days count from the day of that session. ``adverse_event`` is the explicit answer: yes, no, unknown; None while open.
    """

    __tablename__ = "review"
    __table_args__ = (
        within_clinic("visit_id", "visit"),
        within_clinic("session_id", "visit"),
        UniqueConstraint("clinic_id", "visit_id", "session_id"),
        Index("ix_review_session", "clinic_id", "session_id"),
        CheckConstraint("first_noticed_day BETWEEN 0 AND 730", name="first_noticed_range"),
        CheckConstraint("best_day BETWEEN 0 AND 730", name="best_range"),
        CheckConstraint("worn_off_day BETWEEN 0 AND 730", name="worn_off_range"),
    )

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    session_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    contact: Mapped[Contact] = mapped_column(enum_text(Contact), default=Contact.VISIT)
    first_noticed_day: Mapped[int | None] = mapped_column(default=None)
    best_day: Mapped[int | None] = mapped_column(default=None)
    wearing: Mapped[Wearing] = mapped_column(enum_text(Wearing), default=Wearing.NOT_ASKED)
    worn_off_day: Mapped[int | None] = mapped_column(default=None)
    adverse_event: Mapped[Answer | None] = mapped_column(enum_text(Answer), default=None)
    note: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(200))
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ReviewEffect(ClinicScoped, Base):
    """How much better one pattern was at its best, 0 to 100; ``worse`` says that it was worse than before."""

    __tablename__ = "review_effect"
    __table_args__ = (
        within_clinic("review_id", "review"),
        within_clinic("visit_id", "visit"),
        Index("ix_review_effect_visit", "clinic_id", "visit_id"),
        CheckConstraint("effect BETWEEN 0 AND 100", name="effect_range"),
        CheckConstraint("effect IS NOT NULL OR worse", name="answered"),
    )

    review_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    side: Mapped[Side] = mapped_column(enum_text(Side), primary_key=True)
    movement: Mapped[Movement] = mapped_column(enum_text(Movement), primary_key=True)
    muscle_group: Mapped[Group] = mapped_column(enum_text(Group), primary_key=True)
    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    effect: Mapped[int | None] = mapped_column(default=None)
    worse: Mapped[bool] = mapped_column(default=False)


class ReviewEffectMuscle(ClinicScoped, Base):
    """A muscle that was treated for a pattern, so that its dose stands beside the pattern's effect."""

    __tablename__ = "review_effect_muscle"
    __table_args__ = (
        within_clinic("review_id", "review"),
        within_clinic("visit_id", "visit"),
        Index("ix_review_effect_muscle_visit", "clinic_id", "visit_id"),
    )

    review_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    side: Mapped[Side] = mapped_column(enum_text(Side), primary_key=True)
    movement: Mapped[Movement] = mapped_column(enum_text(Movement), primary_key=True)
    muscle_group: Mapped[Group] = mapped_column(enum_text(Group), primary_key=True)
    muscle: Mapped[str] = mapped_column(String(60), primary_key=True)
    muscle_side: Mapped[Side] = mapped_column(enum_text(Side, name="muscle_side"), primary_key=True)
    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))


class ReviewImpression(ClinicScoped, Base):
    """The injector's impression of one treated muscle."""

    __tablename__ = "review_impression"
    __table_args__ = (
        within_clinic("review_id", "review"),
        within_clinic("visit_id", "visit"),
        Index("ix_review_impression_visit", "clinic_id", "visit_id"),
    )

    review_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    muscle: Mapped[str] = mapped_column(String(60), primary_key=True)
    side: Mapped[Side] = mapped_column(enum_text(Side), primary_key=True)
    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    impression: Mapped[Impression] = mapped_column(enum_text(Impression))
    by: Mapped[str] = mapped_column(String(200))


class AdverseEvent(Identified, Base):
    """An adverse event of a patient. What is known of it stands in its entries, the newest of which counts.

    ``session_id`` is the visit of the injection that it followed; ``visit_id`` the draft in which it was entered, if any.
    """

    __tablename__ = "adverse_event"
    __table_args__ = (
        within_clinic("patient_id", "patient"),
        within_clinic("session_id", "visit"),
        within_clinic("visit_id", "visit"),
        Index("ix_adverse_event_patient", "clinic_id", "patient_id"),
    )

    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    session_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    visit_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    recorded_by: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)


class AdverseEventEntry(ClinicScoped, Base):
    """The event as known at one moment, in full; ``reviewed`` once a prescriber or injector has weighed it.

    ``withdrawn`` says that it was entered by mistake, with ``reason``. ``sites`` are rows of ``adverse_event_site``.
    """

    __tablename__ = "adverse_event_entry"
    __table_args__ = (
        within_clinic("event_id", "adverse_event"),
        CheckConstraint("grade BETWEEN 1 AND 5", name="grade_range"),
        CheckConstraint("number >= 1", name="number_positive"),
    )

    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind] = mapped_column(enum_text(Kind))
    grade: Mapped[int]
    side: Mapped[Side | None] = mapped_column(enum_text(Side), default=None)
    onset_on: Mapped[date | None] = mapped_column(default=None)
    ended_on: Mapped[date | None] = mapped_column(default=None)
    relation: Mapped[Relation] = mapped_column(enum_text(Relation))
    serious: Mapped[bool] = mapped_column(default=False)
    description: Mapped[str] = mapped_column(Text, default="")
    action: Mapped[str] = mapped_column(Text, default="")
    reported_to: Mapped[str] = mapped_column(String(200), default="")
    reviewed: Mapped[bool] = mapped_column(default=False)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class AdverseEventSite(ClinicScoped, Base):
    """A site that an entry links to the event; its vial, and so its lot, follow from the site."""

    __tablename__ = "adverse_event_site"
    __table_args__ = (
        within_clinic("event_id", "adverse_event"),
        within_clinic("site_id", "injection_site"),
        Index("ix_adverse_event_site_site", "clinic_id", "site_id"),
    )

    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
