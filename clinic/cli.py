"""``flask clinic …``: set-up and verification from the command line."""

from __future__ import annotations

from typing import cast

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from clinic import passwords
from clinic.domain.actors import Role
from clinic.domain.errors import DomainError
from clinic.queries import audit as audit_query
from clinic.services import accounts, clinics
from clinic.unit_of_work import Work

clinic = AppGroup("clinic", help="Set up and check the clinic record.")


def _work() -> Work:
    return cast(Work, current_app.extensions["clinic_work"])


@clinic.command("init")
@click.option("--name", prompt="Name of the clinic")
@click.option("--time-zone", prompt="Time zone (such as Europe/Berlin)")
@click.option("--administrator", prompt="User name of the administrator")
@with_appcontext
def init(name: str, time_zone: str, administrator: str) -> None:
    """Create a clinic with one administrator, whose one-time password must be changed."""
    password = passwords.generated()
    hashed = passwords.hashed(password)
    try:
        with _work().writing(accounts.SYSTEM, scoped=False) as uow:
            clinic_id = clinics.create_clinic(uow, name=name, time_zone=time_zone)
        with _work().writing(accounts.system_actor(clinic_id)) as uow:
            accounts.create_user(
                uow, username=administrator, name=administrator, role=Role.ADMINISTRATOR, password_hash=hashed
            )
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"Clinic {clinic_id}: {name}")
    click.echo(f"Administrator {administrator}, one-time password: {password}")


@clinic.command("create-user")
@click.option("--clinic-id", type=int, default=1, show_default=True)
@click.option("--username", prompt=True)
@click.option("--name", prompt=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), prompt=True)
@with_appcontext
def create_user(clinic_id: int, username: str, name: str, role: str) -> None:
    """Create a person with a one-time password."""
    password = passwords.generated()
    hashed = passwords.hashed(password)
    try:
        with _work().writing(accounts.system_actor(clinic_id)) as uow:
            accounts.create_user(uow, username=username, name=name, role=Role(role), password_hash=hashed)
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"{username} ({role}), one-time password: {password}")


@clinic.command("verify-audit")
@with_appcontext
def verify_audit() -> None:
    """Check every audit chain for an edit, a gap or a swap; ends with status 1 when one does not hold."""
    with _work().reading(accounts.SYSTEM, scoped=False) as uow:
        found = {chain: audit_query.chain_breaks(uow, chain) for chain in audit_query.chains(uow)}
    for chain, breaks in found.items():
        click.echo(f"Chain {chain}: {'whole' if not breaks else 'BROKEN'}")
        for line in breaks:
            click.echo(f"  {line}")
    if any(found.values()):
        raise click.ClickException("An audit chain does not hold. Keep this database and the last good backup as they are.")
