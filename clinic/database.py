"""The database as a whole: its schema version, one server for each SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, Engine, func, select

from clinic import schema_steps, sqlite_file
from clinic.config import SettingError, Settings
from clinic.extensions import db, why_mode
from clinic.models import Clinic, row_security, triggers


def head_revision(app: Flask) -> str:
    """The newest schema that this program knows."""
    return schema_steps.newest(Path(app.extensions["clinic_migrations"]))


def newest_revision() -> str:
    """The newest schema that this program knows, without an application."""
    return schema_steps.newest()


def current_revision(connection: Connection) -> str | None:
    """The schema that the database has; None when it is empty."""
    return schema_steps.current(connection)


def known_revisions(app: Flask) -> frozenset[str]:
    """All schemas that this program can start from."""
    return frozenset(schema_steps.steps(Path(app.extensions["clinic_migrations"])))


def check_schema(app: Flask) -> None:
    """Refuse to serve a database whose schema, triggers or roles are not this program's. Raises SettingError."""
    with app.app_context(), _of_every_clinic().connect() as connection:
        if current_revision(connection) != head_revision(app):
            raise SettingError(
                "The database is not at this program's schema: run `python -m clinic.start --only-prepare`."
            )
        missing = triggers.expected_names() - triggers.installed_names(connection)
        if missing:
            raise SettingError(f"The database has lost {len(missing)} safety triggers ({min(missing)} …).")
        if connection.dialect.name == "postgresql":
            _check_roles(connection)


def _check_roles(connection: Connection) -> None:
    from clinic import postgresql  # Its driver is for those who have such a server.

    postgresql.check(connection)


def _of_every_clinic() -> Engine:
    """The engine, on PostgreSQL seeing the rows of every clinic."""
    return db.engine.execution_options(**{row_security.SCOPE: row_security.EVERY_CLINIC})


def is_empty() -> bool:
    """Whether there is no clinic yet."""
    with _of_every_clinic().connect() as connection:
        return not connection.scalar(select(func.count()).select_from(Clinic))


@contextmanager
def one_server(settings: Settings) -> Iterator[None]:
    """Hold the lock of a SQLite database while serving. Raises SettingError when another server has it."""
    with sqlite_file.held(settings.sqlite_file) if settings.sqlite_file else nullcontext():
        yield


def describe(app: Flask) -> str:
    """One line on the database and how it is kept safe, for the start."""
    with app.app_context(), db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
            level = connection.exec_driver_sql("PRAGMA synchronous").scalar()
            return f"SQLite {sqlite3.sqlite_version}, journal {mode}, synchronous {level} ({why_mode()})"
        return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar()}"
