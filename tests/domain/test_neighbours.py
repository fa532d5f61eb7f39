"""Neighbouring muscles: symmetric, generous, and never across to the other side but where halves meet."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from clinic.domain.anatomy import MUSCLES, OTHER, Side, regions
from clinic.domain.geometry import Polygon, Region
from clinic.domain.neighbours import ACROSS, PAIRS, beside, neighbours

NEAR = 50
"""Hundredths of a geometry unit, about 5 mm: muscles drawn nearer than this must be neighbours."""

PLACES = [
    (key, side)
    for key, one in MUSCLES.items()
    if key != OTHER
    for side in ((Side.RIGHT, Side.LEFT) if one.paired else (Side.MIDLINE,))
]


def test_only_known_muscles_are_named() -> None:
    assert {key for pair in PAIRS for key in pair} | ACROSS <= set(MUSCLES) - {OTHER}
    assert all(len(pair) == 2 for pair in PAIRS)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_neighbours_are_mutual(place: tuple[str, Side]) -> None:
    found = neighbours(*place)
    assert place not in found
    for other in found:
        assert place in neighbours(*other), other


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_the_other_side_is_no_neighbour_but_of_halves_that_meet(place: tuple[str, Side]) -> None:
    muscle, side = place
    if side is Side.MIDLINE:
        return
    across = {one for one in neighbours(muscle, side) if one[1] is side.other}
    assert across == ({(muscle, side.other)} if muscle in ACROSS else set())


def test_both_sides_are_mirror_images() -> None:
    for muscle, side in PLACES:
        mirrored = {(one, there.other) for one, there in neighbours(muscle, side)}
        assert mirrored == neighbours(muscle, side.other)


def test_muscles_that_are_drawn_near_each_other_are_neighbours() -> None:
    outlines = {key: outline(region) for key, region in regions().items()}
    missing = [
        (one, other)
        for one, other in combinations(outlines, 2)
        if not beside(one, other) and (touches(one, other, outlines) or gap(outlines[one], outlines[other]) <= NEAR)
    ]
    assert missing == []


def test_what_is_far_apart_is_no_neighbour() -> None:
    assert not beside("frontalis", "platysma")
    assert not beside("orbicularis_oculi", "depressor_anguli_oris")
    assert ("depressor_labii_inferioris", Side.LEFT) in neighbours("mentalis", Side.LEFT)
    assert ("procerus", Side.MIDLINE) in neighbours("corrugator_supercilii", Side.RIGHT)


def outline(region: Region) -> list[tuple[int, int]]:
    """Points along a region's outer edge, near enough to each other to measure a gap."""
    outer = region.outer
    if not isinstance(outer, Polygon):
        steps = [math.tau * step / 60 for step in range(60)]
        return [(round(outer.x + outer.rx * math.cos(t)), round(outer.y + outer.ry * math.sin(t))) for t in steps]
    found = []
    for (ax, ay), (bx, by) in zip(outer.corners, outer.corners[1:] + outer.corners[:1], strict=True):
        steps_between = max(1, int(math.dist((ax, ay), (bx, by)) // 20))
        for step in range(steps_between):
            found.append((ax + (bx - ax) * step // steps_between, ay + (by - ay) * step // steps_between))
    return found


def touches(one: str, other: str, outlines: dict[str, list[tuple[int, int]]]) -> bool:
    """Whether two regions overlap."""
    return any(regions()[other].contains(*point) for point in outlines[one]) or any(
        regions()[one].contains(*point) for point in outlines[other]
    )


def gap(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> float:
    """The shortest distance between two outlines."""
    return min(math.dist(here, there) for here in one for there in other)
