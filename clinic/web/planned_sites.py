"""The plan laid on the chart as unconfirmed sites."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, Stale, WrongStep
from clinic.services import planned_sites
from clinic.unit_of_work import UnitOfWork
from clinic.web.errors import STATUS, wants_json
from clinic.web.forms.planned_sites import ChartPlanForm
from clinic.web.injections import change
from clinic.web.saving import shown_version
from clinic.web.security import permission
from clinic.web.visits import draft_page

blueprint = Blueprint("planned_sites", __name__, url_prefix="/visits/<visit_id>/plan")
Page = str | Response | tuple[str, int]


@blueprint.post("/chart")
@permission(Permission.INJECTION_CHART)
def chart(visit_id: str) -> Page:
    """Bring chosen targets of the plan; a plain form that is refused is shown again on its page, as it was sent."""
    form = ChartPlanForm()

    def run(uow: UnitOfWork) -> object:
        manner = {"syringe_id": form.syringe_id.data or None, "without_doses": form.without_doses.data == "y"}
        return planned_sites.chart_plan(uow, visit_id, shown_version(), tuple(form.item.data or ()), **manner)

    try:
        return change(visit_id, form, run, "sites")
    except (Invalid, Stale, WrongStep) as error:
        if wants_json():
            raise
        return _refused(visit_id, form, error)


def _refused(visit_id: str, form: ChartPlanForm, error: Invalid | Stale | WrongStep) -> Page:
    if not isinstance(error, Invalid):
        form.form_errors.append(error.message)
    elif not form.errors:
        form.refuse(error)
    page = draft_page(visit_id, STATUS[type(error)], plan_form=form)
    if isinstance(page, tuple):
        return page
    raise error  # A signed visit has no page with this form.
