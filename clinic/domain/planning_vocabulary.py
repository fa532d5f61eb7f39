"""Reads the conditions of a planning rule from its file, strictly: what is not known is refused, never skipped."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Final, Union, get_args, get_origin, get_type_hints

from clinic.domain import planning_answered as answered
from clinic.domain import planning_conditions as seen
from clinic.domain import planning_graded as graded
from clinic.domain import planning_history as over_time
from clinic.domain.planning_case import Case
from clinic.domain.planning_conditions import Condition, Scope

VOCABULARY: Final[Mapping[str, type[Any]]] = {
    "cell": seen.CellIs,
    "any_cell": seen.AnyCell,
    "muscle": seen.MuscleIs,
    "muscle_state": seen.MuscleStateIs,
    "on_palsy_side": seen.OnPalsySide,
    "movement": graded.MovementIs,
    "movement_not_known": graded.MovementNotKnown,
    "all_movements": graded.AllMovements,
    "house_brackmann": graded.HouseBrackmannIs,
    "answer": answered.AnswerIs,
    "asked": answered.AskedIs,
    "safety": answered.SafetyIs,
    "age": over_time.AgeIs,
    "since_onset": over_time.SinceOnset,
    "maybe_since_onset": over_time.MaybeSinceOnset,
    "onset_not_known": over_time.OnsetNotKnown,
    "cause": over_time.CauseIs,
    "bilateral": over_time.Bilateral,
    "sessions": over_time.SessionsGiven,
    "since_session": over_time.SinceSession,
    "same_pattern": over_time.SamePattern,
    "training": over_time.Training,
    "urgent_open": over_time.UrgentOpen,
    "answer_from": over_time.AnswerFrom,
    "no_answer_from": over_time.NoAnswerFrom,
}
"""The name of a condition in a file, and what it is."""

ANY: Final = "any"


_HINTS: Final[Callable[[Any], dict[str, Any]]] = cache(get_type_hints)
"""Types of a shape's fields, read once: it takes a millisecond, and a file names a shape many times."""


class Unreadable(ValueError):
    """What is wrong with a piece of a rule, in words; the loader adds file and rule."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these conditions holds."""

    scope: ClassVar[Scope] = Scope.PATIENT
    conditions: tuple[Condition, ...]

    @property
    def words(self) -> str:
        """The conditions, joined by *or*."""
        return "Any of: " + "; ".join(one.words for one in self.conditions)

    def holds(self, case: Case) -> bool:
        """Whether one of them holds."""
        return any(one.holds(case) for one in self.conditions)

    def seen(self, case: Case) -> str:
        """The facts behind those that hold."""
        return "; ".join(words for one in self.conditions if one.holds(case) and (words := one.seen(case)))


def read_conditions(raw: Any) -> tuple[Condition, ...]:
    """The conditions of a list of tables. Raises Unreadable."""
    if not isinstance(raw, list) or not raw:
        raise Unreadable("“when” is a list of conditions, at least one")
    return tuple(_condition(one) for one in raw)


def flat(conditions: tuple[Condition, ...]) -> Iterator[Condition]:
    """Every condition, those of groups included."""
    for one in conditions:
        if isinstance(one, AnyOf):
            yield from flat(one.conditions)
        else:
            yield one


def has_numbers(conditions: tuple[Condition, ...]) -> bool:
    """Whether a rule compares with a number that its file names, so that its examples need both sides of it."""
    return any(
        isinstance(getattr(one, part.name), int) and not isinstance(getattr(one, part.name), bool)
        for one in flat(conditions)
        for part in fields(one)  # type: ignore[arg-type]
    )


def _condition(raw: Any) -> Condition:
    if not isinstance(raw, dict) or len(raw) != 1:
        raise Unreadable("a condition is a table with one name")
    ((name, values),) = raw.items()
    if name == ANY:
        return AnyOf(read_conditions(values))
    shape = VOCABULARY.get(name)
    if shape is None:
        raise Unreadable(f"there is no condition “{name}”")
    if not isinstance(values, dict):
        raise Unreadable(f"“{name}” takes a table")
    condition: Condition = read_values(shape, values, name)
    return condition


def read_values(shape: type[Any], values: Mapping[str, Any], name: str) -> Any:
    """A frozen value of a shape whose fields a table names. Raises Unreadable for a strange, missing or wrong one."""
    hints = _HINTS(shape)
    known = {one.name: one for one in fields(shape)}
    strange = sorted(set(values) - set(known))
    if strange:
        raise Unreadable(f"“{name}” has no key “{strange[0]}”")
    try:
        found = shape(
            **{key: _value(value, hints[key], known[key].metadata.get("of")) for key, value in values.items()}
        )
    except TypeError as error:
        raise Unreadable(f"“{name}” lacks a key: {error}") from error
    if known and set(known) <= {"at_least", "at_most", "days_at_least"} and not values:
        raise Unreadable(f"“{name}” needs at_least or at_most")
    return found


def _value(value: Any, hint: Any, of: Any) -> Any:
    if get_origin(hint) in {Union, types.UnionType}:
        hint = next(one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is tuple:
        if not isinstance(value, list) or not value:
            raise Unreadable(f"{value!r} should be a list with something in it")
        return tuple(_value(one, get_args(hint)[0], of) for one in value)
    if get_origin(hint) is Mapping:
        hint = dict
    if isinstance(value, dict) and is_dataclass(hint) and isinstance(hint, type):
        return read_values(hint, value, hint.__name__.lower())
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if value not in [one.value for one in hint]:
            raise Unreadable(f"there is no {hint.__name__} “{value}”")
        return hint(value)
    if type(value) is not hint:
        raise Unreadable(f"{value!r} should be of the kind {hint.__name__}")
    if of is not None and value not in of:
        raise Unreadable(f"there is no “{value}” to name here")
    return value
