"""The program as it is shipped, in a process group of its own that can be killed: waitress on SQLite, gunicorn on PostgreSQL."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from clinic.config import Settings
from tests.architecture.sources import ROOT
from tests.bench.served import Place, free_port

PATIENCE = 60.0
RESTART_SECONDS = 5.0
"""D-05: so long a restart may take, without a step by hand."""
_LOOK = 0.01


def place_of(app: Flask) -> Place:
    """Where the installation of an application is."""
    settings: Settings = app.extensions["clinic_settings"]
    if settings.sqlite_file is not None:
        return Place(settings.instance)
    return Place(settings.instance, settings.database_url, settings.owner_database_url)


@dataclass
class Program:
    """One server of an installation; ``starts`` are the seconds from each start to its first page."""

    at: Place
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """Where it says what it does."""
        return self.at.folder.parent / "server.log"

    def begin(self) -> None:
        """Start it; it does not answer yet."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CLINIC_")}
        kept |= self.at.environment | {"CLINIC_PORT": str(self.port), "WEB_CONCURRENCY": "2"}
        module = ["gunicorn", "wsgi:app"] if self.at.url else ["clinic.start"]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *module], cwd=ROOT, env=kept, stdout=out, stderr=out, start_new_session=True
            )

    def start(self) -> float:
        """Start it and wait for its first page; gives the seconds."""
        began = time.monotonic()
        self.begin()
        while not self._answers():
            assert self.process is not None
            assert self.process.poll() is None, f"It ended by itself: {self.log.read_text()[-3000:]}"
            assert time.monotonic() - began < PATIENCE, f"It did not start: {self.log.read_text()[-3000:]}"
            time.sleep(_LOOK)
        self.starts.append(time.monotonic() - began)
        return self.starts[-1]

    def _answers(self) -> bool:
        asked = f"GET /sign-in HTTP/1.1\r\nHost: localhost:{self.port}\r\nConnection: close\r\n\r\n"
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=10) as link:
                link.sendall(asked.encode())
                return link.recv(64).split(b" ")[1:2] == [b"200"]
        except OSError:
            return False

    def kill(self) -> None:
        """End the whole group as a power cut does: at once, whatever it is doing."""
        self.end(signal.SIGKILL)

    def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        """End the group that was started here, and wait for it."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, by)
        self.process.wait(timeout=PATIENCE)
        self.process = None


@contextmanager
def shipped(app: Flask) -> Iterator[Program]:
    """A running server on an application's installation; killed at the end."""
    program = Program(place_of(app))
    program.start()
    try:
        yield program
    finally:
        program.kill()
