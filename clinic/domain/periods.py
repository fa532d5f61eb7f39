"""A stretch of days, such as a report or a log book is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from clinic.domain.wording import day_text


@dataclass(frozen=True, slots=True)
class Period:
    """From a first to a last day in the clinic's zone, both included."""

    first: date
    last: date

    @property
    def words(self) -> str:
        """``1 Jan 2026 to 22 Nov 2026``."""
        return f"{day_text(self.first)} to {day_text(self.last)}"

    @property
    def months(self) -> tuple[date, ...]:
        """The first day of every month that the period touches."""
        start, end = self.first.year * 12 + self.first.month - 1, self.last.year * 12 + self.last.month
        return tuple(date(number // 12, number % 12 + 1, 1) for number in range(start, end))
