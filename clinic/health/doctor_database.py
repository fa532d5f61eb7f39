"""What the doctor asks the database itself, over a connection that cannot write."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine, NullPool, create_engine

from clinic import extensions, sqlite_file
from clinic.config import Settings
from clinic.health.report import Check, ok, warning, wrong
from clinic.models import planner, row_security

_CONNECT_SECONDS = 5


def engine(settings: Settings) -> Engine:
    """An engine whose connections only read."""
    file = settings.sqlite_file
    if file is not None:
        return create_engine("sqlite://", creator=lambda: sqlite_file.opened_to_read(file), poolclass=NullPool)
    made = create_engine(settings.database_url, poolclass=NullPool, connect_args={"connect_timeout": _CONNECT_SECONDS})
    extensions.prepare(made)  # Without it row-level security shows no row at all.
    return made.execution_options(postgresql_readonly=True)


def reachable(engine: Engine) -> Iterator[Check]:
    """Whether the database answers, and its version."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            version = f"SQLite {connection.exec_driver_sql('SELECT sqlite_version()').scalar()}"
        else:
            version = f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar()}"
    yield ok("database", f"{version} answers.")


def rows(engine: Engine) -> Iterator[Check]:
    """On PostgreSQL: whether the program's role is held to one clinic's rows."""
    if engine.dialect.name != "postgresql":
        return
    with engine.connect() as connection:
        is_super, bypasses = connection.exec_driver_sql(
            "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).one()
        bare = row_security.missing(connection)
    if bare:
        yield wrong(
            "row security",
            f"{len(bare)} tables lack row-level security ({min(bare)} …).",
            "Run `python -m clinic.start --only-prepare`.",
        )
    elif is_super or bypasses:
        yield warning(
            "row security",
            "The program's role may see past row-level security.",
            "Serve with a role that is neither superuser nor BYPASSRLS (docs/deploy.md).",
        )
    else:
        yield ok("row security", "Every table is held to one clinic's rows.")


def plans(engine: Engine) -> Iterator[Check]:
    """On PostgreSQL: whether it has counted the tables, without which it plans every page for empty ones."""
    if engine.dialect.name != "postgresql":
        return
    with engine.connect() as connection:
        unknown = planner.uncounted(connection)
        counts = connection.exec_driver_sql("SHOW autovacuum").scalar() == "on"
    if unknown:
        yield warning(
            "plans",
            f"PostgreSQL has not counted {len(unknown)} tables ({unknown[0]} …); pages can take seconds.",
            "Run `ANALYZE` as the owner of the tables, as after every upgrade of the server.",
        )
    elif not counts:
        yield warning(
            "plans",
            "PostgreSQL does not count its tables by itself (autovacuum is off); pages grow slow with the clinic.",
            "Switch autovacuum on.",
        )
    else:
        yield ok("plans", "PostgreSQL knows how large its tables are.")
