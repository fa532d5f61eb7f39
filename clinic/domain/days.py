"""Days as people write them: exact, as exactly as known, or ambiguous. Nothing is guessed without saying so."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from clinic.domain.patients import DatePrecision
from clinic.domain.wording import day_text

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_DOTTED = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\. ?([0-9]{4}|[0-9]{2})")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})")
_DASHED = re.compile(r"([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})")
_DAY_NAMED = re.compile(r"([0-9]{1,2})\.?[ -]?([A-Za-z]{3,9})\.?,?[ -]?([0-9]{4})")
_NAMED_DAY = re.compile(r"([A-Za-z]{3,9})\.? ?([0-9]{1,2}),? ([0-9]{4})")
_MONTH = re.compile(r"([A-Za-z]{3,9})\.? ?([0-9]{4})|([0-9]{4})-([0-9]{1,2})|([0-9]{1,2})[/.]([0-9]{4})")
_YEAR = re.compile(r"[0-9]{4}")
_WHOLE = "|".join(f"(?:{each.pattern})" for each in (_YEAR_FIRST, _DOTTED, _SLASHED, _DASHED, _DAY_NAMED, _NAMED_DAY))
WRITTEN = re.compile(rf"(?<![\w.])(?:{_WHOLE})(?!\w)")
"""Anything that could be a whole date inside a longer text."""
YEARS = range(1900, 2200)
"""Years that somebody means; any other is a slip of the keyboard, and what is counted from it leaves the calendar."""
_AS_KNOWN = "Write it as exactly as it is known: 14 Mar 2024, Mar 2024 or 2024."
EXAMPLES = "for example 3 Feb 1978, 1978-02-03 or 3.2.1978"


class DayError(ValueError):
    """A text that is no day, or more than one; the message says what is accepted."""


def possible_days(text: str, today: date) -> tuple[date, ...]:
    """Every day that a text can mean, in order: two for 11/12/1979; a year of two digits is never in the future."""
    text = " ".join(text.split())
    return tuple(sorted(set(_readings(text, today))))


def parse_day(text: str, today: date) -> date:
    """Read one whole day. Raises DayError when it is none, or when it can be read in two ways."""
    found = possible_days(text, today)
    if not found:
        raise DayError(f"Write a whole date, {EXAMPLES}.")
    if len(found) > 1:
        raise DayError(f"This can be {' or '.join(day_text(day) for day in found)}. Write the month as a word.")
    return found[0]


def parse_known(text: str, today: date) -> tuple[date | None, DatePrecision]:
    """Read a date as exactly as it is known: a day, ``Mar 2024``, ``2024``, or nothing. Raises DayError.

    A month or a year is held as its first day.
    """
    text = " ".join(text.split())
    if not text or text.casefold() in {"not known", "unknown"}:
        return None, DatePrecision.UNKNOWN
    try:
        if _YEAR.fullmatch(text):
            return date(int(text), 1, 1), DatePrecision.YEAR
        if found := _MONTH.fullmatch(text):
            name, named_year, iso_year, iso_month, number, year = found.groups()
            month = _month(name) if name else int(iso_month or number)
            return date(int(named_year or iso_year or year), month, 1), DatePrecision.MONTH
    except ValueError:
        raise DayError(_AS_KNOWN) from None
    if not possible_days(text, today):
        raise DayError(_AS_KNOWN)
    return parse_day(text, today), DatePrecision.DAY


def last_possible(day: date, precision: DatePrecision) -> date:
    """The last day that a date of this precision can stand for."""
    if precision is DatePrecision.YEAR:
        return date(day.year, 12, 31)
    return date(day.year, day.month, monthrange(day.year, day.month)[1]) if precision is DatePrecision.MONTH else day


def _readings(text: str, today: date) -> Iterator[date]:
    if found := _YEAR_FIRST.fullmatch(text):
        yield from _days(found[3], found[2], found[1], today)
    elif found := _DOTTED.fullmatch(text):
        yield from _days(found[1], found[2], found[3], today)
    elif found := _SLASHED.fullmatch(text) or _DASHED.fullmatch(text):
        yield from _days(found[1], found[2], found[3], today)
        yield from _days(found[2], found[1], found[3], today)
    elif found := _DAY_NAMED.fullmatch(text):
        yield from _named(found[1], found[2], found[3], today)
    elif found := _NAMED_DAY.fullmatch(text):
        yield from _named(found[2], found[1], found[3], today)


def _named(day: str, name: str, year: str, today: date) -> Iterator[date]:
    try:
        yield from _days(day, str(_month(name)), year, today)
    except ValueError:
        return


def _days(day: str, month: str, year: str, today: date) -> Iterator[date]:
    years = [int(year)] if len(year) == 4 else [1900 + int(year), 2000 + int(year)]
    for number in years:
        try:
            found = date(number, int(month), int(day))
        except ValueError:
            continue
        # Two digits mean a century only within a lifetime; four digits are taken as they stand.
        if len(year) == 4 or (found <= today and number > today.year - 120):
            yield found


def _month(name: str) -> int:
    matches = [i for i, month in enumerate(_MONTHS, 1) if month.startswith(name.casefold()) and len(name) >= 3]
    if name.casefold() == "sept":
        return 9
    if not matches:
        raise ValueError(name)
    return matches[0]
