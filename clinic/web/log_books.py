"""The log book of the stock over a period: as a page, as a table and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.inventory import EntryKind
from clinic.domain.log_books import LogBook, LogLine, asked_period, usual_period
from clinic.domain.periods import Period
from clinic.domain.quantities import format_number
from clinic.queries import log_books as query
from clinic.web import prints
from clinic.web.costly import costly
from clinic.web.documents import sent
from clinic.web.security import permission
from clinic.web.spreadsheets import download
from clinic.web.work import reading

blueprint = Blueprint("log_books", __name__, url_prefix="/stock")
Page = str | Response | tuple[str, int]
PRINTED_MOST = 3000
"""Lines on paper at most: laying out more takes longer than somebody waits for an answer."""
HEADINGS = (
    "day",
    "time",
    "product",
    "lot",
    "vial",
    "what",
    "units in",
    "units out",
    "left in the vial",
    "patient",
    "record number",
    "born",
    "session",
    "reason",
    "by",
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address asks for: a period, or why it cannot be."""

    period: Period
    typed: dict[str, str]
    errors: dict[str, str]
    today: str


@blueprint.get("/log-book")
@permission(Permission.STOCK_READ)
def index() -> Page:
    """Every movement of a period in order, 100 on a page."""
    asked = _asked()
    return _refused(asked) if asked.errors else _page(asked, _book(asked.period, page=_page_number()))


@blueprint.get("/log-book.csv")
@permission(Permission.STOCK_READ)
@costly
def table() -> Page:
    """The same for a spreadsheet, all lines, then the books of each lot."""
    asked = _asked()
    if asked.errors:
        return _refused(asked)
    period, book = asked.period, _book(asked.period, page=None)
    return download(f"log-book-{period.first}-{period.last}", HEADINGS, _rows(book))


@blueprint.get("/log-book.pdf")
@permission(Permission.STOCK_READ)
@costly
def printed() -> Page:
    """The same on paper, with opening and closing balances and lines to sign."""
    from clinic.pdf import log_books  # ReportLab loads with the first print, not with the program.

    asked = _asked()
    if asked.errors:
        return _refused(asked)
    book = _book(asked.period, page=None)
    if book.total > PRINTED_MOST:
        words = f"{format_number(book.total)} lines: at most {format_number(PRINTED_MOST)} are printed at once."
        return _refused(_Asked(asked.period, asked.typed, {"to": f"{words} Choose a shorter period."}, asked.today))
    with reading() as uow:
        settings = prints.settings_of(uow)
    stamp = prints.stamp(settings, "LOG BOOK", "reading")
    return sent(log_books.render(book, settings.clinic, stamp), "log-book")


def _asked() -> _Asked:
    typed = {"from": request.args.get("from", ""), "to": request.args.get("to", "")}
    with reading() as uow:
        today, _ = query.clinic_day(uow)
    try:
        period = asked_period(typed["from"], typed["to"], today)
    except Invalid as error:
        return _Asked(usual_period(today), typed, dict(error.fields), today.isoformat())
    return _Asked(period, {"from": period.first.isoformat(), "to": period.last.isoformat()}, {}, today.isoformat())


def _book(period: Period, *, page: int | None) -> LogBook:
    with reading() as uow:
        book = query.log_book(uow, period, page=page)
        shown = {"patients": " ".join(sorted(book.patient_ids))} if book.patient_ids else {}
        uow.record(Event(Action.STOCK_VIEWED, f"stock.log-book:{period.first}/{period.last}", new=shown))
    return book


def _refused(asked: _Asked) -> Page:
    return render_template("log_books/index.html", book=None, asked=asked, pager=None), 422


def _page(asked: _Asked, book: LogBook) -> str:
    def url(page: int) -> str | None:
        values: dict[str, Any] = {**asked.typed, "page": page}
        return url_for(".index", **values) if 1 <= page <= book.pages else None

    pager = {
        "first": format_number(book.first),
        "last": format_number(book.last),
        "total": book.total,
        "noun": "movements",
        "previous_url": url(book.page - 1),
        "next_url": url(book.page + 1),
    }
    return render_template("log_books/index.html", book=book, asked=asked, pager=pager)


def _page_number() -> int:
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _rows(book: LogBook) -> Iterator[list[str]]:
    zone = ZoneInfo(book.zone)
    yield from (_row(line, zone) for line in book.lines)
    for lot in book.lots:
        about, blank = (lot.product_name, lot.number, ""), [""] * 6
        yield [book.period.first.isoformat(), "", *about, "before the period", "", "", _plain(lot.before), *blank]
        movements = ((EntryKind.OPENED, lot.opened), (EntryKind.GIVEN, -lot.given), (EntryKind.WASTED, -lot.wasted))
        for kind, units in (*movements, (EntryKind.ADJUSTED, lot.adjusted)):
            yield ["", "", *about, f"all {kind.value}", *_in_and_out(units), "", *blank]
        yield [book.period.last.isoformat(), "", *about, "left", "", "", _plain(lot.left), *blank]


def _row(line: LogLine, zone: ZoneInfo) -> list[str]:
    at, who = line.at.astimezone(zone), line.patient
    patient = ["", "", "", ""]
    if who:
        patient = [who.display_name, who.record_number, who.birth_date.isoformat(), who.session_on.isoformat()]
    about = [at.date().isoformat(), f"{at:%H:%M}", line.product_name, line.lot, line.vial, line.kind.value]
    return [*about, *_in_and_out(line.units), _plain(line.balance), *patient, line.reason, line.by]


def _in_and_out(units: Decimal) -> tuple[str, str]:
    """Two columns without signs: a spreadsheet could take a cell that begins with a minus for a formula."""
    return (_plain(units), "") if units > 0 else ("", _plain(-units))


def _plain(units: Decimal) -> str:
    return format_number(units).replace(",", "").replace("\u2212", "-")
