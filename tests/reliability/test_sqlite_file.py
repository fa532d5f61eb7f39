"""D-01, D-02, D-19, D-36: the mode of every connection, one server a file, network file systems, damaged files."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.exc import DatabaseError

from clinic import create_app, extensions, sqlite_file, start
from clinic.config import SettingError
from clinic.extensions import db
from clinic.models import Clinic
from clinic.unit_of_work import Work
from tests.architecture.sources import ROOT
from tests.conftest import make_settings
from tests.factories import ClinicWorld
from tests.reliability.damaging import Signed, harms, leaks, signed_instance
from tests.reliability.test_start import environment, free_port, prepared, server

OLD, FIXED = (3, 40, 1), (3, 51, 3)


@pytest.fixture
def instance(template_instance: Path, tmp_path: Path) -> Path:
    """An installation with keys and an empty, migrated database."""
    folder = tmp_path / "instance"
    shutil.copytree(template_instance, folder)
    return folder


def unsafe_connections(app: Flask, count: int) -> list[str]:
    """What is wrong with so many pooled connections that are open at once."""
    with app.app_context():
        opened = [db.engine.connect() for _ in range(count)]
        try:
            return [one for each in opened for one in extensions.unsafe_settings(each.connection.driver_connection)]  # type: ignore[arg-type]
        finally:
            for each in opened:
                each.close()


@pytest.mark.sqlite_only
def test_every_pooled_connection_is_safe(instance: Path) -> None:
    """D-01, D-02."""
    app = create_app(make_settings(instance))
    assert unsafe_connections(app, 16) == []
    with app.app_context():
        db.engine.dispose()
        # The tooth: one setting after the other is lost after the connection was made.
        for pragma in ("foreign_keys = OFF", "busy_timeout = 4999", "synchronous = NORMAL", "mmap_size = 4096"):

            def lose(raw: sqlite3.Connection, _record: object, pragma: str = pragma) -> None:
                raw.execute(f"PRAGMA {pragma}")

            event.listen(db.engine, "connect", lose)
            found = unsafe_connections(app, 1)
            assert [one for one in found if one.startswith(pragma.split()[0])], pragma
            event.remove(db.engine, "connect", lose)
            db.engine.dispose()


def test_the_mode_follows_the_version_and_says_why() -> None:
    """D-01: below, at and above each version that is free of the fault."""
    for version in ((3, 44, 5), (3, 45, 0), OLD, (3, 50, 6), (3, 51, 0), (3, 51, 2)):
        assert extensions.sqlite_mode(version) == ("delete", "EXTRA"), version
        assert "no WAL" in extensions.why_mode(version)
    for version in ((3, 44, 6), (3, 50, 7), FIXED, (3, 52, 0)):
        assert extensions.sqlite_mode(version) == ("wal", "FULL"), version
        assert "free of the fault" in extensions.why_mode(version)


def test_a_file_in_wal_mode_comes_back_and_the_start_says_so(instance: Path) -> None:
    """D-01: another program left it so, and the linked version must not use it."""
    if extensions.sqlite_mode()[0] == "wal":
        pytest.fail("This SQLite may use WAL: plant another mode here.")
    file = instance / "clinic.sqlite3"
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("PRAGMA journal_mode = wal").fetchone() == ("wal",)
    assert sqlite_file.is_wal(file)
    with server(instance, free_port(), CLINIC_DEMO="0") as lines:
        assert "was in journal mode wal" in "\n".join(lines)
        assert any("journal delete" in line and "no WAL, because" in line for line in lines)
    assert not sqlite_file.is_wal(file)


def test_a_file_that_another_program_holds_in_wal_mode_is_refused_in_words(instance: Path) -> None:
    file = instance / "clinic.sqlite3"
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA journal_mode = wal")
        other.execute("SELECT count(*) FROM clinic").fetchone()
        settings = make_settings(instance)
        app = create_app(settings)
        with app.app_context(), pytest.raises((DatabaseError, SettingError)) as refused:
            db.engine.connect()
        said = start._one_line(refused.value, settings)
        with app.app_context():
            db.engine.dispose()
    assert "Close" in said
    assert "restore" not in said


@pytest.mark.sqlite_only
def test_the_large_cache_of_a_long_write_ends_with_it(work: Work) -> None:
    """D-28: a pooled connection would keep so much of the file in memory for ever."""

    def kept() -> int:
        with work.engine.connect() as connection:
            return -int(connection.exec_driver_sql("PRAGMA cache_size").scalar() or 0)

    usual = kept()
    with work.engine.connect() as connection:
        extensions.keep_readers(connection)
        assert -int(connection.exec_driver_sql("PRAGMA cache_size").scalar() or 0) > 10 * usual
    assert kept() == usual


@pytest.mark.sqlite_only
def test_what_a_request_reads_is_of_one_moment(work: Work, clinic: ClinicWorld) -> None:
    """D-02: what another commits meanwhile is not half seen, or the other waits."""
    file = work.engine.url.database
    with work.reading(clinic.prescriber) as uow:
        before = uow.session.scalar(select(Clinic.name).where(Clinic.id == clinic.id))
        with closing(sqlite3.connect(str(file), timeout=0.05, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("UPDATE clinic SET name = 'Changed meanwhile'")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("COMMIT")
            assert uow.session.scalar(select(Clinic.name).where(Clinic.id == clinic.id)) == before
            other.execute("ROLLBACK")


@pytest.mark.sqlite_only
def test_an_orphan_is_refused(work: Work, clinic: ClinicWorld) -> None:
    """D-02: through any pooled connection; the tooth is the same statement where the keys are not looked at."""
    orphan = "UPDATE membership SET user_id = 'nobody' WHERE role = 'auditor'"
    raw = work.engine.raw_connection()
    try:
        raw.cursor().execute("BEGIN")
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            raw.cursor().execute(orphan)
        raw.cursor().execute("ROLLBACK")
        raw.cursor().execute("PRAGMA foreign_keys = OFF")
        raw.cursor().execute("BEGIN")
        raw.cursor().execute(orphan)
        raw.cursor().execute("ROLLBACK")
    finally:
        raw.close()
        work.engine.dispose()


MOUNTS = (
    "/dev/sda1 / ext4 rw 0 0\n"
    "server:/export /srv/far nfs4 rw 0 0\n"
    "//server/share /srv/a\\040share cifs rw 0 0\n"
    "me@host: /srv/far/near/ssh fuse.sshfs rw 0 0\n"
    "/dev/sdb1 /srv/far/near ext4 rw 0 0\n"
)


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/far", "nfs4"),
        ("/srv/far/clinic/instance", "nfs4"),
        ("/srv/farther", ""),
        ("/srv/a share/instance", "cifs"),
        ("/srv/far/near/instance", ""),
        ("/srv/far/near/ssh/x", "fuse.sshfs"),
        ("/srv/here", ""),
    ],
)
def test_network_file_systems_are_known_by_their_mount(folder: str, kind: str) -> None:
    """D-19."""
    assert sqlite_file.network_file_system(Path(folder), MOUNTS) == kind


def test_the_disk_of_this_machine_is_none(tmp_path: Path) -> None:
    """D-19: with the real table of mounts."""
    assert sqlite_file.network_file_system(tmp_path) == ""


def test_a_start_on_a_network_file_system_is_refused(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """D-19."""
    planted = instance / "mounts"
    planted.write_text(f"server:/x {str(instance).replace(' ', chr(92) + '040')} nfs4 rw 0 0\n", encoding="utf-8")
    monkeypatch.setattr(sqlite_file, "_MOUNTS", planted)
    with pytest.raises(SettingError, match="network file system"):
        sqlite_file.refuse_unfit(make_settings(instance))


def servers_refused(instance: Path, command: list[str]) -> bool:
    """Whether a second server of any kind on the file answers nothing but a refusal."""
    port = free_port()
    second = subprocess.Popen(
        [sys.executable, *(part.replace("PORT", str(port)) for part in command)],
        cwd=ROOT,
        env=environment(instance, port, CLINIC_DEMO="0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        return _refuses(port, second)
    finally:
        second.send_signal(signal.SIGTERM)
        second.communicate(timeout=30)


def _refuses(port: int, process: subprocess.Popen[str]) -> bool:
    import urllib.error
    import urllib.request

    until = time.monotonic() + 40
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/sign-in", timeout=10).close()
        except urllib.error.HTTPError as error:
            with error:
                return error.code == 503 and b"Another server" in error.read()
        except OSError:
            time.sleep(0.1)
        else:
            return False
    return process.poll() not in (None, 0)


FLASK = ["-m", "flask", "--app", "wsgi", "run", "-p", "PORT"]
GUNICORN = ["-m", "gunicorn", "-w", "1", "-b", "127.0.0.1:PORT", "wsgi:app"]


def test_a_second_server_of_any_kind_is_refused(instance: Path) -> None:
    """D-19: ``clinic.start`` itself is in test_start; the tooth is the same server once the first one is gone."""
    with sqlite_file.held(instance / "clinic.sqlite3"):
        assert servers_refused(instance, FLASK)
        assert servers_refused(instance, GUNICORN)
    assert not servers_refused(instance, FLASK)


def test_a_forked_process_does_not_have_the_lock_of_its_parent(instance: Path) -> None:
    """D-19, D-20: gunicorn --preload would serve one file from several processes."""
    file = instance / "clinic.sqlite3"
    with sqlite_file.held(file):
        assert not sqlite_file.take(file)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                sqlite_file.take(file)
            except SettingError:
                status = 7
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_file_has_one_lock_by_whatever_name_it_is_opened(
    instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D-19: through a symbolic link the lock is that of the file, and so is the file system that is looked at."""
    file, link = instance / "clinic.sqlite3", tmp_path / "near" / "clinic.sqlite3"
    link.parent.mkdir()
    link.symlink_to(file)
    with sqlite_file.held(file):
        assert sqlite_file.is_served(link)
        assert not sqlite_file.take(link)
    planted = tmp_path / "mounts"
    planted.write_text(f"server:/x {str(instance).replace(' ', chr(92) + '040')} nfs4 rw 0 0\n", encoding="utf-8")
    monkeypatch.setattr(sqlite_file, "_MOUNTS", planted)
    with pytest.raises(SettingError, match="network file system"):
        sqlite_file.refuse_unfit(replace(make_settings(instance), database_url=f"sqlite:///{link}"))


def test_the_question_whether_it_is_served_changes_nothing(instance: Path) -> None:
    file = instance / "clinic.sqlite3"
    assert not sqlite_file.is_served(file)
    assert not sqlite_file.lock_file(file).exists()
    with sqlite_file.held(file):
        assert sqlite_file.is_served(file)
    assert not sqlite_file.is_served(file)


@pytest.fixture(scope="module")
def signed(template_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """An installation with a signed session; only copies of it are harmed."""
    folder = tmp_path_factory.mktemp("signed") / "instance"
    shutil.copytree(template_instance, folder)
    return signed_instance(folder)


def test_six_damaged_files_are_refused_or_read_as_they_were(signed: Signed, tmp_path: Path) -> None:
    """D-36: the long row of them is in tests/fault."""
    assert leaks(signed, tmp_path, harms(random.Random(36), 6, signed.content)) == []


def test_a_start_that_would_take_a_damaged_file_is_named(signed: Signed, tmp_path: Path) -> None:
    """The tooth of D-36: with the look at the file taken out, a torn file is found among the leaks."""
    torn = [harm for harm in harms(random.Random(36), 3) if "zeroed" in harm[0]]
    assert leaks(signed, tmp_path, torn, look=lambda _settings: None) == ["2: _zeroed: served although it is torn"]


def test_a_lost_database_is_not_made_anew(instance: Path) -> None:
    """D-36: empty or gone, where anchors tell that there was a record."""
    (instance / "anchors").mkdir()
    (instance / "anchors" / "1.jsonl").write_text("{}\n", encoding="utf-8")
    kept = instance / "backups" / "synkinesis-20261122T100000000000Z.backup"
    kept.parent.mkdir()
    kept.write_bytes(b"x")
    file = instance / "clinic.sqlite3"
    file.write_bytes(b"")
    with pytest.raises(SettingError, match=r"is empty.*clinic restore"):
        sqlite_file.refuse_unfit(make_settings(instance))
    assert file.exists()
    file.unlink()
    answer = prepared(instance, CLINIC_DEMO="0")  # As a process: nothing of the start makes it anew.
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "is gone" in answer.stderr
    assert kept.name in answer.stderr
    assert "clinic restore" in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert not file.exists()
    assert kept.stat().st_size == 1
