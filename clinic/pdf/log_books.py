"""The log book on paper: every movement in order, the balances of each lot, and lines to sign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from reportlab.platypus import CondPageBreak, Flowable

from clinic.domain.log_books import LogBook, LoggedPatient, LogLine, LotBalance
from clinic.domain.quantities import format_number
from clinic.domain.visit_content import ClinicContent
from clinic.domain.wording import day_text, plural
from clinic.pdf.flowables import Columns, Para, Stack, h1, h2
from clinic.pdf.groups import WritingLine
from clinic.pdf.pages import build
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import BODY, SMALL, STRONG
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.text import Run

TITLE: Final = "Log book"
_SIGNED: Final = ("Checked by, date", "Countersigned by, date")
_ROOM: Final = 90.0
"""Height that the lines to sign, or a heading with the first lot, need in points: they are not cut in two."""


@dataclass(frozen=True, slots=True)
class _About:
    """What the pages around the book need; it is about no single patient."""

    clinic: ClinicContent
    on: date
    patient: None = None


def render(book: LogBook, clinic: ClinicContent, stamp: Stamp) -> bytes:
    """The book as PDF. The same arguments give the same bytes."""
    return build([*_story(book, clinic)], _About(clinic, book.period.last), stamp, title=TITLE)


def _story(book: LogBook, clinic: ClinicContent) -> Iterator[Flowable]:
    yield Para(clinic.name, STRONG)
    yield h1(f"{TITLE}: {book.period.words}")
    yield Para(f"{plural(book.total, 'movement')} of units in the order in which they happened. Times in {book.zone}.")
    yield h2("Movements")
    if book.lines:
        columns = [
            Column("When", 58),
            Column("What", 84),
            Column("Lot and vial", 84),
            Column("Patient", 118),
            Column("Units", 36, "right"),
            Column("Left", 36, "right"),
            Column("By", 62),
        ]
        zone = ZoneInfo(book.zone)
        yield DataTable(columns, [_line(line, zone) for line in book.lines], row_headers=True, before=4)
    else:
        yield Para("Nothing moved in this period.")
    if book.lots:
        yield CondPageBreak(_ROOM)
        yield h2("Opening and closing balance of each lot")
        yield _balances(book.lots)
    yield CondPageBreak(_ROOM)
    yield h2("Checked")
    stacks = [Stack(1, [WritingLine(34), Para(label, SMALL, after=0)]) for label in _SIGNED]
    yield Columns(stacks, gutter=28, after=4)


def _line(line: LogLine, zone: ZoneInfo) -> Row:
    at = line.at.astimezone(zone)
    what = [Run(line.kind.value, BODY), *([Run(f"\n{line.reason}", SMALL)] if line.reason else [])]
    where = (Run(f"{line.lot}, {line.vial}", BODY), Run(f"\n{line.product_name}", SMALL))
    sign = "+" if line.units > 0 else ""
    return Row(
        (
            (Run(day_text(at.date()), BODY), Run(f"\n{at:%H:%M}", SMALL)),
            tuple(what),
            where,
            _patient(line.patient),
            f"{sign}{format_number(line.units)}",
            format_number(line.balance),
            line.by,
        )
    )


def _patient(who: LoggedPatient | None) -> tuple[Run, ...]:
    if who is None:
        return (Run("–", BODY),)
    about = f"record {who.record_number}, born {day_text(who.birth_date)}"
    return Run(who.display_name, BODY), Run(f"\n{about}\nsession of {day_text(who.session_on)}", SMALL)


def _balances(lots: tuple[LotBalance, ...]) -> DataTable:
    titles = ("Before", "Opened", "Corrected", "Given", "Wasted", "Left")
    columns = [Column("Lot", 150), *(Column(title, 55, "right") for title in titles)]
    rows = []
    for lot in lots:
        units = (lot.before, lot.opened, lot.adjusted, lot.given, lot.wasted, lot.left)
        name = (Run(lot.number, STRONG), Run(f"\n{lot.product_name}", SMALL))
        rows.append(Row((name, *(format_number(one) for one in units)), "; ".join(lot.problems)))
    return DataTable(columns, rows, row_headers=True, before=4)
