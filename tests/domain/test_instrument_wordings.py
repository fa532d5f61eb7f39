"""Pasted wording becomes one piece a question and an answer, and an answer never moves to another value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain import assessments
from clinic.domain.assessments.base import Instrument
from clinic.domain.errors import Invalid
from clinic.domain.instrument_wordings import ANSWER_MAXIMUM, INTRO, needed, option_part, parts

SAQ, FDI = assessments.instrument("saq"), assessments.instrument("fdi")
FIVE = "one\ntwo\nthree\nfour\nfive"


def questions(instrument: Instrument) -> dict[str, str]:
    """Invented questions."""
    return {item.key: f"Invented {item.key}" for item in instrument.items}


def own_answers(instrument: Instrument) -> dict[str, str]:
    """Invented answers of every question, each named by its value."""
    return {
        item.key: "\n".join(f"{item.key} is {option.value}" for option in item.options) for item in instrument.items
    }


@pytest.mark.parametrize("key", ["saq", "face", "fdi"])
def test_every_answer_stands_with_its_own_value(key: str) -> None:
    one = assessments.instrument(key)
    found = parts(one, " Hello ", questions(one), own_answers(one))
    assert found[INTRO] == "Hello"
    assert set(found) == {*needed(one), INTRO}
    for item in one.items:
        for option in item.options:
            assert found[option_part(item.key, option.value)] == f"{item.key} is {option.value}"


def test_empty_answers_are_those_of_the_question_before() -> None:
    found = parts(SAQ, "", questions(SAQ), {"q1": FIVE, "q5": FIVE.upper()})
    assert INTRO not in found
    assert [found[option_part(f"q{number}", 2)] for number in (1, 4, 5, 9)] == ["two", "two", "TWO", "TWO"]


def test_answers_are_not_taken_over_where_the_values_mean_something_else() -> None:
    answers = own_answers(FDI)
    del answers["q7"]  # “Always” is best in question 6 and worst in question 7.
    with pytest.raises(Invalid) as refused:
        parts(FDI, "", questions(FDI), answers)
    assert set(refused.value.fields) == {"q7_answers"}
    del answers["q6"]
    with pytest.raises(Invalid) as refused:
        parts(FDI, "", questions(FDI), answers)
    assert set(refused.value.fields) == {"q6_answers", "q7_answers"}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", "0 lines are here"),
        ("one\ntwo\nthree\nfour", "4 lines are here"),
        (FIVE + "\nsix", "6 lines are here"),
        ("one\ntwo\nthree\nfour\nfour", "read the same"),
        ("x" * (ANSWER_MAXIMUM + 1) + "\n2\n3\n4\n5", "at most"),
    ],
)
def test_answers_that_do_not_fit_are_refused(lines: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        parts(SAQ, "", questions(SAQ), own_answers(SAQ) | {"q1": lines})
    assert set(refused.value.fields) == {"q1_answers"}
    assert words in refused.value.fields["q1_answers"]


def test_answers_of_the_greatest_length_are_taken() -> None:
    longest = "x" * ANSWER_MAXIMUM + "\n2\n3\n4\n5"
    assert len(parts(SAQ, "", questions(SAQ), own_answers(SAQ) | {"q1": longest})["q1.1"]) == ANSWER_MAXIMUM


@given(st.sets(st.sampled_from([item.key for item in SAQ.items]), min_size=1))
def test_every_missing_question_is_named(missing: set[str]) -> None:
    asked = {key: text for key, text in questions(SAQ).items() if key not in missing}
    with pytest.raises(Invalid) as refused:
        parts(SAQ, "", asked, own_answers(SAQ))
    assert set(refused.value.fields) == missing
