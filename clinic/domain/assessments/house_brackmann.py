"""House–Brackmann: one grade for one palsied side of the whole face. It is a label, not a measure of change."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from clinic.domain.assessments.base import AnsweredBy, Direction, Instrument, Item, Score, ScoreKind, options

ROMAN: Final = {1: "I", 2: "II", 3: "III", 4: "IV", 5: "V", 6: "VI"}

# House JW, Brackmann DE 1985, in own words.
_GRADES = options(
    (1, "I normal: every part of the face"),
    (2, "II mild: weakness only on close look; the eye shuts with little effort; synkinesis barely seen or none"),
    (
        3,
        "III moderate: weakness is plain, not disfiguring; the eye shuts; the mouth moves unevenly; synkinesis is plain",
    ),
    (4, "IV moderately severe: disfiguring; the brow does not lift; the eye does not shut; or mass movement"),
    (5, "V severe: movement is barely seen; the eye does not shut; usually no synkinesis"),
    (6, "VI total: no movement, no tone, no synkinesis"),
)


def score(answers: Mapping[str, int]) -> tuple[Score, ...]:
    """The grade as chosen, named in Roman numerals."""
    grade = answers["grade"]
    return (Score("grade", Decimal(grade), text=ROMAN[grade]),)


HOUSE_BRACKMANN: Final = Instrument(
    key="house_brackmann",
    version="1985",
    title="House–Brackmann grade",
    short_title="House–Brackmann",
    answered_by=AnsweredBy.CLINICIAN,
    sided=True,
    items=(Item("grade", "Grade of the whole side", options=_GRADES),),
    scores=(ScoreKind("grade", "Grade", Decimal(1), Decimal(6), Direction.LOWER, trend=False),),
    score=score,
    formula="grade = the grade chosen, I (1) to VI (6)",
    source=(
        "House JW, Brackmann DE. Otolaryngol Head Neck Surg 1985;93:146–7 (grades; read in tables of later papers)",
    ),
    licence="Published in a journal; the grades are described in this program's own words.",
    about="One grade for the whole side. It hides what differs by region and says little about synkinesis, so no trend is drawn.",
)
