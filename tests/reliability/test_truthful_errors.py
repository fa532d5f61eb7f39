"""Errors of every kind at each end of a save: what the page says of it is true, and sent again it is there once (D-13)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask

from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for
from tests.reliability.test_busy import held

UNSURE = "it is not certain whether it was saved"
NOTHING = "Nothing of this request was saved"
PG = psycopg.errors
KINDS: dict[str, dict[str, list[BaseException]]] = {
    "sqlite": {
        "passing": [
            sqlite3.OperationalError("locking protocol"),
            sqlite3.OperationalError("interrupted"),
            sqlite3.OperationalError("database table is locked: x"),
            sqlite3.OperationalError("disk I/O error"),
            sqlite3.OperationalError("unable to open database file"),
            MemoryError(),
        ],
        "other": [
            sqlite3.DatabaseError("database disk image is malformed"),
            sqlite3.InterfaceError("bad parameter or other API misuse"),
            sqlite3.OperationalError("cannot start a transaction within a transaction"),
        ],
    },
    "postgresql": {
        "passing": [
            PG.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"),
            PG.IdleInTransactionSessionTimeout("x"),
            PG.QueryCanceled("canceling statement due to statement timeout"),
            PG.LockNotAvailable("x"),
            PG.DiskFull("x"),
            PG.OutOfMemory("x"),
            PG.IoError("x"),
            MemoryError(),
        ],
        "other": [
            PG.InternalError_("missing chunk"),
            PG.DataCorrupted("x"),
            PG.FeatureNotSupported("cached plan must not change result type"),
            psycopg.InterfaceError("the cursor is closed"),
            PG.InsufficientPrivilege("permission denied"),
        ],
    },
}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with one syringe."""
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    """A prescriber's browser at a server that answers its faults."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return client_for(app, clinic.prescriber)


@contextmanager
def failing(work: Work, call: str, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the first such call of the driver fail: a write of a site before it, a commit after it was done."""
    kept = getattr(work.engine.dialect, call)
    failed = []

    def fail(*values: Any, **more: Any) -> Any:
        if failed or (call == "do_execute" and not str(values[1]).startswith("INSERT INTO injection_site")):
            return kept(*values, **more)
        failed.append(1)
        if call == "do_commit":
            kept(*values, **more)
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(work.engine.dialect, call, fail)
        yield
    assert failed


def site(charting: Charting) -> dict[str, Any]:
    return {"edit_version": charting.version(), "muscle": "mentalis", "side": "left", "units": "2.5"}


@pytest.mark.parametrize("call", ["do_execute", "do_commit"])
def test_what_is_said_of_a_failed_save_is_true(
    client: Client, work: Work, charting: Charting, database_kind: str, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = []
    for kind, errors in KINDS[database_kind].items():
        for number, error in enumerate(errors):
            sent, before, key = site(charting), len(charting.record().sites), f"{call} {kind} {number}"
            with failing(work, call, error, monkeypatch):
                answer = client.send(f"/visits/{charting.visit_id}/sites", sent, key=key)
            there = len(charting.record().sites) - before
            again = client.send(f"/visits/{charting.visit_id}/sites", sent, key=key)
            said = UNSURE if call == "do_commit" else NOTHING
            status = 503 if call == "do_commit" or kind == "passing" else 500
            found = (
                answer.status_code,
                said in answer.text,
                there,
                again.status_code,
                len(charting.record().sites) - before,
            )
            if found != (status, True, int(call == "do_commit"), 302, 1):
                wrong.append((repr(error), found))
    assert wrong == []


def test_a_screen_that_was_locked_in_doubt_is_said_to_be(
    client: Client, work: Work, monkeypatch: pytest.MonkeyPatch, database_kind: str
) -> None:
    """What is no part of the record ends as truthfully: the screen is locked."""
    with failing(work, "do_commit", KINDS[database_kind]["other"][0], monkeypatch):
        answer = client.send("/account/lock", {})
    assert (answer.status_code, NOTHING in re.sub(r"\s+", " ", answer.text)) == (503, False)


@pytest.mark.postgresql_only
def test_a_server_that_takes_only_reads_is_no_fault_of_the_program(
    app: Flask, client: Client, work: Work, charting: Charting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A standby refuses the writing transaction itself; and whoever asks is told that this server cannot serve."""
    from clinic import postgresql

    monkeypatch.setitem(postgresql._BEGIN, "writing", "BEGIN; SELECT 1 FROM pg_no_such_table")
    answer = client.send(f"/visits/{charting.visit_id}/sites", site(charting), key="k")
    assert (answer.status_code, NOTHING in answer.text) == (503, True)
    assert app.test_client().get("/ready").status_code == 503
    monkeypatch.undo()
    assert client.send(f"/visits/{charting.visit_id}/sites", site(charting), key="k").status_code == 302


@pytest.mark.sqlite_only
def test_a_refusal_stands_while_the_database_is_busy(app: Flask, client: Client, work: Work) -> None:
    """It cannot be noted in the trail, so the log has it; the page says that it was refused, not that something broke."""
    assert client.get("/people").status_code == 403
    with held(app):
        assert client.get("/people").status_code == 403
