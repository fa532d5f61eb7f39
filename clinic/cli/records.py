"""The record out and in: archives, and tables of a spreadsheet."""

from __future__ import annotations

import csv
import os
import shutil
import sys
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from clinic import database, verification
from clinic.cli.group import bar, clinic, settings, work
from clinic.domain.actors import Actor
from clinic.domain.csv_cells import cell
from clinic.domain.csv_imports import Asked, DayOrder, Kind, Report, file_name, problem_rows
from clinic.domain.errors import DomainError
from clinic.domain.events import Action, Event
from clinic.extensions import keep_readers
from clinic.models import Clinic, Patient
from clinic.queries import accounts as accounts_query
from clinic.services import accounts
from clinic.unit_of_work import UnitOfWork

_PROBLEMS_SHOWN = 100


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
    with work().reading(actor) as uow:
        if uow.session.get(Clinic, clinic_id) is None:
            raise click.ClickException(f"There is no clinic {clinic_id}. Nothing was written.")
        patient_id = _patient_id(uow, patient)
        one = runs.Run(uow.new_id(), clinic_id, patient_id, actor.name, "command line", uow.now)
    root = settings().instance / "exports"
    runs.begin(root, one)
    try:
        with bar("Writing") as told:
            done = runs.carry_out(work(), root, one, lambda run: told(run.done, run.total))
        if done.status is not runs.Status.DONE:
            raise click.ClickException(f"{done.problem or done.status.value} Nothing was written to {target}.")
        _moved(runs.file_of(root, clinic_id, one.id), target)
    finally:
        runs.delete(root, one)
    new = {"manifest_sha256": done.manifest_sha256, "rows": done.total}
    work().append(actor, [Event(Action.RECORD_EXPORTED, f"export:{one.id}", patient_id, new=new)])
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
        with opening.opened(file, work().key) as archive:
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

    with work().engine.connect() as connection:
        schema = database.current_revision(connection) or ""
    try:
        with (
            opening.opened(file, work().key) as archive,
            bar("Reading") as told,
            work().writing(accounts.SYSTEM, scoped=False) as uow,
        ):
            clinic_id = importing.import_clinic(uow, archive, schema, lambda far: told(far.done, far.total))
            sealed_here = archive.sealed_here
    except opening.Refused as error:
        raise click.ClickException(f"{error} Nothing was imported.") from error
    click.echo(f"Clinic {clinic_id}: {archive.manifest['clinic']}")
    if not sealed_here:
        click.echo(_UNSEALED)
    click.echo("Who had an account here already can sign in with the password of it. Nobody else can yet:")
    click.echo(f"`flask --app wsgi clinic new-password --clinic-id {clinic_id} NAME` gives a one-time code for one.")
    _compare(clinic_id)


def _compare(clinic_id: int) -> None:
    """Compare what was signed with its rows: a seal that was made anew proves nothing of what came in."""
    problems = verification.of_clinic(work(), clinic_id)
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
            with bar("Checking") as told, work().reading(actor) as uow:
                report = csv_imports.check_file(uow, table, asked, lambda _, done, total: told(done, total)).report
                csv_imports.note_check(uow, "command line", report)
            _tell(report, problems)
            if not report.is_ready:
                sys.exit(1 if report.problem_count else 0)
            if not yes and not click.confirm("Import all of it?"):
                raise click.ClickException("Nothing was imported.")
            with bar("Importing") as told, work().writing(actor) as uow:
                keep_readers(uow.session.connection())
                csv_imports.import_file(uow, table, asked, report.sha256, lambda _, done, total: told(done, total))
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo("Imported.")


def _member(clinic_id: int, username: str) -> Actor:
    with work().reading(accounts.SYSTEM, scoped=False) as uow:
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
