"""Patients: the list, search, the record, and the person's own data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, g, jsonify, redirect, render_template, request, url_for
from werkzeug.routing import BuildError
from werkzeug.wrappers import Response as BaseResponse

from clinic.domain.actors import Permission, permits
from clinic.domain.events import Action, Event
from clinic.queries import patient_search, visit_lists
from clinic.queries.patient_outcomes import patient_outcomes
from clinic.queries.patient_records import PatientRecord, patient_record
from clinic.queries.patient_search import PatientList, PatientRow, SearchResult
from clinic.queries.visit_scores import visit_scores
from clinic.services import patients, safety_facts
from clinic.services.patients import LikelyDuplicate
from clinic.unit_of_work import UnitOfWork
from clinic.web.errors import wants_json
from clinic.web.forms.patients import PatientForm, ReasonForm, SafetyFactsForm, SearchForm
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import current_actor, permission
from clinic.web.work import reading

blueprint = Blueprint("patients", __name__)
Page = str | BaseResponse | tuple[str, int]
LEFT_OUT = "A record that belongs here is damaged and is not shown. Do not enter it again: tell your administrator."
_TEXTS = ("phone", "email", "address", "language", "handout_language", "handout_edition")


@dataclass(frozen=True, slots=True)
class Pager:
    """The links under a page of the list."""

    first: int
    last: int
    total: int
    noun: str
    previous_url: str | None
    next_url: str | None


@blueprint.get("/patients")
@permission(Permission.PATIENT_READ)
def index() -> Page:
    """The clinic's patients, a page at a time."""
    due, retired = request.args.get("order") == "due", request.args.get("retired") == "1"
    number = request.args.get("page", 1, type=int)
    with reading() as uow:
        found = patient_search.patient_list(uow, page=number, due_first=due, retired=retired)
        uow.record(_listed("patients", found.rows, page=found.page))
    form = SearchForm(formdata=None, retired=retired)
    pager = _pager(found, order="due" if due else None, retired=1 if retired else None)
    return render_template("patients/index.html", form=form, found=found, pager=pager, due=due, retired=retired)


@blueprint.route("/patients/search", methods=["GET", "POST"])
@permission(Permission.PATIENT_READ)
def search() -> Page:
    """Find patients while somebody types, or as a page of its own without scripts; by POST only, for its term."""
    if request.method != "POST":
        return redirect(url_for(".index"))
    form = SearchForm()
    valid = form.validate()
    term = (form.q.data or "") if valid else ""
    with reading() as uow:
        found = patient_search.search(uow, term, retired=form.retired.data)
        uow.record(_listed("patients.search", found.rows, term=term))
    if wants_json():
        return _hits(found)
    return render_template("patients/search.html", form=form, found=found), 200 if valid else 422


def _listed(subject: str, rows: tuple[PatientRow, ...], **more: object) -> Event:
    return Event(Action.LIST_VIEWED, subject, new=more | {"patients": " ".join(row.id for row in rows)})


def _hits(found: SearchResult) -> Response:
    rows = [
        {"url": url_for(".show", patient_id=row.id)}
        | {name: getattr(row, name) for name in ("display_name", "birth_date_text", "age", "record_number")}
        | {"condition_text": row.condition_text, "retired": row.retired, "was": row.was}
        for row in found.rows
    ]
    return jsonify(
        rows=rows, more=found.more, note=found.note or (LEFT_OUT if g.get("left_out") else ""), searched=found.searched
    )


def _pager(found: PatientList, **given: Any) -> Pager:
    before = url_for(".index", page=found.page - 1, **given) if found.page > 1 else None
    after = url_for(".index", page=found.page + 1, **given) if found.more else None
    return Pager(found.first, found.last, found.total, "patients", before, after)


@blueprint.route("/patients/new", methods=["GET", "POST"])
@permission(Permission.PATIENT_WRITE)
def new() -> Page:
    """Enter a new patient; likely duplicates are shown and asked about first."""
    form = PatientForm()
    candidates: list[PatientRow] = []

    def create(uow: UnitOfWork) -> str:
        with _noting(candidates):
            return patients.create_patient(
                uow, form.values, synthetic=bool(g.get("is_demo")), other_people=form.other_people.data or ()
            )

    done = attempt(form, create)
    if done.saved:
        flash("The patient is on record. Next: enter the condition.")
        return redirect(url_for(".show", patient_id=done.id))
    return render_template("patients/new.html", form=form, candidates=candidates), done.status


@contextmanager
def _noting(candidates: list[PatientRow]) -> Iterator[None]:
    """Keep the candidates of a likely duplicate for the page and let the refusal go on."""
    try:
        yield
    except LikelyDuplicate as error:
        candidates[:] = error.candidates
        raise


@blueprint.get("/patients/<patient_id>")
@permission(Permission.PATIENT_READ)
def show(patient_id: str) -> Page:
    """A patient's visits, with what stands in the record beside them."""
    with reading() as uow:
        record = patient_record(uow, patient_id)
        visits = visit_lists.timeline(uow, patient_id)
        events, scores = patient_outcomes(uow, patient_id), visit_scores(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.timeline", patient_id))
    about = {"events": events, "outcomes": events.reviews, "scores": scores}
    return _page("patients/show.html", record, timeline=visits, start_url=_start_url(patient_id), **about)


@blueprint.get("/patients/<patient_id>/details")
@permission(Permission.PATIENT_READ)
def details(patient_id: str) -> Page:
    """Everything that stands in the record besides the visits."""
    return _page("patients/details.html", seen(patient_id, "details"))


def seen(patient_id: str, part: str) -> PatientRecord:
    """Read a patient's record and note that a part of it was seen. Raises NotFound."""
    with reading() as uow:
        record = patient_record(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, f"patient.{part}", patient_id))
    return record


def _page(template: str, record: PatientRecord, **more: object) -> str:
    may_retire = permits(current_actor().role, Permission.PATIENT_RETIRE)
    return render_template(template, record=record, patient=record.strip, may_retire=may_retire, **more)


def _start_url(patient_id: str) -> str | None:
    try:
        return url_for("visits.start", patient_id=patient_id)
    except BuildError:
        return None


@blueprint.route("/patients/<patient_id>/edit", methods=["GET", "POST"])
@permission(Permission.PATIENT_WRITE)
def edit(patient_id: str) -> Page:
    """Change a patient's own data; a new name or birth date is compared with everybody else's."""
    record = seen(patient_id, "edit")
    form = PatientForm(data=_texts(record))
    candidates: list[PatientRow] = []

    def change(uow: UnitOfWork) -> None:
        with _noting(candidates):
            others = form.other_people.data or ()
            patients.change_patient(uow, patient_id, shown_version(), form.values, other_people=others)

    done = attempt(form, change)
    if done.saved:
        return saved(patient_id)
    if done.status == 409:
        form.show_saved(_texts(record))
    version = version_to_show(done, record.strip.edit_version)
    return _page("patients/edit.html", record, form=form, candidates=candidates, version=version), done.status


def saved(patient_id: str, message: str = "Saved.") -> BaseResponse:
    """Go to the details of a patient after a save."""
    flash(message)
    return redirect(url_for("patients.details", patient_id=patient_id))


def version_to_show(done: Attempt, current: int) -> int:
    """The version for the hidden field: the one that was shown, until somebody has seen what is saved now."""
    return shown_version() if done.status == 422 else current


def _texts(record: PatientRecord) -> dict[str, str]:
    plain = {name: getattr(record, name) for name in _TEXTS}
    who = record.strip
    return plain | {
        "family_name": who.family_name,
        "given_names": who.given_names,
        "birth_date": who.birth_date_text,
        "record_number": who.record_number,
        "sex": record.sex.value,
    }


@blueprint.route("/patients/<patient_id>/retire", methods=["GET", "POST"])
@permission(Permission.PATIENT_RETIRE)
def retire(patient_id: str) -> Page:
    """Take a patient off the lists, with a reason."""
    record, form = seen(patient_id, "retire"), ReasonForm()
    done = attempt(form, lambda uow: patients.retire_patient(uow, patient_id, shown_version(), form.reason.data or ""))
    if done.saved:
        return saved(patient_id, "The record is retired. It is kept and can be restored.")
    version = version_to_show(done, record.strip.edit_version)
    return _page("patients/retire.html", record, form=form, version=version), done.status


@blueprint.route("/patients/<patient_id>/restore", methods=["GET", "POST"])
@permission(Permission.PATIENT_RETIRE)
def restore(patient_id: str) -> Page:
    """Put a retired patient back on the lists, with a reason."""
    record, form = seen(patient_id, "restore"), ReasonForm()
    done = attempt(form, lambda uow: patients.restore_patient(uow, patient_id, shown_version(), form.reason.data or ""))
    if done.saved:
        return saved(patient_id, "The record is restored.")
    version = version_to_show(done, record.strip.edit_version)
    return _page("patients/restore.html", record, form=form, version=version), done.status


@blueprint.route("/patients/<patient_id>/safety", methods=["GET", "POST"])
@permission(Permission.PATIENT_WRITE)
def safety(patient_id: str) -> Page:
    """Answer the standing safety questions, or mark them as asked again."""
    record = seen(patient_id, "safety")
    form = SafetyFactsForm(data=_answers(record) | {"asked_on": record.strip.today.isoformat()})
    done = attempt(
        form,
        lambda uow: safety_facts.record_safety_facts(
            uow, patient_id, shown_version(), form.asked(record.facts), asked_on=form.asked_on.chosen
        ),
    )
    if done.saved:
        return saved(patient_id, "The safety facts are saved.")
    if done.status == 409:
        form.show_saved(_answers(record))
    version = version_to_show(done, record.strip.edit_version)
    return _page("patients/safety.html", record, form=form, rows=form.rows(record.facts), version=version), done.status


def _answers(record: PatientRecord) -> dict[str, str]:
    answers = {fact.kind.value: fact.answer.value if fact.answer else "" for fact in record.facts}
    return answers | {f"{fact.kind.value}_detail": fact.detail for fact in record.facts}
