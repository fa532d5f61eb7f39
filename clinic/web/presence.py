"""What an open page says by itself: that it is still open, and that it was left. Neither is a use of the session."""

from __future__ import annotations

import contextlib
from dataclasses import asdict

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.queries import presence as query
from clinic.services import presence
from clinic.unit_of_work import Unavailable
from clinic.web.security import current_actor, permission
from clinic.web.work import reading, work

blueprint = Blueprint("presence", __name__, url_prefix="/visits/<visit_id>")


@blueprint.post("/here")
@permission(Permission.VISIT_READ)
def here(visit_id: str) -> Response:
    """Say that a draft's page is open; hear who else has it open, and whether it was changed.

    It shows nothing of the patient, so it leaves no read entry: one every half minute would bury the real ones.
    """
    with reading() as uow:
        found = query.standing(uow, visit_id)
    if found.draft:
        note_here(visit_id)
    return jsonify(asdict(found))


@blueprint.post("/gone")
@permission(Permission.VISIT_READ)
def gone(visit_id: str) -> Response:
    """Say that a page was left."""
    with reading() as uow:
        query.standing(uow, visit_id)
    with work().housekeeping() as database:
        presence.note_gone(database, current_actor(), visit_id, work().clock())
    return jsonify({})


def note_here(visit_id: str) -> None:
    """Note that the signed-in person has this draft open; a busy database is no reason to keep the page back."""
    with contextlib.suppress(Unavailable), work().housekeeping() as database:
        presence.note_here(database.connection(), current_actor(), visit_id, work().clock())
