"""A scratch database on PostgreSQL for the drill, which is always removed again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url

from clinic.backups import postgresql_tools
from clinic.backups.sealing import BackupRefused
from clinic.config import Settings

if TYPE_CHECKING:
    from psycopg import Connection

_MARK = "_drill_"
_NAME_LIMIT = 63


@contextmanager
def scratch(settings: Settings, given: str) -> Iterator[str]:
    """Give the address of an empty database: the given one, or one made beside the clinic's. Raises BackupRefused."""
    import psycopg  # Needed on PostgreSQL only.

    if given:
        with _emptied(given) as url:
            yield url
        return
    address = make_url(settings.owner_database_url or settings.database_url)
    mark = f"{(address.database or 'clinic')[: _NAME_LIMIT - 30]}{_MARK}"
    name = f"{mark}{datetime.now(UTC):%Y%m%dt%H%M%S%f}"
    with postgresql_tools.connected(address.render_as_string(hide_password=False)) as connection:
        connection.autocommit = True
        _sweep(connection, mark)
        try:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
        except psycopg.errors.InsufficientPrivilege as error:
            raise BackupRefused(
                "The role of the database may not create one to try the backup in. Give it CREATEDB, or name an empty"
                " database with --scratch-url."
            ) from error
        try:
            yield address.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def _sweep(connection: Connection[Any], mark: str) -> None:
    """Remove what a drill that was cut off left."""
    query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
    for (left,) in connection.execute(query, (mark,)).fetchall():
        connection.execute(f'DROP DATABASE IF EXISTS "{left}" WITH (FORCE)'.encode())


@contextmanager
def _emptied(url: str) -> Iterator[str]:
    with postgresql_tools.connected(url) as connection:
        if postgresql_tools.has_tables(connection):
            raise BackupRefused("The database of --scratch-url is not empty. Nothing was put into it.")
    try:
        yield url
    finally:
        with postgresql_tools.connected(url) as connection:
            connection.execute(b"DROP SCHEMA public CASCADE")
            connection.execute(b"CREATE SCHEMA public")
