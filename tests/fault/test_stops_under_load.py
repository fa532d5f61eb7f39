"""D-32 with real saves: `python -m clinic.start` stopped by SIGTERM and started again while people save."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.architecture.sources import ROOT
from tests.factories import ClinicWorld
from tests.fault.table import Faults
from tests.reliability.load import found_wrong, under_load
from tests.reliability.many_servers import Answer, Browser
from tests.reliability.test_start import environment, free_port

pytestmark = pytest.mark.sqlite_only
PEOPLE = ("prescriber", "injector", "assistant")
STOPS = 6


@dataclass
class Plain(Browser):
    """A browser on this machine itself, without anything in front."""

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> Answer:
        with closing(http.client.HTTPConnection("localhost", self.port, timeout=30)) as connection:
            sent = {"Cookie": self._cookies()} | headers
            if form is not None:
                sent["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, urlencode(form) if form is not None else None, sent)
            got = connection.getresponse()
            self._keep(got.headers)
            return Answer(got.status, got.headers, got.read().decode(errors="replace"))


@contextmanager
def serving(instance: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The program, from when it answers; whatever is left of it is ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "clinic.start"],
        cwd=ROOT, env=environment(instance, port, CLINIC_DEMO="0"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            with suppress(OSError), closing(http.client.HTTPConnection("localhost", port, timeout=5)) as probe:
                probe.request("GET", "/health")
                if probe.getresponse().status == 200:
                    break
            time.sleep(0.1)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_a_stop_while_people_save(furnished_instance: tuple[Path, ClinicWorld], tmp_path: Path, faults: Faults) -> None:
    """Whoever was let in is answered, whoever comes later is refused at the door, and each save is there once."""
    instance, port = tmp_path / "instance", free_port()
    shutil.copytree(furnished_instance[0], instance)
    with serving(instance, port) as first:
        browsers = [Plain(port, Path(os.devnull)) for _ in PEOPLE]
        for browser, name in zip(browsers, PEOPLE, strict=True):
            browser.sign_in(name)
        first.send_signal(signal.SIGTERM)
        assert first.wait(timeout=20) == 0
    slowest = 0.0
    with under_load(browsers) as load:
        for _ in range(STOPS):
            with serving(instance, port) as server:
                time.sleep(1.5)
                asked = time.monotonic()
                server.send_signal(signal.SIGTERM)
                assert server.wait(timeout=20) == 0
                slowest = max(slowest, time.monotonic() - asked)
        with serving(instance, port):
            load.over.set()
            time.sleep(3)
    assert set(load.again) <= {"ConnectionRefusedError"}, load.again
    there = saved(instance / "clinic.sqlite3")
    assert found_wrong(load, lambda numbers: {one: there.count(one) for one in numbers}) == []
    lost = len(set(load.acknowledged) - set(there))
    faults.add(
        "SIGTERM while people save", tried=STOPS, acknowledged=len(load.acknowledged), lost=lost, recovery=slowest
    )
    assert len(load.acknowledged) > STOPS


def saved(file: Path) -> list[str]:
    """The numbers of all patients."""
    with closing(sqlite3.connect(file)) as connection:
        return [one for (one,) in connection.execute("SELECT record_number FROM patient")]
