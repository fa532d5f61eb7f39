"""The patient's goals: rated in a visit, put in order, and never somebody else's."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.assessments.grid import Group
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale
from clinic.domain.plans import Appointment, CareStep, Goal, ItemKind, Occasion, PlanItem, PlanState, Step
from clinic.domain.shown_values import digest
from clinic.models import GoalRating
from clinic.queries.plan_items import patient_plan
from clinic.services import goals, patient_plans
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft of a patient with three goals: eye, chin, smile."""
    charting = Charting.begun(work, clinic, clock)
    for words, group in (("eye", Group.EYE), ("chin", Group.CHIN), ("smile", Group.CHEEK)):
        with charting.writing() as uow:
            patient_plans.add_goal(uow, charting.patient_id, Goal(words, (group,)))
    return charting


def plan(charting: Charting) -> list[PlanItem]:
    with charting.reading() as uow:
        return [one for one in patient_plan(uow, charting.patient_id) if one.kind is ItemKind.GOAL]


def order(charting: Charting) -> list[str]:
    return [one.entry.details.words for one in plan(charting) if isinstance(one.entry.details, Goal)]


def move(charting: Charting, item: PlanItem, *, up: bool, patient_id: str = "") -> None:
    with charting.writing() as uow:
        goals.move_goal(uow, patient_id or charting.patient_id, item.id, item.number, up=up)


def rate(charting: Charting, levels: dict[str, int | None], role: Role = Role.PRESCRIBER, **values: Any) -> None:
    with charting.work.writing(charting.clinic.people[role]) as uow:
        goals.rate_goals(uow, charting.visit_id, levels, **values)


def ratings(charting: Charting) -> dict[str, int]:
    with charting.reading() as uow:
        return {row.item_id: row.level for row in uow.session.scalars(select(GoalRating))}


def test_a_goal_goes_up_and_down_and_every_place_is_an_entry(charting: Charting) -> None:
    assert order(charting) == ["eye", "chin", "smile"]
    move(charting, plan(charting)[2], up=True)
    assert order(charting) == ["eye", "smile", "chin"]
    move(charting, plan(charting)[0], up=False)
    assert order(charting) == ["smile", "eye", "chin"]
    assert {one.entry.place for one in plan(charting)} == {1, 2, 3}


def test_the_order_ends_somewhere_and_has_open_goals_only(charting: Charting) -> None:
    first, _, last = plan(charting)
    for item, up in ((first, True), (last, False)):
        with pytest.raises(Invalid):
            move(charting, item, up=up)
    with charting.writing() as uow:
        patient_plans.settle_item(uow, charting.patient_id, first.id, first.number, PlanState.DONE)
    with pytest.raises(Invalid):
        move(charting, plan(charting)[0], up=False)
    with pytest.raises(Stale):
        move(charting, first, up=False)


def test_ratings_are_kept_changed_and_taken_back(charting: Charting) -> None:
    eye, chin, _ = (one.id for one in plan(charting))
    rate(charting, {eye: -2, chin: 0}, shown=digest({}))
    rate(charting, {eye: 2, chin: None}, Role.THERAPIST, shown=digest({eye: "-2", chin: "0"}))
    assert ratings(charting) == {eye: 2}
    with pytest.raises(Stale, match="Ada Therapist"):
        rate(charting, {eye: 1}, shown=digest({eye: "-2", chin: "0"}))
    assert ratings(charting) == {eye: 2}


@pytest.mark.parametrize("level", [-3, 3])
def test_a_level_out_of_range_is_refused_beside_its_goal(charting: Charting, level: int) -> None:
    eye = plan(charting)[0].id
    with pytest.raises(Invalid) as refused:
        rate(charting, {eye: level})
    assert list(refused.value.fields) == [f"level-{eye}"]
    assert ratings(charting) == {}


def test_another_patients_goal_and_another_kind_of_item_are_not_found(charting: Charting) -> None:
    other = make_patient(charting.work, charting.clinic.prescriber, family_name="Other", given_names="Olga")
    with charting.writing() as uow:
        theirs = patient_plans.add_goal(uow, other, Goal("theirs"))
        step = patient_plans.decide_step(
            uow, charting.patient_id, Step(CareStep.TOXIN), reason="training has levelled off"
        )
    for item_id in (theirs, step, "0" * 26):
        with pytest.raises(NotFound):
            rate(charting, {item_id: 1})
    with pytest.raises(NotFound):
        move(charting, plan(charting)[0], up=False, patient_id=other)
    with pytest.raises(NotFound), charting.writing() as uow:
        patient_plans.settle_item(uow, charting.patient_id, theirs, 1, PlanState.DONE)
    with pytest.raises(NotFound), charting.writing() as uow:
        patient_plans.change_goal(uow, charting.patient_id, theirs, 1, Goal("mine now"))


def test_only_those_who_plan_write_it_and_only_in_a_draft(charting: Charting) -> None:
    eye = plan(charting)[0]
    with pytest.raises(NotPermitted):
        rate(charting, {eye.id: 1}, Role.ASSISTANT)
    with pytest.raises(NotPermitted), charting.work.writing(charting.clinic.people[Role.ASSISTANT]) as uow:
        patient_plans.add_date(uow, charting.patient_id, Appointment(Occasion.OTHER, uow.now.date()))
    charting.signed()
    with pytest.raises(Frozen):
        rate(charting, {eye.id: 1})


def test_a_new_step_needs_its_reason_and_replaces_the_one_before(charting: Charting) -> None:
    def decide(step: CareStep, reason: str) -> None:
        with charting.writing() as uow:
            patient_plans.decide_step(uow, charting.patient_id, Step(step), reason=reason)

    with pytest.raises(Invalid):
        decide(CareStep.TOXIN, "too short")
    decide(CareStep.TRAINING, "ten weeks of training first")
    decide(CareStep.TOXIN, "the eye does not respond to training")
    with charting.reading() as uow:
        steps = [one for one in patient_plan(uow, charting.patient_id) if one.kind is ItemKind.STEP]
    assert {(one.entry.details, one.entry.state) for one in steps} == {
        (Step(CareStep.TRAINING), PlanState.SUPERSEDED),
        (Step(CareStep.TOXIN), PlanState.PROPOSED),
    }
