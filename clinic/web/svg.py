"""Write a ``Drawing`` as SVG text, all of it escaped.

Presentation attributes only: the strict content policy forbids ``style=``.

One user unit of the SVG is one hundredth of a geometry unit, the unit in which positions are stored, and y points
down: a stored point (x, y) is (x, -y) on the screen. ``_grid`` is the one place where y flips.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import groupby

from markupsafe import Markup, escape

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
    Shape,
    Style,
    Text,
)

# A smooth join is recognised when the control point is within this distance of the mirrored one (hundredths).
_SMOOTH = 1

Pair = tuple[int, int]

_OF_THE_FACE = frozenset({"skin", "muscles", "features", "zones", "sites"})
"""Layers that are the same on every page; what is charted is never among them."""


def _grid(point: Point) -> Pair:
    """Put a point on the grid of the SVG; y flips here and nowhere else."""
    return round(point[0] * 100), -round(point[1] * 100)


@lru_cache(maxsize=2048)
def _number(value: float, places: int = 2) -> str:
    """Write a number as short as it goes: ``.5``, ``-3``."""
    text = f"{round(value, places) + 0:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _numbers(values: Iterable[int]) -> str:
    """Join whole numbers for path data: a minus sign parts as well as a blank does."""
    text = ""
    for value in values:
        text += f"{value}" if value < 0 or not text else f" {value}"
    return text


class _Pen:
    """Writes path data with relative commands, from points rounded beforehand so that nothing drifts."""

    def __init__(self) -> None:
        self.text = ""
        self.at: Pair = (0, 0)
        self.start: Pair = (0, 0)
        self.control: Pair | None = None
        self.command = ""

    def _write(self, command: str, *points: Pair) -> None:
        numbers = _numbers(value for x, y in points for value in (x - self.at[0], y - self.at[1]))
        repeated = command == self.command and command not in "mz"
        self.text += (("" if numbers.startswith("-") else " ") if repeated else command) + numbers
        self.command = command

    def move(self, to: Pair) -> None:
        """Start a sub-path."""
        if self.text:
            self._write("m", to)
        else:
            self.text = f"M{_numbers(to)}"
            self.command = "M"
        self.at = self.start = to
        self.control = None

    def line(self, to: Pair) -> None:
        """Draw a straight line, unless it has no length."""
        if to == self.at:
            return
        self._write("l", to)
        self.at, self.control = to, None

    def curve(self, first: Pair, second: Pair, to: Pair) -> None:
        """Draw a cubic, in the short form where it continues the one before."""
        mirrored = self.control and (2 * self.at[0] - self.control[0], 2 * self.at[1] - self.control[1])
        if mirrored and abs(mirrored[0] - first[0]) <= _SMOOTH and abs(mirrored[1] - first[1]) <= _SMOOTH:
            self._write("s", second, to)
        else:
            self._write("c", first, second, to)
        self.at, self.control = to, second

    def close(self) -> None:
        """Close the sub-path."""
        self._write("z")
        self.at, self.control = self.start, None


@lru_cache(maxsize=1024)
def path_data(segments: tuple[Segment, ...]) -> str:
    """Return the ``d`` attribute of an outline; remembered, because the outlines of a face never change."""
    pen = _Pen()
    for segment in segments:
        match segment:
            case MoveTo(to):
                pen.move(_grid(to))
            case LineTo(to):
                pen.line(_grid(to))
            case CurveTo(first, second, to):
                pen.curve(_grid(first), _grid(second), _grid(to))
            case Close():
                pen.close()
    return pen.text


@lru_cache(maxsize=256)
def _paint(style: Style) -> str:
    """The attributes of a style, each with a blank before it; what SVG assumes anyway is left out."""
    parts = [f' fill="{escape(style.fill or "none")}"']
    if style.fill and style.fill_opacity < 1:
        parts.append(f' fill-opacity="{_number(style.fill_opacity)}"')
    if style.fill and style.even_odd:
        parts.append(' fill-rule="evenodd"')
    if style.stroke and style.stroke_width:
        parts.append(f' stroke="{escape(style.stroke)}" stroke-width="{_number(style.stroke_width * 100, 1)}"')
        if style.stroke_opacity < 1:
            parts.append(f' stroke-opacity="{_number(style.stroke_opacity)}"')
        if style.dash:
            parts.append(f' stroke-dasharray="{" ".join(_number(dash * 100, 1) for dash in style.dash)}"')
    return "".join(parts)


def _key(key: str, interactive: bool) -> str:
    return f' data-key="{escape(key)}"' if key and interactive else ""


def _text(text: Text) -> str:
    x, y = _grid(text.at)
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    weight = ' font-weight="600"' if text.bold else ""
    size = _number(text.size * 100, 1)
    look = f'font-size="{size}" fill="{escape(text.fill)}"{anchor}{weight}'
    return f'<text x="{x}" y="{y}" {look}>{escape(text.text)}</text>'


def _shape(shape: Path | Circle, paint: str, interactive: bool) -> str:
    head = f"{_key(shape.key, interactive)}{paint}"
    if isinstance(shape, Circle):
        x, y = _grid(shape.centre)
        return f'<circle{head} cx="{x}" cy="{y}" r="{_number(shape.radius * 100, 1)}"/>'
    return f'<path{head} d="{path_data(shape.segments)}"/>'


def _mergeable(shape: Path | Circle, interactive: bool) -> bool:
    """Whether painting this together with its like looks the same: translucent shapes would lose their overlap."""
    style = shape.style
    plain = style.fill is None and style.stroke_opacity == 1
    return isinstance(shape, Path) and not (shape.key and interactive) and plain


def _alike(shapes: Sequence[Path | Circle], interactive: bool) -> str:
    """Write neighbours of one style: as one path where that looks the same, else in a group that holds the style."""
    paint = _paint(shapes[0].style)
    if len(shapes) > 1 and all(_mergeable(shape, interactive) for shape in shapes):
        segments = tuple(segment for shape in shapes if isinstance(shape, Path) for segment in shape.segments)
        return f'<path{paint} d="{path_data(segments)}"/>'
    if len(shapes) == 1:
        return _shape(shapes[0], paint, interactive)
    return f"<g{paint}>{''.join(_shape(shape, '', interactive) for shape in shapes)}</g>"


def _runs(shapes: Iterable[Shape], interactive: bool) -> str:
    """Write shapes run by run of the same style."""
    parts: list[str] = []
    for style, run in groupby(shapes, key=lambda shape: None if isinstance(shape, Text) else shape.style):
        if style is None:
            parts.extend(_text(shape) for shape in run if isinstance(shape, Text))
        else:
            parts.append(_alike([shape for shape in run if not isinstance(shape, Text)], interactive))
    return "".join(parts)


def _shapes(shapes: Sequence[Shape], interactive: bool) -> str:
    """Write shapes; for a script, neighbours with one key (a mark: disc, dose, number) share a group that has it."""
    if not interactive:
        return _runs(shapes, interactive)
    parts: list[str] = []
    loose: list[Shape] = []
    for key, run in groupby(shapes, key=lambda shape: shape.key):
        same = list(run)
        if not key or len(same) == 1:
            loose.extend(same)
            continue
        parts.append(_runs(loose, interactive))
        parts.append(f"<g{_key(key, interactive)}>{_runs(same, False)}</g>")
        loose = []
    return "".join(parts) + _runs(loose, interactive)


def _layer(layer: Layer, interactive: bool, id_prefix: str, hidden: bool) -> str:
    inside = _shapes(layer.shapes, interactive)
    if not interactive:
        return inside if not hidden else ""
    name = escape(layer.name)
    ident = f' id="{escape(id_prefix)}{name}"' if id_prefix else ""
    display = ' display="none"' if hidden else ""
    return f'<g{ident} data-layer="{name}"{display}>{inside}</g>'


def _layer_text(layer: Layer, interactive: bool, id_prefix: str, hidden: bool) -> str:
    if layer.name in _OF_THE_FACE:
        return _same_layer(_Same(layer), interactive, id_prefix, hidden)
    return _layer(layer, interactive, id_prefix, hidden)


class _Same:
    """A layer that is compared by identity: the face's own are made once, and comparing their points would cost more."""

    __slots__ = ("layer",)

    def __init__(self, layer: Layer) -> None:
        self.layer = layer

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.layer is self.layer

    def __hash__(self) -> int:
        return id(self.layer)


@lru_cache(maxsize=128)
def _same_layer(same: _Same, interactive: bool, id_prefix: str, hidden: bool) -> str:
    return _layer(same.layer, interactive, id_prefix, hidden)


def svg_fragment(layer: Layer, *, interactive: bool = False, id_prefix: str = "") -> Markup:
    """Return one layer as SVG elements without the ``svg`` around them."""
    return Markup(_layer(layer, interactive, id_prefix, hidden=False))


def dots(places: Iterable[tuple[int, int, str]], style: Style) -> Markup:
    """Return circles of one style, each x and y in hundredths of a geometry unit and its radius from ``radius_text``."""
    circles = "".join([f'<circle cx="{x}" cy="{-y}" r="{radius}"/>' for x, y, radius in places])
    return Markup(f"<g{_paint(style)}>{circles}</g>") if circles else Markup("")


def radius_text(radius: float) -> str:
    """Return a radius in geometry units as the SVG has it."""
    return _number(radius * 100, 1)


def _clip(drawing: Drawing, id_prefix: str) -> tuple[str, str]:
    """The clip's definition and the group that uses it; none when it is the view box, which clips by itself."""
    corners = {segment.to for segment in drawing.clip if isinstance(segment, (MoveTo, LineTo))}
    left, bottom, right, top = drawing.view_box
    if not drawing.clip or corners == {(left, bottom), (left, top), (right, bottom), (right, top)}:
        return "", ""
    ident = f"{escape(id_prefix)}clip"
    return f'<clipPath id="{ident}"><path d="{path_data(drawing.clip)}"/></clipPath>', f'<g clip-path="url(#{ident})">'


def svg(
    drawing: Drawing,
    *,
    title: str,
    description: str = "",
    width: float | None = None,
    id_prefix: str = "",
    interactive: bool = False,
    hidden: Collection[str] = (),
) -> Markup:
    """Return a drawing as one ``svg`` element.

    ``title`` and ``description`` are what a screen reader says. ``width`` is in CSS pixels; without it the drawing
    takes the width of its place. ``interactive`` keeps layers and keys (``data-layer``, ``data-key``) for a script and
    names the drawing by ``aria-label``, because ``title`` would show as a tooltip; with ``id_prefix``, layers and the
    clip get ids that begin with it. ``hidden`` layers are written but not displayed (left out when not interactive).
    """
    left, bottom = _grid(drawing.view_box[:2])
    right, top = _grid(drawing.view_box[2:])
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {right - left} {bottom - top}" role="img"'
    if width is not None:
        head += f' width="{_number(width)}" height="{_number(width * drawing.height / drawing.width)}"'
    if interactive:
        head += f' aria-label="{escape(title)}"'
    parts = [head, ' stroke-linecap="round" stroke-linejoin="round">']
    if not interactive:
        parts.append(f"<title>{escape(title)}</title>")
    if description:
        parts.append(f"<desc>{escape(description)}</desc>")
    clip, group = _clip(drawing, id_prefix)
    parts += [clip, group]
    parts.extend(_layer_text(layer, interactive, id_prefix, layer.name in hidden) for layer in drawing.layers)
    parts.append("</g></svg>" if group else "</svg>")
    return Markup("".join(parts))
