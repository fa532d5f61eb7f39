"""The examples of planning rules: facts in a small notation, over a quiet patient whom no rule but the stage speaks about.

The quiet patient: 45 years, Bell's palsy on the left for 500 days, nothing in the grid of today, five complete movements,
eye answers that allow a target near the eye, training on record, no session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place, cell_of
from clinic.domain.assessments.sunnybrook import EXPRESSIONS
from clinic.domain.injections import Answer, MuscleState, Question
from clinic.domain.patients import Cause, SafetyFactKind
from clinic.domain.planning_facts import Palsy, PlanningFacts, SessionDone
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import ReferralKind

ON: Final = date(2026, 11, 22)
_QUIET: Final[Mapping[str, Any]] = {
    "palsies": ["left"],
    "onset_days": 500,
    "movements": {f"left {key}": 5 for key, _ in EXPRESSIONS},
    "answers": {
        "lagophthalmos": "no",
        "bells_phenomenon": "yes",
        "corneal_sensation": "yes",
        "sore_red_eye": "no",
    },
    "trained": True,
    "age": 45,
}


def facts_of(written: Mapping[str, Any]) -> PlanningFacts:
    """The facts of an example. Raises ValueError or KeyError for what cannot be read."""
    strange = set(written) - set(_READ) - _ONSET - _BESIDE
    if strange:
        raise ValueError(f"an example has no key “{min(strange)}”")
    said = {**_QUIET, **written}
    if "answers" in written:
        said["answers"] = {**_QUIET["answers"], **written["answers"]}
    for one in written.get("without_answers", []):
        said["answers"] = {key: value for key, value in said["answers"].items() if key != one}
    found: dict[str, Any] = {key: read(said[key], said) for key, read in _READ.items() if key in said}
    found["graded_on"] = _ago(said.get("graded_days", 0))
    found["movements_on"] = _ago(said.get("movements_days", 0))
    return PlanningFacts(on=ON, **found)


def _ago(days: int) -> date:
    return ON - timedelta(days=days)


def _onset(said: Mapping[str, Any]) -> tuple[date | None, date | None]:
    if said.get("onset_unknown"):
        return None, None
    if "onset_on" in said:
        return said["onset_on"], said["onset_on"]
    if "onset_between" in said:
        first, last = said["onset_between"]
        return first, last
    return _ago(said["onset_days"]), _ago(said["onset_days"])


def _palsies(sides: list[str], said: Mapping[str, Any]) -> tuple[Palsy, ...]:
    first, last = _onset(said)
    cause = Cause(said.get("cause", Cause.BELLS_PALSY))
    return tuple(Palsy(f"palsy-{number}", Side(one), cause, first, last) for number, one in enumerate(sides))


def _cells(lines: list[str], _said: Mapping[str, Any]) -> tuple[Cell, ...]:
    found = []
    for line in lines:
        side, movement, group, text = line.split(" ")
        found.append(cell_of(Place(Side(side), Movement(movement), Group(group)), text))
    return tuple(found)


def _sessions(lines: list[str], _said: Mapping[str, Any]) -> tuple[SessionDone, ...]:
    """Each ``90 left platysma mentalis``: days ago, side, muscles."""
    found = []
    for number, line in enumerate(lines):
        days, side, *muscles = line.split(" ")
        doses = {("onabotulinumtoxinA", MUSCLES[one].key, Side(side)): Decimal(5) for one in muscles}
        found.append(SessionDone(f"session-{number}", _ago(int(days)), doses))
    return tuple(found)


def _sided(key: str) -> tuple[Side, str]:
    side, rest = key.split(" ")
    return Side(side), rest


_BESIDE: Final = frozenset({"graded_days", "movements_days", "without_answers", "muscle"})
_ONSET: Final = frozenset({"onset_days", "onset_on", "onset_between", "onset_unknown", "cause"})
_READ: Final[Mapping[str, Callable[[Any, Mapping[str, Any]], Any]]] = {
    "age": lambda value, _: int(value),
    "palsies": _palsies,
    "cells": _cells,
    "movements": lambda value, _: {_sided(key): grade for key, grade in value.items()},
    "house_brackmann": lambda value, _: {Side(key): grade for key, grade in value.items()},
    "answers": lambda value, _: {Question(key): Answer(one) for key, one in value.items()},
    "asked": lambda value, _: {PlanningQuestion(key): Answer(one) for key, one in value.items()},
    "safety": lambda value, _: {SafetyFactKind(key): Answer(one) for key, one in value.items()},
    "muscle_states": lambda value, _: {
        (_sided(key)[1], _sided(key)[0]): MuscleState(one) for key, one in value.items()
    },
    "priorities": lambda value, _: tuple(Group(one) for one in value),
    "trained": lambda value, _: bool(value),
    "sessions": _sessions,
    "urgent_open": lambda value, _: tuple(value),
    "consulted": lambda value, _: {ReferralKind(key): _ago(days) for key, days in value.items()},
}


def muscle_of(written: Mapping[str, Any]) -> tuple[Side, str] | None:
    """The muscle that an example of a guard or block asks about by itself, if it names one."""
    return _sided(written["muscle"]) if "muscle" in written else None


def example_lines(written: Mapping[str, Any]) -> tuple[str, ...]:
    """The facts of an example as its file says them, one a line, for the page of its rule."""
    return tuple(f"{key.replace('_', ' ')}: {_plain(value)}" for key, value in written.items())


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{str(key).replace('_', ' ')} {one}" for key, one in value.items())
    if isinstance(value, list):
        return "; ".join(str(one).replace("_", " ") for one in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
