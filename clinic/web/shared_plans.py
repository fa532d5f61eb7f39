"""The plan as it is turned to the patient, and the patient's dates for a calendar."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from clinic.domain.actors import Permission
from clinic.domain.calendars import calendar_text
from clinic.domain.events import Action, Event
from clinic.domain.patient_dates import calendar_dates
from clinic.queries.shared_plans import dates_of, shared_plan
from clinic.web.security import permission
from clinic.web.work import reading

blueprint = Blueprint("shared_plans", __name__, url_prefix="/patients/<patient_id>")


@blueprint.get("/plan/shared")
@permission(Permission.PATIENT_READ)
def show(patient_id: str) -> str:
    """The plan in the patient's words, on a page that leads nowhere but back."""
    with reading() as uow:
        plan = shared_plan(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.shared_plan", patient_id))
    return render_template("shared_plans/show.html", plan=plan, person=plan.person)


@blueprint.get("/dates.ics")
@permission(Permission.DOCUMENT_READ)
def dates(patient_id: str) -> Response:
    """The patient's dates; nothing in the file or its name says who or what it is about."""
    with reading() as uow:
        person, found = dates_of(uow, patient_id)
        uow.record(Event(Action.DOCUMENT_READ, "patient.calendar", patient_id))
        stamped = uow.now
    contact = f"Questions: {person.phone}" if person.phone else ""
    response = Response(calendar_text(calendar_dates(found, contact), stamped), mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="clinic-dates.ics"'
    return response
