"""Set-up, people, the demonstration and verification."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select

from clinic import database, verification
from clinic.cli.group import clinic, settings, work
from clinic.config import SettingError, Settings
from clinic.domain.actors import Role
from clinic.domain.errors import DomainError, Invalid
from clinic.domain.sign_in import LASTS, CodeKind
from clinic.models import Clinic, User
from clinic.services import accounts, clinics, one_time_codes
from clinic.unit_of_work import UnitOfWork

_REASON_MINIMUM = 10


@clinic.command("init")
@click.option("--name", prompt="Name of the clinic")
@click.option("--time-zone", prompt="Time zone (such as Europe/Berlin)")
@click.option("--administrator", prompt="User name of the administrator")
@with_appcontext
def init(name: str, time_zone: str, administrator: str) -> None:
    """Create a clinic (several are possible) with one administrator, who is invited by a one-time code."""
    code = one_time_codes.new_code()
    try:
        _refuse_known_name(name)
        _refuse_known_user(administrator)
        with work().writing(accounts.SYSTEM, scoped=False) as uow:
            clinic_id = clinics.create_clinic(uow, name=name.strip(), time_zone=time_zone)
        with work().writing(accounts.system_actor(clinic_id)) as uow:
            _invite(uow, code, username=administrator, name=administrator, role=Role.ADMINISTRATOR)
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"Clinic {clinic_id}: {name}")
    click.echo(f"Administrator {administrator}, {_said(CodeKind.INVITATION, code)}")


def _invite(uow: UnitOfWork, code: str, *, username: str, name: str, role: Role) -> None:
    user_id = accounts.create_user(uow, username=username, name=name, role=role)
    one_time_codes.issue(uow, user_id, CodeKind.INVITATION, code)


def _said(kind: CodeKind, code: str) -> str:
    lasts = LASTS[kind]
    until = f"{lasts // timedelta(hours=1)} hours" if lasts >= timedelta(hours=1) else f"{lasts.seconds // 60} minutes"
    return f"one-time code: {code}\nIt is used once within {until}, at /code of this server, to choose a password."


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
    """Create a person, who is invited by a one-time code."""
    code = one_time_codes.new_code()
    try:
        with work().writing(accounts.system_actor(clinic_id)) as uow:
            _invite(uow, code, username=username, name=name, role=Role(role))
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"{username} ({role}), {_said(CodeKind.INVITATION, code)}")


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
    """Give a person a one-time code for a new password."""
    code = one_time_codes.new_code()
    with work().reading(accounts.SYSTEM, scoped=False) as uow:
        user_id = uow.session.scalar(select(User.id).where(User.username == username.strip().casefold()))
    try:
        with work().writing(accounts.system_actor(clinic_id)) as uow:
            one_time_codes.issue(uow, user_id or "", CodeKind.NEW_PASSWORD, code)
    except DomainError as error:
        raise click.ClickException(f"Clinic {clinic_id} has no {username}. {error.message}") from error
    click.echo(f"{username}, {_said(CodeKind.NEW_PASSWORD, code)}")


def anchors_folder(settings: Settings) -> Path:
    """Where the ends of the audit chains are written, outside the database."""
    return settings.instance / "anchors"
