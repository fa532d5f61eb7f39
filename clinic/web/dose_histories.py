"""Doses of a patient by muscle across sessions."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from clinic.domain.actors import Permission
from clinic.domain.anatomy import Side
from clinic.domain.dose_histories import Sort
from clinic.domain.drawing_dose_histories import balance_figure
from clinic.domain.events import Action, Event
from clinic.domain.wording import side_words
from clinic.queries.dose_histories import doses_page
from clinic.web.forms.dose_histories import asked, kept
from clinic.web.security import permission
from clinic.web.svg import svg
from clinic.web.work import reading

blueprint = Blueprint("dose_histories", __name__, url_prefix="/patients/<patient_id>")


@blueprint.get("/doses")
@permission(Permission.PATIENT_READ)
def show(patient_id: str) -> str:
    """Doses by muscle."""
    wanted = asked(request.args)
    with reading() as uow:
        page = doses_page(uow, patient_id, wanted)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.dose_histories", patient_id))
    history = page.history
    title = "Units of the newest session shown, the patient’s right against the left; the numbers stand in the table"
    return render_template(
        "dose_histories/show.html",
        patient=page.strip,
        history=history,
        voided=page.voided,
        asked=wanted,
        sorts=tuple(Sort),
        sides=[(side, side_words(side)) for side in (Side.RIGHT, Side.LEFT, Side.MIDLINE)],
        balance=svg(balance_figure(history.balance), title=title) if history.balance else None,
        kept=kept(wanted),
    )
