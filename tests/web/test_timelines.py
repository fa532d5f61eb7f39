"""The page of the timeline: every mark a link, the same as a list, days and kinds in its address, every reading on record."""

from __future__ import annotations

import gzip
import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from clinic.domain.anatomy import Side
from clinic.domain.face_marks import Mark
from clinic.domain.timelines import Item, Lane, Page, Series, Timeline, view
from clinic.domain.timelines_windows import whole
from clinic.queries.patients import strip
from clinic.services import patients, visits
from clinic.unit_of_work import Work
from clinic.web.timelines_svg import figures
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.trending import Course, at
from tests.web.statements import counted

TODAY = date(2026, 11, 23)


@pytest.fixture
def course(work: Work, clinic: ClinicWorld, clock: Any) -> Course:
    """A signed session, two visits with scores, and a draft."""
    clock.now = at(2025, 1, 20)
    course = Course(Charting.begun(work, clinic, clock))
    course.charting.signed()
    course.graded(at(2025, 4, 10), saq_sum=32, movement=3)
    course.graded(at(2025, 9, 4), saq_sum=23, movement=4)
    course.draft(at(2025, 12, 1))
    clock.now = at(2026, 1, 5)
    return course


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld, course: Course) -> Client:
    """The prescriber's browser, signed in when the course is over: no session opens anything before its time (D-26)."""
    return client_for(app, clinic.prescriber)


def page(client: Client, course: Course, query: str = "") -> str:
    return unescape(client.get(f"/patients/{course.charting.patient_id}/timeline{query}").text)


def rows(html: str) -> list[str]:
    """The lines of the list, tags left out."""
    table = html.partition('class="table table-stack timeline-list"')[2].partition("</table>")[0]
    found = re.findall(r"<tr><th scope=\"row\".*?</tr>", table, re.DOTALL)
    return [re.sub(r"[ \n]+", " ", re.sub("<[^>]+>", " ", one)).strip() for one in found]


def test_the_page_shows_everything_twice_and_as_a_list(client: Client, course: Course, work: Work) -> None:
    html = page(client, course)
    visit = f"/visits/{course.charting.visit_id}"
    assert html.count(f'<a href="{visit}"><title>1 Dec 2025: visit, not signed (draft)</title>') == 2
    assert 'role="group" aria-label="Timeline, ' in html
    assert html.count('<use href="#small-face"/>') == 1
    listed = rows(html)
    assert listed[0].startswith("1 Dec 2025 Other visits visit, not signed draft")
    assert "10 Apr 2025 Scores Sunnybrook, composite, patient’s left 55; SAQ, total 71.11" in listed
    assert any("injection session, 12.5\N{NO-BREAK SPACE}units onabotulinumtoxinA (Botox)" in one for one in listed)
    with work.engine.connect() as connection:
        found = connection.execute(
            text("SELECT action, patient_id FROM audit_event WHERE subject = 'patient.timelines'")
        ).all()
    assert [tuple(row) for row in found] == [("patient.viewed", course.charting.patient_id)]


def test_days_and_kinds_in_the_address_hold_for_figure_and_list(client: Client, course: Course) -> None:
    html = page(client, course, "?from=2025-04-01&to=2025-04-30")
    assert [one.split()[3] for one in rows(html)] == ["Plan", "Scores", "Other"]
    assert "Outside of these days:" in html
    only = page(client, course, "?lane=sessions")
    assert [one.split()[3] for one in rows(only)] == ["Injection"]
    assert "SAQ" not in only
    assert (
        'value="sessions" checked' in only
        or 'checked id="lane-0"' in only
        or re.search(r'checked[^>]*value="sessions"', only)
    )
    links = re.findall(r'href="((?:/patients/[^"]*)?[?][^"]*from=[^"]*)"', only)
    assert links
    assert all("lane=sessions" in link and link.endswith("#timeline") for link in links)
    near = page(client, course, "?around=2025-04-10")
    assert "13 Mar 2025 to 7 May 2025" in near


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?from=2025-05-01&to=2025-04-01", "This day is before the first one"),
        ("?from=spring", "Write a whole date"),
        ("?lane=gossip", "Choose from the list"),
    ],
)
def test_what_cannot_be_read_is_said_and_everything_is_shown(
    client: Client, course: Course, query: str, words: str
) -> None:
    answer = client.get(f"/patients/{course.charting.patient_id}/timeline{query}")
    assert answer.status_code == 422
    assert words in answer.text
    assert len(rows(unescape(answer.text))) == len(rows(page(client, course)))
    if "spring" in query:
        assert 'value="spring"' in answer.text


def test_odd_pages_of_the_list_are_its_ends(client: Client, course: Course) -> None:
    listed = rows(page(client, course))
    assert listed
    assert rows(page(client, course, "?page=99")) == listed == rows(page(client, course, "?page=-1"))


def test_nobody_sees_another_clinics_timeline(app: Flask, course: Course, other_clinic: ClinicWorld) -> None:
    answer = client_for(app, other_clinic.prescriber).get(f"/patients/{course.charting.patient_id}/timeline")
    assert answer.status_code == 404


def test_an_empty_record_says_what_comes_next(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    patient_id = make_patient(work, clinic.prescriber)
    html = client_for(app, clinic.prescriber).get(f"/patients/{patient_id}/timeline").text
    assert "Nothing to show yet" in html
    assert "<svg xmlns" not in html


def test_every_part_of_a_retired_patients_history_says_so_and_why(
    app: Flask, course: Course, clinic: ClinicWorld, work: Work
) -> None:
    patient_id = course.charting.patient_id
    with course.charting.fresh_writing() as uow:
        visits.discard(uow, course.charting.visit_id, course.charting.version(), "begun by mistake")
    with course.charting.fresh_writing() as uow:
        patients.retire_patient(uow, patient_id, strip(uow, patient_id).edit_version, "the same person twice")
    client = client_for(app, clinic.prescriber)
    for part in ("timeline", "compare", "doses", "dose-effect", "trends", "lots"):
        found = client.get(f"/patients/{patient_id}/{part}")
        assert found.status_code == 200, part
        assert "This record was retired on" in found.text, part
        assert "the same person twice" in found.text, part


def test_the_page_costs_the_same_for_more_visits(app: Flask, course: Course, clinic: ClinicWorld, work: Work) -> None:
    def statements() -> int:
        client = client_for(app, clinic.prescriber)
        with counted(work.engine) as seen:
            assert rows(page(client, course))
        return len(seen)

    few = statements()
    for number in range(3):
        course.graded(at(2026, 2, 3 + number), saq_sum=20)
    assert statements() == few <= 12


def history(visits: int, every: int) -> Timeline:
    """Sessions of twenty sites with a review and three scores each."""
    sites = tuple(Mark(-600 + 40 * n, 300 - 40 * n, n, Decimal("2.5"), Side.RIGHT, "mentalis") for n in range(1, 21))
    items, series = [], []
    for number in range(visits):
        on = date(2015, 1, 5) + timedelta(days=every * number)
        ref = f"{number:026d}"
        at_day = {"dated": f"{on}", "page": Page.VISIT, "ref": ref}
        words = "injection session, 50 units onabotulinumtoxinA (Botox)"
        items.append(
            Item(f"s{ref}", Lane.SESSIONS, on, on, words=words, totals=(("Botox", "50"),), sites=sites, **at_day)
        )
        until = on + timedelta(days=70)
        items.append(
            Item(f"r{ref}", Lane.REVIEWS, on, until, words="review " * 12, short="10 weeks", lasting=True, **at_day)
        )
        items.append(Item(f"v{ref}", Lane.VISITS, on, on, words="visit: review", **at_day))
        for name in "abc":
            items.append(
                Item(f"{name}{ref}", Lane.SCORES, on, on, words="score", short="55", value=Decimal(55), **at_day)
            )
    for name in "abc":
        points = tuple(one for one in items if one.key.startswith(name))
        series.append(
            Series(name, "higher is better", points, (tuple(one.key for one in points),), Decimal(0), Decimal(100))
        )
    return Timeline(tuple(items), tuple(series), TODAY)


@pytest.mark.parametrize(("visits", "every", "raw", "packed"), [(40, 90, 90_000, 8_000), (300, 13, 95_000, 9_000)])
def test_the_figures_stay_small(app: Flask, visits: int, every: int, raw: int, packed: int) -> None:
    found = history(visits, every)

    def opened(items: Any, window: Any) -> str:
        first = next(iter(items))
        return f"?from={window.start}&to={window.end}#timeline" if window else f"/visits/{first.ref}/signed"

    template = app.jinja_env.get_template("timelines/_figure.html")
    both = figures(view(found, whole(found.items, TODAY)), opened).values()
    html = "".join(template.render(drawn=one) for one in both)
    assert len(html.encode()) < raw
    assert len(gzip.compress(html.encode())) < packed
    assert html.count("<use ") <= 10
