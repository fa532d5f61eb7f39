"""For the machines that watch: does the program answer, can it serve, must somebody look."""

from __future__ import annotations

import ipaddress
from typing import cast

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from clinic.domain.actors import Permission
from clinic.domain.emergencies import holds
from clinic.health.report import Report
from clinic.health.watching import Watch
from clinic.unit_of_work import Unavailable
from clinic.web.security import permission
from clinic.web.work import work

blueprint = Blueprint("health", __name__)
_OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip")


@blueprint.get("/health")
@blueprint.get("/healthz")
@permission(Permission.PUBLIC)
def alive() -> Response:
    """Whether the program answers; it asks nothing else, least of all the database."""
    return jsonify(status="ok")


@blueprint.get("/ready")
@permission(Permission.PUBLIC)
def ready() -> Response:
    """Whether requests can be sent here: 503 while nothing could be saved."""
    report = watch().report(work())
    return _answer(report, well=report.serves)


@blueprint.get("/ready/all")
@permission(Permission.PUBLIC)
def well() -> Response:
    """Whether all is well: 503 also for what lets the clinic go on, such as an old backup."""
    report = watch().report(work())
    return _answer(report, well=report.is_well)


def register(app: Flask) -> None:
    """Look after the installation every hour."""
    app.after_request(_hourly)


def _hourly(response: Response) -> Response:
    if watch().is_due():
        watch().look_after_beside(work())
    return response


def watch() -> Watch:
    """The application's watch."""
    return cast(Watch, current_app.extensions["clinic_watch"])


def _answer(report: Report, *, well: bool) -> Response:
    said: dict[str, object] = {"status": "ok" if well else "not ready"}
    if _may_know():
        said["checks"] = [{"name": one.name, "state": one.state.value, "said": one.in_words} for one in report.checks]
    response = jsonify(said)
    response.status_code = 200 if well else 503
    return response


def _may_know() -> bool:
    """Whether the caller is on this machine itself, with no proxy between, or may manage the settings."""
    if _is_this_machine():
        return True
    try:
        actor = getattr(current_user, "actor", None)
    except (Unavailable, SQLAlchemyError):  # Whoever has a session asks a database that may be damaged.
        return False
    return (
        actor is not None and actor.locked_form_id is None and holds(actor, Permission.SETTINGS_MANAGE, work().clock())
    )


def _is_this_machine() -> bool:
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    # A proxy in front connects from this machine, too: it forwards, or passes on the name that the public knows.
    asked_here = request.host.rpartition(":")[0].strip("[]") or request.host
    forwarded = any(name in request.headers for name in _FORWARDED)
    return address.is_loopback and not forwarded and asked_here in _OWN_NAMES
