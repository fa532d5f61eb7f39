"""The injection session in plain values: its vocabulary, its phases, and the facts that the safety checks read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from clinic.domain.anatomy import Side
from clinic.domain.quantities import Concentration


class Phase(StrEnum):
    """How far a session is; computed from its stamps, never stored."""

    PLANNED = "planned"
    PREPARED = "prepared"
    TIME_OUT = "time-out"
    GIVEN = "given"
    SETTLED = "settled"


class Purpose(StrEnum):
    """Why a site is injected."""

    SYNKINESIS = "synkinesis"
    BALANCE = "balance"
    TEARING = "tearing"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The purpose in words for screen and print."""
        return {"balance": "balance of the other side"}.get(self.value, self.value)


class Depth(StrEnum):
    """How deep a site is injected."""

    INTRADERMAL = "intradermal"
    SUBCUTANEOUS = "subcutaneous"
    INTRAMUSCULAR = "intramuscular"
    INTRAGLANDULAR = "intraglandular"


class Guidance(StrEnum):
    """How the muscle was found."""

    VISUAL = "visual"
    EMG = "EMG"
    ULTRASOUND = "ultrasound"
    NERVE_STIMULATION = "nerve stimulation"


class Answer(StrEnum):
    """An answer to a safety question; a question without a row is unanswered."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"


class Question(StrEnum):
    """What is asked today, before the first site is marked given (reference 2.5, 2.6)."""

    ALLERGY = "allergy"
    INFECTION = "infection"
    PREGNANCY = "pregnancy"
    BREASTFEEDING = "breastfeeding"
    NEUROMUSCULAR = "neuromuscular"
    SWALLOWING = "swallowing"
    BREATHING = "breathing"
    ANTICOAGULANT = "anticoagulant"
    INTERACTING_MEDICINE = "interacting_medicine"
    OTHER_TOXIN = "other_toxin"
    LAGOPHTHALMOS = "lagophthalmos"
    BELLS_PHENOMENON = "bells_phenomenon"
    CORNEAL_SENSATION = "corneal_sensation"
    DRY_EYE = "dry_eye"
    SORE_RED_EYE = "sore_red_eye"
    LID_SURGERY = "lid_surgery"

    @property
    def is_eye(self) -> bool:
        """Whether it belongs to the eye questions."""
        return self in EYE_QUESTIONS

    @property
    def label(self) -> str:
        """The question in words."""
        return QUESTION_LABELS[self]


EYE_QUESTIONS = frozenset(
    {
        Question.LAGOPHTHALMOS,
        Question.BELLS_PHENOMENON,
        Question.CORNEAL_SENSATION,
        Question.DRY_EYE,
        Question.SORE_RED_EYE,
        Question.LID_SURGERY,
    }
)

QUESTION_LABELS: Mapping[Question, str] = {
    Question.ALLERGY: "Allergy to a botulinum toxin or a component",
    Question.INFECTION: "Infection at a planned site",
    Question.PREGNANCY: "Pregnant",
    Question.BREASTFEEDING: "Breastfeeding",
    Question.NEUROMUSCULAR: "Neuromuscular disease",
    Question.SWALLOWING: "Trouble swallowing",
    Question.BREATHING: "Trouble breathing",
    Question.ANTICOAGULANT: "Anticoagulant or bleeding tendency",
    Question.INTERACTING_MEDICINE: "Medicine that adds to the effect (such as an aminoglycoside)",
    Question.OTHER_TOXIN: "Botulinum toxin elsewhere in the last 4 months",
    Question.LAGOPHTHALMOS: "Lagophthalmos on gentle closure",
    Question.BELLS_PHENOMENON: "Bell's phenomenon present",
    Question.CORNEAL_SENSATION: "Corneal sensation normal",
    Question.DRY_EYE: "Dry eye",
    Question.SORE_RED_EYE: "Sore or red eye",
    Question.LID_SURGERY: "Lid weight or lid surgery",
}


class MuscleState(StrEnum):
    """What a procedure did to a muscle."""

    ABSENT = "absent"
    RESECTED = "resected"
    TRANSFERRED = "transferred"


@dataclass(frozen=True, slots=True)
class SiteFact:
    """One charted site; ``x``, ``y`` in hundredths of a geometry unit; ``vial_id`` is None for "vial to be added"."""

    id: str
    number: int
    muscle: str
    sub_site: str | None
    side: Side
    x: int
    y: int
    units: Decimal
    purpose: Purpose
    vial_id: str | None = None
    copied_from: date | None = None
    confirmed: bool = True
    given_at: datetime | None = None
    entered_late_reason: str = ""
    from_plan: bool = False


@dataclass(frozen=True, slots=True)
class VialFact:
    """A vial that the session draws from.

    ``units_left`` is the ledger balance *without this session's draft sites*; ``use_by`` is None until it is mixed (or
    for a ready-to-use product); ``other_patients`` counts patients other than this one in its ledger; ``recalled`` leaves
    out a recall that came when all its sites were given.
    """

    id: str
    product: str
    lot: str
    expires_on: date
    labelled_units: Decimal
    units_left: Decimal
    concentration: Concentration | None
    use_by: datetime | None
    recalled: bool = False
    discarded: bool = False
    other_patients: int = 0
    wasted: Decimal = Decimal(0)


PAST_DAYS = 200
"""Longer than any window of a check or a label's limit (4 months); before it only the last session of a product counts."""


@dataclass(frozen=True, slots=True)
class PastDose:
    """Units of one product given earlier (any state but discarded or voided-not-given), here or elsewhere."""

    on: date
    product: str
    units: Decimal
    muscle: str | None = None
    side: Side | None = None
    elsewhere: str = ""
    site_key: str = ""


@dataclass(frozen=True, slots=True)
class PresetFact:
    """A clinic's accepted usual range for one muscle (and sub-site group) of one product, in units."""

    product: str
    muscle: str
    group: str | None
    per_site_low: Decimal
    per_site_high: Decimal


@dataclass(frozen=True, slots=True)
class TimeOutFact:
    """A time-out: when, and the digest of what was confirmed (see ``time_out_digest``)."""

    at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """An adverse event of the patient that nobody has reviewed; ``words`` names it, ``number`` is of its newest entry."""

    id: str
    number: int
    words: str


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """Everything that the checks look at, and nothing else. ``now`` is the moment of judging, with zone.

    ``on`` is the day of the session in the clinic's zone. ``past`` holds earlier doses, without this visit or the one
    that it amends. ``last_session_on`` maps a product to the day of its last session; ``touch_up`` names a parent.
    ``last_dose`` maps (product, muscle, side) to the largest units *at one site* there in the last session of that
    product. ``entry_thresholds`` are the clinic's own units per site above which a product's site is asked about
    (DOSE-004); products without one keep the shipped threshold. ``asks_about_events`` for a session of today, which an
    amendment or a transcription is not.
    """

    on: date
    now: datetime
    birth_date: date
    sites: tuple[SiteFact, ...]
    vials: Mapping[str, VialFact]
    palsy_sides: frozenset[Side]
    answers: Mapping[Question, Answer]
    muscle_states: Mapping[tuple[str, Side], MuscleState] = field(default_factory=dict)
    consent_recorded: bool = False
    time_outs: tuple[TimeOutFact, ...] = ()
    current_digest: str = ""
    past: tuple[PastDose, ...] = ()
    last_session_on: Mapping[str, date] = field(default_factory=dict)
    last_dose: Mapping[tuple[str, str, Side], Decimal] = field(default_factory=dict)
    presets: tuple[PresetFact, ...] = ()
    dose_step: Decimal = Decimal("0.25")
    entry_thresholds: Mapping[str, Decimal] = field(default_factory=dict)
    vial_sharing_needs_reason: bool = False
    touch_up: bool = False
    transcribed: bool = False
    transcribed_product: str | None = None
    text_not_understood: str = ""
    asks_about_events: bool = False
    open_events: tuple[OpenEvent, ...] = ()
