"""The diary through real requests: keyed in, read back, refused with everything kept."""

from __future__ import annotations

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.unit_of_work import Work
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.web.statements import counted


@pytest.fixture
def patient_id(work: Work, clinic: ClinicWorld) -> str:
    return make_patient(work, clinic.prescriber)


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.people[Role.ASSISTANT])


def test_a_paper_week_is_keyed_in_and_read_back(client: Client, patient_id: str) -> None:
    url = f"/patients/{patient_id}/diary"
    assert "no diary" in client.get(url).text
    saved = client.send(url, {"lines": "16 Nov: x x - x x . x\r\ne2 9 Nov: xxxxxxx", "note": "a cold"})
    assert saved.status_code == 302
    assert "x x" not in saved.location
    page = client.get(saved.location).text
    assert "Whole programme, week of 16 Nov 2026: practised Monday, Tuesday, Thursday, Friday, Sunday;" in page
    assert "not practised Wednesday; not noted Saturday" in page
    assert "Lip pucker with eyes open, week of 9 Nov 2026" in page
    assert "practised on 5 of 6 days noted" in page
    assert "a cold" in page
    assert "understood so" not in client.get(url).text


def test_a_line_that_is_not_understood_is_named_and_kept(client: Client, patient_id: str) -> None:
    typed = "9 Nov: xxxxxxx\r\n18 Nov: <xx>xxx"
    refused = client.send(f"/patients/{patient_id}/diary", {"lines": typed})
    assert refused.status_code == 422
    assert "Line 2" in refused.text
    assert "The Monday of that week is 16 Nov 2026" in refused.text
    assert "18 Nov: &lt;xx&gt;xxx</textarea>" in refused.text
    assert "<xx>" not in refused.text


def test_the_same_press_twice_is_one_entry(client: Client, patient_id: str) -> None:
    url = f"/patients/{patient_id}/diary"
    answers = [client.send(url, {"lines": "16 Nov: xxxxxxx"}, key="one-press").location for _ in range(2)]
    assert answers[0] == answers[1]
    assert "Weeks keyed in more than once" not in client.get(url).text


def test_an_entry_of_another_patient_is_never_read_back(
    client: Client, patient_id: str, work: Work, clinic: ClinicWorld
) -> None:
    saved = client.send(f"/patients/{patient_id}/diary", {"lines": "16 Nov: xxxxxxx"}).location
    other = make_patient(work, clinic.prescriber, family_name="Other", given_names="Olga")
    assert "understood so" not in client.get(saved.replace(patient_id, other)).text


def test_the_page_takes_the_same_statements_however_many_weeks(client: Client, patient_id: str, work: Work) -> None:
    url = f"/patients/{patient_id}/diary"
    with counted(work.engine) as few:
        client.get(url)
    client.send(url, {"lines": "2 Nov: xxxxxxx\n9 Nov: xxxxxxx\n16 Nov: xxxxxxx"})
    with counted(work.engine) as many:
        client.get(url)
    assert len(few) == len(many)
