"""When something stands on a list: below, at and above each number, and in which words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.plans import ItemKind, PlanState
from clinic.domain.work_lists import (
    Only,
    ago,
    due_words,
    waiting_injection,
    waiting_item,
    waiting_referral,
    waiting_review,
    waiting_therapy,
)
from clinic.domain.work_terms import Benefit, Standing

TODAY = date(2026, 11, 22)
NBSP = "\u00a0"


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "interval", "standing"),
    [
        (13, 28, None), (14, 28, Standing.OPEN), (27, 28, Standing.OPEN), (28, 28, Standing.DUE),
        (42, 28, Standing.DUE), (43, 28, Standing.OVERDUE), (7, 7, Standing.DUE), (6, 7, None), (56, 56, Standing.DUE),
        (57, 56, Standing.OVERDUE),
    ],
)  # fmt: skip
def test_a_review_opens_is_due_and_is_late(days: int, interval: int, standing: Standing | None) -> None:
    waiting = waiting_review(back(days), interval, TODAY)
    assert (waiting.standing if waiting else None) is standing


@pytest.mark.parametrize(
    ("days", "standing"),
    [(76, None), (77, Standing.OPEN), (83, Standing.OPEN), (84, Standing.DUE), (112, Standing.DUE), (113, Standing.OVERDUE)],
)  # fmt: skip
def test_a_session_is_due_again_after_twelve_weeks(days: int, standing: Standing | None) -> None:
    waiting = waiting_injection(back(days), None, None, TODAY)
    assert (waiting.standing if waiting else None) is standing


def test_weeks_of_benefit_move_the_day_back_and_never_forward() -> None:
    longer = waiting_injection(back(130), Benefit(back(130), 120, "17 weeks of benefit"), None, TODAY)
    assert longer is not None
    assert longer.due_on == back(10)
    assert "17 weeks of benefit; due when it had worn off" in longer.words
    shorter = waiting_injection(back(130), Benefit(back(130), 60, "8 weeks of benefit"), None, TODAY)
    assert shorter is not None
    assert shorter.due_on == back(130 - 84)
    assert f"8 weeks of benefit; due 12{NBSP}weeks after toxin" in shorter.words
    assert waiting_injection(back(130), Benefit(back(130), 138, "19 weeks of benefit"), None, TODAY) is None


def test_toxin_elsewhere_counts_to_the_interval() -> None:
    assert waiting_injection(back(130), None, back(20), TODAY) is None
    waiting = waiting_injection(back(130), None, back(90), TODAY)
    assert waiting is not None
    assert waiting.due_on == back(6)
    assert "toxin elsewhere 24 Aug 2026" in waiting.words


@given(st.integers(0, 400), st.none() | st.integers(0, 730), st.none() | st.integers(0, 400))
def test_nobody_is_due_before_twelve_weeks_after_any_toxin(
    last: int, worn_off: int | None, elsewhere: int | None
) -> None:
    benefit = Benefit(back(last), worn_off, "x") if worn_off is not None else None
    waiting = waiting_injection(back(last), benefit, back(elsewhere) if elsewhere is not None else None, TODAY)
    if waiting:
        for toxin in (last, elsewhere):
            assert toxin is None or (waiting.due_on - back(toxin)).days >= 84
        if waiting.standing is not Standing.OPEN:
            assert waiting.due_on <= TODAY


@pytest.mark.parametrize(
    ("first", "last", "trained", "standing"),
    [
        (-1, -30, None, None),
        (0, -28, None, Standing.OPEN),
        (28, 0, None, Standing.OPEN),
        (29, 1, None, Standing.OVERDUE),
        (29, 1, 29, None),
        (29, 1, 30, Standing.OVERDUE),
    ],
)
def test_the_therapists_window(first: int, last: int, trained: int | None, standing: Standing | None) -> None:
    done = back(trained) if trained is not None else None
    waiting = waiting_therapy((back(first), back(last)), None, done, TODAY)
    assert (waiting.standing if waiting else None) is standing


@pytest.mark.parametrize(
    ("toxin", "trained", "standing"),
    [
        (41, None, None), (42, None, Standing.DUE), (43, None, Standing.OVERDUE), (43, 43, None),
        (43, 44, Standing.OVERDUE), (None, None, None),
    ],
)  # fmt: skip
def test_six_weeks_after_toxin_without_a_therapists_visit(
    toxin: int | None, trained: int | None, standing: Standing | None
) -> None:
    on, done = (back(one) if one is not None else None for one in (toxin, trained))
    waiting = waiting_therapy((None, None), on, done, TODAY)
    assert (waiting.standing if waiting else None) is standing


@pytest.mark.parametrize(
    ("entered", "sent", "by", "urgent", "standing"),
    [
        (0, None, None, False, Standing.DUE), (7, None, None, False, Standing.DUE), (8, None, None, False, Standing.OVERDUE),
        (0, None, None, True, Standing.DUE), (1, None, None, True, Standing.OVERDUE),
        (30, 30, 0, False, None), (30, 30, 1, False, Standing.OVERDUE),
        (42, 42, None, False, None), (43, 43, None, False, Standing.OVERDUE),
        (14, 14, None, True, None), (15, 15, None, True, Standing.OVERDUE),
    ],
)  # fmt: skip
def test_a_referral_waits_until_it_is_sent_and_again_once_the_answer_is_late(
    entered: int, sent: int | None, by: int | None, urgent: bool, standing: Standing | None
) -> None:
    on, answer_by = (back(one) if one is not None else None for one in (sent, by))
    waiting = waiting_referral(back(entered), on, answer_by, urgent, TODAY)
    assert (waiting.standing if waiting else None) is standing


@pytest.mark.parametrize(
    ("kind", "state", "days", "standing"),
    [
        (ItemKind.TARGET, PlanState.AGREED, 28, None),
        (ItemKind.TARGET, PlanState.AGREED, 29, Standing.DUE),
        (ItemKind.TARGET, PlanState.PROPOSED, 56, Standing.DUE),
        (ItemKind.TARGET, PlanState.PROPOSED, 57, Standing.OVERDUE),
        (ItemKind.STEP, PlanState.AGREED, 29, Standing.DUE),
        (ItemKind.GOAL, PlanState.PROPOSED, 29, Standing.DUE),
        (ItemKind.GOAL, PlanState.AGREED, 300, None),
        (ItemKind.EXERCISE, PlanState.AGREED, 300, None),
        (ItemKind.REFERRAL, PlanState.PROPOSED, 300, None),
        (ItemKind.TARGET, PlanState.DONE, 300, None),
    ],
)
def test_a_planned_item_is_asked_about_after_four_weeks(
    kind: ItemKind, state: PlanState, days: int, standing: Standing | None
) -> None:
    waiting = waiting_item(kind, state, back(days), None, None, TODAY)
    assert (waiting.standing if waiting else None) is standing


def test_a_target_waits_for_the_earliest_next_session() -> None:
    def standing(free: int) -> Standing | None:
        waiting = waiting_item(ItemKind.TARGET, PlanState.AGREED, back(60), None, back(free), TODAY)
        return waiting.standing if waiting else None

    assert [standing(0), standing(1), standing(28), standing(29)] == [
        None,
        Standing.DUE,
        Standing.DUE,
        Standing.OVERDUE,
    ]


def test_a_date_that_has_passed_waits_to_be_said_done() -> None:
    def standing(days: int) -> Standing | None:
        waiting = waiting_item(ItemKind.APPOINTMENT, PlanState.AGREED, back(200), back(days), None, TODAY)
        return waiting.standing if waiting else None

    assert [standing(0), standing(1), standing(28), standing(29)] == [
        None,
        Standing.DUE,
        Standing.DUE,
        Standing.OVERDUE,
    ]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"), (1, "1 day ago"), (13, "13 days ago"), (14, "2 weeks ago"), (181, "25 weeks ago"),
        (182, "5 months ago"), (365, "12 months ago"), (730, "2 years ago"), (-1, "in 1 day"), (-5, "in 5 days"),
    ],
)  # fmt: skip
def test_how_long_ago(days: int, words: str) -> None:
    assert ago(back(days), TODAY) == words.replace(" ", NBSP)


def test_how_something_is_due() -> None:
    said = [due_words(back(days), TODAY).replace(NBSP, " ") for days in (-3, 0, 20)]
    assert said == ["due in 3 days", "today", "for 2 weeks"]


def test_only_narrows() -> None:
    assert Only.OVERDUE.standings < Only.DUE.standings < Only.ALL.standings == frozenset(Standing)
