"""The open targets of a plan over the face: the muscle in a broken outline, a diamond at each place, the dose in words.

A plan reads without colour: no charted site, copy or earlier session is drawn as a diamond. The words stand in the middle
below their place, so that static/js/face_chart can turn the drawing round without turning them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.drawing import Close, Drawing, Layer, LineTo, MoveTo, Path, Shape, Style, Text
from clinic.domain.face_muscles import muscle_outline
from clinic.domain.face_numbers import text_width
from clinic.domain.face_palette import PAPER, PLAN

LAYER: Final = "plan"
_OUTLINE: Final = Style(PLAN, PLAN, 0.08, (0.34, 0.14, 0.08, 0.14), 0.1, even_odd=True)
_PLACE: Final = Style(PAPER, PLAN, 0.07, (), 0.75)
_DIAMOND: Final = 0.24
_TEXT: Final = 0.46
_BELOW: Final = 0.76


@dataclass(frozen=True, slots=True)
class PlanMark:
    """One target: its muscle and side, its places in hundredths of a geometry unit, and its dose in words."""

    muscle: str
    side: Side
    places: tuple[tuple[int, int], ...]
    label: str


def with_plan(face: Drawing, targets: Iterable[PlanMark]) -> Drawing:
    """A face with the layer "plan" on it; the face itself where nothing is planned."""
    shapes = tuple(_shapes(tuple(targets)))
    return Drawing(face.view_box, (*face.layers, Layer(LAYER, shapes)), face.clip) if shapes else face


def _shapes(targets: tuple[PlanMark, ...]) -> Iterator[Shape]:
    for muscle, side in dict.fromkeys((one.muscle, one.side) for one in targets):
        yield Path(muscle_outline(muscle, side), _OUTLINE)
    for one in targets:
        yield from (Path(_diamond(x / 100, y / 100), _PLACE) for x, y in one.places)
    for one in targets:
        if one.places:
            yield from _label(one)


def _diamond(x: float, y: float) -> tuple[MoveTo | LineTo | Close, ...]:
    corners = [(x, y + _DIAMOND), (x + _DIAMOND, y), (x, y - _DIAMOND), (x - _DIAMOND, y)]
    return (MoveTo(corners[0]), *(LineTo(corner) for corner in corners[1:]), Close())


def _label(one: PlanMark) -> Iterator[Shape]:
    x, y = min(one.places, key=lambda place: (place[1], abs(place[0])))
    at = (x / 100, y / 100 - _BELOW)
    half, middle = text_width(one.label, _TEXT) * 0.46, at[1] + _TEXT * 0.35
    ground = (MoveTo((at[0] - half, middle)), LineTo((at[0] + half, middle)))
    yield Path(ground, Style(None, PAPER, _TEXT * 1.15, stroke_opacity=0.8))
    yield Text(at, one.label, _TEXT, PLAN, bold=True)
