"""What the clinic did and what came of it, in numbers: reports over a period, as pages and as tables for a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, g, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from clinic.domain.actors import ROLES, Permission
from clinic.domain.clinic_reports import Boxes, Link, Preset, Report, ReportContent, ReportTable
from clinic.domain.drawing_reports import bar_figure, box_figure
from clinic.domain.drawing_trends import NARROW, WIDE
from clinic.domain.errors import NotFound
from clinic.domain.events import Action, Event
from clinic.domain.periods import Period
from clinic.queries.clinic_reports import clinic_report
from clinic.web.costly import costly
from clinic.web.forms.clinic_reports import Asked, asked
from clinic.web.security import current_actor, declared_permission, permission
from clinic.web.spreadsheets import download
from clinic.web.svg import svg
from clinic.web.work import reading, work

blueprint = Blueprint("clinic_reports", __name__, url_prefix="/reports")
Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """A table with its figure, drawn for a wide screen and for a phone, and where its rows can be seen."""

    table: ReportTable
    wide: Markup | None
    narrow: Markup | None
    rows_url: str


@blueprint.get("")
@permission(Permission.REPORT_READ)
def index() -> Page:
    """The first report."""
    return _page(Report.SESSIONS)


@blueprint.get("/<report>")
@permission(Permission.REPORT_READ)
@costly
def show(report: str) -> Page:
    """One report over a period."""
    return _page(_report(report))


@blueprint.get("/<report>/<table>.csv")
@permission(Permission.REPORT_READ)
@costly
def table(report: str, table: str) -> Response:
    """One table of a report for a spreadsheet."""
    wanted = _asked()
    if wanted.period is None:
        raise NotFound
    content = _content(_report(report), wanted.period)
    found = next((one for one in content.tables if one.key == table), None)
    if found is None:
        raise NotFound
    name = f"{content.report}-{found.key}-{wanted.period.first.isoformat()}-{wanted.period.last.isoformat()}"
    return download(name, found.headings, found.plain)


def _report(name: str) -> Report:
    if name not in {one.value for one in Report}:
        raise NotFound
    return Report(name)


def _asked() -> Asked:
    return asked(request.args, work().clock().astimezone(ZoneInfo(g.time_zone)).date())


def _content(report: Report, period: Period) -> ReportContent:
    with reading() as uow:
        content = clinic_report(uow, report, period, g.time_zone)
        days = {"from": period.first.isoformat(), "to": period.last.isoformat()}
        uow.record(Event(Action.REPORT_VIEWED, f"reports.{report}", new=days))
    return content


def _page(report: Report) -> Page:
    wanted = _asked()
    content = _content(report, wanted.period) if wanted.period else None
    shown = tuple(_shown(one, content.period) for one in content.tables) if content else ()
    page = render_template(
        "clinic_reports/index.html",
        report=report,
        reports=list(Report),
        presets=list(Preset),
        asked=wanted,
        content=content,
        shown=shown,
    )
    return page, 200 if content else 422


def _shown(one: ReportTable, period: Period) -> Shown:
    wide, narrow = (_drawn(one, width) for width in (WIDE, NARROW))
    return Shown(one, wide, narrow, _rows_url(one.link, period))


def _drawn(one: ReportTable, width: float) -> Markup | None:
    if one.figure is None or not one.rows:
        return None
    title = f"{one.figure.title}; the numbers stand in the table"
    if isinstance(one.figure, Boxes):
        return svg(box_figure(one.figure, width), title=title) if one.figure.rows else None
    return svg(bar_figure(one.figure, width), title=title)


def _rows_url(link: Link | None, period: Period) -> str:
    """Where the rows behind a table can be seen, where the role may see them."""
    if link is None:
        return ""
    needed = declared_permission(current_app, link.endpoint)
    if needed is None or current_actor().role not in ROLES[needed]:
        return ""
    if link.endpoint != "cohorts.index":
        return url_for(link.endpoint)
    return url_for(link.endpoint, treated_from=period.first.isoformat(), treated_until=period.last.isoformat())
