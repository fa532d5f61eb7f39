"""Every route: what it declares, that it asks for sign-in and token, what reading changes, and its headers.

Roles, clinics, states and methods are attacked in tests/security/.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule

from clinic.domain.actors import Permission, Role
from clinic.unit_of_work import Work
from clinic.web.security import declared_permission
from tests import stages
from tests.every_kind import one_of_every_kind
from tests.factories import Client, ClinicWorld, client_for

MISSING = "0" * 26
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
NOT_READY = {"/ready/all"}
"""Says 503 where no backup was ever made."""
NOT_RECORDS = {"static", "pages.face_geometry"}
"""Routes whose argument is no record."""


def rules(app: Flask) -> list[Rule]:
    """All routes that lead to a view of ours."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in NOT_RECORDS]


def address(app: Flask, rule: Rule, ids: dict[str, str]) -> str:
    """The URL of a rule with ids for its arguments."""
    with app.test_request_context(base_url="https://localhost"):
        from flask import url_for

        return url_for(rule.endpoint, **{name: ids.get(name, MISSING) for name in rule.arguments})


@pytest.fixture
def signed(work: Work, clinic: ClinicWorld, clock: Any) -> dict[str, str]:
    """Ids of one record of every kind in the first clinic."""
    return dict(stages.once(work, ("one of every kind", clinic.id), lambda: one_of_every_kind(work, clinic, clock)))


def test_every_route_declares_a_permission(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        assert declared_permission(app, rule.endpoint) is not None, rule.rule


def test_a_route_without_a_permission_stops_the_start(app: Flask) -> None:
    from clinic.web.security import UndeclaredPermission, require_declared

    app.view_functions["stray"] = lambda: "x"
    app.url_map.add(Rule("/stray", endpoint="stray"))
    with pytest.raises(UndeclaredPermission):
        require_declared(app)


def test_nobody_gets_anywhere_without_signing_in(app: Flask, signed: dict[str, str]) -> None:
    client = app.test_client()
    for rule in rules(app):
        if declared_permission(app, rule.endpoint) is Permission.PUBLIC:
            continue
        method = "GET" if "GET" in rule.methods else "POST"
        answer = send(client, method, address(app, rule, signed))
        assert answer.status_code in {302, 400, 401}, rule.rule
        assert "Keane" not in answer.text


def test_every_unsafe_route_needs_the_csrf_token(
    app: Flask, work: Work, clinic: ClinicWorld, signed: dict[str, str]
) -> None:
    client = client_for(app, clinic.prescriber)
    before = checksum(work)
    for rule in rules(app):
        for method in sorted((rule.methods or set()) & UNSAFE):
            answer = client.open(address(app, rule, signed), method=method, data={"idempotency_key": "x"})
            assert answer.status_code in {400, 403}, f"{method} {rule.rule}: {answer.status_code}"
    assert checksum(work) == before


def test_reading_changes_nothing_but_the_audit_trail(
    app: Flask, work: Work, clinic: ClinicWorld, signed: dict[str, str]
) -> None:
    for role in (Role.PRESCRIBER, Role.ADMINISTRATOR, Role.AUDITOR):
        client = client_for(app, clinic.people[role])
        first = address(app, next(r for r in rules(app) if r.endpoint == "documents.original"), signed)
        client.get(first)  # The first reading of an original keeps it; every later one changes nothing.
        before = checksum(work)
        for rule in rules(app):
            if "GET" in (rule.methods or set()):
                answer = client.get(address(app, rule, signed))
                assert answer.status_code < 500 or rule.rule in NOT_READY, rule.rule
        assert checksum(work) == before


def test_every_answer_carries_the_security_headers(app: Flask, clinic: ClinicWorld, signed: dict[str, str]) -> None:
    client = client_for(app, clinic.prescriber)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()):
            continue
        with client.get(address(app, rule, {**signed, "filename": "css/base.css", "version": "1"})) as answer:
            check_headers(rule, answer)


def check_headers(rule: Rule, answer: Any) -> None:
    """A strict policy on everything, and nothing behind a sign-in kept by a cache."""
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy, rule.rule
    assert "default-src 'none'" in policy, rule.rule
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    if rule.endpoint not in NOT_RECORDS:
        assert answer.headers["Cache-Control"] == "no-store", rule.rule


def send(client: Client, method: str, url: str) -> Any:
    """A GET, or a form with nothing but its tokens."""
    return client.get(url) if method == "GET" else client.send(url)


def checksum(work: Work) -> str:
    """A hash over every row of every table but the audit trail, sessions, stored answers, and what is made from the record itself."""
    from clinic.models import Base

    digest = hashlib.sha256()
    skipped = {"audit_event", "audit_head", "server_session", "idempotency_key", "waiting_line", "waiting_mark"}
    with work.engine.connect() as connection:
        for table in sorted(Base.metadata.tables.keys() - skipped):
            rows = sorted(map(repr, connection.execute(text(f'SELECT * FROM "{table}"'))))
            digest.update(repr((table, rows)).encode())
    return digest.hexdigest()
