"""The figures: one mark a value, runs broken by products, nothing outside, labels that do not hide each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.drawing import Circle, Drawing, LineTo, MoveTo, Path, Text
from clinic.domain.drawing_lanes import Scale, box_of
from clinic.domain.drawing_trends import NARROW, PRINT, WIDE, dose_figure, pattern_figure, score_figure
from clinic.domain.patients import DatePrecision
from clinic.domain.trends import Series, all_series
from clinic.domain.trends_content import TrendsContent
from clinic.domain.trends_patterns import Graded, pattern_groups
from clinic.domain.trends_sessions import Dose, OtherTreatment, Session, Span, muscle_doses, other_treatment, span
from clinic.domain.visit_content import ClinicContent, PatientContent
from tests.trending import EYE, at, measured

WIDTHS = (WIDE, NARROW, PRINT)


def content(
    series: Sequence[Series] = (), sessions: Sequence[Session] = (), others: Sequence[OtherTreatment] = ()
) -> TrendsContent:
    doses = muscle_doses(sessions)
    graded = [
        Graded(f"v{month}", date(2025, month, 1), at(2025, month, 1), "A", EYE, grade)
        for month, grade in ((1, 3), (5, 1))
    ]
    days = [point.on for one in series for point in one.line] + [one.on for one in sessions]
    return TrendsContent(
        clinic=ClinicContent("Test clinic", "", "", "Europe/Berlin"),
        patient=PatientContent("p", "Keane", "Margaret", date(1979, 2, 3), 46, "10342", "female", True),
        conditions="",
        on=date(2026, 1, 1),
        series=tuple(series),
        patterns=pattern_groups(graded, [], doses),
        sessions=tuple(sessions),
        doses=doses,
        others=tuple(others),
        span=span([*days, date(2025, 1, 1)], others),
    )


def keyed(drawing: Drawing, key: str) -> list[Any]:
    return [shape for layer in drawing.layers for shape in layer.shapes if shape.key == key]


def session(number: int, product: str, units: str) -> Session:
    dose = Dose("mentalis", Side.LEFT, product, Decimal(units))
    return Session(f"s{number}", date(2025, number, 1), False, (dose,))


@pytest.mark.parametrize("width", WIDTHS)
@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.integers(20, 100), min_size=1, max_size=15))
@example(values=[20] * 10 + [96, 100, 100, 96])
def test_one_point_and_one_number_for_each_value(width: float, values: list[int]) -> None:
    points = [measured(str(value), at(2025, 1, 1) + timedelta(days=50 * n)) for n, value in enumerate(values)]
    (series,) = all_series(points)
    drawing = score_figure(series, content([series]), width)
    assert len(keyed(drawing, "point")) == len(values)
    labels = keyed(drawing, "value")
    assert sorted(text.text for text in labels) == sorted(map(str, values)) or len(values) > 6
    assert str(values[-1]) in [text.text for text in labels]
    assert not any(box_of(one).hits(box_of(other)) for one, other in combinations(labels, 2))
    assert inside(drawing)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_number_at_the_end_of_the_axis_leaves_the_direction_to_be_read(width: float) -> None:
    points = [measured("100", at(2025, 1, 1)), measured("99", at(2025, 6, 1))]
    (series,) = all_series(points)
    drawing = score_figure(series, content([series]), width)
    (direction,) = keyed(drawing, "direction")
    labels = keyed(drawing, "value")
    assert [text.text for text in labels] == ["99", "100"]
    assert not any(box_of(one).hits(box_of(direction)) for one in labels)
    assert inside(drawing)


def test_where_there_is_no_room_for_every_number_none_hides_another() -> None:
    points = [measured(str(20 + n * 37 % 80), at(2021, 1, 1) + timedelta(days=20 * n)) for n in range(60)]
    (series,) = all_series(points)
    drawing = score_figure(series, content([series]), NARROW)
    labels = keyed(drawing, "value")
    assert 5 < len(labels) < 60
    assert str(points[-1].value) in [text.text for text in labels]
    assert not any(box_of(one).hits(box_of(other)) for one, other in combinations(labels, 2))
    assert len(keyed(drawing, "point")) == 60


def test_the_upright_axis_has_each_round_number_once() -> None:
    given_ = {"instrument": "fngs2", "version": "2009", "score": "total", "patient_reported": False}
    (series,) = all_series([measured("9", at(2025, 1, 1), **given_), measured("17", at(2025, 3, 1), **given_)])
    drawing = score_figure(series, content([series]), WIDE)
    assert [text.text for text in keyed(drawing, "rule")] == ["5", "10", "15", "20"]


def inside(drawing: Drawing) -> bool:
    """Whether every label and point is on the sheet."""
    left, bottom, right, top = drawing.view_box
    shapes = [shape for layer in drawing.layers for shape in layer.shapes]
    boxes = [box_of(shape) for shape in shapes if isinstance(shape, Text)]
    within = all(box.left >= left - 0.2 and box.right <= right + 0.2 for box in boxes)
    upright = all(box.bottom >= bottom - 0.2 and box.top <= top + 0.2 for box in boxes)
    circles = [shape for shape in shapes if isinstance(shape, Circle)]
    return within and upright and all(left <= one.centre[0] <= right for one in circles)


def test_better_values_stand_higher_where_higher_is_a_larger_number() -> None:
    (series,) = all_series([measured("30", at(2025, 1, 1)), measured("90", at(2025, 6, 1))])
    low, high = keyed(score_figure(series, content([series]), WIDE), "point")
    assert high.centre[1] > low.centre[1]
    assert high.centre[0] > low.centre[0]


def test_the_noise_band_lies_around_the_first_point_and_is_named() -> None:
    (series,) = all_series([measured("60", at(2025, 1, 1)), measured("50", at(2025, 6, 1))])
    drawing = score_figure(series, content([series]), WIDE)
    (band,) = keyed(drawing, "band")
    heights = [segment.to[1] for segment in band.segments if isinstance(segment, (MoveTo, LineTo))]
    first = keyed(drawing, "point")[0]
    assert min(heights) < first.centre[1] < max(heights)
    assert first.centre[1] - min(heights) == pytest.approx(max(heights) - first.centre[1])
    assert [text.text for text in keyed(drawing, "noise")] == ["noise ±28.2"]
    assert [text.text for text in keyed(drawing, "direction")] == ["lower is better"]


def test_a_gap_is_two_lines_fewer_and_no_point() -> None:
    points = [measured("60", at(2025, month, 1)) for month in (1, 2, 4, 5)]
    other = measured("70", at(2025, 3, 1), instrument="fdi", version="1996", score="social")
    series, _ = all_series([*points, other])
    drawing = score_figure(series, content([series]), WIDE)
    assert len(keyed(drawing, "line")) == 2
    assert len(keyed(drawing, "point")) == 4


def test_a_value_beyond_the_axis_widens_it() -> None:
    given_ = {"instrument": "sunnybrook", "version": "1996", "score": "composite", "patient_reported": False}
    (series,) = all_series([measured("-10", at(2025, 1, 1), **given_), measured("50", at(2025, 3, 1), **given_)])
    drawing = score_figure(series, content([series]), WIDE)
    low, middle = keyed(drawing, "point")
    assert low.centre[1] < middle.centre[1]
    assert inside(drawing)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_product_change_breaks_the_bars_and_names_the_brands(width: float) -> None:
    sessions = [
        session(1, "botox", "4"),
        session(3, "botox", "5"),
        session(6, "dysport", "15"),
        session(9, "botox", "5"),
    ]
    drawing = dose_figure(content(sessions=sessions), width)
    assert len(keyed(drawing, "bar")) == 4
    assert len(keyed(drawing, "run")) == 3
    assert [text.text for text in keyed(drawing, "dose")] == ["4", "5", "15", "5"]
    words = [shape.text for layer in drawing.layers for shape in layer.shapes if isinstance(shape, Text)]
    assert [word for word in words if word in {"Botox", "Dysport"}] == ["Botox", "Dysport", "Botox"]


def test_bars_compare_within_a_product_only() -> None:
    sessions = [session(1, "botox", "5"), session(5, "dysport", "20"), session(9, "botox", "2.5")]
    first, other, half = keyed(dose_figure(content(sessions=sessions), WIDE), "bar")
    assert height(first) == pytest.approx(height(other))
    assert height(half) == pytest.approx(height(first) / 2)


def height(bar: Path) -> float:
    ys = [segment.to[1] for segment in bar.segments if isinstance(segment, (MoveTo, LineTo))]
    return max(ys) - min(ys)


@pytest.mark.parametrize("width", WIDTHS)
def test_sessions_close_together_keep_their_totals_apart(width: float) -> None:
    sessions = [
        Session(f"s{n}", date(2025, 1, 1) + timedelta(days=n), False, session(1, "botox", "22.5").doses)
        for n in range(5)
    ] + [session(12, "botox", "20")]
    totals = keyed(dose_figure(content(sessions=sessions), width), "total")
    assert len(totals) == 6
    assert not any(box_of(one).hits(box_of(other)) for one, other in combinations(totals, 2))


@pytest.mark.parametrize("width", WIDTHS)
def test_other_treatments_stand_at_their_date_or_before_the_axis(width: float) -> None:
    (series,) = all_series([measured("60", at(2025, 1, 1)), measured("50", at(2026, 1, 1))])
    others = [
        other_treatment("surgery: gold weight", date(2019, 1, 1), DatePrecision.YEAR),
        other_treatment("facial training", date(2025, 6, 1), DatePrecision.MONTH),
        other_treatment("surgery: myectomy", date(2025, 12, 20), DatePrecision.DAY),
        other_treatment("training, when is not known", None, DatePrecision.UNKNOWN),
    ]
    drawing = score_figure(series, content([series], others=others), width)
    found = [len(keyed(drawing, key)) for key in ("other-before", "other-span", "other-day")]
    assert found[0] == 1
    assert sum(found) == len(keyed(drawing, "other")) == 3
    assert inside(drawing)


def test_grades_are_numbered_discs() -> None:
    sessions = [session(1, "botox", "4")]
    page = content(sessions=sessions)
    (group,) = page.patterns
    drawing = pattern_figure(group, page, WIDE)
    assert [text.text for text in keyed(drawing, "value")] == ["3", "1"]
    three, one = keyed(drawing, "point")
    assert three.centre[1] > one.centre[1]


@given(st.dates(date(2001, 1, 1), date(2030, 1, 1)), st.integers(120, 9000))
def test_the_dates_of_the_axis_are_firsts_of_months_and_have_room(start: date, days: int) -> None:
    scale = Scale(Span(start, start + timedelta(days=days)), NARROW)
    ticks = scale.ticks()
    assert all(day.day == 1 and scale.span.start <= day <= scale.span.end for day, _ in ticks)
    places = [scale.x(day) for day, _ in ticks]
    assert places == sorted(places)
    assert len(ticks) <= 5
