"""The place of a SQLite database while another one is put into it: the coming one beside it, the present one kept aside.

A journal belongs to one file only. Beside another one of the same name SQLite would take it for that one's own, and play
pages of the old record into the new one: so none is left in the place, also where the database itself is gone.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from clinic import config
from clinic.backups.sealing import BackupRefused

JOURNALS: Final = ("-journal", "-wal", "-shm")
_BUSY_SECONDS: Final = 5
_IN_USE: Final = "locked"


def coming(place: Path) -> Path:
    """Where the database that is to take a place is written and made ready."""
    return place.with_name(f".{place.name}.restoring")


def sweep(place: Path) -> None:
    """Remove a database that was not put into its place: the one of a restore that was cut off."""
    for one in (coming(place), *_journals(coming(place))):
        one.unlink(missing_ok=True)


@contextmanager
def made_ready(place: Path) -> Iterator[Path]:
    """Give the name to write the coming database under; nothing is left of it unless it was put into its place."""
    sweep(place)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        yield coming(place)
    finally:
        sweep(place)


def put(place: Path, folder: Path) -> Path | None:
    """Put the coming database into its place in one step; give where what was there is kept, in a new folder below."""
    _settle(coming(place))
    aside = _kept_aside(place, folder)
    for journal in _journals(place):
        journal.unlink(missing_ok=True)
    coming(place).replace(place)
    config.sync_folder(place.parent)
    return aside


def _journals(file: Path) -> list[Path]:
    return [file.with_name(file.name + ending) for ending in JOURNALS]


def _settle(file: Path) -> None:
    """Bring everything into the file itself: what stands beside it is not moved with it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if any(one.exists() for one in _journals(file)):
        raise OSError(errno.EBUSY, "the restored database is still in use")


def _kept_aside(place: Path, folder: Path) -> Path | None:
    """Give the present database a second name; there is no moment without a database in its place."""
    if place.exists():
        _require_unused(place)
    present = [one for one in (place, *_journals(place)) if one.exists()]
    if not present:
        return None
    aside = folder / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    aside.mkdir(mode=0o700, parents=True)
    try:
        for one in present:
            _given_second_name(one, aside / one.name)
        config.sync_folder(aside)
        config.sync_folder(folder)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return aside


def _require_unused(place: Path) -> None:
    """Take what a crash left half-done into the file. Raises BackupRefused while another program is at work in it."""
    try:
        with closing(sqlite3.connect(place, timeout=_BUSY_SECONDS, isolation_level=None)) as present:
            present.execute("BEGIN EXCLUSIVE")
            present.execute("ROLLBACK")
            present.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        if _IN_USE in str(error):
            raise BackupRefused(f"Another program has {place.name} open and locked. Close it and try again.") from error
        # A database that cannot be opened is what is restored from: it is kept as it is, with what stands beside it.


def _given_second_name(file: Path, second: Path) -> None:
    try:
        second.hardlink_to(file)
    except OSError:  # Another file system, or one without second names.
        shutil.copy2(file, second)
        with second.open("rb+") as copy:
            os.fsync(copy.fileno())
