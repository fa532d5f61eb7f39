"""Every refused request of a signed-in person leaves one entry, also where no use case was reached.

Refusals by a use case note themselves; this notes the rest: a record that is not there or is another clinic's, a role
without the permission, a form without its token or with keys that it does not have, too much or too often. What nobody
signed in sent stands in the log alone, so that a stranger cannot fill the audit trail.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request
from flask_login import current_user
from werkzeug.exceptions import MethodNotAllowed

from clinic.domain.events import Action, Event
from clinic.unit_of_work import Unavailable
from clinic.web.security import current_actor
from clinic.web.work import asked, circumstances, work

_STATUSES = frozenset({400, 403, 404, 405, 409, 413, 415, 429})
_WORDS = {
    400: "the request could not be read, or its security token was missing",
    403: "not permitted",
    404: "no such record",
    405: "not possible here",
    409: "changed by somebody else, or not in this state",
    413: "too much at once",
    415: "a kind of data that is not taken",
    429: "too often",
}


def register(app: Flask) -> None:
    """Look at every answer."""
    app.after_request(note)


def note(response: Response) -> Response:
    """Leave an entry for a refusal that has none yet."""
    strange = bool(g.get("strange_keys"))
    if (response.status_code in _STATUSES or strange) and _is_ours() and not g.get("refusal_noted"):
        reason = "the form sent keys that it does not have" if strange else _WORDS[response.status_code]
        event = Event(Action.REFUSED, request.endpoint or request.method, reason=reason, new=asked())
        try:
            work().append(current_actor(), [event], circumstances())
            g.refusal_noted = True
        except Unavailable:
            leave_to_the_log()
    return response


def leave_to_the_log() -> None:
    """Do without an entry while the trail cannot be written: the refusal stands, and nothing was shown or changed."""
    current_app.logger.warning("refusal not noted", extra={"clinic": {"request_id": g.get("request_id", "")}})
    g.refusal_noted = True


def _is_ours() -> bool:
    known = request.endpoint or isinstance(request.routing_exception, MethodNotAllowed)
    if not known or request.endpoint == "static" or g.get("presence_unknown"):
        return False
    # What a patient does on a screen that was handed over is nothing that its owner did.
    return current_user.is_authenticated and current_actor().locked_form_id is None
