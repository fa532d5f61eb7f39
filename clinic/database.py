"""The database as a whole: its schema version, the backup before a migration, one server for each SQLite file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Connection, func, select

from clinic.config import SettingError, Settings
from clinic.extensions import db
from clinic.models import Clinic, triggers

_KEPT_BACKUPS = 10


def head_revision(app: Flask) -> str:
    """The newest schema that this program knows."""
    script = ScriptDirectory(app.extensions["migrate"].directory)
    return script.get_current_head() or ""


def current_revision(connection: Connection) -> str | None:
    """The schema that the database has; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def known_revisions(app: Flask) -> frozenset[str]:
    """All schemas that this program can start from."""
    config = Config()
    config.set_main_option("script_location", app.extensions["migrate"].directory)
    return frozenset(step.revision for step in ScriptDirectory.from_config(config).walk_revisions())


def migrate_with_backup(app: Flask, settings: Settings) -> bool:
    """Bring the schema up to date, after a verified backup when there is data; say whether anything was done.

    Raises SettingError for a database of a newer program.
    """
    with app.app_context():
        with db.engine.connect() as connection:
            current = current_revision(connection)
        if current == head_revision(app):
            return False
        if current is not None and current not in known_revisions(app):
            raise SettingError("The database belongs to a newer version of this program. Start that version.")
        if current is not None and settings.sqlite_file is not None:
            backup(settings.sqlite_file, settings.instance / "backups")
        upgrade()
        db.engine.dispose()
    return True


def check_schema(app: Flask) -> None:
    """Refuse to serve a database whose schema or triggers are not this program's. Raises SettingError."""
    with app.app_context(), db.engine.connect() as connection:
        if current_revision(connection) != head_revision(app):
            raise SettingError(
                "The database is not at this program's schema: run `python -m clinic.start --only-prepare`."
            )
        missing = triggers.expected_names() - triggers.installed_names(connection)
        if missing:
            raise SettingError(f"The database has lost {len(missing)} safety triggers ({min(missing)} …).")


def backup(file: Path, folder: Path) -> Path:
    """Copy a SQLite database online, check the copy, then give it its name; the oldest beyond ten go.

    Raises SettingError when the copy does not verify; the original is never touched.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{file.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.sqlite3"
    part = folder / f"{name}.part"
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
        if copy.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise SettingError("The backup did not verify; the migration was not started.")
        if _row_counts(copy) != _row_counts(source):
            raise SettingError("The backup has other row counts than the original; the migration was not started.")
    os.chmod(part, 0o600)
    with part.open("rb") as handle:
        os.fsync(handle.fileno())
    part.rename(folder / name)
    for old in sorted(folder.glob(f"{file.stem}-*.sqlite3"))[:-_KEPT_BACKUPS]:
        old.unlink()
    return folder / name


def _row_counts(connection: sqlite3.Connection) -> dict[str, int]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables}  # noqa: S608


def is_empty() -> bool:
    """Whether there is no clinic yet."""
    with db.engine.connect() as connection:
        return not connection.scalar(select(func.count()).select_from(Clinic))


@contextmanager
def one_server(settings: Settings) -> Iterator[None]:
    """Hold the lock file of a SQLite database while serving. Raises SettingError when another server has it."""
    if settings.sqlite_file is None:
        yield
        return
    handle = os.open(settings.sqlite_file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle)
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    try:
        if os.name == "posix":
            import fcntl  # Posix only.

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt  # Windows only.

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError as error:
        raise SettingError(
            "Another server is running on this database. Use that one, or stop it; for several servers use PostgreSQL."
        ) from error


def describe(app: Flask) -> str:
    """One line on the database and how it is kept safe, for the start."""
    with app.app_context(), db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
            level = connection.exec_driver_sql("PRAGMA synchronous").scalar()
            return f"SQLite {sqlite3.sqlite_version}, journal {mode}, synchronous {level}"
        return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar()}"
