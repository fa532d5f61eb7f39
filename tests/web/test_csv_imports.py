"""Bringing a table through the pages: checked, looked at, imported or thrown away; and from the command line."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.config import Settings
from clinic.domain.actors import Role
from clinic.models import AuditEvent, Patient
from clinic.unit_of_work import Work
from clinic.web import csv_import_runs as runs
from clinic.web import csv_imports as web
from tests.factories import Client, ClinicWorld, client_for

PEOPLE = b"Record number,Family name,Given names,Birth date\nN-1,Berg,Cy,1980-01-02\nN-2,Otto,Ivo,1955-05-05\n"


@pytest.fixture(autouse=True)
def patient_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for each step however slow the machine is."""
    monkeypatch.setattr(web, "_PATIENCE", 60)


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.prescriber)


@pytest.fixture
def folder(app: Flask) -> Path:
    settings: Settings = app.extensions["clinic_settings"]
    return settings.instance / "imports"


def bring(client: Client, body: bytes, name: str = "people.csv", **more: str) -> Any:
    data = {"kind": "patients", "order": "year", "file": (io.BytesIO(body), name)} | more
    return client.send("/imports", data, content_type="multipart/form-data")


def uploads(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*/upload.csv"))


def people(work: Work, clinic: ClinicWorld) -> int:
    with work.reading(clinic.prescriber) as uow:
        return uow.session.scalar(select(func.count(Patient.id))) or 0


def test_a_file_is_checked_then_imported_then_gone(
    client: Client, work: Work, clinic: ClinicWorld, folder: Path
) -> None:
    assert 'href="/imports"' in client.get("/patients").text
    brought = bring(client, PEOPLE, "lists/people.csv")
    page = client.get(brought.location)
    assert "Checked: no problem" in page.text
    assert "<b>people.csv</b>" in page.text
    assert "Otto, Ivo" in page.text
    assert people(work, clinic) == 0
    assert len(uploads(folder)) == 1
    assert uploads(folder)[0].parent.stat().st_mode & 0o077 == 0
    assert client.get(f"{brought.location}/progress").json == {"running": False, "percent": 0, "what": "Checking"}
    done = client.send(f"{brought.location}/import")
    assert "Imported" in client.get(done.location).text
    assert people(work, clinic) == 2
    assert uploads(folder) == []
    assert b"Otto" not in b"".join(file.read_bytes() for file in folder.glob("*/*/*"))
    assert client.send(f"{brought.location}/import").status_code == 422
    assert people(work, clinic) == 2
    with work.reading(clinic.prescriber) as uow:
        told = uow.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("record.import%"))).all()
    assert told == ["record.import_begun", "record.import_checked", "record.import_changed", "record.imported"]
    again = bring(client, PEOPLE)
    assert "Nothing new in this file" in client.get(again.location).text


def test_problems_are_shown_and_can_be_taken_away(client: Client, work: Work, clinic: ClinicWorld) -> None:
    body = PEOPLE + b"N-3,=cmd|x,Bo,03/04/1980\nN-1,Berg,Cy,1980-01-02\n"
    brought = bring(client, body)
    page = client.get(brought.location).text
    assert "3 problems: nothing can be imported yet" in page
    assert "Import all of it" not in page
    assert "Say how the days are written" in page
    table = client.get(f"{brought.location}/problems.csv")
    assert "attachment" in table.headers["Content-Disposition"]
    assert "4,Family name,'=cmd|x,This begins like a formula of a spreadsheet." in table.text
    assert client.send(f"{brought.location}/import").status_code == 422
    assert people(work, clinic) == 0
    assert client.get("/imports/columns/sessions.csv").text.startswith("\ufeffRecord number,Birth date,Day,Product")


def test_what_is_no_table_is_said_and_not_kept(client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Choose a file." in client.send("/imports", {"kind": "patients", "order": "year"}).text
    missing = bring(client, PEOPLE, kind="")
    assert missing.status_code == 422
    brought = bring(client, b"PK\x03\x04workbook", "people.csv")
    page = client.get(brought.location).text
    assert "Excel workbook" in page
    assert "nothing was imported" in page
    assert uploads(folder) == []
    assert client.get(f"{brought.location}/problems.csv").status_code == 404
    monkeypatch.setattr(web, "BYTES_MAXIMUM", 1000)
    assert bring(client, b"x" * 100_000).status_code == 413


def test_a_file_is_thrown_away_on_request_or_after_an_hour(client: Client, folder: Path, clock: Any) -> None:
    first, second = bring(client, PEOPLE), bring(client, PEOPLE)
    client.send(f"{first.location}/cancel")
    assert "Cancelled: nothing was imported" in client.get(first.location).text
    assert len(uploads(folder)) == 1
    clock.move(minutes=59)
    client.signed_in(client_actor(client))
    assert "people.csv" in client.get("/imports").text
    clock.move(minutes=2)
    client.signed_in(client_actor(client))
    assert "No file lately" in client.get("/imports").text
    assert list(folder.glob("*/*")) == []
    assert client.get(second.location).status_code == 404


def client_actor(client: Client) -> Any:
    """The prescriber, who signs in again after an idle time."""
    from clinic.queries import accounts as query
    from clinic.services import accounts

    work: Work = client.application.extensions["clinic_work"]
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        found = query.credentials(uow, Role.PRESCRIBER.value)
    assert found is not None
    return found.actors[0]


def test_another_clinics_file_is_nobodys(app: Flask, client: Client, other_clinic: ClinicWorld) -> None:
    brought = bring(client, PEOPLE)
    other = client_for(app, other_clinic.prescriber)
    for path in ("", "/progress", "/problems.csv"):
        assert other.get(brought.location + path).status_code == 404
    for path in ("/import", "/cancel"):
        assert other.send(brought.location + path).status_code == 404
    assert "people.csv" not in other.get("/imports").text
    assert "Checked: no problem" in client.get(brought.location).text


def test_from_the_command_line(app: Flask, work: Work, clinic: ClinicWorld, tmp_path: Path) -> None:
    file, problems = tmp_path / "people.csv", tmp_path / "problems.csv"
    file.write_bytes(PEOPLE.replace(b"1955-05-05", b"5/5/1955"))
    run = app.test_cli_runner().invoke
    command = ["clinic", "import-csv", str(file), "--kind", "patients", "--as"]
    answer = run(args=[*command, "prescriber", "--yes", "--problems", str(problems)])
    assert answer.exit_code == 1
    assert "PROBLEM  line 3, Birth date, 5/5/1955" in answer.output
    assert "3,Birth date,5/5/1955" in problems.read_text("utf-8-sig")
    assert run(args=[*command, "assistant", "--days", "day", "--yes"]).exit_code == 1
    assert "has no nobody" in run(args=[*command, "nobody"]).output
    assert "Nothing was imported" in run(args=[*command, "prescriber", "--days", "day"], input="n\n").output
    assert people(work, clinic) == 0
    answer = run(args=[*command, "prescriber", "--days", "day"], input="y\n")
    assert answer.output.endswith("Imported.\n")
    assert people(work, clinic) == 2


def test_another_file_on_a_page_that_was_used_is_never_taken_for_the_first(client: Client, folder: Path) -> None:
    page = client.get("/imports").text
    key = page.partition('name="idempotency_key" value="')[2].partition('"')[0]
    first = bring(client, PEOPLE, idempotency_key=key)
    assert bring(client, PEOPLE, idempotency_key=key).location == first.location
    other = bring(client, PEOPLE + b"N-3,Ito,Bo,1990-05-05\n", idempotency_key=key)
    assert other.status_code == 422
    assert "used for another file" in other.text
    assert len(uploads(folder)) == 1


def test_what_is_on_record_decides_whether_it_was_imported(
    client: Client, work: Work, clinic: ClinicWorld, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = bring(client, PEOPLE)
    keep = runs._keep

    def refused(file: Path, values: dict[str, Any]) -> None:
        if values.get("status") == "imported":
            raise OSError(28, "No space left on device")
        keep(file, values)

    monkeypatch.setattr(runs, "_keep", refused)
    client.send(f"{brought.location}/import")
    clock.move(minutes=3)
    page = client.get(brought.location).text
    assert "Imported" in page
    assert "nothing was imported" not in page
    assert people(work, clinic) == 2


def test_what_a_cut_off_upload_left_is_deleted_too(client: Client, folder: Path, clock: Any) -> None:
    left, broken = folder / "1" / ("a" * 26), folder / "1" / ("b" * 26)
    for one in (left, broken):
        one.mkdir(parents=True)
        (one / "upload.csv").write_bytes(PEOPLE)
    (broken / "run.json").write_text("{")
    assert client.get("/imports").status_code == 200
    assert len(uploads(folder)) == 2
    for one in (left, broken):
        os.utime(one, (0, 0))
    runs.sweep(folder, clock())
    assert uploads(folder) == []


def test_progress_is_shown_while_an_import_holds_the_database(
    client: Client, work: Work, clinic: ClinicWorld, folder: Path
) -> None:
    brought = bring(client, PEOPLE)
    (file,) = folder.glob("*/*/run.json")
    file.write_text(file.read_text().replace('"checked"', '"importing"'))
    with work.writing(clinic.prescriber) as uow:
        uow.session.execute(select(func.count(Patient.id)))
        page = client.get(brought.location)
    assert page.status_code == 200
    assert "How far it is" in page.text
