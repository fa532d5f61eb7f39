"""The figures of the exercises."""

from __future__ import annotations

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.drawing import Circle, CurveTo, Drawing, LineTo, MoveTo, Path, Point, Shape, Text
from clinic.domain.exercises import library
from clinic.domain.face_drawing import face
from clinic.domain.face_exercises import EXERCISES, FACE, exercise_drawing
from clinic.domain.face_paths import mirror_layer

SIDES = (Side.RIGHT, Side.LEFT)


def layer(drawing: Drawing, name: str) -> tuple[Shape, ...]:
    return next(one.shapes for one in drawing.layers if one.name == name)


def ends(shape: Shape) -> list[Point]:
    if isinstance(shape, Circle):
        return [shape.centre]
    if isinstance(shape, Text):
        return [shape.at]
    return [one.to for one in shape.segments if isinstance(one, (MoveTo, LineTo, CurveTo))]


def test_every_exercise_of_the_library_has_a_figure_of_its_own() -> None:
    assert set(EXERCISES) == set(library())
    figures = [exercise_drawing(one, Side.RIGHT) for one in EXERCISES]
    assert all(layer(one, "acts") for one in figures)
    assert len({layer(one, "acts") for one in figures}) == len(EXERCISES)


def test_an_unknown_exercise_is_the_face_at_rest() -> None:
    found = exercise_drawing("no such exercise", Side.RIGHT)
    assert found.view_box == FACE
    assert layer(found, "acts") == ()
    assert layer(found, "features") == next(one.shapes for one in face(show=()).layers if one.name == "features")


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_left_is_the_mirror_image_of_the_right(exercise: str) -> None:
    right, left = (exercise_drawing(exercise, side) for side in SIDES)
    assert left.view_box == right.view_box
    for one in right.layers:
        assert mirror_layer(one).shapes == layer(left, one.name)


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("side", SIDES)
def test_what_is_told_lies_inside_the_figure(exercise: str, side: Side) -> None:
    drawing = exercise_drawing(exercise, side, ("right", "left"))
    left, bottom, right, top = drawing.view_box
    tips = [ends(shape)[0] for shape in layer(drawing, "acts")]
    assert all(left <= x <= right and bottom - 0.1 <= y <= top for x, y in tips)
    words = [shape for shape in layer(drawing, "captions") if isinstance(shape, Text)]
    assert [(one.text, one.at[0] < 0) for one in words] == [("right", True), ("left", False)]


@pytest.mark.parametrize(
    ("exercise", "toward"),
    [
        ("e6_gentle_closure", -1),
        ("e10_neck_stretch", -1),
        ("e11_cheek_stretch", -1),
        ("e12_eye_ring_stretch", -1),
        ("e13_sound_side_quiet", 1),
    ],
)
def test_hands_are_on_the_palsy_side_or_on_the_strong_one(exercise: str, toward: int) -> None:
    for side, sign in ((Side.RIGHT, 1), (Side.LEFT, -1)):
        acts = layer(exercise_drawing(exercise, side), "acts")
        fingers = [one for one in acts if isinstance(one, Path) and one.style.fill == "#ffffff" and one.style.stroke]
        tips = [one for one in fingers if one.style.stroke == "#14202d"]
        assert tips
        middle = sum(x for one in tips for x, _ in ends(one)) / sum(len(ends(one)) for one in tips)
        assert middle * toward * sign > 0


def test_without_a_side_a_hand_is_shown_on_both() -> None:
    acts = layer(exercise_drawing("e6_gentle_closure", None), "acts")
    tips = [one for one in acts if isinstance(one, Path) and one.style.stroke == "#14202d" and one.style.fill]
    assert len(tips) == 2
    middles = sorted(sum(x for x, _ in ends(one)) / len(ends(one)) for one in tips)
    assert middles[0] == pytest.approx(-middles[1])
    assert exercise_drawing("e5_small_closed_smile", None) == exercise_drawing("e5_small_closed_smile", Side.RIGHT)


def test_eyes_and_mouth_are_replaced_and_not_drawn_twice() -> None:
    rest = layer(exercise_drawing("", Side.RIGHT), "features")
    closed = layer(exercise_drawing("e16_calm_breathing", Side.RIGHT), "features")
    irises = [shape for shape in rest if isinstance(shape, Circle)]
    assert irises
    assert not [shape for shape in closed if isinstance(shape, Circle)]
    pucker = layer(exercise_drawing("e2_eyes_open_pucker", Side.RIGHT), "features")
    assert [shape for shape in pucker if isinstance(shape, Circle)] == irises
    widest = max(x for shape in pucker for x, y in ends(shape) if -5.6 < y < -3.3 and abs(x) < 2.6)
    assert widest < 2.5


def test_a_figure_is_made_once() -> None:
    assert exercise_drawing("e1_rest_scan", Side.LEFT) is exercise_drawing("e1_rest_scan", Side.LEFT)
