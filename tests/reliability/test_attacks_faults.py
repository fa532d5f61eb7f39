"""A machine that fails under a save: the answer says so, keeps what was typed, and the save can be sent again once."""

from __future__ import annotations

import io
import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from clinic import extensions
from clinic.audit_chain import breaks
from clinic.domain.visits import Section
from clinic.extensions import db
from clinic.log import JsonLines
from clinic.models import Vial
from clinic.unit_of_work import Unavailable, Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for

PLAN = 'Two lines\nof "words" & <b>marks</b>'


@pytest.fixture
def charting(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with one syringe, in an application that answers faults as in the clinic."""
    app.config["TESTING"] = False
    return Charting.begun(work, clinic, clock)


@contextmanager
def held_by_another(app: Flask, mode: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another program holds the database; the wait is cut short."""
    monkeypatch.setattr(extensions, "BUSY_MILLISECONDS", 50)
    with app.app_context():
        db.engine.dispose()  # The next connections wait as short as that.
    file = app.extensions["clinic_settings"].sqlite_file
    assert isinstance(file, Path)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute(f"BEGIN {mode}")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def hidden(page: TestResponse) -> dict[str, str]:
    """The fields of the form to send again."""
    pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
    return {name: unescape(value) for name, value in pairs if name != "csrf_token"}


@pytest.mark.sqlite_only
@pytest.mark.parametrize("mode", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_busy_database_keeps_what_was_typed_and_takes_it_later_once(
    app: Flask, charting: Charting, clinic: ClinicWorld, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    client = client_for(app, clinic.prescriber)
    url = f"/visits/{charting.visit_id}/notes"
    version = charting.version()
    with held_by_another(app, mode, monkeypatch):
        refused = client.send(url, {"plan": PLAN, "edit_version": version})
        assert client.get(f"/visits/{charting.visit_id}").status_code == 503
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    again = hidden(refused)
    assert again["plan"] == PLAN
    for _ in range(2):
        assert client.send(url, again, key=again["idempotency_key"]).status_code == 302
    assert charting.record().notes[Section.PLAN] == PLAN
    assert charting.version() == version + 1


@pytest.mark.sqlite_only
def test_a_database_that_cannot_be_written_is_no_fault_of_the_program(
    app: Flask, charting: Charting, clinic: ClinicWorld
) -> None:
    client = client_for(app, clinic.prescriber)
    version = charting.version()
    with app.app_context():
        db.engine.dispose()
        event.listen(db.engine, "connect", lambda raw, _record: raw.execute("PRAGMA query_only = ON"))
    answer = client.send(f"/visits/{charting.visit_id}/notes", {"plan": PLAN, "edit_version": version})
    assert answer.status_code == 503
    assert hidden(answer)["plan"] == PLAN


def test_no_free_connection_is_said_so(work: Work, clinic: ClinicWorld) -> None:
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    with pytest.raises(Unavailable), work.reading(clinic.prescriber):
        raise PoolTimeout


def test_a_clock_that_jumps_back_breaks_no_chain(
    app: Flask, charting: Charting, clinic: ClinicWorld, clock: Any, work: Work
) -> None:
    charting.signed()
    clock.move(days=-400)
    client = client_for(app, clinic.prescriber)
    charting.start()
    pages = (f"/visits/{charting.visit_id}", f"/patients/{charting.patient_id}", "/", "/patients", "/stock")
    for url in (*pages, f"/visits/{charting.visit_id}/review", f"/stock/vials/{charting.vial_id}"):
        assert client.get(url).status_code == 200, url
    with work.reading(clinic.prescriber, scoped=False) as uow:
        assert list(breaks(uow.session, work.key, clinic.id)) == []


def test_the_log_holds_no_canary(app: Flask, charting: Charting, clinic: ClinicWorld) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    logging.getLogger("clinic").addHandler(handler)
    client = client_for(app, clinic.prescriber)
    canaries = ("Zanzibarcanary", "Quokkacanary", "Secretcanary", "1979-02-03", "Keane")
    client.send("/patients/search", {"q": canaries[0]})
    client.send(f"/visits/{charting.visit_id}/notes", {"plan": canaries[1], "edit_version": "1"})
    client.send("/patients/new", {"family_name": canaries[0], "given_names": "", "birth_date": "x"})
    client.send(f"/visits/{charting.visit_id}/review", {"shown": "0" * 64, "password": canaries[2]})
    client.post("/sign-in", data={"username": canaries[0], "password": canaries[2]})
    client.get(f"/patients/{canaries[0]}?q={canaries[1]}")
    broken(app, client)
    logging.getLogger("clinic").removeHandler(handler)
    told = written.getvalue()
    assert "unexpected error" in told
    for canary in canaries:
        assert canary not in told, canary


def broken(app: Flask, client: Client) -> None:
    """Make a fault whose text holds what somebody typed."""

    def fault(**_: object) -> str:
        raise ValueError("Zanzibarcanary")

    fault.clinic_permission = app.view_functions["patients.index"].clinic_permission  # type: ignore[attr-defined]
    app.view_functions["patients.index"] = fault
    assert client.get("/patients").status_code == 500


def test_a_fault_keeps_what_was_typed(app: Flask, charting: Charting, clinic: ClinicWorld) -> None:
    def fault(**_: object) -> str:
        raise ValueError

    fault.clinic_permission = app.view_functions["visits.write_notes"].clinic_permission  # type: ignore[attr-defined]
    app.view_functions["visits.write_notes"] = fault
    client = client_for(app, clinic.prescriber)
    answer = client.send(f"/visits/{charting.visit_id}/notes", {"plan": PLAN, "password": "Secretcanary"})
    assert answer.status_code == 500
    assert hidden(answer)["plan"] == PLAN
    assert "Secretcanary" not in answer.text


def killed_in_the_middle(charting: Charting) -> None:
    """A write that reached the database but not its commit."""
    with charting.writing() as uow:
        uow.session.get_one(Vial, (uow.clinic_id, charting.vial_id)).label = "changed"
        uow.session.flush()
        raise KeyboardInterrupt


def test_a_write_that_never_committed_left_nothing(work: Work, charting: Charting) -> None:
    with charting.reading() as uow:
        before = uow.session.scalar(select(func.count()).select_from(Vial))
    with pytest.raises(KeyboardInterrupt):
        killed_in_the_middle(charting)
    with charting.reading() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Vial)) == before
        assert uow.session.get_one(Vial, (uow.clinic_id, charting.vial_id)).label != "changed"
