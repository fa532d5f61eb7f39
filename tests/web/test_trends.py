"""The page of trends and its print: the same numbers, everything escaped, every reading on record."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from clinic.domain.patients import DatePrecision, EarlierTreatmentKind
from clinic.models import Condition
from clinic.services import conditions
from clinic.services.conditions import TreatmentValues
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for
from tests.pdf import reading
from tests.trending import CHIN, EYE, Course, at
from tests.web.statements import counted

PAGE = 12


@pytest.fixture
def course(work: Work, clinic: ClinicWorld, clock: Any) -> Course:
    """A session with its grades, then two visits with both kinds of scores."""
    clock.now = at(2025, 1, 20)
    course = Course(Charting.begun(work, clinic, clock))
    course.grade({EYE: 3, CHIN: 2})
    course.charting.signed()
    course.graded(at(2025, 4, 10), saq_sum=32, movement=3)
    course.draft(at(2025, 9, 4))
    course.grade({EYE: 1, CHIN: 2})
    course.charting.sign()
    course.graded(at(2025, 9, 5), saq_sum=23, movement=4)
    clock.now = at(2026, 1, 5)
    return course


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld, course: Course) -> Client:
    """The prescriber's browser, signed in when the course is over: no session opens anything before its time (D-26)."""
    return client_for(app, clinic.prescriber)


def address(course: Course, suffix: str = "trends") -> str:
    return f"/patients/{course.charting.patient_id}/{suffix}"


def add_treatment(course: Course, detail: str) -> None:
    charting = course.charting
    with charting.reading() as uow:
        condition_id = uow.session.execute(select(Condition.id)).scalar_one()
    values = TreatmentValues(EarlierTreatmentKind.TRAINING, date(2025, 6, 1), DatePrecision.MONTH, detail)
    with charting.writing() as uow:
        conditions.add_treatment(uow, charting.patient_id, condition_id, values)


def test_figure_table_and_print_have_the_same_numbers(client: Client, course: Course) -> None:
    page = unescape(client.get(address(course)).text)
    printed = reading.text(client.get(address(course, "trends.pdf")).data)
    for value in ("71.11", "51.11", "55", "75", "12.5"):
        assert re.search(rf"<text [^>]*>{re.escape(value)}</text>", page), value
        assert value in printed, value
    for value in ("71.11", "51.11", "55", "75"):
        assert re.search(rf'<td class="num">{re.escape(value)}</td>', page), value
    assert "12.5\u00a0units onabotulinumtoxinA (Botox)" in page
    words = "51.11 on 5 Sep 2025 (lower is better). 20 lower than on 10 Apr 2025: within noise."
    assert words in page
    assert words in printed


def test_every_number_of_a_figure_stands_in_the_print_too(client: Client, course: Course) -> None:
    page = unescape(client.get(address(course)).text)
    drawn = set(re.findall(r'<text [^>]*font-weight="600"[^>]*>([^<]+)</text>', page))
    assert {"3", "1", "2.5", "5"} < drawn
    document = reading.reader(client.get(address(course, "trends.pdf")).data)
    printed = {piece.text for index in range(len(document.pages)) for piece in reading.pieces(document, index)}
    assert drawn <= printed


def test_what_was_typed_is_escaped(client: Client, course: Course) -> None:
    add_treatment(course, "<b>mirror</b> & <script>alert(1)</script>")
    page = client.get(address(course)).text
    assert "<b>mirror" not in page
    assert "<script>alert" not in page
    assert "&lt;b&gt;mirror&lt;/b&gt; &amp;" in page
    assert "<b>mirror</b> & <script>alert(1)</script>" in reading.text(client.get(address(course, "trends.pdf")).data)


def test_tables_have_captions_and_heads(client: Client, course: Course) -> None:
    page = client.get(address(course)).text
    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)
    assert len(tables) == 6
    assert all("<caption" in one and 'scope="col"' in one and 'scope="row"' in one for one in tables)
    figures = re.findall(r"<svg [^>]*viewBox[^>]*role=\"img\"[^>]*><title>([^<]+)</title>", page)
    assert "SAQ, total over time; the numbers stand in the table" in figures


def test_links_lead_to_every_figure(client: Client, course: Course) -> None:
    page = client.get(address(course)).text
    targets = re.findall(r'href="#([a-z0-9-]+)"', page)
    assert {"saq-total", "sunnybrook-composite-left", "pattern-eye-left", "doses", "sessions"} < {*targets}
    assert all(f'id="{target}"' in page for target in targets)


def test_without_a_score_the_page_says_what_comes_next(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    empty = Course(Charting.begun(work, clinic, clock))
    client = client_for(app, clinic.prescriber)
    page = client.get(address(empty))
    assert page.status_code == 200
    assert "Nothing to show yet" in page.text
    assert f'href="/patients/{empty.charting.patient_id}"' in page.text
    assert "trends.pdf" not in page.text
    assert "No signed visit has a score" in reading.text(client.get(address(empty, "trends.pdf")).data)


def test_the_patient_page_leads_to_the_timeline_and_that_to_the_trends(client: Client, course: Course) -> None:
    assert address(course, "timeline") in client.get(f"/patients/{course.charting.patient_id}").text
    assert address(course) in client.get(address(course, "timeline")).text


def test_both_readings_are_on_record(client: Client, course: Course, work: Work) -> None:
    client.get(address(course))
    client.get(address(course, "trends.pdf"))
    with work.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT action, patient_id FROM audit_event WHERE subject = 'patient.trends' ORDER BY sequence")
        ).all()
    assert [row.action for row in rows] == ["patient.viewed", "document.read"]
    assert {row.patient_id for row in rows} == {course.charting.patient_id}


def test_another_clinic_finds_nothing(app: Flask, course: Course, other_clinic: ClinicWorld) -> None:
    client = client_for(app, other_clinic.prescriber)
    assert client.get(address(course)).status_code == 404
    assert client.get(address(course, "trends.pdf")).status_code == 404


def test_the_page_costs_a_fixed_number_of_statements(
    app: Flask, course: Course, clinic: ClinicWorld, work: Work
) -> None:
    few = page_statements(client_for(app, clinic.prescriber), course, work)
    for day in range(1, 9):
        course.graded(at(2026, 2, day), saq_sum=20, movement=4)
    assert page_statements(client_for(app, clinic.prescriber), course, work) == few
    assert few <= PAGE


def page_statements(client: Client, course: Course, work: Work) -> int:
    with counted(work.engine) as seen:
        assert client.get(address(course)).status_code == 200
    return len(seen)
