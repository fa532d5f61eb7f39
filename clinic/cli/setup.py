"""Set-up, people, the demonstration and verification."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select

from clinic import database, passwords, verification
from clinic.cli.group import clinic, settings, work
from clinic.config import SettingError, Settings
from clinic.domain.actors import Role
from clinic.domain.errors import DomainError, Invalid
from clinic.models import Clinic, User
from clinic.services import accounts, clinics

_REASON_MINIMUM = 10


@clinic.command("init")
@click.option("--name", prompt="Name of the clinic")
@click.option("--time-zone", prompt="Time zone (such as Europe/Berlin)")
@click.option("--administrator", prompt="User name of the administrator")
@with_appcontext
def init(name: str, time_zone: str, administrator: str) -> None:
    """Create a clinic (several are possible) with one administrator, whose one-time password must be changed."""
    password = passwords.generated()
    hashed = passwords.hashed(password)
    try:
        _refuse_known_name(name)
        _refuse_known_user(administrator)
        with work().writing(accounts.SYSTEM, scoped=False) as uow:
            clinic_id = clinics.create_clinic(uow, name=name.strip(), time_zone=time_zone)
        with work().writing(accounts.system_actor(clinic_id)) as uow:
            accounts.create_user(
                uow, username=administrator, name=administrator, role=Role.ADMINISTRATOR, password_hash=hashed
            )
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"Clinic {clinic_id}: {name}")
    click.echo(f"Administrator {administrator}, one-time password: {password}")


def _refuse_known_user(username: str) -> None:
    with work().reading(accounts.SYSTEM, scoped=False) as uow:
        known = uow.session.scalar(select(User.id).where(User.username == username.strip().casefold()))
    if known is not None:
        raise Invalid({"administrator": f"The user name {username.strip()} is or was somebody's. Nothing was made."})


def _refuse_known_name(name: str) -> None:
    with work().reading(accounts.SYSTEM, scoped=False) as uow:
        same = select(Clinic.id).where(func.lower(Clinic.name) == name.strip().lower())
        known = uow.session.scalars(same).first()
    if known is not None:
        raise click.ClickException(f"Clinic {known} has this name already. Nothing was made; choose another name.")


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
        with work().writing(accounts.system_actor(clinic_id)) as uow:
            accounts.create_user(uow, username=username, name=name, role=Role(role), password_hash=hashed)
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"{username} ({role}), one-time password: {password}")


@clinic.command("demo")
@click.option("--reset-passwords", is_flag=True, help="Give the demo people new passwords and print them.")
@with_appcontext
def demo(reset_passwords: bool) -> None:
    """Make the demo clinics in an empty database, or give their people new passwords."""
    from clinic import demo as making  # The demo is large and needed once.

    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way
    if database.is_empty():
        click.echo(making.accounts_table(making.made(app, settings())))
    elif not making.holds_only_demo(app):
        raise click.ClickException("This installation holds a real clinic or a real patient. Nothing was changed.")
    elif not reset_passwords:
        raise click.ClickException("The demo is here already. `--reset-passwords` gives its people new passwords.")
    else:
        click.echo(making.accounts_table(making.reset_passwords(app)))


@clinic.command("demo-reset")
@with_appcontext
def demo_reset() -> None:
    """Put the demo database aside into the backups and make a fresh one; refuse where a real patient is."""
    from clinic.demo import renewal  # The demo is large and needed once.

    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way
    try:
        with database.one_server(settings()):
            aside, table = renewal.renewed(app, settings())
    except SettingError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"The demo before is kept in {aside}." if aside else "There was no demo before.")
    click.echo(table)


@clinic.command("verify")
@click.option("--accept-restored", metavar="REASON", help="Anchor anew after a backup was restored on purpose.")
@with_appcontext
def verify(accept_restored: str | None) -> None:
    """Check signatures, documents, audit chains, ledgers and triggers; give 1 when anything is not as written."""
    folder = anchors_folder(settings())
    if accept_restored is not None:
        if len(accept_restored.strip()) < _REASON_MINIMUM:
            raise click.ClickException(f"Say why in at least {_REASON_MINIMUM} characters. Nothing was changed.")
        verification.accept_restored(work(), folder, accept_restored.strip())
    report = verification.verify(work(), folder)
    for problem in report.problems:
        click.echo(f"PROBLEM  {problem}")
    click.echo("Checked: " + ", ".join(f"{name} {count}" for name, count in report.counts.items()) + ".")
    if report.problems:
        click.echo(
            f"{len(report.problems)} problems. Stop charting, keep the database file as it is, and restore a backup."
        )
        sys.exit(1)
    click.echo("No problem found.")


@clinic.command("new-password")
@click.argument("username")
@click.option("--clinic-id", type=int, default=1, show_default=True)
@with_appcontext
def new_password(username: str, clinic_id: int) -> None:
    """Give a person a one-time password."""
    password = passwords.generated()
    hashed = passwords.hashed(password)
    with work().reading(accounts.SYSTEM, scoped=False) as uow:
        user_id = uow.session.scalar(select(User.id).where(User.username == username.strip().casefold()))
    try:
        with work().writing(accounts.system_actor(clinic_id)) as uow:
            accounts.set_password(uow, user_id or "", hashed, must_change=True)
    except DomainError as error:
        raise click.ClickException(f"Clinic {clinic_id} has no {username}. {error.message}") from error
    click.echo(f"{username}, one-time password: {password}")


def anchors_folder(settings: Settings) -> Path:
    """Where the ends of the audit chains are written, outside the database."""
    return settings.instance / "anchors"
