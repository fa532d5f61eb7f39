"""D-17: what stands in the place while a backup is restored into it, and the copy that a backup is made from."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from clinic import config, create_app, database, sqlite_file
from clinic.backups import files, making, migrating, postgresql_tools, restoring, sqlite_copies, sqlite_places
from clinic.backups.sealing import BackupRefused
from clinic.config import SettingError, Settings
from clinic.extensions import db
from tests import factories
from tests.backing_up import backed_up, settings_of

pytestmark = pytest.mark.sqlite_only
REASON = "the disk failed on Monday"


def restored(app: Flask, file: Path) -> restoring.Restored:
    with app.app_context():
        db.engine.dispose()
    return restoring.restore(settings_of(app), file, REASON, create_app, database.known_revisions(app))


def place_of(settings: Settings) -> Path:
    assert settings.sqlite_file is not None
    return settings.sqlite_file


@pytest.fixture
def hot_journal(tmp_path: Path) -> Callable[[Path], None]:
    """A journal that a crash left, of another database with larger and other pages."""

    def put(place: Path) -> None:
        other = tmp_path / "other.sqlite3"
        with closing(sqlite3.connect(other, isolation_level=None)) as connection:
            connection.execute("CREATE TABLE old (value)")
            connection.execute(
                "INSERT INTO old WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n"
                " WHERE i < 400) SELECT randomblob(2000) FROM n"
            )
            connection.execute("PRAGMA cache_size = 1")
            connection.execute("BEGIN")
            connection.execute("UPDATE old SET value = randomblob(2000)")
            journal = other.with_name("other.sqlite3-journal").read_bytes()
            assert journal[:8] == bytes.fromhex("d9d505f920a163d7")
            connection.execute("ROLLBACK")
        place.with_name(f"{place.name}-journal").write_bytes(journal)

    return put


def test_a_journal_of_the_lost_database_is_not_played_into_the_restored_one(
    app: Flask, clinic: factories.ClinicWorld, hot_journal: Callable[[Path], None]
) -> None:
    """The database is gone and its journal is still there: it is kept aside, and the restored record is whole."""
    place, made = place_of(settings_of(app)), backed_up(app)
    place.unlink()
    hot_journal(place)
    done = restored(app, made.file)
    assert done.report.problems == ()
    assert sqlite_file.damage(place, whole=True) == []
    assert done.aside is not None
    assert [one.name for one in done.aside.iterdir()] == [f"{place.name}-journal"]


def test_a_journal_left_in_place_would_be_played_in(
    app: Flask, clinic: factories.ClinicWorld, hot_journal: Callable[[Path], None]
) -> None:
    """The tooth: that journal does damage a database that is put beside it."""
    place = place_of(settings_of(app))
    with app.app_context():
        db.engine.dispose()
    hot_journal(place)
    assert sqlite_file.damage(place, whole=True) != []


def test_whatever_fails_leaves_the_present_one(
    app: Flask, clinic: factories.ClinicWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything that can fail is done beside it: sessions ended and the note written before it takes the place."""
    settings, made = settings_of(app), backed_up(app)
    place = place_of(settings)
    with app.app_context():
        db.engine.dispose()
    before, seen = place.read_bytes(), []

    def full(place: Path, _folder: Path) -> None:
        with closing(sqlite3.connect(sqlite_places.coming(place))) as coming:
            seen.append(
                coming.execute("SELECT count(*) FROM backup_run WHERE kind = 'restore' AND verified").fetchone()
            )
            seen.append(coming.execute("SELECT count(*) FROM server_session WHERE revoked_at IS NULL").fetchone())
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sqlite_places, "put", full)
    with pytest.raises(BackupRefused, match="No space left on device"):
        restored(app, made.file)
    assert seen == [(1,), (0,)]
    assert place.read_bytes() == before
    assert not list(place.parent.glob("*restoring*"))


def test_a_link_to_the_database_stays_one(app: Flask, clinic: factories.ClinicWorld, tmp_path: Path) -> None:
    """The database on another disk, linked to: it is replaced there."""
    place, made = place_of(settings_of(app)), backed_up(app)
    with app.app_context():
        db.engine.dispose()
    away = tmp_path / "disk" / "record.sqlite3"
    away.parent.mkdir()
    place.rename(away)
    place.symlink_to(away)
    before = away.stat().st_ino
    done = restored(app, made.file)
    assert place.is_symlink()
    assert away.stat().st_ino != before
    assert done.aside is not None
    assert (done.aside / away.name).stat().st_ino == before


def test_a_database_that_is_locked_is_not_replaced(
    app: Flask, clinic: factories.ClinicWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program at work in it, which is no server and has no lock of one: nothing is restored."""
    monkeypatch.setattr(sqlite_places, "_BUSY_SECONDS", 0)
    place, made = place_of(settings_of(app)), backed_up(app)
    with closing(sqlite3.connect(place, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        before = place.stat().st_ino
        with pytest.raises(BackupRefused, match="Another program has"):
            restored(app, made.file)
        assert place.stat().st_ino == before


def test_who_writes_waits_only_while_the_copy_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """D-17: what is written during the long passes is in the copy; only during the last one is a commit kept waiting."""
    file, copy = tmp_path / "record", tmp_path / "copy"
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as writer:
        writer.execute("CREATE TABLE entry (value)")
        same, outcomes = sqlite_copies._made_same, []

        def passed(copier: subprocess.Popen[str]) -> None:
            same(copier)
            try:
                writer.execute("INSERT INTO entry VALUES (randomblob(9000))")
            except sqlite3.OperationalError as error:
                outcomes.append(str(error))
            else:
                outcomes.append("saved")

        monkeypatch.setattr(sqlite_copies, "_made_same", passed)
        sqlite_copies.copied(file, copy)
        assert outcomes == ["saved", "saved", "database is locked"]
        writer.execute("INSERT INTO entry VALUES (1)")
    with closing(sqlite3.connect(copy)) as read:
        assert read.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert read.execute("SELECT count(*) FROM entry").fetchone() == (2,)


def test_a_migration_deletes_no_backup(app: Flask, clinic: factories.ClinicWorld) -> None:
    """D-16: whoever keeps thirty has thirty after an update; and a key made with a backup is said to be new."""
    settings = settings_of(app)
    folder = files.folder_of(settings.instance)
    (settings.instance / "keys" / "backup.key").unlink(missing_ok=True)
    first = making.make(settings, folder, keep=30)
    assert first.new_key
    for day in range(1, files.KEPT + 1):
        shutil.copy(first.file, folder / files.name_at(datetime(2026, 1, day, tzinfo=UTC)))
    made = migrating._backed_up(settings, "")
    assert made is not None
    assert not made.new_key
    assert len(files.all_of(folder, config.backup_key(settings.instance))) == files.KEPT + 2


def test_the_drill_takes_the_newest_of_a_folder(app: Flask, clinic: factories.ClinicWorld, tmp_path: Path) -> None:
    """D-17: as the timers are documented, where backups go elsewhere; without one there it says so with status 1."""
    run = app.test_cli_runner().invoke
    assert run(args=["clinic", "backup", "--to", str(tmp_path / "copies")]).exit_code == 0
    tried = run(args=["clinic", "drill", str(tmp_path / "copies")])
    assert tried.exit_code == 0, tried.output
    assert "This backup can be restored." in tried.output
    none = run(args=["clinic", "drill"])
    assert (none.exit_code, "There is no backup" in none.output) == (1, True)


def test_a_lost_key_is_not_looked_for_in_a_backup(app: Flask, clinic: factories.ClinicWorld) -> None:
    """The words lead to where the keys are kept: no backup holds one."""
    made, key = backed_up(app), settings_of(app).instance / "keys" / "backup.key"
    key.unlink()
    with pytest.raises(SettingError, match=r"keys/backup\.key is missing .* No backup holds it"):
        restored(app, made.file)
    assert not key.exists()


def test_the_words_of_a_program_quote_no_row() -> None:
    """S-80: what goes into the trail and to the mail of a timer is the program's own line, not the record's."""
    said = 'pg_restore: error: COPY failed for table "patient": ERROR: duplicate key\nDETAIL: Key (name)=(Kern)\n'
    said += 'CONTEXT:  COPY patient, line 3: "1 Kern Anna"\nCommand was: COPY patient'
    assert postgresql_tools._without_rows(said).endswith("duplicate key")
    assert postgresql_tools.first_line(ValueError("refused\nDETAIL: Kern")) == "refused"
