"""Which grade counts as before, at review and at return: below, at and above each limit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement, Place
from clinic.domain.dose_effect_windows import (
    BEFORE_DAYS,
    EFFECT_DAYS,
    REVIEW_BEST,
    REVIEW_FROM,
    Rating,
    Window,
    at_return,
    at_review,
    before,
    ratings,
    stretches,
)
from clinic.domain.trends_patterns import Graded

DAY = date(2026, 3, 2)
EYE = Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE)
ALONE = Window(DAY, None, None)


def on(days: int, grade: int = 2, visit: str = "") -> Rating:
    """A grade so many days after the session."""
    day = DAY + timedelta(days=days)
    return Rating(visit or f"v{days}", day, "Dr A", grade)


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def test_the_limits_are_those_of_the_labels_and_trials() -> None:
    assert (REVIEW_FROM, REVIEW_BEST, EFFECT_DAYS, BEFORE_DAYS) == (7, 28, 84, 84)


@pytest.mark.parametrize(
    ("days", "counts"), [(-85, False), (-84, True), (-83, True), (-1, True), (0, True), (1, False)]
)
def test_before_is_the_day_itself_or_up_to_twelve_weeks_earlier(days: int, counts: bool) -> None:
    assert (before([on(days)], ALONE) is not None) is counts


def test_the_newest_grade_before_counts() -> None:
    assert before([on(-80, 1), on(-14, 2), on(0, 3), on(7, 0)], ALONE) == on(0, 3)


@pytest.mark.parametrize(("since", "counts"), [(83, False), (84, True), (85, True)])
def test_a_grade_under_the_effect_of_the_session_before_is_not_before(since: int, counts: bool) -> None:
    window = Window(DAY, DAY - timedelta(days=100), None)
    assert (before([on(since - 100)], window) is not None) is counts


def test_on_the_day_itself_a_grade_counts_however_soon_the_session_came() -> None:
    assert before([on(0)], Window(DAY, DAY - timedelta(days=20), None)) == on(0)


@pytest.mark.parametrize(("days", "counts"), [(0, False), (6, False), (7, True), (8, True), (83, True), (84, False)])
def test_a_review_is_from_one_week_to_less_than_twelve(days: int, counts: bool) -> None:
    assert (at_review([on(days)], ALONE) is not None) is counts


@pytest.mark.parametrize(("days", "counts"), [(59, True), (60, False), (61, False)])
def test_a_review_is_before_the_next_session(days: int, counts: bool) -> None:
    assert (at_review([on(days)], Window(DAY, None, after(60))) is not None) is counts


def test_of_several_grades_the_review_s_own_comes_first_then_the_nearest_to_four_weeks() -> None:
    found = [on(14), on(26), on(31), on(60)]
    assert at_review(found, ALONE) == on(26)
    assert at_review(found, ALONE, frozenset({"v60"})) == on(60)
    assert at_review([on(27), on(29)], ALONE) == on(27)


def test_the_return_is_what_is_before_the_next_session() -> None:
    window = Window(DAY, None, after(98))
    assert at_return([on(28, 1), on(98, 2)], window) == on(98, 2)
    assert at_return([on(28, 1), on(90, 3)], window) == on(90, 3)
    assert at_return([on(28, 1), on(83, 3)], window) is None


@pytest.mark.parametrize(("days", "counts"), [(83, False), (84, True), (85, True), (400, True)])
def test_after_the_last_session_the_return_is_the_first_grade_from_twelve_weeks_on(days: int, counts: bool) -> None:
    assert at_return([on(28), on(days)], ALONE) == (on(days) if counts else None)


@given(st.lists(st.integers(-200, 400), max_size=12), st.integers(1, 300), st.integers(1, 300))
def test_one_grade_never_stands_for_two_of_the_three(days: list[int], earlier: int, later: int) -> None:
    found = [on(day) for day in sorted(set(days))]
    for window in (ALONE, Window(DAY, DAY - timedelta(days=earlier), after(later))):
        picked = [one for one in (before(found, window), at_review(found, window), at_return(found, window)) if one]
        assert len({one.visit_id for one in picked}) == len(picked)
        assert [one.on for one in picked] == sorted(one.on for one in picked)


def test_the_first_grade_of_a_visit_is_taken_and_the_others_are_named() -> None:
    def graded(hour: int, rater: str, grade: int) -> Graded:
        return Graded("v", DAY, datetime(2026, 3, 2, hour, tzinfo=UTC), rater, EYE, grade)

    (found,) = ratings([graded(11, "Second", 1), graded(9, "First", 3)])
    assert (found.grade, found.rater, found.beside) == (3, "First", (("Second", 1),))


def joined(found: list[Rating], toxin: list[date], grids: list[str] | None = None) -> list[list[int]]:
    visits = [one.visit_id for one in found] if grids is None else grids
    return [[(one.on - DAY).days for one in part] for part in stretches(found, toxin, visits)]


def test_a_line_joins_before_review_and_return() -> None:
    assert joined([on(0), on(28), on(98)], [DAY, after(98)]) == [[0, 28, 98]]


@pytest.mark.parametrize(("days", "parts"), [(83, 1), (84, 2)])
def test_a_line_breaks_where_nobody_graded_at_the_review(days: int, parts: int) -> None:
    assert len(joined([on(0), on(days)], [DAY])) == parts


def test_a_line_breaks_where_a_grid_left_the_pattern_open() -> None:
    assert joined([on(-28), on(-1)], [DAY], ["v-28", "other", "v-1"]) == [[-28], [-1]]


@given(st.lists(st.integers(0, 400), unique=True, max_size=10), st.lists(st.integers(0, 400), max_size=5))
def test_breaking_loses_and_reorders_nothing(days: list[int], toxin: list[int]) -> None:
    found = [on(day) for day in sorted(days)]
    parts = stretches(found, sorted(after(day) for day in toxin), [one.visit_id for one in found])
    assert [one for part in parts for one in part] == found
    assert all(parts)
