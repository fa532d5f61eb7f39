"""The questions of planning on one line: what is yes or unknown stands by name, and an open one never as no."""

from __future__ import annotations

from clinic.domain.injections import Answer
from clinic.domain.planning_questions import PlanningQuestion, answered_words

Q = PlanningQuestion
ASKED = (Q.RECURRENT, Q.MASS, Q.FACIAL_PAIN, Q.VESICLES)


def test_a_yes_and_an_unknown_stand_by_name_and_the_rest_by_number() -> None:
    said = {Q.RECURRENT: Answer.YES, Q.MASS: Answer.UNKNOWN, Q.FACIAL_PAIN: Answer.NO}
    words = answered_words(ASKED, said)
    came_back, lump = (label[:1].lower() + label[1:] for label in (Q.RECURRENT.label, Q.MASS.label))
    assert words == f"Yes: {came_back}. Unknown: {lump}. No: 1. Not asked: 1."


def test_only_answers_to_all_of_them_are_called_all() -> None:
    said = dict.fromkeys(ASKED, Answer.NO)
    assert answered_words(ASKED, said) == "All 4 answered no."
    del said[Q.MASS]
    assert answered_words(ASKED, said) == "No: 3. Not asked: 1."
    assert answered_words(ASKED, {}) == "Not asked: 4."
    assert answered_words(ASKED, {Q.LOW_MOOD: Answer.YES}) == "Not asked: 4."
