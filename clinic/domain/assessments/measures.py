"""Measures of the face in mm by hand, right and left, with what follows from them. All may stay open but one."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.assessments.base import AnsweredBy, Instrument, Item, Score, ScoreKind

SIDES: Final = (Side.RIGHT, Side.LEFT)
TENTHS: Final = 10
LID_LOWEST: Final = -5
"""MRD1 in mm may be below 0, where the lid covers the reflex of the pupil."""
HIGHEST: Final = 30
"""Above it an entry in mm is a slip of the pen; a bound for entry, no clinical limit."""

# Measure → heading, name, lowest entry in mm. Definitions: clinical reference 8.3; MRD1 and lagophthalmos: 3.1.
MEASURES: Final[Mapping[str, tuple[str, str, int]]] = {
    "aperture_rest": ("Eye", "Eye opening at rest", 0),
    "aperture_smile": ("Eye", "Eye opening in a big smile", 0),
    "mrd1": ("Eye", "Upper lid to pupil reflex (MRD1)", LID_LOWEST),
    "lagophthalmos": ("Eye", "Gap on gentle closure (lagophthalmos)", 0),
    "excursion": ("Mouth", "Mouth corner, smile minus rest (excursion)", 0),
    "dental_show": ("Mouth", "Teeth shown in a big smile (dental show)", 0),
}
TRENDS: Final = frozenset({"excursion"})
"""Differences that are drawn over time; the others stand in tables."""


def score(answers: Mapping[str, int]) -> tuple[Score, ...]:
    """Change of the eye opening with a smile, a side; and right − left of each measure. Only where both values stand."""
    found = [
        _score(f"aperture_change_{side}", answers, f"aperture_smile_{side}", f"aperture_rest_{side}") for side in SIDES
    ]
    found += [_score(f"{key}_difference", answers, f"{key}_right", f"{key}_left") for key in MEASURES]
    return tuple(one for one in found if one is not None)


def _score(key: str, answers: Mapping[str, int], minuend: str, subtrahend: str) -> Score | None:
    if minuend not in answers or subtrahend not in answers:
        return None
    return Score(key, Decimal(answers[minuend] - answers[subtrahend]) / TENTHS)


def _item(key: str, side: Side) -> Item:
    part, label, lowest = MEASURES[key]
    return Item(
        f"{key}_{side}",
        f"{label}, patient’s {side}",
        part,
        minimum=lowest * TENTHS,
        maximum=HIGHEST * TENTHS,
        unit="mm",
        decimals=1,
        needed=False,
    )


def _kind(key: str, label: str, *, lowest: int = 0, trend: bool) -> ScoreKind:
    end = Decimal(HIGHEST - lowest)
    return ScoreKind(key, label, -end, end, trend=trend, unit="mm")


MEASURED: Final = Instrument(
    key="measures",
    version="1",
    title="Measures in mm",
    short_title="Measures",
    answered_by=AnsweredBy.MEASURED,
    needs_any=True,
    items=tuple(_item(key, side) for key in MEASURES for side in SIDES),
    scores=(
        *(
            _kind(f"aperture_change_{side}", f"Change of the eye opening with a smile, patient’s {side}", trend=True)
            for side in SIDES
        ),
        *(
            _kind(f"{key}_difference", f"{label}: right minus left", lowest=lowest, trend=key in TRENDS)
            for key, (_, label, lowest) in MEASURES.items()
        ),
    ),
    score=score,
    formula="change of the eye opening = opening in a big smile − opening at rest (below 0: the eye narrows), each side; "
    "difference = right − left; each only where both values were entered",
    source=(
        "Azuma T et al. PMID 21965443 (the eye opening as a measure of ocular synkinesis)",
        "Definitions of the measures as used in photographic analysis: Guarin DL et al. JAMA Facial Plast Surg 2018",
    ),
    licence="Plain measures; free to use.",
    about="Measured with a ruler, to half a millimetre at best. No noise of one patient is published for a ruler.",
)
