"""Doses by muscle, and dose and effect: equal to a course computed by hand, on the pages and in print."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from clinic.domain.adverse_event_entries import EventEntry
from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.dose_histories import Asked
from clinic.domain.errors import NotFound
from clinic.domain.reviews import Wearing
from clinic.domain.visits import Disposition
from clinic.models import InjectionSite
from clinic.queries.dose_effects import effects_page
from clinic.queries.dose_histories import doses_page
from clinic.queries.given_sessions import given_sessions
from clinic.services import adverse_events, injections, signing
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for
from tests.pdf import reading
from tests.trending import CHIN, EYE, Course, at
from tests.web.statements import counted

READING = 5
PAGE = 9
SITES = {"muscle": "orbicularis_oculi", "sub_site": "lateral_orbital_middle", "side": Side.LEFT}
WORDS = (
    (
        "2.5 → 3.75 units; eye narrows with big smile 3 → 1 → 2 (session of 20 Jan 2025); "
        "benefit of the whole session 9 weeks, not asked."
    )
    .replace("75 units", "75\u00a0units")
    .replace("9 weeks", "9 weeks")
)


@pytest.fixture
def course(work: Work, clinic: ClinicWorld, clock: Any) -> Course:
    """Like FN-1001: 2.5 units to the eye, a review, a touch-up's 1.25 to the chin, then 3.75 units 14 weeks later."""
    clock.now = at(2025, 1, 20)
    course = Course(Charting.begun(work, clinic, clock))
    charting = course.charting
    course.grade({EYE: 3, CHIN: 2})
    charting.signed()
    first = charting.visit_id
    clock.now = at(2025, 2, 3)
    charting.start()
    version = charting.version()
    with charting.writing() as uow:
        injections.change_session(uow, charting.visit_id, version, touch_up_of=first)
    given(course, {"muscle": "mentalis", "side": Side.LEFT, "units": "1.25"})
    course.draft(at(2025, 2, 17))
    course.grade({EYE: 1, CHIN: 0})
    course.review(first, [(EYE, 60, False, (("orbicularis_oculi", Side.LEFT),)), (CHIN, None, True, ())])
    charting.sign()
    clock.now = at(2025, 4, 28)
    charting.start()
    course.grade({EYE: 2, CHIN: 2})
    course.review(first, [(EYE, 50, False, ())], wearing=Wearing.GONE, worn_off_day=63)
    given(course, SITES | {"units": "3.75"})
    charting.first = first
    happened(course, first)
    return course


def given(course: Course, *sites: dict[str, Any]) -> None:
    """Chart, give and sign the open draft."""
    charting = course.charting
    for site in sites:
        charting.site(**site)
    charting.answer_all()
    charting.consent()
    charting.prepare()
    charting.take_time_out()
    charting.give_all()
    charting.settle()
    charting.sign()


def happened(course: Course, session_id: str) -> None:
    """A drooping lid, linked to the site at the eye."""
    charting = course.charting
    query = select(InjectionSite.id).where(
        InjectionSite.visit_id == session_id, InjectionSite.muscle == "orbicularis_oculi"
    )
    with charting.writing() as uow:
        site = uow.session.execute(query).scalar_one()
        entry = EventEntry(Kind.EYELID_PTOSIS, 1, Relation.PROBABLE, Side.LEFT, site_ids=(site,))
        event_id = adverse_events.record_event(uow, charting.patient_id, entry, session_id=session_id)
        uow.session.flush()
        adverse_events.review_event(uow, event_id, 1, "Mild, gone after four weeks")


def test_doses_and_effects_equal_the_course_written_by_hand(course: Course) -> None:
    with course.charting.reading() as uow:
        effects = effects_page(uow, course.charting.patient_id, everything=True).content
        doses = doses_page(uow, course.charting.patient_id, Asked()).history
        truth = given_sessions(uow, course.charting.patient_id)
    panels = {panel.label: panel for panel in effects.panels}
    eye = panels["Orbicularis oculi, patient’s left"]
    assert eye.words == WORDS
    assert [one.grades for entry in eye.entries for one in entry.outcomes] == [(3, 1, 2), (2, None, None)]
    assert eye.entries[0].outcomes[0].said_words == "60\u00a0% better, then 50\u00a0% better"
    assert [[event.short for event in entry.events] for entry in eye.entries] == [
        ["Drooping of the upper lid, grade 1"],
        [],
    ]
    chin = panels["Mentalis, patient’s left"]
    assert [[one.words for one in entry.amounts] for entry in chin.entries] == [["2.5 + 1.25\u00a0touch-up"]]
    assert chin.entries[0].outcomes[0].grades == (2, 0, 2)
    assert chin.entries[0].outcomes[0].said_words == "worse"
    rows = {row.label: [" ".join(cell.lines) for cell in row.cells] for block in doses.blocks for row in block.rows}
    assert rows == {
        "Orbicularis oculi": ["2.5", "3.75"],
        "Mentalis": ["2.5 + 1.25\u00a0touch-up", ""],
        "Platysma": ["2.5", ""],
        "Depressor labii inferioris": ["5", ""],
    }
    newest_last = [sum((units for _, units in one.totals), Decimal(0)) for one in reversed(truth)]
    assert (
        [Decimal(units) for total in doses.totals for _, units in total.cells]
        == newest_last
        == [Decimal("13.75"), Decimal("3.75")]
    )
    assert [one.title for one in doses.blocks] == ["Affected side: patient’s left", "Other side: patient’s right"]


def test_a_voided_session_is_left_out_and_named(course: Course) -> None:
    with course.charting.fresh_writing() as uow:
        signing.void(uow, course.charting.visit_id, "charted for another patient", Disposition.GIVEN)
    with course.charting.reading() as uow:
        page = effects_page(uow, course.charting.patient_id)
        doses = doses_page(uow, course.charting.patient_id, Asked())
    assert len(page.content.sessions) == len(doses.history.columns) == 1
    assert page.content.voided == doses.voided == (at(2025, 4, 28).date(),)


def test_pages_figures_and_print_tell_the_same(app: Flask, clinic: ClinicWorld, course: Course, work: Work) -> None:
    client = client_for(app, clinic.prescriber)
    page = unescape(client.get(address(course, "dose-effect")).text)
    printed = reading.text(client.get(address(course, "dose-effect.pdf")).data)
    for words in (
        "not proof of cause",
        "Grades also change with time",
        "3 → 1 → 2",
        "9 weeks of benefit",
        "Drooping of the upper lid",
    ):
        assert words in page, words
        assert words in printed, words
    assert WORDS in page
    drawn = set(re.findall(r'<text [^>]*font-weight="600"[^>]*>([^<]+)</text>', page))
    assert {"2.5", "3.75", "2.5+1.25", "9", "3", "1", "2"} <= drawn
    visits = [course.charting.first, course.charting.visit_id]
    compare = f"{address(course, 'compare')}?session={visits[0]}&session={visits[1]}"
    for path in ("dose-effect", "doses"):
        body = unescape(client.get(address(course, path)).text)
        assert compare in body, path
        assert f'href="/visits/{visits[1]}"' in body, path
    with work.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT action, subject FROM audit_event WHERE subject LIKE 'patient.dose%' ORDER BY sequence")
        ).all()
    assert [tuple(row) for row in rows] == [
        ("patient.viewed", "patient.dose_effects"),
        ("document.read", "patient.dose_effects"),
        ("patient.viewed", "patient.dose_effects"),
        ("patient.viewed", "patient.dose_histories"),
    ]


def test_doses_are_filtered_by_the_address_and_nonsense_hides_nothing(
    app: Flask, clinic: ClinicWorld, course: Course
) -> None:
    client = client_for(app, clinic.prescriber)
    page = client.get(address(course, "doses?side=right")).text
    assert "Depressor labii inferioris</th>" in page
    assert "Orbicularis oculi</th>" not in page
    page = client.get(address(course, "doses?muscle=mentalis&from=2025")).text
    assert "Mentalis</th>" in page
    assert "Platysma</th>" not in page
    whole = client.get(address(course, "doses?side=up&muscle=nose&from=x&to=%F0&sort=9&page=0")).text
    assert "Platysma</th>" in whole
    assert "Nothing fits these filters" in client.get(address(course, "doses?to=1990")).text


def test_the_pages_cost_a_fixed_number_of_statements(
    app: Flask, clinic: ClinicWorld, course: Course, work: Work
) -> None:
    client = client_for(app, clinic.prescriber)
    few = [statements(client, course, work, path) for path in ("doses", "dose-effect")]
    course.charting.clock.now += timedelta(days=98)
    course.charting.start()
    given(course, SITES | {"units": "5"})
    client = client_for(app, clinic.prescriber)
    assert [statements(client, course, work, path) for path in ("doses", "dose-effect")] == few
    assert max(few) <= PAGE
    for read in (effects_page, lambda uow, patient_id: doses_page(uow, patient_id, Asked())):
        with course.charting.reading() as uow, counted(work.engine) as seen:
            read(uow, course.charting.patient_id)
        assert len(seen) <= READING


def statements(client: Client, course: Course, work: Work, path: str) -> int:
    with counted(work.engine) as seen:
        assert client.get(address(course, path)).status_code == 200
    return len(seen)


def test_a_patient_without_a_session_and_another_clinic(
    app: Flask, work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, clock: Any
) -> None:
    empty = Course(Charting.begun(work, clinic, clock))
    client, stranger = client_for(app, clinic.prescriber), client_for(app, other_clinic.prescriber)
    for path in ("doses", "dose-effect"):
        assert "No session yet" in client.get(address(empty, path)).text
    for path in ("doses", "dose-effect", "dose-effect.pdf"):
        assert stranger.get(address(empty, path)).status_code == 404
    assert "No session is signed yet." in reading.text(client.get(address(empty, "dose-effect.pdf")).data)
    with work.reading(other_clinic.prescriber) as uow, pytest.raises(NotFound):
        effects_page(uow, empty.charting.patient_id)


def address(course: Course, path: str) -> str:
    return f"/patients/{course.charting.patient_id}/{path}"
