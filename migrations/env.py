"""Alembic's environment: one transaction, foreign keys off on SQLite while tables are rebuilt, triggers put back."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

from clinic.models import Base, triggers
from clinic.models.types import Hundredths, UTCDateTime

config = context.config


def run() -> None:
    """Upgrade or downgrade on a connection of the application's engine."""
    engine = current_app.extensions["migrate"].db.engine.execution_options(clinic_mode="writing")
    with engine.connect() as connection:
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
            context.run_migrations()
            if _has_tables(connection):
                triggers.install(connection)
                _check_foreign_keys(connection)
        _foreign_keys(connection, on=True)


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
    return connection.dialect.has_table(connection, "visit")


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first():
        raise RuntimeError("The migration would leave a row without its parent; nothing was changed.")


run()
