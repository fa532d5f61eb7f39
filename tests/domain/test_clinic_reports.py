"""Numbers of a report: quartiles from counted values, shares, rates, periods, and the figures drawn from them."""

from __future__ import annotations

import statistics
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.clinic_report_numbers import Distribution
from clinic.domain.clinic_reports import (
    Bars,
    Boxes,
    Period,
    Preset,
    ReportTable,
    per_thousand,
    rate,
    read_period,
    share,
)
from clinic.domain.drawing import Circle, Drawing, Path, Shape, Text
from clinic.domain.drawing_lanes import text_width
from clinic.domain.drawing_reports import bar_figure, box_figure
from clinic.domain.errors import Invalid

TODAY = date(2026, 11, 22)
DOSES = st.lists(st.integers(0, 4000).map(lambda n: Decimal(n) / 100), min_size=2, max_size=60)


def spread(*values: str) -> Distribution:
    return Distribution.of((Decimal(value), 1) for value in values)


@given(DOSES)
def test_quartiles_are_those_of_the_values_written_out(values: list[Decimal]) -> None:
    found = Distribution.of((value, 1) for value in values)
    assert [found.lower, found.median, found.upper] == statistics.quantiles(values, n=4, method="inclusive")
    assert (found.minimum, found.maximum, found.n) == (min(values), max(values), len(values))


@given(DOSES, st.integers(1, 9))
def test_counted_values_are_the_values_so_many_times(values: list[Decimal], times: int) -> None:
    assert Distribution.of((value, times) for value in values) == Distribution.of((v, 1) for v in values * times)


@given(DOSES)
def test_below_and_from_there_on_are_all(values: list[Decimal]) -> None:
    found = Distribution.of((value, 1) for value in values)
    middle = values[0]
    assert found.below(middle) + found.within(middle, max(values)) == found.n


def test_one_value_and_none() -> None:
    assert (spread("2.5").lower, spread("2.5").median) == (Decimal("2.5"), Decimal("2.5"))
    assert (Distribution(()).n, Distribution(()).median, Distribution(()).minimum) == (0, None, None)


def test_shares_and_rates_of_nothing_are_not_known() -> None:
    assert (share(0, 0), per_thousand(3, 0)) == (None, None)
    assert (share(1, 3), share(2, 3), share(3, 3)) == (Decimal("33.3"), Decimal("66.7"), 100)
    assert share(1, 2000) == Decimal("0.1")  # Half up.


@pytest.mark.parametrize(("count", "said"), [(0, 0), (1, "few"), (4, "few"), (5, 5), (6, 6)])
def test_fewer_than_five_events_have_no_rate(count: int, said: int | str) -> None:
    found = rate(count, 1000)
    assert found == said if isinstance(said, int) else str(found).startswith("few")


def test_periods_at_one_click() -> None:
    assert Preset.THIS_YEAR.period(TODAY) == Period(date(2026, 1, 1), TODAY)
    assert Preset.LAST_YEAR.period(TODAY) == Period(date(2025, 1, 1), date(2025, 12, 31))
    assert Preset.TWELVE_MONTHS.period(TODAY) == Period(date(2025, 11, 23), TODAY)
    assert Preset.TWELVE_MONTHS.period(date(2024, 2, 29)) == Period(date(2023, 3, 1), date(2024, 2, 29))


def test_months_of_a_period() -> None:
    assert Period(date(2025, 12, 31), date(2026, 2, 1)).months == (
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    )


@pytest.mark.parametrize(
    ("first", "last", "wrong"),
    [
        ("31.31.2026", "2026-12-31", {"from"}),
        ("", "nonsense", {"from", "to"}),
        ("2026-02-01", "2026-01-31", {"to"}),
        ("0012-02-01", "2026-01-31", {"from"}),
    ],
)
def test_a_bad_period_is_said_beside_its_field(first: str, last: str, wrong: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        read_period(first, last, TODAY)
    assert set(refused.value.fields) == wrong


def test_one_day_is_a_period() -> None:
    assert read_period("22 Nov 2026", "2026-11-22", TODAY) == Period(TODAY, TODAY)


def test_cells_for_people_and_for_spreadsheets() -> None:
    table = ReportTable("k", "T", "", "", ("What", "n", "%"), (("doses", 1234, Decimal("2.50")), ("none", 0, None)))
    assert table.shown[0] == (("doses", False), ("1,234", True), ("2.5", True))
    assert table.shown[1][2] == ("—", True)
    assert table.plain == (("doses", "1234", "2.50"), ("none", "0", ""))


def shapes(drawing: Drawing) -> tuple[Shape, ...]:
    return tuple(shape for layer in drawing.layers for shape in layer.shapes)


def drawn(*values: str, width: float = 70) -> tuple[Shape, ...]:
    return shapes(box_figure(Boxes("T", "units", (("Mentalis, left", spread(*values)),)), width))


@pytest.mark.parametrize(("count", "boxes"), [(4, 0), (5, 1), (6, 1)])
def test_fewer_than_five_values_are_dots(count: int, boxes: int) -> None:
    found = drawn(*(str(n + 1) for n in range(count)))
    assert sum(isinstance(one, Path) and one.key == "box" for one in found) == boxes
    assert sum(isinstance(one, Circle) for one in found) == (0 if boxes else count)


def test_a_figure_of_nothing_is_empty_and_of_zero_has_no_bar() -> None:
    assert not any(isinstance(one, Circle) for one in drawn())
    found = shapes(bar_figure(Bars("T", (("Jan 2026", 0), ("Feb 2026", 3))), 70))
    assert [one.text for one in found if isinstance(one, Text) and one.key == "count"] == ["0", "3"]
    assert sum(one.key == "bar" for one in found) == 1


@pytest.mark.parametrize("width", [70.0, 35.0])
def test_the_side_of_a_muscle_is_never_cut_off_and_all_stays_inside(width: float) -> None:
    long = "Levator labii superioris alaeque nasi and what else there may be in one long name, right"
    drawing = box_figure(Boxes("T", "units", ((long, spread("1", "2", "30")),), (Decimal(12), "12 weeks")), width)
    labels = [one for one in shapes(drawing) if isinstance(one, Text) and one.key == "label"]
    assert labels[0].text.endswith("…, right")
    left, bottom, right, top = drawing.view_box
    for one in shapes(drawing):
        if isinstance(one, Text):
            assert left <= one.at[0] <= right
            assert bottom <= one.at[1] <= top


@pytest.mark.parametrize("width", [96, 36])
def test_a_median_after_the_largest_value_says_that_it_is_one_and_stays_inside(width: float) -> None:
    found = [one for one in drawn("10", "12.5", "20", "20", "40", width=width) if isinstance(one, Text)]
    (median,) = (one for one in found if one.key == "median")
    assert median.text == "median\u00a020"
    assert median.at[0] + text_width(median.text) <= width
