"""A fresh demo in place of the old one, and a new one after one that was cut off half-way."""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import inspect

from clinic import database, demo
from clinic.backups.migrating import migrate_with_backup
from clinic.config import SettingError, Settings
from clinic.extensions import db

_NEEDS_FILE = "This is only for SQLite: on PostgreSQL drop and create the database, then start again."
_REAL = "This installation holds a real clinic or a real patient, so nothing was moved or changed."


def renewed(app: Flask, settings: Settings) -> tuple[Path | None, str]:
    """Move the demo database into the backups and seed anew; give where it went, and the table of accounts.

    The caller holds the lock of the only server. Raises SettingError where a patient is not synthetic. The old database
    comes back when the new one cannot be made.
    """
    if settings.sqlite_file is None:
        raise SettingError(_NEEDS_FILE)
    if _has_clinics() and not demo.holds_only_demo(app):
        raise SettingError(_REAL)
    db.engine.dispose()
    aside = put_aside(settings)
    try:
        migrate_with_backup(app, settings)
        accounts = demo.made(app, settings)
    except BaseException:
        _bring_back(settings, aside)
        raise
    return aside, demo.accounts_table(accounts)


def put_aside(settings: Settings) -> Path | None:
    """Move database and anchors, which nobody has open, into a folder among the backups; None without a database."""
    file = settings.sqlite_file
    if file is None or not file.exists():
        return None
    folder = settings.instance / "backups" / f"demo-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    folder.mkdir(mode=0o700, parents=True)
    for part in _parts(settings, file):
        part.rename(folder / part.name)
    return folder


def _parts(settings: Settings, file: Path) -> list[Path]:
    # A journal left by a crash belongs to its database: without it the file could not be read.
    journals = [file.with_name(f"{file.name}-{kind}") for kind in ("journal", "wal", "shm")]
    return [part for part in (file, *journals, settings.instance / "anchors") if part.exists()]


def _bring_back(settings: Settings, aside: Path | None) -> None:
    file = settings.sqlite_file
    if file is None or aside is None:
        return
    db.engine.dispose()
    for part in _parts(settings, file):
        shutil.rmtree(part) if part.is_dir() else part.unlink()
    for part in list(aside.iterdir()):
        part.rename(settings.instance / part.name)
    aside.rmdir()
    with suppress(FileNotFoundError):
        demo.mark(settings).unlink()


def _has_clinics() -> bool:
    return inspect(db.engine).has_table("clinic") and not database.is_empty()
