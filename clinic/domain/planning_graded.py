"""Conditions of planning rules about how strong the voluntary movements of a side are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from clinic.domain.anatomy import Side
from clinic.domain.assessments.sunnybrook import EXPRESSIONS
from clinic.domain.flaccid import house_brackmann
from clinic.domain.planning_case import Case, stale
from clinic.domain.planning_conditions import Scope, range_words, within
from clinic.domain.wording import side_words

MOVEMENT_WORDS: Final[Mapping[str, str]] = {
    "brow": "raising the brow",
    "closure": "closing the eye",
    "smile": "smiling",
    "snarl": "snarling",
    "pucker": "puckering the lips",
}


@dataclass(frozen=True, slots=True)
class MovementIs:
    """A voluntary movement of the side is graded in a range (Sunnybrook, 1 none to 5 complete)."""

    scope: ClassVar[Scope] = Scope.PALSY
    expression: str = field(metadata={"of": dict(EXPRESSIONS)})
    at_least: int | None = None
    at_most: int | None = None

    @property
    def words(self) -> str:
        movement = MOVEMENT_WORDS[self.expression]
        return f"{movement.capitalize()} on that side is graded {range_words(self.at_least, self.at_most)} of 5"

    def holds(self, case: Case) -> bool:
        grade = case.facts.movements.get((case.side or Side.MIDLINE, self.expression))
        return grade is not None and within(grade, self.at_least, self.at_most)

    def seen(self, case: Case) -> str:
        grade = case.facts.movements.get((case.side or Side.MIDLINE, self.expression))
        return f"{MOVEMENT_WORDS[self.expression]} on the {side_words(case.side or '')}: {grade} of 5"


@dataclass(frozen=True, slots=True)
class MovementNotKnown:
    """A voluntary movement of the side was not graded lately."""

    scope: ClassVar[Scope] = Scope.PALSY
    expression: str = field(metadata={"of": dict(EXPRESSIONS)})

    @property
    def words(self) -> str:
        return f"{MOVEMENT_WORDS[self.expression].capitalize()} on that side was not graded lately"

    def holds(self, case: Case) -> bool:
        known = (case.side or Side.MIDLINE, self.expression) in case.facts.movements
        return not known or stale(case.facts.movements_on, case.facts.on)

    def seen(self, case: Case) -> str:
        return f"{MOVEMENT_WORDS[self.expression]} on the {side_words(case.side or '')}: not known"


@dataclass(frozen=True, slots=True)
class AllMovements:
    """All five voluntary movements of the side are graded, each at most so much."""

    scope: ClassVar[Scope] = Scope.PALSY
    at_most: int

    @property
    def words(self) -> str:
        return f"All five voluntary movements of that side are graded, each {range_words(None, self.at_most)} of 5"

    def holds(self, case: Case) -> bool:
        grades = [case.facts.movements.get((case.side or Side.MIDLINE, key)) for key, _ in EXPRESSIONS]
        return all(grade is not None and grade <= self.at_most for grade in grades)

    def seen(self, case: Case) -> str:
        return f"all five movements of the {side_words(case.side or '')} are graded, none above {self.at_most} of 5"


@dataclass(frozen=True, slots=True)
class HouseBrackmannIs:
    """The newest House–Brackmann grade of the side is in a range (1 to 6)."""

    scope: ClassVar[Scope] = Scope.PALSY
    at_least: int | None = None
    at_most: int | None = None

    @property
    def words(self) -> str:
        return f"The House–Brackmann grade of that side is {range_words(self.at_least, self.at_most)}"

    def holds(self, case: Case) -> bool:
        grade = house_brackmann(case.facts, case.side or Side.MIDLINE)
        return grade is not None and within(grade, self.at_least, self.at_most)

    def seen(self, case: Case) -> str:
        grade = case.facts.house_brackmann.get(case.side or Side.MIDLINE)
        return f"House–Brackmann grade of the {side_words(case.side or '')}: {grade}"
