"""The audit trail."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.queries import audit as query
from clinic.web.forms.audit import RecordNumberForm
from clinic.web.security import permission
from clinic.web.work import reading

blueprint = Blueprint("audit", __name__)
Page = str | Response | tuple[str, int]
_OUTCOMES = ("done", "refused")
_FILTERS = ("person", "patient", "action", "outcome", "since", "until")
_ID_LENGTH = 26
_YEARS = range(1900, 2200)
"""Years that a day of a filter can have: those at the calendar's ends cannot be moved into another zone."""


@blueprint.get("/audit")
@permission(Permission.AUDIT_READ)
def index() -> Page:
    """What happened, newest first."""
    return _page(_filters(), RecordNumberForm(formdata=None)), 200


@blueprint.post("/audit/patient")
@permission(Permission.AUDIT_READ)
def find_patient() -> Page:
    """Go to the entries of one patient by record number, which stays out of the address."""
    form = RecordNumberForm()
    if form.validate():
        with reading() as uow:
            found = query.patient_id_of(uow, form.record_number.data)
            uow.record(Event(Action.AUDIT_VIEWED, "audit.find_patient", patient_id=found))
        if found:
            return redirect(url_for("audit.index", patient=found))
        form.refuse(Invalid({"record_number": "No patient of this clinic has this record number."}))
    return _page(query.Filters(), form), 422


def _page(filters: query.Filters, form: RecordNumberForm) -> str:
    with reading() as uow:
        page = query.audit_page(uow, filters)
        accesses = query.patient_accesses(uow, filters.patient_id) if filters.patient_id else ()
        asked = {name: value for name, value in asdict(filters).items() if value and name != "patient_id"}
        patient_id = filters.patient_id if page.record_number else None
        uow.record(Event(Action.AUDIT_VIEWED, "audit", patient_id=patient_id, new=asked))
    kept: dict[str, Any] = {name: request.args[name] for name in _FILTERS if request.args.get(name)}
    return render_template(
        "audit/index.html",
        form=form,
        page=page,
        accesses=accesses,
        filters=filters,
        actions=query.actions(),
        outcomes=_OUTCOMES,
        older_url=url_for("audit.index", **kept, before=page.older) if page.older else None,
        newest_url=url_for("audit.index", **kept) if filters.before else None,
    )


def _filters() -> query.Filters:
    given = request.args
    before = given.get("before", "")
    return query.Filters(
        user_id=given.get("person", "")[:_ID_LENGTH],
        patient_id=given.get("patient", "")[:_ID_LENGTH],
        action=given.get("action", "")[:60],
        outcome=given.get("outcome", "")[:20],
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 12 else None,
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None
