"""The Flask extensions and the database engine's safety settings."""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path

from click import get_current_context
from flask import Flask
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry
from werkzeug.local import LocalProxy

from clinic import slow_statements, unit_of_work
from clinic.config import SettingError
from clinic.models import Base

db = SQLAlchemy(metadata=Base.metadata)
login = LoginManager()
csrf = CSRFProtect()

BUSY_MILLISECONDS = 5000
"""D-02 asks for 5000 at least. SQLite itself asks again in growing steps (1 to 100 ms) until it is over; a request whose
wait is over gets its 503 and does not wait a second time, so a thread is back after little more than this."""
_LEVELS = {"FULL": 2, "EXTRA": 3}
_CACHE_KIB = 4096
"""Each connection keeps so much of the file: eight threads have eight, and a worker has 130 MiB in all (D-28)."""
_LONG_CACHE_KIB = 262_144
_LONG = "clinic_long_cache"


def migrate_lazily(app: Flask, folder: Path) -> None:
    """Let the schema be migrated; the library for it loads with the first use, for a start at the newest schema has none."""

    @cache
    def settings() -> object:
        from flask_migrate import Migrate  # See above.

        Migrate().init_app(app, db, directory=str(folder), render_as_batch=True)
        return app.extensions["migrate"]

    app.extensions["migrate"] = LocalProxy(settings)
    if get_current_context(silent=True) is not None:
        settings()  # A command asks, and it may be one of the library's own: ``flask db``.


def upgrade() -> None:
    """Bring the schema up to date, inside the application's context."""
    from flask_migrate import upgrade  # See ``migrate_lazily``.

    upgrade()


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite is free of the WAL-reset bug (3.51.3, or 3.50.7 and 3.44.6 of their lines)."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)


def sqlite_mode(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> tuple[str, str]:
    """Journal mode and ``synchronous`` for a linked SQLite: WAL + FULL where safe, else DELETE + EXTRA."""
    return ("wal", "FULL") if wal_is_safe(version) else ("delete", "EXTRA")


def prepare(engine: Engine, slow_milliseconds: int = 0) -> None:
    """Put the safety settings on every connection and make stray writes raise."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "checkin", _on_sqlite_checkin)
    else:
        from clinic import postgresql  # Its driver is for those who have such a server.

        postgresql.prepare(engine)
    unit_of_work.guard(engine)
    if slow_milliseconds:
        slow_statements.listen(engine, slow_milliseconds)


def why_mode(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> str:
    """Why a linked SQLite has its mode, in words for the start."""
    if wal_is_safe(version):
        return "WAL, because this SQLite is free of the fault that loses a write in it"
    return "no WAL, because this SQLite can lose a write in it; 3.51.3 cannot"


def _on_sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    journal, synchronous = sqlite_mode()
    connection.isolation_level = None  # The driver must not begin on its own: _begin_sqlite does.
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA mmap_size = 0")  # An I/O error under a memory map is a crash, not an answer.
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    if wrong := unsafe_settings(connection):
        raise SettingError(f"SQLite did not take its settings: {', '.join(wrong)}. Close what else has the file open.")


def unsafe_settings(connection: sqlite3.Connection) -> list[str]:
    """Name each setting of a connection that is not the one that keeps the record safe (D-01, D-02)."""
    journal, synchronous = sqlite_mode()
    wanted = {
        "foreign_keys": 1,
        "busy_timeout": BUSY_MILLISECONDS,
        "journal_mode": journal,
        "synchronous": _LEVELS[synchronous],
    }
    found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}
    mapped = connection.execute("PRAGMA mmap_size").fetchone()  # A library built without maps answers nothing.
    found["mmap_size"] = mapped[0] if mapped else 0
    return [
        f"{name} is {found[name]} instead of {value}"
        for name, value in (wanted | {"mmap_size": 0}).items()
        if found[name] != value
    ]


def keep_readers(connection: Connection) -> None:
    """Let others read during a long transaction on SQLite: pages that leave a full cache early would shut them out."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_LONG_CACHE_KIB}")
        connection.info[_LONG] = True


def _on_sqlite_checkin(connection: sqlite3.Connection | None, record: ConnectionPoolEntry) -> None:
    # Else each connection that was once used so would keep so much of the file for ever.
    if record.info.pop(_LONG, False) and connection is not None:
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")


def _begin_sqlite(connection: Connection) -> None:
    # An opened transaction cannot be upgraded safely, so a writer takes the lock at once.
    writing = connection.get_execution_options().get("clinic_mode") == "writing"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
