"""D-32 with real processes: a stop under load cuts nobody off, refuses who is new, and has an end."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clinic import start, stopping
from tests.architecture.sources import ROOT
from tests.conftest import make_settings
from tests.reliability.test_start import environment, free_port

CLIENTS = 6
END_SECONDS = 40


def slow(environ: dict[str, Any], begin: Any) -> list[bytes]:
    """An answer that takes as long as its address says."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    time.sleep(float(environ["PATH_INFO"].strip("/") or 0))
    begin("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [b"done"]


class Slow:
    """waitress as the program sets it up, in a process of its own; it is forked, so that nothing loads once more."""

    def __init__(self, instance: Path, grace: float = stopping.GRACE_SECONDS) -> None:
        mine, its = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                settings = replace(make_settings(instance), port=free_port())
                server, port = start.listening(slow, settings)  # type: ignore[arg-type]
                code = 3 if stopping.run(server, grace, begun=lambda: closed(its, str(port))) else 0
            finally:
                os._exit(locals().get("code", 1))  # As at the end of a program: what still runs is cut off.
        os.close(its)
        with os.fdopen(mine) as said:
            self.port = int(said.read())

    def ask_to_stop(self, by: signal.Signals = signal.SIGTERM) -> None:
        os.kill(self.pid, by)

    def close(self) -> int:
        """Wait for its end; gives its status."""
        until = time.monotonic() + END_SECONDS
        while time.monotonic() < until:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        self.ask_to_stop(signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return -1


def closed(pipe: int, said: str) -> None:
    """Say it, and close the pipe."""
    os.write(pipe, said.encode())
    os.close(pipe)


def answers_cut_off(instance: Path, grace: float = stopping.GRACE_SECONDS) -> list[str]:
    """Requests that were under way when the stop was asked for and got no whole answer."""
    served = Slow(instance, grace)
    cut: list[str] = []
    begun = threading.Barrier(CLIENTS + 1)

    def ask(number: int) -> None:
        with closing(http.client.HTTPConnection("localhost", served.port, timeout=20)) as connection:
            connection.request("POST", f"/{0.5 + number * 0.1}", body=b"x" * 1000)
            begun.wait()
            try:
                if connection.getresponse().read() != b"done":
                    cut.append(f"{number}: another answer")
            except OSError as error:
                cut.append(f"{number}: {type(error).__name__}")
            except http.client.HTTPException as error:
                cut.append(f"{number}: {type(error).__name__}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    begun.wait()
    time.sleep(0.2)
    served.ask_to_stop()
    for thread in threads:
        thread.join()
    code = served.close()
    return cut if code == 0 or cut else [f"status {code}"]


@pytest.fixture
def instance(template_instance: Path, tmp_path: Path) -> Path:
    """An installation with keys and an empty, migrated database."""
    folder = tmp_path / "instance"
    shutil.copytree(template_instance, folder)
    return folder


def test_a_stop_under_load_cuts_nobody_off(instance: Path) -> None:
    """D-32."""
    assert answers_cut_off(instance) == []


def test_a_stop_that_does_not_wait_is_named(instance: Path) -> None:
    """The tooth of D-32: with no time to finish, the same load is cut off."""
    assert answers_cut_off(instance, 0.0) != []


def test_nobody_new_comes_in_and_a_stop_has_an_end(instance: Path) -> None:
    """D-32: a request of 30 seconds does not hold the stop for longer than its grace; new connections are refused."""
    served = Slow(instance, 2.0)
    idle = socket.create_connection(("localhost", served.port), timeout=20)
    long = socket.create_connection(("localhost", served.port), timeout=20)
    with closing(idle), closing(long):
        long.sendall(b"GET /30 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.3)
        began = time.monotonic()
        served.ask_to_stop(signal.SIGINT)
        time.sleep(0.5)
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("localhost", served.port), timeout=5)
        idle.settimeout(5)
        assert idle.recv(10) == b""
        assert served.close() == 3
        assert time.monotonic() - began < 8


def test_the_program_itself_ends_with_status_0(instance: Path) -> None:
    """D-32: SIGINT is what every other test of a start sends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "clinic.start"],
        cwd=ROOT, env=environment(instance, free_port(), CLINIC_DEMO="0"),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    while not process.stdout.readline().startswith("Serving"):
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)  # As make and a terminal do: a second one in the middle of the first.
    said = process.communicate(timeout=30)[0]
    assert (process.returncode, said) == (0, "Stopped.\n")
