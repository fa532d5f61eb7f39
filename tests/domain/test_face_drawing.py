"""The face as shapes: layers, keys, mirroring, greyed muscles, and the marks on it."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import MUSCLES, Side, danger_zones
from clinic.domain.drawing import Circle, CurveTo, Drawing, LineTo, MoveTo, Path, Shape, Text
from clinic.domain.face_drawing import LAYERS, TONES, Mark, MarkStatus, chart, face, mark_radius, marks, mirror_drawing
from clinic.domain.face_palette import GREYED


def mark(number: int = 1, units: str = "2.5", x: int = -300, status: MarkStatus = MarkStatus.PLANNED) -> Mark:
    return Mark(x, 700, number, Decimal(units), Side.RIGHT, "frontalis", status)


def names(drawing: Drawing) -> list[str]:
    return [layer.name for layer in drawing.layers]


def shapes(drawing: Drawing, layer: str) -> tuple[Shape, ...]:
    return next(found.shapes for found in drawing.layers if found.name == layer)


def texts(found: tuple[Shape, ...]) -> list[Text]:
    return [shape for shape in found if isinstance(shape, Text)]


def disc(found: tuple[Shape, ...]) -> Circle:
    return next(shape for shape in found if isinstance(shape, Circle))


def test_the_muscles_are_shown_unless_left_out() -> None:
    assert names(face()) == ["skin", "muscles", "features", "captions"]
    assert names(face(show=())) == ["skin", "features", "captions"]
    assert names(face(show=LAYERS)) == ["skin", "muscles", "features", "zones", "sites", "captions"]
    with pytest.raises(ValueError, match="lashes"):
        face(show=("lashes",))


def test_every_muscle_zone_and_site_has_its_key_on_each_side() -> None:
    drawing = face(show=LAYERS)
    expected = {
        f"{muscle.key}:{side}"
        for muscle in MUSCLES.values()
        if muscle.key != "other"
        for side in (("right", "left") if muscle.paired else ("midline",))
    }
    assert {shape.key for shape in shapes(drawing, "muscles") if shape.key} == expected
    assert len(shapes(drawing, "zones")) == sum(2 if zone.paired else 1 for zone in danger_zones())
    sites = {shape.key for shape in shapes(drawing, "sites")}
    assert {"platysma.jaw_1:left", "platysma.jaw_1:right", "mentalis.midline:midline"} <= sites


@pytest.mark.parametrize("side", [Side.RIGHT, Side.LEFT])
def test_a_muscle_lies_on_the_side_that_its_key_says(side: Side) -> None:
    for shape in shapes(face(), "muscles"):
        if shape.key.endswith(f":{side.value}"):
            assert isinstance(shape, Path)
            ends = [part.to[0] for part in shape.segments if isinstance(part, (MoveTo, LineTo, CurveTo))]
            assert all(x <= 0 for x in ends) if side is Side.RIGHT else all(x >= 0 for x in ends)


def test_the_captions_say_whose_side_it_is() -> None:
    right, left = texts(shapes(face(), "captions"))
    assert (right.text, right.at[0] < 0) == ("patient\u2019s right", True)
    assert (left.text, left.at[0] > 0) == ("patient\u2019s left", True)


def test_the_mirror_switch_turns_the_drawing_and_keeps_the_patients_sides() -> None:
    turned = face(mirrored=True)
    right, left = texts(shapes(turned, "captions"))
    assert (right.text, right.at[0] > 0, right.anchor) == ("patient\u2019s right", True, "end")
    assert (left.text, left.at[0] < 0, left.anchor) == ("patient\u2019s left", True, "start")
    frontalis = next(shape for shape in shapes(turned, "muscles") if shape.key == "frontalis:right")
    assert isinstance(frontalis, Path)
    assert isinstance(frontalis.segments[0], MoveTo)
    assert frontalis.segments[0].to[0] > 0


def test_mirrored_twice_is_as_before() -> None:
    drawing = chart([mark(), mark(2, "10", 250)], face(show=LAYERS))
    assert mirror_drawing(mirror_drawing(drawing)) == drawing


def test_a_muscle_that_is_absent_is_grey_on_its_side_only() -> None:
    drawing = face(greyed=[("zygomaticus_major", Side.LEFT)])
    looks = {shape.key: shape.style for shape in shapes(drawing, "muscles") if isinstance(shape, Path)}
    assert looks["zygomaticus_major:left"].fill == GREYED
    assert looks["zygomaticus_major:left"].dash
    assert looks["zygomaticus_major:right"] == looks["frontalis:right"]


@pytest.mark.parametrize("tone", TONES)
def test_every_tone_can_be_drawn(tone: str) -> None:
    assert face(tone=tone).layers
    assert face("small", tone=tone).layers


def test_a_tone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        face(tone="green")


def test_the_small_face_is_one_layer_without_words() -> None:
    assert names(face("small")) == ["skin"]
    assert not texts(shapes(face("small"), "skin"))


def test_a_mark_holds_its_dose_when_it_fits_and_stands_beside_it_when_not() -> None:
    large, small = marks([mark()]).shapes, marks([mark(units="1.25")]).shapes
    inside, beside = texts(large)[0], texts(small)[0]
    assert (inside.text, inside.anchor, inside.at[0]) == ("2.5", "middle", -3.0)
    assert (beside.text, beside.anchor) == ("1.25", "end")
    assert beside.at[0] < -3.0 - disc(small).radius


def test_the_number_stands_outwards_next_to_the_mark() -> None:
    right, left = texts(marks([mark(7)]).shapes)[-1], texts(marks([mark(8, x=300)]).shapes)[-1]
    assert (right.text, right.anchor, right.at[0] < -3) == ("7", "end", True)
    assert (left.text, left.anchor, left.at[0] > 3) == ("8", "start", True)


def test_doses_are_written_as_people_read_them() -> None:
    assert texts(marks([mark(units="10.00")]).shapes)[0].text == "10"


@given(st.decimals(min_value="0.6", max_value="16", places=2))
def test_the_area_of_a_mark_grows_with_its_dose(units: Decimal) -> None:
    assert math.isclose(mark_radius(units) ** 2 / mark_radius(Decimal(1)) ** 2, float(units), rel_tol=1e-9)


def test_marks_stay_readable_at_the_ends() -> None:
    assert mark_radius(Decimal("0.01")) == mark_radius(Decimal("0.1")) > 0.1
    assert mark_radius(Decimal(500)) < 1


def test_copied_marks_are_hollow_and_dashed_and_ghosts_have_no_words() -> None:
    filled, copied = disc(marks([mark()]).shapes), disc(marks([mark(status=MarkStatus.COPIED)]).shapes)
    assert not filled.style.dash
    assert copied.style.dash
    assert copied.style.fill == "#ffffff"
    ghost = marks([mark(status=MarkStatus.GHOST)]).shapes
    assert len(ghost) == 1
    assert disc(ghost).style.fill is None
    assert disc(ghost).key == "ghost:1"


def test_small_marks_lie_on_large_ones_and_ghosts_below_all() -> None:
    layer = marks([mark(1, "2.5"), mark(2, "10"), mark(3, "20", status=MarkStatus.GHOST)])
    assert [shape.key for shape in layer.shapes if isinstance(shape, Circle)] == ["ghost:3", "site:2", "site:1"]


def test_a_mirrored_mark_changes_place_and_nothing_else() -> None:
    assert disc(marks([mark()], mirrored=True).shapes).centre == (3.0, 7.0)
    assert disc(marks([mark()]).shapes).centre == (-3.0, 7.0)


def test_marks_on_a_small_face_are_dots() -> None:
    layer = marks([mark(), mark(2, "10")], detail="small")
    assert all(isinstance(shape, Circle) for shape in layer.shapes)
    assert names(chart([mark()], face("small"), detail="small")) == ["skin", "marks"]
