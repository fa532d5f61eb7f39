"""Patients' requests to correct the record, and what became of them."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.amendment_requests import ANSWER_DAYS, EXTENSION_DAYS, Basis, Correction, EntryKind
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.queries import amendment_requests as query
from clinic.queries import patients
from clinic.queries.visits import signed_days
from clinic.services import amendment_requests as service
from clinic.services.amendment_requests import RequestEntry
from clinic.unit_of_work import UnitOfWork
from clinic.web.accounts import confirm_fresh_password
from clinic.web.forms.amendment_requests import AcceptForm, DenyForm, RequestForm, WordsForm
from clinic.web.forms.base import StrictForm
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import permission
from clinic.web.work import reading

blueprint = Blueprint("amendment_requests", __name__)
Page = str | Response | tuple[str, int]


@blueprint.get("/patients/<patient_id>/amendment-requests")
@permission(Permission.PATIENT_READ)
def index(patient_id: str) -> Page:
    """All requests of a patient, each with its steps."""
    with reading() as uow:
        strip = patients.strip(uow, patient_id)
        rows = query.patient_requests(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.amendment_requests", patient_id))
    return render_template("amendment_requests/index.html", patient=strip, rows=rows)


@blueprint.route("/patients/<patient_id>/amendment-requests/new", methods=["GET", "POST"])
@permission(Permission.AMENDMENT_REQUEST_WRITE)
def new(patient_id: str) -> Page:
    """Enter a request."""
    with reading() as uow:
        strip = patients.strip(uow, patient_id)
        today, visits = patients.clinic_today(uow), signed_days(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.amendment_requests", patient_id))
    named = request.args.get("visit", "")
    form = RequestForm(data={"asked_on": today, "asked_by": "the patient", "visit_id": named})
    form.offer(visits)
    done = attempt(form, lambda uow: service.enter_request(uow, patient_id, _entry(form)))
    if done.saved:
        flash("The request is on record. A prescriber answers it.")
        return redirect(url_for(".show", request_id=done.id))
    return render_template("amendment_requests/new.html", patient=strip, form=form, days=ANSWER_DAYS), done.status


def _entry(form: RequestForm) -> RequestEntry:
    if form.asked_on.data is None:
        raise Invalid({"asked_on": "Give the day."})
    return RequestEntry(form.asked_on.data, form.asked_by.data or "", form.text.data or "", form.visit_id.data or None)


@blueprint.get("/amendment-requests/<request_id>")
@permission(Permission.PATIENT_READ)
def show(request_id: str) -> Page:
    """One request, its steps and the ones that can follow."""
    return _request_page(request_id, {}, Attempt(200))


@blueprint.post("/amendment-requests/<request_id>/accept")
@permission(Permission.AMENDMENT_REQUEST_DECIDE)
def accept(request_id: str) -> Page:
    """Accept a request and write its correction."""
    form = AcceptForm()

    def run(uow: UnitOfWork) -> str | None:
        kind = Correction(form.correction.data)
        return service.accept(uow, request_id, shown_version(), kind, form.text.data or "")

    done = attempt(form, run, first=lambda: confirm_fresh_password(form))
    if done.saved and done.id:
        return redirect(url_for("visits.show", visit_id=done.id))
    return _after(request_id, EntryKind.ACCEPTED, form, done)


@blueprint.post("/amendment-requests/<request_id>/deny")
@permission(Permission.AMENDMENT_REQUEST_DECIDE)
def deny(request_id: str) -> Page:
    """Deny a request, with its ground and its reason."""
    form = DenyForm()
    return _step(
        request_id,
        EntryKind.DENIED,
        form,
        lambda uow: service.deny(uow, request_id, shown_version(), Basis(form.basis.data), form.text.data or ""),
    )


@blueprint.post("/amendment-requests/<request_id>/extend")
@permission(Permission.AMENDMENT_REQUEST_DECIDE)
def extend(request_id: str) -> Page:
    """Put the answer off, once."""
    return _words(request_id, EntryKind.EXTENDED)


@blueprint.post("/amendment-requests/<request_id>/rebut")
@permission(Permission.AMENDMENT_REQUEST_DECIDE)
def rebut(request_id: str) -> Page:
    """Reply to the patient's statement of disagreement."""
    return _words(request_id, EntryKind.REBUTTAL)


@blueprint.post("/amendment-requests/<request_id>/disagree")
@permission(Permission.AMENDMENT_REQUEST_WRITE)
def disagree(request_id: str) -> Page:
    """Enter the patient's statement of disagreement."""
    return _words(request_id, EntryKind.DISAGREEMENT)


@blueprint.post("/amendment-requests/<request_id>/withdraw")
@permission(Permission.AMENDMENT_REQUEST_WRITE)
def withdraw(request_id: str) -> Page:
    """Enter that the patient withdraws the request."""
    return _words(request_id, EntryKind.WITHDRAWN)


def _words(request_id: str, kind: EntryKind) -> Page:
    form = WordsForm()
    return _step(
        request_id,
        kind,
        form,
        lambda uow: service.answer(uow, request_id, shown_version(), kind, form.text.data or ""),
    )


def _step(request_id: str, kind: EntryKind, form: StrictForm, run: Callable[[UnitOfWork], None]) -> Page:
    return _after(request_id, kind, form, attempt(form, run))


def _after(request_id: str, kind: EntryKind, form: StrictForm, done: Attempt) -> Page:
    if not done.saved:
        return _request_page(request_id, {kind: form}, done)
    flash("The step is on record.")
    return redirect(url_for(".show", request_id=request_id))


def _request_page(request_id: str, refused: dict[EntryKind, StrictForm], done: Attempt) -> Page:
    with reading() as uow:
        row = query.request(uow, request_id)
        strip = patients.strip(uow, row.patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, f"amendment_request:{request_id}", row.patient_id))
    kinds = {EntryKind.ACCEPTED: AcceptForm, EntryKind.DENIED: DenyForm}
    forms = {kind.value: refused.get(kind) or kinds.get(kind, WordsForm)(formdata=None) for kind in EntryKind}
    return render_template(
        "amendment_requests/show.html",
        row=row,
        patient=strip,
        forms_of=forms,
        refused=next(iter(refused.values()), None),
        version=done.version(len(row.entries)),
        possible=[one.value for one in EntryKind if one in row.possible],
        extension=EXTENSION_DAYS,
    ), done.status
