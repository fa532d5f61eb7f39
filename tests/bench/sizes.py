"""How large the measured clinics are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Size:
    """So many times a year of a busy clinic: treated patients with ten sessions of 25 sites each, and those on record."""

    key: str
    times: int
    treated: int
    register: int

    @property
    def short(self) -> str:
        """How it is called in a table."""
        return f"{self.times}×"


ONE: Final = Size("x1", 1, 1_000, 19_000)
TEN: Final = Size("x10", 10, 10_000, 190_000)
HUNDRED: Final = Size("x100", 100, 100_000, 900_000)
SIZES: Final = (ONE, TEN, HUNDRED)
