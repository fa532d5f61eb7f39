"""Numbers of marks keep out of the way of other marks."""

from __future__ import annotations

from decimal import Decimal

from clinic.domain.anatomy import Side
from clinic.domain.drawing import Circle, Path, Text
from clinic.domain.face_marks import Mark, MarkStatus, Review, mark_radius, marks
from clinic.domain.face_numbers import UP_OUTWARDS, Labelled, corners


def labelled(number: int, x: int, y: int) -> Labelled:
    return Labelled(number, x, y, mark_radius(Decimal("2.5")) * 100, "2.5")


def test_a_lone_number_stands_above_and_outwards() -> None:
    assert corners([labelled(1, -300, 0), labelled(2, 300, 0)]) == {1: UP_OUTWARDS, 2: UP_OUTWARDS}


def test_a_number_makes_room_for_a_mark_above_it() -> None:
    found = corners([labelled(1, 300, 0), labelled(2, 330, 50)])
    assert found[1] == (1, -1)
    assert found[2] == UP_OUTWARDS


def test_the_order_of_the_marks_makes_no_difference() -> None:
    crowd = [labelled(number, 300 + 25 * (number % 3), 30 * number) for number in range(1, 8)]
    assert corners(crowd) == corners(reversed(crowd))
    assert corners([]) == {}


def test_a_ghost_reads_without_colour() -> None:
    looks = set()
    for review in Review:
        (shape,) = marks([Mark(0, 0, 1, Decimal("2.5"), Side.MIDLINE, "mentalis", MarkStatus.GHOST, review)]).shapes
        assert isinstance(shape, Circle | Path)
        assert shape.style.fill is None
        corner = shape.segments[0] if isinstance(shape, Path) else None
        looks.add((type(shape), bool(shape.style.dash), corner))
    assert len(looks) == len(Review)


def test_a_dose_that_is_to_be_entered_is_a_question_mark() -> None:
    shapes = marks([Mark(0, 0, 1, Decimal(0), Side.MIDLINE, "mentalis")]).shapes
    assert next(shape.text for shape in shapes if isinstance(shape, Text)) == "?"
