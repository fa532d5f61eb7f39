"""S-83, S-55, V-20: what a hundred malformed requests get: words, a number, and nothing of the inside."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Permission
from clinic.web.security import permission
from tests.factories import Client, ClinicWorld, client_for

INSIDE = re.compile(
    r"Traceback|File \"|line \d+, in|sqlite3|psycopg|sqlalchemy|SELECT .* FROM|INSERT INTO|werkzeug|jinja2|flask|waitress"
    r"|/clinic/|site-packages|\.py\b|Python/\d|0x[0-9a-f]{8}|no such (column|table)|syntax error",
    re.IGNORECASE,
)
"""A stack, a statement, a path, a library or a version."""
NUMBERED = {400, 403, 405, 413, 415, 500, 503}
"""Refusals that are no page of a form with what was typed, and no closed form of a patient."""
LONGEST = "x" * 100_000
PATHS = (
    "/patients/%FF%FE", "/patients/%C0%AF", "/patients/%2500", "/patients/%00", "/patients/%E2%80%AE", "/patients/" + "a" * 5000,
    "/patients/' OR '1'='1", "/patients/{{7*7}}", "/patients/../../etc/passwd", "/patients/%0d%0aX-Evil:%201",
    "/visits/0", "/visits/-1", "/visits/NaN", "/visits/__class__", "/visits/null/chart.json", "/stock/vials/%F0%9F%98%80",
    "/nowhere", "/patients//", "//patients", "/patients;x=1", "/audit?before=x", "/audit?before=-1", "/audit?since=%FF",
    "/audit?until=9999-99-99", "/audit?action[]=1", "/patients?page=1e9", "/cohorts?sex=%00", "/reports?from=x&to=y",
    "/work-lists?list=x", "/trends", "/patients?" + "a=1&" * 900, "/form/questions/99999999999999999999", "/form/link/" + "x" * 900,
    "/settings/questionnaires/x", "/texts/xx/../x", "/imports/columns/x.csv", "/face-.json", "/static/x",
)  # fmt: skip
TYPES = ("application/json", "text/xml", "application/xml", "application/x-yaml", "application/x-python-serialize",
         "application/octet-stream", "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "x", "", "a/b;c=\"")  # fmt: skip
BODIES = (
    b"",
    b"{",
    b"\x80\x04\x95",
    b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>",
    b"--x\r\n",
    b"\xff" * 50,
)
HEADERS: tuple[dict[str, str], ...] = (
    {"Cookie": "__Host-clinic=x"},
    {"Cookie": "__Host-clinic=eyJhIjoxfQ.x.y"},
    {"Cookie": "; =; __Host-clinic; a=\x7f"},
    {"Accept": "application/json"},
    {"Accept": "x" * 5000},
    {"Accept-Language": "*" * 5000},
    {"If-Modified-Since": "never", "Range": "bytes=9-1"},
    {"Authorization": "Basic !!!!"},
    {"Content-Length": "-1"},
    {"Transfer-Encoding": "x"},
    {"X-Requested-With": LONGEST[:4000]},
)


def wrong(answer: Any, where: str) -> list[str]:
    """What an answer tells of the inside, and what it owes and does not give."""
    found = []
    text = answer.text if answer.mimetype in {"text/html", "application/json", "text/plain"} else ""
    shown = re.sub(r'(href|src|action)="[^"]*"', "", text) if answer.status_code < 400 else text
    if answer.status_code >= 400 and (match := INSIDE.search(shown)):
        found.append(f"{where}: {match[0]!r}")
    if answer.status_code >= 500:
        found.append(f"{where}: {answer.status_code}")
    if answer.status_code >= 400 and not answer.headers.get("X-Request-Id"):
        found.append(f"{where}: no number")
    if answer.status_code in NUMBERED and answer.mimetype == "text/html" and answer.headers["X-Request-Id"] not in text:
        found.append(f"{where}: the number is not on the page")
    found += [f"{where}: {name}" for name in ("Server", "X-Powered-By") if name in answer.headers]
    if answer.mimetype == "application/json" and answer.status_code >= 400:
        found += [f"{where}: {name}" for name in {"request_id", "message"} - json.loads(text).keys()]
    if answer.mimetype.startswith("text/") and "charset=utf-8" not in answer.content_type.lower():
        found.append(f"{where}: no charset")
    return found


def asked(client: Client) -> list[str]:
    """More than a hundred malformed requests, as a page and as JSON."""
    found, count = [], 0
    for path in PATHS:
        for accept in ("text/html", "application/json"):
            with client.get(path, headers={"Accept": accept}) as answer:
                found += wrong(answer, f"GET {path[:40]} {accept}")
            count += 1
    for kind in TYPES:
        for body in BODIES:
            with client.post("/patients/search", data=body, content_type=kind) as answer:
                found += wrong(answer, f"POST {kind} {body[:10]!r}")
            count += 1
    for headers in HEADERS:
        with client.get("/patients", headers=headers) as answer:
            found += wrong(answer, f"GET with {list(headers)}")
        count += 1
    assert count > 100
    return found


def test_malformed_requests_learn_nothing(app: Flask, clinic: ClinicWorld) -> None:
    """S-83, V-20: pages and JSON, signed in."""
    app.config["TESTING"] = False
    assert asked(client_for(app, clinic.prescriber)) == []


def test_malformed_requests_learn_nothing_before_signing_in(app: Flask, clinic: ClinicWorld) -> None:
    """S-83: before anybody is known."""
    app.config["TESTING"] = False
    client = app.test_client()
    assert isinstance(client, Client)
    assert asked(client) == []


@pytest.mark.parametrize(
    "kind", ["application/xml", "text/xml", "application/x-yaml", "application/x-python-serialize"]
)
def test_no_body_is_read_as_anything_but_a_form(app: Flask, clinic: ClinicWorld, kind: str) -> None:
    """S-53, S-69, V-20: XML, YAML and pickles change nothing, with a right token in the header or not."""
    client = client_for(app, clinic.prescriber)
    answer = client.post("/patients/new", data=b"\x80\x04family_name", content_type=kind, headers={"X-CSRFToken": "x"})
    assert answer.status_code in {400, 415}


def test_a_fault_shows_its_number_and_nothing_else(app: Flask, clinic: ClinicWorld) -> None:
    """S-83, S-84: the text of the fault holds a name, and neither the page nor JSON does."""

    @permission(Permission.PATIENT_READ)
    def planted() -> str:
        raise RuntimeError("Keane SELECT * FROM patient")

    app.config |= {"TESTING": False, "PROPAGATE_EXCEPTIONS": False}
    app.add_url_rule("/planted", "planted", planted)
    client = client_for(app, clinic.prescriber)
    for accept in ("text/html", "application/json"):
        answer = client.get("/planted", headers={"Accept": accept})
        assert answer.status_code == 500
        assert "Keane" not in answer.text
        assert not INSIDE.search(answer.text)
        assert answer.headers["X-Request-Id"] in answer.text


def test_a_page_that_shows_a_stack_is_found(app: Flask, clinic: ClinicWorld) -> None:
    """S-83, the tooth."""

    @permission(Permission.PATIENT_READ)
    def planted() -> tuple[str, int]:
        return 'Traceback (most recent call last): File "clinic/web/patients.py", line 9, in show', 404

    app.add_url_rule("/planted", "planted", planted)
    assert wrong(client_for(app, clinic.prescriber).get("/planted"), "planted")
