"""The program on a small disk of its own that can be filled and emptied: a tmpfs in a mount namespace of the server's."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from tests.architecture.sources import ROOT
from tests.bench.served import free_port

MEBIBYTE = 1024 * 1024
_PATIENCE = 60.0


@dataclass
class SmallDisk:
    """A server whose folder ``inside`` is a disk of its own; ``outside`` is the same folder as this process sees it."""

    process: subprocess.Popen[bytes]
    port: int
    inside: Path
    log: Path
    has_instance: bool = True

    @property
    def outside(self) -> Path:
        """Through the server's own root."""
        return Path(f"/proc/{self.process.pid}/root{self.inside}")

    @property
    def instance(self) -> Path:
        """The folder of the installation, as this process sees it."""
        return self.outside / "instance" if self.has_instance else self.inside.parent / "instance"

    def fill(self, but: int = 0) -> None:
        """Fill the disk to the last byte, or but so many."""
        with (self.outside / "filler").open("ab") as out:
            piece = b"x" * 65536
            while len(piece):
                try:
                    os.write(out.fileno(), piece)
                except OSError:
                    piece = piece[: len(piece) // 2]
        if but:
            os.truncate(self.outside / "filler", max(0, (self.outside / "filler").stat().st_size - but))

    def empty(self) -> None:
        """Give the room back."""
        (self.outside / "filler").unlink(missing_ok=True)


def refused() -> str:
    """Why this machine gives no disk of one's own, or nothing."""
    tried = subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True, check=False
    )
    return tried.stderr.strip() if tried.returncode else ""


@contextmanager
def served(instance: Path, folder: Path, *, size: int, small: str = "instance", **more: str) -> Iterator[SmallDisk]:
    """Serve a copy of an installation; ``small`` says what is on the small disk: instance, or only temp, log or backups."""
    assert not (why := refused()), f"This machine gives no mount namespace (unshare -rm): {why}"
    disk, port, log = folder / "disk", free_port(), folder / "server.log"
    disk.mkdir()
    mine = disk / "instance" if small == "instance" else folder / "instance"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLINIC_")}
    kept |= {
        "CLINIC_INSTANCE": str(mine),
        "CLINIC_PORT": str(port),
        "CLINIC_DEMO": "0",
        "CLINIC_LOW_DISK_MEBIBYTES": "64",
    }
    kept |= {"TMPDIR": str(disk), "SQLITE_TMPDIR": str(disk)} if small == "temp" else {}
    prepare = f"mount -t tmpfs -o size={size} none {disk} && cp -a {shlex.quote(str(instance))} {mine}"
    if small == "backups":
        prepare += f" && mkdir -p {mine}/backups && mount --bind {disk} {mine}/backups"
    out = f">{disk}/log 2>&1" if small == "log" else ""
    command = f"{prepare} && exec {shlex.quote(sys.executable)} -m clinic.start {out}"
    with log.open("wb") as said:
        process = subprocess.Popen(
            ["unshare", "-rm", "sh", "-c", command],
            cwd=ROOT,
            env=kept | more,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    made = SmallDisk(process, port, disk, log, small == "instance")
    try:
        _wait(made)
        yield made
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)


def _wait(made: SmallDisk) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        assert made.process.poll() is None, made.log.read_text()[-2000:]
        try:
            with urlopen(f"http://localhost:{made.port}/health", timeout=10):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(made.log.read_text()[-2000:])
