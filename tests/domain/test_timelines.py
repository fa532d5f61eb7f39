"""What stands on the timeline and what of it is shown: windows, ticks, uncertain days, the list."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain import timelines
from clinic.domain.errors import Invalid
from clinic.domain.patients import DatePrecision
from clinic.domain.timelines import (
    SETTLED_FROM,
    STAGES,
    Item,
    Lane,
    Page,
    State,
    Timeline,
    Window,
    days_words,
    drawn_lanes,
    known_days,
    stages,
    view,
)
from clinic.domain.timelines_windows import (
    FIRST,
    LAST,
    LEAST,
    Preset,
    around,
    asked,
    earlier,
    later,
    nearer,
    preset,
    ticks,
    whole,
    wider,
)

TODAY = date(2026, 11, 23)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))


def item(on: date | None, until: date | None = None, lane: Lane = Lane.VISITS, **values: Any) -> Item:
    """A thing of a day, or from a day to another."""
    key = values.pop("key", f"{lane}-{on}-{until}")
    given = {"dated": str(on), "words": "a visit", "page": Page.VISIT, "ref": "v"} | values
    return Item(key, lane, on, until or on, **given)


def timeline(*items: Item) -> Timeline:
    return Timeline(items, (), TODAY)


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_a_window_shows_what_has_any_day_in_it() -> None:
    window = Window(day("2025-01-10"), day("2025-01-20"))
    ends = {"2025-01-09": False, "2025-01-10": True, "2025-01-20": True, "2025-01-21": False}
    assert {text: window.shows(item(day(text))) for text in ends} == ends
    assert window.shows(item(day("2024-01-01"), day("2026-01-01")))
    assert not window.shows(item(None))
    assert window.days == 11


def test_a_view_counts_what_lies_outside_and_keeps_apart_what_has_no_day() -> None:
    before, inside, after, never = (item(on) for on in (day("2020-01-01"), day("2025-01-15"), day("2026-01-01"), None))
    shown = view(timeline(after, never, before, inside), Window(day("2025-01-01"), day("2025-02-01")))
    assert (shown.items, shown.before, shown.after, shown.undated) == ((inside,), 1, 1, (never,))
    assert shown.summary == "1 visit"


def test_lanes_filter_the_items_the_counts_and_what_has_no_day() -> None:
    plan = item(day("2025-01-15"), lane=Lane.PLAN)
    shown = view(
        timeline(item(day("2025-01-15")), plan, item(None)), Window(day("2025-01-01"), day("2025-02-01")), [Lane.PLAN]
    )
    assert (shown.items, shown.undated, shown.before) == ((plan,), (), 0)
    assert drawn_lanes(shown.timeline.items, shown.lanes) == (Lane.PLAN,)


def test_an_empty_history_is_a_window_around_today() -> None:
    window = whole((), TODAY)
    assert window.holds(TODAY)
    assert window.days >= LEAST
    assert view(timeline(), window).summary == "nothing in these days"


def test_the_list_is_newest_first_and_has_the_scores_of_a_visit_in_one_line() -> None:
    on = day("2025-03-03")
    scores = [item(on, lane=Lane.SCORES, key=key, words=key, ref="v1", more="higher is better") for key in ("a", "b")]
    review = item(day("2025-01-01"), day("2025-02-01"), Lane.REVIEWS, told=day("2025-04-01"))
    shown = view(timeline(*scores, review, item(on)), whole((item(on), review), TODAY))
    assert [one.words for one in shown.listed()] == ["a visit", "a; b", "a visit"]
    assert shown.listed()[0].lane is Lane.REVIEWS


@pytest.mark.parametrize(
    ("precision", "until", "dated", "uncertain"),
    [
        (DatePrecision.DAY, day("2024-02-01"), "1 Feb 2024", False),
        (DatePrecision.MONTH, day("2024-02-29"), "Feb 2024", True),
        (DatePrecision.YEAR, day("2024-12-31"), "2024", True),
    ],
)
def test_a_date_is_as_long_as_it_is_uncertain(
    precision: DatePrecision, until: date, dated: str, uncertain: bool
) -> None:
    assert known_days(day("2024-02-01"), precision) == (day("2024-02-01"), until, dated, uncertain)


def test_an_unknown_date_is_no_day() -> None:
    for on, precision in ((None, DatePrecision.DAY), (day("2024-01-01"), DatePrecision.UNKNOWN)):
        assert known_days(on, precision) == (None, None, "date not known", False)


def test_stages_follow_the_onset_without_a_gap() -> None:
    (first, last, _), (then, settled, _) = stages(day("2025-01-01"))
    assert (first, last) == (day("2025-01-01"), day("2025-01-01") + timedelta(days=99))
    assert (then, settled) == (last + timedelta(days=1), day("2025-01-01") + timedelta(days=299))
    assert list(stages(date.max)) == []


def test_the_stages_are_those_of_the_planning_rules() -> None:
    rules = tomllib.loads((Path(timelines.__file__).parent / "data/planning/stages.toml").read_text())["rules"]
    spans = [rule["when"][0]["maybe_since_onset"] for rule in rules if rule["id"].startswith("stage-")]
    firsts = [one["days_at_least"] for one in spans if "days_at_least" in one]
    assert sorted(firsts)[:3] == [*(first for first, _ in STAGES), SETTLED_FROM]


def test_names_say_date_words_and_state() -> None:
    draft = item(day("2025-01-15"), state=State.DRAFT, dated="15 Jan 2025", words="visit, not signed")
    assert draft.name == "15 Jan 2025: visit, not signed (draft)"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2021-03-12", "2021-03-12", "12 Mar 2021"),
        ("2021-03-01", "2021-03-31", "Mar 2021"),
        ("2021-01-31", "2021-03-01", "Jan to Mar 2021"),
        ("2020-12-31", "2021-01-01", "Dec 2020 to Jan 2021"),
    ],
)
def test_the_days_of_several_things_in_a_few_words(first: str, last: str, words: str) -> None:
    assert days_words([item(day(first)), item(day(last), key="b")]) == words


def test_an_end_that_was_left_open_is_that_of_everything() -> None:
    everything = Window(day("2020-01-01"), day("2026-12-31"))
    assert asked(None, None, None, everything) == everything
    assert asked(day("2025-01-01"), None, None, everything) == Window(day("2025-01-01"), everything.end)
    assert asked(None, day("2021-01-01"), None, everything) == Window(everything.start, day("2021-01-01"))
    assert asked(None, day("2019-01-01"), None, everything).holds(day("2019-01-01"))


def test_eight_weeks_around_a_day() -> None:
    window = asked(None, None, day("2025-06-01"), Window(TODAY, TODAY))
    assert (window.start, window.days) == (day("2025-05-04"), 56)


def test_days_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        asked(day("2025-01-02"), day("2025-01-01"), None, Window(TODAY, TODAY))
    assert set(refused.value.fields) == {"to"}


@given(st.lists(st.tuples(DAYS, DAYS), max_size=8))
def test_the_whole_holds_everything_and_today(pairs: list[tuple[date, date]]) -> None:
    items = [item(min(pair), max(pair), key=str(number)) for number, pair in enumerate(pairs)]
    window = whole(items, TODAY)
    assert window.holds(TODAY)
    assert len(view(timeline(*items), window).items) == len(items)


@given(DAYS, st.integers(0, 40_000))
def test_every_move_stays_in_the_calendar_and_shows_something(start: date, length: int) -> None:
    shown = asked(
        start, date.fromordinal(min(start.toordinal() + length, LAST.toordinal())), None, Window(TODAY, TODAY)
    )
    everything = Window(FIRST, LAST)
    moved = [nearer(shown), wider(shown, everything), earlier(shown, everything), later(shown, everything)]
    for one in [shown, *filter(None, moved), *(preset(length, shown, TODAY) for length in Preset)]:
        assert FIRST <= one.start <= one.end <= LAST
        assert one.days >= LEAST
        assert 1 <= len(ticks(one)) <= 15


def test_nearer_ends_at_two_weeks_and_wider_at_everything() -> None:
    everything = Window(day("2020-01-01"), day("2026-12-31"))
    assert nearer(Window(day("2025-01-01"), day("2025-01-14"))) is None
    near = nearer(Window(day("2025-01-01"), day("2025-01-15")))
    assert near is not None
    assert near.days == LEAST
    assert wider(everything, everything) is None
    assert earlier(everything, everything) is None
    assert later(everything, everything) is None
    half = nearer(everything)
    assert half is not None
    assert wider(half, everything) is not None


def test_earlier_moves_half_a_window_and_later_moves_back() -> None:
    everything, shown = Window(day("2020-01-01"), day("2026-12-31")), Window(day("2025-01-01"), day("2025-01-28"))
    back = earlier(shown, everything)
    assert back == Window(day("2024-12-18"), day("2025-01-14"))
    assert later(back or shown, everything) == shown


def test_a_preset_ends_after_today_or_stays_in_the_middle() -> None:
    year = preset(Preset.YEAR, Window(day("2020-01-01"), day("2026-12-31")), TODAY)
    assert year.holds(TODAY)
    assert year.days == 365
    assert (year.end - TODAY).days == 365 - 365 * 5 // 6 - 1
    past = preset(Preset.YEAR, Window(day("2020-01-01"), day("2022-12-31")), TODAY)
    assert past.holds(day("2021-07-02"))


def test_several_things_are_shown_apart_with_a_margin() -> None:
    window = around([item(day("2025-01-01")), item(day("2025-12-31"), key="b")])
    assert (window.start, window.end) == (day("2024-12-02"), day("2026-01-30"))
    assert around([item(day("2025-01-01"))]).days >= LEAST


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (98, ["5 Jan", "12 Jan"]),
        (99, ["5 Jan", "19 Jan"]),
        (196, ["5 Jan", "19 Jan"]),
        (197, ["Feb", "Mar"]),
        (426, ["Feb", "Mar"]),
        (457, ["Apr", "Jul"]),
        (1300, ["Apr", "Jul"]),
        (1400, ["Jul", "Jan"]),
        (2600, ["Jul", "Jan"]),
        (5100, ["2027", "2028"]),
        (5500, ["2028", "2030"]),
    ],
)
def test_ticks_suit_the_window(days: int, labels: list[str]) -> None:
    start = day("2026-01-05")
    found = ticks(Window(start, start + timedelta(days=days - 1)))
    assert [one.label for one in found[:2]] == labels


def test_weeks_begin_on_mondays_and_years_are_said_once() -> None:
    found = ticks(Window(day("2025-12-20"), day("2026-01-20")))
    assert {one.on.weekday() for one in found} == {0}
    assert [one.year for one in found] == ["2025", "", "2026", "", ""]


def test_what_is_not_signed_voided_or_a_touch_up_is_no_session_in_the_count() -> None:
    given_, later_ = (
        item(day("2025-01-10"), lane=Lane.SESSIONS, key="a"),
        replace(item(day("2025-02-01"), lane=Lane.SESSIONS, key="b"), parent="a"),
    )
    draft = replace(item(day("2025-03-01"), lane=Lane.SESSIONS, key="c"), state=State.DRAFT)
    voided = replace(item(day("2025-04-01"), lane=Lane.SESSIONS, key="d"), state=State.VOIDED)
    assert Lane.SESSIONS.counted([given_, later_, draft, voided]) == "1 session, 1 touch-up, 1 not signed, 1 voided"
    assert Lane.SESSIONS.counted([draft]) == "1 not signed"
    ahead = replace(given_, lane=Lane.PLAN, state=State.AHEAD)
    assert Lane.PLAN.counted([ahead, ahead]) == "2 entries of the plan"
    shown = view(Timeline((given_, later_, draft, voided), (), TODAY), whole([given_], TODAY))
    assert shown.summary == "1 session, 1 touch-up, 1 not signed, 1 voided"
