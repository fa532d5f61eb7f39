"""Bringing the schema up to date, after a verified backup."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy.exc import OperationalError

from clinic import database
from clinic.backups import files, making, runs
from clinic.backups.making import Made
from clinic.backups.sealing import BackupRefused
from clinic.config import SettingError, Settings
from clinic.extensions import db, upgrade
from clinic.models.backup_runs import BACKUP
from clinic.unit_of_work import Work

_WHY = "before a migration"
_REASON_MINIMUM = 10
NEW_KEY = (
    "keys/backup.key was made now, and no backup opens without it: copy it to where the keys are kept apart."
    " Backups made with another key open with that key only."
)
_LOCK_NOT_AVAILABLE = "55P03"
"""What PostgreSQL says when ``lock_timeout`` is over."""
_logger = logging.getLogger("clinic")


def migrate_with_backup(app: Flask, settings: Settings, *, without_backup: str = "") -> bool:
    """Bring the schema up to date, after a verified backup when there is data; say whether anything was done.

    ``without_backup`` says why none is taken. Raises SettingError for a database of a newer program, and when no backup
    could be made: the database then stays as it was.
    """
    with app.app_context():
        with db.engine.connect() as connection:
            current = database.current_revision(connection)
        if current == database.head_revision(app):
            return False
        if current is not None and current not in database.known_revisions(app):
            raise SettingError("The database belongs to a newer version of this program. Start that version.")
        started_at = datetime.now(UTC)
        made = None if current is None else _backed_up(settings, without_backup)
        try:
            upgrade()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            raise SettingError(
                "The database was not migrated and is as it was: a table was in use for too long, and nobody was made to wait"
                " behind it. Try again when fewer people work, or stop the servers first."
            ) from error
        db.engine.dispose()
        if made is not None:
            _note(app, made, started_at)
    return True


def _backed_up(settings: Settings, without_backup: str) -> Made | None:
    if without_backup:
        if len(without_backup.strip()) < _REASON_MINIMUM:
            raise SettingError(f"Say in at least {_REASON_MINIMUM} characters why no backup is taken.")
        _logger.warning("migration without a backup", extra={"clinic": {"why": without_backup.strip()}})
        return None
    try:
        made = making.make(settings, files.folder_of(settings.instance), keep=None)
    except (BackupRefused, SettingError) as error:
        raise SettingError(
            f"The database was not migrated and is as it was, because no backup could be made first. {error}"
            ' (If it was backed up by other means: `--only-prepare --without-backup "why"`.)'
        ) from error
    if made.new_key:
        _logger.warning("new key of the backups", extra={"clinic": {"what to do": NEW_KEY}})
    return made


def _note(app: Flask, made: Made, started_at: datetime) -> None:
    """Note the backup now that there surely is a table for it."""
    work: Work = app.extensions["clinic_work"]
    try:
        run_id = runs.begun(work, BACKUP, made.manifest.database, _WHY, started_at)
        runs.ended(work, run_id, BACKUP, file=made.file, size=made.size, sha256=made.sha256)
    except runs.NotNoted as error:
        _logger.warning("backup not noted", extra={"clinic": {"why": str(error)}})
