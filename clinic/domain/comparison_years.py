"""The sessions that were given one after the other: each with what changed since the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from clinic.domain.comparison_amounts import Amount
from clinic.domain.comparison_sites import ComparedSession
from clinic.domain.comparison_tables import Comparison, MuscleRow, Numbered
from clinic.domain.face_comparisons import GIVEN, legend
from clinic.domain.wording import plural

BUNDLE: Final = 20
"""Sessions that are fetched at once while the years are played."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One session on its own: ``number`` counts from 1. The first one is compared with itself: all is as before."""

    number: int
    of: int
    comparison: Comparison

    @property
    def session(self) -> ComparedSession:
        """The session that is shown."""
        return self.comparison.after

    @property
    def is_first(self) -> bool:
        """Whether there is none before it."""
        return self.number == 1

    @property
    def title(self) -> str:
        """``Session 3 of 12, 22 Nov 2026``."""
        return f"Session {self.number} of {self.of}, {self.session.words}"

    @property
    def since(self) -> str:
        """How long after the one before, and what changed."""
        if self.is_first:
            return "The first session on record."
        before = self.comparison.before.day
        return f"{self.comparison.interval} after {before}. {self.comparison.counts}."

    @property
    def totals(self) -> str:
        """Units by product in words."""
        amount = Amount.of(self.session.sites)
        return f"{amount.words(with_product=True)} in {plural(amount.sites, 'site')}"

    @property
    def changed(self) -> tuple[MuscleRow, ...]:
        """The muscles in which anything changed."""
        return tuple(row for row in self.comparison.muscles if row.is_changed)

    @property
    def legend(self) -> tuple[str, ...]:
        """What the marks mean; of the first session nothing is "as before"."""
        said = legend(self.sites, numbered=False)
        return (GIVEN, *said[1:]) if self.is_first else said

    @property
    def sites(self) -> tuple[Numbered, ...]:
        """Every site, numbered, for the face."""
        return tuple(one for row in self.comparison.muscles for one in row.sites)


def frame(given: Sequence[ComparedSession], number: int) -> Frame:
    """The frame of the session at ``number``, 1 for the oldest."""
    session = given[number - 1]
    before = given[number - 2] if number > 1 else session
    return Frame(number, len(given), Comparison(before, session))


def bundle(given: Sequence[ComparedSession], part: int) -> tuple[Frame, ...]:
    """The frames of one part of the years, ``part`` counting from 0."""
    first = max(0, part) * BUNDLE + 1
    return tuple(frame(given, number) for number in range(first, min(first + BUNDLE, len(given) + 1)))
