"""Write a ``Drawing`` on a PDF canvas.

A PDF page and the geometry of the face both have y upwards, so nothing is flipped: one transformation brings
geometry units to points. Outlines are turned into PDF operators once and kept; text needs the document's own fonts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from clinic.domain.drawing import (
    Circle,
    Close,
    CurveTo,
    Drawing,
    Layer,
    LineTo,
    MoveTo,
    Path,
    Segment,
    Style,
    Text,
)
from clinic.pdf.fonts import BOLD, REGULAR
from clinic.pdf.text import plain

# Four curves make a circle; the handles are this share of the radius long.
_HANDLE: Final = 0.5522847498


@dataclass(frozen=True, slots=True)
class _Outline:
    """Operators that build and paint one outline, and the opacities that they need."""

    operators: str
    fill_opacity: float
    stroke_opacity: float


def draw(canvas: Canvas, drawing: Drawing, *, x: float, y: float, width: float) -> None:
    """Draw with the lower left corner of the view box at (x, y), as wide as ``width`` (points)."""
    scale = width / drawing.width
    canvas.saveState()
    canvas.translate(x - drawing.view_box[0] * scale, y - drawing.view_box[1] * scale)
    canvas.scale(scale, scale)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    if drawing.clip:
        _append(canvas, f"{_path(drawing.clip)} W n")
    for layer in drawing.layers:
        _draw_layer(canvas, layer)
    canvas.restoreState()


def _draw_layer(canvas: Canvas, layer: Layer) -> None:
    for part in _parts(_Kept(layer)):
        if isinstance(part, Text):
            canvas.setFillAlpha(1)
            _draw_text(canvas, part)
        else:
            canvas.setFillAlpha(part.fill_opacity)
            canvas.setStrokeAlpha(part.stroke_opacity)
            _append(canvas, part.operators)


def _append(canvas: Any, operators: str) -> None:
    # The canvas has no public way to take ready operators.
    canvas._code.append(operators)  # noqa: SLF001


def _draw_text(canvas: Canvas, text: Text) -> None:
    canvas.setFont(BOLD if text.bold else REGULAR, text.size)
    canvas.setFillColor(HexColor(text.fill))
    x, y = text.at
    write = {"start": canvas.drawString, "middle": canvas.drawCentredString, "end": canvas.drawRightString}
    write[text.anchor](x, y, plain(text.text))


class _Kept:
    """A layer as a key of the cache by identity: comparing thousands of points would cost more than drawing them."""

    __slots__ = ("layer",)

    def __init__(self, layer: Layer) -> None:
        self.layer = layer

    def __hash__(self) -> int:
        return id(self.layer)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self.layer is other.layer


@lru_cache(maxsize=64)
def _parts(kept: _Kept) -> tuple[_Outline | Text, ...]:
    return tuple(shape if isinstance(shape, Text) else _outline(shape) for shape in kept.layer.shapes)


def _outline(shape: Path | Circle) -> _Outline:
    path = _circle(shape) if isinstance(shape, Circle) else _path(shape.segments)
    style = shape.style
    return _Outline(f"{_paint(style)}{path} {_painter(style)}", style.fill_opacity, style.stroke_opacity)


def _paint(style: Style) -> str:
    """Operators that set colours, width and dash."""
    parts = []
    if style.fill:
        parts.append(f"{_colour(style.fill)} rg ")
    if style.stroke and style.stroke_width:
        dash = " ".join(_number(length) for length in style.dash)
        parts.append(f"{_colour(style.stroke)} RG {_number(style.stroke_width)} w [{dash}] 0 d ")
    return "".join(parts)


def _painter(style: Style) -> str:
    """The operator that paints an outline: fill, stroke, both or neither, by the rule of winding or even-odd."""
    stroke = bool(style.stroke and style.stroke_width)
    if not style.fill:
        return "S" if stroke else "n"
    return ("B" if stroke else "f") + ("*" if style.even_odd else "")


def _path(segments: tuple[Segment, ...]) -> str:
    parts = []
    for segment in segments:
        match segment:
            case MoveTo(to):
                parts.append(f"{_number(to[0])} {_number(to[1])} m")
            case LineTo(to):
                parts.append(f"{_number(to[0])} {_number(to[1])} l")
            case CurveTo(first, second, to):
                parts.append(" ".join(_number(value) for value in (*first, *second, *to)) + " c")
            case Close():
                parts.append("h")
    return " ".join(parts)


def _circle(circle: Circle) -> str:
    (x, y), r = circle.centre, circle.radius
    k = r * _HANDLE
    return _path(
        (
            MoveTo((x + r, y)),
            CurveTo((x + r, y + k), (x + k, y + r), (x, y + r)),
            CurveTo((x - k, y + r), (x - r, y + k), (x - r, y)),
            CurveTo((x - r, y - k), (x - k, y - r), (x, y - r)),
            CurveTo((x + k, y - r), (x + r, y - k), (x + r, y)),
            Close(),
        )
    )


def _number(value: float) -> str:
    """A number as short as it goes, to 0.001 of a geometry unit (about 0.01 mm)."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _colour(code: str) -> str:
    return " ".join(_number(int(code[index : index + 2], 16) / 255) for index in (1, 3, 5))
