"""``flask clinic …``: set-up, the demonstration and verification from the command line."""

from __future__ import annotations

import csv
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import func, select

from clinic import database, passwords, verification
from clinic.config import SettingError, Settings
from clinic.domain.actors import Actor, Role
from clinic.domain.csv_cells import cell
from clinic.domain.csv_imports import Asked, DayOrder, Kind, Report, file_name, problem_rows
from clinic.domain.errors import DomainError, Invalid
from clinic.domain.events import Action, Event
from clinic.extensions import keep_readers
from clinic.models import Clinic, Patient, User
from clinic.queries import accounts as accounts_query
from clinic.services import accounts, clinics
from clinic.unit_of_work import UnitOfWork, Work

clinic = AppGroup("clinic", help="Set up and check the clinic record.")
_REASON_MINIMUM = 10
_PROBLEMS_SHOWN = 100


def _work() -> Work:
    return cast(Work, current_app.extensions["clinic_work"])


def _settings() -> Settings:
    return cast(Settings, current_app.extensions["clinic_settings"])


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
        with _work().writing(accounts.SYSTEM, scoped=False) as uow:
            clinic_id = clinics.create_clinic(uow, name=name.strip(), time_zone=time_zone)
        with _work().writing(accounts.system_actor(clinic_id)) as uow:
            accounts.create_user(
                uow, username=administrator, name=administrator, role=Role.ADMINISTRATOR, password_hash=hashed
            )
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"Clinic {clinic_id}: {name}")
    click.echo(f"Administrator {administrator}, one-time password: {password}")


def _refuse_known_user(username: str) -> None:
    with _work().reading(accounts.SYSTEM, scoped=False) as uow:
        known = uow.session.scalar(select(User.id).where(User.username == username.strip().casefold()))
    if known is not None:
        raise Invalid({"administrator": f"The user name {username.strip()} is or was somebody's. Nothing was made."})


def _refuse_known_name(name: str) -> None:
    with _work().reading(accounts.SYSTEM, scoped=False) as uow:
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
        with _work().writing(accounts.system_actor(clinic_id)) as uow:
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
        click.echo(making.accounts_table(making.made(app, _settings())))
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
        with database.one_server(_settings()):
            aside, table = renewal.renewed(app, _settings())
    except SettingError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"The demo before is kept in {aside}." if aside else "There was no demo before.")
    click.echo(table)


@clinic.command("verify")
@click.option("--accept-restored", metavar="REASON", help="Anchor anew after a backup was restored on purpose.")
@with_appcontext
def verify(accept_restored: str | None) -> None:
    """Check signatures, documents, audit chains, ledgers and triggers; give 1 when anything is not as written."""
    folder = anchors_folder(_settings())
    if accept_restored is not None:
        if len(accept_restored.strip()) < _REASON_MINIMUM:
            raise click.ClickException(f"Say why in at least {_REASON_MINIMUM} characters. Nothing was changed.")
        verification.accept_restored(_work(), folder, accept_restored.strip())
    report = verification.verify(_work(), folder)
    for problem in report.problems:
        click.echo(f"PROBLEM  {problem}")
    click.echo("Checked: " + ", ".join(f"{name} {count}" for name, count in report.counts.items()) + ".")
    if report.problems:
        click.echo(
            f"{len(report.problems)} problems. Stop charting, keep the database file as it is, and restore a backup."
        )
        sys.exit(1)
    click.echo("No problem found.")


@clinic.command("export")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--clinic-id", type=int, default=1, show_default=True)
@click.option(
    "--patient", metavar="NUMBER", default="", help="Record number of one patient, instead of the whole clinic."
)
@with_appcontext
def export(target: Path, clinic_id: int, patient: str) -> None:
    """Write the whole record of a clinic, or of one patient, to a ZIP file. A run that was cut off is begun anew."""
    from clinic.archives import runs  # Needed by few commands.

    _refuse_target(target)
    actor = accounts.system_actor(clinic_id)
    with _work().reading(actor) as uow:
        if uow.session.get(Clinic, clinic_id) is None:
            raise click.ClickException(f"There is no clinic {clinic_id}. Nothing was written.")
        patient_id = _patient_id(uow, patient)
        one = runs.Run(uow.new_id(), clinic_id, patient_id, actor.name, "command line", uow.now)
    root = _settings().instance / "exports"
    runs.begin(root, one)
    try:
        with _bar("Writing") as told:
            done = runs.carry_out(_work(), root, one, lambda run: told(run.done, run.total))
        if done.status is not runs.Status.DONE:
            raise click.ClickException(f"{done.problem or done.status.value} Nothing was written to {target}.")
        _moved(runs.file_of(root, clinic_id, one.id), target)
    finally:
        runs.delete(root, one)
    new = {"manifest_sha256": done.manifest_sha256, "rows": done.total}
    _work().append(actor, [Event(Action.RECORD_EXPORTED, f"export:{one.id}", patient_id, new=new)])
    click.echo(f"{target}: {done.total} rows. SHA-256 of its manifest: {done.manifest_sha256}")


def _moved(file: Path, target: Path) -> None:
    try:
        shutil.move(file, target)
    except OSError as error:
        target.unlink(missing_ok=True)  # Half a copy of it, on another disk.
        raise click.ClickException(f"It could not be moved to {target}: {error.strerror}.") from error


def _refuse_target(target: Path) -> None:
    """Ask before hours of work what would make them useless."""
    if target.exists():
        raise click.ClickException(f"{target} is there already. Nothing was written.")
    if not os.access(target.absolute().parent, os.W_OK):
        raise click.ClickException(f"Nothing can be written to {target.absolute().parent}. Nothing was written.")


def _patient_id(uow: UnitOfWork, number: str) -> str | None:
    if not number:
        return None
    found = uow.session.scalar(select(Patient.id).where(Patient.record_number == number))
    if found is None:
        raise click.ClickException(f"No patient has the record number {number}.")
    return found


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; silent elsewhere."""
    with click.progressbar(length=1, label=label, hidden=not sys.stderr.isatty(), file=sys.stderr) as bar:

        def told(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield told


_UNSEALED = (
    "Not sealed by this installation. That it is unaltered, only the clinic that made it can say:"
    " its audit trail has the SHA-256 of the manifest."
)


@clinic.command("check-archive")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@with_appcontext
def check_archive(file: Path) -> None:
    """Say whether an archive is what its manifest says; give 1 when anything was altered."""
    from clinic.archives import opening  # Needed by few commands.

    try:
        with opening.opened(file, _work().key) as archive:
            rows = sum(said["rows"] for said in archive.manifest["tables"].values())
            click.echo(f"{archive.manifest['clinic']}, made {archive.manifest['made_at']}: {rows} rows.")
            click.echo("Every file is what the manifest says.")
            click.echo(f"SHA-256 of its manifest: {archive.manifest_sha256}")
            click.echo("Sealed by this installation: unaltered." if archive.sealed_here else _UNSEALED)
    except opening.Refused as error:
        raise click.ClickException(str(error)) from error


@clinic.command("import-archive")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@with_appcontext
def import_archive(file: Path) -> None:
    """Make a new clinic of an archive: all of it or nothing. Nobody can save anything on SQLite until it has ended."""
    from clinic.archives import importing, opening  # Needed by few commands.

    with _work().engine.connect() as connection:
        schema = database.current_revision(connection) or ""
    try:
        with (
            opening.opened(file, _work().key) as archive,
            _bar("Reading") as told,
            _work().writing(accounts.SYSTEM, scoped=False) as uow,
        ):
            clinic_id = importing.import_clinic(uow, archive, schema, lambda far: told(far.done, far.total))
            sealed_here = archive.sealed_here
    except opening.Refused as error:
        raise click.ClickException(f"{error} Nothing was imported.") from error
    click.echo(f"Clinic {clinic_id}: {archive.manifest['clinic']}")
    if not sealed_here:
        click.echo(_UNSEALED)
    click.echo("Who had an account here already can sign in with the password of it. Nobody else can yet:")
    click.echo(f"`flask --app wsgi clinic new-password --clinic-id {clinic_id} NAME` gives a one-time password.")
    _compare(clinic_id)


def _compare(clinic_id: int) -> None:
    """Compare what was signed with its rows: a seal that was made anew proves nothing of what came in."""
    problems = verification.of_clinic(_work(), clinic_id)
    for problem in problems:
        click.echo(f"PROBLEM  {problem}")
    if problems:
        click.echo(f"{len(problems)} problems came with it. Do not chart in this clinic before they are explained.")
        sys.exit(1)
    click.echo("What was signed was compared with its rows: no problem found.")


@clinic.command("import-csv")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--kind", type=click.Choice([one.value for one in Kind]), required=True, help="What the file holds.")
@click.option("--as", "username", required=True, help="The prescriber in whose name it is entered.")
@click.option(
    "--days",
    type=click.Choice([one.value for one in DayOrder]),
    default=DayOrder.YEAR_FIRST.value,
    show_default=True,
    help="What stands first in its days.",
)
@click.option("--clinic-id", type=int, default=1, show_default=True)
@click.option(
    "--problems", type=click.Path(path_type=Path, dir_okay=False), help="Write the problems to this CSV file."
)
@click.option("--yes", is_flag=True, help="Import without asking when there is no problem.")
@with_appcontext
def import_csv(
    file: Path, kind: str, username: str, days: str, clinic_id: int, problems: Path | None, yes: bool
) -> None:
    """Check a table of patients or past sessions, and import all of it once it has no problem; else give 1."""
    from clinic.services import csv_imports  # Needed by few commands.

    asked = Asked(Kind(kind), file_name(file.name), DayOrder(days))
    actor = _member(clinic_id, username)
    try:
        with file.open("rb") as table:
            with _bar("Checking") as told, _work().reading(actor) as uow:
                report = csv_imports.check_file(uow, table, asked, lambda _, done, total: told(done, total)).report
                csv_imports.note_check(uow, "command line", report)
            _tell(report, problems)
            if not report.is_ready:
                sys.exit(1 if report.problem_count else 0)
            if not yes and not click.confirm("Import all of it?"):
                raise click.ClickException("Nothing was imported.")
            with _bar("Importing") as told, _work().writing(actor) as uow:
                keep_readers(uow.session.connection())
                csv_imports.import_file(uow, table, asked, report.sha256, lambda _, done, total: told(done, total))
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo("Imported.")


def _member(clinic_id: int, username: str) -> Actor:
    with _work().reading(accounts.SYSTEM, scoped=False) as uow:
        found = accounts_query.credentials(uow, username.strip().casefold())
    actors = () if found is None or found.disabled else found.actors
    actor = next((one for one in actors if one.clinic_id == clinic_id), None)
    if actor is None:
        raise click.ClickException(f"Clinic {clinic_id} has no {username}.")
    return actor


def _tell(report: Report, problems: Path | None) -> None:
    click.echo(f"Read as {report.encoding}, {report.delimiter} between the cells. SHA-256: {report.sha256}")
    for label, value in report.summary:
        click.echo(f"{label}: {value}")
    for notice in report.notices:
        click.echo(f"NOTE     {notice}")
    for one in report.problems[:_PROBLEMS_SHOWN]:
        where = f"line {one.line}, {one.column or 'whole line'}, {one.found or 'nothing'}"
        click.echo(f"PROBLEM  {where}: {one.reason} {one.remedy}")
    if report.problem_count:
        click.echo(f"{report.problems_text}. Nothing was imported.")
    if problems is not None:
        rows = [[cell(text) for text in row] for row in problem_rows(report.problems)]
        with problems.open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out).writerows(rows)


@clinic.command("new-password")
@click.argument("username")
@click.option("--clinic-id", type=int, default=1, show_default=True)
@with_appcontext
def new_password(username: str, clinic_id: int) -> None:
    """Give a person a one-time password."""
    password = passwords.generated()
    hashed = passwords.hashed(password)
    with _work().reading(accounts.SYSTEM, scoped=False) as uow:
        user_id = uow.session.scalar(select(User.id).where(User.username == username.strip().casefold()))
    try:
        with _work().writing(accounts.system_actor(clinic_id)) as uow:
            accounts.set_password(uow, user_id or "", hashed, must_change=True)
    except DomainError as error:
        raise click.ClickException(f"Clinic {clinic_id} has no {username}. {error.message}") from error
    click.echo(f"{username}, one-time password: {password}")


def anchors_folder(settings: Settings) -> Path:
    """Where the ends of the audit chains are written, outside the database."""
    return settings.instance / "anchors"
