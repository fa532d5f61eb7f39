"""Finding patients in the browser's terms: address, form, table, kept searches; no script needed."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from clinic.domain.actors import Role
from clinic.domain.cohort_checks import problems
from clinic.domain.cohort_json import to_json
from clinic.domain.cohorts import Criteria
from clinic.domain.events import Action, Event
from clinic.models import AuditEvent, Cohort
from clinic.unit_of_work import Work
from clinic.web.forms.cohorts import as_query, search_form
from tests.charting import Charting
from tests.cohort_rows import OPTIONAL
from tests.factories import ClinicWorld, client_for, make_patient

CHINS = "/cohorts?muscles=mentalis&muscle_side=left&products=botox&dose_at_least=2.5"


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A patient with a signed session of four sites."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    return charting


def test_criteria_come_back_from_the_address_as_they_were() -> None:
    for name, values in OPTIONAL.items():
        for value in values:
            criteria = Criteria(**{name: value})
            form, read = search_form(MultiDict(as_query(criteria)), {})
            assert read == criteria or problems(criteria), (name, form.errors)
    everything = Criteria(
        **{name: values[0] for name, values in OPTIONAL.items() if name != "sessions_at_most"}, treated_by=("a1",)
    )
    form, read = search_form(MultiDict(as_query(everything)), {"a1": "Ada"})
    assert read == everything
    assert form.said["muscle"].startswith("Mentalis")
    assert "Ada" in form.said["more"]


def test_what_was_charted_finds_the_patient_and_says_why(app: Flask, charting: Charting, clinic: ClinicWorld) -> None:
    client = client_for(app, clinic.prescriber)
    empty = client.get("/cohorts")
    assert "No search is kept yet" in empty.text
    assert "Keane" not in empty.text
    page = client.get(CHINS)
    said = html.unescape(page.text).replace("\u00a0", " ")
    assert page.status_code == 200
    assert "Keane, Margaret" in said
    assert "Mentalis, patient’s left, 2.5 units onabotulinumtoxinA (Botox)" in said
    assert f"/visits/{charting.visit_id}" in said
    assert "Keane" not in client.get(CHINS.replace("2.5", "2.51")).text
    with charting.reading() as uow:
        newest = select(AuditEvent.values).where(AuditEvent.action == "cohort.viewed").order_by(AuditEvent.sequence)
        told = list(uow.session.scalars(newest))
    assert charting.patient_id in told[1]
    assert "Mentalis, patient’s left" in told[1]
    assert charting.patient_id not in told[2]
    table = client.get(CHINS.replace("/cohorts", "/cohorts/list.csv"))
    assert table.mimetype == "text/csv"
    assert "Mentalis" in table.text.splitlines()[1]


def test_nobody_found_says_what_each_criterion_finds(app: Flask, charting: Charting, clinic: ClinicWorld) -> None:
    page = client_for(app, clinic.prescriber).get("/cohorts?muscles=mentalis&events=dry_eye")
    said = " ".join(re.sub("<[^>]+>", " ", html.unescape(page.text)).split())
    assert "of 1 on record" in said
    assert "Mentalis 1 Adverse event: Dry eye 0 excludes everybody" in said


def test_what_cannot_be_read_is_said_beside_its_field_and_nothing_is_searched(app: Flask, clinic: ClinicWorld) -> None:
    client = client_for(app, clinic.prescriber)
    for query, words in (
        ("dose_at_least=2,5&muscles=mentalis&products=botox", "A comma is not read"),
        ("dose_at_least=5&muscles=mentalis", "Choose exactly one product"),
        ("age_at_least=old", "Write a whole number"),
        ("treated_from=yesterday", "This is no date"),
        ("score_2_kind=saq.total&score_2_lowest=1", "From 20 to 100"),
        ("score_1_lowest=30", "Choose the score"),
        ("muscles=gold", "not on the list"),
        ("treated_by=0000", "not on the list"),
        ("colour=red", "is no criterion"),
        ("lot=a&lot=b", "is no criterion"),
    ):
        page = client.get(f"/cohorts?{query}")
        assert page.status_code == 422, query
        assert words in html.unescape(page.text), query
        assert "Nothing was searched" in page.text
        assert client.get(f"/cohorts/list.csv?{query}").status_code == 422
    assert 'value="2,5"' in client.get("/cohorts?dose_at_least=2,5").text


def test_a_search_is_kept_run_changed_and_retired(app: Flask, charting: Charting, clinic: ClinicWorld) -> None:
    client = client_for(app, clinic.prescriber)
    criteria = to_json(Criteria(muscles=("mentalis",)))
    form = {"name": "<b>Chins</b>", "criteria": criteria}
    answers = [client.send("/cohorts", form, key="twice") for _ in range(2)]
    assert {one.status_code for one in answers} == {302}
    where = answers[0].location
    assert answers[1].location == where
    page = client.get(where)
    assert "&lt;b&gt;Chins&lt;/b&gt;" in page.text
    assert "<b>Chins" not in page.text
    assert "Keane, Margaret" in page.text
    again = client.send("/cohorts", form | {"name": "<B>chins</b>"})
    assert again.status_code == 422
    assert "You keep a search of this name already" in again.text
    assert "Keane, Margaret" in again.text
    for wrong in ("", "{}", '{"schema":1,"x":1}'):
        assert client.send("/cohorts", {"name": "x", "criteria": wrong}).status_code == 422
    assert client.send(where, {"name": "Necks", "criteria": criteria, "edit_version": "1"}).status_code == 302
    refused = client.send(where, {"name": "", "criteria": criteria, "edit_version": "1"})
    assert refused.status_code == 422
    assert 'name="edit_version" value="1"' in refused.text
    stale = client.send(where, {"name": "Typed", "criteria": criteria, "edit_version": "1"})
    assert stale.status_code == 409
    assert "was changed since it was shown" in stale.text
    assert 'value="Typed"' in stale.text
    colleague = client_for(app, clinic.people[Role.INJECTOR])
    assert colleague.get(where).status_code == 404
    assert client.send(f"{where}/retire", {"edit_version": "1"}).location == where
    assert client.send(f"{where}/retire", {"edit_version": "2"}).location == "/cohorts"
    assert client.get(where).status_code == 404


def test_a_changed_search_is_never_shown_or_exported_under_the_kept_name(
    app: Flask, charting: Charting, clinic: ClinicWorld
) -> None:
    client = client_for(app, clinic.prescriber)
    kept = {"name": "Chins", "criteria": to_json(Criteria(muscles=("mentalis",)))}
    where = client.send("/cohorts", kept).location
    cohort_id = where.rpartition("/")[2]
    assert "<h1>Chins</h1>" in client.get(where).text
    same = client.get(f"/cohorts?cohort={cohort_id}&muscles=mentalis").text
    assert "<h1>Chins</h1>" in same
    changed = client.get(f"/cohorts?cohort={cohort_id}&muscles=platysma").text
    assert "<h1>Find patients</h1>" in changed
    assert "Not the kept search “Chins”" in changed
    assert "/export" not in changed


def test_a_search_that_cannot_be_read_any_more_can_be_retired(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    client = client_for(app, clinic.prescriber)
    where = client.send("/cohorts", {"name": "Old", "criteria": to_json(Criteria(muscles=("mentalis",)))}).location
    with work.writing(clinic.prescriber) as uow:
        row = uow.session.get_one(Cohort, (uow.clinic_id, where.rpartition("/")[2]))
        row.criteria = '{"schema":1,"muscles":["gone"]}'
        uow.record(Event(Action.COHORT_SAVED, f"cohort:{row.id}"))
    page = client.get(where)
    assert page.status_code == 200
    assert "cannot be read any more" in page.text
    assert client.send(f"{where}/retire", {"edit_version": "1"}).location == "/cohorts"


def test_a_table_says_where_it_stops(
    app: Flask, work: Work, charting: Charting, clinic: ClinicWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic.queries.cohort_pages.TABLE_MAXIMUM", 1)
    make_patient(work, clinic.prescriber, family_name="Other", given_names="Olga")
    lines = client_for(app, clinic.prescriber).get("/cohorts/list.csv?age_at_least=1").text.splitlines()
    assert len(lines) == 3
    assert "Only the first 1 of 2 patients" in lines[2]


def test_who_may_search_finds_the_link_among_the_patients(app: Flask, clinic: ClinicWorld) -> None:
    assert "Find by what was charted" in client_for(app, clinic.prescriber).get("/patients").text
    assert "Find by what was charted" not in client_for(app, clinic.people[Role.ASSISTANT]).get("/patients").text
