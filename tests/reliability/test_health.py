"""D-33, D-26, D-07: ``/health``, ``/ready`` and the banner: each condition broken turns red; strangers learn nothing more."""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, update

from clinic.domain.actors import Role
from clinic.health import backups, readiness, room, trail, watching
from clinic.health.report import State
from clinic.log import JsonLines
from clinic.models import AuditHead, BackupRun
from clinic.unit_of_work import Work
from clinic.verification import anchor
from tests.factories import ClinicWorld, client_for, make_patient
from tests.postgresql import by_owner

MEBIBYTE = 1024 * 1024
HERE = {"base_url": "http://localhost:8000", "environ_base": {"REMOTE_ADDR": "127.0.0.1"}}
AFAR = {"base_url": "http://localhost:8000", "environ_base": {"REMOTE_ADDR": "203.0.113.9"}}


@pytest.fixture
def ready(app: Flask, work: Work, clinic: ClinicWorld) -> Any:
    """What ``/ready/all`` says to this machine: its status, and the checks by name. All is well to begin with."""
    settings = app.extensions["clinic_settings"]
    make_patient(work, clinic.prescriber)
    anchor(work, settings.instance / "anchors")
    with work.housekeeping() as session:
        session.execute(insert(BackupRun).values(backed_up(work.clock() - timedelta(hours=1))))

    def ask(path: str = "/ready/all", **who: Any) -> tuple[int, dict[str, Any]]:
        app.extensions["clinic_watch"] = watching.Watch(app.extensions["clinic_settings"])
        answer = app.test_client().get(path, **(who or HERE))
        return answer.status_code, answer.get_json()

    return ask


def backed_up(at: datetime) -> dict[str, object]:
    values = {"id": "b" * 26, "kind": "backup", "started_at": at, "finished_at": at, "verified": True}
    return values | {"database": "sqlite", "file": "x.backup", "sha256": "0" * 64, "why": "", "problem": ""}


def reds(answer: tuple[int, dict[str, Any]]) -> list[str]:
    """The checks that are not well."""
    return [check["name"] for check in answer[1]["checks"] if check["state"] != "ok"]


def test_all_is_well(ready: Any) -> None:
    status, said = ready()
    assert (status, said["status"], reds((status, said))) == (200, "ok", [])
    names = {"disk", "database", "schema", "audit trail", "clock", "backup", "writing"}
    assert {check["name"] for check in said["checks"]} == names


def test_strangers_learn_one_word(ready: Any, app: Flask, clinic: ClinicWorld) -> None:
    """D-33: not public. The tooth is the same question from this machine, which is answered."""
    forwarded = HERE | {"headers": {"X-Forwarded-For": "203.0.113.9"}}
    named = HERE | {"base_url": "http://record.example.org"}
    app.config["TRUSTED_HOSTS"] = ["localhost", "record.example.org"]
    for who in (AFAR, forwarded, named):
        for path in ("/ready", "/ready/all", "/health"):
            assert ready(path, **who) == (200, {"status": "ok"}), who
    assert "checks" in ready()[1]
    administrator = client_for(app, clinic.people[Role.ADMINISTRATOR])
    assert "checks" in administrator.get("/ready", environ_base=AFAR["environ_base"]).get_json()
    prescriber = client_for(app, clinic.prescriber)
    assert "checks" not in prescriber.get("/ready", environ_base=AFAR["environ_base"]).get_json()


def test_the_newest_schema_is_asked_for(ready: Any, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from clinic import database

    monkeypatch.setattr(database, "newest_revision", lambda: "9999")
    status, said = ready("/ready")
    assert (status, reds((status, said))) == (503, ["schema"])


def test_a_lost_trigger_is_named(ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from clinic.models import triggers

    expected = triggers.expected_names() | {"one_more"}
    monkeypatch.setattr(triggers, "expected_names", lambda: expected)
    assert reds(ready("/ready")) == ["schema"]


@pytest.mark.sqlite_only
def test_a_database_that_is_gone_is_not_ready_and_the_program_lives(
    ready: Any, app: Flask, work: Work, clinic: ClinicWorld
) -> None:
    signed_in = client_for(app, clinic.people[Role.ADMINISTRATOR])
    file = app.extensions["clinic_settings"].sqlite_file
    work.engine.dispose()
    file.write_bytes(b"no database" * 1000)
    status, said = ready("/ready")
    assert (status, reds((status, said))) == (503, ["database"])
    answer = app.test_client().get("/health", **AFAR)
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})
    for client in (app.test_client(), signed_in):  # Nobody can look up whose session it is.
        answer = client.get("/ready", environ_base=AFAR["environ_base"])
        assert (answer.status_code, answer.get_json()) == (503, {"status": "not ready"})


@pytest.mark.sqlite_only
def test_a_database_that_takes_no_writes_is_not_ready(ready: Any, work: Work) -> None:
    work.engine.dispose()
    event.listen(work.engine, "connect", lambda raw, _record: raw.execute("PRAGMA query_only = ON"))
    assert reds(ready("/ready")) == ["database"]
    assert ready("/ready")[0] == 503


def test_the_probe_leaves_nothing_behind(ready: Any, work: Work, clinic: ClinicWorld) -> None:
    from sqlalchemy import func, select

    from clinic.models import AuditEvent, IdempotencyKey

    with work.reading(clinic.prescriber, scoped=False) as uow:
        counts = [uow.session.scalar(select(func.count()).select_from(one)) for one in (AuditEvent, IdempotencyKey)]
    ready()
    with work.reading(clinic.prescriber, scoped=False) as uow:
        again = [uow.session.scalar(select(func.count()).select_from(one)) for one in (AuditEvent, IdempotencyKey)]
    assert counts == again


def test_the_disk_below_at_and_above_each_limit() -> None:
    """D-07."""
    for free, low, state, stops in (
        (64 * MEBIBYTE - 1, 1024, State.WRONG, True),
        (64 * MEBIBYTE, 1024, State.WARNING, False),
        (1024 * MEBIBYTE - 1, 1024, State.WARNING, False),
        (1024 * MEBIBYTE, 1024, State.OK, False),
    ):
        check = room.said(free, low)
        assert (check.state, check.stops) == (state, stops), free


def test_a_disk_that_fills_is_said_and_goes_on(
    ready: Any, app: Flask, clinic: ClinicWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D-07: in the log, in ``/ready``, and to administrators on every page; saving goes on."""
    usage = shutil.disk_usage(os.curdir)._replace(free=500 * MEBIBYTE)
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _folder: usage)
    assert (ready()[0], reds(ready())) == (503, ["disk"])
    assert ready("/ready")[0] == 200
    page = client_for(app, clinic.people[Role.ADMINISTRATOR]).get("/people")
    assert "500 MiB are free" in page.text
    assert "MiB are free" not in client_for(app, clinic.prescriber).get("/").text
    with told() as lines:
        app.extensions["clinic_watch"].tell(app.extensions["clinic_work"])
    assert [(line["check"], line["state"]) for line in lines] == [("disk", "warning")]


@contextmanager
def told() -> Iterator[list[dict[str, Any]]]:
    """The lines of the log as they would be written."""
    lines: list[dict[str, Any]] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(JsonLines().format(record)))

    handler = Kept()
    logging.getLogger("clinic").addHandler(handler)
    try:
        yield lines
    finally:
        logging.getLogger("clinic").removeHandler(handler)


def test_the_age_of_the_backup_below_at_and_above() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    for hours, state in ((25, State.OK), (26, State.OK), (26.1, State.WARNING)):
        assert backups.age(now - timedelta(hours=hours), now).state is state
    assert backups.age(None, now).state is State.WARNING
    assert "less than an hour old" in backups.age(now - timedelta(minutes=59), now).said
    assert "1 hour old" in backups.age(now - timedelta(minutes=61), now).said


def test_a_backup_of_a_day_that_has_not_come_tells_no_age_and_hides_no_other(ready: Any, work: Work) -> None:
    """D-26: the clock was ahead when it was made."""
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    for seconds, state in ((119, State.OK), (120, State.OK), (121, State.WARNING)):
        assert backups.age(now + timedelta(seconds=seconds), now).state is state
        assert backups.drill_age(now + timedelta(seconds=seconds), now).state is state
    ahead = backed_up(work.clock() + timedelta(days=3650)) | {"id": "a" * 26}
    with work.housekeeping() as session:
        session.execute(insert(BackupRun).values(ahead))
    assert reds(ready()) == []
    with work.housekeeping() as session:
        session.execute(update(BackupRun).values(finished_at=work.clock() - timedelta(hours=27)))
    assert reds(ready()) == ["backup"]


def test_whoever_asks_while_somebody_looks_does_not_wait(
    app: Flask, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow database: one look at a time, and it answers all who waited for the first one."""
    looks: list[float] = []
    look = readiness.look

    def slowly(*values: Any) -> Any:
        looks.append(time.monotonic())
        time.sleep(1)
        return look(*values)

    monkeypatch.setattr(readiness, "look", slowly)
    monkeypatch.setattr(watching, "FRESH_SECONDS", 0.5)
    watch = watching.Watch(app.extensions["clinic_settings"])
    with ThreadPoolExecutor(6) as pool:
        assert len({id(one) for one in pool.map(lambda _: watch.report(work), range(6))}) == 1
        assert len(looks) == 1
        time.sleep(0.6)
        took = list(pool.map(lambda _: timed(lambda: watch.report(work)), range(6)))
    assert len(looks) == 2
    assert sorted(took)[4] < 0.5 < sorted(took)[5]


def timed(run: Any) -> float:
    began = time.monotonic()
    run()
    return time.monotonic() - began


def test_the_hourly_look_is_nothing_to_whoever_came_then(
    app: Flask, work: Work, clinic: ClinicWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They do not wait for it, and its fault is not theirs: what they saved is acknowledged."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = client_for(app, clinic.prescriber)
    watch = app.extensions["clinic_watch"]
    failed = threading.Event()

    def broken(*_values: Any) -> Any:
        raise OverflowError("a number that no column takes")

    monkeypatch.setattr(readiness, "look", broken)
    monkeypatch.setattr(threading, "excepthook", lambda _: failed.set())
    monkeypatch.setattr(watch, "_due", 0.0)
    assert client.get("/patients").status_code == 200
    assert failed.wait(5)


@pytest.mark.parametrize(("days", "state"), [(0, State.OK), (35, State.OK), (35.1, State.WARNING)])
def test_the_age_of_the_last_drill(days: float, state: State) -> None:
    now = datetime(2026, 6, 3, 12, tzinfo=UTC)
    assert backups.drill_age(now - timedelta(days=days), now).state is state
    assert backups.drill_age(None, now).state is State.WARNING


def test_an_old_backup_and_none_turn_red(ready: Any, work: Work) -> None:
    with work.housekeeping() as session:
        session.execute(update(BackupRun).values(finished_at=work.clock() - timedelta(hours=27)))
    assert (ready()[0], reds(ready())) == (503, ["backup"])
    assert ready("/ready")[0] == 200  # Nobody is sent away from a record because a timer failed.
    with work.housekeeping() as session:
        session.execute(update(BackupRun).values(verified=False))
    assert reds(ready()) == ["backup"]


def test_the_clock_below_at_and_above() -> None:
    """D-26."""
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert trail.clock(None, now).state is State.OK
    for seconds, state in ((119, State.OK), (120, State.OK), (121, State.WRONG)):
        assert trail.clock(now + timedelta(seconds=seconds), now).state is state


def test_a_clock_behind_the_trail_turns_red(ready: Any, clock: Any, work: Work) -> None:
    """D-26."""
    clock.move(minutes=-3)
    assert (ready()[0], reds(ready())) == (503, ["clock"])
    clock.move(minutes=3)
    assert ready()[0] == 200


def test_a_clock_that_is_moved_while_the_server_runs_is_said_to_administrators(
    app: Flask, clinic: ClinicWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D-26: either way, without asking the database."""
    administrator = client_for(app, clinic.people[Role.ADMINISTRATOR])
    assert "was moved" not in administrator.get("/people").text
    real = watching._wall
    for minutes, words in ((-3, "moved back by 3 minutes"), (3, "moved on by 3 minutes"), (1, ""), (-1.9, "")):

        def shifted(by: float = minutes) -> float:
            return real() + by * 60

        monkeypatch.setattr(watching, "_wall", shifted)
        text = administrator.get("/people").text
        assert (words in text) if words else ("was moved" not in text), minutes
        monkeypatch.undo()


def test_a_cut_trail_turns_red(ready: Any, work: Work, clinic: ClinicWorld, app: Flask) -> None:
    """A-09: the end of a chain against its head and its newest anchor."""
    with by_owner(work.engine) as connection:
        connection.execute(update(AuditHead).where(AuditHead.chain == clinic.id).values(sequence=1))
    assert (ready()[0], reds(ready())) == (503, ["audit trail"])
    assert ready("/ready")[0] == 200


def test_one_look_answers_many(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    """Who asks without end costs one look in two seconds."""
    statements: list[str] = []
    event.listen(work.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    client = app.test_client()
    for _ in range(5):
        client.get("/ready", **AFAR)
    once = len(statements)
    assert 0 < once <= 12
    client.get("/ready", **AFAR)
    assert len(statements) == once


def test_no_words_of_the_record_stand_in_it(ready: Any, work: Work, clinic: ClinicWorld) -> None:
    make_patient(work, clinic.prescriber, family_name="Zanzibarcanary")
    assert "Zanzibarcanary" not in json.dumps(ready())
    assert replace(clinic.prescriber).name not in json.dumps(ready())
