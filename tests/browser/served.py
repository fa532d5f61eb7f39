"""The program as it is started in a clinic: a process of its own on a lasting database, which can be killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 40


class Now:
    """The real clock, as the charting steps ask for it."""

    @property
    def now(self) -> datetime:
        """Now, aware."""
        return datetime.now(UTC)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Served:
    """One server on one instance and one port."""

    instance: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        environment = os.environ | {
            "CLINIC_INSTANCE": str(self.instance),
            "CLINIC_PORT": str(self.port),
            "CLINIC_DATABASE_URL": "",
            "CLINIC_DEMO": "0",
        }
        command = [sys.executable, "-m", "clinic.start"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, **quiet)
        until = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.process.poll() is None, "the server ended by itself"
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """End it as a power cut does: at once, whatever it is doing."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@dataclass
class Window:
    """A Chromium of its own, which can be killed with all that belongs to it."""

    path: str
    profile: Path
    arguments: list[str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start it; gives the address to steer it by."""
        more = [f"--remote-debugging-port={self.port}", f"--user-data-dir={self.profile}", "--headless=new"]
        command = [self.path, *self.arguments, *more, "about:blank"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, start_new_session=True, **quiet)
        address = f"http://127.0.0.1:{self.port}"
        until = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"{address}/json/version", timeout=2).close()
                return address
            except OSError:
                assert time.monotonic() < until, "the browser did not start"
                time.sleep(0.1)

    def kill(self) -> None:
        """End it and its children at once."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
