"""Medians and tails of what is done again and again."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

Figures = dict[str, float]
"""What was measured, by name."""
RUNS: Final = 40
WARM_UP: Final = 5


def _nothing() -> None:
    """Put nothing back."""


@dataclass(frozen=True)
class Times:
    """Milliseconds of each run."""

    ms: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.ms)

    def share(self, part: float) -> float:
        """The one that so large a part of all do not exceed."""
        return share(self.ms, part)

    def named(self, name: str) -> Figures:
        """Its figures under a name."""
        return {f"{name}.ms": self.median, f"{name}.p95": self.share(0.95)}


def share(values: Sequence[float], part: float) -> float:
    """The value that so large a part of all do not exceed; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


def timed(
    run: Callable[[], object],
    before: Callable[[], object] = _nothing,
    after: Callable[[], object] = _nothing,
    *,
    runs: int = RUNS,
) -> Times:
    """Time one thing again and again, after a warm-up; ``before`` and ``after`` do not count."""
    times = []
    for number in range(WARM_UP + runs):
        before()
        started = time.perf_counter()
        run()
        took = (time.perf_counter() - started) * 1000
        after()
        if number >= WARM_UP:
            times.append(took)
    return Times(tuple(times))
