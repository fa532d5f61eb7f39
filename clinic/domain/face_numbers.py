"""Where the number of a mark stands: the corner that overlaps least with other marks.

Corners are tried in a fixed order, marks by number; the first of equal ones wins. All lengths are whole hundredths of
a geometry unit and y points up, so that static/js/face_chart/numbers.mjs comes to the same corners.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

Corner = tuple[int, int]
Box = tuple[int, int, int, int]

UP_OUTWARDS: Final[Corner] = (1, 1)
CORNERS: Final[tuple[Corner, ...]] = (UP_OUTWARDS, (1, -1), (-1, 1), (-1, -1))
"""(outwards, upwards), each 1 or -1; outwards is away from the midline."""

FIGURE_HEIGHT: Final = 23
_DOSE_SIZE: Final = 33
_NUMBER_SIZE: Final = 32
# Mean width of a figure in the system fonts, as a share of the font size.
_FIGURE: Final = 0.58


@dataclass(frozen=True, slots=True)
class Labelled:
    """A mark as it is drawn: its number, its centre (as seen, mirrored or not), its radius, its dose in words."""

    number: int
    x: int
    y: int
    radius: float
    dose: str


def text_width(text: str, size: float) -> float:
    """Return about how wide figures are, in the unit of ``size``; a point takes half a figure."""
    return size * _FIGURE * sum(0.5 if letter in ".," else 1.0 for letter in text)


def inner_gap(inside: bool, outwards: int) -> int:
    """Return how far the number stands off the disc: more where the dose stands beside it."""
    return 6 if inside or outwards < 0 else 14


def corners(marks: Iterable[Labelled]) -> dict[int, Corner]:
    """Return the corner of each mark's number, by number."""
    order = sorted(marks, key=lambda mark: mark.number)
    bodies = [_body(mark) for mark in order]
    taken: list[Box] = []
    found: dict[int, Corner] = {}
    for index, mark in enumerate(order):
        others = [box for place, boxes in enumerate(bodies) if place != index for box in boxes] + taken
        choices = [(corner, _number_box(mark, corner)) for corner in CORNERS]
        near = _near(others, [box for _, box in choices])
        corner, box = min(choices, key=lambda choice: sum(_overlap(choice[1], other) for other in near))
        found[mark.number] = corner
        taken.append(box)
    return found


def _near(others: Iterable[Box], choices: Iterable[Box]) -> list[Box]:
    """The boxes that overlap any of the choices' common surroundings: the others cannot overlap a choice."""
    lefts, bottoms, rights, tops = zip(*choices, strict=True)
    left, bottom, right, top = min(lefts), min(bottoms), max(rights), max(tops)
    return [box for box in others if box[0] < right and box[2] > left and box[1] < top and box[3] > bottom]


def _whole(value: float) -> int:
    return math.floor(value + 0.5)


def _out(mark: Labelled) -> int:
    return -1 if mark.x < 0 else 1


def _inside(mark: Labelled) -> bool:
    return text_width(mark.dose, _DOSE_SIZE) <= 1.8 * mark.radius


def _span(start: float, toward: int, width: float) -> tuple[int, int]:
    end = start + toward * width
    return _whole(min(start, end)), _whole(max(start, end))


def _body(mark: Labelled) -> list[Box]:
    """The disc, and the dose where it stands beside the disc."""
    radius = _whole(mark.radius)
    boxes = [(mark.x - radius, mark.y - radius, mark.x + radius, mark.y + radius)]
    if not _inside(mark):
        left, right = _span(mark.x + _out(mark) * (mark.radius + 8), _out(mark), text_width(mark.dose, _DOSE_SIZE))
        boxes.append((left, mark.y - 12, right, mark.y + 12))
    return boxes


def _number_box(mark: Labelled, corner: Corner) -> Box:
    outwards, upwards = corner
    toward = _out(mark) * outwards
    reach = mark.radius * 0.72 + inner_gap(_inside(mark), outwards)
    left, right = _span(mark.x + toward * reach, toward, text_width(str(mark.number), _NUMBER_SIZE))
    bottom = _whole(mark.y + reach if upwards > 0 else mark.y - reach - FIGURE_HEIGHT)
    return left, bottom, right, bottom + FIGURE_HEIGHT


def _overlap(one: Box, other: Box) -> int:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width * height if width > 0 and height > 0 else 0
