"""Servers as they are shipped, each a process of its own: waitress on SQLite, gunicorn on PostgreSQL."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
WORKERS: Final = 2
"""Processes of gunicorn: as many as there are cores (docs/deploy.md)."""
PATIENCE: Final = 60
_STOPPING: Final = 20


def compiled_once(more: Mapping[str, str]) -> dict[str, str]:
    """An environment in which a program keeps its compiled files, as one that is installed does."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | dict(more)


@dataclass(frozen=True)
class Place:
    """Where an installation is: its folder, and on PostgreSQL the addresses for the role that serves and the owner."""

    folder: Path
    url: str = ""
    owner_url: str = ""

    @property
    def kind(self) -> str:
        """``postgresql`` or ``sqlite``."""
        return "postgresql" if self.url else "sqlite"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a program on it."""
        own = {
            "INSTANCE": str(self.folder),
            "DATABASE_URL": self.url,
            "OWNER_DATABASE_URL": self.owner_url,
            "DEMO": "0",
        }
        return {f"CLINIC_{name}": value for name, value in own.items()}


@dataclass(frozen=True)
class Server:
    """A running server: its port, its first process, and the seconds from its start to its first page."""

    port: int
    pid: int
    seconds: float

    @property
    def workers(self) -> list[int]:
        """The processes that answer: the children where there are any, else the one."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(pid) for pid in children] or [self.pid]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(at: Place, *, workers: int = WORKERS, first: str = "/sign-in") -> Iterator[Server]:
    """The program's own server on an installation until the block ends; ready once ``first`` was answered."""
    port = free_port()
    environment = at.environment | {"CLINIC_PORT": str(port), "WEB_CONCURRENCY": str(workers)}
    arguments = ["-m", "gunicorn", "wsgi:app"] if at.url else ["-m", "clinic.start"]
    with running(arguments, port, environment, at.folder / "server.log", first) as server:
        yield server


@contextmanager
def running(arguments: list[str], port: int, environment: Mapping[str, str], log: Path, first: str) -> Iterator[Server]:
    """A server of Python until the block ends; its log goes to a file, as a service's does."""
    with log.open("ab") as out:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=compiled_once(environment), stdout=out, stderr=out
        )
        try:
            _wait(process, port, first, log)
            yield Server(port, process.pid, time.perf_counter() - started)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOPPING)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, first: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not _answers(port, first):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"The server did not start: {log.read_text()[-2000:]}")
        time.sleep(0.004)


def _answers(port: int, first: str) -> bool:
    """Whether a page comes; sockets alone, so that the clock of a cold start ticks in milliseconds."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as link:
            link.sendall(f"GET {first} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
            return link.recv(64).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False
