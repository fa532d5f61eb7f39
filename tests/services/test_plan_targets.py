"""Targets in the plan: proposed or with a reason of one's own, never past a red flag or a block, a guard only in words."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale
from clinic.domain.injections import Answer, Question
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import ItemKind, PlanItem, PlanState, Target
from clinic.queries.plan_items import patient_plan
from clinic.services import grids, injections, patient_plans
from clinic.services.injections import AnswerEntry
from clinic.services.plan_targets import add_target, change_target
from clinic.services.planning_answers import save_planning_answers
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient

L = Side.LEFT
MENTALIS = Target(
    "mentalis", L, product="botox", sites=2, units_per_site=Decimal("2.5"), basis="typed by the clinician"
)
OCULI = Target("orbicularis_oculi", L)
ZYGOMATICUS = Target("zygomaticus_major", L)
WHY = "the patient asks for this one"


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with a grid: the eye with smile, the chin with pucker, the cheek with closure."""
    charting = Charting.begun(work, clinic, clock)
    cells = [
        Cell(Place(L, Movement.BIG_SMILE, Group.EYE), 2, 3),
        Cell(Place(L, Movement.PUCKER, Group.CHIN), 3, 2),
        Cell(Place(L, Movement.TIGHT_CLOSURE, Group.CHEEK), 2, 2),
    ]
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, cells)
    return charting


def add(charting: Charting, target: Target, role: Role = Role.PRESCRIBER, **values: Any) -> str:
    given: dict[str, Any] = {"reason": ""} | values
    with charting.work.writing(charting.clinic.people[role]) as uow:
        return add_target(uow, charting.visit_id, target, **given)


def targets(charting: Charting) -> list[PlanItem]:
    with charting.reading() as uow:
        return [one for one in patient_plan(uow, charting.patient_id) if one.kind is ItemKind.TARGET]


def change(charting: Charting, item: PlanItem, target: Target, **values: Any) -> None:
    given: dict[str, Any] = {"reason": item.entry.reason, "patient_id": charting.patient_id} | values
    with charting.writing() as uow:
        change_target(uow, given.pop("patient_id"), item.id, item.number, target, **given)


def refused(charting: Charting, target: Target, **values: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as error:
        add(charting, target, **values)
    return error.value.fields


def test_a_proposed_muscle_needs_no_reason_and_names_its_rules(charting: Charting) -> None:
    add(charting, MENTALIS, state=PlanState.AGREED)
    [item] = targets(charting)
    assert (item.entry.details, item.entry.state, item.visit_id) == (MENTALIS, PlanState.AGREED, charting.visit_id)
    assert item.entry.rules
    assert item.condition_id is not None
    assert "muscle" in refused(charting, MENTALIS)


def test_a_muscle_that_planning_does_not_propose_takes_a_reason(charting: Charting) -> None:
    corrugator = Target("corrugator_supercilii", L)
    assert list(refused(charting, corrugator, reason="too short")) == ["reason"]
    add(charting, corrugator, reason=WHY)
    assert [one.entry.reason for one in targets(charting)] == [WHY]


def test_the_eye_is_blocked_until_its_questions_are_answered_today(charting: Charting) -> None:
    assert list(refused(charting, OCULI, reason=WHY)) == ["muscle"]
    charting.answer_all()
    add(charting, OCULI)
    assert len(targets(charting)) == 1


def test_a_wanted_mover_takes_a_typed_reason_whether_proposed_or_not(charting: Charting) -> None:
    for reason in ("", "too short", " " * 20):
        fields = refused(charting, replace(ZYGOMATICUS, guard_reason=reason), reason=WHY)
        assert list(fields) == ["guard_reason"]
    add(charting, replace(ZYGOMATICUS, guard_reason="the smile is strong, the cheek hurts"), reason=WHY)
    [item] = targets(charting)
    with pytest.raises(Invalid):
        change(charting, item, ZYGOMATICUS)


def test_what_a_proposal_leaves_out_takes_a_typed_reason_and_names_its_rule(charting: Charting) -> None:
    version = charting.version()
    with charting.writing() as uow:
        injections.answer(uow, charting.visit_id, version, {Question.PREGNANCY: AnswerEntry(Answer.YES, "9 weeks")})
    fields = refused(charting, MENTALIS, reason=WHY)
    assert "nothing is proposed in pregnancy" in fields["guard_reason"]
    add(charting, replace(MENTALIS, guard_reason="asked for, and the risk was explained"), reason=WHY)
    [item] = targets(charting)
    assert item.entry.rules == ("stop-pregnancy",)
    with pytest.raises(Invalid):
        change(charting, item, MENTALIS, visit_id=charting.visit_id)


def test_a_flaccid_side_takes_a_reason_and_its_sound_side_does_not(charting: Charting) -> None:
    with charting.writing() as uow:
        save_planning_answers(uow, charting.visit_id, {PlanningQuestion.NO_MOVEMENT: (Answer.YES, "")})
    sound = Target("depressor_labii_inferioris", Side.RIGHT)
    assert list(refused(charting, replace(sound, side=L), reason=WHY)) == ["guard_reason"]
    add(charting, sound, reason=WHY)


def test_a_red_flag_keeps_a_target_from_being_taken_up_again(charting: Charting) -> None:
    add(charting, MENTALIS)
    [item] = targets(charting)
    why = "the patient thought about it"
    with charting.writing() as uow:
        patient_plans.settle_item(uow, charting.patient_id, item.id, 1, PlanState.DECLINED, why)
    with charting.writing() as uow:
        save_planning_answers(uow, charting.visit_id, {PlanningQuestion.NEW_NEUROLOGY: (Answer.YES, "")})
    with pytest.raises(Invalid) as error, charting.writing() as uow:
        patient_plans.settle_item(
            uow, charting.patient_id, item.id, 2, PlanState.AGREED, why, visit_id=charting.visit_id
        )
    assert "red flag" in error.value.fields["state"]


def test_nothing_is_planned_past_a_red_flag(charting: Charting) -> None:
    with charting.writing() as uow:
        save_planning_answers(uow, charting.visit_id, {PlanningQuestion.NEW_NEUROLOGY: (Answer.YES, "")})
    assert "red flag" in refused(charting, MENTALIS)[""]
    assert targets(charting) == []


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (replace(MENTALIS, muscle="no_such_muscle"), "muscle"),
        (replace(MENTALIS, product=None), "product"),
        (replace(MENTALIS, sites=0), "sites"),
        (replace(MENTALIS, units_per_site=Decimal(101)), "units_per_site"),
    ],
)
def test_what_cannot_be_a_target_is_refused_beside_its_field(charting: Charting, bad: Target, field: str) -> None:
    assert field in refused(charting, bad, reason=WHY)
    assert targets(charting) == []


def test_a_change_is_a_further_entry_and_another_muscle_is_another_target(charting: Charting) -> None:
    add(charting, MENTALIS)
    [item] = targets(charting)
    change(charting, item, replace(MENTALIS, sites=1), note="one site was enough last time")
    with pytest.raises(Stale):
        change(charting, item, replace(MENTALIS, sites=3))
    [item] = targets(charting)
    assert (item.number, item.entry.note) == (2, "one site was enough last time")
    with pytest.raises(Invalid):
        change(charting, item, replace(MENTALIS, side=Side.RIGHT))
    with charting.writing() as uow:
        patient_plans.settle_item(
            uow, charting.patient_id, item.id, 2, PlanState.DECLINED, "the patient wants to wait with this"
        )
    add(charting, MENTALIS)
    assert sorted(one.entry.state for one in targets(charting)) == [PlanState.DECLINED, PlanState.PROPOSED]


def test_parts_of_a_muscle_are_targets_of_their_own_and_the_whole_is_none_beside_them(charting: Charting) -> None:
    band = Target("platysma", L, "medial_band")
    add(charting, band, reason=WHY)
    add(charting, replace(band, site_group="jaw"), reason=WHY)
    assert "in the plan already" in refused(charting, replace(band, site_group=None), reason=WHY)["muscle"]
    item = next(one for one in targets(charting) if one.entry.details == band)
    with pytest.raises(Invalid) as error:
        change(charting, item, replace(band, site_group=None))
    assert "in the plan already" in error.value.fields["site_group"]
    change(charting, item, replace(band, site_group="lateral_band"))


def test_what_is_taken_up_again_is_asked_about_as_if_it_were_new(charting: Charting) -> None:
    def settle(item: PlanItem, state: PlanState, visit_id: str | None = None) -> None:
        with charting.writing() as uow:
            patient_plans.settle_item(
                uow, charting.patient_id, item.id, item.number, state, "the patient thought about it", visit_id=visit_id
            )

    add(charting, MENTALIS)
    [first] = targets(charting)
    settle(first, PlanState.DECLINED)
    add(charting, MENTALIS)
    [first, second] = targets(charting)
    declined = first if first.entry.state is PlanState.DECLINED else second
    with pytest.raises(Invalid):
        settle(declined, PlanState.AGREED, charting.visit_id)
    settle(second if declined is first else first, PlanState.SUPERSEDED)
    settle(declined, PlanState.AGREED, charting.visit_id)
    assert {one.entry.state for one in targets(charting)} == {PlanState.AGREED, PlanState.SUPERSEDED}


def test_an_unchanged_dose_keeps_where_it_came_from(charting: Charting) -> None:
    add(charting, replace(MENTALIS, basis="last session"))
    [item] = targets(charting)
    change(charting, item, replace(MENTALIS, basis="typed by the clinician"), reason="said better")
    [item] = targets(charting)
    assert (item.entry.reason, getattr(item.entry.details, "basis", "")) == ("said better", "last session")
    change(charting, item, replace(MENTALIS, sites=1))
    assert getattr(targets(charting)[0].entry.details, "basis", "") == "typed by the clinician"


def test_therapists_assistants_and_other_clinics_plan_no_target(charting: Charting, other_clinic: ClinicWorld) -> None:
    for role in (Role.THERAPIST, Role.ASSISTANT):
        with pytest.raises(NotPermitted):
            add(charting, MENTALIS, role)
    with pytest.raises(NotFound), charting.work.writing(other_clinic.prescriber) as uow:
        add_target(uow, charting.visit_id, MENTALIS, reason=WHY)
    add(charting, MENTALIS, Role.INJECTOR)
    [item] = targets(charting)
    other = make_patient(charting.work, charting.clinic.prescriber, family_name="Other", given_names="Olga")
    with pytest.raises(NotFound):
        change(charting, item, MENTALIS, patient_id=other)
    with pytest.raises(NotPermitted), charting.work.writing(charting.clinic.people[Role.THERAPIST]) as uow:
        patient_plans.settle_item(uow, charting.patient_id, item.id, 1, PlanState.AGREED)


def test_a_signed_visit_takes_no_target(charting: Charting) -> None:
    charting.signed()
    with pytest.raises(Frozen):
        add(charting, MENTALIS)
