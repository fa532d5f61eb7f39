"""Criteria, test blocks and the referral for selective neurolysis; on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale
from clinic.domain.injections import Answer
from clinic.domain.muscle_blocks import USUAL_MUSCLE, BlockEntry
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import PlanState, Referral, ReferralKind
from clinic.models import MuscleBlock
from clinic.queries.neurolysis import neurolysis_page
from clinic.queries.plan_items import patient_plan
from clinic.services.blocks import record_block, remove_block
from clinic.services.neurolysis import answer_criteria, answers_mark, refer_for_neurolysis
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld

BLOCK = BlockEntry(USUAL_MUSCLE, Side.LEFT, " lidocaine 1 % ", 5, 40, 70, None, 30, "<b>freer</b>")
NOTHING = answers_mark({})
UNSATISFIED = {PlanningQuestion.UNSATISFIED: (Answer.YES, "tight by the evening")}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


def block(charting: Charting, entry: BlockEntry = BLOCK) -> str:
    with charting.writing() as uow:
        return record_block(uow, charting.visit_id, entry)


def count(charting: Charting) -> int:
    with charting.reading() as uow:
        return uow.session.scalar(select(func.count()).select_from(MuscleBlock)) or 0


def test_a_block_is_read_back_with_its_difference_in_words(charting: Charting) -> None:
    block(charting)
    with charting.reading() as uow:
        (one,) = neurolysis_page(uow, charting.visit_id).pack.blocks
    assert (one.place, one.agent) == ("Depressor anguli oris, patient’s left", "lidocaine 1 %, 0.5\u00a0mL")
    assert one.results == (
        ("Excursion of the mouth corner", "4 → 7\u00a0mm, +3\u00a0mm"),
        ("Dental show", "not measured → 3\u00a0mm"),
    )
    assert one.row.patient_says == "<b>freer</b>"


def test_a_block_of_another_visit_is_not_found_and_a_signed_one_stays(charting: Charting) -> None:
    block_id = block(charting)
    first = charting.visit_id
    charting.signed()
    charting.clock.move(days=90)
    charting.start()
    with charting.writing() as uow, pytest.raises(NotFound):
        remove_block(uow, charting.visit_id, block_id)
    with charting.writing() as uow, pytest.raises(Frozen):
        remove_block(uow, first, block_id)
    with charting.writing() as uow, pytest.raises(Frozen):
        record_block(uow, first, BLOCK)
    assert count(charting) == 1
    with charting.reading() as uow:
        assert [one.visit_id for one in neurolysis_page(uow, charting.visit_id).pack.blocks] == [first]


def test_a_block_in_a_draft_can_be_taken_out(charting: Charting) -> None:
    block_id = block(charting)
    with charting.writing() as uow:
        remove_block(uow, charting.visit_id, block_id)
    assert count(charting) == 0
    with charting.writing() as uow, pytest.raises(NotFound):
        remove_block(uow, charting.visit_id, block_id)


def test_values_out_of_range_are_refused_and_nothing_is_written(charting: Charting) -> None:
    with charting.writing() as uow, pytest.raises(Invalid) as refused:
        record_block(uow, charting.visit_id, replace(BLOCK, tenths_ml=101, excursion_after=301))
    assert set(refused.value.fields) == {"volume", "excursion_after"}
    assert count(charting) == 0


@pytest.mark.parametrize(("role", "may"), [(Role.INJECTOR, True), (Role.THERAPIST, False), (Role.ASSISTANT, False)])
def test_who_may_record_a_block(charting: Charting, work: Work, clinic: ClinicWorld, role: Role, may: bool) -> None:
    with work.writing(clinic.people[role]) as uow:
        if may:
            assert record_block(uow, charting.visit_id, BLOCK)
        else:
            with pytest.raises(NotPermitted):
                record_block(uow, charting.visit_id, BLOCK)


def test_a_block_of_another_clinic_is_not_found(charting: Charting, work: Work, other_clinic: ClinicWorld) -> None:
    block_id = block(charting)
    with work.writing(other_clinic.prescriber) as uow, pytest.raises(NotFound):
        remove_block(uow, charting.visit_id, block_id)
    with work.reading(other_clinic.prescriber) as uow, pytest.raises(NotFound):
        neurolysis_page(uow, charting.visit_id)


def test_answers_are_kept_with_who_gave_them(charting: Charting) -> None:
    with charting.writing() as uow:
        answer_criteria(uow, charting.visit_id, UNSATISFIED, NOTHING)
    with charting.reading() as uow:
        page = neurolysis_page(uow, charting.visit_id)
    assert page.answers == UNSATISFIED
    assert page.by == {PlanningQuestion.UNSATISFIED: "Ada Prescriber"}


def test_two_windows_do_not_overwrite_each_other(charting: Charting) -> None:
    with charting.writing() as uow:
        answer_criteria(uow, charting.visit_id, UNSATISFIED, NOTHING)
    other = {PlanningQuestion.UNSATISFIED: (Answer.NO, "")}
    with charting.writing() as uow, pytest.raises(Stale):
        answer_criteria(uow, charting.visit_id, other, NOTHING)
    with charting.writing() as uow, pytest.raises(Invalid):
        answer_criteria(uow, charting.visit_id, UNSATISFIED, answers_mark(UNSATISFIED))
    with charting.writing() as uow:
        answer_criteria(uow, charting.visit_id, other, answers_mark(UNSATISFIED))
    with charting.reading() as uow:
        assert neurolysis_page(uow, charting.visit_id).answers == other


def test_a_signed_visit_takes_no_answer(charting: Charting) -> None:
    charting.signed()
    with charting.writing() as uow, pytest.raises(Frozen):
        answer_criteria(uow, charting.visit_id, UNSATISFIED, NOTHING)


def test_the_referral_keeps_the_typed_reason_and_stands_in_the_plan(charting: Charting) -> None:
    said = {"recipient": "Surgery", "question": "Could neurolysis help?"}
    with charting.writing() as uow, pytest.raises(Invalid) as refused:
        refer_for_neurolysis(uow, charting.patient_id, charting.visit_id, reason="too short", **said)
    assert set(refused.value.fields) == {"reason"}
    with charting.writing() as uow:
        refer_for_neurolysis(uow, charting.patient_id, charting.visit_id, reason="Tight again by week six.", **said)
    with charting.reading() as uow:
        (item,) = patient_plan(uow, charting.patient_id)
        page = neurolysis_page(uow, charting.visit_id)
    assert isinstance(item.entry.details, Referral)
    assert (item.entry.details.kind, item.entry.state) == (ReferralKind.NEUROLYSIS, PlanState.AGREED)
    assert page.pack.why == item.entry.reason == "Tight again by week six."
    assert page.referrals[0][2] == "agreed, not sent yet"
