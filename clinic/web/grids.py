"""The synkinesis grid of a visit: shown, saved as a whole by the plain form, or cell by cell by the script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission, RecordState
from clinic.domain.errors import DomainError, Invalid, Stale
from clinic.domain.events import Action, Event
from clinic.domain.face_grades import graded_face
from clinic.queries import patients
from clinic.queries.grids import GridPage, grid_page
from clinic.services import grids
from clinic.unit_of_work import UnitOfWork
from clinic.web.errors import STATUS, wants_json
from clinic.web.forms.base import StrictForm
from clinic.web.forms.grids import GridForm, asked_side
from clinic.web.saving import attempt, shown_version
from clinic.web.security import permission
from clinic.web.svg import svg
from clinic.web.work import once, reading

blueprint = Blueprint("grids", __name__, url_prefix="/visits/<visit_id>")
Page = str | Response | tuple[str, int]


@blueprint.get("/grid")
@permission(Permission.VISIT_READ)
def show(visit_id: str) -> Page:
    """The synkinesis grid of a visit."""
    return _page(visit_id, None)


@blueprint.post("/grid")
@permission(Permission.ASSESSMENT_RATE)
def save(visit_id: str) -> Page:
    """Save the cells that were sent into one's own grid."""
    form = GridForm()
    try:
        if not form.validate():
            raise Invalid(form.messages)
        if form.none_seen.data:
            form.fill_none_seen()
            return _page(visit_id, form, filled=True)
        answer = once(lambda uow: _save(uow, visit_id, form))
    except (Invalid, Stale) as error:
        return _refused(visit_id, form, error)
    if wants_json():
        return jsonify(answer)
    flash("The grid is saved.")
    return redirect(url_for("grids.show", visit_id=visit_id))


@blueprint.post("/grid/remove")
@permission(Permission.ASSESSMENT_RATE)
def remove(visit_id: str) -> Page:
    """Remove one's own grid."""
    form = StrictForm()
    done = attempt(form, lambda uow: grids.remove_grid(uow, visit_id, shown_version()))
    if done.saved:
        return redirect(url_for("grids.show", visit_id=visit_id))
    return _page(visit_id, None, done.status, form.form_errors)


def _save(uow: UnitOfWork, visit_id: str, form: GridForm) -> dict[str, Any]:
    grids.save_cells(uow, visit_id, form.cells, edit_version=shown_version(), note=form.sent_note)
    page = grid_page(uow, visit_id)
    return {**page.state, "saved_at": f"{uow.now.astimezone(ZoneInfo(page.record.visit.time_zone)):%H:%M:%S}"}


def _refused(visit_id: str, form: GridForm, error: DomainError) -> Page:
    if wants_json():
        raise error
    if isinstance(error, Invalid):
        if not form.errors:
            form.refuse(error)
    else:
        form.form_errors.append(error.message)
    return _page(visit_id, form, STATUS[type(error)])


def _page(
    visit_id: str, form: GridForm | None, status: int = 200, problems: Sequence[str] = (), *, filled: bool = False
) -> Page:
    """The page with what stands, or with what was typed; a refused form keeps its version, so that it cannot win unseen."""
    with reading() as uow:
        page = grid_page(uow, visit_id, asked_side(form))
        patient = patients.strip(uow, page.record.patient.id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.record.patient.id))
    if page.record.state is not RecordState.DRAFT:
        return redirect(url_for("visits.show", visit_id=visit_id))
    typed, form = form, form or _standing(page)
    form.form_errors.extend(problems)
    version = shown_version() if typed and status != STATUS[Stale] else page.edit_version
    shown = {"page": page, "patient": patient, "form": form, "filled": filled, "face": _face(page)}
    return render_template("grids/show.html", **shown, edit_version=version), status


def _standing(page: GridPage) -> GridForm:
    return GridForm(formdata=None, data={**page.texts, "note": page.note, "side": request.args.get("side", "")})


def _face(page: GridPage) -> Any:
    title = "Face with the strongest grade of each group; the patient's right is on the left of the picture"
    drawing = graded_face(page.muscle_grades, page.group_grades)
    return svg(drawing, title=title, interactive=True, id_prefix="graded")
