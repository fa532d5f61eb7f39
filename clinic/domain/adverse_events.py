"""Adverse events after an injection: kinds, grades, relation, and which of them are red flags.

Kinds and what to ask: the clinical reference 3.1. Grades: frame of CTCAE v5.0 (US National Cancer Institute), in own words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from clinic.domain.anatomy import OTHER, Side, danger_zones_at


class Urgency(StrEnum):
    """What a red flag asks for at once."""

    EMERGENCY = "emergency"
    SAME_DAY_EYE = "same-day eye review"


class Kind(StrEnum):
    """What happened."""

    EYELID_PTOSIS = "eyelid_ptosis"
    BROW_PTOSIS = "brow_ptosis"
    LAGOPHTHALMOS = "lagophthalmos"
    DRY_EYE = "dry_eye"
    EYE_PAIN_OR_VISION = "eye_pain_or_vision"
    EPIPHORA = "epiphora"
    DIPLOPIA = "diplopia"
    ORAL_INCOMPETENCE = "oral_incompetence"
    DYSARTHRIA = "dysarthria"
    CHEEK_BITING = "cheek_biting"
    SMILE_DROOP = "smile_droop"
    LIP_ASYMMETRY = "lip_asymmetry"
    NECK_WEAKNESS = "neck_weakness"
    SWALLOWING_OR_BREATHING = "swallowing_or_breathing"
    BRUISE_OR_PAIN = "bruise_or_pain"
    HEADACHE_OR_FLU_LIKE = "headache_or_flu_like"
    ALLERGIC = "allergic"
    DISTANT_SPREAD = "distant_spread"
    LACK_OF_EFFECT = "lack_of_effect"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class KindFacts:
    """A kind in words: what to ask or measure, the danger zones it may come from, the usual muscles, its urgency."""

    label: str
    ask: str
    zones: tuple[str, ...] = ()
    muscles: tuple[str, ...] = ()
    urgency: Urgency | None = None


_OOC = ("orbicularis_oculi",)

# Clinical reference 3.1 (usual cause, ask or measure); zones are keys of data/face.json. Expected courses are not used.
KINDS: Final[Mapping[Kind, KindFacts]] = {
    Kind.EYELID_PTOSIS: KindFacts(
        "Drooping of the upper lid",
        "MRD1 on both sides in mm; does the brow lift to help?",
        ("levator_palpebrae_superioris",),
        ("orbicularis_oculi", "lacrimal_gland", "frontalis", "corrugator_supercilii"),
    ),
    Kind.BROW_PTOSIS: KindFacts(
        "Drooping of the brow", "Difference in brow height, in mm", ("low_lateral_frontalis",), ("frontalis",)
    ),
    Kind.LAGOPHTHALMOS: KindFacts(
        "Eye does not close, weak blink",
        "Gap in mm on gentle closure; Bell's phenomenon. Protect the eye now.",
        (),
        _OOC,
    ),
    Kind.DRY_EYE: KindFacts(
        "Dry eye",
        "Pain, redness, light hurting, blurred sight? If any, it is the next kind.",
        ("lacrimal_gland",),
        _OOC,
    ),
    Kind.EYE_PAIN_OR_VISION: KindFacts(
        "Painful or red eye, or change of sight",
        "Which eye, since when; staining",
        ("lacrimal_gland",),
        _OOC,
        Urgency.SAME_DAY_EYE,
    ),
    Kind.EPIPHORA: KindFacts("Watering eye, lid turned out", "Position of the lower lid", (), _OOC),
    Kind.DIPLOPIA: KindFacts(
        "Double vision",
        "In which direction of gaze",
        ("inferior_oblique", "lateral_rectus"),
        ("orbicularis_oculi", "lacrimal_gland"),
        Urgency.SAME_DAY_EYE,  # Reference 5.4: a change of sight goes to urgent eye care; the patient's form says the same.
    ),
    Kind.ORAL_INCOMPETENCE: KindFacts(
        "Leaking of food or drink, drooling",
        "Leaks when drinking? With a straw?",
        ("modiolus",),
        (
            "orbicularis_oris",
            "depressor_anguli_oris",
            "depressor_labii_inferioris",
            "buccinator",
            "mentalis",
        ),
    ),
    Kind.DYSARTHRIA: KindFacts(
        "Trouble with speech sounds", "p, b, m, f", (), ("orbicularis_oris", "depressor_labii_inferioris")
    ),
    Kind.CHEEK_BITING: KindFacts("Biting the cheek, food staying in it", "Which side, how often", (), ("buccinator",)),
    Kind.SMILE_DROOP: KindFacts(
        "Smile lower or less even than before",
        "Photograph at rest and in smile",
        ("zygomaticus_origin", "modiolus"),
        ("zygomaticus_major", "zygomaticus_minor", "orbicularis_oculi"),
    ),
    Kind.LIP_ASYMMETRY: KindFacts(
        "Uneven lips",
        "Look while the lower teeth are shown",
        ("depressor_labii_from_mentalis", "modiolus"),
        ("depressor_labii_inferioris", "mentalis"),
    ),
    Kind.NECK_WEAKNESS: KindFacts(
        "Weak neck or hoarse voice",
        "Ask about swallowing and breathing too.",
        ("laryngeal_midline",),
        ("platysma",),
        Urgency.EMERGENCY,  # Reference 3.3, question 5: the urgent path; the patient's form says the same.
    ),
    Kind.SWALLOWING_OR_BREATHING: KindFacts(
        "Trouble swallowing or breathing", "Breathing first.", ("laryngeal_midline",), ("platysma",), Urgency.EMERGENCY
    ),
    Kind.BRUISE_OR_PAIN: KindFacts("Bruise, swelling or pain at a site", "Where, how large in cm"),
    Kind.HEADACHE_OR_FLU_LIKE: KindFacts("Headache, nausea, tiredness, flu-like", "Since when, how long"),
    Kind.ALLERGIC: KindFacts("Allergic reaction", "Rash, wheeze, swelling of the face", (), (), Urgency.EMERGENCY),
    Kind.DISTANT_SPREAD: KindFacts(
        "Weakness elsewhere in the body",
        "Breathing, swallowing, speaking, sight, general weakness",
        (),
        (),
        Urgency.EMERGENCY,
    ),
    Kind.LACK_OF_EFFECT: KindFacts("No effect, or lost early", "Effect 0–100 at 2–4 weeks; week of loss"),
    Kind.OTHER: KindFacts("Something else", "In words"),
}


class Relation(StrEnum):
    """Whether the injection caused it."""

    UNRELATED = "unrelated"
    POSSIBLE = "possible"
    PROBABLE = "probable"
    DEFINITE = "definite"


GRADES: Final[Mapping[int, str]] = {
    1: "mild: no treatment needed",
    2: "moderate: small or local treatment, or in the way of everyday tasks",
    3: "severe: in the way of caring for oneself, or urgent care needed",
    4: "life-threatening",
    5: "death",
}

SERIOUS_FROM: Final = 4
"""The lowest grade that is serious whatever else is said: life-threatening (CTCAE v5.0)."""


def urgent_words(urgency: Urgency, emergency_phone: str) -> tuple[str, str]:
    """What a red flag asks for at once: a heading, and what to do. ``emergency_phone`` is the clinic's, or blank."""
    if urgency is Urgency.EMERGENCY:
        number = f": {emergency_phone}" if emergency_phone.strip() else ""
        return (
            "Emergency: get help now",
            (
                f"Call the emergency services{number}. Stay with the patient and follow your emergency plan."
                " This form can wait; come back to it afterwards."
            ),
        )
    return (
        "This eye is seen today",
        (
            "Have an eye doctor look at it today. Say which eye, since when, and what was injected where."
            " Enter the event as soon as that is arranged."
        ),
    )


SIDED: Final = frozenset({Side.RIGHT, Side.LEFT})
"""Sides that an event can have; one that is on neither side or on both has none."""


class GivenPlace(Protocol):
    """A site that was given, as far as an event asks: where, and in which muscle."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def muscle(self) -> str:
        """The key of its muscle."""

    @property
    def side(self) -> Side:
        """The patient's side."""

    @property
    def x(self) -> int:
        """Hundredths of a geometry unit."""

    @property
    def y(self) -> int:
        """Hundredths of a geometry unit."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A site that an event may have come from, and why it is named; it proves nothing."""

    site_id: str
    reasons: tuple[str, ...]


def suspects(kind: Kind, sites: Iterable[GivenPlace], side: Side | None = None) -> tuple[Suspect, ...]:
    """The sites that lie in a danger zone of a kind, whichever muscle they were meant for, or in one of its usual muscles.

    With ``side``, only those of that side and of the midline; sites keep their order.
    """
    facts = KINDS[kind]
    found = []
    for site in sites:
        if side in SIDED and site.side not in {side, Side.MIDLINE}:
            continue
        # Toxin spreads whatever the needle was meant for: every zone over the point counts.
        zones = [zone for zone in danger_zones_at(site.x, site.y, OTHER) if zone.key in facts.zones]
        reasons = [f"in the danger zone: {zone.label}" for zone in zones]
        if site.muscle in facts.muscles:
            reasons.append("usual muscle for it")
        if reasons:
            found.append(Suspect(site.id, tuple(reasons)))
    return tuple(found)
