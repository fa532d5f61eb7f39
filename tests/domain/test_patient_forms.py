"""What a patient's form asks, where it goes next, and what can be handed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from clinic.domain.adverse_events import Urgency
from clinic.domain.assessments import INSTRUMENTS
from clinic.domain.assessments.follow_up import URGENT
from clinic.domain.errors import Invalid
from clinic.domain.patient_forms import (
    LASTS,
    RADIO_NUMBERS,
    Filling,
    FormState,
    Given,
    Question,
    Way,
    can_be_asked,
    form_state,
    questions,
    urgency,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WORDED = {"saq": {"intro": "In the clinic's words.", "q1": "First, as licensed?"}}
FOLLOW_UP = questions(["follow_up"], {})
BOTH = questions(["saq", "follow_up"], WORDED)


def named(key: str, asked: tuple[Question, ...] = FOLLOW_UP) -> Question:
    return next(one for one in asked if one.item.key == key)


def licensed_answers(value: int = 1) -> dict[tuple[str, str], Given]:
    return {one.key: Given(value) for one in BOTH if one.instrument.key == "saq"}


@pytest.mark.parametrize(
    ("started", "sent", "ended", "left", "draft", "state"),
    [
        (None, None, None, MINUTE, True, FormState.WAITING),
        (NOW, None, None, MINUTE, True, FormState.FILLING),
        (NOW, None, None, timedelta(microseconds=1), True, FormState.FILLING),
        (NOW, None, None, timedelta(0), True, FormState.EXPIRED),
        (NOW, None, None, -MINUTE, True, FormState.EXPIRED),
        (NOW, None, NOW, MINUTE, True, FormState.ENDED),
        (NOW, None, None, MINUTE, False, FormState.ENDED),
        (NOW, NOW, None, -MINUTE, False, FormState.SENT),
    ],
)
def test_how_a_form_stands(
    started: datetime | None,
    sent: datetime | None,
    ended: datetime | None,
    left: timedelta,
    draft: bool,
    state: FormState,
) -> None:
    moments = {"started_at": started, "sent_at": sent, "ended_at": ended, "expires_at": NOW + left, "created_at": NOW}
    found = form_state(draft=draft, now=NOW, **moments)
    assert found is state
    assert state.is_open == (state in {FormState.WAITING, FormState.FILLING})


def test_a_tablets_form_lasts_an_hour_and_a_links_two_days() -> None:
    assert {Way.TABLET: timedelta(minutes=60), Way.LINK: timedelta(days=2)} == LASTS


def test_only_our_own_questions_and_worded_scales_are_asked_of_a_patient() -> None:
    assert [one.key for one in can_be_asked(())] == ["follow_up"]
    assert [one.key for one in can_be_asked(["saq", "sunnybrook", "unknown"])] == ["saq", "follow_up"]
    assert questions(["saq"], {}) == ()


def test_questions_are_numbered_and_use_the_clinics_words() -> None:
    assert [one.number for one in BOTH] == list(range(1, len(BOTH) + 1))
    assert BOTH[0].opens == "In the clinic's words."
    assert BOTH[0].label == "First, as licensed?"
    assert BOTH[1].opens == ""


def test_a_short_row_of_numbers_is_chosen_and_a_long_one_typed() -> None:
    assert [value for value, _ in named("practice").choices] == list(range(8))
    assert named("first_noticed").choices == ()
    assert len(named("practice").choices) <= RADIO_NUMBERS


def outcome(question: Question, typed: str) -> Given | Invalid:
    try:
        return question.answer(typed)
    except Invalid as error:
        return error


@drawn(st.sampled_from(FOLLOW_UP), st.one_of(st.text(max_size=40), st.integers().map(str)))
def test_whatever_is_typed_gives_an_answer_in_range_or_words(question: Question, typed: str) -> None:
    found = outcome(question, typed)
    if isinstance(found, Invalid):
        assert set(found.fields) == {"answer"}
        return
    assert found.said
    if question.item.is_text:
        assert found.text == typed.strip()
    elif question.choices:
        assert found.value in dict(question.choices)
    else:
        assert question.item.minimum <= (found.value or 0) <= question.item.maximum


@drawn(st.sampled_from([one for one in FOLLOW_UP if one.choices]))
def test_every_choice_is_taken_as_its_value_and_said_in_its_words(question: Question) -> None:
    for value, label in question.choices:
        assert question.answer(str(value)) == Given(value)
        assert question.said(Given(value)) == label


@pytest.mark.parametrize(("typed", "value"), [("0", 0), ("365", 365), (" 14 ", 14), ("-1", None), ("366", None)])
def test_the_ends_of_a_range(typed: str, value: int | None) -> None:
    if value is None:
        with pytest.raises(Invalid):
            named("strongest").answer(typed)
    else:
        assert named("strongest").answer(typed) == Given(value)


@pytest.mark.parametrize(("typed", "value"), [("-100", -100), ("\N{MINUS SIGN}25", -25), ("100", 100)])
def test_a_change_for_the_worse_can_be_said(typed: str, value: int) -> None:
    assert named("change").answer(typed) == Given(value)


def test_the_next_the_last_and_the_first_open_question() -> None:
    filling = Filling(FOLLOW_UP, {FOLLOW_UP[0].key: Given(4), FOLLOW_UP[1].key: Given()})
    assert filling.first_open() == 3
    assert (filling.before(1), filling.after(1)) == (None, 2)
    assert (filling.before(len(FOLLOW_UP)), filling.after(len(FOLLOW_UP))) == (len(FOLLOW_UP) - 1, None)
    assert filling.question(0) is None
    assert filling.question(len(FOLLOW_UP) + 1) is None


def test_a_questionnaire_that_was_left_out_is_passed_by() -> None:
    first_own = next(one.number for one in BOTH if one.instrument.key == "follow_up")
    filling = Filling(BOTH, {}, frozenset({"saq"}))
    assert filling.first_open() == first_own
    assert filling.before(first_own) is None
    assert Filling(BOTH).after_leaving_out(BOTH[0]) == first_own
    assert Filling(BOTH).after_leaving_out(BOTH[-1]) is None


def test_what_is_incomplete_is_refused_and_never_counted() -> None:
    given = licensed_answers()
    missing = given.popitem()[0]
    with pytest.raises(Invalid) as refused:
        Filling(BOTH, given).complete()
    assert set(refused.value.fields) == {str(named(missing[1], BOTH).number)}
    with pytest.raises(Invalid):
        Filling(BOTH).complete()
    assert Filling(BOTH, {}, frozenset({"saq"})).complete() == ()


def test_what_was_answered_is_handed_in_by_questionnaire() -> None:
    own = {("follow_up", "cannot_do"): Given(text="whistle"), ("follow_up", "smile"): Given()}
    filling = Filling(BOTH, licensed_answers() | own)
    assert filling.complete() == (INSTRUMENTS["saq"], INSTRUMENTS["follow_up"])
    assert filling.answers(INSTRUMENTS["follow_up"]) == {}
    assert filling.texts(INSTRUMENTS["follow_up"]) == {"cannot_do": "whistle"}


def test_answers_that_ask_for_help_at_once() -> None:
    for (item, value), wanted in URGENT.items():
        assert urgency(named(item), Given(value)) is wanted
        assert urgency(named(item), Given(1 - value)) is None
        assert urgency(named(item), Given()) is None
        assert urgency(named(item), None) is None
    assert Urgency.EMERGENCY in URGENT.values()
    assert urgency(BOTH[0], Given(1)) is None


def test_each_urgent_answer_is_one_that_can_be_given() -> None:
    for item, value in URGENT:
        assert value in dict(named(item).choices)
