"""What the program promises about access, audit, integrity and reliability, each promise with the tests that hold it.

``promises.toml`` beside this file is the source; ``docs/security.md`` and ``docs/reliability.md`` show it, and
``tests/green.py`` lets a whole run fail when one of the named tests did not pass in it.
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
LONG = "tests/fault/"
"""Tests that run for half an hour, by ``make fault``: a whole run of the tests goes without them."""


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

    @property
    def document(self) -> str:
        """The document that shows it: reliability has one of its own."""
        return "reliability.md" if self.number.startswith("D-") else "security.md"


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
    """Every test of a whole run that a promise or a hazard's control rests on."""
    hazards = TEST.findall(HAZARDS.read_text(encoding="utf-8"))
    named = frozenset(hazards) | {test for one in promises() for test in one.tests}
    return frozenset(test for test in named if not test.startswith(LONG))


def gaps_table(document: str) -> str:
    """The rows of a document that are not held, or in part only, with the reason."""
    rows = ["| Row | Promise | Not held, and why |", "| --- | --- | --- |"]
    shown = [one for one in promises() if one.document == document and one.lacks]
    return "\n".join(rows + [f"| {one.number} | {one.words} | {one.lacks} |" for one in shown])


def held_table(document: str) -> str:
    """Every row of a document that has tests, with them."""
    rows = ["| Row | Promise | Held by |", "| --- | --- | --- |"]
    for one in promises():
        if one.tests and one.document == document:
            tests = "<br>".join(f"`{test}`" for test in one.tests)
            rows.append(f"| {one.number}{' (in part)' if one.lacks else ''} | {one.words} | {tests} |")
    return "\n".join(rows)
