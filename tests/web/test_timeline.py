"""Lists of visits: what waits today, and a patient's timeline."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import RecordState, Role
from clinic.domain.anatomy import Side
from clinic.domain.events import Action, Event
from clinic.domain.injections import Purpose
from clinic.domain.visits import VisitState
from clinic.models import InjectionSession, InjectionSite, Syringe, Visit
from clinic.services import visits
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, client_for, make_patient
from tests.web.walking import Walk


@pytest.fixture
def walk(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> Walk:
    """A draft with one syringe, and the prescriber's browser."""
    return Walk(client_for(app, clinic.prescriber), Charting.begun(work, clinic, clock))


def test_today_lists_drafts_with_yours_first_and_marks_old_ones(walk: Walk, clock: Any) -> None:
    charting, clinic = walk.charting, walk.charting.clinic
    clock.move(hours=25)
    walk.client.signed_in(clinic.prescriber)
    other = make_patient(charting.work, clinic.prescriber, family_name="Marín", given_names="José")
    with charting.work.writing(clinic.people[Role.INJECTOR]) as uow:
        visits.start(uow, other)
    page = walk.client.get("/").text
    assert page.index("Keane, Margaret") < page.index("Marín, José")
    assert page.count("unsigned for 1 day") == 1
    assert "3 Feb 1979" in page
    assert "Nobody is due" in page


def test_a_day_without_work_names_the_next_step(app: Flask, clinic: ClinicWorld) -> None:
    page = client_for(app, clinic.prescriber).get("/").text
    assert "No draft is waiting" in page
    assert "Find a patient" in page


def test_a_patient_due_for_the_next_session_stands_on_today(walk: Walk, clock: Any) -> None:
    walk.charting.signed()
    clock.move(days=80)
    walk.client.signed_in(walk.charting.clinic.prescriber)
    page = walk.client.get("/").text
    assert "14 Feb 2027" in page


def test_the_last_session_of_a_patient_who_is_due_is_no_draft(walk: Walk, clock: Any) -> None:
    walk.until_signed()
    on = clock.now.date()
    clock.move(days=90)
    client = client_for(walk.client.application, walk.charting.clinic.prescriber)
    client.send(f"/patients/{walk.charting.patient_id}/visits", {"on": "", "kind": ""})
    due = client.get("/").text.partition("Due for re-injection")[2]
    assert f"{on.day} {on:%b %Y}" in due
    assert f"{clock.now.date().day} {clock.now.date():%b %Y}" not in due


def test_a_discarded_draft_is_restored_from_today_once(walk: Walk) -> None:
    walk.done("discard", {"reason": "opened for the wrong patient"})
    page = walk.client.get("/").text
    assert "Discarded drafts" in page
    assert "Ada Prescriber: opened for the wrong patient" in page
    assert walk.client.send(walk.url("restore"), key="k").status_code == 302
    assert walk.client.send(walk.url("restore"), key="k").status_code == 302
    assert walk.charting.record().state is RecordState.DRAFT


def test_a_draft_is_nagged_about_from_a_day_on_whatever_is_written_in_it(walk: Walk, clock: Any) -> None:
    clock.move(hours=24)
    pages = ("/", f"/patients/{walk.charting.patient_id}")
    again = client_for(walk.client.application, walk.charting.clinic.prescriber)
    assert [again.get(page).text.count("unsigned for") for page in pages] == [0, 0]
    clock.move(minutes=1)
    walk.charting.site(muscle="mentalis", side=Side.LEFT)
    again = client_for(walk.client.application, walk.charting.clinic.prescriber)
    assert [again.get(page).text.count("unsigned for 1 day") for page in pages] == [1, 1]
    clock.move(days=9)
    again = client_for(walk.client.application, walk.charting.clinic.prescriber)
    assert [again.get(page).text.count("unsigned for 10 days") for page in pages] == [1, 1]


def test_a_signed_visit_is_not_nagged_about(walk: Walk, clock: Any) -> None:
    walk.until_signed()
    clock.move(days=3)
    again = client_for(walk.client.application, walk.charting.clinic.prescriber)
    assert '2026</a></h2><span class="badge badge-signed' in again.get(f"/patients/{walk.charting.patient_id}").text


def test_no_draft_is_left_out_however_many_wait(walk: Walk) -> None:
    charting = walk.charting
    for _ in range(60):
        charting.start()
    assert walk.client.get("/").text.count("row-link") == 61


def test_a_discarded_draft_can_be_restored_for_thirty_days_and_no_longer(walk: Walk, clock: Any) -> None:
    walk.done("discard", {"reason": "opened for the wrong patient"})
    clock.move(days=30)
    client = client_for(walk.client.application, walk.charting.clinic.prescriber)
    assert "Discarded drafts" in client.get("/").text
    clock.move(seconds=1)
    assert "Discarded drafts" not in client.get("/").text
    assert client.send(walk.url("restore")).status_code == 409
    clock.move(seconds=-1)
    assert client.send(walk.url("restore")).status_code == 302
    assert walk.charting.record().state is RecordState.DRAFT


def many_visits(charting: Charting, *, visits_of: int, sites_of: int) -> None:
    """Signed sessions written at once: through the services they would take a minute."""
    with charting.writing() as uow:
        old = uow.session.get_one(Visit, (uow.clinic_id, charting.visit_id))
        syringe = charting.record().syringes[0]
        for number in range(visits_of):
            visit = Visit(
                clinic_id=uow.clinic_id,
                id=uow.new_id(),
                patient_id=charting.patient_id,
                on=date(2026, 11, 1) - timedelta(days=90 * number),
                time_zone=old.time_zone,
                author_id=old.author_id,
                author_name=old.author_name,
                created_at=uow.now,
                changed_at=uow.now,
            )
            uow.session.add(visit)
            uow.session.flush()
            uow.session.add(InjectionSession(clinic_id=uow.clinic_id, visit_id=visit.id))
            drawn = Syringe(
                clinic_id=uow.clinic_id,
                id=uow.new_id(),
                visit_id=visit.id,
                vial_id=charting.vial_id,
                letter="A",
                concentration_units=syringe.concentration_units,
                concentration_microlitres=syringe.concentration_microlitres,
            )
            uow.session.add(drawn)
            uow.session.flush()
            for site in range(sites_of):
                uow.session.add(
                    InjectionSite(
                        clinic_id=uow.clinic_id,
                        id=uow.new_id(),
                        visit_id=visit.id,
                        number=site + 1,
                        purpose=Purpose.SYNKINESIS,
                        muscle="platysma",
                        side=Side.LEFT,
                        x=-345 + 31 * site,
                        y=-1029 + 57 * site,
                        units=Decimal("1.25") + Decimal(site) / 4,
                        syringe_id=drawn.id,
                    )
                )
            uow.session.flush()
            visit.state = VisitState.SIGNED
        uow.record(Event(Action.VISIT_STARTED, "many", charting.patient_id))


def test_a_long_timeline_is_a_small_page_with_one_outline(walk: Walk) -> None:
    many_visits(walk.charting, visits_of=40, sites_of=25)
    page = walk.client.get(f"/patients/{walk.charting.patient_id}")
    assert len(page.data) < 100 * 1024
    assert page.text.count("<circle") >= 1000
    assert page.text.count('id="small-face"') == 1
    assert page.text.count('href="#small-face"') == 41


def test_the_timeline_tells_how_each_version_stands(walk: Walk) -> None:
    walk.until_signed()
    first = walk.charting.visit_id
    amended = walk.client.send(walk.url("amend"), {"reason": "The note was about somebody else"})
    walk.charting.visit_id = amended.location.rpartition("/")[2]
    walk.done("review", walk.signature())
    page = walk.client.get(f"/patients/{walk.charting.patient_id}").text
    assert "version 2" in page
    assert f"/visits/{first}/signed" in page
    assert f"/visits/{walk.charting.visit_id}/summary.pdf" in page
    assert re.search(r"badge-amended", page)
    assert "10\u00a0units" in page
    assert "3\u00a0sites" in page.replace("&nbsp;", "\u00a0")
    assert "lot C4821A2" in page
