"""Drawings as plain lists of shapes, written as SVG by ``clinic.web.svg`` and on a PDF canvas by ``clinic.pdf.drawing``.

Coordinates are floats in *geometry units* of the face (x to the patient's left, y up, about 1 cm a unit).
Writers flip y; a drawing never knows pixels or points.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Style:
    """How a shape is painted; colours are ``#rrggbb`` or None, widths and dashes in geometry units, opacities 0-1."""

    fill: str | None = None
    stroke: str | None = None
    stroke_width: float = 0.0
    dash: tuple[float, ...] = ()
    fill_opacity: float = 1.0
    stroke_opacity: float = 1.0
    even_odd: bool = False


@dataclass(frozen=True, slots=True)
class MoveTo:
    """Start a new sub-path."""

    to: Point


@dataclass(frozen=True, slots=True)
class LineTo:
    """Draw a straight line."""

    to: Point


@dataclass(frozen=True, slots=True)
class CurveTo:
    """Draw a cubic Bézier curve."""

    first: Point
    second: Point
    to: Point


@dataclass(frozen=True, slots=True)
class Close:
    """Close the sub-path."""


Segment = MoveTo | LineTo | CurveTo | Close


@dataclass(frozen=True, slots=True)
class Path:
    """A painted outline. ``key`` names what it is (a muscle, a feature) so that a screen can find it again."""

    segments: tuple[Segment, ...]
    style: Style
    key: str = ""


@dataclass(frozen=True, slots=True)
class Circle:
    """A painted circle; centre and radius in geometry units."""

    centre: Point
    radius: float
    style: Style
    key: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; ``size`` is the font size in geometry units, ``at`` the baseline point of the anchor."""

    at: Point
    text: str
    size: float
    fill: str
    anchor: Literal["start", "middle", "end"] = "middle"
    bold: bool = False
    key: str = ""


Shape = Path | Circle | Text


@dataclass(frozen=True, slots=True)
class Layer:
    """A named group of shapes that a screen can show or hide as one."""

    name: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Layers from back to front inside a view box ``(x_min, y_min, x_max, y_max)`` in geometry units."""

    view_box: tuple[float, float, float, float]
    layers: tuple[Layer, ...] = field(default=())
    clip: tuple[Segment, ...] = ()

    @property
    def width(self) -> float:
        """Width of the view box in geometry units."""
        return self.view_box[2] - self.view_box[0]

    @property
    def height(self) -> float:
        """Height of the view box in geometry units."""
        return self.view_box[3] - self.view_box[1]
