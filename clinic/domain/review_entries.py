"""A review as it is entered: which days, effects, muscles and impressions can be taken, and how days are written."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import OWN_MOVEMENT, Place
from clinic.domain.injections import Answer
from clinic.domain.reviews import DAYS_MAXIMUM, EFFECT_MAXIMUM, Contact, Impression, Wearing
from clinic.domain.wording import plural

MuscleAt = tuple[str, Side]
"""A muscle (key of the face) and its side."""

Effect = tuple[Place, int | None, bool, tuple[MuscleAt, ...]]
"""A pattern, its effect 0 to 100 (None when it is worse than before), whether it is worse, the muscles linked to it."""

EVENT_ANSWERS: Final = (Answer.NO, Answer.YES, Answer.UNKNOWN)
_WRITTEN = re.compile(r"([0-9]{1,4}) ?(d|day|days|w|week|weeks)", re.IGNORECASE)
_LABELS: Final = {
    "first_noticed_day": "first noticed",
    "best_day": "best",
    "worn_off_day": "worn off",
}


@dataclass(frozen=True, slots=True)
class ReviewEntry:
    """The answers of one review. Days count from the day of the parent session; None is not asked."""

    contact: Contact = Contact.VISIT
    first_noticed_day: int | None = None
    best_day: int | None = None
    wearing: Wearing = Wearing.NOT_ASKED
    worn_off_day: int | None = None
    adverse_event: Answer | None = None
    note: str = ""
    effects: tuple[Effect, ...] = ()
    impressions: tuple[tuple[str, Side, Impression], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is answered; how it was asked is no answer."""
        return self == ReviewEntry(contact=self.contact)


def muscle_key(muscle: str, side: Side) -> str:
    """A treated muscle as one word for a form: ``mentalis-left``."""
    return f"{muscle}-{side}"


def parse_days(text: str) -> int:
    """Days after a session as written: ``5 days``, ``2 weeks``, ``3 w``. Raises ValueError; a bare number has no unit."""
    found = _WRITTEN.fullmatch(" ".join(text.split()))
    if found is None:
        raise ValueError("Write a whole number with days or weeks: 5 days, 2 weeks.")
    return int(found[1]) * (7 if found[2].lower().startswith("w") else 1)


def days_words(days: int) -> str:
    """``5 days``; ``2 weeks`` when it comes out even."""
    return plural(days // 7, "week") if days and days % 7 == 0 else plural(days, "day")


def problems(entry: ReviewEntry, asked_day: int, treated: Collection[MuscleAt]) -> dict[str, str]:
    """What cannot be taken, by field. ``asked_day`` is the day of the review, counted as the answers are."""
    found = dict(_day_problems(entry, asked_day)) | dict(_effect_problems(entry, treated))
    places = [(muscle, side) for muscle, side, _ in entry.impressions]
    for muscle, side in places:
        if (muscle, side) not in treated:
            found[f"impression-{muscle_key(muscle, side)}"] = "This muscle was not treated in the session."
        elif places.count((muscle, side)) > 1:
            found[f"impression-{muscle_key(muscle, side)}"] = "This muscle stands here twice."
    if entry.adverse_event not in {None, *EVENT_ANSWERS}:
        found["adverse_event"] = "Answer no, yes or unknown."
    if entry.is_empty:
        found.setdefault("", "Nothing is answered yet. Answer at least one question, or skip the review for now.")
    return found


def _day_problems(entry: ReviewEntry, asked_day: int) -> Iterator[tuple[str, str]]:
    days = {name: getattr(entry, name) for name in _LABELS}
    for name, day in days.items():
        if day is None:
            continue
        if not 0 <= day <= DAYS_MAXIMUM:
            yield name, f"A day from 0 to {DAYS_MAXIMUM} after the session."
        elif day > asked_day:
            yield name, f"This would be after this visit, which is {plural(asked_day, 'day')} after the session."
    known = [(name, day) for name, day in days.items() if day is not None]
    for (earlier, first), (later, second) in pairwise(known):
        if second < first:
            yield later, f"{_LABELS[later].capitalize()} cannot come before {_LABELS[earlier]}."
    if entry.worn_off_day is not None and entry.wearing is not Wearing.GONE:
        yield "wearing", f"A day is entered on which it had worn off: choose “{Wearing.GONE}”, or delete that day."


def _effect_problems(entry: ReviewEntry, treated: Collection[MuscleAt]) -> Iterator[tuple[str, str]]:
    seen: set[Place] = set()
    for place, effect, worse, muscles in entry.effects:
        if (place.movement, place.group) in OWN_MOVEMENT or place.side is Side.MIDLINE:
            yield f"effect-{place.key}", "This is the asked movement itself, not a pattern that comes with it."
        if place in seen:
            yield f"effect-{place.key}", "This pattern stands here twice."
        seen.add(place)
        if worse == (effect is not None):
            yield f"effect-{place.key}", f"Say either how much better, 0 to {EFFECT_MAXIMUM}, or worse."
        elif effect is not None and not 0 <= effect <= EFFECT_MAXIMUM:
            yield f"effect-{place.key}", f"A whole number from 0 to {EFFECT_MAXIMUM}."
        if any(muscle not in treated for muscle in muscles):
            yield f"muscles-{place.key}", "Only muscles that were treated in the session can be linked to a pattern."
        elif len(set(muscles)) < len(muscles):
            yield f"muscles-{place.key}", "A muscle is linked twice."
