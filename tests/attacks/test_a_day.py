"""S-74, S-78, S-80, S-81, S-90: a whole day with the started program, and what of it stands outside the record."""

from __future__ import annotations

import base64
import binascii
import json
import re
import shutil
import subprocess
import sys
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from clinic.domain.actors import Role
from tests.attacks.day import ANSI, CANARIES, ROOT
from tests.demo.conftest import Made

LOG_FIELDS = {"at", "level", "message", "request_id", "user", "role", "clinic", "address", "action", "status"}
"""S-78: when, who, in which role and clinic, from where, what, how it ended, which request."""
RECORD = re.compile(r"clinic\.sqlite3|\.sqlite3$|\.zip$|\.jsonl\.gz$")
"""Files that are the record, its backups and its exports: canaries belong there and nowhere else."""
LOOPBACK = re.compile(r"socket\.connect \(\(?'?(127\.0\.0\.1|::1|localhost|/)")
NEEDED = {"signed in": 200, "patients": 200, "record": 200, "new patient": 200, "visit 0": 200, "print 0": 200,
          "json 0": 200, "wrong": 422, "missing": 404, "control signs": 400, "visit started": 200, "signed out": 200, "archive page": 200}  # fmt: skip


@dataclass
class Lived:
    """What a day left behind."""

    told: dict[str, Any]
    instance: Path
    scratch: Path
    alone: bool

    @property
    def log(self) -> list[str]:
        """The lines of the program's log."""
        return (self.scratch / "stderr").read_text(encoding="utf-8").splitlines()


def may_be_alone() -> bool:
    """Whether this machine lets a test have a network namespace of its own."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def lived(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """The day, without any network where the machine allows it; an audit hook in the program watches in any case."""
    folder = tmp_path_factory.mktemp("day")
    shutil.copytree(made.instance, folder / "instance")
    account = next(one for one in made.accounts if one.role is Role.PRESCRIBER)
    alone = may_be_alone()
    asked = {"instance": str(folder / "instance"), "scratch": str(folder / "scratch"), "username": account.username,
             "password": account.password, "alone": alone}  # fmt: skip
    command = [*(["unshare", "-rn"] if alone else []), sys.executable, "-m", "tests.attacks.day"]
    done = subprocess.run(
        command, input=json.dumps(asked), cwd=ROOT, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return Lived(json.loads(done.stdout), folder / "instance", folder / "scratch", alone)


def test_everything_works_without_a_network(lived: Lived) -> None:
    """S-90, S-76: signing in, the chart, a print, an export."""
    assert {step: lived.told["steps"].get(step) for step in NEEDED} == NEEDED
    assert lived.told["sizes"]["print 0"] > 10_000
    assert lived.told["steps"]["archive"] in {200, 401, 422}
    if lived.alone:
        assert lived.told["interfaces"] == ["lo"]


def strangers(calls: list[str]) -> list[str]:
    """Calls that left this machine, or started another program."""
    return [one for one in calls if not LOOPBACK.match(one) and not one.startswith("socket.getaddrinfo ('localhost'")]


def test_the_program_connects_to_nobody(lived: Lived) -> None:
    """S-90: an audit hook inside it saw every connection, name look-up and started program."""
    assert strangers(lived.told["calls"]) == []


def test_a_connection_elsewhere_would_be_seen() -> None:
    """The tooth of the oracle, and of the hook that feeds it."""
    calls = [
        "socket.connect (('203.0.113.9', 443),)",
        "socket.getaddrinfo ('example.com',)",
        "subprocess.Popen ('sh',)",
    ]
    assert strangers(calls) == calls
    assert strangers(["socket.connect (('127.0.0.1', 5432),)"]) == []


def found(texts: dict[str, str]) -> list[str]:
    """Places in which a canary stands."""
    return [f"{where}: {name}" for where, text in texts.items() for name, one in CANARIES.items() if one in text]


def left_behind(lived: Lived) -> dict[str, str]:
    """Everything that was written outside the record: logs, temporary files, anchors, names of files, cookies."""
    texts = {"log": "\n".join(lived.log)}
    for folder in (lived.instance, lived.scratch / "temporary"):
        for file in folder.rglob("*"):
            texts[f"name of {file.name}"] = str(file.relative_to(folder))
            if file.is_file() and not RECORD.search(file.name):
                texts[str(file.relative_to(folder))] = file.read_bytes().decode("utf-8", "replace")
    texts |= {f"cookie {number}": opened(one) for number, one in enumerate(lived.told["cookies"])}
    return texts


def opened(cookie: str) -> str:
    """A cookie as it stands and as it reads: signed, but not hidden."""
    value = cookie.partition("=")[2].partition(";")[0] or cookie
    squeezed, body = value.startswith("."), value.lstrip(".").partition(".")[0]
    try:
        data = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return f"{cookie} {(zlib.decompress(data) if squeezed else data).decode('utf-8', 'replace')}"
    except (ValueError, binascii.Error, zlib.error):
        return cookie


def test_nothing_that_was_typed_stands_outside_the_record(lived: Lived) -> None:
    """S-74, S-80: names, notes, searches, a password in the name field; in no log, file, file name or cookie."""
    assert found(left_behind(lived)) == []


def test_a_canary_in_any_of_the_places_is_found(lived: Lived, tmp_path: Path) -> None:
    """S-80, the tooth: in a log line, in a temporary file, in a cookie."""
    shutil.copytree(lived.scratch, tmp_path / "scratch")
    (tmp_path / "scratch" / "temporary" / "core").write_text(CANARIES["note"])
    (tmp_path / "scratch" / "stderr").write_text(CANARIES["password"])
    flash = base64.urlsafe_b64encode(json.dumps({"_flashes": [CANARIES["name"]]}).encode()).decode().rstrip("=")
    told = {**lived.told, "cookies": [f"clinic={flash}.x.y; Path=/"]}
    assert {line.partition(":")[0] for line in found(left_behind(Lived(told, lived.instance, tmp_path / "scratch", False)))} == {
        "log", "core", "cookie 0",
    }  # fmt: skip


def test_every_line_of_the_log_is_one_object_with_all_its_fields(lived: Lived) -> None:
    """S-78, S-81: whatever a browser calls itself or asks for, no line is forged, torn or hidden."""
    assert [line for line in lived.log if not line.startswith("{")] == []
    entries = [json.loads(line) for line in lived.log]
    requests = [one for one in entries if one["message"] == "request"]
    assert len(requests) >= len(lived.told["steps"])
    assert [one for one in requests if LOG_FIELDS - one.keys()] == []
    assert all(datetime.fromisoformat(one["at"]).utcoffset() is not None for one in entries)
    assert "forged" not in {one["message"] for one in entries}
    assert "forged" not in "\n".join(lived.log)
    assert ANSI not in "\n".join(lived.log)
    assert {one["role"] for one in requests} >= {"", "prescriber"}


def test_no_file_that_the_program_wrote_is_anybody_elses(lived: Lived) -> None:
    """S-62, S-91: files 0600, folders 0700."""
    open_to_others = [
        f"{file.relative_to(lived.instance)} {file.stat().st_mode & 0o777:o}"
        for file in lived.instance.rglob("*")
        if file.stat().st_mode & 0o077 and file.stat().st_mtime > (lived.scratch / "sitecustomize.py").stat().st_mtime
    ]
    assert open_to_others == []
