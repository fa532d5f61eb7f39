"""What waits: reviews, re-injections, therapy, referrals, plans; as pages, on paper and as a table."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, current_app, jsonify, render_template, request, url_for
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response as BaseResponse

from clinic.domain.actors import Permission
from clinic.domain.events import Action, Event
from clinic.domain.work_lists import Only, WorkList
from clinic.queries.together import UNREADABLE
from clinic.queries.waiting_lines import State
from clinic.queries.work_lists import WorkPage, WorkRow, work_counts, work_page
from clinic.services.waiting_lines import catch_up
from clinic.unit_of_work import Unavailable
from clinic.web.costly import costly
from clinic.web.forms.work_lists import Asked, asked
from clinic.web.security import current_actor, permission
from clinic.web.spreadsheets import download
from clinic.web.work import reading, work

blueprint = Blueprint("work_lists", __name__, url_prefix="/work-lists")

HEADINGS: Final = (
    "list", "family name, given names", "born", "record number", "what", "since", "due", "standing", "in words",
    "booked for", "planned by",
)  # fmt: skip
ACT: Final = {
    WorkList.REVIEWS: "patients.show",
    WorkList.INJECTIONS: "patients.show",
    WorkList.THERAPY: "plans.show",
    WorkList.REFERRALS: "referrals.index",
    WorkList.PLANS: "plans.show",
}
"""Where each list's work is done: a visit is started on the patient's page."""


@blueprint.get("")
@permission(Permission.PATIENT_READ)
def index() -> str:
    """One list, fifty lines at a time."""
    wanted = asked(request.args)
    return _rendered("work_lists/index.html", wanted, _found(wanted, "work_lists", whole=False))


@blueprint.get("/counts")
@permission(Permission.PATIENT_READ)
def counts() -> Response:
    """How many wait on each list; asked for by *Today* once it is shown, since all lists are read for it."""
    _catch_up()
    with reading() as uow:
        found = work_counts(uow)
        uow.record(Event(Action.LIST_VIEWED, "work_lists.counts"))
    return jsonify({one.list.value: {"due": one.due, "overdue": one.overdue} for one in found})


@blueprint.get("/print")
@permission(Permission.PATIENT_READ)
@costly
def paper() -> str:
    """The whole list, for paper."""
    wanted = asked(request.args)
    return _rendered("work_lists/paper.html", wanted, _found(wanted, "work_lists.print", whole=True))


@blueprint.get("/list.csv")
@permission(Permission.DOCUMENT_READ)
@costly
def table() -> BaseResponse:
    """The whole list for a spreadsheet."""
    wanted = asked(request.args)
    page = _found(wanted, "work_lists.table", whole=True)
    name = f"{page.filters.list.label.lower().replace(' ', '-')}-{page.today.isoformat()}"
    return download(name, HEADINGS, (_cells(page.filters.list, row) for row in page.rows))


def _found(wanted: Asked, subject: str, *, whole: bool) -> WorkPage:
    _catch_up()
    with reading() as uow:
        page = work_page(uow, wanted.filters, wanted.page, whole=whole)
        uow.record(Event(Action.LIST_VIEWED, subject, new={**wanted.kept, "patients": " ".join(page.patient_ids)}))
    return page


def _catch_up() -> None:
    """Bring the kept lines up to the record; where that cannot be done, the lists are read from the whole record."""
    with reading() as uow:
        if not State(uow).is_due:
            return
    try:
        with work().keeping(current_actor()) as uow:
            catch_up(uow)
    except (Unavailable, DBAPIError, *UNREADABLE):
        current_app.logger.warning("The lines of the work lists could not be caught up; the lists are read anew.")


def _rendered(template: str, wanted: Asked, page: WorkPage) -> str:
    kept = wanted.kept
    links = {
        "earlier_url": url_for(".index", **kept, page=page.page - 1) if page.page > 1 else None,
        "later_url": url_for(".index", **kept, page=page.page + 1) if page.more else None,
        "act": ACT[page.filters.list],
    }
    return render_template(template, page=page, kept=kept, problems=wanted.problems, choices=list(Only), **links)


def _cells(kind: WorkList, row: WorkRow) -> tuple[str, ...]:
    days = (row.since.isoformat(), row.due_on.isoformat(), row.standing.label)
    who = (row.patient_name, row.birth_date.isoformat(), row.record_number)
    return (kind.label, *who, row.what, *days, row.words, row.booked, row.by)
