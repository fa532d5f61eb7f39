"""Medians and quartiles from counted values: a value and how often it occurs, however often that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Distribution:
    """Counted values in order: ``counts`` pairs each value with how often it occurs."""

    counts: tuple[tuple[Decimal, int], ...]

    @classmethod
    def of(cls, counted: Iterable[tuple[Decimal, int]]) -> Distribution:
        """From pairs in any order; the same value may come more than once."""
        found: dict[Decimal, int] = {}
        for value, count in counted:
            found[value] = found.get(value, 0) + count
        return cls(tuple(sorted((value, count) for value, count in found.items() if count > 0)))

    @property
    def n(self) -> int:
        """How many values there are."""
        return sum(count for _, count in self.counts)

    @property
    def minimum(self) -> Decimal | None:
        """The smallest value."""
        return self.counts[0][0] if self.counts else None

    @property
    def maximum(self) -> Decimal | None:
        """The largest value."""
        return self.counts[-1][0] if self.counts else None

    @property
    def lower(self) -> Decimal | None:
        """The lower quartile."""
        return self.quarter(1)

    @property
    def median(self) -> Decimal | None:
        """The middle value, or the mean of the two in the middle."""
        return self.quarter(2)

    @property
    def upper(self) -> Decimal | None:
        """The upper quartile."""
        return self.quarter(3)

    def quarter(self, number: int) -> Decimal | None:
        """The value a quarter, a half or three quarters of the way from the first to the last, between two in proportion.

        The same as ``statistics.quantiles(values, n=4, method="inclusive")``, without holding the values.
        """
        if not self.counts:
            return None
        place, part = divmod((self.n - 1) * number, QUARTERS)
        low = self._at(place)
        return low + (self._at(place + 1) - low) * part / QUARTERS if part else low

    def below(self, value: Decimal) -> int:
        """How many values are below this one."""
        return sum(count for one, count in self.counts if one < value)

    def within(self, first: Decimal, last: Decimal) -> int:
        """How many values lie between two, both included."""
        return sum(count for one, count in self.counts if first <= one <= last)

    def _at(self, place: int) -> Decimal:
        """The value at a place of the ordered values, counted from 0."""
        passed = 0
        for value, count in self.counts:
            passed += count
            if place < passed:
                return value
        return self.counts[-1][0]
