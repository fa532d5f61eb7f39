"""``flask clinic doctor`` as a real process: each thing broken is named, with the status, and nothing is changed."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from clinic import config
from clinic.health import doctor
from tests.architecture.sources import ROOT
from tests.reliability.test_start import environment, free_port


@pytest.fixture
def instance(template_instance: Path, tmp_path: Path) -> Path:
    """An installation with keys, an empty, migrated database, and modes as a start leaves them."""
    folder = tmp_path / "instance"
    shutil.copytree(template_instance, folder)
    folder.chmod(0o700)
    return folder


def asked(instance: Path, *options: str, **more: str) -> tuple[int, dict[str, Any]]:
    """The doctor's status and what it says, as a process."""
    answer = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "clinic", "doctor", "--json", *options],
        cwd=ROOT,
        env=environment(instance, free_port(), **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert answer.stdout, answer.stderr
    said = json.loads(answer.stdout)
    return answer.returncode, {check["name"]: check for check in said["checks"] if check["state"] != "ok"}


def here(instance: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the doctor finds, in this process: names and words of all that is not well."""
    for name in list(os.environ):
        if name.startswith("CLINIC_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CLINIC_INSTANCE", str(instance))
    return {check.name: check.in_words for check in doctor.examine() if check.state.value != "ok"}


def everything(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_a_sound_installation_lacks_only_its_backup(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(instance)
    found = here(instance, monkeypatch)
    assert list(found) == ["backup"]
    assert "clinic backup" in found["backup"]
    assert everything(instance) == before


def test_without_keys_and_without_a_database_it_still_works(instance: Path) -> None:
    shutil.rmtree(instance / "keys")
    (instance / "clinic.sqlite3").unlink()
    status, found = asked(instance)
    assert status == 2
    assert {"keys", "file"} <= found.keys()
    assert "is missing" in found["keys"]["said"]
    assert not (instance / "clinic.sqlite3").exists()
    assert not (instance / "keys").exists()


def test_with_a_wrong_setting_it_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINIC_IDLE_MINUTES", "4")
    [found] = doctor.examine()
    assert (found.name, found.state.value) == ("settings", "wrong")
    assert "CLINIC_IDLE_MINUTES" in found.said


def test_another_command_says_in_one_line_why_it_cannot(instance: Path) -> None:
    (instance / "keys" / "audit.key").unlink()
    answer = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "clinic", "verify"],
        cwd=ROOT, env=environment(instance, free_port()), capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.startswith("Error: The key keys/audit.key is missing")
    assert answer.stderr.count("\n") == 1


def sql(statement: str) -> Callable[[Path], None]:
    def run(instance: Path) -> None:
        with closing(sqlite3.connect(instance / "clinic.sqlite3")) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute(statement)
            connection.commit()

    return run


def torn(instance: Path) -> None:
    file = instance / "clinic.sqlite3"
    data = bytearray(file.read_bytes())
    data[8192:12288] = bytes(4096)
    file.write_bytes(data)


def orphaned(instance: Path) -> None:
    sql("INSERT INTO membership SELECT * FROM membership WHERE 0")(instance)
    with closing(sqlite3.connect(instance / "clinic.sqlite3")) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("CREATE TABLE torn (id INTEGER REFERENCES clinic (id))")
        connection.execute("INSERT INTO torn VALUES (77)")
        connection.commit()


def anchored(instance: Path) -> None:
    (instance / "anchors").mkdir()
    (instance / "anchors" / "1.jsonl").write_text(
        '{"sequence": 9, "hash": "ab", "at": "2026-11-22T10:00:00+00:00"}\n', encoding="utf-8"
    )


BREAKS: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "a key that others can read": (lambda one: (one / "keys/audit.key").chmod(0o644), "keys", "chmod 600"),
    "a lost backup key": (lambda one: (one / "keys/backup.key").unlink(), "keys", "clinic backup"),
    "a folder that others can read": (lambda one: one.chmod(0o755), "file modes", "chmod 700"),
    "a demo cut off": (lambda one: (one / "demo-unfinished").touch(), "demo", "cut off"),
    "no database": (lambda one: (one / "clinic.sqlite3").write_bytes(b"x" * 5000), "file", "not a database"),
    "a torn page": (torn, "file", "damaged"),
    "WAL": (sql("PRAGMA journal_mode = wal"), "journal mode", "next start"),
    "an older schema": (sql("UPDATE alembic_version SET version_num = '0001'"), "schema", "only-prepare"),
    "a lost trigger": (sql("DROP TRIGGER visit_frozen_update"), "schema", "safety triggers"),
    "an orphan": (orphaned, "foreign keys", "gone"),
    "a cut trail": (anchored, "audit trail", "anchor knows entry 9"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_each_broken_thing_is_named(instance: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    harm, name, words = BREAKS[what]
    assert name not in here(instance, monkeypatch)  # The tooth: it is silent before.
    harm(instance)
    before = everything(instance)
    found = here(instance, monkeypatch)
    assert words in found[name]
    assert {file: one for file, one in everything(instance).items() if "-shm" not in file and "-wal" not in file} == {
        file: one for file, one in before.items() if "-shm" not in file and "-wal" not in file
    }


def test_postgresql_out_of_reach_is_said_without_its_password(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINIC_DATABASE_URL", "x")
    here(instance, monkeypatch)
    monkeypatch.setenv(
        "CLINIC_DATABASE_URL", f"postgresql+psycopg://somebody:Secretcanary@127.0.0.1:{free_port()}/none"
    )
    found = {check.name: check.in_words for check in doctor.examine() if check.state.value == "wrong"}
    assert "database" in found
    assert "Secretcanary" not in json.dumps(found)
    assert config.settings is not None
