"""Patterns of the synkinesis grid over time, beside what was injected for them and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import MAXIMUM, Group, Movement, Place
from clinic.domain.reviews import change_words
from clinic.domain.trends_sessions import MuscleDoses
from clinic.domain.wording import day_text

TIMES_GRADED = 2
"""A pattern is a trend once it was graded in so many visits."""


@dataclass(frozen=True, slots=True)
class Graded:
    """One graded cell of a signed visit that stands."""

    visit_id: str
    on: date
    rated_at: datetime
    rater: str
    place: Place
    grade: int

    @property
    def text(self) -> str:
        """``2 of 3``."""
        return f"{self.grade} of {MAXIMUM}"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a session (its first version's id) did to a pattern, as a later visit said; ``muscles`` were linked to it."""

    session: str
    session_on: date
    said_on: date
    place: Place
    effect: int | None
    worse: bool
    benefit: str
    muscles: tuple[tuple[str, Side], ...] = ()

    @property
    def short(self) -> str:
        """``60 % better``, ``no change``, ``worse``."""
        return "worse" if self.worse else change_words(self.effect)

    @property
    def words(self) -> str:
        """``eye narrows with big smile 60 % better, 9 weeks of benefit``."""
        more = f", {self.benefit}" if self.benefit else ""
        return f"{self.place.side} {self.place.words}: {self.short}{more}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern: the first grade of each visit, those of further raters, and the effects of sessions on it.

    ``stretches`` are grades of grids that followed each other; a grid that left this cell open breaks them.
    """

    place: Place
    stretches: tuple[tuple[Graded, ...], ...]
    beside: tuple[Graded, ...]
    effects: tuple[Effect, ...]

    @property
    def label(self) -> str:
        """``eye narrows with big smile``."""
        return self.place.words

    @property
    def heading(self) -> str:
        """``with big smile``: the head of its column."""
        return self.place.movement.words

    @property
    def grades(self) -> tuple[Graded, ...]:
        """All grades of the line."""
        return tuple(grade for part in self.stretches for grade in part)

    def graded(self, visit_id: str, rater: str) -> str:
        """What a rater graded in a visit; "" for an open cell."""
        mine = (one.text for one in (*self.grades, *self.beside) if (one.visit_id, one.rater) == (visit_id, rater))
        return next(mine, "")

    def said(self, session: str, on: date) -> str:
        """What was said of a session on a day."""
        mine = (one.short for one in self.effects if (one.session, one.said_on) == (session, on))
        return next(mine, "")


@dataclass(frozen=True, slots=True)
class PatternRow:
    """One line of the table beside a figure: a rater's grades of a visit, or what a review said of a session."""

    on: date
    source: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PatternGroup:
    """All patterns of one involuntary group on one side, with the doses of the muscles that can do it."""

    side: Side
    group: Group
    patterns: tuple[Pattern, ...]
    doses: tuple[MuscleDoses, ...]

    @property
    def title(self) -> str:
        """``Synkinesis grid: eye, patient’s left``."""
        return f"Synkinesis grid: {self.group.label.lower()}, patient’s {self.side}"

    @property
    def rows(self) -> tuple[PatternRow, ...]:
        """The table: a line for each grid and each review, a cell for each pattern, newest first."""
        grades = [one for pattern in self.patterns for one in (*pattern.grades, *pattern.beside)]
        grids = {(one.on, one.rated_at, one.visit_id, one.rater) for one in grades}
        found = [
            (on, at.isoformat(), PatternRow(on, rater, tuple(one.graded(visit_id, rater) for one in self.patterns)))
            for on, at, visit_id, rater in grids
        ]
        reviews = {
            (one.said_on, one.session_on, one.session, one.benefit)
            for pattern in self.patterns
            for one in pattern.effects
        }
        for said_on, session_on, session, benefit in reviews:
            source = ", ".join(filter(None, (f"review of the session of {day_text(session_on)}", benefit)))
            cells = tuple(one.said(session, said_on) for one in self.patterns)
            found.append((said_on, session, PatternRow(said_on, source, cells)))
        return tuple(row for _, _, row in sorted(found, key=lambda one: one[:2], reverse=True))

    @property
    def anchor(self) -> str:
        """The figure's place on the page."""
        return f"pattern-{self.group}-{self.side}".replace("_", "-")


def pattern_groups(
    graded: Iterable[Graded], effects: Sequence[Effect], doses: Sequence[MuscleDoses]
) -> tuple[PatternGroup, ...]:
    """Patterns graded in two visits at least (and ever above 0), or treated, by side and group."""
    rows = sorted(graded, key=lambda one: (one.on, one.rated_at, one.rater))
    grids: dict[Side, list[str]] = {}
    for one in rows:
        visits = grids.setdefault(one.place.side, [])
        if one.visit_id not in visits:
            visits.append(one.visit_id)
    places = dict.fromkeys([one.place for one in rows] + [one.place for one in effects])
    patterns = [_pattern(place, rows, grids.get(place.side, []), effects) for place in places]
    shown = [one for one in patterns if one.effects or _moves(one)]
    return tuple(
        found
        for side in (Side.RIGHT, Side.LEFT)
        for group in Group
        if (found := _group(side, group, shown, doses)) is not None
    )


def _moves(one: Pattern) -> bool:
    return len(one.grades) >= TIMES_GRADED and any(grade.grade for grade in one.grades)


def _pattern(place: Place, rows: Sequence[Graded], grids: Sequence[str], effects: Sequence[Effect]) -> Pattern:
    line: dict[str, Graded] = {}
    beside = []
    for one in rows:
        if one.place == place and line.setdefault(one.visit_id, one) is not one:
            beside.append(one)
    parts: list[list[Graded]] = [[]]
    for visit_id in grids:
        if visit_id in line:
            parts[-1].append(line[visit_id])
        elif parts[-1]:
            parts.append([])
    mine = sorted((one for one in effects if one.place == place), key=lambda one: (one.session_on, one.said_on))
    return Pattern(place, tuple(tuple(part) for part in parts if part), tuple(beside), tuple(mine))


def _group(side: Side, group: Group, patterns: Sequence[Pattern], doses: Sequence[MuscleDoses]) -> PatternGroup | None:
    order = {movement: number for number, movement in enumerate(Movement)}
    mine = [one for one in patterns if (one.place.side, one.place.group) == (side, group)]
    if not mine:
        return None
    linked = {(muscle, one.place.muscle_side) for one in mine for muscle in one.place.muscles}
    linked |= {muscle for one in mine for effect in one.effects for muscle in effect.muscles}
    given = tuple(one for one in doses if (one.muscle, one.side) in linked)
    return PatternGroup(side, group, tuple(sorted(mine, key=lambda one: order[one.place.movement])), given)
