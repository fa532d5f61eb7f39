"""What the record says of a face in which nothing moves: no synkinesis to weaken, no movement to train, another pathway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.assessments.sunnybrook import EXPRESSIONS
from clinic.domain.injections import Answer
from clinic.domain.planning_case import stale
from clinic.domain.planning_facts import PlanningFacts
from clinic.domain.planning_questions import PlanningQuestion

NO_MOVEMENT_GRADE: Final = 1
"""Sunnybrook voluntary movement "none" (Ross 1996)."""

TOTAL_PALSY: Final = 6
"""House–Brackmann grade VI: no movement (House 1985)."""


def house_brackmann(facts: PlanningFacts, side: Side) -> int | None:
    """The newest grade of a side; None when it is too old, or VI and a later form grades some movement."""
    grade, on = facts.house_brackmann.get(side), facts.house_brackmann_on.get(side, facts.on)
    if grade is None or stale(on, facts.on):
        return None
    moves = any(one > NO_MOVEMENT_GRADE for (of_side, _), one in facts.movements.items() if of_side is side)
    later = facts.movements_on is not None and facts.movements_on > on
    return None if grade == TOTAL_PALSY and moves and later else grade


def flaccid_reasons(facts: PlanningFacts) -> Mapping[Side, tuple[str, ...]]:
    """The sides with a palsy on which nothing moves, each with what says so."""
    found = {side: tuple(_reasons(facts, side)) for side in sorted(facts.palsy_sides)}
    return {side: words for side, words in found.items() if words}


def _reasons(facts: PlanningFacts, side: Side) -> list[str]:
    said = []
    if facts.asked.get(PlanningQuestion.NO_MOVEMENT) is Answer.YES:
        said.append("Answered today: no useful movement on the side of the palsy.")
    if house_brackmann(facts, side) == TOTAL_PALSY:
        said.append(f"House–Brackmann VI, patient’s {side}.")
    grades = {facts.movements.get((side, key)) for key, _ in EXPRESSIONS}
    if grades == {NO_MOVEMENT_GRADE}:
        said.append(f"Sunnybrook: no movement in any of the five expressions, patient’s {side}.")
    return said
