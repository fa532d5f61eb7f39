"""The diary line: what is read, what is refused with its words, and what it counts."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.diary import DAYS, DiaryError, Week, monday_of, parse_week, parse_weeks, practice_words, totals
from clinic.domain.exercises import library

TODAY = date(2026, 11, 23)  # A Monday.
MONDAY = date(2026, 11, 16)
SIGNS = "xx-xx.x"


@pytest.mark.parametrize(
    "line",
    [
        "16 Nov: x x - x x . x",
        "16 Nov 2026: xx-xx.x",
        "Nov 16: XX–xx.x",
        "16.11.: x x - x x . x",
        "16.11.2026: xx-xx.x",
        "2026-11-16: xx-xx.x",
        "  16 Nov :  ×x −xx.x ",
        "week of 18 Nov: xx-xx.x",
        "Week of 22 Nov 2026: xx-xx.x",
    ],
)
def test_a_week_is_read_however_it_is_written(line: str) -> None:
    assert parse_week(line, TODAY) == Week(MONDAY, SIGNS)


@pytest.mark.parametrize("name", ["e2", "E2", "e2_eyes_open_pucker"])
def test_an_exercise_stands_in_front(name: str) -> None:
    assert parse_week(f"{name} 16 Nov 2026: xx-xx.x", TODAY) == Week(MONDAY, SIGNS, "e2_eyes_open_pucker")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hello", "Write the Monday, a colon and seven signs"),
        ("16 Nov", "Write the Monday"),
        ("16 Nov: xx-xx.", "seven signs, Monday to Sunday; here are 6"),
        ("16 Nov: xx-xx.xx", "here are 8"),
        ("16 Nov: xx-xxyx", "“y” is no sign"),
        ("16 Nov: xxx: xxxx", "Write the Monday"),
        ("18 Nov: xx-xx.x", "18 Nov 2026 is a Wednesday. The Monday of that week is 16 Nov 2026"),
        ("30 Nov: .......", "The week of 30 Nov 2026 has not begun yet"),
        ("23 Nov: xx.....", "Tuesday, 24 Nov 2026, has not come yet: write . for it"),
        ("23 Nov: .-.....", "has not come yet"),
        ("31 Nov: xx-xx.x", "“31 Nov” is no date"),
        ("3/4/2026: xx-xx.x", "can be 4 Mar 2026 or 3 Apr 2026"),
        ("e17 16 Nov: xx-xx.x", "There is no exercise “e17”"),
        ("week of yesterday: xx-xx.x", "is no date"),
    ],
)
def test_what_is_not_clear_is_refused_in_words(line: str, words: str) -> None:
    with pytest.raises(DiaryError) as refused:
        parse_week(line, TODAY)
    assert words in str(refused.value)


@pytest.mark.parametrize(("signs", "taken"), [("x......", True), ("xx.....", False)])
def test_today_can_be_noted_and_tomorrow_cannot(signs: str, taken: bool) -> None:
    if taken:
        assert parse_week(f"23 Nov: {signs}", TODAY).days == signs
    else:
        with pytest.raises(DiaryError):
            parse_week(f"23 Nov: {signs}", TODAY)


def test_a_day_without_its_year_is_the_nearest_one() -> None:
    assert parse_week("28 Dec: xxxxxxx", date(2027, 1, 20)).monday == date(2026, 12, 28)
    assert parse_week("4 Jan: xxxxxxx", date(2027, 1, 20)).monday == date(2027, 1, 4)


def test_several_lines_are_taken_all_or_none() -> None:
    both = parse_weeks("9 Nov: xxxxxxx\n\n e9 16 Nov: xx-xx.x\n", TODAY)
    assert [(one.monday, one.exercise) for one in both] == [(date(2026, 11, 9), ""), (MONDAY, "e9_chin_release")]
    with pytest.raises(DiaryError) as refused:
        parse_weeks("9 Nov: xxxxxxx\nnonsense\n17 Nov: xx-xx.x", TODAY)
    said = str(refused.value)
    assert "Line 2 (“nonsense”)" in said
    assert "Line 3" in said
    assert "Line 1" not in said


def test_the_same_week_twice_in_one_go_is_refused() -> None:
    with pytest.raises(DiaryError, match="stands in a line above"):
        parse_weeks("16 Nov: xx-xx.x\nweek of 17 Nov: xxxxxxx", TODAY)


@pytest.mark.parametrize("count", [30, 31])
def test_a_great_many_lines_are_refused(count: int) -> None:
    lines = "\n".join(f"{(MONDAY - timedelta(weeks=n)).isoformat()}: {SIGNS}" for n in range(count))
    if count == 30:
        assert len(parse_weeks(lines, TODAY)) == 30
    else:
        with pytest.raises(DiaryError, match="At most 30 lines at once; there are 31"):
            parse_weeks(lines, TODAY)


@pytest.mark.parametrize("text", ["", " \n "])
def test_nothing_is_no_week(text: str) -> None:
    with pytest.raises(DiaryError):
        parse_weeks(text, TODAY)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ("xxxxx--", "practised on 5 of 7 days"),
        ("xxxxx..", "practised on 5 of 5 days noted"),
        ("xx-xx.x", "practised on 5 of 6 days noted"),
        ("x......", "practised on 1 of 1 day noted"),
        ("-------", "practised on 0 of 7 days"),
        (".......", "no day noted"),
    ],
)
def test_a_day_not_noted_is_not_a_day_missed(days: str, words: str) -> None:
    assert Week(MONDAY, days).words == words


def test_it_is_read_back_day_by_day() -> None:
    week = Week(MONDAY, SIGNS, "e2_eyes_open_pucker")
    assert week.understood == (
        "Lip pucker with eyes open, week of 16 Nov 2026: practised Monday, Tuesday, Thursday, Friday, Sunday;"
        " not practised Wednesday; not noted Saturday"
    )


WEEKS = st.builds(
    Week,
    st.integers(0, 2000).map(lambda weeks: MONDAY - timedelta(weeks=weeks)),
    st.lists(st.sampled_from("x-."), min_size=7, max_size=7).map("".join),
    st.sampled_from(["", *library()]),
)


@given(WEEKS)
def test_a_written_week_reads_back_as_itself(week: Week) -> None:
    assert parse_week(week.line, TODAY) == week
    assert parse_week(week.line.replace(" ", "  "), TODAY) == week


@given(WEEKS)
def test_the_counts_of_a_week_are_those_of_its_signs(week: Week) -> None:
    assert week.practised == sum(sign == "x" for sign in week.days)
    assert week.noted == sum(sign != "." for sign in week.days)
    assert 0 <= week.practised <= week.noted <= len(DAYS)
    assert [sign for _, sign, _ in week.signs] == list(week.days)
    assert str(week.practised) in week.words or not week.noted


@given(st.lists(WEEKS, max_size=15))
def test_totals_are_the_sums_of_the_weeks(weeks: list[Week]) -> None:
    found = totals(weeks)
    assert sum(practised for practised, _, _ in found.values()) == sum(one.practised for one in weeks)
    assert sum(noted for _, noted, _ in found.values()) == sum(one.noted for one in weeks)
    assert set(found) == {one.exercise for one in weeks}


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(DiaryError):
        week = parse_week(text, TODAY)
        assert week.monday == monday_of(week.monday)
        assert len(week.days) == len(DAYS)


def test_no_days_are_said_as_such() -> None:
    assert practice_words(0, 0, 0) == "no day noted"
