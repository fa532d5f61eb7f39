"""Palsy episodes, earlier treatments, muscles, toxin given elsewhere, and standing safety facts."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale
from clinic.domain.injections import Answer, MuscleState
from clinic.domain.patients import Cause, DatePrecision, EarlierTreatmentKind, SafetyFactKind
from clinic.models import AuditEvent, Condition, SafetyFact
from clinic.services import conditions, patients, safety_facts, visits
from clinic.services.conditions import ConditionValues, MuscleStatusValues, ToxinValues, TreatmentValues
from clinic.services.safety_facts import FactAnswer
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld, make_condition, make_patient

BORN = date(1979, 2, 3)
TODAY = date(2026, 11, 22)


@pytest.fixture
def patient_id(work: Work, clinic: ClinicWorld) -> str:
    return make_patient(work, clinic.prescriber)


def last_event(work: Work, clinic: ClinicWorld) -> AuditEvent:
    with work.reading(clinic.prescriber, scoped=False) as uow:
        newest = select(AuditEvent).where(AuditEvent.chain == clinic.id).order_by(AuditEvent.sequence.desc()).limit(1)
        return uow.session.scalars(newest).one()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"side": Side.MIDLINE}, "side"),
        ({"cause": Cause.OTHER}, "cause_detail"),
        ({"onset_on": date(2026, 11, 23)}, "onset"),
        ({"onset_on": date(1979, 2, 2)}, "onset"),
        ({"onset_on": date(1978, 1, 1), "onset_precision": DatePrecision.YEAR}, "onset"),
        ({"onset_on": date(1979, 1, 1), "onset_precision": DatePrecision.MONTH}, "onset"),
        ({"first_movement_on": date(2024, 3, 13)}, "first_movement"),
        ({"first_movement_on": date(2026, 11, 23)}, "first_movement"),
        ({"worst_house_brackmann": 7}, "worst_house_brackmann"),
        ({"worst_house_brackmann": 0}, "worst_house_brackmann"),
    ],
)
def test_a_condition_that_cannot_be(
    work: Work, clinic: ClinicWorld, patient_id: str, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        make_condition(work, clinic.prescriber, patient_id, **wrong)
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize(
    "allowed",
    [
        {"onset_on": TODAY},
        {"onset_on": BORN, "cause": Cause.CONGENITAL},
        {"onset_on": date(1979, 1, 1), "onset_precision": DatePrecision.YEAR},
        {"onset_on": date(1979, 2, 1), "onset_precision": DatePrecision.MONTH},
        {"onset_on": None, "onset_precision": DatePrecision.UNKNOWN},
        {"worst_house_brackmann": 6},
        {"first_movement_on": date(2024, 3, 14)},
        {"cause": Cause.OTHER, "cause_detail": "sarcoidosis"},
    ],
)
def test_the_ends_of_what_a_condition_can_be(
    work: Work, clinic: ClinicWorld, patient_id: str, allowed: dict[str, Any]
) -> None:
    make_condition(work, clinic.prescriber, patient_id, **allowed)


def test_a_precision_without_a_date_is_unknown(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    condition_id = make_condition(work, clinic.prescriber, patient_id, onset_on=None)
    with work.reading(clinic.prescriber) as uow:
        assert uow.session.get_one(Condition, (clinic.id, condition_id)).onset_precision is DatePrecision.UNKNOWN


def test_a_condition_is_changed_with_old_and_new_and_never_over_somebody_else(
    work: Work, clinic: ClinicWorld, patient_id: str
) -> None:
    condition_id = make_condition(work, clinic.prescriber, patient_id)
    values = ConditionValues(
        Side.RIGHT, Cause.BELLS_PALSY, onset_on=date(2024, 3, 14), onset_precision=DatePrecision.DAY
    )
    with work.writing(clinic.prescriber) as uow:
        conditions.change_condition(uow, patient_id, condition_id, 1, values)
    assert json.loads(last_event(work, clinic).values) == {"old": {"side": "left"}, "new": {"side": "right"}}
    with pytest.raises(Stale), work.writing(clinic.prescriber) as uow:
        conditions.change_condition(uow, patient_id, condition_id, 1, values)


def test_a_part_belongs_to_its_patient(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    actor = clinic.prescriber
    condition_id = make_condition(work, actor, patient_id)
    with work.writing(actor) as uow:
        treatment = conditions.add_treatment(
            uow, patient_id, condition_id, TreatmentValues(EarlierTreatmentKind.TRAINING)
        )
        muscle = conditions.add_muscle_status(
            uow, patient_id, MuscleStatusValues("platysma", Side.LEFT, MuscleState.ABSENT)
        )
        toxin = conditions.add_toxin_elsewhere(uow, patient_id, ToxinValues("botox", Decimal(5), TODAY))
    other = make_patient(work, actor, family_name="Brandt", given_names="Sabine", birth_date=date(1960, 1, 1))
    values = ConditionValues(Side.RIGHT, Cause.LYME)
    for attempt in (
        lambda uow: conditions.change_condition(uow, other, condition_id, 1, values),
        lambda uow: conditions.retire_condition(uow, other, condition_id, "x"),
        lambda uow: conditions.add_treatment(uow, other, condition_id, TreatmentValues(EarlierTreatmentKind.TRAINING)),
        lambda uow: conditions.retire_treatment(uow, other, treatment, "x"),
        lambda uow: conditions.retire_muscle_status(uow, other, muscle, "x"),
        lambda uow: conditions.retire_toxin_elsewhere(uow, other, toxin, "x"),
    ):
        with pytest.raises(NotFound), work.writing(actor) as uow:
            attempt(uow)


def test_a_condition_taken_out_takes_no_change(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    condition_id = make_condition(work, clinic.prescriber, patient_id)
    with pytest.raises(Invalid), work.writing(clinic.prescriber) as uow:
        conditions.retire_condition(uow, patient_id, condition_id, " ")
    with work.writing(clinic.prescriber) as uow:
        conditions.retire_condition(uow, patient_id, condition_id, "Wrong patient.")
    assert last_event(work, clinic).reason == "Wrong patient."
    with pytest.raises(Frozen), work.writing(clinic.prescriber) as uow:
        conditions.change_condition(uow, patient_id, condition_id, 2, ConditionValues(Side.RIGHT, Cause.LYME))


@pytest.mark.parametrize(
    ("muscle", "side", "field"),
    [
        ("platysma", Side.MIDLINE, "side"),
        ("procerus", Side.LEFT, "side"),
        ("lacrimal_gland", Side.LEFT, "muscle"),
        ("other", Side.LEFT, "muscle"),
        ("nonsense", Side.LEFT, "muscle"),
    ],
)
def test_a_muscle_is_on_a_side_that_it_has(
    work: Work, clinic: ClinicWorld, patient_id: str, muscle: str, side: Side, field: str
) -> None:
    with pytest.raises(Invalid) as refused, work.writing(clinic.prescriber) as uow:
        conditions.add_muscle_status(uow, patient_id, MuscleStatusValues(muscle, side, MuscleState.ABSENT))
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"product": "nonsense"}, "product"),
        ({"units": Decimal(0)}, "units"),
        ({"on": date(2026, 11, 23)}, "on"),
        ({"on": date(1979, 2, 2)}, "on"),
    ],
)
def test_toxin_elsewhere_that_cannot_be(
    work: Work, clinic: ClinicWorld, patient_id: str, wrong: dict[str, Any], field: str
) -> None:
    values = ToxinValues(**({"product": "botox", "units": Decimal("37.5"), "on": TODAY} | wrong))
    with pytest.raises(Invalid) as refused, work.writing(clinic.prescriber) as uow:
        conditions.add_toxin_elsewhere(uow, patient_id, values)
    assert list(refused.value.fields) == [field]


def test_another_treatment_says_which(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    condition_id = make_condition(work, clinic.prescriber, patient_id)
    with pytest.raises(Invalid) as refused, work.writing(clinic.prescriber) as uow:
        conditions.add_treatment(uow, patient_id, condition_id, TreatmentValues(EarlierTreatmentKind.OTHER))
    assert list(refused.value.fields) == ["detail"]


def answer(
    work: Work,
    clinic: ClinicWorld,
    patient_id: str,
    version: int,
    answers: dict[SafetyFactKind, FactAnswer],
    asked_on: date = TODAY,
) -> None:
    with work.writing(clinic.prescriber) as uow:
        safety_facts.record_safety_facts(uow, patient_id, version, answers, asked_on=asked_on)


def test_only_what_was_asked_gets_the_day(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    no, yes = FactAnswer(Answer.NO), FactAnswer(Answer.YES, " Apixaban. ")
    answer(work, clinic, patient_id, 1, {SafetyFactKind.BREATHING: no, SafetyFactKind.SWALLOWING: no}, date(2025, 1, 1))
    answer(work, clinic, patient_id, 2, {SafetyFactKind.ANTICOAGULANT: yes, SafetyFactKind.SWALLOWING: no})
    with work.reading(clinic.prescriber) as uow:
        facts = {row.kind: row for row in uow.session.scalars(select(SafetyFact))}
    assert facts[SafetyFactKind.BREATHING].asked_on == date(2025, 1, 1)
    assert facts[SafetyFactKind.SWALLOWING].asked_on == TODAY
    assert facts[SafetyFactKind.ANTICOAGULANT].detail == "Apixaban."
    told = json.loads(last_event(work, clinic).values)
    assert told["old"] == {"swallowing": "no, asked 2025-01-01"}
    assert set(told["new"]) == {"swallowing", "anticoagulant"}


def test_stale_answers_are_refused(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    asked = {SafetyFactKind.BREATHING: FactAnswer(Answer.NO)}
    answer(work, clinic, patient_id, 1, asked)
    with pytest.raises(Stale):
        answer(work, clinic, patient_id, 1, {SafetyFactKind.BREATHING: FactAnswer(Answer.YES)})


@pytest.mark.parametrize(
    ("kind", "given", "asked_on", "field"),
    [
        (SafetyFactKind.NEUROMUSCULAR, Answer.NOT_APPLICABLE, TODAY, "neuromuscular"),
        (SafetyFactKind.BREATHING, Answer.NO, date(2026, 11, 23), "asked_on"),
        (SafetyFactKind.BREATHING, Answer.NO, date(1979, 2, 2), "asked_on"),
    ],
)
def test_answers_that_cannot_be(
    work: Work, clinic: ClinicWorld, patient_id: str, kind: SafetyFactKind, given: Answer, asked_on: date, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        answer(work, clinic, patient_id, 1, {kind: FactAnswer(given)}, asked_on)
    assert list(refused.value.fields) == [field]


def test_not_applicable_where_it_is_an_answer(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    na = FactAnswer(Answer.NOT_APPLICABLE)
    answer(work, clinic, patient_id, 1, {SafetyFactKind.PREGNANCY: na, SafetyFactKind.NON_RESPONSE: na})


def test_a_retired_record_takes_none_of_this(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    with work.writing(clinic.prescriber) as uow:
        patients.retire_patient(uow, patient_id, 1, "Entered twice.")
    with pytest.raises(Frozen):
        make_condition(work, clinic.prescriber, patient_id)
    with pytest.raises(Frozen):
        answer(work, clinic, patient_id, 2, {SafetyFactKind.BREATHING: FactAnswer(Answer.NO)})


def test_a_patient_with_an_open_draft_is_not_retired(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    make_condition(work, clinic.prescriber, patient_id)
    with work.writing(clinic.prescriber) as uow:
        visits.start(uow, patient_id)
    with pytest.raises(Invalid) as refused, work.writing(clinic.prescriber) as uow:
        patients.retire_patient(uow, patient_id, 1, "Entered twice.")
    assert "22 Nov 2026" in refused.value.fields["reason"]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_who_has_no_chart_changes_nothing(work: Work, clinic: ClinicWorld, patient_id: str, role: Role) -> None:
    with pytest.raises(NotPermitted):
        make_condition(work, clinic.people[role], patient_id)
    with pytest.raises(NotPermitted), work.writing(clinic.people[role]) as uow:
        safety_facts.record_safety_facts(uow, patient_id, 1, {}, asked_on=TODAY)
