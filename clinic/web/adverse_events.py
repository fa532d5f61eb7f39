"""The answer after the last site, given on the review page."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, Stale
from clinic.services import adverse_events
from clinic.web.errors import STATUS
from clinic.web.forms.adverse_events import AdverseEventForm
from clinic.web.forms.visits import SignForm
from clinic.web.saving import shown_version
from clinic.web.security import permission
from clinic.web.visits import review_page
from clinic.web.work import once

blueprint = Blueprint("adverse_events", __name__, url_prefix="/visits/<visit_id>")
Page = str | Response | tuple[str, int]


@blueprint.post("/adverse-event")
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
