"""Answering the questions of planning in a draft: yes, no or unknown; taking an answer back leaves the question open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, Stale
from clinic.domain.events import Action, Event
from clinic.domain.injections import Answer
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.shown_values import digest
from clinic.models import PlanningAnswer
from clinic.services.authority import require
from clinic.services.drafts import held_beside
from clinic.unit_of_work import UnitOfWork

DETAIL_MAXIMUM = 1000
ANSWERS = frozenset({Answer.YES, Answer.NO, Answer.UNKNOWN})


def save_planning_answers(
    uow: UnitOfWork,
    visit_id: str,
    answers: Mapping[PlanningQuestion, tuple[Answer | None, str]],
    *,
    shown: str | None = None,
) -> None:
    """Write answers with their details into a draft; None takes an answer out. Questions that are not named stay.

    ``shown`` is the digest of all answers as the form showed them; without it nothing is compared. Raises NotFound,
    Frozen, NotPermitted, Stale, or Invalid by the question's key.
    """
    visit = held_beside(uow, visit_id, Permission.VISIT_CHART)
    require(uow, Permission.PLAN_WRITE)
    if shown is not None:
        _refuse_stale(uow, visit_id, shown)
    if found := _problems(answers):
        raise Invalid(found)
    old: dict[str, object] = {}
    new: dict[str, object] = {}
    for question, (answer, detail) in answers.items():
        row = uow.session.get(PlanningAnswer, (uow.clinic_id, visit_id, question))
        before, after = _told(row.answer, row.detail) if row else "", _told(answer, detail.strip())
        if before == after:
            continue
        old[question.value], new[question.value] = before, after
        _write(uow, visit_id, question, row, answer, detail.strip())
    uow.record(Event(Action.PLANNING_ANSWERED, f"visit:{visit_id}", visit.patient_id, old=old, new=new))


def _refuse_stale(uow: UnitOfWork, visit_id: str, shown: str) -> None:
    rows = list(uow.session.scalars(select(PlanningAnswer).where(PlanningAnswer.visit_id == visit_id)))
    if digest({row.question.value: f"{row.answer}|{row.detail}" for row in rows}) != shown:
        last = max(rows, key=lambda row: row.answered_at, default=None)
        raise Stale(
            f"{last.answered_by if last else 'Somebody'} changed these answers meanwhile. Nothing of yours was saved over"
            " them: what you typed is kept here; look at what stands now, and save again if yours is right.",
            shown=0,
            current=len(rows),
        )


def _problems(answers: Mapping[PlanningQuestion, tuple[Answer | None, str]]) -> dict[str, str]:
    found = {}
    for question, (answer, detail) in answers.items():
        if answer is not None and answer not in ANSWERS:
            found[question.value] = "Answer yes, no or unknown."
        elif len(detail) > DETAIL_MAXIMUM:
            found[question.value] = f"At most {DETAIL_MAXIMUM} characters."
        elif answer is None and detail.strip():
            found[question.value] = "Answer yes, no or unknown to keep these words."
    return found


def _told(answer: Answer | None, detail: str) -> str:
    return ", ".join(filter(None, (answer.value, detail))) if answer else ""


def _write(
    uow: UnitOfWork,
    visit_id: str,
    question: PlanningQuestion,
    row: PlanningAnswer | None,
    answer: Answer | None,
    detail: str,
) -> None:
    if answer is None:
        uow.session.delete(row)
        return
    stamp = {"answered_by": uow.actor.name, "answered_at": uow.now}
    values: dict[str, Any] = {"answer": answer, "detail": detail} | stamp
    if row is None:
        uow.session.add(PlanningAnswer(clinic_id=uow.clinic_id, visit_id=visit_id, question=question, **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
