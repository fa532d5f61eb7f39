"""The one place that knows status codes: domain errors, framework errors and faults, as page or JSON by ``Accept``."""

from __future__ import annotations

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as BaseResponse

from clinic.domain import errors
from clinic.out_of_reach import is_out_of_reach, met, sqlstate
from clinic.unit_of_work import Full, Unavailable, Unsure

STATUS: dict[type[errors.DomainError], int] = {
    errors.NotFound: 404,
    errors.NotPermitted: 403,
    errors.Invalid: 422,
    errors.Stale: 409,
    errors.Frozen: 409,
    errors.WrongStep: 409,
    errors.Stopped: 422,
    errors.KeyReused: 422,
    errors.FreshPasswordNeeded: 401,
    errors.TooManyTries: 429,
    errors.Damaged: 500,
    errors.Busy: 503,
    errors.Crowded: 503,
}

TITLES = {
    400: "The request could not be read",
    401: "Sign in again",
    403: "Not permitted",
    404: "There is no such page or record",
    405: "Not possible here",
    409: "This was not saved",
    413: "That is too much at once",
    415: "That kind of data is not taken",
    422: "This was not saved",
    429: "Too many tries",
    500: "Something went wrong here",
    503: "Not saved: the record is busy",
}
_MESSAGES = {
    400: "Nothing was changed. Go back and load the page again.",
    401: "Your session has ended. What was saved is kept; what you just typed was not saved. Sign in to go on.",
    403: "Your role does not allow this. Nothing was changed.",
    404: "Check the address, or start from the list of patients.",
    405: "Nothing was changed.",
    413: "Nothing was changed.",
    415: "Nothing was changed.",
    500: "Nothing of this request was saved. Try again; if it happens again, tell your administrator the number below.",
    503: "Nothing of this request was saved. Wait a moment, then try again.",
}
_KEPT = (
    "Nothing of this request was saved. What you typed is kept in this page: wait a moment, then send it again from here."
    " If it happens again, tell your administrator the number below."
)
_FULL = (
    "The disk of the record is full, so nothing of this request was saved. Reading, printing and exporting still work."
    " Tell your administrator to make room."
)
_FULL_KEPT = f"{_FULL} What you typed is kept in this page: send it again from here once there is room."
_UNSURE = (
    "An error came at the very end of this request, so it is not certain whether it was saved. Load the page again and"
    " look before you repeat it."
)
_UNSURE_KEPT = (
    "An error came at the very end of this request, so it is not certain whether it was saved. What you typed is kept in"
    " this page: send it again from here, and it is saved once, whichever it was."
)
_SECRET = frozenset({"csrf_token", "repeated", "code", "kept_form"})
_HIDDEN = frozenset({"idempotency_key", "edit_version", "shown", "site", "finding_key", "x", "y", "deep", "checked"})
"""Fields that nobody types: the program's own."""


def register(app: Flask) -> None:
    """Attach the handlers."""
    app.register_error_handler(errors.DomainError, _domain_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(Exception, _fault)


def wants_json() -> bool:
    """Whether the caller asked for JSON rather than a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def answer(status: int, message: str, extra: dict[str, object] | None = None, title: str = "") -> Response:
    """One shape for every refusal: a page, or JSON with the same words."""
    title = title or TITLES.get(status, "This did not work")
    request_id = g.get("request_id", "")
    if wants_json():
        response = jsonify(
            {"status": status, "title": title, "message": message, "request_id": request_id} | (extra or {})
        )
    else:
        page = render_template(
            "error.html", title=title, message=message, request_id=request_id, typed=_typed(), **(extra or {})
        )
        response = make_response(page)
    response.status_code = status
    return response


def _domain_error(error: errors.DomainError) -> BaseResponse:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 422)
    if isinstance(error, errors.NotFound):
        return answer(404, _MESSAGES[404])  # One text for every missing thing, another clinic's included.
    if isinstance(error, errors.NotPermitted):
        _note_denied(error)
    if isinstance(error, errors.FreshPasswordNeeded) and not wants_json():
        return _ask_password()
    if isinstance(error, errors.Busy):
        return _unavailable(Unavailable())
    if isinstance(error, errors.Crowded):
        return _crowded(error)
    extra: dict[str, object] = {}
    if isinstance(error, errors.Invalid):
        extra["fields"] = error.fields
    if isinstance(error, errors.Stopped):
        extra["findings"] = [finding.message for finding in error.findings]
    if isinstance(error, errors.Stale):
        extra |= {"shown": error.shown, "current": error.current}
    response = answer(status, error.message, extra)
    if isinstance(error, errors.TooManyTries):
        response.headers["Retry-After"] = str(error.minutes * 60)
    return response


def _ask_password() -> BaseResponse:
    from clinic.web import kept_forms  # Imported here: it needs this module.

    return kept_forms.ask_fresh()


def _note_denied(error: errors.NotPermitted) -> None:
    from clinic.web import refusals, security  # Imported here: all need this module's error types at import.
    from clinic.web.work import note_refusal

    if security.current_user.is_authenticated and not g.get("refusal_noted"):
        try:
            note_refusal(security.current_actor(), error)
        except Unavailable:
            refusals.leave_to_the_log()


def _csrf_error(error: CSRFError) -> BaseResponse:
    return answer(400, "The form's security token is missing or from another session. Load the page again and repeat.")


def _http_error(error: HTTPException) -> BaseResponse:
    status = error.code or 500
    if isinstance(error, SecurityError):
        # No address can be built for a host that is not trusted, so there is no page to show.
        return Response(
            "This server does not answer to that host name (CLINIC_TRUSTED_HOSTS).\n", 400, mimetype="text/plain"
        )
    if error.response is not None:
        return make_response(error.response)
    if 300 <= status < 400:
        return make_response(error.get_response())
    if status == 401 and not wants_json():
        flash("Your session has ended. Sign in to go on; what was saved is kept.")
        return redirect(url_for("accounts.sign_in"))
    response = answer(status, _MESSAGES.get(status, "Nothing was changed."))
    if status == 405:
        response.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or [])
    return response


def _unavailable(error: Unavailable) -> BaseResponse:
    if isinstance(error, Full) and request.method == "POST":
        response = answer(503, *_again(_FULL, _FULL_KEPT), title="Not saved: the disk is full")
    elif isinstance(error, Unsure):
        response = answer(503, *_again(_UNSURE, _UNSURE_KEPT), title="Perhaps not saved")
    else:
        response = answer(503, *_again(_MESSAGES[503]))
    response.headers["Retry-After"] = "2"
    return response


def _crowded(error: errors.Crowded) -> BaseResponse:
    response = answer(503, *_again(error.message), title="Not begun: too much at once")
    response.headers["Retry-After"] = "5"
    return response


def _sent() -> list[tuple[str, str]]:
    """What a posted form held, without tokens and passwords. Back gives back no text of a page that no cache may keep."""
    if request.method != "POST":
        return []
    try:
        pairs = list(request.form.items(multi=True))
    except HTTPException:
        return []  # Too large or torn: there is no form to show.
    return [(name, value) for name, value in pairs if "password" not in name and name not in _SECRET]


def _typed() -> list[tuple[str, str]]:
    """What somebody typed, for the page of a refusal: to be read and copied, under the names of its fields."""
    shown = [(name, value.strip()) for name, value in _sent() if name not in _HIDDEN and not name.endswith("_id")]
    return [(name.partition(":")[0].replace("_", " ").capitalize(), value) for name, value in shown if value]


def _again(message: str, kept: str = _KEPT) -> tuple[str, dict[str, object]]:
    """The words and the form to send once more what met a fault; its idempotency key keeps it from being saved twice."""
    sent = _sent()
    # A file that was chosen cannot be put into the form again: whoever sends it chooses it again on its own page.
    if wants_json() or any(request.files.values()) or not any(name == "idempotency_key" for name, _ in sent):
        return message, {}
    return kept, {"again": sent, "again_url": request.full_path.rstrip("?")}


def _fault(error: Exception) -> BaseResponse:
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    entry = {"request_id": g.get("request_id", "")}
    if state := sqlstate(error):
        entry["sqlstate"] = state  # PostgreSQL's own word for the kind of fault; its message may hold a row.
    current_app.logger.error("unexpected error", exc_info=error, extra={"clinic": entry})
    if met(error) or is_out_of_reach(error):
        return _unavailable(Unavailable())
    return answer(500, *_again(_MESSAGES[500]))
