"""The diary of practice at home."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.events import Action, Event
from clinic.domain.exercises import library
from clinic.queries.diaries import diary_page
from clinic.services import diaries
from clinic.web.forms.diaries import DiaryForm
from clinic.web.saving import Attempt, attempt
from clinic.web.security import permission
from clinic.web.work import reading

blueprint = Blueprint("diaries", __name__, url_prefix="/patients/<patient_id>/diary")
Page = str | Response | tuple[str, int]


@blueprint.get("")
@permission(Permission.PATIENT_READ)
def show(patient_id: str) -> Page:
    """The last weeks of practice."""
    return _page(patient_id, DiaryForm(formdata=None), Attempt(200))


@blueprint.post("")
@permission(Permission.DIARY_WRITE)
def enter(patient_id: str) -> Page:
    """Key in weeks of the paper diary."""
    form = DiaryForm()
    done = attempt(form, lambda uow: diaries.enter_weeks(uow, patient_id, form.lines.data or "", form.note.data or ""))
    if done.saved:
        return redirect(url_for("diaries.show", patient_id=patient_id, entered=done.id, _anchor="understood"))
    return _page(patient_id, form, done)


def _page(patient_id: str, form: DiaryForm, done: Attempt) -> Page:
    with reading() as uow:
        page = diary_page(uow, patient_id, request.args.get("entered", ""))
        uow.record(Event(Action.PATIENT_VIEWED, "patient.diary", patient_id))
    shown = render_template(
        "diaries/show.html", page=page, patient=page.strip, form=form, library=tuple(library().values())
    )
    return shown, done.status
