"""The way back for an only administrator whose second factor is lost."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from clinic.cli.group import clinic, work
from clinic.domain.errors import DomainError
from clinic.domain.sign_in import CodeKind
from clinic.models import User
from clinic.services import accounts, one_time_codes


@clinic.command("reset-second-factor")
@click.argument("username")
@click.option("--clinic-id", type=int, default=1, show_default=True)
@with_appcontext
def reset_second_factor(username: str, clinic_id: int) -> None:
    """Print a code (10 minutes, once) with which a person signs in after the password and sets up a new second factor."""
    code = one_time_codes.new_code()
    with work().reading(accounts.SYSTEM, scoped=False) as uow:
        user_id = uow.session.scalar(select(User.id).where(User.username == username.strip().casefold()))
    try:
        with work().writing(accounts.system_actor(clinic_id)) as uow:
            one_time_codes.issue(uow, user_id or "", CodeKind.SECOND_FACTOR, code)
    except DomainError as error:
        raise click.ClickException(f"Clinic {clinic_id} has no {username}. {error.message}") from error
    click.echo(f"{username.strip().casefold()}, code for a lost second factor: {code}")
    click.echo("The old second factors stop working when it is used.")
