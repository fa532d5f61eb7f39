"""The face of the planner: every muscle can be pointed at, and every proposed one has a number that can be read."""

from __future__ import annotations

import math
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.domain.anatomy import MUSCLES, OTHER, Side
from clinic.domain.drawing import Circle, Layer, Path, Text
from clinic.domain.face_targets import MarkedMuscle, targeted_face

PLACES = [
    (key, side)
    for key, one in MUSCLES.items()
    if key != OTHER
    for side in ((Side.RIGHT, Side.LEFT) if one.paired else (Side.MIDLINE,))
]


def layer(name: str, *muscles: MarkedMuscle) -> Layer:
    return next(one for one in targeted_face(muscles).layers if one.name == name)


def test_every_muscle_can_be_pointed_at_and_only_a_proposed_one_is_painted() -> None:
    shapes = layer("grades", MarkedMuscle("mentalis", Side.LEFT, 1, 3)).shapes
    painted = {one.key: one.style.fill_opacity for one in shapes if isinstance(one, Path)}
    assert set(painted) == {f"{key}:{side}" for key, side in PLACES}
    assert {key for key, opacity in painted.items() if opacity} == {"mentalis:left"}


def test_guarded_and_blocked_read_without_colour() -> None:
    for guarded, blocked in ((True, False), (False, True)):
        one = MarkedMuscle("mentalis", Side.LEFT, 1, 3, is_guarded=guarded, is_blocked=blocked)
        style = next(s.style for s in layer("grades", one).shapes if isinstance(s, Path) and s.key == "mentalis:left")
        assert style.dash
        assert (style.fill_opacity == 0) is blocked


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PLACES), unique=True, max_size=12))
def test_no_number_covers_another(places: list[tuple[str, Side]]) -> None:
    marked = [MarkedMuscle(key, side, number, 2) for number, (key, side) in enumerate(places, 1)]
    shapes = layer("numbers", *marked).shapes
    assert [one.text for one in shapes if isinstance(one, Text)] == [str(n) for n in range(1, len(places) + 1)]
    discs = [one for one in shapes if isinstance(one, Circle)]
    for one, other in combinations(discs, 2):
        assert math.dist(one.centre, other.centre) >= one.radius * 2
