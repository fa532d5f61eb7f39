"""FaCE scale: fifteen answers of the patient in six domains, scored; its wording is licensed and not shipped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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

# Questions of each domain: clinical reference 4.6; their numbers for social function and comfort: Yoon S-J et al. 2023.
DOMAINS: Final[Mapping[str, tuple[str, tuple[int, ...]]]] = {
    "movement": ("Facial movement", (1, 2, 3)),
    "comfort": ("Facial comfort", (4, 6, 13)),
    "oral": ("Oral function", (11, 12)),
    "eye": ("Eye comfort", (5, 7)),
    "lacrimal": ("Lacrimal control", (8,)),
    "social": ("Social function", (9, 10, 14, 15)),
}
QUESTIONS: Final = 15
SPAN: Final = 4
"""From the lowest answer (1) to the highest (5)."""
_ANSWER = options((1, "1 (worst)"), (2, "2"), (3, "3"), (4, "4"), (5, "5 (best)"))


def percent(answers: Mapping[str, int], numbers: Iterable[int]) -> Decimal:
    """100 × (sum − n) / 4n over the named questions."""
    keys = [f"q{number}" for number in numbers]
    return rounded(Fraction(100 * (total(answers, keys) - len(keys)), SPAN * len(keys)))


def score(answers: Mapping[str, int]) -> tuple[Score, ...]:
    """The total counts every question alike; it is not the mean of the domains."""
    domains = (Score(key, percent(answers, numbers)) for key, (_, numbers) in DOMAINS.items())
    return (Score("total", percent(answers, range(1, QUESTIONS + 1))), *domains)


def _items() -> tuple[Item, ...]:
    topic = {number: label for label, numbers in DOMAINS.values() for number in numbers}
    return tuple(
        Item(f"q{number}", f"Question {number}: {topic[number].lower()}", options=_ANSWER)
        for number in range(1, QUESTIONS + 1)
    )


FACE: Final = Instrument(
    key="face",
    version="2001",
    title="Facial Clinimetric Evaluation scale",
    short_title="FaCE",
    answered_by=AnsweredBy.PATIENT,
    licensed=True,
    items=_items(),
    scores=(
        ScoreKind(
            "total",
            "Total",
            Decimal(0),
            Decimal(100),
            Direction.HIGHER,
            noise=Decimal("17.6"),
            noise_source="smallest detectable change of one person, doi 10.1089/fpsam.2020.0604",
        ),
        *(
            ScoreKind(key, label, Decimal(0), Decimal(100), Direction.HIGHER, trend=False)
            for key, (label, _) in DOMAINS.items()
        ),
    ),
    score=score,
    formula="total = 100 × (sum of 15 answers (1–5) − 15) ÷ 60, every question alike and not the mean of the domains; "
    "domain = 100 × (sum − n) ÷ 4n",
    source=(
        "Kahn JB et al. Laryngoscope 2001;111:387–98, doi 10.1097/00005537-200103000-00005",
        "Yoon S-J et al. preprint doi 10.22541/au.167137382.23435643/v1 (the total counts every question alike)",
        "doi 10.1089/fpsam.2020.0604 (one-patient noise; medians that lie on the grid of the formula)",
    ),
    licence="The questions are under copyright and no public licence was found, so only domains and numbers are here.",
    about="Enter the fifteen numbers from the patient's own sheet. Which question belongs to which domain is recalled, "
    "and only the counts were confirmed; the total does not depend on it.",
)
