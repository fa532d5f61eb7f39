"""A patient's request to correct the record, as a browser and the prints show it (R-10, O-04)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import PASSWORD, Client, ClinicWorld, client_for
from tests.pdf import reading as pdf

WORDS = "The record says chin. It was the corner of my mouth."


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A signed session."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    return charting


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber's browser."""
    return client_for(app, clinic.prescriber)


def asked(client: Client, charting: Charting) -> str:
    """Enter a request about the visit; gives its address."""
    typed = {"asked_on": "2026-11-20", "asked_by": "the patient", "visit_id": charting.visit_id, "text": WORDS}
    answer = client.send(f"/patients/{charting.patient_id}/amendment-requests/new", typed)
    assert answer.status_code == 302
    return answer.location


def test_a_denied_request_stands_linked_on_the_visit_and_in_its_print(
    app: Flask, client: Client, charting: Charting
) -> None:
    """O-04: the request and its denial are linked; the original keeps its bytes."""
    original = client.get(f"/visits/{charting.visit_id}/original.pdf").data
    helper = client_for(app, charting.clinic.people[Role.ASSISTANT])
    url = asked(helper, charting)
    assert "A prescriber answers it by 19 Jan 2027" in helper.get(url).text
    assert url in client.get("/").text
    refused = client.send(f"{url}/deny", {"edit_version": "0", "basis": "", "text": "Compared with the photographs."})
    assert refused.status_code == 422
    assert "Compared with the photographs." in refused.text
    denied = {"edit_version": "0", "basis": "accurate", "text": "Compared with the photographs."}
    assert client.send(f"{url}/deny", denied).status_code == 302
    assert client.send(f"{url}/deny", denied).status_code == 409
    assert helper.send(f"{url}/disagree", {"edit_version": "1", "text": "I still disagree with it."}).status_code == 302
    signed = client.get(f"/visits/{charting.visit_id}/signed").text
    copy = " ".join(pdf.pages(client.get(f"/visits/{charting.visit_id}/summary.pdf").data))
    listed = client.get(f"/patients/{charting.patient_id}/amendment-requests").text
    for page in (signed, copy, listed):
        for words in (WORDS, "Denied", "Compared with the photographs.", "I still disagree with it."):
            assert words in page
    assert client.get(f"/visits/{charting.visit_id}/original.pdf").data == original
    assert url not in client.get("/").text


def test_an_accepted_request_opens_the_draft_that_corrects_it(client: Client, charting: Charting) -> None:
    url = asked(client, charting)
    wrong = {"edit_version": "0", "correction": "amendment", "text": "Site 2 is put right.", "password": "wrong"}
    refused = client.send(f"{url}/accept", wrong)
    assert refused.status_code == 422
    assert "Site 2 is put right." in refused.text
    accepted = client.send(f"{url}/accept", wrong | {"password": PASSWORD})
    assert accepted.status_code == 302
    assert accepted.location.startswith("/visits/")
    assert "a new version of the visit is being written" in client.get(url).text
    assert accepted.location in client.get(url).text


def test_the_details_and_the_visit_lead_to_the_requests(client: Client, charting: Charting) -> None:
    index = f"/patients/{charting.patient_id}/amendment-requests"
    assert index in client.get(f"/patients/{charting.patient_id}/details").text
    assert f"{index}/new?visit={charting.visit_id}" in client.get(f"/visits/{charting.visit_id}/signed").text
    assert "No request" in client.get(index).text
    new = client.get(f"{index}/new?visit={charting.visit_id}").text
    assert f'<option selected value="{charting.visit_id}"' in new
    stranger = client.send(
        f"{index}/new", {"asked_on": "2026-11-20", "asked_by": "x", "visit_id": "0" * 26, "text": WORDS}
    )
    assert stranger.status_code == 422
    assert WORDS in stranger.text
