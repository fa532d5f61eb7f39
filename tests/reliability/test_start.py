"""``python -m clinic.start`` as a real process: a new machine, a second start, and every refusal in one line."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from clinic import config
from tests.architecture.sources import ROOT

QUICK_SECONDS = 30
"""Far more than a start without seeding takes on an idle machine (about 2): it only has to tell it from seeding."""


def environment(instance: Path, port: int, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLINIC_")}
    return kept | {"CLINIC_INSTANCE": str(instance), "CLINIC_PORT": str(port), "CLINIC_PLAIN_HTTP": "1"} | more


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(instance: Path, port: int, **more: str) -> Iterator[list[str]]:
    """A running server, with what it printed until it served; stopped by its own id at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "clinic.start"],
        cwd=ROOT,
        env=environment(instance, port, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            if line.startswith("Serving"):
                break
        yield lines
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        if process.stdout is not None:
            process.stdout.close()


def prepared(instance: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A start that ends before it serves."""
    return subprocess.run(
        [sys.executable, "-m", "clinic.start", "--only-prepare"],
        cwd=ROOT,
        env=environment(instance, free_port(), **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def address(lines: list[str]) -> str:
    return lines[-1].split()[2]


def test_a_new_machine_gets_a_demo_once_and_the_next_start_is_quick(tmp_path: Path) -> None:
    instance, port = tmp_path / "instance", free_port()
    with server(instance, port) as lines:
        accounts = [line for line in lines if line.startswith("  ")]
        assert accounts[0].split()[2] == "prescriber"
        assert len(accounts) == 10
        page = urllib.request.urlopen(f"{address(lines)}/sign-in").read().decode()
        assert "Demonstration" in page or "password" in page
        second = prepared(instance)
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr.count("\n") == 1
        assert "Another server is running" in second.stderr
    for private in ("clinic.sqlite3", "keys/session.key", "keys/audit.key", "anchors/1.jsonl"):
        assert (instance / private).stat().st_mode & 0o777 == 0o600, private
    began = time.monotonic()
    with closing(socket.socket()) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("localhost", port))
        taken.listen()
        with server(instance, port) as lines:
            assert time.monotonic() - began < QUICK_SECONDS
            assert len(lines) == 2  # What the database is and where it serves: no passwords again.
            assert int(address(lines).rpartition(":")[2]) in range(port + 1, port + 10)


@pytest.fixture
def instance(template_instance: Path, tmp_path: Path) -> Path:
    """An installation with keys and an empty, migrated database."""
    folder = tmp_path / "instance"
    shutil.copytree(template_instance, folder)
    return folder


def test_without_the_demo_nothing_is_made(tmp_path: Path) -> None:
    answer = prepared(tmp_path / "instance", CLINIC_DEMO="0")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    with closing(sqlite3.connect(tmp_path / "instance" / "clinic.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM clinic").fetchone() == (0,)


def refused(instance: Path) -> str:
    """The one line with which a start was refused."""
    answer = prepared(instance, CLINIC_DEMO="0")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.count("\n") == 1, answer.stderr
    return answer.stderr


def test_a_missing_key_is_refused_and_never_replaced(instance: Path) -> None:
    (instance / "keys" / "audit.key").unlink()
    assert "audit.key is missing" in refused(instance)
    shutil.rmtree(instance / "keys")
    assert "key is missing" in refused(instance)
    assert not (instance / "keys").exists()


@pytest.mark.parametrize("made", [0, 1, 2])
def test_a_start_that_was_killed_between_its_keys_leaves_none(
    tmp_path: Path, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one makes them; nobody is sent to look for a key that never was. Keys that are there are never replaced."""
    make, count = config._create_key, []

    def killed(folder: Path, name: str) -> None:
        if len(count) == made:
            raise KeyboardInterrupt
        count.append(name)
        make(folder, name)

    with monkeypatch.context() as patched:
        patched.setattr(config, "_create_key", killed)
        with pytest.raises(KeyboardInterrupt):
            config.create_keys(tmp_path)
    assert not (tmp_path / "keys").exists()
    (tmp_path / "keys").mkdir()  # As of a machine on which the folder was made beforehand.
    config.create_keys(tmp_path)
    keys = config.load_keys(tmp_path)
    with pytest.raises(config.SettingError, match="never replaced"):
        config.create_keys(tmp_path)
    assert config.load_keys(tmp_path) == keys
    assert not list(tmp_path.glob(".keys*"))


def test_a_key_that_others_can_read_is_refused(instance: Path) -> None:
    (instance / "keys" / "session.key").chmod(0o644)
    assert "chmod 600" in refused(instance)


def test_a_database_of_a_newer_program_is_refused_untouched(instance: Path) -> None:
    file = instance / "clinic.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = file.read_bytes()
    assert "newer version" in refused(instance)
    assert file.read_bytes() == before


def test_a_damaged_database_is_refused_untouched(instance: Path) -> None:
    file = instance / "clinic.sqlite3"
    file.write_bytes(b"not a database at all" * 500)
    before = file.read_bytes()
    assert "cannot be used" in refused(instance)
    assert file.read_bytes() == before


def test_lost_triggers_are_refused(instance: Path) -> None:
    with closing(sqlite3.connect(instance / "clinic.sqlite3")) as connection:
        connection.execute("DROP TRIGGER visit_frozen_update")
    assert "lost 1 safety triggers" in refused(instance)


def test_an_older_database_in_its_place_is_said_aloud(instance: Path) -> None:
    anchors = instance / "anchors"
    anchors.mkdir()
    (anchors / "1.jsonl").write_text(
        '{"sequence": 9, "hash": "ab", "at": "2026-11-22T10:00:00+00:00"}\n', encoding="utf-8"
    )
    answer = prepared(instance, CLINIC_DEMO="0")
    assert answer.returncode == 0
    assert "WARNING  chain 1, entry 9" in answer.stderr
    assert "clinic verify" in answer.stderr


def test_a_demo_that_was_cut_off_is_put_aside(instance: Path) -> None:
    (instance / "demo-unfinished").touch()
    (instance / "clinic.sqlite3").write_bytes(b"torn")
    answer = prepared(instance, CLINIC_DEMO="0")
    assert answer.returncode == 0, answer.stderr
    assert "cut off" in answer.stdout
    [aside] = (instance / "backups").iterdir()
    assert (aside / "clinic.sqlite3").read_bytes() == b"torn"
    assert not (instance / "demo-unfinished").exists()
