"""The shorthand line: read while it is typed, kept, charted as a whole, and today's sites rewritten as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain import shorthand as domain
from clinic.domain.actors import Permission, RecordState
from clinic.domain.errors import Frozen, Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.domain.quantities import format_units
from clinic.domain.shorthand import Line
from clinic.domain.shorthand_completion import Completion, complete
from clinic.domain.wording import plural
from clinic.queries import charts, patients
from clinic.queries import shorthand as query
from clinic.services import shorthand
from clinic.unit_of_work import UnitOfWork
from clinic.web.errors import wants_json
from clinic.web.forms.shorthand import EchoForm, LineForm, RewriteForm
from clinic.web.injections import change
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import permission
from clinic.web.work import reading

blueprint = Blueprint("shorthand", __name__, url_prefix="/visits/<visit_id>/shorthand")
Page = str | Response | tuple[str, int]


@blueprint.get("")
@permission(Permission.INJECTION_CHART)
def show(visit_id: str) -> Page:
    """Today's sites as a line: for the chart as JSON, else on a page of its own."""
    if not wants_json():
        return _page(visit_id, LineForm(formdata=None), Attempt(200))
    with reading() as uow:
        page = _draft(uow, visit_id)
    return jsonify(asdict(query.sites_line(page.record)) | {"edit_version": page.record.visit.edit_version})


@blueprint.post("")
@permission(Permission.INJECTION_CHART)
def chart(visit_id: str) -> Page:
    """Chart every site of a line."""
    form = LineForm()
    return _saved(
        visit_id,
        form,
        lambda uow: shorthand.chart_line(
            uow, visit_id, shown_version(), form.shorthand.data or "", form.syringe_id.data or None
        ),
    )


@blueprint.post("/rewrite")
@permission(Permission.INJECTION_CHART)
def rewrite(visit_id: str) -> Page:
    """Make the planned sites those of a line."""
    form = RewriteForm()
    text, syringe_id, was = form.shorthand.data or "", form.syringe_id.data or None, form.was.data or ""
    return _saved(
        visit_id,
        form,
        lambda uow: shorthand.rewrite_line(uow, visit_id, shown_version(), text, syringe_id, was=was),
    )


@blueprint.post("/keep")
@permission(Permission.INJECTION_CHART)
def keep(visit_id: str) -> Response:
    """Keep a line that is not charted yet."""
    form = LineForm()
    return change(
        visit_id,
        form,
        lambda uow: shorthand.keep_line(uow, visit_id, shown_version(), form.shorthand.data or ""),
        "shorthand",
    )


@blueprint.post("/echo")
@permission(Permission.INJECTION_CHART)
def echo(visit_id: str) -> Response:
    """Say what a line means as far as it is typed, and what may stand at the cursor; nothing is read or changed."""
    form = EchoForm()
    if not form.validate():
        raise Invalid(form.messages)
    text = form.shorthand.data or ""
    with reading() as uow:
        doses = query.usual_doses(uow)
    return jsonify(_read(domain.parse(text)) | _completion(complete(text, int(form.cursor.data or 0), doses)))


def _read(line: Line) -> dict[str, Any]:
    sites = len(line.sites)
    return {
        "items": [{"start": one.start, "end": one.end, "words": one.words} for one in line.items],
        "problems": [
            {"start": one.start, "end": one.end, "text": line.text[one.start : one.end], "message": one.message}
            for one in line.problems
        ],
        "sites": sites,
        "total": f"{plural(sites, 'site')}, {format_units(line.units)}" if sites else "",
    }


def _completion(found: Completion) -> dict[str, Any]:
    offered = [{"text": one.text, "label": one.label} for one in found.candidates]
    return {"completion": {"start": found.start, "end": found.end, "candidates": offered}}


def _saved(visit_id: str, form: LineForm, run: Callable[[UnitOfWork], object]) -> Page:
    if wants_json():
        return change(visit_id, form, run)

    def saved(uow: UnitOfWork) -> None:
        run(uow)

    done = attempt(form, saved)
    if done.saved:
        return redirect(url_for("visits.show", visit_id=visit_id, _anchor="sites"))
    return _page(visit_id, form, done)


def _draft(uow: UnitOfWork, visit_id: str) -> charts.ChartPage:
    page = charts.chart_page(uow, visit_id)
    if page.chart is None:
        raise NotFound
    if page.record.state is not RecordState.DRAFT:
        raise Frozen("This visit is no draft any more: nothing is charted in it.")
    uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.record.patient.id))
    return page


def _page(visit_id: str, form: LineForm, done: Attempt) -> Page:
    with reading() as uow:
        page = _draft(uow, visit_id)
        strip = patients.strip(uow, page.record.patient.id)
    today = query.sites_line(page.record)
    rewriting = request.endpoint == "shorthand.rewrite"
    typed = form.shorthand.data or ""
    return render_template(
        "visits/shorthand.html",
        page=page,
        patient=strip,
        form=form,
        today=today,
        line=typed if done.status != 200 and not rewriting else page.chart.shorthand if page.chart else "",
        rewritten=typed if rewriting else today.line,
        was=(request.form.get("was") if rewriting else None) or today.line,
        read=_read(domain.parse(typed)),
        version=done.version(page.record.visit.edit_version),
    ), done.status
