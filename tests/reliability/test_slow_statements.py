"""A slow statement and a slow request are lines of the log, with their shape and place and without a value."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, literal, select

from clinic import slow_statements
from clinic.models import Patient
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld, client_for, make_patient
from tests.reliability.test_health import told

CANARY = "Zanzibarcanary"


@pytest.fixture
def slow(app: Flask, work: Work) -> None:
    """An engine in which each statement about patients takes 30 ms, with the line at 10 ms."""
    slow_statements.listen(work.engine, 10)
    event.listen(
        work.engine,
        "before_cursor_execute",
        lambda *given: time.sleep(0.03) if "FROM patient" in given[2] else None,
    )
    app.extensions["clinic_settings"] = app.extensions["clinic_settings"].__class__(
        **{**vars(app.extensions["clinic_settings"]), "slow_milliseconds": 20}
    )


def lines_of(lines: list[dict[str, Any]], message: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["message"] == message]


def test_a_slow_statement_is_a_line_without_a_value(slow: None, work: Work, clinic: ClinicWorld) -> None:
    make_patient(work, clinic.prescriber, family_name=CANARY)
    with told() as lines, work.reading(clinic.prescriber) as uow:
        uow.session.execute(select(Patient.id, literal(CANARY)).where(Patient.family_name == CANARY, Patient.id != "7"))
    [line] = lines_of(lines, "slow statement")
    assert line["ms"] >= 10
    assert "FROM patient" in line["statement"]
    assert CANARY not in json.dumps(lines)


def test_a_slow_request_names_its_statements(slow: None, app: Flask, work: Work, clinic: ClinicWorld) -> None:
    make_patient(work, clinic.prescriber, family_name=CANARY)
    client = client_for(app, clinic.prescriber)
    with told() as lines:
        answer = client.send("/patients/search", {"q": CANARY})
    assert answer.status_code == 200
    statements, [request] = lines_of(lines, "slow statement"), lines_of(lines, "slow request")
    assert statements
    assert {line["request_id"] for line in (*statements, request)} == {answer.headers["X-Request-Id"]}
    assert request["slow_statements"] == len(statements)
    assert any("patient" in place for line in statements for place in line["where"])
    assert CANARY not in json.dumps(lines)


def test_a_quick_one_is_none(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    slow_statements.listen(work.engine, 60_000)
    with told() as lines, work.reading(clinic.prescriber) as uow:
        uow.session.execute(select(Patient.id))
    assert lines_of(lines, "slow statement") == []


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        ("SELECT a FROM t WHERE b = 'O''Brien' AND c = 3.5", "SELECT a FROM t WHERE b = ? AND c = ?"),
        ("SELECT a FROM t WHERE b IN (?, ?, ?)", "SELECT a FROM t WHERE b IN (…)"),
        ("SELECT a FROM t WHERE b IN (%(b_1)s, %(b_2)s)", "SELECT a FROM t WHERE b IN (…)"),
        (
            'SELECT "user".id AS anon_1 FROM "user"\n WHERE x1 = 1979',
            'SELECT "user".id AS anon_1 FROM "user" WHERE x1 = ?',
        ),
        ("""SELECT 'a "Kern" b' FROM t""", "SELECT ? FROM t"),
        ("""SELECT "a" FROM t WHERE b = 'Kern "x' OR c = '"Kern'""", 'SELECT "a" FROM t WHERE b = ? OR c = ?'),
        (r"SELECT E'it\'s Kern' FROM t WHERE b LIKE'Kern%'", "SELECT ? FROM t WHERE b LIKE?"),
        ("SELECT $$Kern's$$, $x$Kern$$$x$ FROM t", "SELECT ?, ? FROM t"),
        ('SELECT "Kern Anna" FROM t -- Kern\nWHERE /* Kern */ b = 1e5', "SELECT ? FROM t WHERE b = ?"),
        ("SELECT a FROM t WHERE b IN ('Kern', 7, 0x1F) AND c = 'Kern", "SELECT a FROM t WHERE b IN (…) AND c = ?"),
        ("SELECT a FROM t WHERE b IN (%(b_1)s::VARCHAR, 'Kern')", "SELECT a FROM t WHERE b IN (%(b_1)s::VARCHAR, ?)"),
    ],
)
def test_the_shape_has_no_value(statement: str, kept: str) -> None:
    assert slow_statements.shape(statement) == kept
