"""Reports of a clinic over a period: which there are, the period, and tables of numbers with what each of them means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from clinic.domain.clinic_report_numbers import Distribution
from clinic.domain.days import YEARS, DayError, parse_day
from clinic.domain.errors import Invalid
from clinic.domain.periods import Period
from clinic.domain.quantities import NBSP, format_number
from clinic.domain.wording import day_text

FEW: Final = 5
"""Fewer than this are called few: a rate of so little says nothing. This program's own convention."""


class Report(StrEnum):
    """The reports, in the order of their tabs."""

    SESSIONS = "sessions"
    DOSES = "doses"
    INTERVALS = "intervals"
    RESPONSE = "response"
    EVENTS = "adverse-events"
    REASONS = "reasons"
    RECORD = "record-keeping"

    @property
    def label(self) -> str:
        """The tab."""
        return _ABOUT[self][0]

    @property
    def about(self) -> str:
        """What it tells, in a sentence."""
        return _ABOUT[self][1]


_ABOUT: Final = {
    Report.SESSIONS: ("Sessions", "How many sessions were given, to how many patients, and by whom."),
    Report.DOSES: ("Doses", "How much each muscle got, product by product: units of two products are never mixed."),
    Report.INTERVALS: ("Intervals", "How long patients waited from one session to the next."),
    Report.RESPONSE: (
        "Response",
        "What the reviews say: how much better, and for how long. A count, not proof of cause.",
    ),
    Report.EVENTS: ("Adverse events", "What was recorded after sessions, set against the number of sites given."),
    Report.REASONS: ("Checks passed", "Which safety checks were passed with a typed reason, and how often."),
    Report.RECORD: ("Record keeping", "Drafts that wait for a signature, doses copied as they were, and corrections."),
}


class Preset(StrEnum):
    """Periods that are one click away."""

    TWELVE_MONTHS = "12-months"
    THIS_YEAR = "this-year"
    LAST_YEAR = "last-year"

    @property
    def label(self) -> str:
        """The choice in words."""
        return {"12-months": "Last 12 months", "this-year": "This year", "last-year": "Last year"}[self.value]

    def period(self, today: date) -> Period:
        """The days it means on a day."""
        if self is Preset.THIS_YEAR:
            return Period(date(today.year, 1, 1), today)
        if self is Preset.LAST_YEAR:
            return Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
        return Period(_year_before(today) + timedelta(days=1), today)


def _year_before(day: date) -> date:
    return date(day.year - 1, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)


def read_period(first: str, last: str, today: date) -> Period:
    """The period that was typed. Raises Invalid beside ``from`` or ``to``."""
    found: dict[str, date] = {}
    wrong: dict[str, str] = {}
    for name, text in (("from", first), ("to", last)):
        try:
            found[name] = parse_day(text, today)
        except DayError as error:
            wrong[name] = str(error)
        else:
            if found[name].year not in YEARS:
                wrong[name] = f"Write a year from {YEARS.start} to {YEARS.stop - 1}."
    if not wrong and found["to"] < found["from"]:
        wrong["to"] = "The last day comes before the first. Change one of them."
    if wrong:
        raise Invalid(wrong)
    return Period(found["from"], found["to"])


Cell = str | int | Decimal | None
"""What stands in a table: words, a number, or nothing because nothing is known."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where the rows behind a table can be seen: a route's name and what goes into its address."""

    words: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Boxes:
    """Distributions to be drawn below each other on one axis of ``unit``; ``mark`` is a line with its words.

    Medians are written with at most ``places`` decimals, as in the table.
    """

    title: str
    unit: str
    rows: tuple[tuple[str, Distribution], ...]
    mark: tuple[Decimal, str] | None = None
    places: int = 2


@dataclass(frozen=True, slots=True)
class Bars:
    """Counts to be drawn as bars below each other."""

    title: str
    rows: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ReportTable:
    """One table: ``about`` defines its numbers, ``of`` names their denominator."""

    key: str
    title: str
    about: str
    of: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    figure: Boxes | Bars | None = None
    link: Link | None = None
    empty: str = "Nothing in this period."

    @property
    def numeric(self) -> tuple[bool, ...]:
        """For each column, whether it holds numbers: they stand on the right."""
        return tuple(any(not isinstance(row[n], str) for row in self.rows) for n in range(len(self.headings)))

    @property
    def heads(self) -> tuple[tuple[str, bool], ...]:
        """The headings, and whether their column holds numbers."""
        return tuple(zip(self.headings, self.numeric, strict=True))

    @property
    def shown(self) -> tuple[tuple[tuple[str, bool], ...], ...]:
        """The rows as a page shows them: each cell's text, and whether its column holds numbers."""
        return tuple(
            tuple((shown(cell), kind) for cell, kind in zip(row, self.numeric, strict=True)) for row in self.rows
        )

    @property
    def plain(self) -> tuple[tuple[str, ...], ...]:
        """The rows for a spreadsheet: numbers without signs that group them, nothing where nothing is known."""
        return tuple(tuple("" if cell is None else _plain(cell) for cell in row) for row in self.rows)


def _plain(cell: str | int | Decimal) -> str:
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def shown(cell: Cell) -> str:
    """A cell as people read it; an em dash where nothing is known."""
    if cell is None:
        return "—"
    return cell if isinstance(cell, str) else format_number(cell)


@dataclass(frozen=True, slots=True)
class ReportContent:
    """A report over a period: what it counts in a sentence or two, and its tables."""

    report: Report
    period: Period
    notes: tuple[str, ...]
    tables: tuple[ReportTable, ...]


def share(count: int, of: int) -> Decimal | None:
    """Percent to one place, half up; nothing of nothing is not known."""
    return _rounded(Decimal(count * 100) / of) if of else None


def per_thousand(count: int, of: int) -> Decimal | None:
    """How many of a thousand, to one place; nothing of nothing is not known."""
    return _rounded(Decimal(count * 1000) / of) if of else None


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP).normalize() + 0


def rate(count: int, of: int) -> Cell:
    """A rate per 1,000; of fewer than five it is only said that they are few."""
    return per_thousand(count, of) if count >= FEW or not count else f"few (fewer than{NBSP}{FEW})"


def month_words(day: date) -> str:
    """``Nov 2026``."""
    return day_text(day).partition(" ")[2]
