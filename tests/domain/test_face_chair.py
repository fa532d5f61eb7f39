"""The face at the chair, and the comparison of plan and given, on plain values."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from itertools import pairwise

import pytest

from clinic.domain.anatomy import MUSCLES, Side, position
from clinic.domain.drawing import Circle, Shape, Text
from clinic.domain.face_chair import chair_drawing
from clinic.domain.face_drawing import Mark, MarkStatus
from clinic.domain.muscles import AnatomyError


def mark(number: int, x: int = 300, y: int = 0, status: MarkStatus = MarkStatus.PLANNED) -> Mark:
    return Mark(x, y, number, Decimal("2.5"), Side.LEFT if x > 0 else Side.RIGHT, "mentalis", status)


def shapes(*marks: Mark) -> list[Shape]:
    return list(next(layer for layer in chair_drawing(marks).layers if layer.name == "marks").shapes)


def numbers(found: list[Shape]) -> dict[str, Text]:
    return {one.text: one for one in found if isinstance(one, Text) and one.anchor == "middle"}


def test_a_number_stands_on_the_side_of_its_place() -> None:
    found = numbers(shapes(mark(1, x=300), mark(2, x=-300)))
    assert found["1"].at[0] > 9
    assert found["2"].at[0] < -9


def test_a_given_site_has_no_number() -> None:
    found = shapes(mark(1, status=MarkStatus.GIVEN), mark(2))
    assert list(numbers(found)) == ["2"]
    assert {one.key for one in found if isinstance(one, Circle)} == {"", "site:2"}


def test_an_unconfirmed_one_is_hollow_and_dashed() -> None:
    discs = [one for one in shapes(mark(1, status=MarkStatus.COPIED)) if isinstance(one, Circle)]
    assert all(disc.style.dash for disc in discs)


def test_a_dose_still_to_be_entered_is_no_zero() -> None:
    one = Mark(300, 0, 1, Decimal(0), Side.LEFT, "mentalis")
    assert "?" in {shape.text for shape in shapes(one) if isinstance(shape, Text)}


@pytest.mark.parametrize("count", [1, 12, 60, 200])
def test_numbers_never_lie_over_each_other_and_stay_in_the_picture(count: int) -> None:
    drawing = chair_drawing([mark(number, y=-800 + number % 7) for number in range(1, count + 1)])
    _, bottom, _, top = drawing.view_box
    found = [one for layer in drawing.layers if layer.name == "marks" for one in layer.shapes]
    heights = sorted(one.at[1] for one in numbers(found).values())
    size = next(iter(numbers(found).values())).size
    assert all(bottom <= height <= top for height in heights)
    assert all(higher - lower >= size for lower, higher in pairwise(heights))


def test_the_midline_goes_where_there_is_room() -> None:
    found = numbers(shapes(mark(1, x=300), mark(2, x=310), mark(3, x=0)))
    assert found["3"].at[0] < 0


def test_every_place_of_the_face_can_be_drawn() -> None:
    places = []
    for key, muscle in MUSCLES.items():
        for site in muscle.sites:
            for side in Side:
                with suppress(AnatomyError):  # Not every place has every side.
                    places.append(position(key, site.key, side))
    assert len(places) > 60
    assert shapes(*(mark(number, *place) for number, place in enumerate(places, start=1)))
