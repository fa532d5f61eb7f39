"""The pages of a visit that belongs to another patient, as requests."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import PASSWORD, Client, ClinicWorld, client_for, make_condition, make_patient

REASON = "Two charts were open side by side"


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def right(work: Work, clinic: ClinicWorld) -> str:
    patient_id = make_patient(
        work, clinic.prescriber, family_name="Ulrich", given_names="Paula", birth_date=date(1961, 7, 9)
    )
    make_condition(work, clinic.prescriber, patient_id)
    return patient_id


@pytest.fixture
def client(app: Flask, charting: Charting) -> Client:
    return client_for(app, charting.clinic.prescriber)


def body(charting: Charting, **values: str) -> dict[str, str]:
    version = str(charting.version())
    return {"edit_version": version, "initials": "PU", "birth_year": "1961", "reason": REASON} | values


def printed(body: bytes) -> str:
    """The text of a print, in one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages).split())


def test_a_draft_goes_to_the_patient_who_was_searched_and_identified(
    charting: Charting, right: str, client: Client
) -> None:
    """C-04: the flow from the chart to the new draft, with the link back."""
    charting.chart_usual_sites()
    move = f"/visits/{charting.visit_id}/move"
    assert move in client.get(f"/visits/{charting.visit_id}").text
    found = client.send(move, {"q": "Ulrich"}).text
    assert f"{move}/{right}" in found
    wrong = client.send(f"{move}/{right}", body(charting, initials="MK"))
    assert wrong.status_code == 422
    assert REASON in wrong.text
    assert client.send(f"{move}/{right}", body(charting, edit_version="1")).status_code == 409
    sent, key = body(charting), "0123456789abcdef"
    done = client.send(f"{move}/{right}", sent, key=key)
    assert done.status_code == 302
    again = client.send(f"{move}/{right}", sent, key=key)
    assert (again.status_code, again.location) == (302, done.location)
    first = printed(client.get(f"/visits/{charting.visit_id}/summary.pdf").data)
    assert "DRAFT: discarded: Charted in the wrong record" in first
    page = client.get(done.location).text
    assert "charted first in record" in page
    assert REASON in page
    assert "Keane" not in client.get(f"/patients/{right}").text


def test_a_signed_visit_asks_for_the_password_and_both_pages_and_prints_say_so(
    charting: Charting, right: str, client: Client
) -> None:
    """C-04, S-22: void with reason, link both ways; the print of the first says that it was voided and why."""
    charting.signed()
    address = f"/visits/{charting.visit_id}/move/{right}"
    assert client.send(address, body(charting)).status_code == 422
    assert client.send(address, body(charting, password="not it at all")).status_code == 422
    done = client.send(address, body(charting, password=PASSWORD))
    assert done.status_code == 302
    old = client.get(f"/visits/{charting.visit_id}/signed").text
    assert "Charted in the wrong record" in old
    assert done.location in old
    assert f"/visits/{charting.visit_id}/signed" in client.get(done.location).text
    assert client.get(f"/visits/{charting.visit_id}/summary.pdf").status_code in {200, 404}
    assert client.get(f"/visits/{charting.visit_id}/move").status_code == 409


def test_a_sent_form_is_done_once(charting: Charting, right: str, client: Client) -> None:
    address, values = f"/visits/{charting.visit_id}/move/{right}", body(charting)
    first = client.send(address, values, key="one-key")
    assert first.status_code == 302
    assert client.send(address, values, key="one-key").status_code in {302, 409}
    with charting.reading() as uow:
        from sqlalchemy import func, select

        from clinic.models import VisitMove

        assert uow.session.scalar(select(func.count()).select_from(VisitMove)) == 1


def test_interleaved_saves_of_two_tabs_land_each_on_its_own_patient(
    charting: Charting, right: str, client: Client, work: Work, clinic: ClinicWorld
) -> None:
    """C-01, V-02: two drafts of two patients, fifty saves each in turn; no server-side "current patient"."""
    first = charting.visit_id
    with charting.writing() as uow:
        from clinic.services import visits

        second = visits.start(uow, right)
    versions = {first: charting.version(first), second: charting.version(second)}
    for number in range(50):
        for visit_id, word in ((first, "left"), (second, "right")):
            other = second if visit_id == first else first
            if number % 10 == 0:
                client.get(f"/visits/{other}")
            values = {"edit_version": str(versions[visit_id]), "complaints": f"{word} {number}"}
            answer = client.send(f"/visits/{visit_id}/notes", values)
            assert answer.status_code in {200, 302}, answer.status_code
            versions[visit_id] = charting.version(visit_id)
    with charting.reading() as uow:
        from clinic.models import Visit

        rows = {one: uow.session.get_one(Visit, (uow.clinic_id, one)) for one in (first, second)}
    assert (rows[first].complaints, rows[first].patient_id) == ("left 49", charting.patient_id)
    assert (rows[second].complaints, rows[second].patient_id) == ("right 49", right)
