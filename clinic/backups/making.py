"""Making a backup: under a temporary name, synced, read back, and only then given its name."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from clinic import config
from clinic.backups import contents, files, parts, postgresql_tools, reading, sealing, sqlite_copies, sqlite_places
from clinic.backups.parts import Manifest
from clinic.backups.sealing import BackupRefused, Sealer
from clinic.config import Settings

PROGRAM = "synkinesis"


@dataclass(frozen=True, slots=True)
class Made:
    """A verified backup."""

    file: Path
    size: int
    sha256: str
    manifest: Manifest
    removed: tuple[Path, ...]
    new_key: bool
    """Whether keys/backup.key was made for it: nobody has a copy of it yet."""


def make(settings: Settings, folder: Path, keep: int | None = files.KEPT) -> Made:
    """Back the installation up into a folder while it runs. Raises BackupRefused; earlier backups then stay as they are.

    ``keep`` are how many stay in the folder; without it none goes.
    """
    moment = datetime.now(UTC)
    name = files.name_at(moment)
    try:
        with files.one_run(settings.instance) as work:
            new_key = config.create_backup_key(settings.instance)
            key = config.backup_key(settings.instance)
            part = folder / files.part_name(name, key)
            if settings.sqlite_file is not None:
                sqlite_places.sweep(settings.sqlite_file.resolve())
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            files.sweep(folder, key)
            try:
                anchors = anchors_of(settings)  # Before the database, which then knows all that they know.
                with _source(settings, work) as (found, database):
                    _written(part, key, _manifest(settings, found, moment, anchors), anchors, database)
                read = reading.check(settings, part, key)
                part.replace(folder / name)
                config.sync_folder(folder)
            finally:
                part.unlink(missing_ok=True)
            gone = files.keep_newest(folder, key, keep, folder / name) if keep else []
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BackupRefused(f"No backup was made in {folder}: {reason}. Earlier ones are as they were.") from error
    return Made(folder / name, read.size, read.sha256, read.manifest, tuple(gone), new_key)


def anchors_of(settings: Settings) -> dict[str, bytes]:
    """The files of the anchors, by their names."""
    return {one.name: one.read_bytes() for one in sorted(files.anchors_folder(settings.instance).glob("*.jsonl"))}


def _written(part: Path, key: bytes, manifest: Manifest, anchors: dict[str, bytes], database: IO[bytes]) -> None:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        sealer = Sealer(out, key)
        parts.put(sealer, parts.MANIFEST, iter([manifest.written()]))
        for name, data in anchors.items():
            parts.put(sealer, parts.ANCHORS + name, iter([data] if data else []))
        parts.put(sealer, parts.DATABASE, parts.in_blocks(database))
        parts.put_end(sealer)
        sealer.finish()
        out.flush()
        os.fsync(out.fileno())
    config.sync_folder(part.parent)


def _manifest(settings: Settings, found: dict[str, Any], moment: datetime, anchors: dict[str, bytes]) -> Manifest:
    keys = config.load_keys(settings.instance)
    return Manifest(
        made_at=moment.isoformat(timespec="seconds"),
        database="sqlite" if settings.sqlite_file else "postgresql",
        program=PROGRAM,
        keys={"session": sealing.fingerprint(keys.session), "audit": sealing.fingerprint(keys.audit)},
        files=tuple(parts.ANCHORS + name for name in anchors),
        **found,
    )


@contextmanager
def _source(settings: Settings, work: Path) -> Iterator[tuple[dict[str, Any], IO[bytes]]]:
    """What the database holds, and its bytes, of one and the same moment."""
    if settings.sqlite_file is not None:
        with _sqlite(settings.sqlite_file, work / "copy.sqlite3") as both:
            yield both
    else:
        with _postgresql(settings) as both:
            yield both


@contextmanager
def _sqlite(file: Path, copy: Path) -> Iterator[tuple[dict[str, Any], IO[bytes]]]:
    sqlite_copies.copied(file, copy)
    found = contents.of_sqlite(copy)
    with copy.open("rb") as source:
        with suppress(OSError):
            copy.unlink()  # An open file is read to its end; nothing readable is left if we are killed.
        yield found, source


@contextmanager
def _postgresql(settings: Settings) -> Iterator[tuple[dict[str, Any], IO[bytes]]]:
    import psycopg  # Needed on PostgreSQL only.

    url = settings.owner_database_url or settings.database_url
    try:
        with postgresql_tools.connected(url) as connection:
            postgresql_tools.require_fitting(settings, postgresql_tools.server_version(connection))
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            [snapshot] = connection.execute("SELECT pg_export_snapshot()").fetchone() or [""]
            found = contents.of_postgresql(connection)
            with postgresql_tools.dumped(settings, url, snapshot) as source:
                yield found, source
    except psycopg.Error as error:
        raise BackupRefused(f"PostgreSQL could not be read: {postgresql_tools.first_line(error)}") from error
