"""The audit trail."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.queries import audit as query
from clinic.queries import emergencies
from clinic.unit_of_work import UnitOfWork
from clinic.web.costly import costly
from clinic.web.forms.audit import RecordNumberForm
from clinic.web.security import fresh_password, permission
from clinic.web.spreadsheets import download
from clinic.web.work import reading

blueprint = Blueprint("audit", __name__)
Page = str | Response | tuple[str, int]
_OUTCOMES = ("done", "refused")
_FILTERS = ("person", "patient", "action", "outcome", "since", "until", "sort")
_ID_LENGTH = 26
_PAGES_MOST = 10_000
TABLE_MOST = 50_000
"""Entries of one table at most: a spreadsheet still opens it, and it is made while somebody waits."""
HEADINGS = (
    "number",
    "UTC",
    "clinic's time",
    "person",
    "user name",
    "role",
    "record number",
    "what",
    "subject",
    "outcome",
    "reason",
    "changes",
    "address",
    "session",
    "request",
)
_YEARS = range(1900, 2200)
"""Years that a day of a filter can have: those at the calendar's ends cannot be moved into another zone."""


@blueprint.get("/audit")
@permission(Permission.AUDIT_READ)
def index() -> Page:
    """What happened, newest first."""
    return _page(_filters(), RecordNumberForm(formdata=None)), 200


@blueprint.get("/audit.csv")
@permission(Permission.AUDIT_READ)
@fresh_password
@costly
def table() -> Page:
    """The entries of a span as a table, with its digest in the answer and in the audit trail."""
    filters = _filters()
    with reading() as uow:
        rows, zone = query.entries(uow, filters, TABLE_MOST)
        response = download("audit", HEADINGS, (_cells(row, zone) for row in rows[:TABLE_MOST]))
        sha256 = hashlib.sha256(response.get_data()).hexdigest()
        about = _said(filters) | _shown(rows[:TABLE_MOST]) | {"rows": min(len(rows), TABLE_MOST), "sha256": sha256}
        uow.record(Event(Action.AUDIT_VIEWED, "audit.table", patient_id=_patient_of(uow, filters), new=about))
    if len(rows) > TABLE_MOST:
        raise Invalid({"since": f"More than {TABLE_MOST:,} entries: choose fewer days, or a person or an action."})
    response.headers["Content-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(sha256)).decode()}:"
    return response


@blueprint.post("/audit/patient")
@permission(Permission.AUDIT_READ)
def find_patient() -> Page:
    """Go to the entries of one patient by record number, which stays out of the address."""
    form = RecordNumberForm()
    if form.validate():
        with reading() as uow:
            found = query.patient_id_of(uow, form.record_number.data)
            missed = {} if found else {"term": form.record_number.data}
            uow.record(Event(Action.AUDIT_VIEWED, "audit.find_patient", patient_id=found, new=missed))
        if found:
            return redirect(url_for("accesses.show", patient_id=found))
        form.refuse(Invalid({"record_number": "No patient of this clinic has this record number."}))
    return _page(query.Filters(), form), 422


def _page(filters: query.Filters, form: RecordNumberForm) -> str:
    with reading() as uow:
        page = query.audit_page(uow, filters)
        to_review = emergencies.to_review(uow)
        patient_id = filters.patient_id if page.record_number else None
        uow.record(Event(Action.AUDIT_VIEWED, "audit", patient_id=patient_id, new=_said(filters) | _shown(page.rows)))
    kept: dict[str, Any] = {name: request.args[name] for name in _FILTERS if request.args.get(name)}
    return render_template(
        "audit/index.html",
        form=form,
        page=page,
        filters=filters,
        actions=query.actions(),
        outcomes=_OUTCOMES,
        sorts=query.SORTS,
        to_review=to_review,
        table_url=url_for("audit.table", **kept),
        older_url=_older_url(page, filters, kept),
        newest_url=url_for("audit.index", **kept) if filters.before or filters.page > 1 else None,
    )


def _older_url(page: query.AuditPage, filters: query.Filters, kept: dict[str, Any]) -> str | None:
    if page.older:
        return url_for("audit.index", **kept, before=page.older)
    return url_for("audit.index", **kept, page=filters.page + 1) if page.more else None


def _said(filters: query.Filters) -> dict[str, object]:
    """What was asked for, as the entry about looking notes it."""
    return {
        name: value
        for name, value in asdict(filters).items()
        if value and name != "patient_id" and (name, value) != ("page", 1)
    }


def _shown(rows: Sequence[query.AuditRow]) -> dict[str, object]:
    """Whose entries were shown: reading about a patient here is a look at that record too."""
    ids = dict.fromkeys(row.patient_id for row in rows if row.patient_id)
    return {"patients": " ".join(ids)} if ids else {}


def _patient_of(uow: UnitOfWork, filters: query.Filters) -> str | None:
    return filters.patient_id if filters.patient_id and query.record_number(uow, filters.patient_id) else None


def _cells(row: query.AuditRow, zone: ZoneInfo) -> list[str]:
    changes = "; ".join(f"{one.name}: {one.old or ''} → {one.new or ''}" for one in row.changes)
    at = row.at.astimezone(UTC).isoformat(timespec="milliseconds")
    local = row.at.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    who = [row.who, row.username, row.role, row.record_number or "", row.action, row.subject, row.outcome, row.reason]
    return [str(row.sequence), at, local, *who, changes, row.address, row.session_id, row.request_id]


def _filters() -> query.Filters:
    given = request.args
    sort = given.get("sort", "")
    return query.Filters(
        user_id=given.get("person", "")[:_ID_LENGTH],
        patient_id=given.get("patient", "")[:_ID_LENGTH],
        action=given.get("action", "")[:60],
        outcome=given.get("outcome", "")[:20],
        since=day_of(given.get("since", "")),
        until=day_of(given.get("until", "")),
        before=_number("before"),
        sort=sort if sort in dict(query.SORTS) else "",
        page=max(1, min(_number("page") or 1, _PAGES_MOST)),
    )


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def day_of(text: str) -> date | None:
    """A day of an address; None for anything that is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None
