"""The small vocabulary in which planning rules say when they speak.

Each condition knows whether it holds, how it reads, and which facts it found. What nobody asked or graded never makes a
condition hold, unless the condition is about exactly that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol

from clinic.domain.anatomy import MUSCLES, Side, muscle_label
from clinic.domain.assessments.grid import Cell, Group, Movement
from clinic.domain.injections import MuscleState
from clinic.domain.planning_case import Case
from clinic.domain.quantities import NBSP
from clinic.domain.wording import plural, side_words


class Scope(StrEnum):
    """What a condition asks about."""

    PATIENT = "the patient"
    PALSY = "each palsy"
    CELL = "each cell of the grid"
    MUSCLE = "each muscle"


class Condition(Protocol):
    """One condition of a rule."""

    scope: ClassVar[Scope]

    @property
    def words(self) -> str:
        """The condition as it reads on the page of its rule."""

    def holds(self, case: Case) -> bool:
        """Whether it holds for a case."""

    def seen(self, case: Case) -> str:
        """The facts behind it in words, where it holds; may be empty."""


def listed(values: tuple[str, ...], last: str = "or") -> str:
    """``a, b or c``."""
    return f" {last} ".join(part for part in (", ".join(values[:-1]), values[-1]) if part) if values else ""


def range_words(low: int | None, high: int | None, one: str = "") -> str:
    """``at least 3 sessions``, ``at most 3``, ``from 100 to 299 days``."""
    noun = plural(high if high is not None else low or 0, one).split(" ", 1)[1] if one else ""
    end = f"{NBSP}{noun}" if noun else ""
    if low is not None and high is not None:
        return f"from {low} to {high}{end}"
    return f"at least {low}{end}" if low is not None else f"at most {high}{end}"


def within(value: int, low: int | None, high: int | None) -> bool:
    """Whether a number lies in a range, its ends included."""
    return (low is None or value >= low) and (high is None or value <= high)


def _matches(cell: Cell, groups: tuple[Group, ...], movements: tuple[Movement, ...], grade: int) -> bool:
    place = cell.place
    known = cell.grade is not None and cell.grade >= grade
    return known and place.group in groups and (not movements or place.movement in movements)


def _pattern_words(groups: tuple[Group, ...], movements: tuple[Movement, ...], grade: int) -> str:
    with_what = listed(tuple(one.words for one in movements)) if movements else "with any movement or at rest"
    return f"{listed(tuple(one.words for one in groups))} {with_what}, graded {grade} or more"


@dataclass(frozen=True, slots=True)
class CellIs:
    """The cell asked about is of these groups and movements and graded so much."""

    scope: ClassVar[Scope] = Scope.CELL
    groups: tuple[Group, ...]
    movements: tuple[Movement, ...] = ()
    grade_at_least: int = 1

    @property
    def words(self) -> str:
        return f"In the grid: {_pattern_words(self.groups, self.movements, self.grade_at_least)}"

    def holds(self, case: Case) -> bool:
        return case.cell is not None and _matches(case.cell, self.groups, self.movements, self.grade_at_least)

    def seen(self, case: Case) -> str:
        return f"{case.cell.place.words}{NBSP}{case.cell.text}" if case.cell else ""


@dataclass(frozen=True, slots=True)
class AnyCell:
    """Some cell of the side is of these groups and movements and graded so much."""

    scope: ClassVar[Scope] = Scope.PALSY
    groups: tuple[Group, ...] = tuple(Group)
    movements: tuple[Movement, ...] = ()
    grade_at_least: int = 1

    @property
    def words(self) -> str:
        if self.groups == tuple(Group):
            return f"Any unwanted movement in the grid of that side, graded {self.grade_at_least} or more"
        return f"In the grid of that side: {_pattern_words(self.groups, self.movements, self.grade_at_least)}"

    def _found(self, case: Case) -> list[Cell]:
        return [one for one in case.cells if _matches(one, self.groups, self.movements, self.grade_at_least)]

    def holds(self, case: Case) -> bool:
        return bool(self._found(case))

    def seen(self, case: Case) -> str:
        found = sorted(self._found(case), key=lambda one: (-(one.grade or 0), -(one.bother or 0), one.place))[:3]
        side = side_words(case.side or "")
        return f"{side}: " + ", ".join(f"{one.place.words}{NBSP}{one.text}" for one in found) if found else ""


@dataclass(frozen=True, slots=True)
class MuscleIs:
    """The muscle asked about is one of these."""

    scope: ClassVar[Scope] = Scope.MUSCLE
    one_of: tuple[str, ...] = field(metadata={"of": MUSCLES})

    @property
    def words(self) -> str:
        return f"The muscle is {listed(tuple(muscle_label(one).lower() for one in self.one_of))}"

    def holds(self, case: Case) -> bool:
        return case.muscle in self.one_of

    def seen(self, case: Case) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class MuscleStateIs:
    """A procedure left the muscle asked about in one of these states."""

    scope: ClassVar[Scope] = Scope.MUSCLE
    one_of: tuple[MuscleState, ...]

    @property
    def words(self) -> str:
        return f"The muscle is recorded as {listed(tuple(self.one_of))}"

    def holds(self, case: Case) -> bool:
        return case.side is not None and case.facts.muscle_states.get((case.muscle, case.side)) in self.one_of

    def seen(self, case: Case) -> str:
        state = case.facts.muscle_states.get((case.muscle, case.side or Side.MIDLINE))
        return f"{muscle_label(case.muscle)}, {side_words(case.side or '')}: {state}" if state else ""


@dataclass(frozen=True, slots=True)
class OnPalsySide:
    """The muscle asked about is on a side with a palsy."""

    scope: ClassVar[Scope] = Scope.MUSCLE

    @property
    def words(self) -> str:
        return "The muscle is on the side of the palsy"

    def holds(self, case: Case) -> bool:
        return case.side in case.facts.palsy_sides

    def seen(self, case: Case) -> str:
        return ""
