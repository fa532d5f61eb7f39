"""Facial Disability Index: two scores of ten answers of the patient; its wording is licensed and not shipped."""

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
    Option,
    Score,
    ScoreKind,
    options,
    rounded,
)
from clinic.domain.errors import Invalid

MINIMUM_ANSWERED: Final = 3
"""Answers that a score needs at least, of five: policy of this program, no published rule (clinical reference 4.7)."""
NOT_COUNTED: Final = 0
"""Chosen where something was not done for reasons other than health: it is no answer (policy, clinical reference 4.7)."""
NEED: Final = (
    f"Fewer than {MINIMUM_ANSWERED} of 5 are answered, here and in the other part, so there is nothing to score."
)

_PHYSICAL = (
    Option(5, "5: no trouble"),
    Option(4, "4: a little trouble"),
    Option(3, "3: some trouble"),
    Option(2, "2: much trouble"),
    Option(1, "1: not done, because of health"),
    Option(NOT_COUNTED, "0: not done, for other reasons (not counted)", 0),
)
_WELL = options((6, "6: always"), (5, "5"), (4, "4"), (3, "3"), (2, "2"), (1, "1: never"))
_UNWELL = options((6, "6: never"), (5, "5"), (4, "4"), (3, "3"), (2, "2"), (1, "1: always"))

PHYSICAL: Final = (
    ("q1", "Question 1: keeping food in the mouth"),
    ("q2", "Question 2: drinking"),
    ("q3", "Question 3: speech sounds"),
    ("q4", "Question 4: the eye, dry or watering"),
    ("q5", "Question 5: mouth care"),
)
SOCIAL: Final = (
    ("q6", "Question 6: being at ease"),
    ("q7", "Question 7: keeping away from people"),
    ("q8", "Question 8: short temper"),
    ("q9", "Question 9: sleep"),
    ("q10", "Question 10: going out"),
)
_PARTS = (("physical", "Physical function", PHYSICAL, 4), ("social", "Social well-being", SOCIAL, 5))


def score(answers: Mapping[str, int]) -> tuple[Score, ...]:
    """Each part: 100 × (sum − N) / (N × span), N answered; a part with too few gives none. Raises Invalid if both do."""
    counted = {key: value for key, value in answers.items() if value != NOT_COUNTED}
    found, short = [], []
    for key, label, questions, span in _PARTS:
        values = [counted[one] for one, _ in questions if one in counted]
        if len(values) < MINIMUM_ANSWERED:
            short.append(f"{label} gives no score: {len(values)} of 5 answered, {MINIMUM_ANSWERED} are needed.")
        else:
            value = rounded(Fraction(100 * (sum(values) - len(values)), span * len(values)))
            found.append((key, value, len(values)))
    if not found:
        raise Invalid({PHYSICAL[0][0]: NEED, SOCIAL[0][0]: NEED})
    return tuple(Score(key, value, flag=" ".join(short), answered=answered) for key, value, answered in found)


FDI: Final = Instrument(
    key="fdi",
    version="1996",
    title="Facial Disability Index",
    short_title="FDI",
    answered_by=AnsweredBy.PATIENT,
    licensed=True,
    needs_any=True,
    items=(
        *(Item(key, label, "Physical function", _PHYSICAL, needed=False) for key, label in PHYSICAL),
        *(
            Item(key, label, "Social well-being", _WELL if key == "q6" else _UNWELL, needed=False)
            for key, label in SOCIAL
        ),
    ),
    scores=(
        ScoreKind("physical", "Physical function", Decimal(0), Decimal(100), Direction.HIGHER),
        ScoreKind("social", "Social well-being", Decimal(0), Decimal(100), Direction.HIGHER),
    ),
    score=score,
    formula="physical = 100 × (sum − N) ÷ 4N of questions 1–5 (1–5 each); social = 100 × (sum − N) ÷ 5N of questions 6–10 "
    "(1–6 each, 6 best); N = number answered, at least 3 of 5; a 0 is no answer; there is no combined total",
    source=(
        "VanSwearingen JM, Brach JS. Phys Ther 1996;76:1288–98, doi 10.1093/ptj/76.12.1288",
        "doi 10.1089/fpsam.2020.0604 (medians that lie on the grids of both formulas)",
    ),
    licence="The questions are under copyright; the authors have allowed translations. Only topics and numbers are here.",
    about="Two scores and never a total. Questions 7 to 10 are turned round, so that 6 is always best: choose by the words "
    "“always” and “never”. No one-patient noise was found in the abstracts read.",
)
