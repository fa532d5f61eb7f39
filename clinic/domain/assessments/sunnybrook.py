"""Sunnybrook Facial Grading System: resting symmetry, voluntary movement and synkinesis of one side against the other."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from clinic.domain.assessments.base import AnsweredBy, Direction, Instrument, Item, Option, Score, ScoreKind, options

EXPRESSIONS: Final = (
    ("brow", "Wrinkling the forehead"),
    ("closure", "Closing the eye gently"),
    ("smile", "Smiling with open mouth"),
    ("snarl", "Snarling"),
    ("pucker", "Puckering the lips"),
)
RESTING: Final = ("rest_eye", "rest_cheek", "rest_mouth")
RESTING_WEIGHT: Final = 5
MOVEMENT_WEIGHT: Final = 4
CHECK: Final = "A negative composite does not occur in published faces: check the entries."

_EYE = (Option(0, "as the other side", 0), Option(1, "narrower", 1), Option(2, "wider", 1), Option(3, "lid surgery", 1))
_CHEEK = (
    Option(0, "as the other side", 0),
    Option(1, "less pronounced", 1),
    Option(2, "absent", 2),
    Option(3, "more pronounced", 1),
)
_MOUTH = (Option(0, "as the other side", 0), Option(1, "corner drooping", 1), Option(2, "corner pulled up or out", 1))
_MOVEMENT = options((1, "none"), (2, "slight"), (3, "mild excursion"), (4, "almost complete"), (5, "complete"))
_SYNKINESIS = options((0, "none"), (1, "mild"), (2, "moderate, obvious"), (3, "severe, disfiguring"))


def score(answers: Mapping[str, int]) -> tuple[Score, ...]:
    """RS = 5 × resting, VM = 4 × movement, SYN = synkinesis; composite = VM − RS − SYN, kept as it comes out."""
    counted = {item.key: option.counted for item in ITEMS if (option := item.option(answers[item.key]))}
    resting = RESTING_WEIGHT * sum(counted[key] for key in RESTING)
    movement = MOVEMENT_WEIGHT * sum(counted[f"move_{key}"] for key, _ in EXPRESSIONS)
    synkinesis = sum(counted[f"syn_{key}"] for key, _ in EXPRESSIONS)
    composite = movement - resting - synkinesis
    return (
        Score("composite", Decimal(composite), flag=CHECK if composite < 0 else ""),
        Score("resting", Decimal(resting)),
        Score("movement", Decimal(movement)),
        Score("synkinesis", Decimal(synkinesis)),
    )


ITEMS: Final = (
    Item("rest_eye", "Eye at rest", "At rest, against the other side", _EYE),
    Item("rest_cheek", "Nasolabial fold at rest", "At rest, against the other side", _CHEEK),
    Item("rest_mouth", "Mouth at rest", "At rest, against the other side", _MOUTH),
    *(Item(f"move_{key}", label, "Voluntary movement", _MOVEMENT) for key, label in EXPRESSIONS),
    *(Item(f"syn_{key}", label, "Synkinesis with it", _SYNKINESIS) for key, label in EXPRESSIONS),
)

SUNNYBROOK: Final = Instrument(
    key="sunnybrook",
    version="1996",
    title="Sunnybrook Facial Grading System",
    short_title="Sunnybrook",
    answered_by=AnsweredBy.CLINICIAN,
    sided=True,
    items=ITEMS,
    scores=(
        ScoreKind(
            "composite",
            "Composite",
            Decimal(-15),
            Decimal(100),
            Direction.HIGHER,
            axis=(Decimal(0), Decimal(100)),
        ),
        ScoreKind("resting", "Resting symmetry", Decimal(0), Decimal(20), Direction.LOWER, trend=False),
        ScoreKind("movement", "Voluntary movement", Decimal(20), Decimal(100), Direction.HIGHER, trend=False),
        ScoreKind("synkinesis", "Synkinesis", Decimal(0), Decimal(15), Direction.LOWER, trend=False),
    ),
    score=score,
    formula="composite = 4 × sum of five movements (1–5) − 5 × (eye + cheek + mouth at rest) − sum of five synkinesis grades",
    source=(
        "Ross BG, Fradet G, Nedzelski JM. Otolaryngol Head Neck Surg 1996;114:380–6 (structure and points)",
        "Neely JG et al. Laryngoscope 2010;120:1038–45 (agreement of raters)",
    ),
    licence="The form is © Sunnybrook Health Sciences Centre. Structure and points are used with this program's own words.",
    about="Compares one side with the other, so it needs a healthy other side. No change too small to matter is published.",
)
