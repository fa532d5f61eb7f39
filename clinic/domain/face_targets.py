"""The face with what planning proposes on it: each muscle outlined, its density by grade, and its number in the list.

Nothing is told by colour alone: a number stands on each muscle, a guarded one has a dashed outline, a blocked one only an
outline.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from clinic.domain.anatomy import Side, position
from clinic.domain.drawing import Circle, Drawing, Layer, Path, Point, Shape, Style, Text
from clinic.domain.face_drawing import face
from clinic.domain.face_grades import SHADES
from clinic.domain.face_palette import ACCENT, ACCENT_DEEP, INK, PAPER

_RADIUS: Final = 0.56
_FIGURE: Final = 0.78
_LATER: Final = 0.12
_APART: Final = 2 * _RADIUS + 0.05
_STEPS: Final = ((0, 0), (1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (2, 0), (2, -1), (2, 1), (3, 0), (3, -1), (3, 1))
"""Where a number goes when its place is taken, in widths of a number: outwards first."""
_OUTLINE: Final = 0.12
_DASH: Final = (0.35, 0.25)


@dataclass(frozen=True, slots=True)
class MarkedMuscle:
    """A muscle as the list names it: its number there, its strongest grade, and what holds it back.

    ``is_first`` for one of the patterns that come first: the others are painted lightly.
    """

    muscle: str
    side: Side
    number: int
    grade: int
    is_first: bool = True
    is_guarded: bool = False
    is_blocked: bool = False

    @property
    def key(self) -> str:
        """How the drawing and the list call it: ``mentalis:left``."""
        return f"{self.muscle}:{self.side}"


def targeted_face(muscles: Iterable[MarkedMuscle]) -> Drawing:
    """Return the face with the muscles of a list; those that nobody proposes stay plain and can still be pointed at."""
    marked = {one.key: one for one in muscles}
    plate = face()
    under = [layer for layer in plate.layers if layer.name in {"skin", "muscles"}]
    over = [layer for layer in plate.layers if layer.name not in {"skin", "muscles"}]
    shapes = next(layer for layer in plate.layers if layer.name == "muscles").shapes
    lit = Layer("grades", tuple(_lit(shapes, marked)))
    numbers = Layer("numbers", tuple(_numbers(marked.values())))
    return Drawing(plate.view_box, (*under, lit, *over, numbers), plate.clip)


def _lit(shapes: Iterable[Shape], marked: dict[str, MarkedMuscle]) -> Iterator[Shape]:
    for shape in shapes:
        if not isinstance(shape, Path) or not shape.key:
            continue
        one = marked.get(shape.key)
        if one is None:
            yield Path(shape.segments, Style(ACCENT, fill_opacity=0.0, even_odd=True), shape.key)
            continue
        density = 0.0 if one.is_blocked else SHADES[one.grade] if one.is_first else _LATER
        dash = _DASH if one.is_guarded or one.is_blocked else ()
        style = Style(ACCENT, ACCENT_DEEP, _OUTLINE, dash, fill_opacity=density, even_odd=True)
        yield Path(shape.segments, style, shape.key)


def _numbers(marked: Iterable[MarkedMuscle]) -> Iterator[Shape]:
    taken: list[Point] = []
    for one in marked:
        at = _free_place(one, taken)
        taken.append(at)
        yield Circle(at, _RADIUS, Style(PAPER, INK, 0.07), one.key)
        yield Text((at[0], at[1] - _FIGURE * 0.36), str(one.number), _FIGURE, INK, bold=True, key=one.key)


def _free_place(one: MarkedMuscle, taken: Iterable[Point]) -> Point:
    """The muscle's own place, or the nearest one outwards that no earlier number covers."""
    x, y = position(one.muscle, None, one.side)
    outwards = 1 if x > 0 else -1
    places = [(x / 100 + dx * _APART * outwards, y / 100 + dy * _APART) for dx, dy in _STEPS]
    return next((at for at in places if all(math.dist(at, other) >= _APART - 0.01 for other in taken)), places[0])
