"""The rows of a patient's list of visits: kept once written, and never out of date for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from clinic.domain.actors import RecordState
from clinic.domain.anatomy import Side
from clinic.domain.visits import Disposition
from clinic.queries.visit_lists import TimelineRow, timeline
from clinic.services import signing
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.prescriber)


@pytest.fixture
def signed(work: Work, clinic: ClinicWorld, clock: object) -> Charting:
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    return charting


def row_of(charting: Charting) -> TimelineRow:
    with charting.reading() as uow:
        [row] = timeline(uow, charting.patient_id)
    return row


def test_a_row_that_was_kept_shows_what_changed_meanwhile(signed: Charting, client: Client) -> None:
    page = f"/patients/{signed.patient_id}"
    for _ in range(2):
        shown = client.get(page).text
        assert "badge-signed" in shown
        assert "badge-voided" not in shown
    with signed.fresh_writing() as uow:
        signing.void(uow, signed.visit_id, "Entered for somebody else", Disposition.NOT_GIVEN)
    assert row_of(signed).state is RecordState.VOIDED
    assert "badge-voided" in client.get(page).text


def test_a_new_site_of_a_draft_is_drawn_at_once(work: Work, clinic: ClinicWorld, clock: object, client: Client) -> None:
    charting = Charting.begun(work, clinic, clock)
    page = f"/patients/{charting.patient_id}"
    before = client.get(page).text.count("<circle")
    charting.site(muscle="mentalis", side=Side.LEFT, units="2.5")
    assert client.get(page).text.count("<circle") == before + 1
    charting.site(muscle="mentalis", side=Side.RIGHT, units="2.5")
    assert client.get(page).text.count("<circle") == before + 2


def test_links_begin_where_the_program_is_served(app: Flask, signed: Charting) -> None:
    written = app.jinja_env.globals["visit_row"]
    row = row_of(signed)
    for root in ("", "/records", ""):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            text = written(signed.patient_id, row, "", "")  # type: ignore[operator]
        assert f'href="{root}/visits/{signed.visit_id}/signed"' in text


def test_what_a_row_is_given_is_what_it_says(app: Flask, signed: Charting) -> None:
    written, row = app.jinja_env.globals["visit_row"], row_of(signed)
    with app.test_request_context("/"):
        plain = written(signed.patient_id, row, "", "")  # type: ignore[operator]
        scored = written(signed.patient_id, row, "better", "Sunnybrook 70")  # type: ignore[operator]
        noted = written(signed.patient_id, replace(row, note="<b>bold</b>"), "", "")  # type: ignore[operator]
    assert "Sunnybrook 70" not in plain
    assert "Sunnybrook 70" in scored
    assert "better" in scored
    assert "&lt;b&gt;bold&lt;/b&gt;" in noted
