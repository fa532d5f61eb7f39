"""``python -m clinic.start``: keys and migration on a new machine, a demo clinic the first time, then serve."""

from __future__ import annotations

import argparse
import errno
import os
import sys
import threading
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy.exc import DatabaseError

from clinic import config, create_app, database, memory, sqlite_file, stopping, verification
from clinic.archives import runs
from clinic.backups.migrating import migrate_with_backup
from clinic.cli.setup import anchors_folder
from clinic.config import SettingError, Settings
from clinic.extensions import db, sqlite_mode
from clinic.unit_of_work import Unavailable, Work
from clinic.web import csv_import_runs

_PORTS_TRIED = 10
_PORTS_END = 65536
_THREADS = 8
_LOOK_SECONDS = 2.0
"""After so long the new server looks after itself for the first time: the first pages come first."""
_CONNECTIONS = 1000
_BODY_BYTES = 17 * 1024 * 1024
"""More than any page takes (an import of 16 MiB); the server itself would keep 1 GiB on the disk before it asks (S-58)."""
_NOBODY_ELSE = 0o077
"""Whatever the program writes is its own user's alone."""


def main() -> int:
    """Prepare and serve; give 1 with one line of explanation when something stands in the way."""
    parser = argparse.ArgumentParser(prog="python -m clinic.start", description=__doc__)
    parser.add_argument("--only-prepare", action="store_true", help="make keys and schema, then stop")
    parser.add_argument("--without-backup", metavar="WHY", default="", help="migrate without a backup first; say why")
    arguments = parser.parse_args()
    os.umask(_NOBODY_ELSE)
    memory.keep_little()
    settings = None
    try:
        settings = config.settings()
        with database.one_server(prepared(settings)):
            put_half_made_demo_aside(settings)
            sqlite_file.refuse_unfit(settings)
            say_foreign_mode(settings)
            app = create_app(settings)
            first_time(app, settings, arguments.without_backup)
            anchor(app, settings)
            runs.sweep(settings.instance / "exports", datetime.now(UTC))
            csv_import_runs.sweep(settings.instance / "imports", datetime.now(UTC))
            if not arguments.only_prepare:
                serve(app, settings)
                print("Stopped.")
    except (SettingError, DatabaseError) as error:
        print(_one_line(error, settings), file=sys.stderr)
        return 1
    except Unavailable:
        print(
            "The database is busy, full or out of reach, so nothing was started. Try again in a moment.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("Stopped.")
    return 0


def _one_line(error: SettingError | DatabaseError, settings: Settings | None) -> str:
    if isinstance(error, SettingError) or settings is None:
        return str(error)
    if settings.sqlite_file is None:
        # The first line only: what follows may show a statement or a row.
        reason = next(iter(str(error.orig).splitlines()), "").rstrip(".")
        return (
            f"PostgreSQL did not do what was asked: {reason}. Nothing was changed. See that it runs, that"
            " CLINIC_DATABASE_URL leads to it, and that CLINIC_OWNER_DATABASE_URL names the role that owns the tables"
            " (docs/deploy.md, Several servers)."
        )
    reason = " ".join(str(error.orig).split())
    if reason == sqlite_file.LOCKED:
        return sqlite_file.in_use(settings.sqlite_file)
    return f"The database cannot be used: {reason}. It was not changed. {sqlite_file.way_back(settings)}"


def prepared(settings: Settings) -> Settings:
    """Make the instance folder, and the keys of a new installation. Raises SettingError when only the keys are gone."""
    try:
        settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(
            f"CLINIC_INSTANCE={settings.instance} is no folder to write to: {error.strerror}."
        ) from error
    has_keys = any((settings.instance / "keys").glob("*.key"))
    has_data = settings.sqlite_file is not None and settings.sqlite_file.exists()
    has_data = has_data or (settings.instance / "anchors").exists()
    if not has_keys and not has_data:
        config.create_keys(settings.instance)
    return settings


def say_foreign_mode(settings: Settings) -> None:
    """Say it when another program left the file in a journal mode that is not this program's; the first opening ends it."""
    file, (journal, _) = settings.sqlite_file, sqlite_mode()
    if file is not None and journal != "wal" and sqlite_file.is_wal(file):
        print(
            f"The database was in journal mode wal, left so by another program; it goes back to {journal}.", flush=True
        )


def put_half_made_demo_aside(settings: Settings) -> None:
    """Clear away a demo that was cut off while it was made: nobody has seen its passwords, and it may be torn."""
    from clinic import demo  # The demo is large and needed once.
    from clinic.demo import renewal

    if demo.mark(settings).exists() and settings.sqlite_file is not None:
        print("The demo was cut off while it was being made; it is put aside and made again.", flush=True)
        renewal.put_aside(settings)
        demo.mark(settings).unlink()


def first_time(app: Flask, settings: Settings, without_backup: str = "") -> None:
    """Migrate, check, and fill an empty database with the demo clinic."""
    migrate_with_backup(app, settings, without_backup=without_backup)
    if settings.sqlite_file is not None:
        os.chmod(settings.sqlite_file, 0o600)
    database.check_schema(app)
    with app.app_context():
        if settings.demo and database.is_empty():
            from clinic import demo  # The demo is large and needed once.

            print("Making the demo clinics (invented patients); this takes about half a minute …", flush=True)
            print(demo.accounts_table(demo.made(app, settings)), end="\n\n", flush=True)


def anchor(app: Flask, settings: Settings) -> None:
    """Write down where the audit chains end; say loudly when they ended later before."""
    work: Work = app.extensions["clinic_work"]
    problems = verification.anchor(work, anchors_folder(settings))
    for problem in problems:
        print(f"WARNING  {problem}", file=sys.stderr)
    if problems:
        print("WARNING  Run `flask --app wsgi clinic verify` before charting.", file=sys.stderr, flush=True)


def serve(app: Flask, settings: Settings) -> None:
    """Serve with waitress until SIGTERM or SIGINT; take the next free port when the wanted one is in use."""
    server, port = listening(app, settings)
    app.extensions["clinic_work"].reserve.keep()
    print(f"Database: {database.describe(app)}")

    def begun() -> None:
        print(f"Serving on http://{settings.host}:{port}  (Ctrl+C stops)", flush=True)
        look = threading.Timer(_LOOK_SECONDS, app.extensions["clinic_watch"].tell, [app.extensions["clinic_work"]])
        look.daemon = True
        look.start()

    if left := stopping.run(server, begun=begun):
        print(f"WARNING  {left} requests took longer than a stop waits and were not answered.", file=sys.stderr)
    with app.app_context():
        db.engine.dispose()


def listening(app: Flask, settings: Settings) -> tuple[Any, int]:
    """A server on the wanted port or one of the nine after it. Raises SettingError when it cannot listen on any."""
    import waitress  # Only the server needs it.

    from clinic import strict_requests

    strict_requests.read_strictly()
    for port in range(settings.port, min(settings.port + _PORTS_TRIED, _PORTS_END)):
        options = {
            "threads": _THREADS,
            "connection_limit": _CONNECTIONS,
            "max_request_body_size": _BODY_BYTES,
            "ident": None,
            # Otherwise the headers of the proxies that are trusted by number never reach the application.
            "clear_untrusted_proxy_headers": not settings.proxies,
        }
        try:
            return waitress.create_server(app, host=settings.host, port=port, **options), port
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                reason = error.strerror or str(error)
                raise SettingError(
                    f"Cannot serve on {settings.host}:{port}: {reason}. Set CLINIC_HOST or CLINIC_PORT."
                ) from error
    raise SettingError(f"No free port from {settings.port} on: set CLINIC_PORT.")


if __name__ == "__main__":
    sys.exit(main())
