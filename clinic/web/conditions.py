"""Palsy episodes and what else stands in the record: earlier treatments, muscles, toxin given elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, render_template

from clinic.domain.actors import Permission
from clinic.domain.errors import NotFound
from clinic.domain.patients import DatePrecision
from clinic.queries.patient_records import ConditionView, PatientRecord, found_condition
from clinic.services import conditions
from clinic.unit_of_work import UnitOfWork
from clinic.web.forms.base import StrictForm
from clinic.web.forms.conditions import ConditionForm, MuscleStatusForm, ToxinForm, TreatmentForm
from clinic.web.forms.patients import ReasonForm
from clinic.web.patients import Page, saved, seen, version_to_show
from clinic.web.saving import Attempt, attempt, shown_version
from clinic.web.security import permission

blueprint = Blueprint("conditions", __name__, url_prefix="/patients/<patient_id>")


@blueprint.route("/conditions/new", methods=["GET", "POST"])
@permission(Permission.PATIENT_WRITE)
def new(patient_id: str) -> Page:
    """Enter a palsy episode."""
    form = ConditionForm()
    done = attempt(form, lambda uow: conditions.add_condition(uow, patient_id, form.values))
    if done.saved:
        return saved(patient_id, "The condition is on record.")
    return _form("condition", seen(patient_id, "condition"), form, done, condition=None, version=0)


@blueprint.route("/conditions/<condition_id>/edit", methods=["GET", "POST"])
@permission(Permission.PATIENT_WRITE)
def edit(patient_id: str, condition_id: str) -> Page:
    """Change a palsy episode."""
    record = seen(patient_id, "condition")
    condition = found_condition(record, condition_id)
    form = ConditionForm(data=_texts(condition))
    done = attempt(
        form,
        lambda uow: conditions.change_condition(uow, patient_id, condition_id, shown_version(), form.values),
    )
    if done.saved:
        return saved(patient_id)
    if done.status == 409:
        form.show_saved(_texts(condition))
    return _form(
        "condition", record, form, done, condition=condition, version=version_to_show(done, condition.edit_version)
    )


@blueprint.route("/conditions/<condition_id>/take-out", methods=["GET", "POST"])
@permission(Permission.PATIENT_WRITE)
def take_out(patient_id: str, condition_id: str) -> Page:
    """Take out an episode that was entered by mistake."""
    return _take_out(
        patient_id,
        lambda record: found_condition(record, condition_id).text,
        lambda uow, reason: conditions.retire_condition(uow, patient_id, condition_id, reason),
    )


@blueprint.route("/conditions/<condition_id>/treatments/new", methods=["GET", "POST"])
@permission(Permission.PATIENT_WRITE)
def new_treatment(patient_id: str, condition_id: str) -> Page:
    """Enter an earlier treatment of an episode."""
    form = TreatmentForm()
    done = attempt(form, lambda uow: conditions.add_treatment(uow, patient_id, condition_id, form.values))
    if done.saved:
        return saved(patient_id, "The treatment is on record.")
    record = seen(patient_id, "treatment")
    return _form("treatment", record, form, done, condition=found_condition(record, condition_id))


@blueprint.route("/treatments/<treatment_id>/take-out", methods=["GET", "POST"])
@permission(Permission.PATIENT_WRITE)
def take_out_treatment(patient_id: str, treatment_id: str) -> Page:
    """Take out an earlier treatment that was entered by mistake."""

    def named(record: PatientRecord) -> str:
        every = [one for condition in record.conditions for one in condition.treatments]
        return _one([f"{one.kind}, {one.on_text}" for one in every if one.id == treatment_id])

    return _take_out(
        patient_id, named, lambda uow, reason: conditions.retire_treatment(uow, patient_id, treatment_id, reason)
    )


@blueprint.route("/muscles/new", methods=["GET", "POST"])
@permission(Permission.PATIENT_WRITE)
def new_muscle(patient_id: str) -> Page:
    """Enter what a procedure did to a muscle."""
    form = MuscleStatusForm()
    done = attempt(form, lambda uow: conditions.add_muscle_status(uow, patient_id, form.values))
    if done.saved:
        return saved(patient_id, "The muscle’s state is on record.")
    return _form("muscle", seen(patient_id, "muscle"), form, done)


@blueprint.route("/muscles/<status_id>/take-out", methods=["GET", "POST"])
@permission(Permission.PATIENT_WRITE)
def take_out_muscle(patient_id: str, status_id: str) -> Page:
    """Take out a muscle's state that was entered by mistake."""
    return _take_out(
        patient_id,
        lambda record: _one([f"{one.text}: {one.state}" for one in record.muscles if one.id == status_id]),
        lambda uow, reason: conditions.retire_muscle_status(uow, patient_id, status_id, reason),
    )


@blueprint.route("/toxins/new", methods=["GET", "POST"])
@permission(Permission.PATIENT_WRITE)
def new_toxin(patient_id: str) -> Page:
    """Enter toxin that somebody else gave."""
    form = ToxinForm()
    done = attempt(form, lambda uow: conditions.add_toxin_elsewhere(uow, patient_id, form.values))
    if done.saved:
        return saved(patient_id, "The toxin given elsewhere is on record and counts in the checks.")
    return _form("toxin", seen(patient_id, "toxin"), form, done)


@blueprint.route("/toxins/<toxin_id>/take-out", methods=["GET", "POST"])
@permission(Permission.PATIENT_WRITE)
def take_out_toxin(patient_id: str, toxin_id: str) -> Page:
    """Take out toxin given elsewhere that was entered by mistake."""
    return _take_out(
        patient_id,
        lambda record: _one([f"{one.units_text} {one.product}" for one in record.toxins if one.id == toxin_id]),
        lambda uow, reason: conditions.retire_toxin_elsewhere(uow, patient_id, toxin_id, reason),
    )


def _take_out(patient_id: str, named: Callable[[PatientRecord], str], run: Callable[[UnitOfWork, str], None]) -> Page:
    form = ReasonForm()
    done = attempt(form, lambda uow: run(uow, form.reason.data or ""))
    if done.saved:
        return saved(patient_id, "Taken out. The entry and your reason stay in the audit trail.")
    record = seen(patient_id, "take_out")
    return _form("take_out", record, form, done, named=named(record))


def _form(name: str, record: PatientRecord, form: StrictForm, done: Attempt, **more: object) -> Page:
    page = render_template(f"patients/{name}.html", record=record, patient=record.strip, form=form, **more)
    return page, done.status


def _one(found: list[str]) -> str:
    if not found:
        raise NotFound
    return found[0]


def _texts(condition: ConditionView) -> dict[str, str]:
    known = condition.onset_precision is not DatePrecision.UNKNOWN
    first = condition.first_movement_on
    return {
        "side": condition.side.value,
        "cause": condition.cause.value,
        "cause_detail": condition.cause_detail,
        "onset": condition.onset_text if known else "",
        "worst_house_brackmann": str(condition.worst_house_brackmann or ""),
        "first_movement": first.isoformat() if first else "",
        "eye_status": condition.eye_status,
        "note": condition.note,
    }
