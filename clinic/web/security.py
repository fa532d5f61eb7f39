"""Who is signed in, what a route permits, and the headers of every answer."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_login import UserMixin, current_user
from werkzeug.wrappers import Response as BaseResponse

from clinic.domain.actors import Actor, Permission
from clinic.domain.emergencies import holds, why_not
from clinic.domain.errors import NotPermitted
from clinic.services.authority import require_fresh
from clinic.web.errors import answer

_WITHOUT_SESSION = frozenset({"static", "health.alive", "health.ready", "health.well"})
"""Public routes that answer without asking whose session it is: they must answer while there is no database."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
HSTS = "max-age=31536000; includeSubDomains"
TOKEN_BYTES = 32
_ADDING = frozenset(
    {
        "second_factors.new_authenticator",
        "second_factors.authenticator",
        "passkeys.new_challenge",
        "passkeys.add",
    }
)
SETTING_UP = _ADDING | {
    "accounts.sign_out",
    "accounts.change_password",
    "accounts.confirm",
    "sessions.active",
    "sessions.lock",
    "passkeys.confirm",
    "second_factors.security",
}
"""All that a session opens which still lacks the second factor that the clinic demands (S-09)."""
_FROM_AFAR = (
    "This session began at the clinic and is somewhere else now. A first second factor is set up at the clinic, or after"
    " signing in from here with a code from an administrator. Nothing was changed."
)
CLEARED = '"cache", "storage"'
"""What a browser forgets at signing out (Clear-Site-Data); cookies stay, so that it is known when it comes back."""
_ENDED = (
    "Your session has ended, so nothing was saved by sending this form now. {rest}, then sign in. If you had sent it"
    " before and no answer came, look first whether it is there."
)
_INSIDE = re.compile(r"/(?![/\\])[!-~]*")
"""An address on this site: one slash at its start, and none of the blanks and controls that browsers leave out."""


class UndeclaredPermission(RuntimeError):
    """A route that does not say what it permits; the program does not start with one."""


class SignedIn(UserMixin):
    """What Flask-Login carries: the frozen actor, and the token whose hash is the session's row."""

    def __init__(self, actor: Actor, token: str) -> None:
        self.actor = actor
        self.token = token

    def get_id(self) -> str:
        """The session token; the cookie holds nothing else about the person."""
        return self.token


def new_token() -> str:
    """A random session token."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What the database holds of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def permission(needed: Permission) -> Callable[[View], View]:
    """Declare what a view permits; every view needs exactly one."""

    def declare(view: View) -> View:
        view.clinic_permission = needed  # type: ignore[attr-defined]
        return view

    return declare


def fresh_password(view: View) -> View:
    """Declare that a view needs a password given within the last five minutes; without it the page asks, and goes on."""
    view.clinic_fresh_password = True  # type: ignore[attr-defined]
    return view


def needs_fresh_password(app: Flask, endpoint: str) -> bool:
    """Whether an endpoint's view declares that it needs a fresh password."""
    return getattr(app.view_functions[endpoint], "clinic_fresh_password", False)


def safe_target(target: str | None) -> str:
    """An address of this site to go on to; the first page where ``target`` is none."""
    return target if target and _INSIDE.fullmatch(target) else url_for("pages.today")


def locked_session() -> SignedIn | None:
    """The session of this browser, while it waits for its owner's password; it permits nothing."""
    return None if current_user.is_authenticated else g.get("locked_session")


def current_actor() -> Actor:
    """The signed-in person. Raises 401 when nobody is."""
    if not current_user.is_authenticated:
        abort(401)
    return cast(SignedIn, current_user).actor


def declared_permission(app: Flask, endpoint: str) -> Permission | None:
    """The permission that an endpoint's view declares, or None."""
    return getattr(app.view_functions[endpoint], "clinic_permission", None)


def require_declared(app: Flask) -> None:
    """Refuse to start with a route that declares no permission."""
    for rule in app.url_map.iter_rules():
        if declared_permission(app, rule.endpoint) is None:
            raise UndeclaredPermission(f"The route {rule.rule} declares no permission.")


def check_permission() -> BaseResponse | None:
    """Before each request: a screen in a patient's hands, sign-in, forced password change, role.

    Unknown routes go on to their 404.
    """
    if request.endpoint in _WITHOUT_SESSION:
        return None
    if _is_handed_over():
        return _to_form()
    if request.endpoint is None:
        return None
    needed = declared_permission(current_app, request.endpoint)
    if needed is None:
        abort(403)
    if needed is Permission.PUBLIC:
        return None
    if (refusal := _not_proved()) is not None:
        return refusal
    actor = current_actor()
    if actor.must_change_password and needed is not Permission.ACCOUNT:
        return redirect(url_for("accounts.change_password"))
    if actor.second_factor_missing and request.endpoint not in SETTING_UP:
        return _to_second_factors()
    if actor.second_factor_missing and request.endpoint in _ADDING and _moved_outside(actor):
        return answer(403, _FROM_AFAR)
    if not holds(actor, needed, current_app.extensions["clinic_work"].clock()):
        raise NotPermitted(why_not(actor))
    if needs_fresh_password(current_app, request.endpoint) and _is_the_act():
        require_fresh(actor, current_app.extensions["clinic_work"].clock())
    return None


def _is_the_act() -> bool:
    """Whether this request is what its view is for: its form sent, or, where there is none, the page itself."""
    rule = request.url_rule
    return request.method not in _SAFE or rule is None or not (rule.methods or set()) - _SAFE


def _not_proved() -> BaseResponse | None:
    """Ask who it is: sign in, or the password of a locked session. A form that comes back with it goes on from here."""
    from clinic.web import kept_forms  # Imported here: it needs this module.

    if (refusal := kept_forms.taken_up()) is not None:
        return refusal
    if current_user.is_authenticated:
        return None
    return kept_forms.ask_locked() if locked_session() else _to_sign_in()


def _moved_outside(actor: Actor) -> bool:
    """Whether a session that began on the clinic's networks is used from elsewhere: its cookie may have been carried off."""
    from clinic.web.form_browsers import on_own_network  # Imported here: it needs this module.

    return on_own_network(actor.address) and not on_own_network()


def _to_second_factors() -> BaseResponse:
    words = (
        "Your clinic asks for a second factor here, and you have none yet. Nothing of this request was saved."
        " Copy what you typed, open your account page and set one up."
    )
    if request.method != "GET" or request.accept_mimetypes.best == "application/json":
        return answer(403, words)
    return redirect(url_for("second_factors.security"))


def _is_handed_over() -> bool:
    """Whether this session is locked to a patient's form, and the request is for anything else."""
    if request.blueprint == "patient_answers":
        return False
    return current_user.is_authenticated and current_actor().locked_form_id is not None


def _to_form() -> BaseResponse:
    if request.accept_mimetypes.best == "application/json":
        abort(401)
    return redirect(url_for("patient_answers.show"), 303)


def _to_sign_in() -> BaseResponse:
    if request.accept_mimetypes.best == "application/json":
        abort(401)
    if request.method == "POST":
        rest = "What was kept in the page ended with it" if "kept_form" in request.form else "Copy what you typed"
        return answer(401, _ENDED.format(rest=rest))
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.sign_in", next=target))


def start_request() -> None:
    """Give the request its id, which the logs and the audit trail share."""
    g.request_id = secrets.token_hex(8)


def refuse_oversized() -> None:
    """Hold a form that was sent as one text to the limits of one sent in parts, which are all that werkzeug bounds."""
    if request.mimetype != "application/x-www-form-urlencoded":
        return
    most = request.max_form_memory_size
    if most is not None and (request.content_length or 0) > most:
        abort(413)
    if request.max_form_parts is not None and sum(map(len, request.form.listvalues())) > request.max_form_parts:
        abort(413)


def refuse_unstorable() -> None:
    """Answer 400 to a NUL in the address or the form: no browser sends one, and PostgreSQL stores none."""
    sent = (request.args, request.form)
    texts = [request.path, *(text for values in sent for pair in values.items(multi=True) for text in pair)]
    if any("\0" in text for text in texts):
        abort(400)


def add_headers(response: Response) -> Response:
    """Put the security headers on every answer; nothing behind a sign-in is kept by a cache."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    if request.endpoint not in {"static", "pages.static_file", "pages.face_geometry"}:
        response.headers["Cache-Control"] = "no-store"
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response
