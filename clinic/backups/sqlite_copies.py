"""An online copy of a SQLite database, at one moment, that keeps writers waiting as little as it can.

In WAL mode nobody waits for who reads. In DELETE mode whoever commits waits for every reader, so the bulk is copied
without a lock first, torn as it may be, and only the comparing with it holds one: what was written meanwhile is copied
again, and what stands in the file while a read lock is held is one committed moment.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from clinic.backups import sqlite_pages

_BUSY_SECONDS: Final = 30
_UNLOCKED_PASSES: Final = 2
"""The second makes up for what was written during the first, which is the long one; the third holds the lock."""


def copied(file: Path, target: Path) -> None:
    """Copy a database that others are writing to. Raises sqlite3.Error or OSError."""
    address = f"{file.absolute().as_uri()}?mode=rw"  # What a crash left half-done is rolled back first, which writes.
    with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)) as source:
        if os.name == "posix" and source.execute("PRAGMA journal_mode").fetchone() == ("delete",):
            _by_comparing(source, file, target)
        else:
            _in_one_go(source, target)


def _by_comparing(source: sqlite3.Connection, file: Path, target: Path) -> None:
    command = [sys.executable, "-I", "-S", sqlite_pages.__file__, str(file.absolute()), str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as copier:  # noqa: S603
        for _ in range(_UNLOCKED_PASSES):
            _made_same(copier)
        with _one_moment(source):
            _made_same(copier)
        copier.communicate()


def _made_same(copier: subprocess.Popen[str]) -> None:
    assert copier.stdin is not None  # noqa: S101 - it was asked for
    assert copier.stdout is not None  # noqa: S101 - it was asked for
    copier.stdin.write("\n")
    copier.stdin.flush()
    said = copier.stdout.readline().strip()
    if not said.isdigit():
        raise OSError(errno.EIO, said or "the program that copies the database ended early")


def _in_one_go(source: sqlite3.Connection, target: Path) -> None:
    with closing(sqlite3.connect(target, isolation_level=None)) as copy, _one_moment(source):
        copy.execute("PRAGMA synchronous = OFF")  # Only what is sealed from it is synced.
        source.backup(copy)


@contextmanager
def _one_moment(source: sqlite3.Connection) -> Iterator[None]:
    """Hold a read lock: nobody's change is in the file half-done, and in DELETE mode none is put into it."""
    source.execute("BEGIN")
    try:
        source.execute("SELECT 1 FROM sqlite_master").fetchone()
        yield
    finally:
        source.execute("ROLLBACK")
