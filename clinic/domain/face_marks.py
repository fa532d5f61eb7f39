"""Marks on the face: one injected, planned or copied site each.

The area of a mark grows with its dose; it does not show how far toxin spreads. A mark reads without colour: filled
discs are this session's sites, dashed hollow ones are copied and not confirmed, thin ones without words are an earlier
session's, their shape saying what its review said. Numbers keep out of each other's way (``clinic.domain.face_numbers``).
static/js/face_chart draws the same; a browser test compares the two.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from clinic.domain.anatomy import Side
from clinic.domain.drawing import Circle, Close, Layer, LineTo, MoveTo, Path, Shape, Style, Text
from clinic.domain.face_numbers import FIGURE_HEIGHT, UP_OUTWARDS, Corner, Labelled, corners, inner_gap, text_width
from clinic.domain.face_palette import ACCENT, ACCENT_DEEP, GHOST, INK, PAPER, TOO_STRONG, TOO_WEAK, WORKED
from clinic.domain.quantities import format_number

# Radius in geometry units of a mark of 1 unit; 2.5 units come to about 3 mm, room for the dose inside.
_RADIUS_OF_ONE: Final = 0.22
_SMALLEST: Final = 0.17
_LARGEST: Final = 0.9
_TEXT: Final = 0.33
_NUMBER: Final = 0.32
DOT: Final = Style(ACCENT)
"""How a site looks on the small face."""


class MarkStatus(StrEnum):
    """What a mark stands for."""

    PLANNED = "planned"
    GIVEN = "given"
    COPIED = "copied"
    GHOST = "ghost"


class Review(StrEnum):
    """What a later review said of an earlier session's site."""

    WORKED = "worked"
    TOO_WEAK = "too_weak"
    TOO_STRONG = "too_strong"
    NOT_REVIEWED = "not_reviewed"


@dataclass(frozen=True, slots=True)
class Mark:
    """One site on the face: place in hundredths of a geometry unit, its number in the table, its dose in units."""

    x: int
    y: int
    number: int
    units: Decimal
    side: Side
    muscle: str
    status: MarkStatus = MarkStatus.PLANNED
    review: Review = Review.NOT_REVIEWED


def mark_radius(units: Decimal) -> float:
    """Return the radius of a mark in geometry units: the area is proportional to the dose, within readable limits.

    A dose that is still to be entered is drawn like 1 unit.
    """
    if not units:
        return _RADIUS_OF_ONE
    return min(_LARGEST, max(_SMALLEST, _RADIUS_OF_ONE * math.sqrt(units)))


def small_radius(units: Decimal) -> float:
    """Return the radius of a dot on the small face, in geometry units."""
    return max(0.42, 1.6 * mark_radius(units))


def marks(sites: Iterable[Mark], *, detail: Literal["full", "small"] = "full", mirrored: bool = False) -> Layer:
    """Return the layer "marks"; large marks lie below small ones. The keys are "site:" and the number.

    "small" marks are dots without text. ``mirrored`` must be that of the face below.
    """
    # Ghosts lie below everything: they are the past.
    order = sorted(sites, key=lambda mark: (mark.status is not MarkStatus.GHOST, -mark.units, mark.number))
    if detail == "small":
        return Layer("marks", tuple(shape for mark in order for shape in _dot(mark, mirrored)))
    places = _number_corners(order, mirrored)
    return Layer("marks", tuple(shape for mark in order for shape in _mark(mark, mirrored, places)))


def _number_corners(sites: list[Mark], mirrored: bool) -> dict[int, Corner]:
    labelled = [
        Labelled(mark.number, -mark.x if mirrored else mark.x, mark.y, mark_radius(mark.units) * 100, _dose(mark))
        for mark in sites
        if mark.status is not MarkStatus.GHOST
    ]
    return corners(labelled)


def _dose(mark: Mark) -> str:
    return format_number(mark.units) if mark.units else "?"


def _place(mark: Mark, mirrored: bool) -> tuple[float, float]:
    return (-mark.x if mirrored else mark.x) / 100, mark.y / 100


def _dot(mark: Mark, mirrored: bool) -> Iterator[Shape]:
    radius = small_radius(mark.units)
    hollow = mark.status in (MarkStatus.COPIED, MarkStatus.GHOST)
    style = Style(PAPER, ACCENT, 0.2) if hollow else DOT
    yield Circle(_place(mark, mirrored), radius, style)


def _mark(mark: Mark, mirrored: bool, places: dict[int, Corner]) -> Iterator[Shape]:
    x, y = _place(mark, mirrored)
    radius = mark_radius(mark.units)
    if mark.status is MarkStatus.GHOST:
        yield _ghost((x, y), radius, mark)
        return
    key = f"site:{mark.number}"
    yield Circle((x, y), radius, _style(mark.status), key)
    # Words stand outwards, away from the eye and the mouth, unless others are in the way there.
    out = -1 if x < 0 else 1
    dose = _dose(mark)
    inside = text_width(dose, _TEXT) <= 1.8 * radius
    if inside:
        fill = ACCENT_DEEP if mark.status is MarkStatus.COPIED else PAPER
        yield Text((x, y - 0.115), dose, _TEXT, fill, bold=True, key=key)
    else:
        at = (x + out * (radius + 0.08), y - 0.115)
        yield from _label(Text(at, dose, _TEXT, ACCENT_DEEP, _anchor(out), bold=True, key=key))
    outwards, upwards = places.get(mark.number, UP_OUTWARDS)
    reach = radius * 0.72 + inner_gap(inside, outwards) / 100
    height = reach if upwards > 0 else -reach - FIGURE_HEIGHT / 100
    toward = out * outwards
    yield from _label(Text((x + toward * reach, y + height), str(mark.number), _NUMBER, INK, _anchor(toward), key=key))


def _anchor(toward: int) -> Literal["start", "end"]:
    return "end" if toward < 0 else "start"


def _ghost(at: tuple[float, float], radius: float, mark: Mark) -> Shape:
    """An earlier session's site: its review is told by the shape and by how the line is drawn, not by colour alone."""
    corners_of, style = GHOSTS[mark.review]
    key = f"ghost:{mark.number}"
    if not corners_of:
        return Circle(at, radius, style, key)
    (x, y), size = at, radius * 1.2
    first, *rest = [(x + size * dx, y + size * dy) for dx, dy in corners_of]
    return Path((MoveTo(first), *(LineTo(point) for point in rest), Close()), style, key)


def _label(text: Text) -> Iterator[Shape]:
    """A word beside a mark, on a pale ground that keeps it readable on every tone of skin."""
    (x, y), toward = text.at, 1 if text.anchor == "start" else -1
    middle = y + text.size * 0.35
    ends = (x + toward * 0.04, middle), (x + toward * (text_width(text.text, text.size) - 0.04), middle)
    yield Path((MoveTo(ends[0]), LineTo(ends[1])), Style(None, PAPER, text.size, stroke_opacity=0.7), text.key)
    yield text


GHOSTS: Final[Mapping[Review, tuple[tuple[tuple[float, float], ...], Style]]] = MappingProxyType(
    {
        Review.NOT_REVIEWED: ((), Style(None, GHOST, 0.05, (0.08, 0.08))),
        Review.WORKED: ((), Style(None, WORKED, 0.07)),
        Review.TOO_WEAK: (((-0.9, 0.7), (0.9, 0.7), (0.0, -1.0)), Style(None, TOO_WEAK, 0.07)),
        Review.TOO_STRONG: (((-0.9, -0.7), (0.9, -0.7), (0.0, 1.0)), Style(None, TOO_STRONG, 0.07)),
    }
)
"""How a ghost looks by its review: corners of its outline (none: a circle), as shares of its size, and its line."""


def _style(status: MarkStatus) -> Style:
    match status:
        case MarkStatus.GIVEN:
            return Style(ACCENT_DEEP, PAPER, 0.06)
        case MarkStatus.COPIED:
            return Style(PAPER, ACCENT_DEEP, 0.06, (0.12, 0.09), 0.85)
        case _:
            return Style(ACCENT, PAPER, 0.06)
