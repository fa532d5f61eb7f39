"""``pg_dump`` and ``pg_restore``: found, of a fitting version, run without a password on a command line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy import make_url

from clinic.backups.sealing import BackupRefused
from clinic.config import Settings

if TYPE_CHECKING:
    from psycopg import Connection

_EVERY_CLINIC = "-c clinic.id=all"
"""Row-level security hides the rows of every clinic but one; a backup is of all."""
_PLACE = "Put it on the PATH, or name its folder in CLINIC_PG_BIN."
_WORDS = 400
_SAID = re.compile(r"pg_(dump|restore): (error|fatal|hint)|.*FATAL:")
"""Its own lines; those of the server below them (DETAIL, CONTEXT, the statement) may quote a row of the record."""


def tool(settings: Settings, name: str) -> str:
    """The path of a program of PostgreSQL. Raises BackupRefused when it is not there."""
    found = shutil.which(name, path=settings.pg_bin or None)
    if found is None:
        where = f"in CLINIC_PG_BIN={settings.pg_bin}" if settings.pg_bin else "on the PATH"
        raise BackupRefused(f"{name} is not {where}: a backup of PostgreSQL needs it. {_PLACE}")
    return found


def require_fitting(settings: Settings, server: int) -> None:
    """Refuse programs that are missing, or older than the server of that version number (180002 is 18.2)."""
    for name in ("pg_dump", "pg_restore"):
        said = subprocess.run([tool(settings, name), "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
        number = re.search(r"(\d+)", said)
        if number is None or int(number[1]) < server // 10_000:
            raise BackupRefused(
                f"{name} is of version {number[1] if number else 'unknown'} and the server of {server // 10_000}:"
                f" an older one cannot read it. Install that of {server // 10_000}. {_PLACE}"
            )


def connected(url: str) -> Connection[Any]:
    """A connection of our own, which sees every clinic's rows. Raises BackupRefused when there is none."""
    import psycopg  # Needed on PostgreSQL only.

    plain = make_url(url).set(drivername="postgresql")
    try:
        return psycopg.connect(plain.render_as_string(hide_password=False), options=_EVERY_CLINIC)
    except psycopg.OperationalError as error:
        raise BackupRefused(f"PostgreSQL cannot be reached: {first_line(error)}.") from error


def server_version(connection: Connection[Any]) -> int:
    """As a number: 180002 is 18.2."""
    return connection.info.server_version


def has_tables(connection: Connection[Any]) -> bool:
    """Whether there is any table of ours or somebody else's."""
    system = "schemaname NOT IN ('pg_catalog', 'information_schema')"
    return connection.execute(f"SELECT 1 FROM pg_catalog.pg_tables WHERE {system}".encode()).fetchone() is not None  # noqa: S608


@contextmanager
def dumped(settings: Settings, url: str, snapshot: str) -> Iterator[IO[bytes]]:
    """Give the bytes of a dump of one exported snapshot. Raises BackupRefused when pg_dump fails."""
    options = ["--format=custom", "--compress=0", "--enable-row-security", f"--snapshot={snapshot}"]
    with _run(settings, "pg_dump", url, options, stdin=subprocess.DEVNULL) as running:
        assert running.stdout is not None  # noqa: S101 - it was asked for
        yield running.stdout


@contextmanager
def loading(settings: Settings, url: str) -> Iterator[IO[bytes]]:
    """Take the bytes of a dump into an empty database, all or nothing. Raises BackupRefused when pg_restore fails."""
    options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    with _run(settings, "pg_restore", url, options, stdin=subprocess.PIPE) as running:
        assert running.stdin is not None  # noqa: S101 - it was asked for
        yield running.stdin


@contextmanager
def listing(settings: Settings) -> Iterator[IO[bytes]]:
    """Take the bytes of a dump and read them to their end, into nothing. Raises BackupRefused when they are no dump."""
    with _run(settings, "pg_restore", "", [f"--file={os.devnull}"], stdin=subprocess.PIPE) as running:
        assert running.stdin is not None  # noqa: S101 - it was asked for
        yield running.stdin


@contextmanager
def _run(
    settings: Settings, name: str, url: str, options: list[str], *, stdin: int
) -> Iterator[subprocess.Popen[bytes]]:
    command, environment = [tool(settings, name), *options], dict(os.environ) | {"PGOPTIONS": _EVERY_CLINIC}
    if url:
        plain = make_url(url).set(drivername="postgresql")
        environment |= {"PGPASSWORD": str(plain.password)} if plain.password else {}
        # SQLAlchemy takes a password out in no other way.
        command.append(f"--dbname={plain._replace(password=None).render_as_string(hide_password=False)}")
    with tempfile.TemporaryFile() as said:  # Not a pipe: one that nobody reads stops the program when it is full.
        running = subprocess.Popen(command, env=environment, stdin=stdin, stdout=subprocess.PIPE, stderr=said)  # noqa: S603
        with running, _ended_with_us(running):
            yield running
        if running.returncode:
            said.seek(0)
            words = _without_rows(said.read().decode(errors="replace"))[:_WORDS]
            raise BackupRefused(f"{name} failed: {words or 'it gave no reason'}")


def first_line(error: Exception) -> str:
    """What a server or program says, without the lines below, which may quote a row of the record."""
    return next(iter(str(error).splitlines()), "").strip() or type(error).__name__


def _without_rows(said: str) -> str:
    return " ".join(line.strip() for line in said.splitlines() if _SAID.match(line))


@contextmanager
def _ended_with_us(running: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the program when we fail; let one that ended early say why itself."""
    try:
        yield
    except BrokenPipeError:
        pass
    except BaseException:
        running.kill()
        raise
    finally:
        with suppress(BrokenPipeError):
            if running.stdin is not None:
                running.stdin.close()
