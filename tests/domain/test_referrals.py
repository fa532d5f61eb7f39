"""Referrals: what each letter says, the days to wait, and where a referral stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.injections import Answer, Question
from clinic.domain.patients import Cause
from clinic.domain.plan_entries import TEXT_MAXIMUM
from clinic.domain.planning_facts import Palsy, PlanningFacts, SessionDone
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import Referral, ReferralKind, Target
from clinic.domain.referrals import (
    ANSWER_DAYS,
    NOT_ASKED,
    URGENT_DAYS,
    Asked,
    LetterFacts,
    is_late,
    letter,
    near_eye,
    opening,
    problems,
    question_text,
    wait_until,
    waiting_words,
)

NBSP = "\u00a0"
TODAY = date(2026, 11, 22)
SEEN = date(2026, 11, 20)
FACTS = LetterFacts(
    plan=PlanningFacts(
        on=TODAY,
        age=47,
        palsies=(Palsy("c", Side.LEFT, Cause.BELLS_PALSY, date(2024, 3, 14), date(2024, 3, 14), 5),),
        cells=(Cell(Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE), 2, 3),),
        graded_on=SEEN,
        movements={(Side.LEFT, "smile"): 3},
        house_brackmann={Side.LEFT: 3},
        sessions=(SessionDone("s", date(2026, 8, 1), {("botox", "mentalis", Side.LEFT): Decimal(5)}),),
    ),
    conditions=("Bell's palsy, left, 14 Mar 2024",),
    eye={Question.LAGOPHTHALMOS: Asked(Answer.YES, SEEN, "worse at night", 25)},
    asked={
        PlanningQuestion.MASS: Asked(Answer.YES, SEEN, "in front of the ear"),
        PlanningQuestion.FACIAL_PAIN: Asked(Answer.NO, SEEN),
        PlanningQuestion.HEARING_LOSS: Asked(Answer.UNKNOWN, SEEN),
    },
    planned_near_eye=("Orbicularis oculi, patient’s left",),
    trained=("mime therapy, 2025",),
)


@pytest.mark.parametrize(("urgent", "days"), [(True, 14), (False, 42)])
def test_the_days_to_wait_are_a_preset(urgent: bool, days: int) -> None:
    assert days == (URGENT_DAYS if urgent else ANSWER_DAYS)
    assert wait_until(TODAY, urgent) == TODAY + timedelta(days=days)


def test_the_eye_letter_says_every_eye_answer_and_what_is_planned() -> None:
    said = dict(letter(ReferralKind.OPHTHALMOLOGY, FACTS))
    assert said["Lagophthalmos on gentle closure"] == f"yes, 2.5{NBSP}mm (20 Nov 2026): worse at night"
    assert said["Corneal sensation normal"] == NOT_ASKED
    assert said["Lid weight or lid surgery"] == NOT_ASKED
    assert said["Toxin planned near the eye"] == "Orbicularis oculi, patient’s left"
    assert said["Palsy"] == "Bell's palsy, left, 14 Mar 2024"


def test_the_imaging_letter_says_red_flags_and_what_nobody_asked() -> None:
    said = dict(letter(ReferralKind.ENT_IMAGING, FACTS))
    assert said["Red flags answered yes"] == f"{PlanningQuestion.MASS.label} (20 Nov 2026: in front of the ear)"
    assert PlanningQuestion.FACIAL_PAIN.label not in said["Red flags not asked or unknown"]
    assert PlanningQuestion.HEARING_LOSS.label in said["Red flags not asked or unknown"]
    assert PlanningQuestion.GRADUAL_ONSET.label in said["Red flags not asked or unknown"]


def test_the_reanimation_letter_says_the_worst_grade_and_the_movements() -> None:
    said = dict(letter(ReferralKind.REANIMATION, FACTS))
    assert said["Worst grade on record"] == "House–Brackmann 5 of 6, patient’s left"
    assert "patient’s left: smile 3" in said["Grades"]


def test_the_therapists_letter_says_patterns_and_what_was_tried() -> None:
    said = dict(letter(ReferralKind.THERAPY, FACTS))
    assert said["Patterns"] == f"left eye narrows with big smile{NBSP}2/3 (20 Nov 2026)"
    assert (
        said["Treated so far"]
        == "botulinum toxin 1 session, the last on 1 Aug 2026; facial training mime therapy, 2025"
    )


@pytest.mark.parametrize("kind", list(ReferralKind))
def test_an_empty_record_still_makes_a_letter_and_claims_nothing(kind: ReferralKind) -> None:
    said = dict(letter(kind, LetterFacts(PlanningFacts(on=TODAY, age=40))))
    assert said["Palsy"] == "none on record"
    assert all(words for words in said.values())


@pytest.mark.parametrize("kind", list(ReferralKind))
def test_the_question_begins_with_its_opening_and_fits(kind: ReferralKind) -> None:
    text = question_text(kind, FACTS)
    assert text.startswith(opening(kind))
    assert all(f"{label}: {words}" in text for label, words in letter(kind, FACTS))


@given(st.integers(0, 60), st.sampled_from(list(ReferralKind)))
def test_a_question_never_outgrows_what_a_letter_can_hold_and_keeps_whole_lines(size: int, kind: ReferralKind) -> None:
    facts = replace(FACTS, conditions=tuple(f"palsy number {number} of a long list" for number in range(size)))
    text = question_text(kind, facts)
    assert len(text) <= TEXT_MAXIMUM
    lines = {f"{label}: {words}" for label, words in letter(kind, facts)}
    assert set(text.removeprefix(opening(kind)).strip("\n").split("\n")) - {""} <= lines


def test_targets_near_the_eye_are_named() -> None:
    targets = [Target("orbicularis_oculi", Side.LEFT), Target("mentalis", Side.LEFT)]
    assert near_eye(targets) == ("Orbicularis oculi, patient’s left",)


REFERRAL = Referral(ReferralKind.OPHTHALMOLOGY, "Dr Ray", "Is the cornea safe?")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"recipient": "x" * 201}, "recipient"),
        ({"sent_on": TODAY + timedelta(days=1)}, "sent_on"),
        ({"sent_on": TODAY, "answered_on": TODAY + timedelta(days=1)}, "answered_on"),
        ({"sent_on": TODAY, "answer_by": TODAY - timedelta(days=1)}, "answer_by"),
    ],
)
def test_what_cannot_be_is_named_by_its_field(changes: dict[str, object], field: str) -> None:
    assert set(problems(replace(REFERRAL, **changes), TODAY)) == {field}  # type: ignore[arg-type]


def test_today_and_the_same_day_are_taken() -> None:
    good = replace(REFERRAL, recipient="x" * 200, sent_on=TODAY, answer_by=TODAY, answered_on=TODAY)
    assert problems(good, TODAY) == {}


def test_where_a_referral_stands_is_said_in_words() -> None:
    assert waiting_words(REFERRAL, TODAY) == "not sent yet"
    sent = replace(REFERRAL, sent_on=TODAY - timedelta(days=20), answer_by=TODAY)
    assert (waiting_words(sent, TODAY), is_late(sent, TODAY)) == ("answer expected by 22 Nov 2026", False)
    late = replace(sent, answer_by=TODAY - timedelta(days=1))
    assert (waiting_words(late, TODAY), is_late(late, TODAY)) == (f"no answer 1{NBSP}day after 21 Nov 2026", True)
    answered = replace(late, answered_on=TODAY)
    assert (waiting_words(answered, TODAY), is_late(answered, TODAY)) == ("answered on 22 Nov 2026", False)
    open_ended = replace(sent, answer_by=None)
    assert "no day set for an answer" in waiting_words(open_ended, TODAY)
    assert not is_late(open_ended, TODAY)
