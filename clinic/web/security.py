"""Who is signed in, what a route permits, and the headers of every answer."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_login import UserMixin, current_user
from werkzeug.wrappers import Response as BaseResponse

from clinic.domain.actors import ROLES, Actor, Permission
from clinic.domain.errors import NotPermitted
from clinic.web.errors import answer

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
    if request.endpoint == "static":
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
    if not current_user.is_authenticated:
        return _to_sign_in()
    actor = current_actor()
    if actor.must_change_password and needed is not Permission.ACCOUNT:
        return redirect(url_for("accounts.change_password"))
    if actor.role not in ROLES[needed]:
        raise NotPermitted(f"The role {actor.role.value} may not do this.")
    return None


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
        return answer(
            401, "Your session has ended, so nothing of this form was saved. Copy what you typed, then sign in."
        )
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.sign_in", next=target))


def start_request() -> None:
    """Give the request its id, which the logs and the audit trail share."""
    g.request_id = secrets.token_hex(8)


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
