"""The stock's books of a day, as a page and as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import date

from flask import Blueprint, Response, render_template, request

from clinic.domain.actors import Permission
from clinic.domain.events import Action, Event
from clinic.domain.quantities import format_number
from clinic.queries import reconciliation as query
from clinic.web.costly import costly
from clinic.web.security import permission
from clinic.web.spreadsheets import cell
from clinic.web.work import reading

blueprint = Blueprint("reconciliation", __name__)
HEADINGS = ("day", "product", "lot", "vial", "before", "opened", "given", "wasted", "corrected", "left", "remarks")


@blueprint.get("/stock/day")
@permission(Permission.STOCK_READ)
def day() -> str:
    """A day's books; ``on`` names the day."""
    return render_template("inventory/day.html", day=_asked())


@blueprint.get("/stock/day.csv")
@permission(Permission.STOCK_READ)
@costly
def table() -> Response:
    """The same, one vial a row."""
    found = _asked()
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    for lot in found.lots:
        writer.writerows(_row(found.on, lot, vial) for vial in lot.vials)
    response = Response(out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="stock-{found.on.isoformat()}.csv"'
    return response


def _row(on: date, lot: query.LotDay, vial: query.VialDay) -> list[str]:
    books = vial.books
    units = (books.before, books.opened, books.given, books.wasted, books.adjusted, books.left)
    numbers = [format_number(one).replace(",", "") for one in units]
    remarks = "; ".join(filter(None, (*vial.problems, vial.drafts))).replace("\u00a0", " ")
    return [on.isoformat(), cell(lot.product_name), cell(lot.number), vial.label, *numbers, remarks]


def _asked() -> query.StockDay:
    with reading() as uow:
        found = query.stock_day(uow, _day(request.args.get("on", "")))
        uow.record(Event(Action.STOCK_VIEWED, f"stock:{found.on.isoformat()}"))
    return found


def _day(typed: str) -> date | None:
    try:
        return max(date.fromisoformat(typed), date(2000, 1, 1))
    except ValueError:
        return None
