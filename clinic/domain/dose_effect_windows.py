"""Which grade of a pattern counts as before a session, at its review, and at the return.

A grid counts on the day on which its visit was. *Before* is graded on the day of the session or at most 12 weeks before
it, but not within 12 weeks after the session before, because that one may still be at work. *At review* is graded from 1
week to less than 12 weeks after the session and before the next one; of several, one from a visit that reviewed the
session, then the one nearest to 4 weeks. *At return* is what is *before* the next session; after the last session it is
the first grid from 12 weeks on. What none of this finds is a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from clinic.domain.trends_patterns import Graded

REVIEW_FROM: Final = 7
"""Days: the effect is strongest 1 to 2 weeks after the injection by the labels, and was measured again at 2, 4 and 5
weeks in trials (Patel 2018, Díaz-Aristizabal 2023, Hayler 2024)."""
REVIEW_BEST: Final = 28
"""Days: four weeks, as in Díaz-Aristizabal 2023; an own choice between several grids, not a finding."""
EFFECT_DAYS: Final = 84
"""Days: about three months of effect, and no sooner than 12 weeks between sessions, by the labels."""
BEFORE_DAYS: Final = 84
"""Days: how old a grade before a session may be; this program's own definition."""

HOW_READ: Final = (
    (
        "Before: the newest grid on the day of the session or in the 12 weeks before it, but not within 12 weeks after the "
        "session before, while that one may still be at work."
    ),
    (
        "At review: a grid from 1 week to less than 12 weeks after the session and before the next one; of several, one from "
        "a visit that reviewed this session, then the one nearest to 4 weeks."
    ),
    "At return: what is before the next session; after the last session, the first grid from 12 weeks on.",
    "The 12 weeks are the labels’ about three months of effect; the other limits are this program’s own.",
    (
        "Weeks of benefit were asked of the session as a whole, not of one muscle. Bars compare within one muscle and one "
        "product only. Toxin given elsewhere stands among the other treatments and moves none of these limits."
    ),
    (
        "Days count from the session itself: a touch-up stands within it and prolongs nothing. Where several raters graded in "
        "one visit, the first grade is taken and the others are named."
    ),
    (
        "In the figure an open bar is a touch-up on top of its session, a dashed upright line before another brand is a change "
        "of product, and under each pattern stands how much better the newest review of the session called it."
    ),
    "A gap stays a gap, written as a dash: it is never 0. Units of different products are neither added nor compared.",
)


@dataclass(frozen=True, slots=True)
class Rating:
    """The first grade of a pattern in a visit; ``beside`` are those of further raters in the same visit."""

    visit_id: str
    on: date
    rater: str
    grade: int
    beside: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """A session between the toxin before it and the toxin after it; None where there was none."""

    day: date
    earlier: date | None
    later: date | None


def ratings(graded: Sequence[Graded]) -> tuple[Rating, ...]:
    """The grades of one pattern, a line a visit, in the order of time."""
    visits: dict[str, list[Graded]] = {}
    for one in sorted(graded, key=lambda one: (one.on, one.rated_at, one.rater)):
        visits.setdefault(one.visit_id, []).append(one)
    found = [
        Rating(first.visit_id, first.on, first.rater, first.grade, tuple((one.rater, one.grade) for one in more))
        for first, *more in visits.values()
    ]
    return tuple(found)


def before(found: Sequence[Rating], window: Window) -> Rating | None:
    """The grade before a session."""
    least = window.day - timedelta(days=BEFORE_DAYS)
    if window.earlier is not None:
        least = max(least, window.earlier + timedelta(days=EFFECT_DAYS))
    fitting = [one for one in found if one.on == window.day or least <= one.on < window.day]
    return fitting[-1] if fitting else None


def at_review(found: Sequence[Rating], window: Window, reviewing: frozenset[str] = frozenset()) -> Rating | None:
    """The grade at the review of a session; ``reviewing`` are the visits in which it was reviewed."""
    fitting = [
        one
        for one in found
        if REVIEW_FROM <= (one.on - window.day).days < EFFECT_DAYS and (window.later is None or one.on < window.later)
    ]

    def rank(one: Rating) -> tuple[bool, int, date]:
        return one.visit_id not in reviewing, abs((one.on - window.day).days - REVIEW_BEST), one.on

    return min(fitting, key=rank, default=None)


def at_return(found: Sequence[Rating], window: Window) -> Rating | None:
    """The grade when the patient came back."""
    if window.later is not None:
        return before(found, Window(window.later, window.day, None))
    return next((one for one in found if (one.on - window.day).days >= EFFECT_DAYS), None)


def stretches(found: Sequence[Rating], toxin: Sequence[date], grids: Sequence[str]) -> tuple[tuple[Rating, ...], ...]:
    """The grades that a line may join.

    It breaks where a grid in between left this pattern open (``grids`` are the visits with a grid, in order), and where a
    session passed without a grade at its review: nobody saw what happened in between.
    """
    place = {visit_id: number for number, visit_id in enumerate(grids)}
    parts: list[list[Rating]] = []
    for one in found:
        last = parts[-1][-1] if parts else None
        skipped = last and place.get(one.visit_id, 0) - place.get(last.visit_id, 0) > 1
        if last is None or skipped or _unseen(last.on, one.on, toxin):
            parts.append([])
        parts[-1].append(one)
    return tuple(tuple(part) for part in parts)


def _unseen(first: date, second: date, toxin: Sequence[date]) -> bool:
    """Whether a whole course of toxin lies between two grades."""
    given = [day for day in toxin if first <= day < second]
    return any((second - day).days >= EFFECT_DAYS or any(day < later <= second for later in toxin) for day in given)
