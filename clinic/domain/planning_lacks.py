"""What planning would need and the record does not hold, each in words with where it is entered.

What is lacking is never replaced by a guess: cells that cannot be justified are taken out here, before any rule sees them.
"""

from __future__ import annotations

from dataclasses import dataclass

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group
from clinic.domain.assessments.sunnybrook import EXPRESSIONS
from clinic.domain.injections import Answer, Question
from clinic.domain.planning_case import STALE_DAYS, elapsed, stale
from clinic.domain.planning_facts import PlanningFacts
from clinic.domain.planning_questions import PlanningQuestion, Theme
from clinic.domain.proposals import Lack
from clinic.domain.quantities import NBSP
from clinic.domain.wording import day_text, plural, side_words

EYE_NEEDED = (
    Question.LAGOPHTHALMOS,
    Question.BELLS_PHENOMENON,
    Question.CORNEAL_SENSATION,
    Question.SORE_RED_EYE,
)
"""Answered yes or no before a target near the eye is used (clinical reference 5.3: label and safety)."""

GRID, CONDITION, EYE, ASSESSMENT, RED_FLAGS = "grid", "condition", "eye", "assessment", "red_flags"


@dataclass(frozen=True, slots=True)
class Usable:
    """The cells that rules may look at, and what is lacking."""

    cells: tuple[Cell, ...]
    lacks: tuple[Lack, ...]


def usable(facts: PlanningFacts) -> Usable:
    """Sort cells into those that justify something and what has to be said about the others."""
    lacks = [*_conditions(facts), *_red_flags(facts), *_grid(facts), *_assessments(facts)]
    cells, said = _cells(facts)
    if any(one.place.group in {Group.EYE, Group.TEARING} for one in cells):
        lacks += _eye(facts)
    return Usable(cells, (*lacks, *said))


def _conditions(facts: PlanningFacts) -> list[Lack]:
    if not facts.palsies:
        return [Lack("No palsy is on record, so that no side and no stage is known.", CONDITION)]
    lacks = []
    for one in sorted(facts.palsies, key=lambda one: (one.side, one.id)):
        named = f"{one.cause}, {side_words(one.side)}"
        if one.onset_from is None or one.onset_to is None:
            lacks.append(Lack(f"The onset is not known ({named}), so that no stage can be said.", CONDITION))
        elif elapsed(one, facts.on) is None:
            lacks.append(Lack(f"The onset lies after {day_text(facts.on)} ({named}): correct it.", CONDITION))
    return lacks


def _red_flags(facts: PlanningFacts) -> list[Lack]:
    asked = [one for one in PlanningQuestion if one.theme is Theme.RED_FLAG]
    waiting = [one for one in asked if facts.asked.get(one) not in {Answer.YES, Answer.NO}]
    if not waiting:
        return []
    if len(waiting) == len(asked):
        return [Lack("Red flags were not asked in this visit.", RED_FLAGS)]
    words = "; ".join(one.label for one in waiting)
    return [Lack(f"{plural(len(waiting), 'red flag')} not answered yes or no: {words}.", RED_FLAGS)]


def _grid(facts: PlanningFacts) -> list[Lack]:
    if not any(one.grade is not None for one in facts.cells):
        return [Lack("The synkinesis grid was not graded, so that nothing is proposed for toxin.", GRID)]
    if facts.graded_on is None:
        return [Lack("The day of the synkinesis grid is not known, so that it proposes nothing.", GRID)]
    if stale(facts.graded_on, facts.on):
        ago = plural((facts.on - facts.graded_on).days, "day").replace(" ", NBSP)
        limit = f"{STALE_DAYS}{NBSP}days"
        return [
            Lack(
                f"The newest synkinesis grid is of {day_text(facts.graded_on)}, {ago} ago. "
                f"After more than {limit} it proposes nothing: grade the face anew.",
                GRID,
            )
        ]
    return []


def _assessments(facts: PlanningFacts) -> list[Lack]:
    lacks = []
    for side in sorted(facts.palsy_sides):
        missing = [label for key, label in EXPRESSIONS if (side, key) not in facts.movements]
        if missing:
            named = ", ".join(one.lower() for one in missing)
            lacks.append(Lack(f"Voluntary movements are not graded on the {side_words(side)}: {named}.", ASSESSMENT))
    if facts.movements and facts.movements_on and stale(facts.movements_on, facts.on):
        ago = plural((facts.on - facts.movements_on).days, "day").replace(" ", NBSP)
        lacks.append(
            Lack(f"Voluntary movements were last graded on {day_text(facts.movements_on)}, {ago} ago.", ASSESSMENT)
        )
    return lacks


def _eye(facts: PlanningFacts) -> list[Lack]:
    waiting = [one for one in EYE_NEEDED if facts.answers.get(one) not in {Answer.YES, Answer.NO}]
    if not waiting:
        return []
    words = "; ".join(one.label for one in waiting)
    return [Lack(f"Not answered yes or no today, before a target near the eye is used: {words}.", EYE)]


def _cells(facts: PlanningFacts) -> tuple[tuple[Cell, ...], list[Lack]]:
    if not facts.palsies or stale(facts.graded_on, facts.on):
        return (), []
    graded = sorted((one for one in facts.cells if one.grade), key=lambda one: one.place)
    lacks = []
    for side in sorted({one.place.side for one in graded} - facts.palsy_sides):
        lacks.append(
            Lack(
                f"The grid grades the {side_words(side)}, and no palsy is on record there: it proposes nothing. "
                "Correct the side of the grid or of the palsy.",
                GRID,
            )
        )
    kept = [one for one in graded if one.place.side in facts.palsy_sides]
    if facts.bilateral and any(one.place.group is Group.OTHER_SIDE for one in kept):
        kept = [one for one in kept if one.place.group is not Group.OTHER_SIDE]
        lacks.append(Lack("Both sides have a palsy: over-action of the other side proposes nothing.", CONDITION))
    unminded = [one for one in kept if one.bother == 0]
    lacks += [Lack(f"{_named(one)} is not minded at all: nothing is proposed for it.", GRID) for one in unminded]
    return tuple(one for one in kept if one.bother != 0), lacks


def uncovered(cells: tuple[Cell, ...], spoken: frozenset[tuple[Side, str]]) -> tuple[Lack, ...]:
    """Graded cells that no target rule speaks about, so that nobody takes silence for an answer."""
    return tuple(
        Lack(f"No rule of this program speaks about {_named(one, start=False)}: judge it yourself.", GRID)
        for one in cells
        if (one.place.side, one.place.key) not in spoken
    )


def _named(cell: Cell, *, start: bool = True) -> str:
    words = cell.place.words
    named = f"{words[:1].upper()}{words[1:]}" if start else words
    return f"{named} ({side_words(cell.place.side)}, {cell.text})"
