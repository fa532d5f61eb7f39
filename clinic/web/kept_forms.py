"""A form that came too late for its session or its password: kept, encrypted, in the page that asks for the password.

The page shows nothing of it. Only the same person's password lets it go on, to the same address, with its own idempotency
key; so what was typed is neither lost nor saved twice, and somebody else at the computer reads none of it.
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response as BaseResponse

from clinic.domain.actors import Actor
from clinic.domain.errors import Busy, Invalid
from clinic.encryption import Unreadable, decrypted, encrypted
from clinic.unit_of_work import Unavailable
from clinic.web.errors import answer, wants_json
from clinic.web.security import current_actor, locked_session

FIELD = "kept_form"
PASSWORD = "kept_password"  # noqa: S105 - the name of a field
_PURPOSE = "kept form"
_LOCKED = "This screen is locked. What you typed is kept in this page; give your password to go on."
_OTHER = "Somebody else is signed in now, so the form that was kept here is not sent under another name."
_BUSY = "The record is busy. What you sent is still kept in this page: wait a moment, then give your password again."


def ask_locked() -> BaseResponse:
    """The answer of a locked session to whatever it asks for."""
    one = locked_session()
    if one is None or wants_json():
        response = answer(401, _LOCKED, {"locked": True})
    else:
        response = _page(one.actor, locked=True)
    response.headers["X-Locked"] = "1"
    return response


def ask_fresh() -> BaseResponse:
    """The answer to an act that needs a fresh password: the same form once more, with the password."""
    if request.method == "GET":
        return redirect(url_for("accounts.confirm", next=_here()))
    return _page(current_actor(), locked=False)


def taken_up() -> BaseResponse | None:
    """Put a kept form, which came back with a password, in the place of the request's own; None lets the request go on."""
    if request.method != "POST" or FIELD not in request.form:
        return None
    one = locked_session() or (current_user if current_user.is_authenticated else None)
    if one is None:
        return None
    kept = _opened(one.actor, request.form[FIELD])
    if kept is None:
        return answer(400, _OTHER)
    from clinic.web import sessions  # Imported here: it needs the modules that need this one.

    try:
        sessions.prove(one, request.form.get(PASSWORD, ""))
    except sessions.SessionOver:
        return redirect(url_for("accounts.sign_in"), 303)
    except (Invalid, Busy, Unavailable) as error:
        wrong = error.message if isinstance(error, Invalid) else _BUSY
        return _page(one.actor, locked=locked_session() is not None, wrong=wrong, kept=request.form[FIELD])
    request.form = ImmutableMultiDict([*kept, ("csrf_token", request.form.get("csrf_token", ""))])
    return None


def _page(actor: Actor, *, locked: bool, wrong: str = "", kept: str = "") -> Response:
    is_form = request.method == "POST"
    files = is_form and any(file.filename for file in request.files.values())
    if is_form and not files and not kept:
        kept = _sealed(actor)
    page = render_template(
        "sessions/locked.html",
        owner=actor,
        locked=locked,
        files=files,
        kept=kept,
        action=_address() if kept else url_for("sessions.unlock"),
        password_name=PASSWORD if kept else "password",
        next=_here(),
        wrong=wrong,
    )
    return make_response(page, 422 if wrong else 401)


def _address() -> str:
    """The address of this request with its query, which may name the session or the visit that a form is about."""
    return request.full_path.rstrip("?")


def _here() -> str:
    """Where the person is: this page, or the one that its form stands on."""
    if request.method == "GET":
        return _address()
    referrer = urlsplit(request.referrer or "")
    same = referrer.netloc == request.host
    return f"{referrer.path}?{referrer.query}".rstrip("?") if same else url_for("pages.today")


def _sealed(actor: Actor) -> str:
    pairs = [(name, value) for name, value in request.form.items(multi=True) if _may_be_kept(name)]
    text = json.dumps(pairs, ensure_ascii=False)
    return encrypted(current_app.extensions["clinic_work"].key, _PURPOSE, _identity(actor), text)


def _may_be_kept(name: str) -> bool:
    return "password" not in name and name not in {"csrf_token", "repeated", "code", FIELD}


def _opened(actor: Actor, kept: str) -> list[tuple[str, str]] | None:
    """The fields of a kept form; None unless it was kept for this person, session and address."""
    try:
        text = decrypted(current_app.extensions["clinic_work"].key, _PURPOSE, _identity(actor), kept)
    except Unreadable:
        return None
    return [(name, value) for name, value in json.loads(text)]


def _identity(actor: Actor) -> str:
    return f"{actor.user_id} {actor.session_ref} {_address()}"
