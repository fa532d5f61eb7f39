"""Ids inside a form are checked like those in an address: only the same clinic's, only the same visit's."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.domain.actors import Role
from clinic.models import AuditEvent
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld, client_for


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft of the first clinic."""
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def foreign(work: Work, other_clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft of the other clinic, with its own vial."""
    return Charting.begun(work, other_clinic, clock)


def test_a_vial_of_another_clinic_cannot_be_drawn_from(app: Flask, charting: Charting, foreign: Charting) -> None:
    answer = post(app, charting, "syringes", {"vial_id": foreign.vial_id})
    assert answer.status_code == 422
    assert "vial_id" in answer.get_json()["fields"]
    assert len(charting.record().syringes) == 1


def test_a_syringe_of_another_visit_cannot_be_charted_from(app: Flask, charting: Charting, foreign: Charting) -> None:
    data = {"muscle": "mentalis", "side": "left", "units": "2.5", "syringe_id": foreign.syringe_id}
    answer = post(app, charting, "sites", data)
    assert answer.status_code == 422
    assert "syringe_id" in answer.get_json()["fields"]
    assert charting.record().sites == ()


def test_a_site_of_another_patients_visit_is_not_changed_through_this_one(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any, charting: Charting
) -> None:
    other = Charting(work, clinic, clock, charting.patient_id, open_vial(work, clinic, label="V-0002", lot="L2"))
    other.start()
    other.chart_usual_sites()
    site = other.record().sites[0]
    data = {"site_id": site.id, "muscle": "mentalis", "side": "left", "units": "9"}
    assert post(app, charting, "sites", data).status_code == 404
    assert post(app, charting, f"sites/{site.id}/remove", {}).status_code == 404
    assert (
        post(
            app,
            charting,
            "give",
            {"site": site.id, "late_reason": "entered after the fact", "given_at": "2026-11-22T10:30"},
        ).status_code
        == 404
    )
    assert other.record().sites[0].units == site.units


@pytest.mark.parametrize("name", ["clinic_id", "given_at_utc", "state", "author_id", "edit_versio", "id"])
def test_what_a_form_does_not_have_is_refused(app: Flask, charting: Charting, name: str) -> None:
    answer = post(app, charting, "sites", {"muscle": "mentalis", "side": "left", "units": "2.5", name: "1"})
    assert answer.status_code == 422
    assert charting.record().sites == ()


@pytest.mark.parametrize(
    "units", ["2,5", "-1", "1e3", "NaN", "0", "1_0", "２.５", "", " ", "2.555", "12345", "+2", "0x1", "1" * 10_000]
)
def test_units_that_cannot_be_read_are_refused_beside_their_field(app: Flask, charting: Charting, units: str) -> None:
    answer = post(app, charting, "sites", {"muscle": "mentalis", "side": "left", "units": units})
    assert answer.status_code == 422
    assert "units" in answer.get_json()["fields"]
    assert charting.record().sites == ()


def test_a_repeated_field_is_refused(app: Flask, charting: Charting) -> None:
    answer = post(app, charting, "sites", {"muscle": "mentalis", "side": ["left", "right"], "units": "2.5"})
    assert answer.status_code == 422
    assert charting.record().sites == ()


def test_9999_units_are_never_taken_out_of_a_vial(app: Flask, charting: Charting) -> None:
    answer = post(
        app,
        charting,
        "sites",
        {"muscle": "mentalis", "side": "left", "units": "9999", "syringe_id": charting.syringe_id},
    )
    codes = {one["code"] for one in answer.get_json()["findings"]}
    assert {"VIAL-002", "DOSE-004"} <= codes


def post(app: Flask, charting: Charting, path: str, data: dict[str, Any]) -> Any:
    client = client_for(app, charting.clinic.prescriber)
    body = {"edit_version": charting.version()} | data
    return client.send(f"/visits/{charting.visit_id}/{path}", body, headers={"Accept": "application/json"})


def test_an_untrusted_host_is_refused_in_plain_words(app: Flask) -> None:
    answer = app.test_client().get("/sign-in", base_url="https://elsewhere.example")
    assert answer.status_code == 400
    assert "host name" in answer.text


def test_a_refusal_leaves_exactly_one_entry(app: Flask, work: Work, charting: Charting) -> None:
    therapist = charting.clinic.people[Role.THERAPIST]
    client = client_for(app, therapist)
    before = refusals(work)
    assert client.get("/people").status_code == 403
    assert refusals(work) == before + 1
    data = {"edit_version": 0, "muscle": "mentalis", "side": "left", "units": "2.5"}
    assert client.send(f"/visits/{charting.visit_id}/sites", data).status_code == 403
    assert refusals(work) == before + 2


def refusals(work: Work) -> int:
    with work.reading(SYSTEM, scoped=False) as uow:
        query = select(func.count()).select_from(AuditEvent).where(AuditEvent.outcome == "refused")
        return uow.session.scalar(query) or 0
