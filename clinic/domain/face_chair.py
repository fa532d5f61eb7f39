"""The face for the chair: each site that is still to be given has a large number and dose beside the face.

The numbers stand in two columns, one on each side of the face as one looks at the patient, with a line to the place, so
that they can be read at an arm's length and never lie over each other. What is given stays as a small hollow dot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final, Literal

from clinic.domain.anatomy import Side
from clinic.domain.drawing import Circle, Drawing, Layer, LineTo, MoveTo, Path, Point, Shape, Style, Text
from clinic.domain.face_drawing import Mark, MarkStatus, face
from clinic.domain.face_palette import ACCENT, ACCENT_DEEP, CAPTION, GREYED, INK, PAPER
from clinic.domain.quantities import format_number

_COLUMN: Final = 5.2
"""Width of each column of numbers in geometry units."""
_STEP: Final = 2.15
_TOP_ROOM: Final = 2.4
"""Room above the first number, for the words that name the side."""
_DISC: Final = 0.92
_NUMBER: Final = 1.12
_DOSE: Final = 1.35
_DOT: Final = 0.34
_SIDES: Final[tuple[Literal[-1, 1], ...]] = (-1, 1)


def chair_drawing(sites: Iterable[Mark], greyed: Collection[tuple[str, Side]] = ()) -> Drawing:
    """Return the face with the numbers of all sites that are not given; the keys are "site:" and the number."""
    plate = face(greyed=greyed)
    left, bottom, right, top = plate.view_box
    rows = sorted(sites, key=lambda mark: (-mark.y, mark.number))
    given = [mark for mark in rows if mark.status is MarkStatus.GIVEN]
    waiting = [mark for mark in rows if mark.status is not MarkStatus.GIVEN]
    shapes: list[Shape] = [Circle(_place(mark), _DOT * 0.8, Style(PAPER, GREYED, 0.09)) for mark in given]
    for side, column in zip(_SIDES, _columns(waiting), strict=True):
        edge = left if side < 0 else right
        for mark, y, scale in _spread(column, bottom, top - _TOP_ROOM):
            shapes += _labelled(mark, (edge + side * _DISC * 1.4, y), side, scale)
    layers = tuple(layer for layer in plate.layers if layer.name != "captions")
    box = (left - _COLUMN, bottom, right + _COLUMN, top)
    return Drawing(box, (*layers, Layer("captions", tuple(_captions(box))), Layer("marks", tuple(shapes))))


def _place(mark: Mark) -> Point:
    return mark.x / 100, mark.y / 100


def _columns(marks: list[Mark]) -> tuple[list[Mark], list[Mark]]:
    """The marks left and right of the middle; those on it go where there is more room."""
    columns: tuple[list[Mark], list[Mark]] = ([], [])
    for mark in [*filter(_beside, marks), *(one for one in marks if not _beside(one))]:
        right = mark.x > 0 if _beside(mark) else len(columns[1]) < len(columns[0])
        columns[right].append(mark)
    for column in columns:
        column.sort(key=lambda one: (-one.y, one.number))
    return columns


def _beside(mark: Mark) -> bool:
    return mark.x != 0


def _spread(column: list[Mark], bottom: float, top: float) -> Iterator[tuple[Mark, float, float]]:
    """Each mark with the height of its number, as near its own as the others leave room, and the scale of all."""
    if not column:
        return
    step = min(_STEP, (top - bottom) / len(column))
    heights: list[float] = []
    for mark in column:
        wanted = min(mark.y / 100, top - step / 2)
        heights.append(min(wanted, heights[-1] - step) if heights else wanted)
    floor = bottom + step / 2
    for index in range(len(heights) - 1, -1, -1):
        heights[index] = max(heights[index], floor)
        floor = heights[index] + step
    for mark, height in zip(column, heights, strict=True):
        yield mark, height, step / _STEP


def _labelled(mark: Mark, at: Point, side: Literal[-1, 1], scale: float) -> Iterator[Shape]:
    key = f"site:{mark.number}"
    hollow = mark.status is MarkStatus.COPIED
    x, y = at
    dash = (0.22, 0.16) if hollow else ()
    inner = (x - side * _DISC * scale, y)
    yield Path((MoveTo(inner), LineTo(_place(mark))), Style(None, ACCENT_DEEP, 0.07, stroke_opacity=0.75), key)
    yield Circle(_place(mark), _DOT, _disc(hollow, 0.08, (0.16, 0.12) if hollow else ()), key)
    yield Circle(at, _DISC * scale, _disc(hollow, 0.1, dash), key)
    number = ACCENT_DEEP if hollow else PAPER
    size = _NUMBER * scale
    yield Text((x, y - size * 0.36), str(mark.number), size, number, bold=True, key=key)
    dose = format_number(mark.units) if mark.units else "?"
    outer = (x + side * (_DISC + 0.3) * scale, y - _DOSE * scale * 0.36)
    yield Text(outer, dose, _DOSE * scale, INK, "end" if side < 0 else "start", bold=True, key=key)


def _disc(hollow: bool, width: float, dash: tuple[float, ...]) -> Style:
    return Style(PAPER, ACCENT_DEEP, width, dash) if hollow else Style(ACCENT, PAPER, width)


def _captions(box: tuple[float, float, float, float]) -> Iterator[Shape]:
    left, _, right, top = box
    yield Text((left + 0.2, top - 1.3), "patient’s right", 1.05, CAPTION, "start", bold=True)
    yield Text((right - 0.2, top - 1.3), "patient’s left", 1.05, CAPTION, "end", bold=True)
