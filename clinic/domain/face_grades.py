"""The face with the synkinesis grid on it: muscles shaded by the strongest grade, and each group's grade as a number.

The shade repeats what the number says; nothing is told by colour alone. static/css/grid.css has the same steps, so that
a browser can follow a grid while it is being filled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group
from clinic.domain.drawing import Circle, Drawing, Layer, Path, Shape, Style, Text
from clinic.domain.face_drawing import face
from clinic.domain.face_palette import ACCENT, INK, PAPER

SHADES: Final = (0.0, 0.25, 0.45, 0.7)
"""How dense a muscle is painted by its grade, 0 to 3."""

# Where the number of each group stands on the patient's right; the left is its mirror image.
_PLACES: Final[Mapping[Group, tuple[float, float]]] = {
    Group.BROW: (-3.1, 7.2),
    Group.EYE: (-6.0, 2.0),
    Group.CHEEK: (-4.1, -1.7),
    Group.MOUTH_CORNER: (-3.75, -5.6),
    Group.CHIN: (-1.15, -7.6),
    Group.NECK: (-3.4, -11.6),
    Group.TEARING: (-5.1, 4.4),
    Group.OTHER_SIDE: (-6.7, -3.4),
}
_RADIUS: Final = 0.62
_FIGURE: Final = 0.85


def graded_face(muscles: Mapping[tuple[str, Side], int], groups: Mapping[tuple[Group, Side], int]) -> Drawing:
    """Return the face with grades on it; muscles and groups that nobody graded stay plain, without a number.

    The keys are "orbicularis_oculi:left" in the layer "grades" and "eye:left" in the layer "numbers".
    """
    plate = face()
    under = [layer for layer in plate.layers if layer.name in {"skin", "muscles"}]
    over = [layer for layer in plate.layers if layer.name not in {"skin", "muscles"}]
    shades = Layer("grades", tuple(_shades(plate, muscles)))
    numbers = Layer("numbers", tuple(_numbers(groups)))
    return Drawing(plate.view_box, (*under, shades, *over, numbers), plate.clip)


def _shades(plate: Drawing, grades: Mapping[tuple[str, Side], int]) -> Iterator[Shape]:
    shapes = next(layer for layer in plate.layers if layer.name == "muscles").shapes
    for shape in shapes:
        if isinstance(shape, Path) and shape.key:
            muscle, _, side = shape.key.partition(":")
            density = SHADES[grades.get((muscle, Side(side)), 0)]
            yield Path(shape.segments, Style(ACCENT, fill_opacity=density, even_odd=True), shape.key)


def _numbers(grades: Mapping[tuple[Group, Side], int]) -> Iterator[Shape]:
    for group, (x, y) in _PLACES.items():
        for side in (Side.RIGHT, Side.LEFT):
            grade = grades.get((group, side))
            at = (x if side is Side.RIGHT else -x, y)
            shown = 0.0 if grade is None else 1.0
            disc = Style(PAPER, INK, 0.07, fill_opacity=shown, stroke_opacity=shown)
            key = f"{group}:{side}"
            yield Circle(at, _RADIUS, disc, key)
            text = "" if grade is None else str(grade)
            yield Text((at[0], at[1] - _FIGURE * 0.36), text, _FIGURE, INK, bold=True, key=key)
