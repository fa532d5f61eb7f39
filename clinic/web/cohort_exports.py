"""Taking a saved search's data out without names: what it would hold, then the file."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template
from werkzeug.wrappers import Response as BaseResponse

from clinic.domain.actors import Permission
from clinic.domain.clocks import is_within
from clinic.domain.deidentified_rules import SMALLEST
from clinic.domain.errors import FreshPasswordNeeded, Invalid
from clinic.domain.events import Action, Event
from clinic.domain.visits import FRESH_PASSWORD
from clinic.services.cohort_exports import Export, make_export, note_export, preview
from clinic.unit_of_work import UnitOfWork
from clinic.web.accounts import confirm_fresh_password
from clinic.web.costly import costly
from clinic.web.forms.cohort_exports import CohortExportForm
from clinic.web.security import current_actor, permission
from clinic.web.work import Answer, note_refusal, once, reading, work

blueprint = Blueprint("cohort_exports", __name__, url_prefix="/cohorts/<cohort_id>/export")
Page = str | BaseResponse | tuple[str, int]


@blueprint.get("")
@permission(Permission.COHORT_EXPORT)
@costly
def show(cohort_id: str) -> Page:
    """How much would be exported, what is taken together, and the form."""
    return _page(cohort_id, CohortExportForm(formdata=None), 200)


@blueprint.post("")
@permission(Permission.COHORT_EXPORT)
@costly
def download(cohort_id: str) -> Page:
    """Make the file, note it, and send it."""
    form = CohortExportForm()
    try:
        if form.validate():
            if form.password.data:
                confirm_fresh_password(form)
            return _sent(_exported(cohort_id, form.purpose.data))
    except FreshPasswordNeeded as error:
        form.refuse(Invalid({"password": error.message}))
        note_refusal(current_actor(), error)
    except Invalid as error:
        form.refuse(error)
    return _page(cohort_id, form, 422)


def _exported(cohort_id: str, purpose: str) -> Export:
    """The file, noted once; sent again for the same form only while it is still the same."""
    with reading() as uow:
        made = make_export(uow, cohort_id)
        uow.record(Event(Action.COHORT_VIEWED, f"cohort:{cohort_id}.export"))
    noted = once(lambda uow: _noted(uow, made, purpose))
    if noted["sha256"] != made.sha256:
        raise Invalid({"": "The record has changed since this form was sent. Load the page again and export anew."})
    return made


def _noted(uow: UnitOfWork, made: Export, purpose: str) -> Answer:
    note_export(uow, made, purpose)
    return {"sha256": made.sha256}


def _sent(made: Export) -> Response:
    response = make_response(made.body)
    response.headers["Content-Type"] = "application/zip"
    response.headers["Content-Disposition"] = f'attachment; filename="cohort-{made.sha256[:12]}.zip"'
    response.headers["X-Content-SHA256"] = made.sha256
    return response


def _page(cohort_id: str, form: CohortExportForm, status: int) -> Page:
    with reading() as uow:
        found = preview(uow, cohort_id)
        uow.record(Event(Action.COHORT_VIEWED, f"cohort:{cohort_id}.export"))
    page = render_template("cohort_exports/show.html", preview=found, form=form, fresh=_is_fresh(), smallest=SMALLEST)
    return page, status


def _is_fresh() -> bool:
    given = current_actor().password_at
    return given is not None and is_within(given, work().clock(), FRESH_PASSWORD)
