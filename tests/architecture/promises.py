"""What the program promises about access, audit and integrity, each promise with the tests that hold it.

``promises.toml`` beside this file is the source; ``docs/security.md`` shows it, and ``tests/green.py`` lets a whole run
fail when one of the named tests did not pass in it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.architecture.sources import ROOT, functions

FILE = Path(__file__).with_suffix(".toml")
HAZARDS = ROOT / "docs" / "hazards.md"
TEST = re.compile(r"tests/[\w/]+\.py::test_\w+")
NUMBER = re.compile(r"[A-Z]-\d{2,3}")


@dataclass(frozen=True, slots=True)
class Promise:
    """One row. ``lacks`` says what is not held, and why; without tests nothing of it is."""

    number: str
    words: str
    tests: tuple[str, ...]
    lacks: str

    @property
    def state(self) -> str:
        """``held``, ``in part`` or ``not held``."""
        return "not held" if not self.tests else "in part" if self.lacks else "held"


@cache
def promises() -> tuple[Promise, ...]:
    """All rows in their order."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        Promise(number, row["words"], tuple(row.get("tests", ())), row.get("lacks", "")) for number, row in rows.items()
    )


def faults(rows: tuple[Promise, ...]) -> list[str]:
    """What is wrong with some rows: no words, no reason for a gap, a test that does not exist."""
    found = [f"{one.number} is no number" for one in rows if not NUMBER.fullmatch(one.number)]
    found += [f"{one.number} says nothing" for one in rows if not one.words.strip()]
    found += [f"{one.number} has no test and no reason" for one in rows if not one.tests and not one.lacks]
    return found + [f"{one.number}: there is no {test}" for one in rows for test in one.tests if not exists(test)]


def exists(test: str) -> bool:
    """Whether a test of this name is written."""
    if not TEST.fullmatch(test):
        return False
    path, _, function = test.partition("::")
    return (ROOT / path).exists() and function in functions(ROOT / path)


def relied_on() -> frozenset[str]:
    """Every test that a promise or a hazard's control rests on."""
    hazards = TEST.findall(HAZARDS.read_text(encoding="utf-8"))
    return frozenset(hazards) | {test for one in promises() for test in one.tests}


def gaps_table() -> str:
    """The rows that are not held, or in part only, with the reason."""
    rows = ["| Row | Promise | Not held, and why |", "| --- | --- | --- |"]
    return "\n".join(rows + [f"| {one.number} | {one.words} | {one.lacks} |" for one in promises() if one.lacks])


def held_table() -> str:
    """Every row that has tests, with them."""
    rows = ["| Row | Promise | Held by |", "| --- | --- | --- |"]
    for one in promises():
        if one.tests:
            tests = "<br>".join(f"`{test}`" for test in one.tests)
            rows.append(f"| {one.number}{' (in part)' if one.lacks else ''} | {one.words} | {tests} |")
    return "\n".join(rows)
