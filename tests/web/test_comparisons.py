"""Comparing sessions in real requests: the same numbers on screen and in print, refusals in words, nobody else's visits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from clinic.domain.anatomy import Side
from clinic.domain.reviews import Wearing
from clinic.domain.visits import Disposition
from clinic.services import injections, signing
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.pdf import reading
from tests.trending import CHIN, EYE, Course, at
from tests.web.statements import counted

STATEMENTS = 14
"""A whole request: who asks, the page's six, the audit entry."""
NBSP = "\u00a0"


@dataclass
class History:
    """A signed session, its review, a second signed session, and a draft."""

    course: Course
    first: str
    second: str
    draft: str

    @property
    def charting(self) -> Charting:
        return self.course.charting

    def url(self, *visits: str, page: str = "compare", **more: str) -> str:
        query = "&".join([*(f"session={one}" for one in visits), *(f"{key}={value}" for key, value in more.items())])
        return f"/patients/{self.charting.patient_id}/{page}?{query}"


def more_sites(charting: Charting, *units: str) -> None:
    """Chart the eye and the chin with other doses, and a muscle that was not treated before."""
    charting.site(muscle="orbicularis_oculi", sub_site="lateral_orbital_middle", side=Side.LEFT, units=units[0])
    charting.site(muscle="mentalis", side=Side.LEFT, units=units[1])
    charting.site(muscle="zygomaticus_major", side=Side.LEFT, units="1.25")


def give(charting: Charting) -> None:
    """Everything from charted to signed."""
    charting.answer_all()
    charting.consent()
    charting.prepare()
    charting.take_time_out()
    charting.give_all()
    charting.settle()
    charting.sign()


@pytest.fixture
def history(work: Work, clinic: ClinicWorld, clock: Any) -> History:
    """Two sessions of one product a year before today, and a draft."""
    clock.now = at(2026, 1, 12)
    course = Course(Charting.begun(work, clinic, clock))
    charting = course.charting
    course.grade({EYE: 3, CHIN: 2})
    charting.signed()
    first = charting.visit_id
    clock.move(days=90)
    charting.start()
    course.grade({EYE: 1, CHIN: 2})
    effects = [(EYE, 60, False, (("orbicularis_oculi", Side.LEFT),)), (CHIN, None, True, ())]
    course.review(first, effects, wearing=Wearing.WORKING)
    more_sites(charting, "3.75", "2.5")
    give(charting)
    second = charting.visit_id
    clock.move(days=90)
    charting.start()
    more_sites(charting, "5", "2.5")
    return History(course, first, second, charting.visit_id)


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld, history: History) -> Client:
    """The prescriber's browser, signed in when the history is over: no session opens anything before its time (D-26)."""
    return client_for(app, clinic.prescriber)


def test_screen_and_print_tell_the_same(client: Client, history: History, work: Work) -> None:
    with counted(work.engine) as few:
        page = unescape(client.get(history.url(history.second, history.first)).text)
    assert len(few) <= STATEMENTS, "\n".join(few)
    pdf = client.get(history.url(history.first, history.second, page="compare.pdf"))
    printed = reading.text(pdf.data).replace("\u2007", NBSP)
    assert "12 Jan 2026" in page.split("→")[0]
    for words in (
        "90 days (12 weeks and 6 days)",
        "1 site added, 2 removed, 1 with another dose; 1 as before",
        f"+1.25{NBSP}units",
        f"2.5{NBSP}units as before",
        "Platysma, patient’s left",
        "lot C4821A2",
        "eye narrows with big smile: 60",
        "Disc in a ring: added.",
    ):
        assert words in page, words
        assert words.replace(NBSP, " ") in printed.replace(NBSP, " "), words
    rows = re.findall(r'<tr class="compare-site" data-site="(\d+)">', page)
    assert rows == [str(number) for number in range(1, 6)]
    assert {f"site:{number}" for number in rows} == set(re.findall(r'data-key="(site:\d+)"', page))
    with work.engine.connect() as connection:
        found = connection.execute(
            text("SELECT action FROM audit_event WHERE subject = 'patient.comparisons' ORDER BY sequence")
        )
        assert list(found.scalars()) == ["patient.viewed", "document.read"]


def test_a_draft_is_marked_and_several_sessions_stand_in_columns(client: Client, history: History, work: Work) -> None:
    every = (history.first, history.second, history.draft)
    with counted(work.engine) as many:
        page = unescape(client.get(history.url(*every, before=history.second, after=history.draft)).text)
    assert len(many) <= STATEMENTS, "\n".join(many)
    assert "draft, not given" in page
    assert f"charted, not given: 8.75{NBSP}units onabotulinumtoxinA (Botox) in 3 sites" in page
    assert "All chosen sessions" in page
    assert "0 removed" not in page
    assert "1 site with another dose; 2 as before" in page
    years = unescape(client.get(history.url(page="compare/years")).text)
    assert "Session 2 of 2" in years
    assert "draft" not in years.split("<main")[1]


def test_what_cannot_be_compared_is_said_and_nothing_else_is_shown(
    client: Client, history: History, work: Work, clinic: ClinicWorld
) -> None:
    pick = unescape(client.get(history.url()).text)
    assert "3 sessions can be compared." in pick
    assert "The draft and the last session" in pick
    assert "Choose at least one more" in unescape(client.get(history.url(history.first)).text)
    assert "The same session was chosen twice" in unescape(client.get(history.url(history.first, history.first)).text)
    assert client.get(history.url(*[history.first] * 13)).status_code == 422
    assert client.get(history.url(history.first, page="compare.pdf")).status_code == 422
    assert client.get(history.url(history.first, history.second, before=history.draft)).status_code == 404
    with_previous = unescape(client.get(history.url(history.second, previous="y")).text)
    assert "12 Jan 2026" in with_previous.split("</h1>")[0]
    stranger = make_patient(work, clinic.prescriber, family_name="Other", record_number="X1")
    foreign = f"/patients/{stranger}/compare?session={history.first}&session={history.second}"
    assert client.get(foreign).status_code == 404
    assert client.get(foreign.replace("compare?", "compare/years?")).status_code == 404
    assert "No session yet" in client.get(f"/patients/{stranger}/compare").text
    assert "Nothing to play yet" in client.get(f"/patients/{stranger}/compare/years").text


def test_amended_voided_and_touch_up(client: Client, history: History, clinic: ClinicWorld) -> None:
    charting = history.charting
    with charting.writing() as uow:
        injections.change_session(uow, history.draft, charting.version(), touch_up_of=history.second)
    assert "a touch-up" in client.get(history.url(history.first, history.draft)).text
    give(charting)
    page = unescape(client.get(history.url(history.first, history.second)).text)
    assert "with its touch-up of 11 Jul 2026" in page
    assert f"16.25{NBSP}units" in page
    assert "2 sessions can be compared." in client.get(history.url()).text
    with charting.fresh_writing() as uow:
        charting.visit_id = signing.amend(uow, history.first, "one dose was typed wrongly")
    charting.sign()
    assert client.get(history.url(history.first, history.second)).text.count(charting.visit_id) > 0
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "charted for another patient", Disposition.GIVEN)
    refused = client.get(history.url(history.first, history.second))
    assert refused.status_code == 422
    assert "voided or discarded" in refused.text
    assert "though its toxin counts" in refused.text


def test_the_years_come_in_bundles_that_name_their_patient(client: Client, history: History) -> None:
    bundle = client.get(history.url(page="compare/years/sessions")).text
    assert f'data-patient="{history.charting.patient_id}"' in bundle
    assert re.findall(r'data-frame="(\d+)"', bundle) == ["1", "2"]
    assert client.get(history.url(page="compare/years/sessions", part="7")).status_code == 404
    first = unescape(client.get(history.url(history.first, page="compare/years")).text)
    assert "The first session on record." in first
    assert "as before" not in first.split("data-years-text")[1].split("All sessions")[0]
    # The script shows a fetched session only under its own link: numbers shift when another is signed meanwhile.
    assert re.findall(r'data-frame="\d+" data-session="(\w+)"', bundle) == re.findall(r'<a data-session="(\w+)"', first)


def test_the_visits_lead_to_the_comparison(client: Client, history: History) -> None:
    link = f"/patients/{history.charting.patient_id}/compare?session={history.second}&previous=y"
    for page in (f"/patients/{history.charting.patient_id}", f"/visits/{history.second}/signed"):
        assert link in unescape(client.get(page).text), page


def test_another_clinic_finds_nothing(app: Flask, history: History, other_clinic: ClinicWorld) -> None:
    stranger = client_for(app, other_clinic.prescriber)
    for page in ("compare", "compare.pdf", "compare/years", "compare/years/sessions"):
        assert stranger.get(history.url(history.first, history.second, page=page)).status_code == 404
