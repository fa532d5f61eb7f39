"""Whether this server can take requests, and whether somebody should look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from clinic import database
from clinic.config import SettingError, Settings
from clinic.health import backups, room, trail
from clinic.health.report import Check, Report, ok, wrong
from clinic.models import IdempotencyKey, triggers
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Unavailable, UnitOfWork, Work

_UNREADABLE = (
    Unavailable,
    SQLAlchemyError,
    SettingError,
    RuntimeError,
    OSError,
    ValueError,
    ArithmeticError,
    MemoryError,
)
"""Gone, locked, full or damaged: a day that is none, a number that no column takes."""
_PREPARE = "Run `python -m clinic.start --only-prepare`, then start again."


def look(work: Work, settings: Settings) -> Report:
    """Look at everything once; what cannot be looked at is wrong."""
    folder = settings.sqlite_file.parent if settings.sqlite_file else settings.instance
    checks = [room.check(folder, settings.low_disk_mebibytes), *_of_database(work, settings.instance / "anchors")]
    return Report(tuple(checks))


def _of_database(work: Work, anchors: Path) -> Iterator[Check]:
    try:
        with work.reading(SYSTEM, scoped=False) as uow:
            yield ok("database", "The database answers.")
            yield schema(uow)
            yield from trail.check(uow, anchors, work.clock())
            yield backups.check(uow, work.clock())
        yield _writable(work)
    except _UNREADABLE as error:
        yield wrong(
            "database",
            f"The database cannot be reached or read ({type(error).__name__}).",
            "Run `flask --app wsgi clinic doctor` on the server.",
            stops=True,
        )


def schema(uow: UnitOfWork) -> Check:
    """Whether schema and triggers are this program's."""
    connection = uow.session.connection()
    found = database.current_revision(connection)
    if found != database.newest_revision():
        said = f"The schema is {found or 'missing'}, and this program needs {database.newest_revision()}."
        return wrong("schema", said, _PREPARE, stops=True)
    missing = triggers.expected_names() - triggers.installed_names(connection)
    if missing:
        said = f"The database has lost {len(missing)} safety triggers ({min(missing)} …)."
        return wrong("schema", said, "Stop charting and restore a backup (docs/deploy.md, Restore).", stops=True)
    return ok("schema", f"The schema is {found}, with all its triggers.")


class _Enough(Exception):
    """What was to be tried was tried; it is taken back."""


def _writable(work: Work) -> Check:
    """Write a row that is no part of the record, and take it back."""
    with suppress(_Enough), work.housekeeping() as session:
        row = IdempotencyKey(
            user_id=SYSTEM.user_id, key=work.new_id(), body_hash="", answer="", created_at=work.clock()
        )
        session.add(row)
        session.flush()
        raise _Enough
    return ok("writing", "The database takes writes.")
