"""The library of exercises as ``data/exercises.toml`` states it, read strictly: nothing unknown, nothing missing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import OWN_MOVEMENT, Cell, Group, Movement, Place, cell_of
from clinic.domain.errors import Invalid
from clinic.domain.proposals import Strength

FILE: Final = "exercises.toml"
ANY: Final = "any"
NOT_VERIFIED: Final = "not verified"
PUBLISHED: Final = "published"
Pattern = tuple[Movement, Group]

_TEXTS: Final = ("id", "title", "dose", "dose_basis", "excursion_hint", "cue", "stop_rule", "strength", "evidence")
_NEEDED: Final = {*_TEXTS, "best", "also", "control", "mirror_matters", "steps", "sources", "examples"}
_KNOWN: Final = {*_NEEDED, "comfort", "dose_source"}


class LibraryError(ValueError):
    """A library that is not as it must be; the message names the file, the exercise and the key."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Cells that alone bring an exercise up or do not; ``boundary`` is such a pair, the first does and the second not."""

    fires: tuple[Cell, ...]
    boundary: tuple[Cell, ...]
    silent: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class LibraryExercise:
    """One exercise in the patient's words; ``best`` and ``also`` are the patterns that it is for.

    ``control`` trains a movement and needs a face that moves; ``comfort`` may be offered where nothing moves yet.
    """

    id: str
    title: str
    steps: tuple[str, ...]
    best: frozenset[Pattern]
    also: frozenset[Pattern]
    control: bool
    comfort: bool
    mirror_matters: bool
    dose: str
    dose_basis: str
    dose_source: str
    excursion_hint: str
    cue: str
    stop_rule: str
    strength: Strength
    evidence: str
    sources: tuple[str, ...]
    examples: Examples

    @property
    def dose_verified(self) -> bool:
        """Whether a source was read for the dose; if not, it is only a text to start from."""
        return self.dose_basis == PUBLISHED

    @property
    def short(self) -> str:
        """The short name of the exercise, ``e2``."""
        return self.id.partition("_")[0]


def parse_library(text: str, name: str = FILE) -> Mapping[str, LibraryExercise]:
    """Read a library. Raises LibraryError naming the file and the key of the first thing that is wrong."""
    raw = tomllib.loads(text)
    if strange := sorted(raw.keys() - {"version", "sources", "exercises"}):
        raise LibraryError(f"{name}: unknown key {strange[0]}")
    if not isinstance(raw.get("version"), str):
        raise LibraryError(f"{name}: version is missing")
    sources: dict[str, str] = raw.get("sources", {})
    found: dict[str, LibraryExercise] = {}
    for row in raw.get("exercises", ()):
        one = _exercise(row, sources, f"{name}: {row.get('id', 'an exercise without id')}")
        if one.id in found or one.short in {other.short for other in found.values()}:
            raise LibraryError(f"{name}: {one.id}: id is there twice")
        found[one.id] = one
    return MappingProxyType(found)


@cache
def library() -> Mapping[str, LibraryExercise]:
    """Every exercise by its id, in the order of the library."""
    return parse_library((files("clinic.domain") / "data" / FILE).read_text(encoding="utf-8"))


def exercise_title(key: str) -> str:
    """The title of an exercise; an unknown key stands for itself, because a record keeps it."""
    one = library().get(key)
    return one.title if one else key


def _exercise(row: Mapping[str, Any], sources: Mapping[str, str], where: str) -> LibraryExercise:
    if strange := sorted(row.keys() - _KNOWN):
        raise LibraryError(f"{where}: unknown key {strange[0]}")
    if missing := sorted(_NEEDED - row.keys()):
        raise LibraryError(f"{where}: {missing[0]} is missing")
    for key in _TEXTS:
        if not isinstance(row[key], str) or not row[key].strip():
            raise LibraryError(f"{where}: {key} must be a text")
    for key in ("control", "comfort", "mirror_matters"):
        if not isinstance(row.get(key, False), bool):
            raise LibraryError(f"{where}: {key} must be true or false")
    if not row["steps"] or not all(isinstance(step, str) and step.strip() for step in row["steps"]):
        raise LibraryError(f"{where}: steps must be sentences")
    _check_sources(row, sources, where)
    if row.get("comfort") and row["control"]:
        raise LibraryError(f"{where}: comfort cannot be an exercise for control")
    return LibraryExercise(
        id=row["id"],
        title=row["title"],
        steps=tuple(row["steps"]),
        best=_patterns(row["best"], where),
        also=_patterns(row["also"], where),
        control=row["control"],
        comfort=row.get("comfort", False),
        mirror_matters=row["mirror_matters"],
        dose=row["dose"],
        dose_basis=row["dose_basis"],
        dose_source=sources.get(row.get("dose_source", ""), ""),
        excursion_hint=row["excursion_hint"],
        cue=row["cue"],
        stop_rule=row["stop_rule"],
        strength=_strength(row["strength"], where),
        evidence=row["evidence"],
        sources=tuple(sources[key] for key in row["sources"]),
        examples=_examples(row, where),
    )


def _check_sources(row: Mapping[str, Any], sources: Mapping[str, str], where: str) -> None:
    if not row["sources"]:
        raise LibraryError(f"{where}: sources are missing")
    for key in (*row["sources"], *([row["dose_source"]] if "dose_source" in row else [])):
        if key not in sources:
            raise LibraryError(f"{where}: unknown source {key}")
    if row["dose_basis"] not in {PUBLISHED, NOT_VERIFIED}:
        raise LibraryError(f"{where}: unknown dose_basis {row['dose_basis']}")
    if (row["dose_basis"] == PUBLISHED) is not ("dose_source" in row):
        raise LibraryError(f"{where}: dose_source belongs to a published dose, and only to one")


def _strength(text: str, where: str) -> Strength:
    try:
        return Strength(text)
    except ValueError:
        raise LibraryError(f"{where}: unknown strength {text}") from None


def _patterns(written: Iterable[str], where: str) -> frozenset[Pattern]:
    return frozenset(pattern for text in written for pattern in _pattern(text, where))


def _examples(row: Mapping[str, Any], where: str) -> Examples:
    written = row["examples"]
    if not isinstance(written, dict) or written.keys() != {"fires", "boundary", "silent"}:
        raise LibraryError(f"{where}: examples must be fires, boundary and silent")
    found = {name: tuple(_cell(text, where) for text in texts) for name, texts in written.items()}
    suggested = bool(row["best"] or row["also"])
    if bool(found["fires"]) is not suggested or len(found["boundary"]) != 2 * suggested or not found["silent"]:
        raise LibraryError(f"{where}: examples are missing: one that fires, a pair at the boundary, one that is silent")
    return Examples(**found)


def _cell(text: str, where: str) -> Cell:
    try:
        movement, group, graded = text.split()
        return cell_of(Place(Side.LEFT, Movement(movement), Group(group)), graded)
    except (ValueError, Invalid):
        raise LibraryError(f"{where}: “{text}” is no graded cell") from None


def _pattern(text: str, where: str) -> list[Pattern]:
    movement, _, group = text.partition(" ")
    if group not in set(Group):
        raise LibraryError(f"{where}: unknown part of the face in “{text}”")
    if movement == ANY:
        return [(one, Group(group)) for one in Movement if (one, Group(group)) not in OWN_MOVEMENT]
    if movement not in set(Movement):
        raise LibraryError(f"{where}: unknown movement in “{text}”")
    if (Movement(movement), Group(group)) in OWN_MOVEMENT:
        raise LibraryError(f"{where}: “{text}” is the movement itself and no pattern")
    return [(Movement(movement), Group(group))]
