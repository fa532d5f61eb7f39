"""Bounds on days that criteria in months and years come to, so that a database can compare plain dates."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from clinic.domain.patients import DatePrecision

_FIRST: Final = date(1, 1, 1)


def months_before(day: date, months: int) -> date:
    """The last day from which ``months`` whole months have passed by ``day``; the first of all days when none has."""
    count = day.year * 12 + day.month - 1 - months
    if count < 12:
        return _FIRST
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def whole_months(first: date, last: date) -> int:
    """Whole months from one day to another; negative when the second comes first."""
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def born_by(day: date, age: int) -> date:
    """The last birth date of somebody who is ``age`` on a day; 29 February comes of age on 1 March."""
    year = day.year - age
    if year < 1:
        return _FIRST
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


@dataclass(frozen=True, slots=True)
class Possible:
    """Stored dates of one precision whose possible days reach into a span: from ``first`` to ``last``, both included."""

    precision: DatePrecision
    first: date
    last: date


def possible(first: date, last: date) -> tuple[Possible, ...]:
    """For each precision, which stored dates can stand for a day from ``first`` to ``last``.

    A month or a year is held as one day of it, so any day of the same month or year is taken for it.
    """
    month_end = monthrange(last.year, last.month)[1]
    return (
        Possible(DatePrecision.DAY, first, last),
        Possible(DatePrecision.MONTH, first.replace(day=1), last.replace(day=month_end)),
        Possible(DatePrecision.YEAR, date(first.year, 1, 1), date(last.year, 12, 31)),
    )


def onset_span(today: date, at_least: int | None, at_most: int | None) -> tuple[date, date]:
    """The days of onset that lie so many whole months before ``today``; an onset in the future is none."""
    last = today if at_least is None else months_before(today, at_least)
    first = _FIRST if at_most is None else months_before(today, at_most + 1) + timedelta(days=1)
    return first, last
