"""The installation backed up, restored, and the restoring tried out, from the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from clinic import database
from clinic.cli.group import clinic, settings, work
from clinic.config import SettingError, Settings
from clinic.models.backup_runs import BACKUP, DRILL

_REASON_MINIMUM = 10
_MIB = 1024 * 1024
_FILE = click.Path(path_type=Path)


@clinic.command("backup")
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), help="Another folder than backups/.")
@click.option("--keep", type=click.IntRange(min=1), default=10, show_default=True, help="So many stay in that folder.")
@with_appcontext
def backup(folder: Path | None, keep: int) -> None:
    """Make an encrypted backup of database, documents and anchors while the program runs, and read it back."""
    from clinic.backups import files, making, migrating  # Encryption is slow to load, and needed by few commands.

    with _noted(BACKUP, "command") as run:
        made = making.make(settings(), folder or files.folder_of(settings().instance), keep)
        run.file, run.size, run.sha256 = made.file, made.size, made.sha256
    if made.new_key:
        click.echo(f"WARNING  {migrating.NEW_KEY}", err=True)
    click.echo(f"{made.file}: {made.size / _MIB:.1f} MiB, read back and verified. SHA-256: {made.sha256}")
    rows = sum(table.rows for table in made.manifest.tables.values())
    click.echo(f"{rows:,} rows in {len(made.manifest.tables)} tables of {made.manifest.clinics} clinics.")
    if made.removed:
        click.echo(f"{len(made.removed)} older than the newest {keep} went.")


@clinic.command("restore")
@click.argument("file", type=_FILE)
@click.option("--reason", required=True, help="Why an older record takes the place of the present one; it is kept.")
@click.option("--database-url", default="", help="Another database than that of the settings.")
@with_appcontext
def restore(file: Path, reason: str, database_url: str) -> None:
    """Put a backup in the place of the database; what is there now is kept aside. PostgreSQL: into an empty database."""
    from clinic.backups import restoring
    from clinic.backups.sealing import BackupRefused

    if len(reason.strip()) < _REASON_MINIMUM:
        raise click.ClickException(f"Say why in at least {_REASON_MINIMUM} characters. Nothing was changed.")
    aim = restoring.aimed_at(settings(), database_url) if database_url else settings()
    try:
        done = restoring.restore(aim, file, reason.strip(), _make_app, database.known_revisions(_app()))
    except (BackupRefused, SettingError) as error:
        raise click.ClickException(f"{error} Nothing was restored.") from error
    except restoring.Unfinished as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Restored: the record of {_moment(done.read.manifest.made_at)}. Everybody must sign in again.")
    if done.aside:
        click.echo(f"The database before is kept in {done.aside}.")
    if database_url:
        click.echo("Set CLINIC_DATABASE_URL to this database before you start.")
    _problems(done.report.problems)
    click.echo("What was entered since is missing: enter it late or transcribe it, with the reason.")


@clinic.command("drill")
@click.argument("file", type=_FILE, required=False)
@click.option("--scratch-url", default="", help="PostgreSQL: an empty database to try it in; it is emptied again.")
@with_appcontext
def drill(file: Path | None, scratch_url: str) -> None:
    """Restore a backup aside, compare it with what was saved, and remove it again. FILE may be a folder: its newest one."""
    from clinic import config
    from clinic.backups import drilling, files

    with _noted(DRILL, "command") as run:
        key = config.backup_key(settings().instance)
        folder = file or files.folder_of(settings().instance)
        run.file = files.newest(folder, key, datetime.now(UTC)) if folder.is_dir() else folder
        done = drilling.drill(settings(), run.file, _make_app, database.known_revisions(_app()), scratch_url)
        run.size, run.sha256 = done.read.size, done.read.sha256
        run.problem = (
            f"{len(done.report.problems)} problems found where it was restored" if done.report.problems else ""
        )
    click.echo(f"{run.file}")
    for what, value in done.lines:
        click.echo(f"  {what + ' ':.<60} {value}")
    _problems(done.report.problems)
    click.echo("This backup can be restored.")


@dataclass
class _Run:
    """What is noted of a run."""

    file: Path | None = None
    size: int | None = None
    sha256: str = ""
    problem: str = ""


@contextmanager
def _noted(kind: str, why: str) -> Iterator[_Run]:
    """Note a run in the database, or say on the terminal that it could not be; the run itself goes on."""
    from clinic.backups import runs
    from clinic.backups.sealing import BackupRefused

    run, run_id = _Run(), ""
    with _said_on_terminal():
        run_id = runs.begun(work(), kind, "sqlite" if settings().sqlite_file else "postgresql", why, datetime.now(UTC))
    try:
        yield run
    except (BackupRefused, SettingError) as error:
        run.problem = str(error)
        raise click.ClickException(str(error)) from error
    except BaseException as error:
        run.problem = type(error).__name__  # Its words may quote a row, and the trail keeps them for ever.
        raise
    finally:
        with _said_on_terminal():
            if run_id:
                runs.ended(work(), run_id, kind, **asdict(run))


@contextmanager
def _said_on_terminal() -> Iterator[None]:
    from clinic.backups.runs import NotNoted

    try:
        yield
    except NotNoted as error:
        click.echo(f"The run is not noted in the database: {error}", err=True)


def _moment(made_at: str) -> str:
    at = datetime.fromisoformat(made_at)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def _problems(problems: tuple[object, ...]) -> None:
    for problem in problems:
        click.echo(f"PROBLEM  {problem}")
    if problems:
        click.echo(f"{len(problems)} problems. Keep this backup as it is, and try an earlier one.")
        sys.exit(1)


def _app() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way


def _make_app(aim: Settings) -> Flask:
    return cast(Flask, current_app.extensions["clinic_factory"](aim))
