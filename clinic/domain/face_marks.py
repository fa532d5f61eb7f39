"""Marks on the face: one injected, planned or copied site each.

The area of a mark grows with its dose; it does not show how far toxin spreads. A mark reads without colour: filled
discs are this session's sites, dashed hollow ones are copied and not confirmed, thin grey ones are the last session's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Literal

from clinic.domain.anatomy import Side
from clinic.domain.drawing import Circle, Layer, LineTo, MoveTo, Path, Shape, Style, Text
from clinic.domain.face_palette import ACCENT, ACCENT_DEEP, GHOST, INK, PAPER
from clinic.domain.quantities import format_number

# Radius in geometry units of a mark of 1 unit; 2.5 units come to about 3 mm, room for the dose inside.
_RADIUS_OF_ONE: Final = 0.22
_SMALLEST: Final = 0.17
_LARGEST: Final = 0.9
_TEXT: Final = 0.33
_NUMBER: Final = 0.32
# Mean width of a figure in the system fonts, as a share of the font size.
_FIGURE: Final = 0.58


class MarkStatus(StrEnum):
    """What a mark stands for."""

    PLANNED = "planned"
    GIVEN = "given"
    COPIED = "copied"
    GHOST = "ghost"


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


def mark_radius(units: Decimal) -> float:
    """Return the radius of a mark in geometry units: the area is proportional to the dose, within readable limits."""
    return min(_LARGEST, max(_SMALLEST, _RADIUS_OF_ONE * math.sqrt(units)))


def marks(sites: Iterable[Mark], *, detail: Literal["full", "small"] = "full", mirrored: bool = False) -> Layer:
    """Return the layer "marks"; large marks lie below small ones. The keys are "site:" and the number.

    "small" marks are dots without text. ``mirrored`` must be that of the face below.
    """
    # Ghosts lie below everything: they are the past.
    order = sorted(sites, key=lambda mark: (mark.status is not MarkStatus.GHOST, -mark.units, mark.number))
    draw = _dot if detail == "small" else _mark
    return Layer("marks", tuple(shape for mark in order for shape in draw(mark, mirrored)))


def _place(mark: Mark, mirrored: bool) -> tuple[float, float]:
    return (-mark.x if mirrored else mark.x) / 100, mark.y / 100


def _dot(mark: Mark, mirrored: bool) -> Iterator[Shape]:
    radius = max(0.42, 1.6 * mark_radius(mark.units))
    hollow = mark.status in (MarkStatus.COPIED, MarkStatus.GHOST)
    style = Style(PAPER, ACCENT, 0.2) if hollow else Style(ACCENT)
    yield Circle(_place(mark, mirrored), radius, style)


def _mark(mark: Mark, mirrored: bool) -> Iterator[Shape]:
    x, y = _place(mark, mirrored)
    radius = mark_radius(mark.units)
    key = f"ghost:{mark.number}" if mark.status is MarkStatus.GHOST else f"site:{mark.number}"
    yield Circle((x, y), radius, _style(mark.status), key)
    if mark.status is MarkStatus.GHOST:
        return
    # Words stand outwards, away from the eye and the mouth.
    out = -1 if x < 0 else 1
    outwards: Literal["start", "end"] = "end" if out < 0 else "start"
    dose = format_number(mark.units)
    hollow = mark.status is MarkStatus.COPIED
    inside = _width(dose, _TEXT) <= 1.8 * radius
    if inside:
        yield Text((x, y - 0.115), dose, _TEXT, ACCENT_DEEP if hollow else PAPER, bold=True, key=key)
    else:
        at = (x + out * (radius + 0.08), y - 0.115)
        yield from _label(Text(at, dose, _TEXT, ACCENT_DEEP, outwards, bold=True, key=key))
    reach = radius * 0.72 + (0.06 if inside else 0.14)
    yield from _label(Text((x + out * reach, y + reach), str(mark.number), _NUMBER, INK, outwards, key=key))


def _label(text: Text) -> Iterator[Shape]:
    """A word beside a mark, on a pale ground that keeps it readable on every tone of skin."""
    (x, y), toward = text.at, 1 if text.anchor == "start" else -1
    middle = y + text.size * 0.35
    ends = (x + toward * 0.04, middle), (x + toward * (_width(text.text, text.size) - 0.04), middle)
    yield Path((MoveTo(ends[0]), LineTo(ends[1])), Style(None, PAPER, text.size, stroke_opacity=0.7), text.key)
    yield text


def _width(text: str, size: float) -> float:
    """About how wide a dose is, in geometry units; a point takes half a figure."""
    return size * _FIGURE * sum(0.5 if letter in ".," else 1.0 for letter in text)


def _style(status: MarkStatus) -> Style:
    match status:
        case MarkStatus.GIVEN:
            return Style(ACCENT_DEEP, PAPER, 0.06)
        case MarkStatus.COPIED:
            return Style(PAPER, ACCENT_DEEP, 0.06, (0.12, 0.09), 0.85)
        case MarkStatus.GHOST:
            return Style(None, GHOST, 0.05, (0.08, 0.08))
        case _:
            return Style(ACCENT, PAPER, 0.06)
