"""The log book of the stock: a period, its movements in order, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from clinic.domain.days import YEARS
from clinic.domain.errors import Invalid
from clinic.domain.inventory import EntryKind
from clinic.domain.periods import Period
from clinic.domain.products import product_name

LONGEST: Final = timedelta(days=366)
"""Own limit: a year of any length. A longer book is printed year by year."""

USUAL: Final = timedelta(days=30)
"""What is shown before anybody has asked: today and the 30 days before it (own choice)."""


def usual_period(today: date) -> Period:
    """The period that is shown first."""
    return Period(today - USUAL, today)


def asked_period(first: str, last: str, today: date) -> Period:
    """The period as asked for, each day as ``2026-11-22``; blank means the usual one.

    Raises Invalid (``from``, ``to``) for what is no day, lies in the future, is the wrong way round or over a year.
    """
    usual = usual_period(today)
    problems: dict[str, str] = {}
    days = {"from": usual.first, "to": usual.last}
    for field, typed in (("to", last), ("from", first)):
        if typed.strip():
            found = _day(typed.strip())
            if found is None:
                problems[field] = "Write the day as 2026-11-22."
            else:
                days[field] = found
        elif field == "from" and last.strip():
            days["from"] = days["to"] - USUAL
    if not problems and days["to"] > today:
        problems["to"] = "This day is still to come; the book ends today at the latest."
    elif not problems and days["from"] > days["to"]:
        problems["from"] = "The first day is after the last one."
    elif not problems and days["to"] - days["from"] >= LONGEST:
        problems["to"] = "At most one year at a time. Choose a shorter period."
    if problems:
        raise Invalid(problems)
    return Period(days["from"], days["to"])


def _day(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return found if found.year in YEARS and typed == found.isoformat() else None


@dataclass(frozen=True, slots=True)
class LoggedPatient:
    """Who units went to, and on which day's visit."""

    id: str
    display_name: str
    record_number: str
    birth_date: date
    visit_id: str
    session_on: date


@dataclass(frozen=True, slots=True)
class LogLine:
    """One movement; ``units`` carries its sign, ``balance`` is what the vial held after it."""

    at: datetime
    product: str
    lot: str
    vial: str
    kind: EntryKind
    units: Decimal
    balance: Decimal
    reason: str
    by: str
    patient: LoggedPatient | None

    @property
    def product_name(self) -> str:
        """The product in words."""
        return product_name(self.product)


@dataclass(frozen=True, slots=True)
class LotBalance:
    """A lot over the period: ``before`` + ``opened`` + ``adjusted`` = ``given`` + ``wasted`` + ``left``, or ``problems``."""

    id: str
    number: str
    product_name: str
    before: Decimal
    opened: Decimal
    given: Decimal
    wasted: Decimal
    adjusted: Decimal
    left: Decimal
    problems: tuple[str, ...]


PAGE: Final = 100
"""Lines on one page of the screen."""


@dataclass(frozen=True, slots=True)
class LogBook:
    """A period's lines, all or one page of them, with the balance of each lot; ``total`` counts all lines."""

    period: Period
    zone: str
    lines: tuple[LogLine, ...]
    total: int
    page: int
    lots: tuple[LotBalance, ...]

    @property
    def first(self) -> int:
        """The number of the first line shown."""
        return (self.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        """The number of the last line shown."""
        return self.first + len(self.lines) - 1

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return pages_of(self.total)

    @property
    def patient_ids(self) -> tuple[str, ...]:
        """The patients who are shown, each once."""
        return tuple(dict.fromkeys(line.patient.id for line in self.lines if line.patient))


def pages_of(total: int) -> int:
    """How many pages so many lines take, one at least."""
    return max(1, -(-total // PAGE))


@dataclass(frozen=True, slots=True)
class Sums:
    """What movements come to: in by opening, out by giving (less what came back) and waste, corrections with their sign."""

    opened: Decimal
    given: Decimal
    wasted: Decimal
    adjusted: Decimal

    @property
    def change(self) -> Decimal:
        """By how much they change what is held."""
        return self.opened + self.adjusted - self.given - self.wasted


def sums(movements: Iterable[tuple[EntryKind, Decimal]]) -> Sums:
    """Add up movements of one product, each as its kind and its signed units."""
    found = dict.fromkeys(EntryKind, Decimal(0))
    for kind, units in movements:
        found[kind] += units
    back = found[EntryKind.GIVEN] + found[EntryKind.RETURNED]
    return Sums(found[EntryKind.OPENED], -back, -found[EntryKind.WASTED], found[EntryKind.ADJUSTED])
