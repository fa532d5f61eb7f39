"""Where a target for toxin lies, and what it is for, in words for the patient: ``around your left eye``.

Own words for the parts of a face; the muscle's name stays in the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.injections import Purpose
from clinic.domain.plans import ReferralKind

_UNNAMED: Final = ("another place on the {side} side of your face", "another place in the middle of your face")
_PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "procerus": ("between your eyebrows", "between your eyebrows"),
    "depressor_supercilii": ("at the inner end of your {side} eyebrow", "between your eyebrows"),
    "corrugator_supercilii": ("at the inner end of your {side} eyebrow", "between your eyebrows"),
    "mentalis": ("chin, {side} side", "chin"),
    "depressor_anguli_oris": ("below the {side} corner of your mouth", "below your mouth"),
    "depressor_labii_inferioris": ("lower lip, {side} side", "lower lip"),
    "levator_labii_superioris_alaeque_nasi": ("beside your nose, {side} side", "beside your nose"),
    "zygomaticus_major": ("{side} cheek", "cheek"),
    "zygomaticus_minor": ("{side} cheek", "cheek"),
    "levator_labii_superioris": ("between your nose and your {side} cheek", "beside your nose"),
    "risorius": ("beside the {side} corner of your mouth", "beside your mouth"),
    "nasalis": ("nose, {side} side", "nose"),
    "orbicularis_oris": ("around your mouth, {side} side", "around your mouth"),
    "orbicularis_oculi": ("around your {side} eye", "around your eyes"),
    "frontalis": ("forehead, {side} side", "forehead"),
    "lacrimal_gland": ("tear gland of your {side} eye", "tear glands"),
    "levator_anguli_oris": ("above the {side} corner of your mouth", "above your mouth"),
    "buccinator": ("inside your {side} cheek", "inside your cheek"),
    "platysma": ("neck, {side} side", "neck"),
}
"""By muscle: with a side, and on the midline."""

_PARTS: Final[Mapping[tuple[str, str], str]] = {
    ("orbicularis_oculi", "upper_pretarsal"): "upper lid of your {side} eye",
    ("orbicularis_oculi", "lower_pretarsal"): "lower lid of your {side} eye",
    ("orbicularis_oculi", "lateral_orbital"): "beside your {side} eye, at the laughter lines",
    ("platysma", "face"): "lower {side} cheek",
    ("platysma", "jaw"): "along your jaw, {side} side",
}
"""Where a group of places is better named than its muscle."""

_TIGHT_EYE: Final = "so that the eye narrows less when other parts of the face move"
_BROW: Final = "so that the brow pulls together less"
_CHEEK: Final = "so that the cheek tightens less"
_AIMS: Final[Mapping[str, str]] = {
    "orbicularis_oculi": _TIGHT_EYE,
    "mentalis": "so that the chin dimples less",
    "depressor_anguli_oris": "so that the corner of the mouth is held down less",
    "depressor_labii_inferioris": "so that the lower lip is pulled down less",
    "platysma": "so that the neck pulls less",
    "frontalis": "so that the forehead moves less by itself",
    "corrugator_supercilii": _BROW,
    "depressor_supercilii": _BROW,
    "procerus": _BROW,
    "buccinator": _CHEEK,
    "zygomaticus_major": _CHEEK,
    "zygomaticus_minor": _CHEEK,
    "risorius": "so that the corner of the mouth is pulled aside less",
    "orbicularis_oris": "so that the lips purse less by themselves",
    "lacrimal_gland": "so that the eye waters less",
}
_ANY_AIM: Final = "so that this muscle moves less when it should be at rest"
_BALANCE: Final = "so that both sides move more alike"

_REFERRALS: Final[Mapping[ReferralKind, str]] = {
    ReferralKind.NEUROLYSIS: "a surgeon, to talk about an operation on small nerve branches",
    ReferralKind.OPHTHALMOLOGY: "an eye specialist",
    ReferralKind.ENT_IMAGING: "an ear, nose and throat specialist",
    ReferralKind.FACIAL_NERVE: "a specialist for the facial nerve",
    ReferralKind.THERAPY: "a facial therapist",
    ReferralKind.PSYCHOLOGY: "somebody to talk to about how you feel",
    ReferralKind.REANIMATION: "a surgeon, to talk about bringing movement back",
    ReferralKind.OTHER: "another specialist",
}

_LEVELS: Final[Mapping[int, str]] = {
    -2: "not there yet",
    -1: "on the way, less than we hoped for",
    0: "reached, as we hoped",
    1: "better than we hoped",
    2: "much better than we hoped",
}


def plain_place(muscle: str, site_group: str | None, side: Side) -> str:
    """``around your left eye``; the side is the patient's own, so it needs no further word."""
    part = _PARTS.get((muscle, site_group or ""))
    if part and side is not Side.MIDLINE:
        return part.format(side=side.value)
    with_side, without = _PLACES.get(muscle, _UNNAMED)
    return without if side is Side.MIDLINE else with_side.format(side=side.value)


def plain_why(muscle: str, purpose: Purpose) -> str:
    """What the treatment of a place is meant to do, never that it will."""
    if purpose is Purpose.BALANCE:
        return _BALANCE
    return _AIMS["lacrimal_gland"] if purpose is Purpose.TEARING else _AIMS.get(muscle, _ANY_AIM)


def plain_referral(kind: ReferralKind) -> str:
    """To whom the patient is sent, as the patient would say it."""
    return _REFERRALS[kind]


def plain_level(level: int) -> str:
    """How far a goal is reached (-2 to +2)."""
    return _LEVELS[level]
