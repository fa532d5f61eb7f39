"""Which muscles lie beside each other, so that toxin meant for one can weaken the other.

Source: general anatomy as in ``data/face.json`` (to be reviewed by a clinician) and the danger neighbours of clinical
reference 1.2. The table is generous on purpose: a neighbour too many only makes the next dose more cautious. It says
nothing about how far toxin spreads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from clinic.domain.anatomy import MUSCLES, Side

_BESIDE: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("frontalis", ("procerus", "corrugator_supercilii", "depressor_supercilii", "orbicularis_oculi")),
    ("corrugator_supercilii", ("procerus", "depressor_supercilii", "orbicularis_oculi")),
    ("depressor_supercilii", ("procerus", "orbicularis_oculi")),
    (
        "nasalis",
        ("procerus", "levator_labii_superioris_alaeque_nasi", "levator_labii_superioris", "levator_anguli_oris"),
    ),
    (
        "orbicularis_oculi",
        (
            "lacrimal_gland",
            "levator_labii_superioris_alaeque_nasi",
            "levator_labii_superioris",
            "zygomaticus_minor",
            "zygomaticus_major",
        ),
    ),
    (
        "levator_labii_superioris_alaeque_nasi",
        ("levator_labii_superioris", "levator_anguli_oris", "zygomaticus_minor", "orbicularis_oris"),
    ),
    (
        "levator_labii_superioris",
        ("levator_anguli_oris", "zygomaticus_minor", "zygomaticus_major", "orbicularis_oris"),
    ),
    ("levator_anguli_oris", ("risorius", "buccinator", "depressor_anguli_oris", "orbicularis_oris")),
    ("zygomaticus_minor", ("zygomaticus_major", "levator_anguli_oris", "buccinator", "orbicularis_oris")),
    (
        "zygomaticus_major",
        ("levator_anguli_oris", "risorius", "buccinator", "depressor_anguli_oris", "orbicularis_oris"),
    ),
    ("risorius", ("buccinator", "depressor_anguli_oris", "platysma", "orbicularis_oris")),
    ("buccinator", ("depressor_anguli_oris", "platysma", "orbicularis_oris")),
    ("depressor_anguli_oris", ("depressor_labii_inferioris", "mentalis", "platysma", "orbicularis_oris")),
    ("depressor_labii_inferioris", ("mentalis", "platysma", "orbicularis_oris")),
    ("mentalis", ("platysma", "orbicularis_oris")),
)
"""Each pair once."""

PAIRS: Final = frozenset(frozenset({one, other}) for one, others in _BESIDE for other in others)
ACROSS: Final = frozenset({"procerus", "mentalis", "orbicularis_oris", "nasalis", "frontalis"})
"""Muscles whose two halves meet, or nearly meet, in the midline: each half is the other's neighbour."""


def beside(one: str, other: str) -> bool:
    """Whether two muscles lie beside each other on the same side; no muscle lies beside itself."""
    return frozenset({one, other}) in PAIRS


def neighbours(muscle: str, side: Side) -> frozenset[tuple[str, Side]]:
    """The muscles beside one, on its side and in the midline; of a midline muscle on both sides."""
    return frozenset(_neighbours(muscle, side)) - {(muscle, side)}


def _neighbours(muscle: str, side: Side) -> Iterator[tuple[str, Side]]:
    sides = set(Side) if side is Side.MIDLINE else {side, Side.MIDLINE}
    for other in MUSCLES:
        if beside(muscle, other):
            yield from ((other, there) for there in sides if _exists(other, there))
    halves = set(Side) if muscle in ACROSS else {Side.MIDLINE}
    # A half and what is charted in the midline of the same muscle are one muscle.
    yield from ((muscle, there) for there in halves | sides if _exists(muscle, there))


def _exists(muscle: str, side: Side) -> bool:
    found = MUSCLES[muscle]
    if side is Side.MIDLINE:
        return not found.paired or found.midline_capture > 0
    return found.paired
