"""SCREEN-001 to SCREEN-004, EYE-001, CONSENT-001 and AGE-001."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from clinic.domain.findings import Severity
from clinic.domain.injections import Answer, Question
from clinic.domain.safety import check
from tests.domain.facts import SAFE_ANSWERS, eye, facts, found, site

SCREENED = {
    Question.ALLERGY: "SCREEN-002",
    Question.INFECTION: "SCREEN-002",
    Question.PREGNANCY: "SCREEN-003",
    Question.BREASTFEEDING: "SCREEN-003",
    Question.NEUROMUSCULAR: "SCREEN-003",
    Question.SWALLOWING: "SCREEN-003",
    Question.BREATHING: "SCREEN-003",
    Question.ANTICOAGULANT: "SCREEN-004",
    Question.INTERACTING_MEDICINE: "SCREEN-004",
}


def answered(question: Question, answer: Answer | None) -> dict[Question, Answer]:
    changed = {key: value for key, value in SAFE_ANSWERS.items() if key is not question}
    return changed if answer is None else {**changed, question: answer}


@pytest.mark.parametrize("question", list(Question))
def test_screen_001_every_question_is_asked(question: Question) -> None:
    session = facts(site(), answers=answered(question, None))
    (one,) = found("SCREEN-001", session)
    assert (one.subject, one.severity) == (f"answer:{question.value}", Severity.NEVER)
    assert question.label in one.message
    assert not found("SCREEN-001", replace(session, answers=answered(question, Answer.UNKNOWN)))


@pytest.mark.parametrize("question", list(Question))
def test_screen_001_not_applicable_answers_few_questions(question: Question) -> None:
    allowed = question.is_eye or question in (Question.PREGNANCY, Question.BREASTFEEDING)
    session = facts(site(), answers=answered(question, Answer.NOT_APPLICABLE))
    assert bool(found("SCREEN-001", session)) is not allowed


def test_screen_001_nothing_answered_is_every_question() -> None:
    assert len(found("SCREEN-001", facts(answers={}))) == len(Question)


@pytest.mark.parametrize("question", list(SCREENED))
@pytest.mark.parametrize(
    ("answer", "stated"), [(Answer.NO, False), (Answer.YES, True), (Answer.UNKNOWN, True)], ids=str
)
def test_screening_answers(question: Question, answer: Answer, stated: bool) -> None:
    session = facts(answers=answered(question, answer))
    codes = [one.code for one in check(session)]
    assert codes == ([SCREENED[question]] if stated else [])


def test_screening_says_yes_and_not_known_apart() -> None:
    (yes,) = found("SCREEN-002", facts(answers=answered(Question.ALLERGY, Answer.YES)))
    (unknown,) = found("SCREEN-002", facts(answers=answered(Question.ALLERGY, Answer.UNKNOWN)))
    assert yes.message.endswith(": yes.")
    assert unknown.message.endswith(": not known.")
    assert yes.key != unknown.key


EYE_RISKS = [
    (Question.LAGOPHTHALMOS, Answer.YES),
    (Question.BELLS_PHENOMENON, Answer.NO),
    (Question.CORNEAL_SENSATION, Answer.NO),
    (Question.SORE_RED_EYE, Answer.YES),
]


@pytest.mark.parametrize(("question", "dangerous"), EYE_RISKS)
def test_eye_001_each_dangerous_answer(question: Question, dangerous: Answer) -> None:
    gland = site(2, muscle="lacrimal_gland", sub_site="gland")
    for answer in (dangerous, Answer.UNKNOWN, Answer.NOT_APPLICABLE):
        session = facts(eye(1), gland, site(3), answers=answered(question, answer))
        assert [one.subject for one in found("EYE-001", session)] == ["site:s1", "site:s2"]
    assert not found("EYE-001", facts(eye(1), gland))


@pytest.mark.parametrize("question", [Question.DRY_EYE, Question.LID_SURGERY])
def test_eye_001_other_eye_questions_are_asked_only(question: Question) -> None:
    assert not found("EYE-001", facts(eye(), answers=answered(question, Answer.YES)))


def test_eye_001_names_every_risk_and_the_place() -> None:
    answers = {**SAFE_ANSWERS, **dict(EYE_RISKS)}
    (one,) = found("EYE-001", facts(eye(), answers=answers))
    for question, _answer in EYE_RISKS:
        assert question.label in one.message
    assert ("side", "left") in one.evidence
    assert one.severity is Severity.PRESCRIBER


def test_eye_001_without_answers_is_screen_001s_business() -> None:
    assert not found("EYE-001", facts(eye(), answers={}))


def test_consent_001() -> None:
    (one,) = found("CONSENT-001", facts(consent_recorded=False))
    assert one.severity is Severity.PRESCRIBER
    assert not found("CONSENT-001", facts())


@pytest.mark.parametrize(
    ("born", "on", "minor"),
    [
        (date(2008, 11, 22), date(2026, 11, 22), False),
        (date(2008, 11, 23), date(2026, 11, 22), True),
        (date(2008, 11, 21), date(2026, 11, 22), False),
        (date(2008, 2, 29), date(2026, 2, 28), True),
        (date(2008, 2, 29), date(2026, 3, 1), False),
        (date(2012, 2, 29), date(2030, 2, 28), True),
        (date(2010, 2, 28), date(2028, 2, 29), False),
        (date(2010, 3, 1), date(2028, 2, 29), True),
    ],
)
def test_age_001_the_eighteenth_birthday_is_adult(born: date, on: date, minor: bool) -> None:
    session = facts(birth_date=born, on=on, vial_changes={"expires_on": date(2031, 1, 31)})
    assert bool(found("AGE-001", session)) is minor


def test_a_transcribed_session_is_judged_by_the_answers_it_has() -> None:
    old = facts(
        eye(), answers={Question.LAGOPHTHALMOS: Answer.YES}, consent_recorded=False, transcribed=True,
        transcribed_product="botox",
    )  # fmt: skip
    codes = {one.code for one in check(old)}
    assert codes == {"EYE-001"}
