"""Our own follow-up questions after an injection, for the patient to answer: all may stay open, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from clinic.domain.adverse_events import Urgency
from clinic.domain.assessments.base import AnsweredBy, Direction, Instrument, Item, Score, ScoreKind, options

DAYS_MAXIMUM: Final = 365
_YES_NO = options((0, "No"), (1, "Yes"))
_WEARING = options(
    (0, "I have noticed no effect"),
    (1, "It is still working"),
    (2, "It is wearing off"),
    (3, "It has worn off"),
)
# The steps are those of the session's review, so that both can be laid side by side.
_CHANGE = options(
    (100, "All gone: 100\N{NO-BREAK SPACE}% better"),
    (75, "Much better: about 75\N{NO-BREAK SPACE}%"),
    (50, "Half as strong: about 50\N{NO-BREAK SPACE}% better"),
    (25, "A little better: about 25\N{NO-BREAK SPACE}%"),
    (0, "The same as before"),
    (-25, "A little worse: about 25\N{NO-BREAK SPACE}%"),
    (-50, "Worse: about 50\N{NO-BREAK SPACE}%"),
    (-75, "Much worse: about 75\N{NO-BREAK SPACE}%"),
    (-100, "Twice as strong: 100\N{NO-BREAK SPACE}% worse"),
)
_SMILE = options((1, "More even"), (0, "The same"), (-1, "Less even"))
_AGAIN = options((2, "More"), (1, "The same again"), (0, "Less"), (-1, "Leave it alone"))
_AREAS = (
    ("again_brow", "your forehead and brow"),
    ("again_eye", "the skin around your eye"),
    ("again_cheek", "your cheek and mouth"),
    ("again_chin", "your chin"),
    ("again_neck", "your neck"),
)

# The questions: clinical reference 3.3, written for this program.
_EFFECT = (
    Item(
        "first_noticed",
        "How many days after the injection did you first notice a change?",
        "The effect",
        maximum=DAYS_MAXIMUM,
        unit="days",
    ),
    Item("strongest", "On which day was it strongest?", "The effect", maximum=DAYS_MAXIMUM, unit="days"),
    Item("wearing", "Is it still working?", "The effect", _WEARING),
    Item("change", "How strong is the movement that you do not want, compared with before?", "The effect", _CHANGE),
)
_TROUBLE = (
    Item("eye_droop", "Does your eyelid or your brow hang lower?", "Your eye", _YES_NO),
    Item("eye_closing", "Is it hard to close your eye?", "Your eye", _YES_NO),
    Item("eye_dry", "Is your eye dry, or does it water?", "Your eye", _YES_NO),
    Item("eye_sore", "Is your eye red, sore or painful, or does light hurt it?", "Your eye", _YES_NO),
    Item("eye_sight", "Do you see double, or is your sight blurred?", "Your eye", _YES_NO),
    Item("mouth_leak", "Does food or drink leak from your mouth?", "Your mouth", _YES_NO),
    Item("mouth_bite", "Do you bite your cheek?", "Your mouth", _YES_NO),
    Item("mouth_speech", "Are some sounds hard to say?", "Your mouth", _YES_NO),
    Item("swallow_breathe", "Is it hard to swallow or to breathe?", "Your body", _YES_NO),
    Item("neck_voice", "Is your neck weak, or is your voice weak or hoarse?", "Your body", _YES_NO),
    Item("weak_elsewhere", "Do you feel weak anywhere else in your body?", "Your body", _YES_NO),
    Item("bruise", "Was there a bruise, swelling or pain where the needle went in?", "Your body", _YES_NO),
    Item("headache", "Did you have a headache, or feel sick, tired or as if you had flu?", "Your body", _YES_NO),
)
_DAILY = (
    Item("smile", "Is your smile more even or less even than before?", "Your day", _SMILE),
    Item("cannot_do", "Is there anything that you can no longer do?", "Your day", is_text=True),
    Item(
        "practice",
        "On how many days of the last week did you do your exercises?",
        "Your day",
        maximum=7,
        unit="days",
    ),
)
_NEXT = tuple(Item(key, f"Next time, how much for {area}?", "Next time", _AGAIN) for key, area in _AREAS)

URGENT: Final[Mapping[tuple[str, int], Urgency]] = MappingProxyType(
    {
        ("swallow_breathe", 1): Urgency.EMERGENCY,
        ("neck_voice", 1): Urgency.EMERGENCY,
        ("weak_elsewhere", 1): Urgency.EMERGENCY,
        ("eye_sore", 1): Urgency.SAME_DAY_EYE,
        ("eye_sight", 1): Urgency.SAME_DAY_EYE,
    }
)
"""Answers, as (item, value), that ask for help at once (clinical reference 3.1, red flags, and 3.3, question 5)."""


def score(answers: Mapping[str, int]) -> tuple[Score, ...]:
    """The change that the patient reports, where it was answered; nothing else of this form is a number."""
    return (Score("change", Decimal(answers["change"])),) if "change" in answers else ()


def _open(item: Item) -> Item:
    return Item(
        item.key,
        item.label,
        item.part,
        item.options,
        item.minimum,
        item.maximum,
        item.unit,
        needed=False,
        is_text=item.is_text,
    )


FOLLOW_UP: Final = Instrument(
    key="follow_up",
    version="1",
    title="Questions after an injection",
    short_title="Follow-up questions",
    answered_by=AnsweredBy.PATIENT,
    items=tuple(_open(item) for item in (*_EFFECT, *_TROUBLE, *_DAILY, *_NEXT)),
    scores=(
        ScoreKind(
            "change",
            "Change that the patient reports",
            Decimal(-100),
            Decimal(100),
            Direction.HIGHER,
            trend=False,
            unit="%",
        ),
    ),
    score=score,
    formula="change = the answer to that question, in % (above 0 is better, below is worse); nothing is added up",
    source=("Own questions of this program, after the adverse effects and the course that papers and labels describe",),
    licence="Written for this program; free to use.",
    about="Every question may stay open. An answer that asks for help at once is shown to the staff and to the patient.",
)
