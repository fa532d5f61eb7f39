"""Facial Nerve Grading System 2.0: four regions and the secondary movement of one side, as a sum and a grade."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from clinic.domain.assessments.base import AnsweredBy, Direction, Instrument, Item, Score, ScoreKind, options, total
from clinic.domain.assessments.house_brackmann import ROMAN

REGIONS: Final = ("brow", "eye", "nasolabial", "commissure")
UPPER_ENDS: Final = ((4, 1), (9, 2), (14, 3), (19, 4), (23, 5))
"""The highest total of each grade; above the last it is VI (Vrabec JT et al. 2009; clinical reference 4.3)."""
REAL_MAXIMUM: Final = 24
"""The highest total of a real face: no movement in four regions leaves none for synkinesis (clinical reference 4.3)."""
CHECK: Final = "A total above 24 means no movement and synkinesis at once: check the entries."

_REGION = options(
    (1, "normal"),
    (2, "slightly weak, above 75\N{NO-BREAK SPACE}% of normal"),
    (3, "plainly weak, above 50\N{NO-BREAK SPACE}%; even at rest"),
    (4, "below 50\N{NO-BREAK SPACE}%; uneven at rest"),
    (5, "trace of movement"),
    (6, "no movement"),
)
_EYE = options(
    (1, "normal"),
    (2, "slightly weak, shuts with little effort"),
    (3, "plainly weak, shuts with effort"),
    (4, "does not shut completely"),
    (5, "trace of movement"),
    (6, "no movement"),
)
_SECONDARY = options(
    (0, "none"),
    (1, "slight synkinesis, hardly any contracture"),
    (2, "plain synkinesis, mild to moderate contracture"),
    (3, "disfiguring synkinesis, severe contracture"),
)


def grade(points: int) -> int:
    """The grade (1 to 6) of a total."""
    return next((found for highest, found in UPPER_ENDS if points <= highest), 6)


def score(answers: Mapping[str, int]) -> tuple[Score, ...]:
    """Total = four regions + secondary movement, kept as it comes out; the grade follows from it."""
    points = total(answers, (*REGIONS, "secondary"))
    flag = CHECK if points > REAL_MAXIMUM else ""
    found = grade(points)
    return (Score("total", Decimal(points), flag=flag), Score("grade", Decimal(found), text=ROMAN[found]))


FNGS2: Final = Instrument(
    key="fngs2",
    version="2009",
    title="Facial Nerve Grading System 2.0",
    short_title="FNGS 2.0",
    answered_by=AnsweredBy.CLINICIAN,
    sided=True,
    items=(
        Item("brow", "Brow", "Movement of the region", _REGION),
        Item("eye", "Eye", "Movement of the region", _EYE),
        Item("nasolabial", "Nasolabial fold", "Movement of the region", _REGION),
        Item("commissure", "Corner of the mouth", "Movement of the region", _REGION),
        Item("secondary", "Synkinesis and contracture", "Secondary movement", _SECONDARY),
    ),
    scores=(
        ScoreKind("total", "Total", Decimal(4), Decimal(27), Direction.LOWER, axis=(Decimal(4), Decimal(REAL_MAXIMUM))),
        ScoreKind("grade", "Grade", Decimal(1), Decimal(6), Direction.LOWER, trend=False),
    ),
    score=score,
    formula="total = brow + eye + nasolabial fold + mouth corner (1–6 each) + secondary movement (0–3); "
    "grade: 4 is I, 5–9 II, 10–14 III, 15–19 IV, 20–23 V, 24 and above VI",
    source=("Vrabec JT et al. Otolaryngol Head Neck Surg 2009;140:445–50 (structure, grades)",),
    licence="Published in a journal; structure and points are used with this program's own words.",
    about="Grades region by region and adds synkinesis. No change too small to matter is published.",
)
