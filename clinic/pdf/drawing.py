"""Write a ``Drawing`` on a PDF canvas.

A PDF page and the geometry of the face both have y upwards, so nothing is flipped: one transformation brings
hundredths of a geometry unit (the grid on which positions are stored) to points. Outlines are turned into PDF operators
once and kept; text needs the document's own fonts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final
from zlib import compress

from reportlab.pdfbase.pdfmetrics import stringWidth

from clinic.domain.drawing import (
    Circle,
    Close,
    CurveTo,
    Drawing,
    Layer,
    LineTo,
    MoveTo,
    Path,
    Point,
    Segment,
    Style,
    Text,
)
from clinic.pdf.fonts import BOLD, REGULAR
from clinic.pdf.tagging import TaggedCanvas, colour_operands
from clinic.pdf.text import one_line

_GRID: Final = 100
"""Operators count in hundredths of a geometry unit: whole numbers are short."""
_FORM: Final = 4096
"""Bytes of operators from which outlines in a row are a form of their own."""
_EDGE: Final = 32767
"""A form reaches as far as a number can (ISO 32000 annex C): what is shown of it is the page's to say."""
# Four curves make a circle; the handles are this share of the radius long.
_HANDLE: Final = 0.5522847498


@dataclass(frozen=True, slots=True)
class _Outline:
    """Operators that build and paint one outline, and the opacities that they need."""

    operators: str
    fill_opacity: float
    stroke_opacity: float


def draw(canvas: TaggedCanvas, drawing: Drawing, *, x: float, y: float, width: float) -> None:
    """Draw with the lower left corner of the view box at (x, y), as wide as ``width`` (points)."""
    scale = width / drawing.width
    canvas.saveState()
    canvas.translate(x - drawing.view_box[0] * scale, y - drawing.view_box[1] * scale)
    canvas.scale(scale / _GRID, scale / _GRID)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    if drawing.clip:
        canvas.append(f"{_path(drawing.clip)} W n")
    for layer in drawing.layers:
        _draw_layer(canvas, layer)
    canvas.restoreState()


def _draw_layer(canvas: TaggedCanvas, layer: Layer) -> None:
    for part in _parts(_Kept(layer)):
        if isinstance(part, bytes):
            canvas.place(part)
        elif isinstance(part, Text):
            canvas.setFillAlpha(1)
            _draw_text(canvas, part)
        else:
            canvas.setFillAlpha(part.fill_opacity)
            canvas.setStrokeAlpha(part.stroke_opacity)
            canvas.append(part.operators)


def _draw_text(canvas: TaggedCanvas, text: Text) -> None:
    font, words = (BOLD if text.bold else REGULAR), one_line(text.text)
    share = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor]
    size = text.size * _GRID
    left = text.at[0] * _GRID - share * stringWidth(words, font, size)
    canvas.write([(font, size, text.fill, left, text.at[1] * _GRID, words)])


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
def _parts(kept: _Kept) -> tuple[_Outline | Text | bytes, ...]:
    """What a layer consists of; outlines one after the other that are long together are one form."""
    found: list[_Outline | Text | bytes] = []
    for worded, run in groupby(kept.layer.shapes, key=lambda shape: isinstance(shape, Text)):
        if worded:
            found += run  # type: ignore[arg-type]
            continue
        outlines = [_outline(shape) for shape in run if not isinstance(shape, Text)]
        if sum(len(one.operators) for one in outlines) >= _FORM:
            found.append(_form(outlines))
        else:
            found += outlines
    return tuple(found)


def _form(outlines: Sequence[_Outline]) -> bytes:
    """Outlines as a form: packed when its layer is first drawn, and not again with each print."""
    states: dict[tuple[float, float], str] = {}
    lines: list[str] = []
    for one in outlines:
        opacities = one.fill_opacity, one.stroke_opacity
        state = states.setdefault(opacities, f"g{len(states)}")
        lines += [f"/{state} gs", one.operators]
    kept = "".join(f"/{state}<</ca {fill:.4g}/CA {stroke:.4g}>>" for (fill, stroke), state in states.items())
    content = compress("\n".join(lines).encode(), 9)
    head = (
        f"<</Type/XObject/Subtype/Form/BBox[-{_EDGE} -{_EDGE} {_EDGE} {_EDGE}]/Resources<</ExtGState<<{kept}>>>>"
        f"/Filter/FlateDecode/Length {len(content)}>>\nstream\n"
    )
    return head.encode() + content + b"\nendstream\n"


def _outline(shape: Path | Circle) -> _Outline:
    path = _circle(shape) if isinstance(shape, Circle) else _path(shape.segments)
    style = shape.style
    return _Outline(f"{_paint(style)}{path} {_painter(style)}", style.fill_opacity, style.stroke_opacity)


def _paint(style: Style) -> str:
    """Operators that set colours, width and dash."""
    parts = []
    if style.fill:
        parts.append(f"{colour_operands(style.fill)} rg ")
    if style.stroke and style.stroke_width:
        dash = " ".join(_number(length) for length in style.dash)
        parts.append(f"{colour_operands(style.stroke)} RG {_number(style.stroke_width)} w [{dash}] 0 d ")
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
                parts.append(f"{_grid(to)} m")
            case LineTo(to):
                parts.append(f"{_grid(to)} l")
            case CurveTo(first, second, to):
                parts.append(f"{_grid(first)} {_grid(second)} {_grid(to)} c")
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


def _grid(point: Point) -> str:
    """A point in whole hundredths."""
    return f"{round(point[0] * _GRID)} {round(point[1] * _GRID)}"


def _number(value: float) -> str:
    """A length in hundredths with at most one decimal, as short as it goes."""
    text = f"{value * _GRID:.1f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
