"""Taking the record out: who may, with what in the audit trail, and what the file holds."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.archives import runs
from clinic.archives.runs import Run, Status
from clinic.domain.actors import Role
from clinic.models import AuditEvent
from clinic.unit_of_work import Work
from clinic.web import archives as web
from tests.charting import Charting
from tests.factories import PASSWORD, Client, ClinicWorld, client_for

PURPOSE = "The patient asked for a copy"


@pytest.fixture(autouse=True)
def patient_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the file however slow the machine is; what is shown of one that takes longer has tests of its own."""
    monkeypatch.setattr(web, "_PATIENCE", 60)


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    return charting


@pytest.fixture
def client(app: Flask, charting: Charting) -> Client:
    return client_for(app, charting.clinic.prescriber)


def entries(work: Work, action: str) -> list[tuple[str, str | None, str]]:
    with work.engine.connect() as connection:
        chosen = select(AuditEvent.subject, AuditEvent.patient_id, AuditEvent.reason).where(AuditEvent.action == action)
        return [tuple(row) for row in connection.execute(chosen)]


def test_a_patients_record_is_begun_shown_and_taken(client: Client, charting: Charting, work: Work) -> None:
    page = f"/patients/{charting.patient_id}/archive"
    answer = client.send(page, {"what": "archive", "purpose": PURPOSE, "password": PASSWORD})
    assert answer.status_code == 302
    shown = client.get(answer.location)
    assert "Done" in shown.text
    with client.get(f"{answer.location}/file") as file:
        body, headers = file.data, file.headers
    assert headers["Cache-Control"] == "no-store"
    assert charting.patient_id not in headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert charting.visit_id.encode() in archive.read("record/visit.jsonl")
    subject = f"export:{answer.location.rpartition('/')[2]}"
    assert entries(work, "record.export_begun") == [(subject, charting.patient_id, PURPOSE)]
    assert entries(work, "record.exported") == [(subject, charting.patient_id, "")]
    assert entries(work, "record.export_taken") == [(subject, charting.patient_id, "")]


def test_the_clinic_is_exported_listed_and_deleted(client: Client, charting: Charting, app: Flask) -> None:
    answer = client.send("/archives", {"purpose": "Moving to another program", "password": PASSWORD})
    listed = client.get("/archives").text
    assert "Moving to another program" in listed
    assert answer.location in listed
    assert client.get(f"{answer.location}/progress").json == {"percent": 100, "status": "done", "table": "audit_event"}
    client.send(f"{answer.location}/delete", {})
    assert client.get(answer.location).status_code == 404
    assert "No export lately" in client.get("/archives").text
    assert not list((Path(app.extensions["clinic_settings"].instance) / "exports" / "1").iterdir())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"purpose": "", "password": PASSWORD}, "is needed"),
        ({"purpose": "why", "password": PASSWORD}, "5 to 400 letters"),
        ({"purpose": "x" * 401, "password": PASSWORD}, "400"),
        ({"purpose": PURPOSE, "password": "wrong"}, "not your password"),
        ({"purpose": PURPOSE, "password": ""}, "is needed"),
    ],
)
def test_bad_input_begins_nothing_and_keeps_what_was_typed(
    client: Client, work: Work, values: dict[str, str], said: str
) -> None:
    answer = client.send("/archives", values)
    assert answer.status_code == 422
    assert said in answer.text
    assert values["purpose"] in answer.text
    assert "No export lately" in client.get("/archives").text
    assert not entries(work, "record.export_begun")


def test_only_a_prescriber_takes_the_record_out(app: Flask, charting: Charting) -> None:
    for role in Role:
        status = client_for(app, charting.clinic.people[role]).get("/archives").status_code
        assert status == (200 if role is Role.PRESCRIBER else 403), role


def test_another_clinics_run_is_not_found(
    client: Client, app: Flask, charting: Charting, other_clinic: ClinicWorld
) -> None:
    place = client.send("/archives", {"purpose": PURPOSE, "password": PASSWORD}).location
    stranger = client_for(app, other_clinic.prescriber)
    for path in (place, f"{place}/file", f"{place}/progress"):
        assert stranger.get(path).status_code == 404
    for act in ("cancel", "resume", "delete"):
        assert stranger.send(f"{place}/{act}", {}).status_code == 404
    with client.get(f"{place}/file") as file:
        assert file.status_code == 200


def test_sent_twice_it_is_one_export(client: Client, work: Work) -> None:
    values = {"purpose": PURPOSE, "password": PASSWORD, "idempotency_key": "one-key"}
    first, second = client.send("/archives", values), client.send("/archives", values)
    assert first.location == second.location
    assert len(entries(work, "record.exported")) == 1


def test_an_interrupted_export_is_gone_on_with(client: Client, app: Flask, charting: Charting, clock: Any) -> None:
    root = Path(app.extensions["clinic_settings"].instance) / "exports"
    one = runs.begin(root, Run("r" * 26, charting.clinic.id, None, "Somebody", PURPOSE, clock()))
    assert "Look again" in client.get(f"/archives/{one.id}").text
    clock.move(minutes=3)
    assert "the server was stopped" in client.get(f"/archives/{one.id}").text
    client.send(f"/archives/{one.id}/resume", {})
    assert runs.run(root, one.clinic_id, one.id, clock()).status is Status.DONE
    with client.get(f"/archives/{one.id}/file") as file:
        assert file.data.startswith(b"PK")


def test_a_fhir_bundle_asks_for_the_same_and_is_noted_with_its_hash(
    client: Client, charting: Charting, work: Work
) -> None:
    page = f"/patients/{charting.patient_id}/archive"
    refused = client.send(page, {"what": "fhir", "purpose": PURPOSE, "password": "wrong"})
    assert refused.status_code == 422
    answer = client.send(page, {"what": "fhir", "purpose": PURPOSE, "password": PASSWORD})
    assert answer.mimetype == "application/fhir+json"
    assert answer.json["resourceType"] == "Bundle"
    assert charting.patient_id not in answer.headers["Content-Disposition"]
    assert [entry[1:] for entry in entries(work, "record.export_begun")] == [(charting.patient_id, PURPOSE)]
    with work.engine.connect() as connection:
        kept = connection.scalar(select(AuditEvent.values).where(AuditEvent.action == "record.exported"))
    assert hashlib.sha256(answer.data).hexdigest() in str(kept)


def test_the_pages_lead_to_the_exports_for_who_may(app: Flask, client: Client, charting: Charting) -> None:
    details = f"/patients/{charting.patient_id}/details"
    assert 'href="/archives"' in client.get("/reports").text
    assert f'href="/patients/{charting.patient_id}/archive"' in client.get(details).text
    injector = client_for(app, charting.clinic.people[Role.INJECTOR])
    assert 'href="/archives"' not in injector.get("/reports").text
    assert "/archive" not in injector.get(details).text
