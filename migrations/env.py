"""Alembic's environment: one transaction, foreign keys off on SQLite while tables are rebuilt, triggers put back."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import Connection, Engine, create_engine, inspect, make_url, text
from sqlalchemy.pool import NullPool

from clinic.models import Base, planner, privileges, row_security, triggers
from clinic.models.types import Hundredths, UTCDateTime

config = context.config

LOCK_SECONDS = 10
"""Shorter than a person waits for a save to go through (D-16)."""
MIGRATING = 20_261_123
"""The number of the advisory lock that whoever migrates holds."""


def run() -> None:
    """Upgrade or downgrade on a connection of the application's engine."""
    own = current_app.extensions["migrate"].db.engine
    engine = _of_owner(own)
    options = {"clinic_mode": "writing", row_security.SCOPE: row_security.EVERY_CLINIC}
    with engine.execution_options(**options).connect() as connection:
        _foreign_keys(connection, on=False)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            transactional_ddl=True,
            transaction_per_migration=False,
            compare_type=True,
            render_item=_plain_type,
        )
        with context.begin_transaction():
            _one_at_a_time(connection)
            context.run_migrations()
            if _has_tables(connection):
                triggers.install(connection)
                row_security.install(connection)
                planner.install(connection)
                if engine is not own:
                    privileges.give(connection, own.url.username or "")
                _check_foreign_keys(connection)
        _foreign_keys(connection, on=True)
    if engine is not own:
        engine.dispose()


def _of_owner(own: Engine) -> Engine:
    """The engine of the role that owns the tables, where the one that serves is another."""
    address = current_app.extensions["clinic_settings"].owner_database_url
    if not address or make_url(address).username == own.url.username:
        return own
    from clinic import extensions  # Needed with a second role only.

    engine = create_engine(address, poolclass=NullPool)
    extensions.prepare(engine)
    return engine


def _one_at_a_time(connection: Connection) -> None:
    """On PostgreSQL let one server migrate, and never wait long for a lock: whoever charts would wait behind it."""
    if connection.dialect.name == "postgresql":
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(text(f"SET LOCAL {limit} = 0"))
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATING})"))


def _plain_type(kind: str, value: object, _context: object) -> str | bool:
    # A migration must not change when our column types do: write the plain type that they store.
    if kind == "type" and isinstance(value, Hundredths):
        return "sa.Integer()"
    if kind == "type" and isinstance(value, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    if connection.dialect.name == "sqlite":
        # The pragma is ignored inside a transaction, so it is set on the driver's own connection.
        connection.connection.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")  # type: ignore[attr-defined]


def _has_tables(connection: Connection) -> bool:
    """Whether there is every table that has triggers: an older schema on the way is not served, and has them not all."""
    return {*triggers.APPEND_ONLY, *triggers.FROZEN_WITH_VISIT} <= set(inspect(connection).get_table_names())


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first():
        raise RuntimeError("The migration would leave a row without its parent; nothing was changed.")


run()
