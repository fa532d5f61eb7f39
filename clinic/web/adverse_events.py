"""Adverse events: the answer after the last site, given on the review page; and a patient's events on their own pages."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, Stale
from clinic.domain.events import Action, Event
from clinic.queries import patients
from clinic.queries.adverse_events import EventRow
from clinic.queries.given_sessions import GivenSession
from clinic.queries.patient_events import PatientEvents, events_around, panel, panels, patient_events
from clinic.queries.patients import PatientStrip
from clinic.services import adverse_events
from clinic.web.errors import STATUS
from clinic.web.forms.adverse_events import AdverseEventForm, EventForm, SettleForm, event_form
from clinic.web.forms.visits import SignForm
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import permission
from clinic.web.visits import review_page
from clinic.web.work import once, reading

blueprint = Blueprint("adverse_events", __name__)
Page = str | Response | tuple[str, int]
NO_SESSION = "none"


@blueprint.post("/visits/<visit_id>/adverse-event")
@permission(Permission.INJECTION_SIGN)
def answer(visit_id: str) -> Page:
    """Record whether there was an adverse event during the session."""
    form = AdverseEventForm()
    happened, what = form.happened.data == "yes", form.what.data or ""
    try:
        if not form.validate():
            raise Invalid({})
        once(
            lambda uow: adverse_events.answer_adverse_event(
                uow, visit_id, shown_version(), happened=happened, what=what
            )
        )
    except Invalid as error:
        form.refuse(error)
        return review_page(visit_id, SignForm(formdata=None), STATUS[Invalid], "", form)
    except Stale as error:
        return review_page(visit_id, SignForm(formdata=None), STATUS[Stale], error.message, form)
    return redirect(url_for("visits.review", visit_id=visit_id, _anchor="event"))


@dataclass(frozen=True, slots=True)
class Around:
    """What every page of events reads: the patient's events and sessions, and who it is about."""

    known: PatientEvents
    strip: PatientStrip

    def session(self) -> GivenSession | None:
        """The session that the address names: the last one unless it says another, or none."""
        named = request.args.get("session", "")
        if named == NO_SESSION:
            return None
        return self.known.session(named) if named else next(iter(self.known.sessions), None)

    @property
    def visit_id(self) -> str | None:
        """The patient's visit from which the page was opened, to go back to; None for any other id."""
        named = request.args.get("visit", "")
        return named if named in self.known.visit_ids else None


@blueprint.get("/patients/<patient_id>/adverse-events")
@permission(Permission.PATIENT_READ)
def index(patient_id: str) -> Page:
    """All adverse events of a patient."""
    around = _of_patient(patient_id)
    return render_template("adverse_events/index.html", known=around.known, patient=around.strip)


@blueprint.route("/patients/<patient_id>/adverse-events/new", methods=["GET", "POST"])
@permission(Permission.ADVERSE_EVENT_WRITE)
def new(patient_id: str) -> Page:
    """Enter an adverse event; choosing its kind first says what to do and to ask."""
    visit_id = request.args.get("visit") or None
    around = _of_patient(patient_id, visit_id or "")
    session = around.session()
    form = event_form(around.known, session)
    if form.step.data:
        return _form_page(around, session, form, Attempt(200))
    session_id = session.id if session else None
    done = attempt(
        form,
        lambda uow: adverse_events.record_event(uow, patient_id, form.entry, session_id=session_id, visit_id=visit_id),
    )
    if done.saved:
        return _saved(done.id, "The adverse event is on record. A prescriber or an injector reviews it.")
    return _form_page(around, session, form, done)


@blueprint.get("/adverse-events/<event_id>")
@permission(Permission.PATIENT_READ)
def show(event_id: str) -> Page:
    """One adverse event with all its entries."""
    return _event_page(event_id, SettleForm(formdata=None), Attempt(200))


@blueprint.route("/adverse-events/<event_id>/change", methods=["GET", "POST"])
@permission(Permission.ADVERSE_EVENT_WRITE)
def change(event_id: str) -> Page:
    """Say what is known now; what was said before stays readable."""
    around = _of_event(event_id)
    row = around.known.event(event_id)
    session = around.known.meant(row.session_id)
    form = event_form(around.known, session, row)
    if form.step.data:
        return _form_page(around, session, form, Attempt(422), row)
    done = attempt(form, lambda uow: adverse_events.change_event(uow, event_id, form.entry, shown_version()))
    if done.saved:
        return _saved(event_id, "The change is on record. The event waits to be reviewed again.")
    return _form_page(around, session, form, done, row)


@blueprint.post("/adverse-events/<event_id>/review")
@permission(Permission.ADVERSE_EVENT_REVIEW)
def review(event_id: str) -> Page:
    """Say in words that the event was weighed."""
    form = SettleForm()
    done = attempt(
        form, lambda uow: adverse_events.review_event(uow, event_id, shown_version(), form.reason.data or "")
    )
    return _saved(event_id, "The event is reviewed.") if done.saved else _event_page(event_id, form, done)


@blueprint.post("/adverse-events/<event_id>/withdraw")
@permission(Permission.ADVERSE_EVENT_REVIEW)
def withdraw(event_id: str) -> Page:
    """Say in words that the event was entered by mistake."""
    form = SettleForm()
    done = attempt(
        form, lambda uow: adverse_events.withdraw_event(uow, event_id, shown_version(), form.reason.data or "")
    )
    if done.saved:
        return _saved(event_id, "The event is withdrawn. Its entries stay readable.")
    return _event_page(event_id, form, done, withdrawing=True)


def _saved(event_id: str, message: str) -> Response:
    flash(message)
    return redirect(url_for(".show", event_id=event_id, visit=request.args.get("visit")))


def _of_patient(patient_id: str, visit_id: str = "") -> Around:
    with reading() as uow:
        strip = patients.strip(uow, patient_id)
        known = patient_events(uow, patient_id, draft=visit_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.adverse_events", patient_id))
    return Around(known, strip)


def _of_event(event_id: str) -> Around:
    with reading() as uow:
        known = events_around(uow, event_id)
        strip = patients.strip(uow, known.patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, f"adverse_event:{event_id}", known.patient_id))
    return Around(known, strip)


def _form_page(
    around: Around, session: GivenSession | None, form: EventForm, done: Attempt, row: EventRow | None = None
) -> Page:
    shown = panels(around.known, session)
    chosen = next((one for one in shown if one.kind == form.kind.data), None)
    number = done.version(row.number) if row else 0
    return render_template(
        "adverse_events/form.html",
        known=around.known,
        patient=around.strip,
        session=session,
        form=form,
        row=row,
        panels=shown,
        chosen=chosen,
        version=number,
        visit_id=request.args.get("visit", ""),
        back_to=around.visit_id,
    ), 200 if form.step.data else done.status


def _event_page(event_id: str, form: SettleForm, done: Attempt, *, withdrawing: bool = False) -> Page:
    around = _of_event(event_id)
    row = around.known.event(event_id)
    return render_template(
        "adverse_events/show.html",
        known=around.known,
        patient=around.strip,
        row=row,
        waits=row.is_open,
        entries=around.known.entries[event_id],
        panel=panel(row.kind, around.known, around.known.meant(row.session_id), row.side),
        session=around.known.meant(row.session_id),
        visit_id=around.visit_id,
        form=SettleForm(formdata=None) if withdrawing else form,
        withdrawal=form if withdrawing else SettleForm(formdata=None),
        version=done.version(row.number),
    ), done.status
