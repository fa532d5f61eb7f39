"""Restoring a backup: checked to its end first, put in place at once, what was there before kept beside it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final

from flask import Flask
from sqlalchemy import make_url, update
from sqlalchemy.exc import SQLAlchemyError

from clinic import config, database, verification
from clinic.backups import contents, files, postgresql_tools, reading, sealing, sqlite_places
from clinic.backups.parts import Manifest
from clinic.backups.reading import Read
from clinic.backups.sealing import BackupRefused
from clinic.config import Settings
from clinic.domain.events import Action, Event
from clinic.extensions import db, upgrade
from clinic.models import BackupRun, OneTimeCode, ServerSession
from clinic.models.backup_runs import BACKUP, RESTORE, WORDS_LENGTH
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Unavailable, Work
from clinic.verification import Report

MakeApp = Callable[[Settings], Flask]
FAILURES: Final = (OSError, sqlite3.Error, SQLAlchemyError, Unavailable)
_ACCEPT: Final = "Everybody must sign in again. What is left to do: `flask --app wsgi clinic verify --accept-restored` with the reason."


class Unfinished(RuntimeError):
    """A backup is in the database, and what follows could not be done; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup in place; ``aside`` is where the database before it is kept."""

    read: Read
    aside: Path | None
    report: Report


def restore(settings: Settings, file: Path, reason: str, make_app: MakeApp, known: frozenset[str]) -> Restored:
    """Put a backup in the place of the database of these settings. Raises BackupRefused or SettingError, and changes nothing.

    Raises Unfinished where only the last steps failed. ``known`` are the schemas that this program can start from. SQLite: the present database is kept aside. PostgreSQL: the
    database must be empty.
    """
    key = config.backup_key(settings.instance)
    try:
        with files.one_run(settings.instance), database.one_server(settings):
            if settings.sqlite_file is not None:
                read, aside = _on_sqlite(settings, file, key, reason, make_app, known)
            else:
                read, aside = _on_postgresql(settings, file, key, reason, make_app, known), None
            with _unfinished(_ACCEPT):
                report = _anchored(make_app(settings), settings, read, reason)
    except FAILURES as error:
        raise BackupRefused(f"The backup could not be put in place: {in_words(error)}.") from error
    return Restored(read, aside, report)


def require_fitting(settings: Settings, manifest: Manifest, known: frozenset[str]) -> None:
    """Refuse a backup of another kind of database, a newer schema or another audit key."""
    kind = "sqlite" if settings.sqlite_file else "postgresql"
    if manifest.database != kind:
        raise BackupRefused(
            f"This is a backup of {manifest.database}, and the database here is {kind}. It goes into its own kind only;"
            " an archive (`flask clinic export`) goes from one to the other."
        )
    if manifest.revision not in known:
        raise BackupRefused(
            f"This backup has the schema {manifest.revision} of a newer version of this program. Install that version."
        )
    audit = sealing.fingerprint(config.load_keys(settings.instance).audit)
    if manifest.keys.get("audit") != audit:
        raise BackupRefused(
            f"keys/audit.key here is {audit}; that of the backup was {manifest.keys.get('audit')}. With another key nothing"
            " in it could be checked. Put its key back (mode 0600) and try again."
        )


def _on_sqlite(
    settings: Settings, file: Path, key: bytes, reason: str, make_app: MakeApp, known: frozenset[str]
) -> tuple[Read, Path | None]:
    place = Path(str(settings.sqlite_file)).resolve()  # A link to the database stays one.
    with sqlite_places.made_ready(place) as coming:
        read = unpacked(settings, file, key, coming, known)
        # All that can fail is done to it beside the present one: a kill leaves the one or the other, whole.
        _brought_up(make_app(aimed_at(settings, f"sqlite:///{coming}")), file, read, reason)
        return read, sqlite_places.put(place, files.folder_of(settings.instance))


def unpacked(settings: Settings, file: Path, key: bytes, place: Path, known: frozenset[str]) -> Read:
    """Write the SQLite database of a backup to a new file and compare it with the manifest. Raises BackupRefused."""

    @contextmanager
    def target(manifest: Manifest) -> Iterator[IO[bytes] | None]:
        require_fitting(settings, manifest, known)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())

    read = reading.read(file, key, target)
    _require_same(read.manifest, contents.of_sqlite(place))
    return read


def _require_same(manifest: Manifest, found: dict[str, Any]) -> None:
    others = contents.differences(manifest, found)
    if others:
        raise BackupRefused(f"The backup does not hold what its manifest says: {'; '.join(others)}.")


def _on_postgresql(
    settings: Settings, file: Path, key: bytes, reason: str, make_app: MakeApp, known: frozenset[str]
) -> Read:
    read = loaded(settings, file, key, settings.owner_database_url or settings.database_url, known)
    with _unfinished("It is not fit for use: drop that database, create an empty one and run the command again."):
        _brought_up(make_app(settings), file, read, reason)
    return read


def loaded(settings: Settings, file: Path, key: bytes, url: str, known: frozenset[str]) -> Read:
    """Load the PostgreSQL database of a backup into an empty database and compare. Raises BackupRefused."""
    import psycopg  # Needed on PostgreSQL only.

    try:
        with postgresql_tools.connected(url) as connection:
            postgresql_tools.require_fitting(settings, postgresql_tools.server_version(connection))
            if postgresql_tools.has_tables(connection):
                raise BackupRefused(
                    "The database to restore into is not empty. Create an empty one and name its address."
                )

        @contextmanager
        def target(manifest: Manifest) -> Iterator[IO[bytes] | None]:
            require_fitting(settings, manifest, known)
            with postgresql_tools.loading(settings, url) as out:
                yield out

        read = reading.read(file, key, target)
        with postgresql_tools.connected(url) as connection:
            _require_same(read.manifest, contents.of_postgresql(connection))
            connection.execute("ANALYZE")  # Else the first pages would be planned as for empty tables.
    except psycopg.Error as error:
        raise BackupRefused(f"PostgreSQL could not be restored into: {postgresql_tools.first_line(error)}") from error
    return read


def _brought_up(app: Flask, file: Path, read: Read, reason: str) -> None:
    """Bring the schema up to date, end every session and note the restore."""
    with app.app_context():
        try:
            upgrade()
            _noted(app.extensions["clinic_work"], file, read, reason)
        finally:
            db.engine.dispose()


def _anchored(app: Flask, settings: Settings, read: Read, reason: str) -> Report:
    """Take the ends of the trail on as they now are, and verify everything."""
    folder = files.anchors_folder(settings.instance)
    put_anchors(folder, read.anchors)
    with app.app_context():
        db.engine.dispose()
        try:
            work: Work = app.extensions["clinic_work"]
            verification.accept_restored(work, folder, reason)
            return verification.verify(work, folder)
        finally:
            db.engine.dispose()


@contextmanager
def _unfinished(what_to_do: str) -> Iterator[None]:
    try:
        yield
    except FAILURES as error:
        raise Unfinished(f"The backup is in the database, but then: {in_words(error)}. {what_to_do}") from error


def in_words(error: Exception) -> str:
    """Why something failed, without the values that the error may carry."""
    reason = getattr(error, "strerror", None) or str(getattr(error, "orig", None) or error)
    return next(iter(reason.splitlines()), "").strip(" .") or type(error).__name__


def _noted(work: Work, file: Path, read: Read, reason: str) -> None:
    # Who signed out, and which code was used, after the backup is not in it: nobody may come in with what is over.
    over = {ServerSession: ServerSession.revoked_at, OneTimeCode: OneTimeCode.used_at}
    with work.writing(SYSTEM, scoped=False) as uow:
        for model, column in over.items():
            uow.session.execute(update(model).where(column.is_(None)).values({column: uow.now}))
        # The run that made this backup still goes on in it: it ended well, or there would be no file to restore.
        made = {
            "finished_at": uow.now,
            "verified": True,
            "file": file.name,
            "size_bytes": read.size,
            "sha256": read.sha256,
        }
        going_on = update(BackupRun).where(BackupRun.finished_at.is_(None), BackupRun.kind == BACKUP)
        uow.session.execute(going_on.values(made))
        run = BackupRun(
            id=uow.new_id(),
            kind=RESTORE,
            started_at=uow.now,
            finished_at=uow.now,
            verified=True,
            database=read.manifest.database,
            file=file.name,
            size_bytes=read.size,
            sha256=read.sha256,
            why=reason[:WORDS_LENGTH],
        )
        uow.session.add(run)
        said: dict[str, object] = {"file": file.name, "sha256": read.sha256, "made_at": read.manifest.made_at}
        uow.record(Event(Action.BACKUP_RESTORED, f"backup:{run.id}", reason=reason, new=said))


def put_anchors(folder: Path, anchors: dict[str, bytes]) -> None:
    """Write the anchors of a backup where there are none; later ones of this machine stay."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, data in anchors.items():
        place = folder / Path(name).name
        if not place.exists():
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())


def aimed_at(settings: Settings, url: str) -> Settings:
    """These settings with another database; where the owner of the tables is another role, ``url`` is the owner's."""
    if not settings.owner_database_url:
        return replace(settings, database_url=url)
    given = make_url(url)
    served = make_url(settings.database_url)
    served = served.set(host=given.host, port=given.port, database=given.database, query=given.query)
    return replace(settings, database_url=served.render_as_string(hide_password=False), owner_database_url=url)
