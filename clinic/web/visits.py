"""A visit: started, written, reviewed, signed, and what comes after."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from clinic.domain import given_as_planned
from clinic.domain.actors import Permission, RecordState, permits
from clinic.domain.errors import DomainError, Frozen, Invalid, NotFound, Stale, Stopped, WrongStep
from clinic.domain.events import Action, Event
from clinic.domain.findings import Severity
from clinic.domain.safety_events import EVENT
from clinic.domain.visit_content import FindingContent, digest
from clinic.domain.visits import Disposition, Section
from clinic.queries import charts, patients, presence, reviews, visit_review
from clinic.queries import visit_revisions as revisions
from clinic.queries import visits as query
from clinic.queries.changed_handouts import changed_handouts
from clinic.queries.issued_documents import handed_over
from clinic.queries.visit_moves import MoveNotes, move_notes
from clinic.services import signing, visits
from clinic.services.authority import require
from clinic.services.presence import note_opened
from clinic.web import chart_face
from clinic.web.accounts import confirm_fresh_password
from clinic.web.assessments import note_shown
from clinic.web.documents import issue_summary
from clinic.web.errors import STATUS
from clinic.web.forms.adverse_events import AdverseEventForm
from clinic.web.forms.base import StrictForm
from clinic.web.forms.injections import AnswersForm, ConsentForm, DetailsForm, SiteForm
from clinic.web.forms.planned_sites import ChartPlanForm
from clinic.web.forms.repeats import LayForm, PatternForm, RepeatForm
from clinic.web.forms.visits import AddendumForm, NotesForm, ReasonForm, SignForm, StartForm, VoidForm
from clinic.web.injections import change
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import current_actor, permission
from clinic.web.work import once, reading

blueprint = Blueprint("visits", __name__)
Page = str | Response | tuple[str, int]
UNANSWERED = "SCREEN-001"
"""The check whose findings, one for each open question, are shown as one list."""


@blueprint.post("/patients/<patient_id>/visits")
@permission(Permission.VISIT_CHART)
def start(patient_id: str) -> Page:
    """Start a visit for a patient and open it; an injection visit opens with the outcome of the last session."""
    form = StartForm()
    if not form.validate():
        raise Invalid(form.messages)
    may_inject = permits(current_actor().role, Permission.INJECTION_CHART, RecordState.DRAFT)
    injections = form.kind.data != "plain" and may_inject

    def begin(uow: Any) -> dict[str, Any]:
        visit_id = visits.start(uow, patient_id, on=form.on.data, with_injections=injections)
        return {"id": visit_id, "outcome": reviews.opens_with_outcome(uow, visit_id)}

    answer = once(begin)
    return redirect(url_for("reviews.show" if answer["outcome"] else "visits.show", visit_id=answer["id"]))


@blueprint.get("/visits/<visit_id>")
@permission(Permission.VISIT_READ)
def show(visit_id: str) -> Page:
    """A draft on its chart page, or a signed visit as it was signed."""
    return draft_page(visit_id)


def draft_page(visit_id: str, status: int = 200, **refused: object) -> Page:
    """The chart page; ``refused`` are the forms that it shows again with their errors and what was chosen in them."""
    with reading() as uow:
        page = charts.chart_page(uow, visit_id)
        patient = page.record.patient
        strip = patients.strip(uow, patient.id)
        others = presence.others(uow, visit_id, page.record.visit.time_zone)
        # A draft that was moved here says so in its note; without one there is nothing to ask for.
        moves = move_notes(uow, visit_id) if page.record.notes.get(Section.NOTE) else MoveNotes(None, None)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", patient.id))
        if page.record.state is RecordState.DRAFT:
            note_opened(uow, visit_id)
    if page.record.state is not RecordState.DRAFT:
        return redirect(url_for("visits.signed", visit_id=visit_id))
    charting = permits(current_actor().role, Permission.INJECTION_CHART, RecordState.DRAFT)
    face = chart_face.interactive(page) if charting else chart_face.still(page.content)
    shown: dict[str, object] = {"page": page, "patient": strip, "others": others, "face": face, "moves": moves}
    if not charting:
        shown["sums"] = visit_review.product_sums(page.content)
    return render_template("visits/chart.html", **{**shown, **_draft_forms(page), **refused}), status


def _draft_forms(page: charts.ChartPage) -> dict[str, StrictForm]:
    record = page.record
    notes: dict[str, Any] = {section.value: record.notes.get(section, "") for section in Section}
    forms: dict[str, StrictForm] = {
        "notes_form": NotesForm(
            formdata=None, data={"on": record.visit.on, "complaints": record.visit.complaints, **notes}
        )
    }
    if record.session is not None:
        forms["site_form"] = SiteForm(formdata=None)
        forms |= {"repeat_form": RepeatForm(formdata=None), "lay_form": LayForm(formdata=None)}
        forms["pattern_form"] = PatternForm(formdata=None)
        forms["plan_form"] = ChartPlanForm(formdata=None)
        forms["answers_form"] = AnswersForm(formdata=None, data=_given_answers(page))
        forms["consent_form"] = ConsentForm(formdata=None, obj=record.session)
        forms["details_form"] = _details_form(record.session)
    return forms


def _given_answers(page: charts.ChartPage) -> dict[str, str]:
    found: dict[str, str] = {}
    for question, row in page.record.answers.items():
        found[question.value] = row.answer.value
        found[f"{question.value}_detail"] = row.detail
        if row.tenths_mm is not None:
            found["lagophthalmos_mm"] = f"{row.tenths_mm // 10}.{row.tenths_mm % 10}".removesuffix(".0")
    return found


def _details_form(session: Any) -> DetailsForm:
    names = ("given_by", "ordered_by", "supervised_by", "needle", "anaesthesia", "indication", "transcribed_source")
    data = {name: getattr(session, name) for name in (*names, "transcribed_product", "transcribed_lot")}
    data |= {
        "guidance": [part for part in session.guidance.split(",") if part],
        "transcribed": "y" if session.transcribed else "",
        "touch_up_of": session.touch_up_of or "",
    }
    form = DetailsForm(formdata=None, data=data)
    form.touch_up_of.choices = [SelectChoice(value="", label="no touch-up")]
    if session.touch_up_of:
        form.touch_up_of.choices.append(SelectChoice(value=session.touch_up_of, label="an earlier session (chosen)"))
    return form


@blueprint.get("/visits/<visit_id>/touch-up")
@permission(Permission.INJECTION_CHART)
def touch_up(visit_id: str) -> Page:
    """Choose the session that this one touches up."""
    with reading() as uow:
        page = charts.chart_page(uow, visit_id)
        record = page.record
        require(uow, Permission.INJECTION_CHART, record.state)
        if record.session is None:
            raise NotFound
        strip = patients.strip(uow, record.patient.id)
        parents = query.earlier_sessions(uow, record.patient.id, record.visit.on, visit_id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", record.patient.id))
    return render_template("visits/touch_up.html", page=page, patient=strip, parents=parents)


@blueprint.post("/visits/<visit_id>/notes")
@permission(Permission.VISIT_CHART)
def write_notes(visit_id: str) -> Response:
    """Write the day and the texts that were sent."""
    form = NotesForm()
    sent = request.form

    def write(uow: Any) -> None:
        texts = {section: form[section.value].data or "" for section in Section if section.value in sent}
        complaints = (form.complaints.data or "") if "complaints" in sent else None
        visits.write(uow, visit_id, shown_version(), on=form.on.data, complaints=complaints, notes=texts)

    return change(visit_id, form, write, "notes")


@blueprint.route("/visits/<visit_id>/discard", methods=["GET", "POST"])
@permission(Permission.VISIT_DISCARD)
def discard(visit_id: str) -> Page:
    """Discard a draft with a reason."""
    form = ReasonForm()
    tried = attempt(form, lambda uow: visits.discard(uow, visit_id, shown_version(), form.reason.data or ""))
    if tried.saved:
        flash("The draft is discarded. It can be restored from Today for 30 days.")
        return redirect(url_for("pages.today"))
    return _act_page("visits/discard.html", visit_id, form, tried)


@blueprint.post("/visits/<visit_id>/restore")
@permission(Permission.VISIT_DISCARD)
def restore(visit_id: str) -> Page:
    """Bring a discarded draft back."""
    once(lambda uow: visits.restore(uow, visit_id))
    return redirect(url_for("visits.show", visit_id=visit_id))


@blueprint.route("/visits/<visit_id>/review", methods=["GET", "POST"])
@permission(Permission.VISIT_SIGN)
def review(visit_id: str) -> Page:
    """Everything once more before the signature; what is signed is the hash of what is shown here."""
    form = SignForm()
    status, message = 200, ""
    if form.validate_on_submit():
        try:
            confirm_fresh_password(form)
            once(lambda uow: {"id": signing.sign(uow, visit_id, shown_version(), form.shown.data)})
        except Invalid as error:
            form.refuse(error)
            status = 422
        except (Stale, Stopped, WrongStep) as error:
            status, message = _status(error), error.message
        else:
            _issue(visit_id)
            flash("The visit is signed.")
            return redirect(url_for("visits.signed", visit_id=visit_id))
    elif request.method == "POST":
        status = 422
    return review_page(visit_id, form, status, message)


def _issue(visit_id: str) -> None:
    try:
        issue_summary(visit_id)
    except Exception:  # The signature stands, so no answer may say that nothing was saved.
        current_app.logger.exception("summary not issued at signing; it is made when it is first asked for")


def _status(error: DomainError) -> int:
    return next(code for kind, code in STATUS.items() if isinstance(error, kind))


def review_page(
    visit_id: str, form: SignForm, status: int, message: str, event_form: AdverseEventForm | None = None
) -> Page:
    """The review page; ``event_form`` is a refused answer about an adverse event, shown again as it was typed."""
    with reading() as uow:
        page = charts.chart_page(uow, visit_id)
        if page.record.state is not RecordState.DRAFT:
            raise Frozen("This visit is no draft any more.")
        strip = patients.strip(uow, page.record.patient.id)
        differences = revisions.differences(uow, page.record, page.content)
        changed = changed_handouts(uow, visit_id, handed_over(uow, page.record.patient.id))
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.record.patient.id))
    note_shown(page.record)
    return render_template(
        "visits/review.html",
        changed=changed,
        page=page,
        patient=strip,
        form=form,
        message=message,
        **_to_sign(page, form, status),
        stops=[one for one in page.findings if one.stops and one.code not in {UNANSWERED, EVENT}],
        unanswered=[one for one in page.findings if one.code == UNANSWERED],
        others=[one for one in page.content.findings if not _stops(one) and one.code != EVENT],
        event=next((one for one in page.findings if one.code == EVENT), None),
        event_form=event_form or AdverseEventForm(formdata=None),
        missing=visit_review.missing(page.record, uow.now, page.findings),
        planned=given_as_planned.compare(page.content),
        sums=visit_review.product_sums(page.content, page.record.past),
        balances=visit_review.balances(page.record, page.content),
        differences=differences,
        meaning=signing.meaning(page.record).value,
        face=chart_face.still(page.content),
    ), status


def _to_sign(page: charts.ChartPage, form: SignForm, status: int) -> dict[str, object]:
    """What the signature box carries: after a wrong password still what the person read, so that no change slips in."""
    if status == STATUS[Invalid] and form.shown.data and not form.shown.errors:
        return {"shown": form.shown.data, "version": shown_version()}
    return {"shown": digest(page.content), "version": page.record.visit.edit_version}


def _stops(one: FindingContent) -> bool:
    return one.severity != Severity.WARN and not one.override_reason


@blueprint.get("/visits/<visit_id>/signed")
@permission(Permission.VISIT_READ)
def signed(visit_id: str) -> Page:
    """A signed visit, from its frozen content."""
    with reading() as uow:
        version = revisions.signed_version(uow, visit_id)
        strip = patients.strip(uow, version.patient_id)
        moves = move_notes(uow, visit_id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", version.patient_id))
    return render_template(
        "visits/signed.html",
        moves=moves,
        version=version,
        patient=strip,
        face=chart_face.still(version.content),
        sums=visit_review.product_sums(version.content),
    )


@blueprint.route("/visits/<visit_id>/amend", methods=["GET", "POST"])
@permission(Permission.VISIT_AMEND)
def amend(visit_id: str) -> Page:
    """Start a new version of a signed visit."""
    form = ReasonForm()
    tried = attempt(form, lambda uow: signing.amend(uow, visit_id, form.reason.data or ""))
    if tried.saved:
        return redirect(url_for("visits.show", visit_id=tried.id))
    return _signed_act_page("visits/amend.html", Permission.VISIT_AMEND, visit_id, form, tried.status)


@blueprint.route("/visits/<visit_id>/addendum", methods=["GET", "POST"])
@permission(Permission.VISIT_ADDENDUM)
def addendum(visit_id: str) -> Page:
    """Append a signed text."""
    form = AddendumForm()
    status = _with_password(form, lambda uow: {"id": signing.add_addendum(uow, visit_id, form.text.data or "")})
    if status == 303:
        flash("The addendum is signed.")
        return redirect(url_for("visits.signed", visit_id=visit_id))
    return _signed_act_page("visits/addendum.html", Permission.VISIT_ADDENDUM, visit_id, form, status)


@blueprint.route("/visits/<visit_id>/void", methods=["GET", "POST"])
@permission(Permission.VISIT_VOID)
def void(visit_id: str) -> Page:
    """Void a signed visit."""
    form = VoidForm()
    status = _with_password(
        form, lambda uow: signing.void(uow, visit_id, form.reason.data or "", Disposition(form.disposition.data))
    )
    if status == 303:
        flash("The visit is voided.")
        return redirect(url_for("visits.signed", visit_id=visit_id))
    return _signed_act_page("visits/void.html", Permission.VISIT_VOID, visit_id, form, status)


def _with_password(form: StrictForm, run: Any) -> int:
    if request.method != "POST":
        return 200
    if not form.validate():
        return 422
    try:
        confirm_fresh_password(form)
        once(run)
    except Invalid as error:
        form.refuse(error)
        return 422
    return 303


def _act_page(template: str, visit_id: str, form: StrictForm, tried: Attempt) -> Page:
    with reading() as uow:
        page = charts.chart_page(uow, visit_id)
        require(uow, Permission.VISIT_DISCARD, page.record.state)
        strip = patients.strip(uow, page.record.patient.id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", page.record.patient.id))
    version = tried.version(page.record.visit.edit_version)
    sums = visit_review.product_sums(page.content)
    return render_template(template, page=page, patient=strip, form=form, version=version, sums=sums), tried.status


def _signed_act_page(template: str, needed: Permission, visit_id: str, form: StrictForm, status: int) -> Page:
    with reading() as uow:
        version = revisions.signed_version(uow, visit_id)
        require(uow, needed, version.state)
        strip = patients.strip(uow, version.patient_id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", version.patient_id))
    sums = visit_review.product_sums(version.content)
    return render_template(template, version=version, patient=strip, form=form, sums=sums), status
