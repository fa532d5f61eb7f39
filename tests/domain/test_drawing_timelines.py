"""The timeline drawn: nothing hides anything, order is stable, and everything that is shown can be opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.drawing import Circle, Path, Text
from clinic.domain.drawing_timelines import figure
from clinic.domain.drawing_timelines_axis import Axis, Figure, Placed
from clinic.domain.drawing_timelines_narrow import narrow_figure
from clinic.domain.drawing_timelines_rows import Group, gathered, grouped, laid_out, pack
from clinic.domain.drawing_timelines_sessions import FACES
from clinic.domain.face_marks import Mark
from clinic.domain.timelines import Item, Lane, Series, State, Timeline, View, Window, view
from clinic.domain.timelines_windows import whole
from tests.domain.test_timelines import TODAY, day, item

SPANS = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 30)).map(lambda one: (one[0], one[0] + one[1])), max_size=30)
SITE = Mark(100, 100, 1, Decimal("2.5"), Side.LEFT, "mentalis")


def seen(*items: Item, window: Window | None = None, series: tuple[Series, ...] = ()) -> View:
    """Everything, or a window."""
    return view(Timeline(items, series, TODAY), window or whole(items, TODAY))


def marks(drawn: Figure) -> list[Placed]:
    return [one for _, lane in drawn.lanes for one in lane]


def opened(drawn: Figure) -> set[str]:
    """The keys of everything that some mark stands for."""
    return {one.key for mark in marks(drawn) for one in mark.group.items}


def texts(drawn: Figure) -> list[str]:
    return [shape.text for layer in drawn.drawing.layers for shape in layer.shapes if isinstance(shape, Text)]


@given(SPANS)
def test_no_two_things_of_a_row_overlap(spans: list[tuple[float, float]]) -> None:
    rows = pack(spans)
    for one, other in combinations(range(len(spans)), 2):
        if rows[one] == rows[other]:
            assert spans[one][1] < spans[other][0] or spans[other][1] < spans[one][0]


@given(SPANS)
def test_packing_needs_no_more_rows_than_overlap_at_one_place(spans: list[tuple[float, float]]) -> None:
    deepest = max((sum(left <= at <= right + 0.3 for left, right in spans) for at, _ in spans), default=0)
    assert max(pack(spans), default=-1) + 1 <= deepest


def test_equal_things_keep_their_order() -> None:
    assert pack([(0, 5), (0, 5), (0, 5), (9, 10)]) == [0, 1, 2, 0]


@given(st.lists(st.integers(0, 4000), max_size=60), st.integers(1, 4))
def test_gathering_keeps_everything_within_the_rows(days: list[int], most: int) -> None:
    items = [item(day("2015-01-01") + timedelta(days=one), key=str(number)) for number, one in enumerate(days)]
    axis = Axis(Window(day("2015-01-01"), day("2026-01-01")), 0.0, 80.0)

    def room(group: Group) -> tuple[float, float]:
        starts = [axis.at(one.on) for one in group.items if one.on]
        return min(starts) - 1, max(starts) + 1

    rows = laid_out([Group((one,)) for one in items], room, most, 2.4)
    assert sorted(one.key for row in rows for one in row.group.items) == sorted(one.key for one in items)
    assert all(row.row < most for row in rows) or len(rows) < 2


def test_neighbours_are_gathered_from_the_first_of_a_column() -> None:
    groups = [Group((item(TODAY, key=key),)) for key in "abcd"]
    found = gathered(groups, [(0, 0), (2.3, 2.3), (2.4, 2.4), (9, 9)], 2.4)
    assert [[one.key for one in group.items] for group in found] == [["a", "b"], ["c"], ["d"]]


def test_touch_ups_stand_with_their_session_when_it_is_there() -> None:
    session = item(day("2025-01-01"), lane=Lane.SESSIONS, key="s")
    touch_up = item(day("2025-01-20"), lane=Lane.SESSIONS, key="t", parent="s")
    assert [len(one.items) for one in grouped([touch_up, session])] == [2]
    assert [len(one.items) for one in grouped([touch_up])] == [1]


@st.composite
def histories(draw: st.DrawFn) -> list[Item]:
    """Things of any lane with any days."""
    found = []
    for number in range(draw(st.integers(0, 25))):
        on = day("2018-01-01") + timedelta(days=draw(st.integers(0, 3600)))
        until = on + timedelta(days=draw(st.sampled_from([0, 0, 3, 90, 900])))
        lane = draw(st.sampled_from([one for one in Lane if one is not Lane.SCORES]))
        state = draw(st.sampled_from(State))
        values = {"lasting": until > on, "short": draw(st.sampled_from(["", "word", "w" * 60])), "state": state}
        found.append(item(on, until, lane, key=str(number), **values))
    return found


@settings(deadline=None, max_examples=25)
@given(histories(), st.integers(0, 3000), st.integers(14, 3000))
def test_everything_that_is_shown_can_be_opened_and_nothing_else(items: list[Item], first: int, days: int) -> None:
    start = day("2018-01-01") + timedelta(days=first)
    shown = seen(*items, window=Window(start, start + timedelta(days=days)))
    keys = {one.key for one in shown.items}
    assert opened(figure(shown)) == keys
    assert opened(narrow_figure(shown)) == keys


def test_one_visit_two_on_a_day_and_one_ahead_of_the_clock() -> None:
    ahead = item(TODAY + timedelta(days=30), lane=Lane.SESSIONS, key="ahead")
    first, second = (item(day("2025-01-01"), key=key) for key in "ab")
    drawn = figure(seen(first, second, ahead))
    assert [one.name.split(":")[0] for one in marks(drawn)] == ["2026-12-23", "2025-01-01", "2025-01-01"]
    assert "today" in texts(drawn)


def test_a_lane_without_anything_in_these_days_says_so_and_keeps_its_place() -> None:
    drawn = figure(seen(item(day("2020-01-01")), window=Window(day("2025-01-01"), day("2025-12-31"))))
    assert {"Other visits", "none in these days"} <= set(texts(drawn))
    assert marks(drawn) == []


def session(on: date, key: str = "", **values: object) -> Item:
    given = {"lane": Lane.SESSIONS, "key": key or f"s{on}", "totals": (("Botox", "40"),), "sites": (SITE,)} | values
    return item(on, **given)  # type: ignore[arg-type]


def test_small_faces_are_few_and_do_not_hide_each_other() -> None:
    days = [day("2016-01-01") + timedelta(days=84 * number) for number in range(45)]
    drawn = figure(seen(*map(session, days)))
    boxes = [one.face for one in marks(drawn) if one.face]
    assert 2 <= len(boxes) <= FACES
    assert not any(one.hits(other) for one, other in combinations(boxes, 2))
    newest = next(one for one in marks(drawn) if one.group.first.on == days[-1])
    assert newest.face is not None


def test_units_stand_on_a_line_a_product() -> None:
    drawn = figure(
        seen(
            session(day("2025-01-01"), totals=(("Botox", "40"), ("Dysport", "100"))),
            session(day("2025-09-01"), totals=(("Dysport", "120"),)),
        )
    )
    found = {
        shape.text: shape.at[1] for layer in drawn.drawing.layers for shape in layer.shapes if isinstance(shape, Text)
    }
    assert found["units Botox"] == found["40"]
    assert found["units Dysport"] == found["100"] == found["120"]
    assert "140" not in found


def test_a_touch_up_is_joined_to_its_session() -> None:
    parent = session(day("2025-01-01"), "s")
    child = session(day("2025-03-01"), "t", parent="s")
    first, second = marks(figure(seen(parent, child)))
    assert isinstance(second.shapes[0], Path)
    assert not isinstance(first.shapes[0], Path)


def test_states_are_told_by_shape() -> None:
    looks = {}
    for state in State:
        (mark,) = marks(figure(seen(item(day("2025-01-01"), state=state))))
        looks[state] = tuple(
            (type(one), one.style.dash, one.style.fill is None) for one in mark.shapes if not isinstance(one, Text)
        )
    assert len(set(looks.values())) == len(State)


def scores(values: list[str], runs: bool) -> Series:
    points = tuple(
        item(
            day("2025-01-01") + timedelta(days=60 * number),
            lane=Lane.SCORES,
            key=f"p{number}",
            value=Decimal(value),
            short=value,
        )
        for number, value in enumerate(values)
    )
    keys = tuple(one.key for one in points)
    return Series(
        "Sunnybrook, composite", "higher is better", points, (keys,) if runs else (), Decimal(0), Decimal(100)
    )


def test_a_score_is_a_line_only_where_one_may_be_drawn() -> None:
    for runs in (True, False):
        one = scores(["40", "60", "55"], runs)
        shown = seen(*one.points, series=(one,))
        drawn = figure(shown)
        lines = [
            shape
            for layer in drawn.ground.layers
            for shape in layer.shapes
            if isinstance(shape, Path) and len(shape.segments) == 3 and shape.style.fill is None
        ]
        assert len(lines) == runs
        assert {"40", "60", "55"} <= set(texts(drawn))
    assert opened(narrow_figure(shown)) == {"p0", "p1", "p2"}


def test_scores_nearer_than_a_pointer_are_one_link_and_all_drawn() -> None:
    one = scores([str(number) for number in range(90)], runs=True)  # Far enough apart to be dots of their own.
    shown = seen(*one.points, series=(one,), window=Window(day("2020-01-01"), day("2045-01-01")))
    drawn = figure(shown)
    assert len(marks(drawn)) < 90
    shapes = [shape for mark in marks(drawn) for shape in mark.shapes]
    dots = sum(len(shape.segments) // 2 for shape in shapes if isinstance(shape, Path))
    assert dots + sum(isinstance(shape, Circle) for shape in shapes) == 90


def test_three_hundred_visits_stay_legible() -> None:
    days = [day("2016-01-01") + timedelta(days=13 * number) for number in range(300)]
    shown = seen(*(session(on) for on in days), *(item(on, key=f"v{on}") for on in days))
    wide, narrow = figure(shown), narrow_figure(shown)
    assert len(marks(wide)) < 100
    assert len(marks(narrow)) <= 40
    assert any(one.name.endswith("show them apart") for one in marks(wide))


def test_days_of_a_narrow_screen_do_not_hide_each_other() -> None:
    days = [day("2025-01-01") + timedelta(days=number) for number in range(12)]
    drawn = narrow_figure(seen(*(item(on, key=f"{on}{kind}") for on in days for kind in "ab")))
    lines = [
        shape.at[1]
        for layer in drawn.drawing.layers
        for shape in layer.shapes
        if isinstance(shape, Text) and shape.anchor == "start"
    ]
    assert len(lines) == 12 * 3 + 1
    assert all(abs(one - other) >= 1.3 for one, other in combinations(lines[1:], 2))


def test_the_side_of_a_score_is_never_cut_off() -> None:
    sides = ("patient’s right", "patient’s left")
    points = [
        replace(
            item(day("2025-01-10"), lane=Lane.SCORES, key=side),
            value=Decimal(50),
            short="50",
            words=f"Sunnybrook, composite, {side} 50",
        )
        for side in sides
    ]
    series = tuple(
        Series(f"Sunnybrook, composite, {side}", "higher is better", (point,), (), Decimal(0), Decimal(100))
        for side, point in zip(sides, points, strict=True)
    )
    assert {*sides, "composite"} <= set(texts(figure(seen(*points, series=series))))
    assert f"Sunnybrook, {sides[1]} 50" in texts(narrow_figure(seen(points[1], series=series)))
