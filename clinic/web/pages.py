"""The first page, and what the browser needs of the face."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from clinic.domain.actors import ROLES, Permission, Role
from clinic.domain.anatomy import browser_geometry
from clinic.domain.emergencies import holds
from clinic.domain.events import Action, Event
from clinic.domain.work_lists import WorkList
from clinic.queries import co_signatures, patient_forms
from clinic.queries import visits as visit_query
from clinic.queries.amendment_requests import open_requests
from clinic.web.security import current_actor, permission
from clinic.web.work import reading, work

blueprint = Blueprint("pages", __name__)
_HOME = {Role.ADMINISTRATOR: "accounts.people", Role.AUDITOR: "audit.index"}


@blueprint.get("/")
@permission(Permission.ACCOUNT)
def today() -> str | BaseResponse:
    """What waits: drafts to finish, patients due."""
    actor = current_actor()
    if not holds(actor, Permission.PATIENT_READ, work().clock()):
        return redirect(url_for(_HOME[actor.role]))
    with reading() as uow:
        page = visit_query.today(uow)
        urgent = patient_forms.urgent_answers(uow)
        to_co_sign = co_signatures.awaited(uow) if actor.role in ROLES[Permission.VISIT_CO_SIGN] else ()
        asked = open_requests(uow) if actor.role in ROLES[Permission.AMENDMENT_REQUEST_DECIDE] else ()
        also = [row.patient_id for row in urgent] + [row.patient_id for row in to_co_sign]
        also += [row.request.patient_id for row in asked]
        seen = dict.fromkeys([*page.patient_ids, *also])
        uow.record(Event(Action.LIST_VIEWED, "today", new={"patients": " ".join(seen)}))
    waiting = {"urgent": urgent, "to_co_sign": to_co_sign, "asked": asked}
    return render_template("pages/today.html", page=page, lists=list(WorkList), **waiting)


@blueprint.get("/face-<version>.json")
@permission(Permission.PUBLIC)
def face_geometry(version: str) -> Response:
    """The face's outlines and sites for the chart; the same for everybody, so a browser may keep it."""
    response = jsonify(browser_geometry())
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["X-Face-Version"] = version
    current_app.logger.debug("face geometry sent")
    return response
