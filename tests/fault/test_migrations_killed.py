"""D-16: a migration killed anywhere leaves the old schema or the new one, both usable, and the next start finishes."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import downgrade

from clinic import database
from clinic.backups import files, migrating, postgresql_tools
from clinic.config import SettingError
from clinic.extensions import db
from clinic.unit_of_work import Work
from tests import factories
from tests.architecture.sources import ROOT
from tests.backing_up import PG_BIN, accepted, key_of, settings_of
from tests.charting import Charting
from tests.conftest import Clock
from tests.fault.table import Faults

POINTS = 24
"""Moments of the wall clock, spread from the start of the process to a little beyond its end."""
STEPS = 40
"""Writes, syncs, renames and deletions of files after which it is killed at once."""
CALLS = "pwrite64,write,fsync,fdatasync,rename,unlink"
OLDEST = "0007"
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")


def environment(app: Flask, instance: Path) -> dict[str, str]:
    settings = settings_of(app)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLINIC_")}
    kept |= {"CLINIC_INSTANCE": str(instance), "CLINIC_DEMO": "0", "CLINIC_PG_BIN": PG_BIN}
    if settings.sqlite_file is None:
        kept |= {"CLINIC_DATABASE_URL": settings.database_url, "CLINIC_OWNER_DATABASE_URL": settings.owner_database_url}
    return kept


def prepare(app: Flask, instance: Path, *before: str) -> subprocess.Popen[str]:
    """The start of a new version, which migrates."""
    return subprocess.Popen(
        [*before, sys.executable, "-m", "clinic.start", "--only-prepare"],
        cwd=ROOT,
        env=environment(app, instance),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finished(running: subprocess.Popen[str]) -> str:
    """What a start said on its error line when it did not end well; empty when it did."""
    said = running.communicate(timeout=120)[1]
    return said if running.returncode else ""


def state(app: Flask) -> tuple[str, int, int]:
    """Schema, patients and signatures, and nothing torn."""
    queries = (
        "SELECT version_num FROM alembic_version",
        "SELECT count(*) FROM patient",
        "SELECT count(*) FROM signature",
    )
    file = settings_of(app).sqlite_file
    if file is not None:
        with closing(sqlite3.connect(file)) as connection:
            found = [connection.execute(query).fetchone()[0] for query in queries]
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    else:
        with postgresql_tools.connected(settings_of(app).owner_database_url) as connection:
            found = [(connection.execute(query.encode()).fetchone() or [None])[0] for query in queries]
    return str(found[0]), int(found[1]), int(found[2])


def set_back(app: Flask, revision: str = OLDEST) -> None:
    with app.app_context():
        downgrade(revision=revision)
        db.engine.dispose()
    shutil.rmtree(files.folder_of(settings_of(app).instance), ignore_errors=True)


def torn(app: Flask, before: tuple[str, int, int], head: str) -> list[str]:
    """In what the database after a kill is neither the old nor the new one, or a next start does not finish."""
    found, now = [], state(app)
    if now[0] not in {before[0], head} or now[1:] != before[1:]:
        found.append(f"it was {before} and is {now}")
    folder, key = files.folder_of(settings_of(app).instance), key_of(app)
    found += [f"{one.name} does not verify" for one in files.all_of(folder, key) if not accepted(one, key)]
    said = finished(prepare(app, settings_of(app).instance))
    if said:
        found.append(f"the next start said: {said}")
    if state(app) != (head, *before[1:]):
        found.append(f"the next start left {state(app)}")
    if now[0] == before[0] and not files.all_of(folder, key):
        found.append("it was migrated without a backup")
    left = [one.name for one in folder.glob(".*") if one.name != ".lock"] if folder.exists() else []
    return found + [f"{name} was left" for name in left]


@pytest.fixture
def signed(app: Flask, work: Work, clinic: factories.ClinicWorld, clock: Clock) -> Flask:
    Charting.begun(work, clinic, clock).signed()
    return app


@pytest.mark.timeout(1500)
def test_a_kill_at_any_moment(signed: Flask, faults: Faults, database_kind: str) -> None:
    """Moments of the clock on both databases: before, during and after the backup, the steps and the commit."""
    set_back(signed)
    head, before = database.head_revision(signed), state(signed)
    began = time.monotonic()
    assert finished(prepare(signed, settings_of(signed).instance)) == ""
    whole = time.monotonic() - began
    found: list[str] = []
    slowest = 0.0
    for point in range(POINTS):
        set_back(signed)
        running = prepare(signed, settings_of(signed).instance)
        time.sleep(whole * (0.35 + 0.7 * point / POINTS))
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        began = time.monotonic()
        found += [f"point {point}: {one}" for one in torn(signed, before, head)]
        slowest = max(slowest, time.monotonic() - began)
    faults.add(
        f"migration killed, {database_kind}",
        tried=POINTS,
        acknowledged=POINTS,
        lost=0,
        torn=len(found),
        recovery=slowest,
    )
    assert found == []


@pytest.mark.sqlite_only
@pytest.mark.timeout(1500)
def test_a_kill_after_every_write(signed: Flask, faults: Faults) -> None:
    """The n-th write, sync, rename or deletion is the last, from the backup to the end of the migration."""
    faults.need("strace")
    set_back(signed)
    head, before = database.head_revision(signed), state(signed)
    log = settings_of(signed).instance.parent / "calls"
    instance = settings_of(signed).instance
    assert finished(prepare(signed, instance, "strace", "-f", "-qq", "-o", str(log), "-e", f"trace={CALLS}")) == ""
    calls = len(log.read_text(errors="replace").splitlines())
    found: list[str] = []
    for step in range(STEPS):
        set_back(signed)
        number = max(1, calls * (step + 1) // STEPS)
        inject = f"inject={CALLS}:signal=KILL:when={number}"
        running = prepare(signed, instance, "strace", "-f", "-qq", "-o", os.devnull, "-e", inject)
        running.communicate(timeout=120)
        found += [f"call {number}: {one}" for one in torn(signed, before, head)]
    faults.add("migration killed at a write", tried=STEPS, acknowledged=STEPS, lost=0, torn=len(found), recovery=0)
    assert found == []


@pytest.mark.timeout(900)
def test_every_released_schema_is_brought_up(signed: Flask, faults: Faults) -> None:
    """Data goes down to each older schema and up again: nothing the older one knows is lost, and all triggers are back."""
    from tests.backing_up import drilled

    head, whole = database.head_revision(signed), state(signed)
    for revision in reversed(REVISIONS):
        set_back(signed, revision)
        assert migrating.migrate_with_backup(signed, settings_of(signed)) is True
        database.check_schema(signed)
        assert state(signed) == (head, *whole[1:])
        [file] = files.all_of(files.folder_of(settings_of(signed).instance), key_of(signed))
        assert drilled(signed, file).read.manifest.revision == revision
    faults.add("older schemas", tried=len(REVISIONS), acknowledged=len(REVISIONS), lost=0, torn=0, recovery=0)


@pytest.mark.postgresql_only
def test_a_migration_does_not_wait_behind_whoever_charts(app: Flask, clinic: factories.ClinicWorld) -> None:
    """D-16: a table in use for too long ends the migration in words, and the clinic goes on."""
    from flask_migrate import downgrade

    settings = settings_of(app)
    with app.app_context():
        downgrade(revision="0008")
    with postgresql_tools.connected(settings.database_url) as charting:
        charting.execute("LOCK TABLE visit IN ACCESS SHARE MODE")
        with pytest.raises(SettingError, match="in use for too long"):
            migrating.migrate_with_backup(app, settings)
    assert migrating.migrate_with_backup(app, settings) is True
    database.check_schema(app)
