"""An engine for making the demo: a half-made demo is thrown away, so its many small commits need not wait for the disk."""

from __future__ import annotations

import os
import sqlite3

from sqlalchemy import Engine, StaticPool, create_engine, event

from clinic.extensions import prepare


def quick_engine(engine: Engine) -> Engine:
    """A second engine on the same SQLite file with all its guards but without syncing; PostgreSQL keeps its own."""
    if engine.dialect.name != "sqlite":
        return engine
    quick = create_engine(engine.url, poolclass=StaticPool, connect_args={"check_same_thread": False, "timeout": 5})
    prepare(quick)
    event.listen(quick, "connect", _without_syncing)
    return quick


def _without_syncing(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


def made_durable(engine: Engine) -> None:
    """Close a quick engine and wait until the file is on the disk."""
    if engine.dialect.name != "sqlite" or engine.url.database is None:
        return
    engine.dispose()
    with open(engine.url.database, "rb+") as file:  # noqa: PTH123 - a path as the engine has it
        os.fsync(file.fileno())
