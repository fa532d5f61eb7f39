"""What verification says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
