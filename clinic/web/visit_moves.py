"""A visit that belongs to another patient: the right one is found and identified, and it is charted anew there."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission, RecordState
from clinic.domain.errors import Frozen
from clinic.domain.events import Action, Event
from clinic.queries import patient_search, patients
from clinic.queries import visit_moves as moves
from clinic.services import visit_moves
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork
from clinic.web.accounts import confirm_fresh_password
from clinic.web.forms.visit_moves import FindForm, MoveForm
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import permission
from clinic.web.work import reading

blueprint = Blueprint("visit_moves", __name__)
Page = str | Response | tuple[str, int]


@blueprint.route("/visits/<visit_id>/move", methods=["GET", "POST"])
@permission(Permission.VISIT_MOVE)
def choose(visit_id: str) -> Page:
    """Find the patient whom a visit belongs to."""
    form, found, status = FindForm(), None, 200
    valid = form.validate() if request.method == "POST" else None
    with reading() as uow:
        visit = _movable(uow, visit_id)
        if valid:
            found = patient_search.search(uow, form.q.data or "")
            shown = " ".join(row.id for row in found.rows)
            uow.record(Event(Action.LIST_VIEWED, "patients.search", new={"term": form.q.data, "patients": shown}))
    if valid is False:
        status = 422
    return render_template(
        "visit_moves/choose.html", visit=visit, patient=visit.patient, form=form, found=found
    ), status


@blueprint.route("/visits/<visit_id>/move/<patient_id>", methods=["GET", "POST"])
@permission(Permission.VISIT_MOVE)
def confirm(visit_id: str, patient_id: str) -> Page:
    """Chart the visit anew in the record of a patient who is identified again."""
    form = MoveForm()
    done = _moved(form, visit_id, patient_id)
    if done.saved:
        flash("The visit is charted anew here, as a draft. Read every site, answer the questions, then sign it.")
        return redirect(url_for("visits.show", visit_id=done.id))
    with reading() as uow:
        visit, right = _movable(uow, visit_id), patients.strip(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.visit_move", patient_id))
    if right.retired:
        raise Frozen("The record that you chose is retired or merged and takes no visit. Choose the one in use.")
    shown = {"visit": visit, "patient": visit.patient, "right": right, "form": form}
    return render_template("visit_moves/confirm.html", **shown), done.status


def _movable(uow: UnitOfWork, visit_id: str) -> moves.MovableVisit:
    visit = moves.movable_visit(uow, visit_id)
    uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", visit.patient.id))
    require(uow, Permission.VISIT_MOVE, visit.state)
    if visit.has_session:
        require(uow, Permission.INJECTION_CHART, RecordState.DRAFT)
    return visit


def _moved(form: MoveForm, visit_id: str, patient_id: str) -> Attempt:
    def identify() -> None:
        with reading() as unit:
            signed = moves.movable_visit(unit, visit_id).state is RecordState.SIGNED
        if signed:
            confirm_fresh_password(form)

    def run(uow: UnitOfWork) -> str:
        said = {name: form[name].data or "" for name in ("initials", "birth_year", "reason")}
        return visit_moves.move(uow, visit_id, shown_version(), patient_id, **said)

    return attempt(form, run, first=identify)
