"""Answering the questions of planning: what is kept, what is refused, and a colleague's answer that is never lost."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale
from clinic.domain.injections import Answer
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.shown_values import digest
from clinic.models import PlanningAnswer
from clinic.services.planning_answers import DETAIL_MAXIMUM, save_planning_answers
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld

MASS, MOOD = PlanningQuestion.MASS, PlanningQuestion.LOW_MOOD
NOTHING = digest({})


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft."""
    return Charting.begun(work, clinic, clock)


def save(charting: Charting, answers: dict[Any, Any], role: Role = Role.PRESCRIBER, **values: Any) -> None:
    with charting.work.writing(charting.clinic.people[role]) as uow:
        save_planning_answers(uow, charting.visit_id, answers, **values)


def stand(charting: Charting) -> dict[PlanningQuestion, tuple[Answer, str, str]]:
    with charting.reading() as uow:
        rows = uow.session.scalars(select(PlanningAnswer))
        return {row.question: (row.answer, row.detail, row.answered_by) for row in rows}


def test_answers_are_kept_changed_and_taken_back_one_by_one(charting: Charting) -> None:
    save(charting, {MASS: (Answer.NO, ""), MOOD: (Answer.YES, " keeps away ")})
    save(charting, {MASS: (Answer.UNKNOWN, "")}, Role.THERAPIST)
    assert stand(charting) == {
        MASS: (Answer.UNKNOWN, "", "Ada Therapist"),
        MOOD: (Answer.YES, "keeps away", "Ada Prescriber"),
    }
    save(charting, {MASS: (None, ""), MOOD: (Answer.YES, "keeps away")}, Role.INJECTOR)
    assert stand(charting) == {MOOD: (Answer.YES, "keeps away", "Ada Prescriber")}


@pytest.mark.parametrize(
    "answer", [(Answer.NOT_APPLICABLE, ""), (Answer.YES, "x" * (DETAIL_MAXIMUM + 1)), (None, "words without an answer")]
)
def test_a_refusal_names_the_question_and_changes_nothing(charting: Charting, answer: tuple[Any, str]) -> None:
    with pytest.raises(Invalid) as refused:
        save(charting, {MASS: answer, MOOD: (Answer.NO, "")})
    assert list(refused.value.fields) == ["mass"]
    assert stand(charting) == {}


def test_what_a_colleague_answered_meanwhile_is_not_written_over(charting: Charting) -> None:
    save(charting, {MASS: (Answer.YES, "")}, Role.THERAPIST, shown=NOTHING)
    with pytest.raises(Stale, match="Ada Therapist"):
        save(charting, {MASS: (None, ""), MOOD: (Answer.NO, "")}, shown=NOTHING)
    assert stand(charting) == {MASS: (Answer.YES, "", "Ada Therapist")}


def test_nobody_else_answers_and_no_other_visit_is_reached(charting: Charting, other_clinic: ClinicWorld) -> None:
    with pytest.raises(NotPermitted):
        save(charting, {MASS: (Answer.NO, "")}, Role.ASSISTANT)
    with pytest.raises(NotFound), charting.work.writing(other_clinic.prescriber) as uow:
        save_planning_answers(uow, charting.visit_id, {MASS: (Answer.NO, "")})
    charting.signed()
    with pytest.raises(Frozen):
        save(charting, {MASS: (Answer.NO, "")})
    assert stand(charting) == {}
