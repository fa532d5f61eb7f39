"""What verification says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

Key = TypeVar("Key", str, tuple[str, int])


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it was written: where, and what. ``chain`` is set for a break of an audit chain."""

    where: str
    what: str
    chain: int | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Report:
    """All problems, and how many things were checked, by their name."""

    problems: tuple[Problem, ...]
    counts: Mapping[str, int]


def compared(
    said: Mapping[Key, Mapping[str, Any]], there: Mapping[Key, Mapping[str, Any]], where: Callable[[Key], str]
) -> Iterator[Problem]:
    """What differs between what the audit trail says of things and what is there, each by its key and its values' names."""
    for key in sorted(said.keys() | there.keys()):
        if key not in there:
            yield Problem(where(key), "is in the audit trail and missing here")
        elif key not in said:
            yield Problem(where(key), "is here, and the audit trail does not know it")
        elif changed := [name for name, value in there[key].items() if said[key].get(name) != value]:
            yield Problem(where(key), f"{', '.join(changed)} differs from what the audit trail says")
