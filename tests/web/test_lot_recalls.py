"""The recall list as page, table and print, and its letters: once, all or none, never without a recall."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.events import Action, Event
from clinic.models import AuditEvent, IssuedDocument, Patient, Vial
from clinic.services import lots
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for
from tests.queries.test_inventory import chart
from tests.services.test_inventory import make_visit
from tests.web.statements import counted


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A signed session from the lot of one vial."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    return charting


@pytest.fixture
def lot_id(charting: Charting) -> str:
    """The lot of that vial."""
    with charting.reading() as uow:
        return uow.session.scalars(select(Vial.lot_id)).one()


def recall(charting: Charting, lot_id: str) -> None:
    with charting.writing() as uow:
        lots.recall(uow, lot_id, 1, "Maker's letter of today")


def letters(charting: Charting) -> list[IssuedDocument]:
    with charting.reading() as uow:
        return list(uow.session.scalars(select(IssuedDocument).order_by(IssuedDocument.id)))


def post(client: Client, lot_id: str, *, key: str | None = None, **values: str) -> Any:
    body = {"who": "given", "own_words": "", "edit_version": "0"} | values
    return client.send(f"/stock/lots/{lot_id}/recall-letters", body, key=key)


def test_page_table_and_print_name_the_same_patients_and_leave_a_read_entry(
    app: Flask, charting: Charting, lot_id: str
) -> None:
    client = client_for(app, charting.clinic.prescriber)
    page = client.get(f"/stock/lots/{lot_id}/recall-list").text
    assert "Keane, Margaret" in page
    assert "given to 1 in 1 session" in page
    assert "Lot not on record: cannot be excluded" in page
    assert "Write letters" not in page
    table = client.get(f"/stock/lots/{lot_id}/recall-list.csv?who=given").text
    [heads, row] = csv.reader(io.StringIO(table.removeprefix("\ufeff")))
    found = dict(zip(heads, row, strict=True))
    assert (found["patient"], found["units given"], found["what the record says"]) == (
        "Keane, Margaret",
        "12.5",
        "given",
    )
    printed = PdfReader(io.BytesIO(client.get(f"/stock/lots/{lot_id}/recall-list.pdf").data))
    words = " ".join(one.extract_text() for one in printed.pages)
    assert "Keane, Margaret" in words
    assert "Contact tried" in words
    with charting.reading() as uow:
        seen = uow.session.scalars(select(AuditEvent.subject).where(AuditEvent.action == "stock.viewed"))
        assert list(seen).count(f"lot:{lot_id}") == 3
    assert (
        client_for(app, charting.clinic.people[Role.AUDITOR]).get(f"/stock/lots/{lot_id}/recall-list").status_code
        == 403
    )


def test_letters_are_written_once_and_printed_as_one_file(
    app: Flask, charting: Charting, lot_id: str, work: Work, clinic: ClinicWorld
) -> None:
    other, drawn = make_visit(work, clinic, "FN-77")
    with charting.writing() as uow:
        patient = uow.session.get_one(Patient, (uow.clinic_id, charting.patient_id))
        patient.handout_language, patient.handout_edition = "es", "large"
        patient.address = "14 Mill Lane\nYork"
        uow.record(Event(Action.PATIENT_CHANGED, "test"))
    chart(work, clinic, drawn, charting.vial_id, ())
    client = client_for(app, charting.clinic.prescriber)
    assert "Mark the lot as recalled first" in post(client, lot_id).text
    recall(charting, lot_id)
    assert post(client, lot_id, who="nobody").status_code == 422
    kept = post(client, lot_id, own_words="x" * 601)
    assert (kept.status_code, "x" * 601 in kept.text) == (422, True)
    assert letters(charting) == []
    first = post(client, lot_id, key="one", own_words="Come on Tuesday.")
    assert first.status_code == 303
    assert post(client, lot_id, key="one", own_words="Come on Tuesday.").location == first.location
    [letter] = letters(charting)
    assert (letter.language, letter.edition, letter.patient_id) == ("es", "large", charting.patient_id)
    assert letter.purpose == "recall of lot C4821A2, onabotulinumtoxinA (Botox)"
    assert post(client, lot_id, who="unwritten").status_code == 409  # Somebody wrote one since this page was shown.
    assert "Nobody on this list" in post(client, lot_id, edit_version="1").text
    rest = post(client, lot_id, who="unwritten", edit_version="1")
    assert rest.status_code == 303
    to = {one.patient_id: one.given_to for one in letters(charting)}
    assert to == {charting.patient_id: "patient, by post", other: "patient; no address on record"}
    printed = PdfReader(io.BytesIO(client.get(first.location).data))
    words = re.sub(r"\s+", " ", " ".join(one.extract_text() for one in printed.pages))
    assert "Keane, Margaret" in words
    assert "Keane, Mary" not in words
    assert "Margaret Keane 14 Mill Lane York" in words.replace("23 nov 2026 ", "").replace("22 nov 2026 ", "")
    assert "Come on Tuesday." in words
    assert "Retirada" in words
    assert client.get(first.location.replace(lot_id, "0" * 26)).status_code == 404
    assert client.get(f"/stock/lots/{lot_id}/recall-list").text.count("letter written") == 2  # Each leads to its batch.


def test_a_retired_record_gets_no_letter(app: Flask, charting: Charting, lot_id: str) -> None:
    recall(charting, lot_id)
    with charting.writing() as uow:
        uow.session.get_one(Patient, (uow.clinic_id, charting.patient_id)).retired_at = uow.now
        uow.record(Event(Action.PATIENT_CHANGED, "test"))
    client = client_for(app, charting.clinic.prescriber)
    assert "record retired" in client.get(f"/stock/lots/{lot_id}/recall-list").text
    assert post(client, lot_id, who="all").status_code == 422
    assert letters(charting) == []


def test_the_list_costs_the_same_whatever_the_clinic_holds(
    app: Flask, charting: Charting, lot_id: str, work: Work, clinic: ClinicWorld
) -> None:
    client = client_for(app, charting.clinic.prescriber)
    with counted(work.engine) as few:
        client.get(f"/stock/lots/{lot_id}/recall-list")
    for number in range(3):
        _, visit_id = make_visit(work, clinic, f"FN-{number}")
        chart(work, clinic, visit_id, charting.vial_id, ())
    with counted(work.engine) as many:
        client.get(f"/stock/lots/{lot_id}/recall-list")
    assert len(many) == len(few)
