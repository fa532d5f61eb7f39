"""Curves and exact containment."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.geometry import Ellipse, Polygon, Region, closed_curve, flatten, hundredths, open_curve

SQUARE = Polygon(((0, 0), (100, 0), (100, 100), (0, 100)))
POINTS = [(0.0, 0.0), (2.0, 0.5), (3.0, 2.0), (1.0, 3.0)]
coordinate = st.integers(-2000, 2000)


def test_a_closed_curve_runs_through_its_points_and_ends_where_it_began() -> None:
    curves = closed_curve(POINTS)
    assert [curve[0] for curve in curves] == POINTS
    assert curves[-1][3] == POINTS[0]


def test_an_open_curve_runs_from_the_first_point_to_the_last() -> None:
    curves = open_curve(POINTS)
    assert [curve[0] for curve in curves] == POINTS[:-1]
    assert curves[-1][3] == POINTS[-1]


def test_a_straight_line_stays_straight() -> None:
    points = flatten(open_curve([(0.0, 0.0), (5.0, 0.0)]))
    assert points[0] == (0.0, 0.0)
    assert all(y == 0 and 0 <= x < 5 for x, y in points)


def test_a_flattened_circle_stays_within_a_fraction_of_a_millimetre() -> None:
    circle = [(4 * math.cos(step * math.pi / 8), 4 * math.sin(step * math.pi / 8)) for step in range(16)]
    assert all(abs(math.hypot(x, y) - 4) < 0.02 for x, y in flatten(closed_curve(circle)))


@pytest.mark.parametrize(("value", "whole"), [(-9.45, -945), (0.35, 35), (4.56, 456), (-0.0, 0)])
def test_hundredths(value: float, whole: int) -> None:
    assert hundredths(value) == whole


@pytest.mark.parametrize(
    ("x", "y", "inside"), [(50, 50, True), (-1, 50, False), (101, 50, False), (50, -1, False), (50, 101, False)]
)
def test_a_polygon_contains(x: int, y: int, inside: bool) -> None:
    assert SQUARE.contains(x, y) is inside


def test_two_polygons_that_share_an_edge_never_both_contain_a_point_on_it() -> None:
    other = Polygon(((100, 0), (200, 0), (200, 100), (100, 100)))
    assert all(SQUARE.contains(100, y) + other.contains(100, y) == 1 for y in range(100))


@given(coordinate, coordinate)
def test_the_direction_in_which_a_polygon_is_drawn_does_not_matter(x: int, y: int) -> None:
    shape = Polygon(((-900, -300), (700, -1200), (1500, 900), (-200, 400)))
    assert shape.contains(x, y) == Polygon(tuple(reversed(shape.corners))).contains(x, y)


@pytest.mark.parametrize(
    ("x", "y", "inside"), [(30, 10, True), (31, 10, False), (10, 20, True), (10, 21, False), (10, 10, True)]
)
def test_an_ellipse_contains_its_edge(x: int, y: int, inside: bool) -> None:
    assert Ellipse(10, 10, 20, 10).contains(x, y) is inside


def test_a_hole_is_not_part_of_a_region() -> None:
    region = Region(Ellipse(50, 50, 200, 200), SQUARE)
    assert region.contains(-50, 50)
    assert not region.contains(50, 50)
    assert not region.contains(300, 50)
