"""One moment of the database, read for as long as it takes while the clinic goes on writing."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

from clinic.models.row_security import EVERY_CLINIC, SCOPE

PREFIX: Final = "snapshot-"
_PAGES: Final = 4096


def _nothing() -> None:
    pass


@contextmanager
def snapshot(engine: Engine, folder: Path, beat: Callable[[], None] = _nothing) -> Iterator[Connection]:
    """Give a connection that sees one moment: on SQLite of a copy, since a long reader would keep writers waiting."""
    if engine.dialect.name == "sqlite":
        with _of_copy(engine, folder, beat) as connection:
            yield connection
        return
    with engine.execution_options(clinic_mode="reading", **{SCOPE: EVERY_CLINIC}).connect() as connection:
        yield connection


@contextmanager
def _of_copy(engine: Engine, folder: Path, beat: Callable[[], None]) -> Iterator[Connection]:
    own = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
    try:
        _copy(Path(engine.url.database or ""), own / "copy.sqlite3", beat)
        address = f"sqlite:///{(own / 'copy.sqlite3').absolute().as_uri()}?mode=ro&immutable=1&uri=true"
        reader = create_engine(address, poolclass=NullPool)
        with reader.connect() as connection:
            shutil.rmtree(own, ignore_errors=True)  # An open file is read to its end; nothing is left if we are killed.
            yield connection
        reader.dispose()
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _copy(file: Path, target: Path, beat: Callable[[], None]) -> None:
    with (
        closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.execute("BEGIN")
        # Held to the end: else each write meanwhile would begin the copy anew.
        source.execute("SELECT 1 FROM sqlite_master").fetchone()
        source.backup(copy, pages=_PAGES, progress=lambda *_: beat())
