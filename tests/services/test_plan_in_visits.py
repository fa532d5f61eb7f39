"""What was planned, asked, tried and trained is part of the visit: signed, frozen, copied into an amendment, verified."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from clinic.domain import visit_content
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement, Place
from clinic.domain.errors import Frozen
from clinic.domain.injections import Answer
from clinic.domain.muscle_blocks import BlockEntry
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import ItemKind, PlanEntry, PlanState, Target
from clinic.domain.training import BroughtDown, Feedback, Method, Training
from clinic.domain.visit_content import VisitContent
from clinic.models import Signature
from clinic.queries import visit_revisions as revisions
from clinic.queries.facts import judged
from clinic.queries.plan_items import patient_plan
from clinic.services import signing, visits
from clinic.services.blocks import record_block
from clinic.services.goals import rate_goals
from clinic.services.plan_items import add_item, set_state
from clinic.services.planning_answers import save_planning_answers
from clinic.services.training import save_training
from clinic.unit_of_work import Work
from clinic.verification import verify
from tests.charting import Charting
from tests.factories import ClinicWorld
from tests.planning import ENTRIES, TARGET

EYE = Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE)
TRAINED = Training(
    45, (Method.RETRAINING, Method.EMG), (Feedback(Method.EMG, EYE, BroughtDown.PARTLY, 3, 2),), "daily", ""
)
BLOCK = BlockEntry("depressor_anguli_oris", Side.LEFT, "lidocaine 1 %", 5, excursion_before=40, excursion_after=70)


@pytest.fixture
def planned(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A plain draft of a patient with everything that a plan can hold."""
    charting = Charting.begun(work, clinic, clock)
    with charting.writing() as uow:
        charting.visit_id = visits.start(uow, charting.patient_id, with_injections=False)
    with charting.writing() as uow:
        for kind in ItemKind:
            add_item(uow, charting.patient_id, ENTRIES[kind], visit_id=charting.visit_id)
    with charting.writing() as uow:
        goal = next(one for one in patient_plan(uow, charting.patient_id) if one.kind is ItemKind.GOAL)
        rate_goals(uow, charting.visit_id, {goal.id: 1})
        answers = {PlanningQuestion.MASS: (Answer.NO, ""), PlanningQuestion.UNSATISFIED: (Answer.YES, "smile")}
        save_planning_answers(uow, charting.visit_id, answers)
        record_block(uow, charting.visit_id, BLOCK)
        save_training(uow, charting.visit_id, TRAINED)
    return charting


def signed_content(charting: Charting) -> VisitContent:
    """What the newest signature holds."""
    with charting.reading() as uow:
        row = uow.session.scalar(select(Signature.content).where(Signature.visit_id == charting.visit_id))
    return visit_content.read(row or "")


def test_everything_planned_is_signed(planned: Charting) -> None:
    planned.sign()
    content = signed_content(planned)
    assert content.schema == visit_content.SCHEMA
    assert [one.kind for one in content.plan] == [kind.value for kind in ItemKind]
    target = next(one for one in content.plan if one.kind == "target")
    assert (target.muscle, target.side, target.product, target.sites, target.units) == (
        "mentalis", "left", "botox", 2, Decimal("2.5"),
    )  # fmt: skip
    assert [one.level_words for one in content.goal_ratings] == ["+1, more than expected"]
    assert [(one.question, one.answer) for one in content.planning_answers] == [("mass", "no"), ("unsatisfied", "yes")]
    assert content.blocks[0].results == (
        ("Excursion of the mouth corner", "4 \N{RIGHTWARDS ARROW} 7\N{NO-BREAK SPACE}mm, +3\N{NO-BREAK SPACE}mm"),
    )
    assert content.training[0].feedback[0].grades == "grade 3 \N{RIGHTWARDS ARROW} 2"
    assert content.planned_given == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE planning_answer SET answer = 'unknown'",
        "DELETE FROM goal_rating",
        "UPDATE muscle_block SET excursion_after = 90",
        "UPDATE training_session SET minutes = 10",
        "DELETE FROM training_feedback",
    ],
)
def test_the_database_refuses_a_change_after_signing(planned: Charting, statement: str) -> None:
    planned.sign()
    with pytest.raises(DBAPIError, match="frozen"), planned.writing() as uow:
        uow.session.connection().execute(text(statement))


def test_nothing_is_planned_into_a_signed_visit(planned: Charting) -> None:
    planned.sign()
    with pytest.raises(Frozen), planned.writing() as uow:
        add_item(uow, planned.patient_id, ENTRIES[ItemKind.GOAL], visit_id=planned.visit_id)
    with pytest.raises(Frozen), planned.writing() as uow:
        record_block(uow, planned.visit_id, BLOCK)


def test_a_plan_changed_meanwhile_is_shown_again_before_the_signature(planned: Charting) -> None:
    with planned.reading() as uow:
        shown, _ = judged(planned.record(), uow.now)
    with planned.writing() as uow:
        item = patient_plan(uow, planned.patient_id)[0]
        set_state(uow, item.id, item.number, PlanState.DECLINED, "She changed her mind")
    record = planned.record()
    with pytest.raises(Exception, match=r"(?i)shown|changed"), planned.fresh_writing() as uow:
        signing.sign(uow, planned.visit_id, record.visit.edit_version, visit_content.digest(shown))


def test_an_amendment_knows_the_plan_as_its_version_did(planned: Charting, clock: Any, tmp_path: Path) -> None:
    planned.sign()
    before = signed_content(planned)
    clock.now += timedelta(days=40)
    with planned.writing() as uow:
        for item in patient_plan(uow, planned.patient_id):
            set_state(uow, item.id, item.number, PlanState.DECLINED, "Everything is different now")
        add_item(uow, planned.patient_id, PlanEntry(Target("platysma", Side.LEFT)))
    with planned.fresh_writing() as uow:
        planned.visit_id = signing.amend(uow, planned.visit_id, "The wrong day was written")
    with planned.reading() as uow:
        content, _ = judged(planned.record(), uow.now)
        assert revisions.compare(before, content) == ()
    assert content.plan == before.plan
    assert [one.results for one in content.blocks] == [one.results for one in before.blocks]
    assert content.training == before.training
    planned.sign()
    assert signed_content(planned).plan == before.plan
    assert verify(planned.work, tmp_path).problems == ()


def test_the_difference_between_plan_and_chart_is_signed(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.begun(work, clinic, clock)
    with charting.writing() as uow:
        add_item(uow, charting.patient_id, PlanEntry(TARGET, PlanState.AGREED), visit_id=charting.visit_id)
        strong = Target("frontalis", Side.RIGHT, product="botox", units_per_site=Decimal(5))
        add_item(uow, charting.patient_id, PlanEntry(strong), visit_id=charting.visit_id)
    charting.signed()
    rows = {(one.muscle, one.side): (one.planned, one.charted) for one in signed_content(charting).planned_given}
    assert rows["mentalis", "left"] == (Decimal("2.5"), Decimal("2.5"))
    assert rows["frontalis", "right"] == (Decimal(5), None)
    assert rows["platysma", "left"] == (None, Decimal("2.5"))
    with charting.reading() as uow:
        states = {one.entry.details.muscle: one.entry.state for one in patient_plan(uow, charting.patient_id)}  # type: ignore[union-attr]
    assert states == {"mentalis": PlanState.DONE, "frontalis": PlanState.PROPOSED}
