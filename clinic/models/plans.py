"""The plan of a patient: items whose entries are only ever added to, each kind with a table for its details.

The columns of a detail table are the fields of its shape in ``clinic.domain.plans``.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.domain.anatomy import Side
from clinic.domain.injections import Answer, Purpose
from clinic.domain.next_doses import Direction, Weakness
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import CareStep, ItemKind, Mirror, Occasion, PlanState, ReferralKind
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, ClinicScoped, Identified, within_clinic
from clinic.models.types import Hundredths, UTCDateTime, enum_text


class PlanItem(Identified, Base):
    """One item. ``visit_id`` is the visit in which it was entered, if any."""

    __tablename__ = "plan_item"
    __table_args__ = (
        within_clinic("patient_id", "patient"),
        within_clinic("condition_id", "condition"),
        within_clinic("visit_id", "visit"),
        Index("ix_plan_item_patient", "clinic_id", "patient_id"),
        Index("ix_plan_item_kind", "clinic_id", "kind"),
    )

    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    condition_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    visit_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    kind: Mapped[ItemKind] = mapped_column(enum_text(ItemKind))
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class PlanEntry(ClinicScoped, Base):
    """The item as it stood from one moment on; the entry with the highest number counts."""

    __tablename__ = "plan_entry"
    __table_args__ = (
        within_clinic("item_id", "plan_item"),
        within_clinic("visit_id", "visit"),
        CheckConstraint("number >= 1", name="number_positive"),
    )

    item_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[PlanState] = mapped_column(enum_text(PlanState))
    visit_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    place: Mapped[int] = mapped_column(default=1)
    reason: Mapped[str] = mapped_column(Text, default="")
    rules: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class _OfEntry(ClinicScoped, kw_only=True):
    """The key of the entry whose details a row holds."""

    item_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)


def _of_entry() -> ForeignKeyConstraint:
    entry = "plan_entry"
    return ForeignKeyConstraint(
        ["clinic_id", "item_id", "number"], [f"{entry}.clinic_id", f"{entry}.item_id", f"{entry}.number"]
    )


class PlanGoal(_OfEntry, Base):
    """Details of a goal; ``groups`` are keys of parts of the face, joined by blanks."""

    __tablename__ = "plan_goal"
    __table_args__ = (_of_entry(),)

    words: Mapped[str] = mapped_column(Text)
    groups: Mapped[str] = mapped_column(String(200), default="")
    much_less: Mapped[str] = mapped_column(Text, default="")
    less: Mapped[str] = mapped_column(Text, default="")
    expected: Mapped[str] = mapped_column(Text, default="")
    more: Mapped[str] = mapped_column(Text, default="")
    much_more: Mapped[str] = mapped_column(Text, default="")


class PlanTarget(_OfEntry, Base):
    """Details of a target for toxin; ``units_per_site`` is 0 while the dose is open."""

    __tablename__ = "plan_target"
    __table_args__ = (
        _of_entry(),
        CheckConstraint("sites BETWEEN 1 AND 20", name="sites_range"),
        CheckConstraint("units_per_site >= 0", name="units_not_negative"),
        CheckConstraint("units_per_site = 0 OR product IS NOT NULL", name="units_of_a_product"),
    )

    muscle: Mapped[str] = mapped_column(String(60))
    side: Mapped[Side] = mapped_column(enum_text(Side))
    site_group: Mapped[str | None] = mapped_column(String(60), default=None)
    purpose: Mapped[Purpose] = mapped_column(enum_text(Purpose), default=Purpose.SYNKINESIS)
    product: Mapped[str | None] = mapped_column(String(40), default=None)
    sites: Mapped[int] = mapped_column(default=1)
    units_per_site: Mapped[Decimal] = mapped_column(Hundredths, default=Decimal(0))
    guard_reason: Mapped[str] = mapped_column(Text, default="")
    basis: Mapped[str] = mapped_column(Text, default="")


class PlanProgramme(_OfEntry, Base):
    """Details of a therapy programme."""

    __tablename__ = "plan_programme"
    __table_args__ = (_of_entry(),)

    mirror: Mapped[Mirror] = mapped_column(enum_text(Mirror), default=Mirror.OPEN)
    mirror_reason: Mapped[str] = mapped_column(Text, default="")
    advice: Mapped[str] = mapped_column(Text, default="")
    visit_from: Mapped[date | None] = mapped_column(default=None)
    visit_to: Mapped[date | None] = mapped_column(default=None)


class PlanExercise(_OfEntry, Base):
    """Details of an exercise given to a patient."""

    __tablename__ = "plan_exercise"
    __table_args__ = (_of_entry(),)

    exercise: Mapped[str] = mapped_column(String(40))
    excursion: Mapped[str] = mapped_column(Text)
    cue: Mapped[str] = mapped_column(Text)
    stop_rule: Mapped[str] = mapped_column(Text)
    dose: Mapped[str] = mapped_column(Text)


class PlanReferral(_OfEntry, Base):
    """Details of a referral."""

    __tablename__ = "plan_referral"
    __table_args__ = (_of_entry(),)

    kind: Mapped[ReferralKind] = mapped_column(enum_text(ReferralKind))
    recipient: Mapped[str] = mapped_column(String(200), default="")
    question: Mapped[str] = mapped_column(Text, default="")
    urgent: Mapped[bool] = mapped_column(default=False)
    sent_on: Mapped[date | None] = mapped_column(default=None)
    answer_by: Mapped[date | None] = mapped_column(default=None)
    answered_on: Mapped[date | None] = mapped_column(default=None)
    answer: Mapped[str] = mapped_column(Text, default="")


class PlanAppointment(_OfEntry, Base):
    """Details of a date."""

    __tablename__ = "plan_appointment"
    __table_args__ = (_of_entry(),)

    occasion: Mapped[Occasion] = mapped_column(enum_text(Occasion))
    on: Mapped[date]
    at: Mapped[str] = mapped_column(String(20), default="")


class PlanStep(_OfEntry, Base):
    """Details of the next step of care."""

    __tablename__ = "plan_step"
    __table_args__ = (_of_entry(),)

    step: Mapped[CareStep] = mapped_column(enum_text(CareStep))


class PlanningAnswer(ClinicScoped, Base):
    """A question of planning as answered in a visit; no row means unanswered."""

    __tablename__ = "planning_answer"
    __table_args__ = (within_clinic("visit_id", "visit"),)

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    question: Mapped[PlanningQuestion] = mapped_column(enum_text(PlanningQuestion), primary_key=True)
    answer: Mapped[Answer] = mapped_column(enum_text(Answer))
    detail: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(200))
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)


class GoalRating(ClinicScoped, Base):
    """How far a goal is reached at a visit, -2 to +2."""

    __tablename__ = "goal_rating"
    __table_args__ = (
        within_clinic("visit_id", "visit"),
        within_clinic("item_id", "plan_item"),
        CheckConstraint("level BETWEEN -2 AND 2", name="level_range"),
    )

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    item_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    level: Mapped[int]
    rated_by: Mapped[str] = mapped_column(String(200))
    rated_at: Mapped[datetime] = mapped_column(UTCDateTime)


class MuscleBlock(Identified, Base):
    """A test block of one muscle with a local anaesthetic, and what it changed. Millimetres are whole tenths."""

    __tablename__ = "muscle_block"
    __table_args__ = (
        within_clinic("visit_id", "visit"),
        Index("ix_muscle_block_visit", "clinic_id", "visit_id"),
        CheckConstraint("tenths_ml BETWEEN 1 AND 100", name="volume_range"),
    )

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    muscle: Mapped[str] = mapped_column(String(60))
    side: Mapped[Side] = mapped_column(enum_text(Side))
    agent: Mapped[str] = mapped_column(String(120))
    tenths_ml: Mapped[int | None] = mapped_column(default=None)
    excursion_before: Mapped[int | None] = mapped_column(default=None)
    excursion_after: Mapped[int | None] = mapped_column(default=None)
    dental_show_before: Mapped[int | None] = mapped_column(default=None)
    dental_show_after: Mapped[int | None] = mapped_column(default=None)
    patient_says: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    done_by: Mapped[str] = mapped_column(String(200))
    done_at: Mapped[datetime] = mapped_column(UTCDateTime)


class DoseRule(Identified, Base):
    """A clinic's own rule for the next dose of a muscle: nothing ships, a prescriber writes, accepts and switches it on.

    ``muscle`` None holds for every muscle. Grades 0 to 3 of what is left, weeks of benefit, and whether a weakness came.
    """

    __tablename__ = "dose_rule"
    __table_args__ = (
        CheckConstraint("residual_low BETWEEN 0 AND 3 AND residual_high BETWEEN residual_low AND 3", name="residual"),
        CheckConstraint("weeks_low >= 0 AND weeks_high >= weeks_low", name="weeks"),
        CheckConstraint("step >= 0 AND cap > 0", name="step_and_cap"),
    )

    product: Mapped[str] = mapped_column(String(40))
    muscle: Mapped[str | None] = mapped_column(String(60), default=None)
    residual_low: Mapped[int]
    residual_high: Mapped[int]
    weakness: Mapped[Weakness] = mapped_column(enum_text(Weakness))
    weeks_low: Mapped[int] = mapped_column(default=0)
    weeks_high: Mapped[int] = mapped_column(default=104)
    direction: Mapped[Direction] = mapped_column(enum_text(Direction))
    step: Mapped[Decimal] = mapped_column(Hundredths)
    cap: Mapped[Decimal] = mapped_column(Hundredths)
    reason: Mapped[str] = mapped_column(Text)
    is_on: Mapped[bool] = mapped_column(default=False)
    written_by: Mapped[str] = mapped_column(String(200))
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    switched_by: Mapped[str] = mapped_column(String(200), default="")
    switched_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class PlanningRuleOff(Identified, Base):
    """That a clinic switched a shipped planning rule off, and why; ``restored_at`` once it is on again."""

    __tablename__ = "planning_rule_off"

    rule: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    restored_by: Mapped[str] = mapped_column(String(200), default="")
    restored_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
