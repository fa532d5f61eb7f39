"""What an export of a cohort is made from: coded values of the record, never a free text.

Ids, names of persons and exact dates stand here because pseudonyms, codes and shifted dates are derived from them; none
of them reaches a file (``clinic.domain.deidentified``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement
from clinic.domain.injections import Answer, Depth, Purpose
from clinic.domain.patients import Cause, DatePrecision, Sex
from clinic.domain.reviews import Contact, Wearing


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A patient of the cohort."""

    patient_id: str
    birth_date: date
    sex: Sex


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """A palsy episode."""

    patient_id: str
    side: Side
    cause: Cause
    onset_on: date | None
    precision: DatePrecision
    worst_house_brackmann: int | None


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A given site; ``session_id`` and ``session_on`` are those of the session that a touch-up counts to."""

    patient_id: str
    session_id: str
    session_on: date
    on: date
    touch_up: bool
    transcribed: bool
    number: int
    muscle: str
    sub_site: str | None
    side: Side
    x: int
    y: int
    depth: Depth
    purpose: Purpose
    units: Decimal
    product: str
    given_by: str


@dataclass(frozen=True, slots=True)
class GradeRow:
    """A cell of a synkinesis grid."""

    patient_id: str
    on: date
    rater: str
    side: Side
    movement: Movement
    group: Group
    grade: int | None
    bother: int | None


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A score of an instrument; ``rater`` is "" when the patient answered."""

    patient_id: str
    on: date
    instrument: str
    version: str
    side: Side | None
    rater: str
    score: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review of a session; days count from the session."""

    review_id: str
    patient_id: str
    session_id: str
    on: date
    contact: Contact
    first_noticed_day: int | None
    best_day: int | None
    wearing: Wearing
    worn_off_day: int | None
    adverse_event: Answer | None


@dataclass(frozen=True, slots=True)
class EffectRow:
    """What a review says of one pattern."""

    review_id: str
    side: Side
    movement: Movement
    group: Group
    effect: int | None
    worse: bool


@dataclass(frozen=True, slots=True)
class EventRow:
    """An adverse event as known now; ``session_id`` is "" for one that follows no session of the record."""

    patient_id: str
    session_id: str
    kind: Kind
    grade: int
    side: Side | None
    onset_on: date | None
    ended_on: date | None
    relation: Relation
    serious: bool


@dataclass(frozen=True, slots=True)
class CohortRecord:
    """Everything of a cohort that an export may be made from."""

    patients: tuple[PatientRow, ...]
    episodes: tuple[EpisodeRow, ...]
    sites: tuple[SiteRow, ...]
    grades: tuple[GradeRow, ...]
    scores: tuple[ScoreRow, ...]
    reviews: tuple[ReviewRow, ...]
    effects: tuple[EffectRow, ...]
    events: tuple[EventRow, ...]
