"""The audit page: who reads what of it, and how a patient's entries are found."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.events import Action, Event
from clinic.unit_of_work import Work
from tests.factories import Client, ClinicWorld, client_for
from tests.services.test_inventory import make_visit


@pytest.fixture
def auditor(app: Flask, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.people[Role.AUDITOR])


@pytest.fixture
def patient_id(work: Work, clinic: ClinicWorld) -> str:
    patient_id, _ = make_visit(work, clinic, "R-77")
    with work.reading(clinic.prescriber) as uow:
        uow.record(Event(Action.PATIENT_VIEWED, f"patient:{patient_id}", patient_id=patient_id))
    with work.writing(clinic.prescriber) as uow:
        old, new = {"phone": "111"}, {"phone": "222"}
        uow.record(Event(Action.PATIENT_CHANGED, f"patient:{patient_id}", patient_id=patient_id, old=old, new=new))
    return patient_id


def test_entries_are_in_words_with_old_and_new(auditor: Client, patient_id: str) -> None:
    page = auditor.get("/audit").text
    assert "Patient changed" in page
    assert "111 → 222" in page
    assert "record R-77" in page


def test_an_administrator_reads_no_clinical_values(app: Flask, clinic: ClinicWorld, patient_id: str) -> None:
    page = client_for(app, clinic.people[Role.ADMINISTRATOR]).get("/audit").text
    assert "Patient changed" in page
    assert not re.search(r"\b222\b", page)
    assert "Values are shown to auditors" in page


def test_a_patient_is_found_by_record_number_which_stays_out_of_the_address(auditor: Client, patient_id: str) -> None:
    found = auditor.send("/audit/patient", {"record_number": " R-77 "})
    assert found.status_code == 302
    assert found.location == f"/audit/patients/{patient_id}"
    page = auditor.get(found.location).text
    assert "Who saw record R-77" in page
    assert "Ada Prescriber" in page
    assert "clinic:1" not in page


def test_an_unknown_record_number_is_said(auditor: Client) -> None:
    refused = auditor.send("/audit/patient", {"record_number": "R-99"})
    assert refused.status_code == 422
    assert "No patient of this clinic" in refused.text


@pytest.mark.parametrize(
    "query", ["?before=x", "?since=yesterday", "?person=nobody", "?outcome=1", "?_external=1&before=5"]
)
def test_strange_filters_do_no_harm(auditor: Client, query: str) -> None:
    assert auditor.get(f"/audit{query}").status_code == 200


def test_looking_is_an_entry(auditor: Client) -> None:
    auditor.get("/audit?outcome=refused")
    assert "Audit viewed" in auditor.get("/audit?action=audit.viewed").text


def test_nobody_else_reads_it(app: Flask, clinic: ClinicWorld) -> None:
    for role in (Role.PRESCRIBER, Role.INJECTOR, Role.THERAPIST, Role.ASSISTANT):
        assert client_for(app, clinic.people[role]).get("/audit").status_code == 403
