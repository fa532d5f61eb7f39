"""An export as a run with a folder of its own: begun, watched, cancelled, gone on with, taken away.

The folder says how far a run is, so that any server process can show it. Whoever carries a run out gives signs of life; a
run without one for two minutes was interrupted, and can be gone on with. A newer claim on a run ends the older one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from clinic.archives.packing import Made, pack
from clinic.archives.parts import Progress, write
from clinic.archives.snapshots import PREFIX, snapshot
from clinic.archives.tables import Scope
from clinic.domain.errors import NotFound
from clinic.models import Clinic
from clinic.unit_of_work import Work

SIGN_OF_LIFE: Final = timedelta(minutes=2)
KEPT: Final = timedelta(days=7)
"""After so long a run is deleted with its file: a copy of the record should not lie about."""
_RUN, _PROGRESS, _CLAIM, _CANCEL, _PARTS, _FILE = "run.json", "progress.json", "claim", "cancel", "parts", "archive.zip"
_ID: Final = re.compile(r"[0-9a-z]{26}")
_EVERY: Final = 0.5


class Status(StrEnum):
    """Where a run is."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"
    FAILED = "failed"
    DONE = "done"

    @property
    def can_go_on(self) -> bool:
        """Whether somebody can go on with it."""
        return self in {Status.INTERRUPTED, Status.CANCELLED, Status.FAILED}


class Stopped(Exception):
    """A run was cancelled, or somebody else goes on with it."""


@dataclass(frozen=True, slots=True)
class Run:
    """One export: of what, for whom and what for, and how it stands. ``percent`` is a whole number from 0 to 100."""

    id: str
    clinic_id: int
    patient_id: str | None
    begun_by: str
    purpose: str
    begun_at: datetime
    status: Status = Status.RUNNING
    table: str = ""
    done: int = 0
    total: int = 0
    problem: str = ""
    manifest_sha256: str = ""
    size: int = 0
    ended_at: datetime | None = None

    @property
    def percent(self) -> int:
        """How much of the rows is written; a run that is not done never says 100."""
        if self.status is Status.DONE:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0

    @property
    def scope(self) -> Scope:
        """What it is about."""
        return Scope(self.clinic_id, self.patient_id)


Change = Callable[[Run], None]


def begin(root: Path, run: Run) -> Run:
    """Make the folder of a run."""
    folder = _folder(root, run.clinic_id, run.id)
    folder.mkdir(mode=0o700, parents=True)
    _keep(folder / _RUN, _plain(run))
    return run


def runs(root: Path, clinic_id: int, now: datetime) -> tuple[Run, ...]:
    """The runs of a clinic, newest first; those past their time are deleted before."""
    found = []
    for folder in sorted((root / str(clinic_id)).glob("*/")):
        if _ID.fullmatch(folder.name):
            one = _standing(folder, now)
            if one is not None:
                found.append(one)
    return tuple(sorted(found, key=lambda one: (one.begun_at, one.id), reverse=True))


def run(root: Path, clinic_id: int, run_id: str, now: datetime) -> Run:
    """One run as it stands. Raises NotFound."""
    one = _standing(_folder(root, clinic_id, run_id), now)
    if one is None:
        raise NotFound
    return one


def sweep(root: Path, now: datetime) -> None:
    """Delete what is past its time, of every clinic: nobody has to look at a list for it."""
    for folder in root.glob("*/"):
        if folder.name.isdigit():
            runs(root, int(folder.name), now)


def _standing(folder: Path, now: datetime) -> Run | None:
    """A run as it stands; None where there is none, and for one past its time, which is deleted."""
    try:
        one = _read(folder, now)
    except FileNotFoundError:
        return None
    if now - one.begun_at > KEPT and one.status is not Status.RUNNING:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return one


def file_of(root: Path, clinic_id: int, run_id: str) -> Path:
    """The archive that a run made. Raises NotFound while there is none."""
    file = _folder(root, clinic_id, run_id) / _FILE
    if not file.exists():
        raise NotFound
    return file


def cancel(root: Path, one: Run) -> None:
    """Ask whoever carries a run out to stop; what is written stays, to go on with."""
    folder = _folder(root, one.clinic_id, one.id)
    if not folder.exists():
        raise NotFound
    (folder / _CANCEL).touch()
    if one.status is Status.INTERRUPTED:
        _keep(folder / _RUN, _plain(replace(one, status=Status.CANCELLED)))


def delete(root: Path, one: Run) -> None:
    """Take a run and its file away."""
    cancel(root, one)
    shutil.rmtree(_folder(root, one.clinic_id, one.id), ignore_errors=True)


def carry_out(work: Work, root: Path, one: Run, told: Callable[[Run], None] = lambda _: None) -> Run:
    """Write an archive, from where an earlier try stopped if nothing was written to the record since."""
    folder = _folder(root, one.clinic_id, one.id)
    claim = f"{os.getpid()}-{time.monotonic_ns()}"
    (folder / _CLAIM).write_text(claim)
    (folder / _CANCEL).unlink(missing_ok=True)
    one = replace(one, status=Status.RUNNING, problem="", ended_at=None)
    _keep(folder / _RUN, _plain(one))
    watch = _Watch(folder, claim, one, told, work.clock)
    watch.note()
    parts = folder / f"{_PARTS}-{claim}"
    try:
        _take_over(folder, parts)
        one = _written(work, folder, parts, one, watch)
    except Stopped:
        if (folder / _RUN).exists() and _claimed(folder, claim):
            one = replace(watch.run, status=Status.CANCELLED, ended_at=work.clock())
    except Exception as error:  # noqa: BLE001 - whatever it was is told on the page, and nothing is lost
        one = replace(watch.run, status=Status.FAILED, problem=_problem(error), ended_at=work.clock())
    if _claimed(folder, claim):
        _keep(folder / _RUN, _plain(one))
    else:
        _leave(folder, parts)
    return one


def _take_over(folder: Path, own: Path) -> None:
    """Take the rows under a name of one's own: whoever wrote there before finds them no more. What else is left goes."""
    for earlier in [*folder.glob(f"{_PARTS}-*"), *folder.glob(f"{PREFIX}*")]:
        if not earlier.is_dir():
            earlier.unlink(missing_ok=True)
        elif earlier.name.startswith(_PARTS) and not own.exists():
            earlier.rename(own)
        else:
            shutil.rmtree(earlier, ignore_errors=True)


def _leave(folder: Path, own: Path) -> None:
    """Take away what was written after somebody else took the run over, or deleted it."""
    shutil.rmtree(own, ignore_errors=True)
    if not (folder / _RUN).exists():
        shutil.rmtree(folder, ignore_errors=True)


def _written(work: Work, folder: Path, parts: Path, one: Run, watch: _Watch) -> Run:
    with snapshot(work.engine, folder, watch.beat) as connection:
        state = write(connection, one.scope, parts, watch)
        name = connection.scalar(select(Clinic.name).where(Clinic.id == one.clinic_id)) or ""
    made = Made(name, one.begun_by, work.clock(), state.schema)
    own = parts.with_name(f"{parts.name}.zip")
    try:
        digest = pack(parts, one.scope, state, made, work.key, own, watch.beat)
        watch.ask()
        own.replace(folder / _FILE)
    finally:
        own.unlink(missing_ok=True)
    shutil.rmtree(parts)
    size, rows = (folder / _FILE).stat().st_size, sum(part.rows for part in state.parts)
    return replace(
        watch.run, status=Status.DONE, manifest_sha256=digest, size=size, done=rows, total=rows, ended_at=work.clock()
    )


class _Watch:
    """Writes how far a run is, and stops it when it was cancelled or taken over."""

    def __init__(
        self, folder: Path, claim: str, run: Run, told: Callable[[Run], None], clock: Callable[[], datetime]
    ) -> None:
        self.folder, self.claim, self.run, self.told, self.clock = folder, claim, run, told, clock
        self.last = 0.0

    def __call__(self, progress: Progress) -> None:
        self.run = replace(self.run, table=progress.table, done=progress.done, total=progress.total)
        self.beat()

    def beat(self) -> None:
        """Give a sign of life, at most twice a second. Raises Stopped."""
        if time.monotonic() - self.last < _EVERY:
            return
        self.last = time.monotonic()
        self.ask()
        self.note()
        self.told(self.run)

    def ask(self) -> None:
        """Raise Stopped when the run was cancelled, deleted or taken over."""
        if (self.folder / _CANCEL).exists() or not _claimed(self.folder, self.claim):
            raise Stopped

    def note(self) -> None:
        """Write how far the run is, and that somebody is at it."""
        one = self.run
        values = {"table": one.table, "done": one.done, "total": one.total, "alive_at": self.clock().isoformat()}
        _keep(self.folder / _PROGRESS, values)


def _claimed(folder: Path, claim: str) -> bool:
    try:
        return (folder / _CLAIM).read_text() == claim
    except FileNotFoundError:
        return False


def _problem(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"The disk refused it: {error.strerror or error}. Make room, then go on."
    return f"It stopped with a fault of the program ({type(error).__name__}). Go on, or begin anew."


def _folder(root: Path, clinic_id: int, run_id: str) -> Path:
    if not _ID.fullmatch(run_id):
        raise NotFound
    return root / str(clinic_id) / run_id


def _keep(file: Path, values: dict[str, Any]) -> None:
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8") as out:
        json.dump(values, out)
        out.flush()
        os.fsync(out.fileno())  # A power cut leaves the file before or this one, never an empty one.
    part.replace(file)


def _plain(one: Run) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(one).items()}


def _read(folder: Path, now: datetime) -> Run:
    raw = json.loads((folder / _RUN).read_text("utf-8"))
    raw["begun_at"] = datetime.fromisoformat(raw["begun_at"])
    raw["ended_at"] = datetime.fromisoformat(raw["ended_at"]) if raw["ended_at"] else None
    one = Run(**{**raw, "status": Status(raw["status"])})
    if one.status is not Status.RUNNING:
        return one
    if not (folder / _PROGRESS).exists():
        return one if now - one.begun_at <= SIGN_OF_LIFE else replace(one, status=Status.INTERRUPTED)
    far = json.loads((folder / _PROGRESS).read_text("utf-8"))
    alive = now - datetime.fromisoformat(far.pop("alive_at")) <= SIGN_OF_LIFE
    return replace(one, **far, status=Status.RUNNING if alive else Status.INTERRUPTED)
