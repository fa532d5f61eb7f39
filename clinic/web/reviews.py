"""The outcome of the last session, answered in a visit."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission, RecordState, permits
from clinic.domain.events import Action, Event
from clinic.domain.injections import Answer
from clinic.queries import patients
from clinic.queries.reviews import ReviewPage, review_page
from clinic.services import reviews
from clinic.web.forms.injections import EmptyForm
from clinic.web.forms.reviews import ReviewForm, review_form
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import current_actor, permission
from clinic.web.work import reading

blueprint = Blueprint("reviews", __name__, url_prefix="/visits/<visit_id>")
Page = str | Response | tuple[str, int]


@blueprint.get("/outcome")
@permission(Permission.VISIT_READ)
def show(visit_id: str) -> Page:
    """What came of the last session, or of an earlier one that is asked for."""
    page, form, strip = _read(visit_id, request.args.get("session", ""))
    if page.record.state is not RecordState.DRAFT:
        return redirect(url_for("visits.show", visit_id=visit_id))
    return _page(page, form, strip, Attempt(200))


@blueprint.post("/outcome")
@permission(Permission.VISIT_CHART)
def save(visit_id: str) -> Page:
    """Save the outcome and go on: to the chart, or to the adverse event."""
    page, form, strip = _read(visit_id, request.form.get("session", ""))
    session_id = page.session.id if page.session else ""
    done = attempt(
        form,
        lambda uow: reviews.save_review(uow, visit_id, session_id, form.entry, edit_version=shown_version()),
    )
    if not done.saved:
        return _page(page, form, strip, done)
    if form.adverse_event.data == Answer.YES:
        flash("The outcome is saved. Now enter the adverse event.")
        patient_id = page.record.patient.id
        return redirect(url_for("adverse_events.new", patient_id=patient_id, visit=visit_id, session=session_id))
    flash("The outcome is saved.")
    return redirect(url_for("visits.show", visit_id=visit_id))


@blueprint.post("/outcome/<session_id>/remove")
@permission(Permission.VISIT_CHART)
def remove(visit_id: str, session_id: str) -> Page:
    """Take an outcome out that was answered by mistake."""
    form = EmptyForm()
    done = attempt(form, lambda uow: reviews.remove_review(uow, visit_id, session_id, shown_version()))
    flash("The outcome is taken out." if done.saved else " ".join(form.form_errors), "done" if done.saved else "warn")
    return redirect(url_for(".show", visit_id=visit_id, session=session_id))


def _read(visit_id: str, session_id: str) -> tuple[ReviewPage, ReviewForm, patients.PatientStrip]:
    with reading() as uow:
        page = review_page(uow, visit_id, session_id)
        strip = patients.strip(uow, page.record.patient.id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.record.patient.id))
    judges = permits(current_actor().role, Permission.INJECTION_GIVE, RecordState.DRAFT)
    return page, review_form(page, request.form, judges=judges), strip


def _page(page: ReviewPage, form: ReviewForm, strip: patients.PatientStrip, done: Attempt) -> Page:
    version = done.version(page.version)
    return render_template("reviews/show.html", page=page, form=form, patient=strip, version=version), done.status
