"""Importing a table of patients or past sessions: chosen, checked, looked at, and then imported or left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Thread, Timer
from typing import BinaryIO, Final, cast

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from clinic.config import Settings
from clinic.domain.actors import Permission
from clinic.domain.csv_imports import COLUMNS, Asked, DayOrder, Kind, Report, file_name, problem_rows
from clinic.domain.csv_reading import BYTES_MAXIMUM, LINES_MAXIMUM
from clinic.domain.errors import Invalid, KeyReused, NotFound
from clinic.domain.events import Action, Event
from clinic.domain.quantities import NBSP, format_number
from clinic.domain.wording import plural
from clinic.queries.csv_imports import was_imported
from clinic.services import csv_imports
from clinic.unit_of_work import UnitOfWork, Work
from clinic.web import csv_import_runs as runs
from clinic.web.costly import costly
from clinic.web.csv_import_runs import Run, Status
from clinic.web.forms.csv_imports import CsvImportForm
from clinic.web.security import current_actor, fresh_password, permission
from clinic.web.spreadsheets import download
from clinic.web.work import circumstances, once, reading, work

blueprint = Blueprint("csv_imports", __name__, url_prefix="/imports")
Page = str | BaseResponse | tuple[str, int]
_PATIENCE: Final = 1.5
"""Seconds that the page waits before it shows progress: a file of some hundred lines is checked by then."""
_WRITTEN_A_SECOND: Final = 100
"""Patients or sessions, as measured on SQLite with two cores (docs/csv_import.md)."""
_NOTICED: Final = 3
"""Seconds: shorter waits are waited for without a word."""
_FORM_BYTES: Final = 64 * 1024


@blueprint.url_value_preprocessor
def allow_a_file(endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Let the upload, and it alone, be larger than other forms. Comes before anything reads the form."""
    if endpoint == "csv_imports.index":
        request.max_content_length = BYTES_MAXIMUM + _FORM_BYTES


@blueprint.route("", methods=["GET", "POST"])
@permission(Permission.RECORD_IMPORT)
@costly
def index() -> Page:
    """A new import, and those of the last hour."""
    form = CsvImportForm()
    if (begun := _begun(form)) is not None:
        return begun
    with reading() as uow:
        found = runs.runs(_root(), uow.clinic_id, uow.now)
        uow.record(Event(Action.LIST_VIEWED, "imports"))
    limits = f"at most {format_number(LINES_MAXIMUM)} lines and {BYTES_MAXIMUM // (1024 * 1024)}{NBSP}MB"
    page = render_template("csv_imports/index.html", form=form, runs=found, columns=COLUMNS, limits=limits)
    return page, 422 if request.method == "POST" else 200


def _begun(form: CsvImportForm) -> BaseResponse | None:
    if not form.validate_on_submit():
        return None
    made: list[Run] = []
    try:
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            raise Invalid({"file": "Choose a file."})
        asked = Asked(Kind(form.kind.data), file_name(sent.filename), DayOrder(form.order.data))
        answer = once(lambda uow: {"id": _begin(uow, asked, cast(BinaryIO, sent.stream), made)})
    except KeyReused:  # Gone back to the page, and chosen another file: never the report of the first.
        form.refuse(Invalid({"file": "This page was used for another file. Load the page again and choose the file."}))
        return None
    except Invalid as error:
        form.refuse(error)
        return None
    if made:
        _beside(runs.check, made[-1])
        _forget_later(work(), _root())
    return redirect(url_for(".show", run_id=answer["id"]))


def _begin(uow: UnitOfWork, asked: Asked, upload: BinaryIO, made: list[Run]) -> str:
    run_id = csv_imports.begin_import(uow, asked)
    one = Run(run_id, uow.clinic_id, uow.actor.name, uow.now, asked.kind, asked.name, asked.order)
    upload.seek(0)
    made.append(runs.begin(_root(), one, upload))
    return run_id


def _beside(step: runs.Step, one: Run) -> None:
    """Carry a step out beside the server's other work; a short one is done before the page is shown."""
    thread = Thread(target=step, args=(work(), _root(), one, current_actor(), circumstances()), daemon=True)
    thread.start()
    thread.join(_PATIENCE)


def _forget_later(maker: Work, root: Path) -> None:
    """Delete the upload in an hour even if nobody looks at the page again."""
    timer = Timer(runs.KEPT.total_seconds() + 1, lambda: runs.sweep(root, maker.clock()))
    timer.daemon = True
    timer.start()


@blueprint.get("/<run_id>")
@permission(Permission.RECORD_IMPORT)
def show(run_id: str) -> str:
    """What was found in a file, or how far it is."""
    one = runs.run(_root(), current_actor().clinic_id, run_id, work().clock())
    if one.status.is_running:
        # It shows nobody's data, and a note of it would wait for the very import that holds the database.
        return render_template("csv_imports/show.html", run=one, report=None)
    one = _one(run_id)
    found = runs.report(_root(), one)
    return render_template("csv_imports/show.html", run=one, report=found, wait=_wait_text(found))


def _wait_text(found: Report | None) -> str:
    """How long nobody else can work while this is imported; empty where nobody has to wait."""
    seconds = found.new // _WRITTEN_A_SECOND if found else 0
    if work().engine.dialect.name != "sqlite" or seconds < _NOTICED:
        return ""
    about = f"{seconds} seconds" if seconds < 60 else plural(-(-seconds // 60), "minute")
    return f"While it is imported, about {about}, nobody can open or save a record in this installation. Do it when nobody treats, or split the file."


@blueprint.get("/<run_id>/progress")
@permission(Permission.RECORD_IMPORT)
def progress(run_id: str) -> Response:
    """How far it is, for the page's script: asked every second."""
    one = runs.run(_root(), current_actor().clinic_id, run_id, work().clock())
    return jsonify({"running": one.status.is_running, "percent": one.percent, "what": one.what})


@blueprint.get("/<run_id>/problems.csv")
@permission(Permission.RECORD_IMPORT)
def problems(run_id: str) -> Response:
    """The problems as a table, to correct the file by."""
    one = _one(run_id)
    found = runs.report(_root(), one)
    if found is None:
        raise NotFound
    headings, *rows = problem_rows(found.problems)
    return download("import-problems", headings, rows)


@blueprint.get("/columns/<kind>.csv")
@permission(Permission.RECORD_IMPORT)
def columns(kind: str) -> Response:
    """An empty table with all headings."""
    if kind not in list(Kind):
        raise NotFound
    with reading() as uow:
        uow.record(Event(Action.LIST_VIEWED, "imports"))
    return download(kind, [one.heading for one in COLUMNS[Kind(kind)]], ())


@blueprint.post("/<run_id>/import")
@permission(Permission.RECORD_IMPORT)
@fresh_password
@costly
def carry_out(run_id: str) -> Page:
    """Import exactly the file that was checked."""
    one = runs.run(_root(), current_actor().clinic_id, run_id, work().clock())
    found = runs.report(_root(), one)
    started: list[Run] = []

    def start(uow: UnitOfWork) -> None:
        if one.status is not Status.CHECKED or found is None or not found.is_ready or not runs.claim(_root(), one):
            raise Invalid({"": "This file cannot be imported as it stands. Nothing was imported."})
        csv_imports.note_import(uow, run_id, "let go on")
        started.append(one)

    once(start)
    if started:
        _beside(runs.carry_out, one)
    return redirect(url_for(".show", run_id=run_id))


@blueprint.post("/<run_id>/cancel")
@permission(Permission.RECORD_IMPORT)
def cancel(run_id: str) -> Page:
    """Stop it: nothing is imported, and the uploaded file is deleted."""
    one = runs.run(_root(), current_actor().clinic_id, run_id, work().clock())
    # The request to stop goes first: while an import holds the database, its note could not be written.
    runs.cancel(_root(), one)
    once(lambda uow: csv_imports.note_import(uow, run_id, "cancelled"))
    return redirect(url_for(".show", run_id=run_id))


def _one(run_id: str) -> Run:
    with reading() as uow:
        one = runs.run(_root(), uow.clinic_id, run_id, uow.now)
        if was_imported(uow, run_id, one.begun_at):  # Whatever became of the server or its disk after that.
            one = replace(one, status=Status.IMPORTED)
        uow.record(Event(Action.LIST_VIEWED, f"import:{run_id}"))
    return one


def _root() -> Path:
    settings = cast(Settings, current_app.extensions["clinic_settings"])
    return settings.instance / "imports"
