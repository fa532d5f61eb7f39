"""Two transactions that meet, and a line that is cut at COMMIT: nobody sees a fault, nothing happens twice (D-13, D-21)."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from clinic.models import Visit
from clinic.models.row_security import EVERY_CLINIC, SCOPE
from clinic.unit_of_work import Unavailable, Work
from tests.charting import Charting
from tests.conftest import application_on, make_settings
from tests.factories import Client, ClinicWorld, client_for
from tests.postgresql import PostgreSQL, owners
from tests.reliability.cut_lines import Line

pytestmark = pytest.mark.postgresql_only
ATTEMPTS = 6


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with one syringe."""
    return Charting.begun(work, clinic, clock)


def sent(client: Client, charting: Charting, key: str = "key") -> Any:
    data = {"edit_version": charting.version(), "muscle": "mentalis", "side": "left", "units": "2.5"}
    return client.send(f"/visits/{charting.visit_id}/sites", data, key=key)


@contextmanager
def by_hand(work: Work) -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection, which is never the one that gives way."""
    address = owners(work.engine.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        connection.execute("SET deadlock_timeout = '30s'")
        yield connection


def wait_until_somebody_waits(connection: psycopg.Connection[Any]) -> None:
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(500):
        connection.execute("SELECT pg_stat_clear_snapshot()")
        if connection.execute(waiting).fetchone():
            return
        time.sleep(0.02)
    raise AssertionError("nobody waited")


def test_a_save_that_meets_another_is_done_again_unseen(
    app: Flask, work: Work, clinic: ClinicWorld, charting: Charting
) -> None:
    """D-21: a real deadlock, whose victim is the save; the person sees it saved, once."""
    client = client_for(app, clinic.prescriber)
    found = []
    with by_hand(work) as other, ThreadPoolExecutor(1) as pool:
        other.execute("SELECT FROM audit_head WHERE chain = %s FOR UPDATE", (clinic.id,))
        saving = pool.submit(sent, client, charting)
        with watching(work, found):
            wait_until_somebody_waits(other)
            other.execute("SELECT FROM visit WHERE id = %s FOR UPDATE", (charting.visit_id,))
            other.commit()
            assert saving.result(timeout=20).status_code == 302
    assert found == ["40P01"]
    assert len(charting.record().sites) == 1


@contextmanager
def watching(work: Work, found: list[str]) -> Iterator[None]:
    """Note which transactions the server undid."""
    from sqlalchemy import event

    def note(context: Any) -> None:
        state = getattr(context.original_exception, "sqlstate", None)
        if state in {"40P01", "40001"}:
            found.append(state)

    event.listen(work.engine, "handle_error", note)
    yield
    event.remove(work.engine, "handle_error", note)


def test_after_five_times_again_it_is_said_that_nothing_was_saved(work: Work) -> None:
    tried = []

    def meet() -> None:
        tried.append(1)
        with work.engine.execution_options(clinic_mode="writing", **{SCOPE: EVERY_CLINIC}).begin() as connection:
            connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$"))

    with pytest.raises(Unavailable):
        work.retrying(meet)
    assert len(tried) == ATTEMPTS


def test_what_is_no_meeting_is_not_done_again(work: Work) -> None:
    tried = []

    def fail() -> None:
        tried.append(1)
        with work.engine.connect() as connection:
            connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '57014'; END $$"))

    with pytest.raises(OperationalError):
        work.retrying(fail)
    assert tried == [1]


def test_both_kinds_of_transaction_say_their_isolation(work: Work, clinic: ClinicWorld) -> None:
    """Writing: READ COMMITTED with row locks. Reading: one snapshot, and the server refuses a write."""
    asked = "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')"
    for mode, said in (("reading", ("repeatable read", "on")), ("writing", ("read committed", "off"))):
        with work.engine.execution_options(clinic_mode=mode, **{SCOPE: clinic.id}).connect() as connection:
            assert tuple(connection.execute(text(asked)).one()) == said
            assert connection.execute(text("SELECT current_setting('clinic.id')")).scalar() == str(clinic.id)


def test_no_connection_waits_for_ever(work: Work) -> None:
    with work.engine.connect() as connection:
        told = {
            name: connection.execute(text(f"SHOW {name}")).scalar()
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        }
    assert told == {"statement_timeout": "1min", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "1min"}


def test_commits_are_durable_whatever_the_server_says(work: Work, postgresql: PostgreSQL) -> None:
    """The tests' own server is set to answer early, which would lose what was acknowledged when it is stopped."""
    with psycopg.connect(postgresql.uri) as plain:
        assert plain.execute("SHOW synchronous_commit").fetchone() == ("off",)
    with work.engine.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"


def test_a_row_that_stays_locked_is_503_with_the_form(
    app: Flask, work: Work, clinic: ClinicWorld, charting: Charting
) -> None:
    """As on SQLite (D-03): five seconds, then the words and the form."""
    client = client_for(app, clinic.prescriber)
    with by_hand(work) as other:
        other.execute("SELECT FROM visit WHERE id = %s FOR UPDATE", (charting.visit_id,))
        answer = sent(client, charting)
        other.rollback()
    assert answer.status_code == 503
    assert 'value="key"' in answer.text
    assert sent(client, charting).status_code == 302
    assert len(charting.record().sites) == 1


def test_a_server_process_that_was_ended_is_not_noticed(work: Work, clinic: ClinicWorld) -> None:
    """D-23: a pooled connection whose server went is replaced when it is taken, without a question each time."""
    with work.reading(clinic.prescriber):
        pass
    with work.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    with by_hand(work) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        other.commit()
    time.sleep(0.2)
    with work.engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_line_cut_at_commit_leaves_exactly_one(
    postgresql: PostgreSQL, work: Work, clinic: ClinicWorld, charting: Charting, tmp_path: Path, cut: str
) -> None:
    """D-13: whether the COMMIT landed is unknown; sending the form again with its key gives one site either way."""
    url = make_url(str(work.engine.url))
    with Line(Path(unquote(str(url.query["host"]))) / ".s.PGSQL.5432") as line:
        shutil.copytree(tmp_path / "instance", tmp_path / "second")
        through = url.set(host="127.0.0.1", port=line.port, query={}).render_as_string(hide_password=False)
        app, engine = application_on(make_settings(tmp_path / "second", through), clinic)
        app.extensions["clinic_work"] = Work(engine, work.key, work.new_id, work.clock)
        client = client_for(app, clinic.prescriber)
        assert client.get(f"/visits/{charting.visit_id}").status_code == 200
        version = charting.version()
        site = {"edit_version": version, "muscle": "mentalis", "side": "left", "units": "2.5"}
        armed = arming(engine, line, cut)
        with armed:
            answer = client.send(f"/visits/{charting.visit_id}/sites", site, key="key")
        assert (answer.status_code, line.were_cut) == (503, 1)
        assert 'value="key"' in answer.text
        assert line.settled.wait(30)
        assert len(charting.record().sites) == (cut == "after")
        assert client.send(f"/visits/{charting.visit_id}/sites", site, key="key").status_code == 302
        assert len(charting.record().sites) == 1
        engine.dispose()


@contextmanager
def arming(engine: Any, line: Line, cut: str) -> Iterator[None]:
    """Cut at the COMMIT of the save, not at one before it: armed when the site is written."""
    from sqlalchemy import event

    def arm(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO injection_site"):
            line.cut = cut

    event.listen(engine, "before_cursor_execute", arm)
    yield
    event.remove(engine, "before_cursor_execute", arm)


def test_statements_are_planned_once_and_not_compiled(work: Work, clinic: ClinicWorld) -> None:
    """D-28: looking makes the server forget none of the plans that it has; a page's statement takes longer to plan than to run."""
    for _ in range(8):
        with work.reading(clinic.prescriber) as uow:
            assert uow.session.scalars(select(Visit.id)).all() == []
    with work.reading(clinic.prescriber) as uow:
        ask = uow.session.connection().exec_driver_sql
        kept = ask("SELECT statement FROM pg_prepared_statements").scalars().all()
        jit = ask("SHOW jit").scalar()
    assert any("FROM visit" in one for one in kept)
    assert jit == "off"


def test_a_reading_that_failed_leaves_a_sound_connection(work: Work, clinic: ClinicWorld) -> None:
    """D-21."""
    for _ in range(3):
        with pytest.raises(DBAPIError), work.reading(clinic.prescriber) as uow:
            uow.session.connection().exec_driver_sql("SELECT 1 / 0")
        with work.reading(clinic.prescriber) as uow:
            assert uow.session.scalars(select(Visit.id)).all() == []
