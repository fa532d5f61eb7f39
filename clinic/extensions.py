"""The Flask extensions and the database engine's safety settings."""

from __future__ import annotations

import sqlite3

from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, event

from clinic import unit_of_work
from clinic.models import Base

db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate()
login = LoginManager()
csrf = CSRFProtect()

BUSY_MILLISECONDS = 5000
_CACHE_KIB = 8192
_LONG_CACHE_KIB = 262_144


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite is free of the WAL-reset bug (3.51.3, or 3.50.7 and 3.44.6 of their lines)."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)


def sqlite_mode(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> tuple[str, str]:
    """Journal mode and ``synchronous`` for a linked SQLite: WAL + FULL where safe, else DELETE + EXTRA."""
    return ("wal", "FULL") if wal_is_safe(version) else ("delete", "EXTRA")


def prepare(engine: Engine) -> None:
    """Put the safety settings on every connection and make stray writes raise."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)
    unit_of_work.guard(engine)


def _on_sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    journal, synchronous = sqlite_mode()
    connection.isolation_level = None  # The driver must not begin on its own: _begin_sqlite does.
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    got = connection.execute(f"PRAGMA journal_mode = {journal}").fetchone()[0]
    if got != journal:
        raise RuntimeError(f"SQLite kept journal mode {got} instead of {journal}.")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")


def keep_readers(connection: Connection) -> None:
    """Let others read during a long transaction on SQLite: pages that leave a full cache early would shut them out."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_LONG_CACHE_KIB}")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("clinic_mode") == "reading":
        # One snapshot for the whole page; the server itself refuses a write. Said in the transaction, not on the
        # connection, because a pooled connection cannot always switch.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _begin_sqlite(connection: Connection) -> None:
    # An opened transaction cannot be upgraded safely, so a writer takes the lock at once.
    writing = connection.get_execution_options().get("clinic_mode") == "writing"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
