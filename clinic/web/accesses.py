"""Who saw a patient's record, and to whom something of it was given."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from clinic.domain.accesses import GIVEN, SEEN, Asked, Disclosure, Subject, given_cells, seen_cells
from clinic.domain.actors import Permission
from clinic.domain.events import Action, Event
from clinic.queries import accesses as query
from clinic.unit_of_work import UnitOfWork
from clinic.web import prints
from clinic.web.audit import day_of
from clinic.web.costly import costly
from clinic.web.documents import sent
from clinic.web.security import permission
from clinic.web.spreadsheets import download
from clinic.web.work import reading

blueprint = Blueprint("accesses", __name__, url_prefix="/audit/patients/<patient_id>")
Page = str | Response | tuple[str, int]


@blueprint.get("")
@permission(Permission.AUDIT_READ)
def show(patient_id: str) -> Page:
    """By person: how often seen, changed, printed and exported, first and last."""
    with reading() as uow:
        asked = _asked(uow, patient_id)
        page = query.patient_accesses(uow, asked)
        _note(uow, "who saw", asked)
    return render_template("accesses/show.html", page=page, asked=asked, dates=_dates(asked))


@blueprint.get("/who-saw.csv")
@permission(Permission.AUDIT_READ)
@costly
def table(patient_id: str) -> Page:
    """The same for a spreadsheet."""
    with reading() as uow:
        asked = _asked(uow, patient_id)
        page = query.patient_accesses(uow, asked)
        _note(uow, "who saw, as a table", asked)
    zone = ZoneInfo(page.subject.zone)
    return download("who-saw", SEEN, (seen_cells(one, zone) for one in page.rows))


@blueprint.get("/given-out")
@permission(Permission.AUDIT_READ)
def disclosures(patient_id: str) -> Page:
    """What was handed over or exported, to whom, and what for."""
    whose, rows, asked = _disclosures(patient_id, "given out")
    return render_template("accesses/disclosures.html", whose=whose, rows=rows, asked=asked, dates=_dates(asked))


@blueprint.get("/given-out.csv")
@permission(Permission.AUDIT_READ)
@costly
def disclosures_table(patient_id: str) -> Page:
    """The same for a spreadsheet."""
    whose, rows, _ = _disclosures(patient_id, "given out, as a table")
    return download("given-out", GIVEN, (given_cells(one, ZoneInfo(whose.zone)) for one in rows))


@blueprint.get("/given-out.pdf")
@permission(Permission.AUDIT_READ)
@costly
def disclosures_print(patient_id: str) -> Page:
    """The patient's copy on paper."""
    from clinic.pdf import accesses  # ReportLab loads with the first print, not with the program.

    whose, rows, asked = _disclosures(patient_id, "given out, printed")
    with reading() as uow:
        settings, now = prints.settings_of(uow), uow.now
    stamp = prints.stamp(settings, "GIVEN OUT", "reading")
    on = now.astimezone(ZoneInfo(whose.zone)).date()
    return sent(accesses.render(whose, rows, asked, settings.clinic, stamp, on=on), "given-out")


def _disclosures(patient_id: str, what: str) -> tuple[Subject, tuple[Disclosure, ...], Asked]:
    with reading() as uow:
        asked = _asked(uow, patient_id)
        whose, rows = query.disclosures(uow, asked)
        _note(uow, what, asked)
    return whose, rows, asked


def _note(uow: UnitOfWork, what: str, asked: Asked) -> None:
    uow.record(Event(Action.AUDIT_VIEWED, f"audit.{what}", patient_id=asked.patient_id, new=_dates(asked)))


def _asked(uow: UnitOfWork, patient_id: str) -> Asked:
    since, until = (day_of(request.args.get(name, "")) for name in ("since", "until"))
    if "asked" not in request.args and since is None:
        since = query.usual_since(uow)
    return Asked(patient_id, since, until)


def _dates(asked: Asked) -> dict[str, Any]:
    days = {"since": asked.since, "until": asked.until}
    return {"asked": 1} | {name: day.isoformat() for name, day in days.items() if day}
