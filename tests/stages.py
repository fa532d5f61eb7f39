"""What many tests do first is done once a process, on a real database, and put back afterwards row by row.

A stage is known only while nobody has written since it was kept or put back; after that all is simply done again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg import sql
from sqlalchemy import Engine

from clinic.unit_of_work import Work

T = TypeVar("T")


class Store(Protocol):
    """A test's database, seen beside the connections of its application."""

    def writes(self) -> object:
        """Something that is another one after anybody else wrote."""

    def keep(self) -> Hashable:
        """Give all that the database holds."""

    def put_back(self, stage: Any) -> None:
        """Make the database hold that again, and nothing else."""


class File:
    """A SQLite file."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, check_same_thread=False)

    def writes(self) -> object:
        return self.connection.execute("PRAGMA data_version").fetchone()

    def keep(self) -> bytes:
        return self.connection.serialize()

    def put_back(self, stage: bytes) -> None:
        self.connection.execute("PRAGMA synchronous = OFF")  # Not before: it reads the whole schema.
        with closing(sqlite3.connect(":memory:")) as memory:
            memory.deserialize(stage)
            memory.backup(self.connection)


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of every table that has any, as PostgreSQL copies them, and where each sequence stands."""

    rows: dict[str, bytes]
    sequences: dict[str, tuple[Any, ...]]


class Tables:
    """A PostgreSQL database; this connection passes over its triggers."""

    def __init__(self, uri: str) -> None:
        self.connection = psycopg.connect(uri, autocommit=True)
        self.connection.execute("SET session_replication_role = replica")
        kinds = "SELECT relkind, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        found = self.connection.execute(kinds).fetchall()
        self.names = [name for kind, name in found if kind == "r"]
        self.sequences = [name for kind, name in found if kind == "S"]
        filled = sql.SQL(", ").join(_about("EXISTS (SELECT FROM {})", name) for name in self.names)
        self.any_rows = sql.SQL("SELECT ARRAY[{}]").format(filled)

    def writes(self) -> object:
        return self._first(sql.SQL("SELECT pg_snapshot_xmax(pg_current_snapshot())::text"))

    def keep(self) -> Rows:
        rows = {name: self._copied(name) for name in self._filled()}
        return Rows(
            rows, {one: self._first(_about("SELECT last_value, is_called FROM {}", one)) for one in self.sequences}
        )

    def put_back(self, stage: Rows) -> None:
        with self.connection.transaction():
            self.connection.execute(sql.SQL("; ").join(_about("DELETE FROM {}", name) for name in self._filled()))
            for name, rows in stage.rows.items():
                with self.connection.cursor().copy(_about("COPY {} FROM STDIN (FORMAT binary)", name)) as table:
                    table.write(rows)
            for name, (last, called) in stage.sequences.items():
                self.connection.execute("SELECT setval(%s::regclass, %s, %s)", (f'"{name}"', last, called))

    def stop_others(self) -> None:
        """End what is still under way on other connections, so that nothing of it is in the way."""
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        self.connection.execute(f"SELECT pg_terminate_backend(pid) {others} AND state <> 'idle'".encode())

    def _first(self, query: sql.Composed | sql.SQL) -> tuple[Any, ...]:
        found = self.connection.execute(query).fetchone()
        assert found is not None
        return found

    def _filled(self) -> list[str]:
        return [name for name, any_rows in zip(self.names, self._first(self.any_rows)[0], strict=True) if any_rows]

    def _copied(self, name: str) -> bytes:
        with self.connection.cursor().copy(_about("COPY {} TO STDOUT (FORMAT binary)", name)) as table:
            return b"".join(table)


def _about(statement: str, name: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(name))


@dataclass
class Standing:
    """Which stage a test's database is at, and what had been written until then."""

    store: Store
    stage: Hashable
    written: object

    @classmethod
    def at(cls, store: Store, stage: Hashable) -> Standing:
        """The stage that the database is at now."""
        return cls(store, stage, store.writes())


_standing: WeakKeyDictionary[Engine, Standing] = WeakKeyDictionary()
_kept: dict[Hashable, tuple[Hashable, datetime, Any]] = {}


def begin(engine: Engine, store: Store, stage: Hashable) -> None:
    """A test begins, at a stage that is known."""
    _standing[engine] = Standing.at(store, stage)


def once(work: Work, what: Hashable, make: Callable[[], T]) -> T:
    """What ``make`` gives, which nobody may change, and what it does to the database and the test's clock."""
    standing = _standing.get(work.engine)
    if standing is None or standing.store.writes() != standing.written:
        return make()
    store, clock = standing.store, work.clock
    key = (standing.stage, what, clock.now, work.new_id)
    if key in _kept:
        stage, clock.now, made = _kept[key]
        store.put_back(stage)
    else:
        made = make()
        stage = store.keep()
        _kept[key] = stage, clock.now, made
    _standing[work.engine] = Standing.at(store, stage)
    return made
