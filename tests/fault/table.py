"""What a run of the fault suite tried, and what came of it: one row a fault, printed at the end."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pytest

HEADINGS = ("Fault", "Tried", "Acknowledged", "Lost", "Torn", "Recovery (s)")
KEY = "fault"
"""Under this name a test's report carries its rows."""
PACKAGES = {
    "nginx": "nginx",
    "strace": "strace",
    "gdb": "gdb",
    "gcc": "gcc",
    "cc": "gcc",
    "faketime": "faketime",
    "wrk": "wrk",
    "openssl": "openssl",
    "prlimit": "util-linux",
    "unshare": "util-linux",
}
"""Programs that faults are made with, and the Debian package that brings each."""


@dataclass(frozen=True)
class Tried:
    """One kind of fault in one test.

    ``acknowledged`` counts answers that said "saved", ``lost`` those of them that were gone afterwards, ``torn``
    records found half-written, ``recovery`` the longest time in seconds until the program served again.
    """

    fault: str
    tried: int
    acknowledged: int
    lost: int
    torn: int
    recovery: float

    @property
    def held(self) -> bool:
        """Whether the fault was really tried, and nothing was lost or torn by it."""
        return self.tried > 0 and self.lost == 0 and self.torn == 0


class Faults:
    """Where a test writes down what it tried."""

    def __init__(self, properties: list[tuple[str, object]]) -> None:
        self._properties = properties

    def add(
        self, fault: str, *, tried: int, acknowledged: int, lost: int = 0, torn: int = 0, recovery: float = 0.0
    ) -> Tried:
        """Write one row of the table; the test asserts what it must, the run fails on its own where a row is bad."""
        row = Tried(fault, tried, acknowledged, lost, torn, recovery)
        self._properties.append((KEY, asdict(row)))
        return row

    def need(self, *programs: str) -> None:
        """Fail in one line that names the fix where a program is missing."""
        missing = [program for program in programs if shutil.which(program) is None]
        if missing:
            packages = " ".join(dict.fromkeys(PACKAGES.get(program, program) for program in missing))
            pytest.fail(f"Missing: {', '.join(missing)}. Install with: apt-get install {packages}", pytrace=False)


def rows(properties: Sequence[tuple[str, Any]]) -> list[Tried]:
    """The rows that a test's report carries."""
    return [Tried(**value) for name, value in properties if name == KEY]


def drawn(tried: Sequence[Tried]) -> list[str]:
    """The table in lines, with totals below."""
    total = Tried(
        "Total",
        sum(row.tried for row in tried),
        sum(row.acknowledged for row in tried),
        sum(row.lost for row in tried),
        sum(row.torn for row in tried),
        max((row.recovery for row in tried), default=0.0),
    )
    cells = [HEADINGS, *(_cells(row) for row in (*tried, total))]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in cells]
    rule = "-" * len(lines[0])
    return [lines[0], rule, *lines[1:-1], rule, lines[-1]]


def _cells(row: Tried) -> tuple[str, ...]:
    return (row.fault, *(f"{count:,}" for count in (row.tried, row.acknowledged, row.lost, row.torn)), _seconds(row))


def _seconds(row: Tried) -> str:
    return f"{row.recovery:.2f}"


def failings(tried: Sequence[Tried], skipped: Sequence[str]) -> list[str]:
    """Why a run that pytest calls green is none."""
    found = [f"{row.fault}: tried {row.tried}, lost {row.lost}, torn {row.torn}" for row in tried if not row.held]
    found += [f"{test}: was skipped; a fault that was not tried is not held" for test in skipped]
    return found if tried else [*found, "no fault was tried"]
