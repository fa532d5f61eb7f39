"""What the doctor looks at without opening the database: keys, modes, lock, demo, clock service, log, the file itself."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from clinic import config, sqlite_file
from clinic.config import SettingError, Settings
from clinic.extensions import sqlite_mode, why_mode
from clinic.health.report import Check, ok, warning, wrong

_OTHERS = 0o077
_TORN = "Another program wrote to the database. Stop charting and restore a backup (docs/deploy.md, Restore)."
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
_SERVICES = Path("/run/systemd/system")


def keys(settings: Settings) -> Iterator[Check]:
    """Whether the keys are there, private and sound."""
    try:
        config.load_keys(settings.instance)
        if not (settings.instance / "keys" / "backup.key").exists():
            if next((settings.instance / "backups").glob("*.backup"), None):
                yield wrong(
                    "keys",
                    "keys/backup.key is gone, and without it the backups that were made do not open.",
                    "Bring it back from where the keys are kept. The next backup makes a new one, for new backups only.",
                )
                return
            yield warning(
                "keys", "There is no key for backups yet.", "The first `flask --app wsgi clinic backup` makes it."
            )
            return
        config.backup_key(settings.instance)
    except SettingError as error:
        yield wrong(
            "keys", str(error), "Without its keys the program does not start; they are never made anew for a record."
        )
    else:
        yield ok("keys", "They are there, and nobody else can read them.")


def modes(settings: Settings) -> Iterator[Check]:
    """Whether what the clinic writes can be read by other users of the machine."""
    if os.name != "posix":
        yield ok(
            "file modes",
            "This system has other rights than modes; see that only the service's user can read the folder.",
        )
        return
    found = [
        settings.instance,
        settings.sqlite_file,
        *(settings.instance / name for name in ("keys", "backups", "anchors")),
    ]
    open_to_others = [one.name for one in found if one is not None and one.exists() and one.stat().st_mode & _OTHERS]
    inner = settings.instance.exists() and not settings.instance.stat().st_mode & _OTHERS
    if not open_to_others or (inner and all(one.is_relative_to(settings.instance) for one in found if one)):
        yield ok("file modes", "Only the service's own user can read the instance folder.")
        return
    yield warning(
        "file modes",
        f"Other users of this machine can read {', '.join(open_to_others)}.",
        "chmod 700 the instance folder and 600 the files in it.",
    )


def lock(settings: Settings) -> Iterator[Check]:
    """Whether a server is running."""
    if settings.sqlite_file is None:
        yield ok("lock", "PostgreSQL takes many servers; there is no lock.")
    elif sqlite_file.is_served(settings.sqlite_file):
        yield ok("lock", "A server is running on this database.")
    else:
        yield ok("lock", "No server is running on this database.")


def demo(settings: Settings) -> Iterator[Check]:
    """Whether a demo was cut off while it was made."""
    if (settings.instance / "demo-unfinished").exists():
        yield warning("demo", "The demo was cut off while it was being made.", "The next start makes it again.")
    else:
        yield ok("demo", "No half-made demo is here.")


def file(settings: Settings) -> Iterator[Check]:
    """The SQLite file: place, header, every page, every foreign key, journal mode."""
    place = settings.sqlite_file
    if place is None:
        return
    if not place.exists():
        yield wrong("file", f"The database {place.name} is not there.", sqlite_file.way_back(settings), stops=True)
        return
    if kind := sqlite_file.network_file_system(place.resolve().parent):
        yield wrong(
            "file",
            f"It is on a network file system ({kind}), where SQLite loses writes.",
            "Use a disk of this machine.",
        )
    if found := sqlite_file.damage(place, whole=True):
        said = f"The database {place.name} is damaged: {'; '.join(found)}."
        yield wrong("file", said, sqlite_file.way_back(settings), stops=True)
        return
    yield ok("file", f"{place.name}: {place.stat().st_size // 1024:,} KiB, every page and index holds.")
    yield _orphans(place)
    yield _journal(place)


def _orphans(place: Path) -> Check:
    connection = sqlite_file.opened_to_read(place)
    try:
        lost = connection.execute("PRAGMA foreign_key_check").fetchmany(1000)
    finally:
        connection.close()
    if not lost:
        return ok("foreign keys", "Every row points to rows that are there.")
    tables = ", ".join(sorted({str(row[0]) for row in lost}))
    return wrong("foreign keys", f"{len(lost)} rows point to rows that are gone ({tables}).", _TORN)


def _journal(place: Path) -> Check:
    journal, synchronous = sqlite_mode()
    said = f"SQLite {sqlite3.sqlite_version}, journal {journal}, synchronous {synchronous} ({why_mode()})."
    if sqlite_file.is_wal(place) != (journal == "wal"):
        return warning("journal mode", "Another program changed the journal mode.", "The next start sets it back.")
    return ok("journal mode", said)


def time_service() -> Iterator[Check]:
    """Whether this machine's clock is set by a time service."""
    if not _SERVICES.exists():
        yield ok("time service", "This machine does not say whether its clock is set by NTP; see that it is.")
    elif _SYNCHRONISED.exists():
        yield ok("time service", "The clock is set by the time service.")
    else:
        yield warning(
            "time service",
            "systemd's time service has not set the clock.",
            "Set up NTP, or see that another service does it.",
        )


def log() -> Iterator[Check]:
    """Where the log goes."""
    yield ok("log", "It is JSON lines on standard error of the server; whatever starts the server keeps it.")
