"""Answering the criteria for selective neurolysis, and referring for it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, Stale
from clinic.domain.injections import Answer
from clinic.domain.neurolysis import CRITERIA_ASKED
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import Referral, ReferralKind
from clinic.domain.referrals import REASON_MINIMUM
from clinic.models import PlanningAnswer
from clinic.services.drafts import held_beside
from clinic.services.planning_answers import save_planning_answers
from clinic.services.referrals import make_referral
from clinic.unit_of_work import UnitOfWork

Answers = Mapping[PlanningQuestion, tuple[Answer | None, str]]


def answers_mark(answers: Answers) -> str:
    """A short mark of the answers that stand, by which two windows are told apart."""
    told = ((one.value, answers[one]) for one in CRITERIA_ASKED if one in answers)
    said = ((key, answer.value, detail) for key, (answer, detail) in told if answer is not None)
    return sha256(repr(tuple(said)).encode()).hexdigest()[:16]


def answer_criteria(uow: UnitOfWork, visit_id: str, answers: Answers, shown: str) -> None:
    """Write the answers to the criteria that only a clinician can give; None takes an answer out.

    ``shown`` is the mark of the answers as they were shown. Raises Stale when they changed since, and as
    ``save_planning_answers`` does.
    """
    held_beside(uow, visit_id, Permission.VISIT_CHART)
    rows = uow.session.execute(
        select(PlanningAnswer.question, PlanningAnswer.answer, PlanningAnswer.detail, PlanningAnswer.answered_by).where(
            PlanningAnswer.visit_id == visit_id, PlanningAnswer.question.in_(CRITERIA_ASKED)
        )
    ).all()
    standing: dict[PlanningQuestion, tuple[Answer | None, str]] = {
        row.question: (row.answer, row.detail) for row in rows
    }
    if answers_mark(standing) != shown:
        raise Stale(
            "Somebody changed these answers meanwhile. Nothing of yours was saved over them: what you typed is kept here;"
            " look at what stands now, and save again if yours is right.",
            shown=0,
            current=len(rows),
        )
    given = {question: answer for question, answer in answers.items() if question in CRITERIA_ASKED}
    settled = {question: (answer, detail.strip()) for question, (answer, detail) in given.items()}
    if all(standing.get(question, (None, "")) == said for question, said in settled.items()):
        raise Invalid({"": "Nothing was changed: the answers stand as they are."})
    save_planning_answers(uow, visit_id, settled)


def refer_for_neurolysis(
    uow: UnitOfWork, patient_id: str, visit_id: str, *, recipient: str, question: str, reason: str
) -> str:
    """Make the referral with the typed reason why training and toxin were not enough; gives its id."""
    if len(reason.strip()) < REASON_MINIMUM:
        raise Invalid(
            {"reason": f"Say why training and toxin were not enough, in at least {REASON_MINIMUM} characters."}
        )
    referral = Referral(ReferralKind.NEUROLYSIS, recipient=recipient, question=question)
    return make_referral(uow, patient_id, referral, reason=reason, visit_id=visit_id)
