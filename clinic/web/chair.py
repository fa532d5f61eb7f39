"""The chair view: what is still to be given, in large, and the marks as it is given."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.errors import DomainError, Frozen, Invalid, Stale, WrongStep
from clinic.domain.events import Action, Event
from clinic.queries import charts, patients
from clinic.queries.chair import chair as chair_of
from clinic.services import giving, injection_sites
from clinic.unit_of_work import UnitOfWork
from clinic.web import chart_face
from clinic.web.errors import STATUS
from clinic.web.forms.chair import CONFIRM, GIVE, ChairForm
from clinic.web.giving import require_own_phases
from clinic.web.saving import shown_version
from clinic.web.security import permission
from clinic.web.work import once, reading

blueprint = Blueprint("chair", __name__, url_prefix="/visits/<visit_id>")
Page = str | Response | tuple[str, int]


@blueprint.get("/chair")
@permission(Permission.VISIT_READ)
def show(visit_id: str) -> Page:
    """The chair view."""
    return _page(visit_id, None)


@blueprint.post("/chair")
@permission(Permission.INJECTION_GIVE)
def act(visit_id: str) -> Page:
    """Mark sites given, confirm repeated ones, or take a mark back; then show what is left."""
    form = ChairForm()
    try:
        if not form.validate():
            raise Invalid(form.messages)
        once(lambda uow: _run(uow, visit_id, form))
    except (Invalid, Stale, WrongStep, Frozen) as error:
        return _page(visit_id, error)
    return redirect(url_for("chair.show", visit_id=visit_id))


def _run(uow: UnitOfWork, visit_id: str, form: ChairForm) -> None:
    version, sites = shown_version(), tuple(form.site.data or ())
    if form.act.data == GIVE:
        giving.mark_given(uow, visit_id, version, sites)
    elif form.act.data == CONFIRM:
        injection_sites.confirm_sites(uow, visit_id, version, sites)
    else:
        giving.take_back(uow, visit_id, version, sites, form.reason.data or "")


def _page(visit_id: str, error: DomainError | None) -> Page:
    with reading() as uow:
        page = charts.chart_page(uow, visit_id)
        require_own_phases(page)
        if page.content.amends:
            raise WrongStep("This amends a session that is past: what was given is entered late, on the chart.")
        strip = patients.strip(uow, page.record.patient.id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.record.patient.id))
        shown = chair_of(page, uow.now)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 200) if error else 200
    return render_template(
        "visits/chair.html",
        page=page,
        patient=strip,
        chair=shown,
        face=chart_face.at_the_chair(page),
        problem="" if error is None else _words(error),
        typed_reason=request.form.get("reason"),
    ), status


def _words(error: DomainError) -> str:
    return " ".join(error.fields.values()) if isinstance(error, Invalid) else error.message
