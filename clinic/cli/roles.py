"""``flask clinic grants``: what the role that serves may do in PostgreSQL."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from clinic.cli.group import clinic, settings
from clinic.models import privileges


@clinic.command("grants")
@click.argument("role")
@click.option("--apply", is_flag=True, help="Give the rights with the role of CLINIC_OWNER_DATABASE_URL.")
@with_appcontext
def grants(role: str, apply: bool) -> None:
    """Print the SQL that gives ROLE what serving needs and nothing else; a migration gives it by itself."""
    try:
        statements = privileges.statements(role)
    except privileges.RoleRefused as error:
        raise click.ClickException(str(error)) from error
    if not apply:
        click.echo(f'-- CREATE ROLE "{role}" LOGIN;\n' + "\n".join(f"{one};" for one in statements))
        return
    address = settings().owner_database_url
    if not address:
        raise click.ClickException("Set CLINIC_OWNER_DATABASE_URL to the address with the role that owns the tables.")
    _give(address, role)
    click.echo(f"{role} may serve the record now, and change no table.")


def _give(address: str, role: str) -> None:
    from sqlalchemy import create_engine  # Needed here only.
    from sqlalchemy.exc import DatabaseError

    engine = create_engine(address)
    try:
        with engine.begin() as connection:
            privileges.give(connection, role)
    except DatabaseError as error:
        reason = " ".join(str(error.orig).split())
        raise click.ClickException(f"The rights were not given: {reason}") from error
    finally:
        engine.dispose()
