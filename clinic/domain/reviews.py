"""The review of an injection session: what each pattern did, when it came and went, and what the injector makes of it.

Days count from the parent session: a touch-up prolongs nothing. Weeks of benefit are whole weeks from that day to the day
on which the effect had worn off; while it lasts they are "at least".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from clinic.domain.assessments.grid import Place
from clinic.domain.face_marks import Review
from clinic.domain.quantities import NBSP
from clinic.domain.wording import plural

EFFECT_MAXIMUM: Final = 100
DAYS_MAXIMUM: Final = 730
"""The longest time after a session that a review speaks of: two years."""


class Wearing(StrEnum):
    """Whether the effect is still there."""

    NOT_ASKED = "not asked"
    WORKING = "still working"
    FADING = "wearing off"
    GONE = "worn off"


class Contact(StrEnum):
    """How the answers were given."""

    VISIT = "in the clinic"
    PHONE = "by phone"


class Impression(StrEnum):
    """What the injector would do with a muscle next time; a hint, never a dose."""

    MORE = "more"
    SAME = "same"
    LESS = "less"


IMPRESSION_WORDS: Final[Mapping[Impression, str]] = {
    Impression.MORE: "more next time",
    Impression.SAME: "the same again",
    Impression.LESS: "less next time",
}


SAID_OF_A_SITE: Final[Mapping[Impression, Review]] = {
    Impression.MORE: Review.TOO_WEAK,
    Impression.SAME: Review.WORKED,
    Impression.LESS: Review.TOO_STRONG,
}
"""How the ghost of a site is drawn by the impression of its muscle."""


def weeks(days: int) -> int:
    """Whole weeks of a number of days."""
    return days // 7


def benefit_words(wearing: Wearing, worn_off_day: int | None, asked_day: int) -> str:
    """``9 weeks of benefit``; ``still working at 5 weeks``; nothing when it was not asked.

    ``asked_day`` is the day of the review, counted from the parent session as ``worn_off_day`` is.
    """
    if wearing is Wearing.GONE and worn_off_day is not None:
        return f"{_length(worn_off_day)} of benefit"
    if wearing in {Wearing.WORKING, Wearing.FADING}:
        return f"{wearing.value} at {_length(asked_day)}"
    return "worn off, day not known" if wearing is Wearing.GONE else ""


def change_words(effect: int | None) -> str:
    """``50 % better``; ``no change`` for 0. What was worse has no number and is not asked here."""
    return f"{effect}{NBSP}% better" if effect else "no change"


def _length(days: int) -> str:
    """Whole weeks; days in the first week."""
    return plural(days, "day") if days < 7 else plural(weeks(days), "week")


def since_words(days: int) -> str:
    """``on the same day``; ``12 days after it``; ``9 weeks and 3 days after it``."""
    if days < 14:
        return f"{plural(days, 'day')} after it" if days else "on the same day"
    rest = f" and {plural(days % 7, 'day')}" if days % 7 else ""
    return f"{plural(weeks(days), 'week')}{rest} after it"


def outcome_words(effects: Iterable[tuple[Place, int | None]], benefit: str) -> str:
    """A review in one line: ``left eye 50 % better, left chin no change, 9 weeks of benefit``; None as an effect is worse.

    The side is always said: who is palsied on both sides may be asked about one. The movement is said where side and part
    of the face alone would not tell two patterns apart.
    """
    listed = list(effects)
    parts = Counter((place.side, place.group) for place, _ in listed)
    found = []
    for place, effect in listed:
        movement = f" {place.movement.words}" if parts[place.side, place.group] > 1 else ""
        said = "worse" if effect is None else change_words(effect)
        found.append(f"{place.side} {place.group.label.lower()}{movement} {said}")
    return ", ".join([*found, benefit] if benefit else found)
