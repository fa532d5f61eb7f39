"""D-17: a backup is online, encrypted and whole; restoring it gives back what was saved, and everything else is refused."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from clinic import config, create_app, database, verification
from clinic.backups import contents, files, making, migrating, postgresql_tools, restoring, sealing
from clinic.backups.sealing import BackupRefused
from clinic.config import SettingError
from clinic.extensions import db
from clinic.models import AuditEvent, Patient, ServerSession
from clinic.queries import backup_runs
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from tests import backing_up, factories
from tests.backing_up import backed_up, drilled, key_of, settings_of, use_tools
from tests.charting import Charting
from tests.conftest import Clock
from tests.postgresql import PostgreSQL

REASON = "the disk failed on Monday"


@pytest.fixture
def signed(app: Flask, work: Work, clinic: factories.ClinicWorld, clock: Clock) -> factories.ClinicWorld:
    """A clinic with a signed visit and anchors."""
    Charting.begun(work, clinic, clock).signed()
    verification.anchor(work, settings_of(app).instance / "anchors")
    return clinic


def test_the_commands_make_a_backup_and_try_it_out(app: Flask, work: Work, signed: factories.ClinicWorld) -> None:
    """D-17: backup and drill as they are typed; both are noted, with an entry in the installation's trail."""
    settings, run = use_tools(app), app.test_cli_runner().invoke
    made = run(args=["clinic", "backup"])
    assert made.exit_code == 0, made.output
    assert "read back and verified" in made.output
    tried = run(args=["clinic", "drill"])
    assert tried.exit_code == 0, tried.output
    assert "This backup can be restored." in tried.output
    [file] = files.all_of(files.folder_of(settings.instance), key_of(app))
    assert file.stat().st_mode & 0o777 == 0o600
    with work.reading(SYSTEM, scoped=False) as uow:
        last, drill = backup_runs.last_verified(uow), backup_runs.last_drill(uow)
        actions = uow.session.scalars(select(AuditEvent.action).where(AuditEvent.chain == 0)).all()
    assert last is not None
    assert (last.file, last.problem, last.finished_at is not None) == (file.name, "", True)
    assert drill is not None
    assert {"backup.made", "backup.drilled"} <= set(actions)
    assert {one.name for one in files.folder_of(settings.instance).iterdir()} == {".lock", file.name}


def test_a_backup_says_nothing_to_who_has_no_key(app: Flask, work: Work, signed: factories.ClinicWorld) -> None:
    """D-17: neither names nor the structure of the database nor a key stand in the file."""
    factories.make_patient(work, signed.prescriber, family_name="Canarybird")
    data = backed_up(app).file.read_bytes()
    keys = config.load_keys(settings_of(app).instance)
    for plain in (b"Canarybird", b"SQLite format", b"patient", b"PGDMP", key_of(app), keys.audit, keys.session):
        assert plain not in data
        assert plain.hex().encode() not in data


@pytest.mark.sqlite_only
def test_the_drill_finds_everything_that_was_saved(app: Flask, signed: factories.ClinicWorld) -> None:
    done = drilled(app, backed_up(app).file)
    assert done.report.problems == ()
    assert done.report.counts["signatures"] == 1
    assert done.read.manifest.clinics == 1
    assert set(done.read.anchors) == {"0.jsonl", "1.jsonl"}


def test_the_drill_names_what_was_changed_before_the_backup(
    app: Flask, work: Work, signed: factories.ClinicWorld
) -> None:
    """The tooth of the drill: a signed dose that somebody changed past the triggers is found where it was restored."""
    sqlite = settings_of(app).sqlite_file is not None
    off = "DROP TRIGGER injection_site_frozen_update" if sqlite else "ALTER TABLE injection_site DISABLE TRIGGER USER"
    with backing_up.as_owner(app) as execute:
        execute(off)
        execute("UPDATE injection_site SET units = units + 100")
    assert drilled(app, backed_up(app).file).report.problems


@pytest.mark.sqlite_only
def test_a_manifest_that_differs_is_named(app: Flask, signed: factories.ClinicWorld) -> None:
    """The tooth of the comparison: rows, digest, table, schema and audit head, each by its name."""
    made = backed_up(app)
    tables = made.manifest.tables
    found = {"tables": dict(tables), "revision": "0001", "heads": {"0": (1, "x")}}
    found["tables"]["patient"] = replace(tables["patient"], rows=99)
    found["tables"]["visit"] = replace(tables["visit"], digest="other")
    found["tables"]["extra"] = found["tables"].pop("lot")
    said = " ".join(contents.differences(made.manifest, found))
    for words in ("extra is there", "lot is missing", "patient has 99", "table visit are others", "schema is 0001"):
        assert words in said
    assert "audit chain 0" in said
    assert contents.differences(made.manifest, {**found, **_saved(made.manifest)}) == []


def _saved(manifest: object) -> dict[str, object]:
    return {name: getattr(manifest, name) for name in ("tables", "revision", "heads")}


@pytest.mark.sqlite_only
def test_restoring_gives_back_what_was_saved(app: Flask, work: Work, signed: factories.ClinicWorld) -> None:
    """D-17: what came after is gone from the record and kept aside; sessions end; the trail says why; it verifies."""
    settings = settings_of(app)
    made = backed_up(app)
    factories.make_patient(work, signed.prescriber, family_name="Later")
    verification.anchor(work, settings.instance / "anchors")
    with app.app_context():
        db.engine.dispose()
    done = restoring.restore(settings, made.file, REASON, create_app, database.known_revisions(app))
    assert done.report.problems == ()
    assert done.aside is not None
    with closing(sqlite3.connect(done.aside / "clinic.sqlite3")) as before:
        assert before.execute("SELECT count(*) FROM patient WHERE family_name = 'Later'").fetchone() == (1,)
    with work.reading(signed.prescriber) as uow:
        assert "Later" not in uow.session.scalars(select(Patient.family_name)).all()
    with work.reading(SYSTEM, scoped=False) as uow:
        assert uow.session.scalars(select(ServerSession.id).where(ServerSession.revoked_at.is_(None))).all() == []
        [reason] = uow.session.scalars(select(AuditEvent.reason).where(AuditEvent.action == "backup.restored")).all()
    assert reason == REASON
    assert verification.verify(work, settings.instance / "anchors").problems == ()


@pytest.mark.postgresql_only
def test_restoring_needs_an_empty_database(
    app: Flask, work: Work, signed: factories.ClinicWorld, postgresql: PostgreSQL
) -> None:
    """D-17: never over a database with data; into an empty one whole, after which it verifies."""
    settings, made = settings_of(app), backed_up(app)
    known = database.known_revisions(app)
    with pytest.raises(BackupRefused, match="not empty"):
        restoring.restore(settings, made.file, REASON, create_app, known)
    postgresql.execute("CREATE DATABASE clinic_restored TEMPLATE template0")
    url = postgresql.owner_url("clinic_restored")
    done = restoring.restore(restoring.aimed_at(settings, url), made.file, REASON, create_app, known)
    assert done.report.problems == ()
    assert done.report.counts["signatures"] == 1
    with postgresql_tools.connected(url) as connection:
        assert connection.execute("SELECT count(*) FROM patient").fetchone() == (made.manifest.tables["patient"].rows,)
        counted = connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'audit_event' AND reltuples > 0")
        assert counted.fetchone() == (1,)  # The first pages are planned for what is there.
    postgresql.drop(url)


@pytest.mark.postgresql_only
def test_missing_or_old_programs_are_said_in_words(app: Flask, signed: factories.ClinicWorld, tmp_path: Path) -> None:
    """D-17: pg_dump that is not there, or older than the server, is refused before anything is written."""
    settings = settings_of(app)
    with pytest.raises(BackupRefused, match="CLINIC_PG_BIN"):
        making.make(replace(settings, pg_bin=str(tmp_path)), tmp_path / "to")
    for name in ("pg_dump", "pg_restore"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) 12.1'\n")
        (tmp_path / name).chmod(0o700)
    with pytest.raises(BackupRefused, match="version 12"):
        making.make(replace(settings, pg_bin=str(tmp_path)), tmp_path / "to")
    assert list((tmp_path / "to").iterdir()) == []


def test_a_write_load_loses_nothing_in_a_backup(app: Flask, work: Work, clinic: factories.ClinicWorld) -> None:
    """D-17, short: three backups while three threads write; every patient acknowledged before one began is in it."""
    found, load = backing_up.lost_in_backups(app, work, clinic, 3)
    assert (found, load.failures) == ([], [])
    assert load.acknowledged > 3


@pytest.mark.sqlite_only
def test_the_newest_are_kept_and_never_the_last_one(app: Flask, clinic: factories.ClinicWorld) -> None:
    """D-17: with ``--keep 2`` two stay; those of a clock that was ahead take nobody's place."""
    folder = files.folder_of(settings_of(app).instance)
    names = [backed_up(app, keep=2).file.name for _ in range(3)]
    other = folder / files.name_at(Clock().now.replace(year=2020))
    other.write_bytes(b"another installation's, or nobody's")
    assert [one.name for one in files.all_of(folder, key_of(app))] == names[1:]
    for name in names[1:]:
        (folder / name).rename(folder / name.replace("synkinesis-20", "synkinesis-30"))
    ahead = [name.replace("synkinesis-20", "synkinesis-30") for name in names[1:]]
    made = [backed_up(app, keep=2).file for _ in range(3)]
    assert [one.name for one in files.all_of(folder, key_of(app))] == [*(one.name for one in made[1:]), *ahead]
    assert other.exists()
    now = datetime.now(UTC)
    assert files.newest(folder, key_of(app), now) == made[-1]  # The drill tries what is new.
    for one in made[1:]:
        one.unlink()
    assert files.newest(folder, key_of(app), now).name == ahead[-1]


@pytest.mark.sqlite_only
def test_what_was_cut_off_is_swept(app: Flask, clinic: factories.ClinicWorld) -> None:
    """D-17: the next run removes the torn file and the plain copy of one that was killed."""
    folder = files.folder_of(settings_of(app).instance)
    backed_up(app)
    part = folder / files.part_name(files.name_at(Clock().now), key_of(app))
    part.write_bytes(b"torn")
    (folder / ".work").mkdir()
    (folder / ".work" / "copy.sqlite3").write_bytes(b"plain")
    backed_up(app)
    assert sorted(one.name for one in folder.iterdir() if one.suffix != ".backup") == [".lock"]


def test_an_unnoted_run_still_makes_a_backup(app: Flask, work: Work, clinic: factories.ClinicWorld) -> None:
    """D-07: where nothing can be written into the database, the backup is made and the terminal says so."""
    use_tools(app)
    with backing_up.as_owner(app) as execute:
        execute("ALTER TABLE backup_run RENAME TO elsewhere")
    made = app.test_cli_runner().invoke(args=["clinic", "backup"])
    assert made.exit_code == 0, made.output
    assert "not noted" in made.output
    assert "read back and verified" in made.output


def test_a_run_that_fails_is_noted(app: Flask, work: Work, clinic: factories.ClinicWorld, tmp_path: Path) -> None:
    """D-17, D-33: a failed backup has status 1, words, and a row that is not verified; the last good one stays."""
    use_tools(app)
    run = app.test_cli_runner().invoke
    assert run(args=["clinic", "backup"]).exit_code == 0
    (tmp_path / "file").write_bytes(b"")
    failed = run(args=["clinic", "backup", "--to", str(tmp_path / "file" / "below")])
    assert failed.exit_code == 1
    assert "Earlier ones are as they were" in failed.output
    with work.reading(SYSTEM, scoped=False) as uow:
        last, good = backup_runs.last_backup(uow), backup_runs.last_verified(uow)
    assert last is not None
    assert good is not None
    assert (last.verified, bool(last.problem), good.verified) == (False, True, True)


SERVING = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True); input()"


@pytest.mark.sqlite_only
def test_restoring_refuses_what_does_not_fit(app: Flask, work: Work, clinic: factories.ClinicWorld) -> None:
    """D-17: a running server, another key, another kind, a newer schema, another audit key: nothing is changed."""
    settings, made = settings_of(app), backed_up(app)
    place, known = settings.sqlite_file, database.known_revisions(app)
    assert place is not None
    before = place.read_bytes()

    def refusal(**options: object) -> str:
        with pytest.raises((BackupRefused, SettingError)) as refused:
            restoring.restore(
                options.get("settings", settings), made.file, REASON, create_app, options.get("known", known)
            )
        return str(refused.value)

    serving = subprocess.Popen(
        [sys.executable, "-c", SERVING, str(place.with_suffix(".lock"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert serving.stdout is not None
    serving.stdout.readline()
    assert "server" in refusal()
    serving.communicate(b"stop")
    other = replace(made.manifest, database="postgresql")
    with pytest.raises(BackupRefused, match="backup of postgresql"):
        restoring.require_fitting(settings, other, known)
    assert "newer version" in refusal(known=frozenset({"0001"}))
    for name, words in (("audit", "keys/audit.key here is"), ("backup", "was made with the key")):
        file = settings.instance / "keys" / f"{name}.key"
        kept = file.read_text()
        file.write_text(os.urandom(32).hex())
        assert words in refusal()
        file.write_text(kept)
    assert place.read_bytes() == before
    assert not list(place.parent.glob("*restoring*"))


@pytest.mark.sqlite_only
def test_data_is_backed_up_before_an_upgrade(app: Flask, work: Work, clinic: factories.ClinicWorld) -> None:
    """D-16: the schema before, whole, in an encrypted file; noted once there is a table for it."""
    from flask_migrate import downgrade

    settings = settings_of(app)
    with app.app_context():
        downgrade(revision="0007")
    assert migrating.migrate_with_backup(app, settings) is True
    [file] = files.all_of(files.folder_of(settings.instance), key_of(app))
    with work.reading(SYSTEM, scoped=False) as uow:
        last = backup_runs.last_verified(uow)
    assert last is not None
    assert (last.file, last.why) == (file.name, "before a migration")
    assert drilled(app, file).read.manifest.revision == "0007"


@pytest.mark.postgresql_only
def test_postgresql_is_backed_up_before_an_upgrade(app: Flask, clinic: factories.ClinicWorld, tmp_path: Path) -> None:
    """D-16: without pg_dump the migration is refused, unless it is said why none is taken; with it, it is backed up."""
    from flask_migrate import downgrade

    settings = settings_of(app)
    with app.app_context():
        downgrade(revision="0008")
    without = replace(settings, pg_bin=str(tmp_path))
    with pytest.raises(SettingError, match="not migrated"):
        migrating.migrate_with_backup(app, without)
    with pytest.raises(SettingError, match="at least 10"):
        migrating.migrate_with_backup(app, without, without_backup="because")
    assert migrating.migrate_with_backup(app, settings) is True
    assert len(files.all_of(files.folder_of(settings.instance), key_of(app))) == 1
    with app.app_context():
        downgrade(revision="0008")
    assert migrating.migrate_with_backup(app, without, without_backup="copied by the hosting") is True


def test_fingerprints_tell_keys_apart_and_nothing_else() -> None:
    first, second = sealing.fingerprint(b"a" * 32), sealing.fingerprint(b"b" * 32)
    assert first != second
    assert len(first) == 16
