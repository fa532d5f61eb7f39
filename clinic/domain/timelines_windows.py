"""The days that a timeline shows: the whole, presets, nearer and wider, earlier and later; and the dates on its axis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from clinic.domain.errors import Invalid
from clinic.domain.timelines import Item, Window

LEAST: Final = 14
"""Days of the nearest view: below two weeks there is nothing more to see."""
FIRST: Final = date(1900, 1, 1)
LAST: Final = date(2199, 12, 31)
"""The ends of what can be shown; any other year is a slip of the keyboard (clinic.domain.days.YEARS)."""
_AROUND: Final = 28
"""Days on either side in a view of eight weeks."""
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LABELS: Final = 14
"""Dates that have room under a wide axis."""


class Preset(StrEnum):
    """Lengths of time that are one click away."""

    FIVE_YEARS = "5 years"
    YEAR = "1 year"
    HALF_YEAR = "6 months"
    EIGHT_WEEKS = "8 weeks"

    @property
    def days(self) -> int:
        """How long."""
        return {"5 years": 1826, "1 year": 365, "6 months": 182, "8 weeks": 2 * _AROUND}[self.value]


def whole(items: Iterable[Item], today: date) -> Window:
    """From the first to the last day of everything, today among them, with a margin at both ends."""
    days = [today]
    for one in items:
        if one.on is not None:
            days += [one.on, one.until or one.on]
    first, last = min(days), max(days)
    margin = max(7, (last - first).days // 30)
    return _kept(first.toordinal() - margin, last.toordinal() + margin)


def asked(start: date | None, end: date | None, around: date | None, everything: Window) -> Window:
    """The window that was asked for; an end that was left open is that of the whole. Raises Invalid."""
    if around is not None:
        return _kept(around.toordinal() - _AROUND, around.toordinal() + _AROUND - 1)
    first, last = start or min(everything.start, end or LAST), end or max(everything.end, start or FIRST)
    if first > last:
        raise Invalid({"to": "This day is before the first one. Nothing was changed; everything is shown."})
    return _kept(first.toordinal(), last.toordinal())


def preset(length: Preset, shown: Window, today: date) -> Window:
    """A length of time: with today in it, up to a sixth of it is ahead; else around the middle of what is shown."""
    if length is Preset.EIGHT_WEEKS or not shown.holds(today):
        middle = today if shown.holds(today) else _middle(shown)
        first = middle.toordinal() - length.days // 2
    else:
        first = today.toordinal() - length.days * 5 // 6
    return _kept(first, first + length.days - 1)


def nearer(shown: Window) -> Window | None:
    """Half as long around the same middle; None when it is as near as it gets."""
    return _scaled(shown, max(LEAST, shown.days // 2)) if shown.days > LEAST else None


def wider(shown: Window, everything: Window) -> Window | None:
    """Twice as long around the same middle; None once everything is in it."""
    if shown.start <= everything.start and shown.end >= everything.end:
        return None
    return _scaled(shown, shown.days * 2)


def earlier(shown: Window, everything: Window) -> Window | None:
    """Half a window back; None where nothing is before."""
    return _moved(shown, -max(1, shown.days // 2)) if shown.start > everything.start else None


def later(shown: Window, everything: Window) -> Window | None:
    """Half a window on; None where nothing is after."""
    return _moved(shown, max(1, shown.days // 2)) if shown.end < everything.end else None


def around(items: Iterable[Item]) -> Window:
    """The days of several things with a margin, so that each of them can be told apart."""
    days = [day for one in items for day in (one.on, one.until) if day is not None]
    length = (max(days) - min(days)).days
    margin = max(4, length // 12)
    return _kept(min(days).toordinal() - margin, max(days).toordinal() + margin)


@dataclass(frozen=True, slots=True)
class Tick:
    """A date on the axis; ``year`` stands under the first one of each year where the label does not say it."""

    on: date
    label: str
    year: str = ""


def ticks(window: Window, most: int = _LABELS) -> tuple[Tick, ...]:
    """Weeks, months, quarters or years: the finest of which there are at most ``most``."""
    for weeks in (1, 2):
        days = tuple(_weeks(window, weeks))
        if len(days) <= most:
            return _labelled(days, week=True)
    for months in (1, 3, 6):
        days = tuple(_months(window, months))
        if len(days) <= most:
            return _labelled(days, week=False)
    for years in (1, 2, 5, 10, 20, 50):
        days = tuple(day for day in _months(window, 12) if day.year % years == 0)
        if len(days) <= most:
            break
    return tuple(Tick(day, str(day.year)) for day in days)


def _weeks(window: Window, step: int) -> Iterator[date]:
    """Mondays; of every second one always the same, so that dates stand still while one moves along the axis."""
    first = window.start.toordinal() + (1 - window.start.toordinal()) % 7
    for ordinal in range(first, window.end.toordinal() + 1, 7):
        if ordinal // 7 % step == 0:
            yield date.fromordinal(ordinal)


def _months(window: Window, step: int) -> Iterator[date]:
    start = window.start.year * 12 + window.start.month - 1 + (window.start.day > 1)
    for month in range(start + -start % step, window.end.year * 12 + window.end.month, step):
        yield date(month // 12, month % 12 + 1, 1)


def _labelled(days: tuple[date, ...], *, week: bool) -> tuple[Tick, ...]:
    found = []
    said = 0
    for day in days:
        label = f"{day.day} {_MONTHS[day.month - 1]}" if week else _MONTHS[day.month - 1]
        found.append(Tick(day, label, str(day.year) if day.year != said else ""))
        said = day.year
    return tuple(found)


def _middle(shown: Window) -> date:
    return shown.start + timedelta(days=shown.days // 2)


def _scaled(shown: Window, days: int) -> Window:
    first = _middle(shown).toordinal() - days // 2
    return _kept(first, first + days - 1)


def _moved(shown: Window, days: int) -> Window:
    return _kept(shown.start.toordinal() + days, shown.end.toordinal() + days)


def _kept(first: int, last: int) -> Window:
    """Within the calendar and at least ``LEAST`` days long."""
    short = LEAST - (last - first + 1)
    if short > 0:
        first, last = first - short // 2, last + short - short // 2
    length = last - first
    first = min(max(first, FIRST.toordinal()), LAST.toordinal() - min(length, LEAST - 1))
    last = max(min(last, LAST.toordinal()), FIRST.toordinal() + LEAST - 1)
    return Window(date.fromordinal(first), date.fromordinal(last))
