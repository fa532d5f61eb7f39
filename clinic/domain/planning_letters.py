"""The facts that a letter has to say, in words, from what planning knows."""

from __future__ import annotations

from enum import StrEnum

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import summary
from clinic.domain.injections import Question
from clinic.domain.planning_case import last_composites, since_words
from clinic.domain.planning_facts import PlanningFacts
from clinic.domain.planning_graded import MOVEMENT_WORDS
from clinic.domain.wording import day_text, side_words

_EYE = (
    Question.LAGOPHTHALMOS,
    Question.BELLS_PHENOMENON,
    Question.CORNEAL_SENSATION,
    Question.DRY_EYE,
    Question.SORE_RED_EYE,
    Question.LID_SURGERY,
)


class Letter(StrEnum):
    """A part of a letter."""

    PALSY = "palsy"
    EYE = "eye"
    MOVEMENTS = "movements"
    GRID = "grid"
    SESSIONS = "sessions"
    SCORES = "scores"
    TRAINING = "training"


def letter_lines(facts: PlanningFacts, parts: tuple[Letter, ...]) -> tuple[str, ...]:
    """The lines of some parts of a letter; what nobody asked or graded is said to be so."""
    made = {
        Letter.PALSY: _palsies,
        Letter.EYE: _eye,
        Letter.MOVEMENTS: _movements,
        Letter.GRID: lambda one: summary(one.cells) or ("synkinesis grid: not graded",),
        Letter.SESSIONS: _sessions,
        Letter.SCORES: _scores,
        Letter.TRAINING: _training,
    }
    return tuple(line for part in parts for line in made[part](facts))


def _palsies(facts: PlanningFacts) -> tuple[str, ...]:
    lines = []
    for one in sorted(facts.palsies, key=lambda one: (one.side, one.id)):
        worst = f"; worst House–Brackmann grade {one.worst_house_brackmann}" if one.worst_house_brackmann else ""
        lines.append(f"{one.cause}, {side_words(one.side)}: {since_words(one, facts.on)}{worst}")
    return tuple(lines) or ("no palsy is on record",)


def _eye(facts: PlanningFacts) -> tuple[str, ...]:
    return tuple(f"{one.label}: {facts.answers.get(one, 'not answered today')}" for one in _EYE)


def _movements(facts: PlanningFacts) -> tuple[str, ...]:
    lines = []
    for side in sorted(facts.palsy_sides):
        grades = [
            f"{words} {facts.movements[side, key]} of 5"
            for key, words in MOVEMENT_WORDS.items()
            if (side, key) in facts.movements
        ]
        lines.append(f"{side_words(side)}: {', '.join(grades) or 'voluntary movements not graded'}")
    return tuple(lines)


def _sessions(facts: PlanningFacts) -> tuple[str, ...]:
    days = ", ".join(day_text(day) for day in sorted(one.on for one in facts.sessions))
    return (f"sessions with botulinum toxin here: {days or 'none'}",)


def _scores(facts: PlanningFacts) -> tuple[str, ...]:
    found = [(side, last_composites(facts, side)) for side in (Side.RIGHT, Side.LEFT)]
    return tuple(f"last Sunnybrook composites, {side_words(side)}: {words}" for side, words in found if words)


def _training(facts: PlanningFacts) -> tuple[str, ...]:
    days = sorted(facts.trained_on)
    if not facts.trained:
        return ("facial training: none on record",)
    return (f"facial training: on record{', last on ' + day_text(days[-1]) if days else ''}",)
