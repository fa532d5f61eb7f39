"""An import of a table as a run with a folder of its own: checked, looked at, imported or thrown away.

The folder holds the uploaded file only as long as it is needed: until it is imported, refused or thrown away, and never
longer than an hour. How far a run is stands beside it, so that any server process can show it.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Final

from clinic.audit_chain import Circumstances
from clinic.domain.actors import Actor
from clinic.domain.csv_imports import Asked, DayOrder, Kind, Report, report_json, report_of
from clinic.domain.csv_reading import BYTES_MAXIMUM
from clinic.domain.errors import DomainError, NotFound
from clinic.extensions import keep_readers
from clinic.services import csv_imports
from clinic.unit_of_work import Unavailable, Work

KEPT: Final = timedelta(hours=1)
SIGN_OF_LIFE: Final = timedelta(minutes=2)
_RUN, _PROGRESS, _CANCEL, _UPLOAD, _REPORT = "run.json", "progress.json", "cancel", "upload.csv", "report.json"
_CLAIM: Final = "claim"
_ID: Final = re.compile(r"[0-9a-z]{26}")
_EVERY: Final = 0.5
_CHUNK: Final = 1 << 16


class Status(StrEnum):
    """Where a run is."""

    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    IMPORTED = "imported"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def is_running(self) -> bool:
        """Whether somebody is at it."""
        return self in {Status.CHECKING, Status.IMPORTING}


class Stopped(Exception):
    """A run was cancelled or thrown away."""


@dataclass(frozen=True, slots=True)
class Run:
    """One import: of what, by whom, and how it stands."""

    id: str
    clinic_id: int
    begun_by: str
    begun_at: datetime
    kind: Kind
    name: str
    order: DayOrder
    status: Status = Status.CHECKING
    what: str = "Checking"
    done: int = 0
    total: int = 0
    problem: str = ""
    sha256: str = ""

    @property
    def asked(self) -> Asked:
        """What is to be imported."""
        return Asked(self.kind, self.name, self.order)

    @property
    def percent(self) -> int:
        """How far the present step is; a run that goes on never says 100."""
        return min(99, self.done * 100 // self.total) if self.total else 0


Step = Callable[[Work, Path, Run, Actor, Circumstances], Run]


def begin(root: Path, run: Run, upload: BinaryIO) -> Run:
    """Make the folder of a run and keep the uploaded file in it; one byte more than allowed is kept of a larger one."""
    folder = _folder(root, run.clinic_id, run.id)
    folder.mkdir(mode=0o700, parents=True)
    left = BYTES_MAXIMUM + 1
    with (folder / _UPLOAD).open("wb") as out:
        while left > 0 and (chunk := upload.read(min(_CHUNK, left))):
            left -= out.write(chunk)
    _keep_run(folder, run, run.begun_at)
    return run


def runs(root: Path, clinic_id: int, now: datetime) -> tuple[Run, ...]:
    """The runs of a clinic, newest first; those of any clinic that are past their time are deleted before."""
    sweep(root, now)
    standing = (_standing(folder, now) for folder in (root / str(clinic_id)).glob("*/"))
    found = [one for one in standing if one is not None]
    return tuple(sorted(found, key=lambda one: (one.begun_at, one.id), reverse=True))


def sweep(root: Path, now: datetime) -> None:
    """Delete what is past its time, of every clinic, and what an upload that was cut off left."""
    for folder in root.glob("*/*/"):
        with suppress(FileNotFoundError):
            if _standing(folder, now) is None and now.timestamp() - folder.stat().st_mtime > KEPT.total_seconds():
                shutil.rmtree(folder, ignore_errors=True)


def _standing(folder: Path, now: datetime) -> Run | None:
    """A run as it stands; None where there is none that can be read, and for one past its time, which is deleted."""
    try:
        one = _read(folder, now)
    except (OSError, ValueError, KeyError):
        return None
    if now - one.begun_at > KEPT and not one.status.is_running:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return one


def run(root: Path, clinic_id: int, run_id: str, now: datetime) -> Run:
    """One run as it stands. Raises NotFound."""
    one = _standing(_folder(root, clinic_id, run_id), now)
    if one is None:
        raise NotFound
    return one


def report(root: Path, one: Run) -> Report | None:
    """What was found in the file, while that is kept."""
    with suppress(FileNotFoundError):
        return report_of(json.loads((_folder(root, one.clinic_id, one.id) / _REPORT).read_text("utf-8")))
    return None


def claim(root: Path, one: Run) -> bool:
    """Whether this is the first who lets a run go on: two at once would be told two things."""
    try:
        (_folder(root, one.clinic_id, one.id) / _CLAIM).touch(exist_ok=False)
    except OSError:
        return False
    return True


def cancel(root: Path, one: Run) -> None:
    """Ask whoever is at a run to stop: nothing of it is imported."""
    folder = _folder(root, one.clinic_id, one.id)
    (folder / _CANCEL).touch()
    if not one.status.is_running and one.status is not Status.IMPORTED:
        _end(folder, replace(one, status=Status.CANCELLED))


def check(work: Work, root: Path, one: Run, actor: Actor, where: Circumstances) -> Run:
    """Check the file of a run and keep the report."""
    folder = _folder(root, one.clinic_id, one.id)

    def checked() -> Run:
        with (folder / _UPLOAD).open("rb") as file, work.reading(actor, where) as uow:
            found = csv_imports.check_file(uow, file, one.asked, _Watch(folder, work.clock)).report
            csv_imports.note_check(uow, one.id, found)
        _keep(folder / _REPORT, report_json(found))
        return replace(one, status=Status.CHECKED, sha256=found.sha256)

    return _carried_out(folder, one, checked)


def carry_out(work: Work, root: Path, one: Run, actor: Actor, where: Circumstances) -> Run:
    """Import the file of a run that was checked: all of it in one transaction, or nothing."""
    folder = _folder(root, one.clinic_id, one.id)
    one = replace(one, status=Status.IMPORTING, what="Checking", problem="")
    _keep_run(folder, one, work.clock())

    def imported() -> Run:
        with (folder / _UPLOAD).open("rb") as file, work.writing(actor, where) as uow:
            watch = _Watch(folder, work.clock)
            keep_readers(uow.session.connection())  # Who watches or cancels it reads who is signed in.
            found = csv_imports.import_file(uow, file, one.asked, one.sha256, watch, run_id=one.id)
            watch.stop_if_asked()
        with suppress(OSError):  # It is imported: a full disk does not undo that.
            _keep(folder / _REPORT, report_json(replace(found, first=())))
        return replace(one, status=Status.IMPORTED)

    return _carried_out(folder, one, imported)


def _carried_out(folder: Path, one: Run, step: Callable[[], Run]) -> Run:
    try:
        one = step()
    except Stopped:
        one = replace(one, status=Status.CANCELLED)
    except DomainError as error:
        one = replace(one, status=Status.FAILED, problem=error.message)
    except Unavailable as error:
        one = replace(one, status=Status.FAILED, problem=f"{error} Try it again when nobody else is saving.")
    except Exception as error:  # noqa: BLE001 - whatever it was is told on the page, and nothing is imported
        fault = f"It stopped with a fault of the program ({type(error).__name__}). Nothing was imported."
        one = replace(one, status=Status.FAILED, problem=fault)
    # What cannot be written for a full disk is made good by the page: it looks into the record.
    with suppress(OSError):
        if one.status is Status.CHECKED:
            _keep_run(folder, one)
        else:
            _end(folder, one)
    return one


def _end(folder: Path, one: Run) -> None:
    """Delete what names patients; how it ended stays for an hour."""
    (folder / _UPLOAD).unlink(missing_ok=True)
    if one.status is not Status.IMPORTED:
        (folder / _REPORT).unlink(missing_ok=True)
    _keep_run(folder, one)


class _Watch:
    """Writes how far a run is, at most twice a second, and stops it when it was cancelled."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self.folder, self.clock, self.last = folder, clock, 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        if time.monotonic() - self.last < _EVERY:
            return
        self.last = time.monotonic()
        self.stop_if_asked()
        told = {"what": what, "done": done, "total": total, "alive_at": self.clock().isoformat()}
        _keep(self.folder / _PROGRESS, told)

    def stop_if_asked(self) -> None:
        """Raise Stopped when the run was cancelled, or its folder thrown away."""
        if (self.folder / _CANCEL).exists() or not self.folder.exists():
            raise Stopped


def _folder(root: Path, clinic_id: int, run_id: str) -> Path:
    if not _ID.fullmatch(run_id):
        raise NotFound
    return root / str(clinic_id) / run_id


def _keep_run(folder: Path, one: Run, alive_at: datetime | None = None) -> None:
    plain = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(one).items()}
    if alive_at:
        _keep(folder / _PROGRESS, {"alive_at": alive_at.isoformat()})
    _keep(folder / _RUN, plain)


def _keep(file: Path, values: dict[str, Any]) -> None:
    part = file.with_name(f"{file.name}.part")
    part.write_text(json.dumps(values), encoding="utf-8")
    part.replace(file)


def _read(folder: Path, now: datetime) -> Run:
    raw = json.loads((folder / _RUN).read_text("utf-8"))
    kinds = {"kind": Kind(raw["kind"]), "order": DayOrder(raw["order"]), "status": Status(raw["status"])}
    one = Run(**{**raw, **kinds, "begun_at": datetime.fromisoformat(raw["begun_at"])})
    if not one.status.is_running:
        return one
    far = json.loads((folder / _PROGRESS).read_text("utf-8"))
    if now - datetime.fromisoformat(far.pop("alive_at")) > SIGN_OF_LIFE:
        return replace(one, status=Status.INTERRUPTED)
    return replace(one, **far)
