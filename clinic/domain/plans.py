"""The plan of a patient: goals, targets for toxin, a therapy programme, referrals, dates, and the next step of care.

Each item is a list of entries of which the newest counts; nothing of it is ever rewritten. What is planned and what was
given are separate records, compared and never merged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group
from clinic.domain.injections import Purpose


class ItemKind(StrEnum):
    """What an item of the plan is."""

    GOAL = "goal"
    TARGET = "target"
    PROGRAMME = "programme"
    EXERCISE = "exercise"
    REFERRAL = "referral"
    APPOINTMENT = "appointment"
    STEP = "step"

    @property
    def label(self) -> str:
        """The kind in words."""
        return {
            "target": "target for botulinum toxin",
            "programme": "therapy programme",
            "appointment": "date",
            "step": "next step of care",
        }.get(self.value, self.value)


class PlanState(StrEnum):
    """How an item stands: proposed by the clinician, agreed with the patient, and what became of it."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    DONE = "done"
    DECLINED = "declined"
    SUPERSEDED = "superseded"

    @property
    def is_open(self) -> bool:
        """Whether it still waits to be done."""
        return self in OPEN


OPEN: Final = frozenset({PlanState.PROPOSED, PlanState.AGREED})

NEXT_STATES: Final[Mapping[PlanState, frozenset[PlanState]]] = {
    PlanState.PROPOSED: frozenset({PlanState.AGREED, PlanState.DONE, PlanState.DECLINED, PlanState.SUPERSEDED}),
    PlanState.AGREED: frozenset({PlanState.DONE, PlanState.DECLINED, PlanState.SUPERSEDED}),
    PlanState.DONE: frozenset({PlanState.AGREED}),
    PlanState.DECLINED: frozenset({PlanState.PROPOSED, PlanState.AGREED}),
    PlanState.SUPERSEDED: frozenset(),
}
"""To which states an item may go; declining and going back take a reason in words."""


class ReferralKind(StrEnum):
    """To whom a patient is sent."""

    NEUROLYSIS = "neurolysis"
    OPHTHALMOLOGY = "ophthalmology"
    ENT_IMAGING = "ent_imaging"
    FACIAL_NERVE = "facial_nerve"
    THERAPY = "therapy"
    PSYCHOLOGY = "psychology"
    REANIMATION = "reanimation"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The referral in words."""
        return {
            "neurolysis": "Surgeon for selective neurolysis (neurectomy)",
            "ophthalmology": "Ophthalmology",
            "ent_imaging": "Ear, nose and throat, imaging",
            "facial_nerve": "Facial-nerve specialist",
            "therapy": "Facial therapist",
            "psychology": "Psychological support",
            "reanimation": "Surgeon for facial reanimation",
            "other": "Other referral",
        }[self.value]


class Occasion(StrEnum):
    """What a planned date is for."""

    REVIEW = "review"
    INJECTION = "injection"
    THERAPY = "therapy"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The occasion in words."""
        return {
            "review": "Review of the last session",
            "injection": "Next injection",
            "therapy": "Therapist’s visit",
            "other": "Appointment",
        }[self.value]


class CareStep(StrEnum):
    """The steps of care, in their order."""

    ASSESSMENT = "assessment"
    TRAINING = "training"
    TOXIN = "toxin"
    SURGERY = "surgery"

    @property
    def label(self) -> str:
        """The step in words."""
        return {
            "assessment": "Assessment",
            "training": "Facial training",
            "toxin": "Botulinum toxin",
            "surgery": "Surgery",
        }[self.value]


class Mirror(StrEnum):
    """Practice with a mirror is the therapist's choice for each patient: experts disagree (reference 7.1)."""

    OPEN = "not decided"
    YES = "with a mirror"
    NO = "without a mirror"


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal in the patient's own words, with the parts of the face that it is about.

    The five levels are those of goal-attainment scaling, from -2 (as now or worse) to +2; blank where not agreed.
    """

    words: str
    groups: tuple[Group, ...] = ()
    much_less: str = ""
    less: str = ""
    expected: str = ""
    more: str = ""
    much_more: str = ""

    @property
    def levels(self) -> tuple[tuple[int, str], ...]:
        """The levels as (-2 … +2, words)."""
        return ((-2, self.much_less), (-1, self.less), (0, self.expected), (1, self.more), (2, self.much_more))


@dataclass(frozen=True, slots=True)
class Target:
    """A muscle to treat. ``units_per_site`` is of ``product``, and 0 while the dose is open; ``sites`` counts places.

    ``guard_reason`` is what was typed to use a muscle that a weak movement needs; ``basis`` says in words where the dose
    comes from.
    """

    muscle: str
    side: Side
    site_group: str | None = None
    purpose: Purpose = Purpose.SYNKINESIS
    product: str | None = None
    sites: int = 1
    units_per_site: Decimal = Decimal(0)
    guard_reason: str = ""
    basis: str = ""

    @property
    def units(self) -> Decimal:
        """Units in all; 0 while the dose is open."""
        return self.units_per_site * self.sites


@dataclass(frozen=True, slots=True)
class Programme:
    """What holds for all exercises of a patient; the therapist's next visit falls between two days."""

    mirror: Mirror = Mirror.OPEN
    mirror_reason: str = ""
    advice: str = ""
    visit_from: date | None = None
    visit_to: date | None = None


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise of the library as given to this patient; ``excursion`` is the therapist's limit in words."""

    exercise: str
    excursion: str
    cue: str
    stop_rule: str
    dose: str


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral: to whom, what is asked, when it was sent, when an answer is expected and what came."""

    kind: ReferralKind
    recipient: str = ""
    question: str = ""
    urgent: bool = False
    sent_on: date | None = None
    answer_by: date | None = None
    answered_on: date | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A date for the patient; ``at`` is the clock time in words, blank for the whole day."""

    occasion: Occasion
    on: date
    at: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """The next step of care that was decided on; the entry's reason says why."""

    step: CareStep


Details = Goal | Target | Programme | Exercise | Referral | Appointment | Step

DETAILS: Final[Mapping[ItemKind, type[Details]]] = {
    ItemKind.GOAL: Goal,
    ItemKind.TARGET: Target,
    ItemKind.PROGRAMME: Programme,
    ItemKind.EXERCISE: Exercise,
    ItemKind.REFERRAL: Referral,
    ItemKind.APPOINTMENT: Appointment,
    ItemKind.STEP: Step,
}
"""The shape of each kind."""


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """What an item says at one moment, before it is stored.

    ``reason`` is why it is planned, in words; ``rules`` are the ids of the rules that proposed it; ``place`` orders the
    items of one kind (1 first); ``note`` says why the state or a value was changed.
    """

    details: Details
    state: PlanState = PlanState.PROPOSED
    reason: str = ""
    rules: tuple[str, ...] = ()
    place: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlanItem:
    """An item as it stands: its newest entry, with number, author and moment. ``first_at`` is when it was first entered."""

    id: str
    kind: ItemKind
    patient_id: str
    condition_id: str | None
    number: int
    entry: PlanEntry
    visit_id: str | None
    by: str
    at: datetime
    first_by: str
    first_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether it still waits to be done."""
        return self.entry.state.is_open
