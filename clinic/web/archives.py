"""Leaving with the data: the whole record of a patient or of the clinic as one file, with progress."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from threading import Thread
from typing import Final, cast

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from clinic.archives import runs
from clinic.archives.runs import Run, Status
from clinic.config import Settings
from clinic.domain.actors import Actor, Permission
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.queries.fhir_bundles import fhir_bundle
from clinic.queries.patients import strip
from clinic.services import archives
from clinic.unit_of_work import UnitOfWork, Work
from clinic.web.accounts import confirm_fresh_password
from clinic.web.costly import costly
from clinic.web.forms.archives import FHIR, ExportForm, PatientExportForm
from clinic.web.security import current_actor, permission
from clinic.web.work import once, reading, work, writing

blueprint = Blueprint("archives", __name__)
Page = str | BaseResponse | tuple[str, int]
_PATIENCE: Final = 1.5
"""Seconds that the page waits before it shows progress: one patient's record is written by then."""


@blueprint.route("/archives", methods=["GET", "POST"])
@permission(Permission.RECORD_EXPORT)
@costly
def index() -> Page:
    """The exports of the clinic, and a new one of all of it."""
    form = ExportForm()
    if (started := _begun(form, None)) is not None:
        return started
    with reading() as uow:
        found = runs.runs(_root(), uow.clinic_id, uow.now)
        uow.record(Event(Action.LIST_VIEWED, "archives"))
    return render_template("archives/index.html", runs=found, form=form), 422 if request.method == "POST" else 200


@blueprint.route("/patients/<patient_id>/archive", methods=["GET", "POST"])
@permission(Permission.RECORD_EXPORT)
@costly
def patient(patient_id: str) -> Page:
    """A new export of one patient's record."""
    form = PatientExportForm()
    if (started := _begun(form, patient_id)) is not None:
        return started
    with reading() as uow:
        who = strip(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.archive", patient_id))
    return render_template("archives/patient.html", patient=who, form=form), 422 if request.method == "POST" else 200


def _bundle(patient_id: str, purpose: str) -> Response:
    """One patient's record as an HL7 FHIR R4 bundle, with its hash in the audit trail."""
    run_id = once(lambda uow: {"id": archives.begin_export(uow, patient_id, purpose)})["id"]
    with reading() as uow:
        found = fhir_bundle(uow, patient_id)
    body = json.dumps(found, ensure_ascii=False, default=float).encode()
    with writing() as uow:
        archives.note_export(uow, run_id, patient_id, hashlib.sha256(body).hexdigest(), len(found["entry"]))
    answer = Response(body, mimetype="application/fhir+json")
    answer.headers["Content-Disposition"] = f'attachment; filename="fhir-{work().clock():%Y%m%d-%H%M}.json"'
    return answer


def _begun(form: ExportForm, patient_id: str | None) -> BaseResponse | None:
    if not form.validate_on_submit():
        return None
    try:
        actor = confirm_fresh_password(form)
        if isinstance(form, PatientExportForm) and form.what.data == FHIR:
            return _bundle(patient_id or "", form.purpose.data or "")
        run_id = once(lambda uow: {"id": _begin(uow, patient_id, form.purpose.data or "")})["id"]
    except Invalid as error:
        form.refuse(error)
        return None
    one = runs.run(_root(), actor.clinic_id, run_id, work().clock())
    if one.status is Status.RUNNING and not one.total:
        _carry_out(one, actor)
    return redirect(url_for("archives.show", run_id=run_id))


def _begin(uow: UnitOfWork, patient_id: str | None, purpose: str) -> str:
    run_id = archives.begin_export(uow, patient_id, purpose)
    runs.sweep(_root(), uow.now)
    runs.begin(_root(), Run(run_id, uow.clinic_id, patient_id, uow.actor.name, purpose.strip(), uow.now))
    return run_id


def _carry_out(one: Run, actor: Actor) -> None:
    """Write the archive beside the server's other work; a short one is done before the page is shown."""
    thread = Thread(target=_written, args=(work(), _root(), one, actor), daemon=True)
    thread.start()
    thread.join(_PATIENCE)


def _written(maker: Work, root: Path, one: Run, actor: Actor) -> None:
    done = runs.carry_out(maker, root, one)
    if done.status is Status.DONE:
        with maker.writing(actor) as uow:
            archives.note_export(uow, done.id, done.patient_id, done.manifest_sha256, done.total)


@blueprint.get("/archives/<run_id>")
@permission(Permission.RECORD_EXPORT)
def show(run_id: str) -> str:
    """How far an export is, and its file once it is there."""
    one = _one(run_id, Action.LIST_VIEWED)
    return render_template("archives/show.html", run=one)


@blueprint.get("/archives/<run_id>/progress")
@permission(Permission.RECORD_EXPORT)
def progress(run_id: str) -> Response:
    """The same for the page's script: asked every second."""
    one = runs.run(_root(), current_actor().clinic_id, run_id, work().clock())
    return jsonify({"status": one.status.value, "percent": one.percent, "table": one.table})


@blueprint.get("/archives/<run_id>/file")
@permission(Permission.RECORD_EXPORT)
@costly
def file(run_id: str) -> BaseResponse:
    """The archive."""
    one = _one(run_id, Action.EXPORT_TAKEN)
    body = runs.file_of(_root(), one.clinic_id, run_id)
    name = f"archive-{one.scope.name}-{one.begun_at:%Y%m%d-%H%M}.zip"
    return send_file(body, "application/zip", as_attachment=True, download_name=name, etag=False, conditional=True)


@blueprint.post("/archives/<run_id>/cancel")
@permission(Permission.RECORD_EXPORT)
def cancel(run_id: str) -> Page:
    """Stop an export; what is written stays, to go on with."""
    return _changed(run_id, "cancelled", lambda one: runs.cancel(_root(), one))


@blueprint.post("/archives/<run_id>/resume")
@permission(Permission.RECORD_EXPORT)
@costly
def resume(run_id: str) -> Page:
    """Go on with an export that was cancelled or cut off."""
    actor = current_actor()
    return _changed(run_id, "gone on with", lambda one: _carry_out(one, actor) if one.status.can_go_on else None)


@blueprint.post("/archives/<run_id>/delete")
@permission(Permission.RECORD_EXPORT)
def delete(run_id: str) -> Page:
    """Take an export and its file away from this server."""
    _changed(run_id, "deleted", lambda one: runs.delete(_root(), one))
    return redirect(url_for("archives.index"))


def _changed(run_id: str, how: str, change: runs.Change) -> BaseResponse:
    one = runs.run(_root(), current_actor().clinic_id, run_id, work().clock())
    once(lambda uow: archives.note_end(uow, run_id, one.patient_id, how))
    change(one)
    return redirect(url_for("archives.show", run_id=run_id))


def _one(run_id: str, action: Action) -> Run:
    with reading() as uow:
        one = runs.run(_root(), uow.clinic_id, run_id, uow.now)
        uow.record(Event(action, f"export:{run_id}", one.patient_id))
    return one


def _root() -> Path:
    settings = cast(Settings, current_app.extensions["clinic_settings"])
    return settings.instance / "exports"
