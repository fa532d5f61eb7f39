"""Names, places and room of backups: the folder, what is left of a run that was cut off, which old ones go."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from clinic.audit_chain import CLOCK_TOLERANCE
from clinic.backups import sealing
from clinic.backups.sealing import BackupRefused

KEPT: Final = 10
_NAME: Final = re.compile(r"synkinesis-[0-9]{8}T[0-9]{12}Z\.backup")
_WORK: Final = ".work"
_LOCK: Final = ".lock"


def folder_of(instance: Path) -> Path:
    """Where backups go unless another folder is named."""
    return instance / "backups"


def anchors_folder(instance: Path) -> Path:
    """Where the ends of the audit chains are written, outside the database."""
    return instance / "anchors"


def name_at(moment: datetime) -> str:
    """The name of a backup, by its time in UTC."""
    return f"synkinesis-{moment:%Y%m%dT%H%M%S%f}Z.backup"


def part_name(name: str, key: bytes) -> str:
    """The name of a backup that is being written; it says whose, since several installations may share a folder."""
    return f".{name}-{sealing.fingerprint(key)}.part"


def all_of(folder: Path, key: bytes) -> list[Path]:
    """The backups of this key in a folder, oldest first; those of another installation are nobody's business here."""
    return [one for one in sorted(folder.glob("synkinesis-*.backup")) if _NAME.fullmatch(one.name) and _ours(one, key)]


def newest(folder: Path, key: bytes, now: datetime) -> Path:
    """The newest backup of this key; one of a day that has not come only without others. Raises BackupRefused without any."""
    found = all_of(folder, key)
    if not found:
        raise BackupRefused(f"There is no backup of this installation's key in {folder}.")
    come = [one for one in found if one.name <= name_at(now + CLOCK_TOLERANCE)]
    return (come or found)[-1]


def keep_newest(folder: Path, key: bytes, keep: int, made: Path) -> list[Path]:
    """Delete the oldest beyond ``keep``, never the one just made and verified; give those that went.

    Those named for a later moment, when the clock was ahead, stay and take nobody's place.
    """
    come = [one for one in all_of(folder, key) if one.name <= made.name]
    gone = []
    for one in come[: -max(keep, 1)]:
        if one != made:
            with suppress(OSError):  # One too many is no reason to call the new one a failure.
                one.unlink()
                gone.append(one)
    return gone


def sweep(folder: Path, key: bytes) -> None:
    """Remove what a run that was cut off left in a folder of backups."""
    for part in folder.glob(f".synkinesis-*-{sealing.fingerprint(key)}.part"):
        part.unlink()


@contextmanager
def one_run(instance: Path) -> Iterator[Path]:
    """Give a folder for this run alone, which is always removed again. Raises BackupRefused while another run goes on."""
    place = folder_of(instance)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(place / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle)
        work = place / _WORK
        shutil.rmtree(work, ignore_errors=True)  # A run before this one may have been cut off.
        work.mkdir(mode=0o700)
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    try:
        if os.name == "posix":
            import fcntl  # Posix only.

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise BackupRefused("A backup, restore or drill of this installation is running already.") from error


def _ours(file: Path, key: bytes) -> bool:
    try:
        with sealing.opened(file) as source:
            return bool(sealing.read_header(source)[1]["key"] == sealing.fingerprint(key))
    except (BackupRefused, OSError):
        return False
