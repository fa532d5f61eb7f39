"""Safety facts that stand in the record between visits, each with the day it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.injections import Answer
from clinic.domain.patients import FACT_MAY_BE_NOT_APPLICABLE, SafetyFactKind
from clinic.domain.wording import day_text
from clinic.models import Patient, SafetyFact
from clinic.queries.patients import clinic_today
from clinic.services.authority import require
from clinic.services.patients import active_patient, check_version
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class FactAnswer:
    """One answer to a standing safety question."""

    answer: Answer
    detail: str = ""


def record_safety_facts(
    uow: UnitOfWork,
    patient_id: str,
    edit_version: int,
    answers: Mapping[SafetyFactKind, FactAnswer],
    *,
    asked_on: date,
) -> None:
    """Record the answers to the questions that were asked on a day; questions not in ``answers`` stay as they are.

    Raises NotFound, Frozen, Stale (by the patient's version), and Invalid.
    """
    require(uow, Permission.PATIENT_WRITE)
    patient = active_patient(uow, patient_id)
    check_version(patient.edit_version, edit_version)
    _check_answers(uow, patient, answers, asked_on)
    rows = uow.session.scalars(select(SafetyFact).where(SafetyFact.patient_id == patient_id))
    present = {row.kind: row for row in rows}
    old: dict[str, str] = {}
    for kind, given in answers.items():
        row = present.get(kind)
        if row is None:
            row = SafetyFact(
                clinic_id=uow.clinic_id, patient_id=patient_id, kind=kind, answer=given.answer, asked_on=asked_on
            )
            uow.session.add(row)
        else:
            old[kind.value] = _fact_told(FactAnswer(row.answer, row.detail), row.asked_on)
        row.answer, row.detail, row.asked_on = given.answer, given.detail.strip(), asked_on
    patient.edit_version += 1
    new = {kind.value: _fact_told(given, asked_on) for kind, given in answers.items()}
    uow.record(Event(Action.SAFETY_FACTS_CHANGED, f"patient:{patient_id}", patient_id, old=old, new=new))


def _check_answers(
    uow: UnitOfWork, patient: Patient, answers: Mapping[SafetyFactKind, FactAnswer], asked_on: date
) -> None:
    wrong: dict[str, str] = {}
    if not answers:
        wrong[""] = "Nothing was answered or asked again, so nothing was saved. Answer a question, or go back."
    if asked_on > clinic_today(uow):
        wrong["asked_on"] = f"{day_text(asked_on)} is in the future."
    elif asked_on < patient.birth_date:
        wrong["asked_on"] = f"{day_text(asked_on)} is before the patient's birth."
    for kind, given in answers.items():
        if given.answer is Answer.NOT_APPLICABLE and kind not in FACT_MAY_BE_NOT_APPLICABLE:
            wrong[kind.value] = "“Not applicable” is no answer here. Answer yes, no or unknown."
    if wrong:
        raise Invalid(wrong)


def _fact_told(given: FactAnswer, asked_on: date) -> str:
    return f"{given.answer.value}, asked {asked_on.isoformat()}" + (f": {given.detail}" if given.detail else "")
