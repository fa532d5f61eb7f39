"""Which patterns a review asks about, and which treated muscles each of them is linked to at first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.review_entries import MuscleAt

# Without a grid: the movement with which each group is seen most plainly. A proposal of this record, which the person
# at the screen changes; no rule rests on it.
_USUAL: Final[Mapping[Group, Movement]] = MappingProxyType(
    {
        Group.BROW: Movement.BIG_SMILE,
        Group.EYE: Movement.BIG_SMILE,
        Group.CHEEK: Movement.TIGHT_CLOSURE,
        Group.MOUTH_CORNER: Movement.TIGHT_CLOSURE,
        Group.CHIN: Movement.PUCKER,
        Group.NECK: Movement.BIG_SMILE,
        Group.TEARING: Movement.CHEWING,
        Group.OTHER_SIDE: Movement.BIG_SMILE,
    }
)
_MOVEMENTS: Final = {movement: number for number, movement in enumerate(Movement)}
_GROUPS: Final = {group: number for number, group in enumerate(Group)}


def linked(place: Place, treated: Iterable[MuscleAt]) -> tuple[MuscleAt, ...]:
    """The treated muscles that can do what a pattern shows, on the side that does it or in the midline."""
    sides = {place.muscle_side, Side.MIDLINE}
    return tuple(sorted((muscle, side) for muscle, side in treated if muscle in place.muscles and side in sides))


def proposed(
    cells: Iterable[Cell], treated: Collection[MuscleAt], palsy_sides: Collection[Side]
) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """The patterns to ask about first, and the other ones of the grid.

    From the graded cells above 0: first the strongest of each group whose muscles were treated, then the rest. Without
    such a cell, one pattern for each group of treated muscles.
    """
    graded = sorted((one for one in cells if one.grade), key=_strength)
    if not graded:
        return usual(treated, palsy_sides), ()
    first: dict[tuple[Side, Group], Place] = {}
    for cell in graded:
        if linked(cell.place, treated):
            first.setdefault((cell.place.side, cell.place.group), cell.place)
    asked = tuple(sorted(first.values(), key=place_order)) or usual(treated, palsy_sides)
    return asked, tuple(cell.place for cell in graded if cell.place not in asked)


def usual(treated: Collection[MuscleAt], palsy_sides: Collection[Side]) -> tuple[Place, ...]:
    """One pattern for each group of treated muscles; a muscle of two groups is asked about in the first of them."""
    sides = set(palsy_sides) or {side for _, side in treated if side is not Side.MIDLINE} or {Side.RIGHT, Side.LEFT}
    found = []
    for side in sorted(sides, reverse=True):
        left_over = set(treated)
        for group in Group:
            place = Place(side, _USUAL[group], group)
            muscles = linked(place, left_over)
            if muscles and not (group is Group.OTHER_SIDE and side.other in sides):
                left_over -= set(muscles)
                found.append(place)
    return tuple(found)


def place_order(place: Place) -> tuple[bool, int, int]:
    """Right before left, then as the grid's columns and rows."""
    return (place.side is not Side.RIGHT, _GROUPS[place.group], _MOVEMENTS[place.movement])


def _strength(cell: Cell) -> tuple[int, int, tuple[bool, int, int]]:
    return (-(cell.grade or 0), -(cell.bother or 0), place_order(cell.place))
