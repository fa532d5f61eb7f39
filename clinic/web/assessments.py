"""Assessment: instruments, measures and scores of a visit."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain import assessments as instruments
from clinic.domain.actors import Permission, RecordState
from clinic.domain.anatomy import Side
from clinic.domain.errors import NotFound
from clinic.domain.events import Action, Event
from clinic.queries import assessments as query
from clinic.queries import patients
from clinic.queries.gradings import others_ids, permission_for
from clinic.queries.raters import comparison
from clinic.queries.scores import LiveScore, live_score
from clinic.queries.visit_record import VisitRecord
from clinic.services import assessments
from clinic.services.authority import require
from clinic.services.blinding import note_seen
from clinic.unit_of_work import UnitOfWork
from clinic.web.forms.assessments import GradingForm, grading_form
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import current_actor, permission
from clinic.web.work import once, reading, work

blueprint = Blueprint("assessments", __name__)
Page = str | Response | tuple[str, int]


@blueprint.get("/visits/<visit_id>/assessment")
@permission(Permission.VISIT_READ)
def index(visit_id: str) -> Page:
    """Instruments, measures and scores of a visit."""
    with reading() as uow:
        page = query.assessment_page(uow, visit_id)
        strip = patients.strip(uow, page.patient_id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.patient_id))
    if not page.draft:
        return _to_visit(visit_id)
    go_on = request.args.get("next") == "1"
    return render_template("assessments/index.html", page=page, patient=strip, go_on=go_on)


@blueprint.route("/visits/<visit_id>/assessment/<instrument>", methods=["GET", "POST"])
@blueprint.route("/visits/<visit_id>/assessment/<instrument>/<side>", methods=["GET", "POST"])
@permission(Permission.VISIT_CHART)
def fill(visit_id: str, instrument: str, side: str = "") -> Page:
    """One instrument of one side: its form, and the server's answer to it."""
    found = instruments.instrument(instrument)
    if side and side not in {Side.RIGHT, Side.LEFT}:
        raise NotFound
    if request.method != "POST":
        return _grading_page(visit_id, instrument, side, Attempt(200))
    form = grading_form(found)
    tried = attempt(form, lambda uow: _save(uow, visit_id, form, side))
    if not tried.saved:
        return _grading_page(visit_id, instrument, side, tried, form)
    flash(f"{found.title} is saved.")
    return redirect(url_for("assessments.index", visit_id=visit_id, next=1))


def _save(uow: UnitOfWork, visit_id: str, form: GradingForm, side: str) -> str:
    return assessments.save_assessment(
        uow,
        visit_id,
        form.instrument.key,
        form.answers,
        version=form.version.data or "",
        side=Side(side) if side else None,
        texts=form.texts,
        note=form.note.data or "",
        edit_version=shown_version(),
        sent_scores=form.sent_scores,
    )


def _grading_page(visit_id: str, key: str, side: str, tried: Attempt, form: GradingForm | None = None) -> Page:
    with reading() as uow:
        page = query.grading_page(uow, visit_id, key, side)
        if page.draft:
            require(uow, permission_for(page.instrument), RecordState.DRAFT)
        strip = patients.strip(uow, page.patient_id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.patient_id))
    if not page.draft:
        return _to_visit(visit_id)
    if form is None and page.instrument.sided and page.side is None:
        if len(page.sides) == 1 and page.sides[0] is not None:
            return redirect(url_for("assessments.fill", visit_id=visit_id, instrument=key, side=page.sides[0].value))
        return render_template("assessments/side.html", page=page, patient=strip)
    shown = form or grading_form(page.instrument, page.mine)
    version = tried.version(page.mine.edit_version if page.mine else 0)
    values = {"page": page, "patient": strip, "form": shown, "version": version}
    return render_template("assessments/fill.html", **values, live=_live(shown)), tried.status


@blueprint.post("/instruments/<key>/score")
@permission(Permission.VISIT_CHART)
def score(key: str) -> Page:
    """Score answers as the server will when they are saved; nothing is stored, and nothing in it is of a patient."""
    return jsonify(asdict(_live(grading_form(instruments.instrument(key)))))


def _live(form: GradingForm) -> LiveScore:
    if form.unreadable:
        return LiveScore((), {}, 0, "Some answers cannot be read yet.")
    return live_score(form.instrument, form.answers)


@blueprint.post("/visits/<visit_id>/assessment/<instrument>/show")
@permission(Permission.VISIT_READ)
def show_others(visit_id: str, instrument: str) -> Page:
    """Show other raters' gradings of an instrument to somebody who asked for it, and note that."""
    with reading() as uow:
        page = comparison(uow, visit_id, instrument)
        ids = others_ids(uow, visit_id, instrument)
        uow.record(
            Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.patient_id, reason=f"other raters: {instrument}")
        )
    _note_seen(ids)
    return redirect(url_for("assessments.compare", visit_id=visit_id, instrument=instrument))


@blueprint.get("/visits/<visit_id>/assessment/<instrument>/raters")
@permission(Permission.VISIT_READ)
def compare(visit_id: str, instrument: str) -> Page:
    """Raters beside each other, answer by answer, as far as they were shown."""
    with reading() as uow:
        page = comparison(uow, visit_id, instrument)
        strip = patients.strip(uow, page.patient_id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.patient_id))
    if not page.draft:
        return _to_visit(visit_id)
    return render_template("assessments/raters.html", page=page, patient=strip)


@blueprint.post("/visits/<visit_id>/assessments/<assessment_id>/remove")
@permission(Permission.VISIT_CHART)
def remove(visit_id: str, assessment_id: str) -> Page:
    """Take one's own grading, or a patient's answers, out of the draft."""
    once(lambda uow: assessments.remove_assessment(uow, visit_id, assessment_id, shown_version()))
    flash("Removed from this visit. The audit trail keeps what it said.")
    return redirect(url_for("assessments.index", visit_id=visit_id))


def note_shown(record: VisitRecord) -> None:
    """Note that a page showed everything of a draft, so that a later grading by the viewer is not called blind."""
    me = current_actor().user_id
    rows = record.outcomes.assessments
    _note_seen([row.id for row in rows if row.rater_id not in {None, me}])


def _note_seen(ids: list[str]) -> None:
    # Not left out when the database is busy: a page that shows a grading must not leave the viewer blind on record.
    if ids:
        with work().housekeeping() as database:
            note_seen(database, current_actor(), ids, work().clock())


def _to_visit(visit_id: str) -> Response:
    return redirect(url_for("visits.show", visit_id=visit_id))
