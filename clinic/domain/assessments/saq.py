"""Synkinesis Assessment Questionnaire: nine answers of the patient, scored; its wording is licensed and not shipped."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

from clinic.domain.assessments.base import (
    AnsweredBy,
    Direction,
    Instrument,
    Item,
    Score,
    ScoreKind,
    options,
    rounded,
    total,
)

TOPICS: Final = (
    "eye and smiling",
    "eye and speaking",
    "eye and puckering",
    "neck and smiling",
    "tight face and closing the eyes",
    "corner of the mouth and closing the eyes",
    "neck and closing the eyes",
    "watering eye and eating",
    "chin and moving the face",
)
"""What each question is about, in its order: paraphrased topics, no wording (clinical reference 4.5)."""
HIGHEST_SUM: Final = 45
_ANSWER = options((1, "1 (least)"), (2, "2"), (3, "3"), (4, "4"), (5, "5 (most)"))


def score(answers: Mapping[str, int]) -> tuple[Score, ...]:
    """Total = 100 × sum / 45; nobody scores below 20."""
    points = total(answers, (item.key for item in ITEMS))
    return (Score("total", rounded(Fraction(100 * points, HIGHEST_SUM))),)


ITEMS: Final = tuple(Item(f"q{n}", f"Question {n}: {topic}", options=_ANSWER) for n, topic in enumerate(TOPICS, 1))

SAQ: Final = Instrument(
    key="saq",
    version="2007",
    title="Synkinesis Assessment Questionnaire",
    short_title="SAQ",
    answered_by=AnsweredBy.PATIENT,
    licensed=True,
    items=ITEMS,
    scores=(
        ScoreKind(
            "total",
            "Total",
            Decimal(20),
            Decimal(100),
            Direction.LOWER,
            noise=Decimal("28.2"),
            noise_source="smallest detectable change of one person, doi 10.1089/fpsam.2020.0604",
        ),
    ),
    score=score,
    formula="total = 100 × sum of nine answers (1–5) ÷ 45; all nine are needed; 20 is no synkinesis",
    source=(
        "Mehta RP, WernickRobinson M, Hadlock TA. Laryngoscope 2007;117:923–6, doi 10.1097/MLG.0b013e3180412460",
        "doi 10.1089/fpsam.2020.0604 (one-patient noise; medians that lie on the grid of the formula)",
    ),
    licence="The questions are under copyright and no public licence was found, so only topics and numbers are here.",
    about="Enter the nine numbers from the patient's own sheet; the number of the question counts, not the topic.",
)
