"""From points of the face file to path segments, and the mirror image of a drawing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from clinic.domain.drawing import Circle, Close, CurveTo, Drawing, Layer, LineTo, MoveTo, Path, Segment, Shape, Text
from clinic.domain.geometry import Bezier, Point, closed_curve, open_curve

Raw = Sequence[Sequence[float]]
Segments = tuple[Segment, ...]
_ANCHORS: Mapping[str, Literal["start", "middle", "end"]] = {"start": "end", "middle": "middle", "end": "start"}


def points(raw: Raw, flip: bool = False) -> list[Point]:
    """Points of the face file; ``flip`` gives those of the patient's left."""
    return [(-x if flip else x, y) for x, y in raw]


def both(half: Raw) -> list[Point]:
    """A right half that ends at the midline, completed with its mirror image."""
    right = points(half)
    return right + [(-x, y) for x, y in reversed(right) if x != 0]


def joined(curves: Sequence[Bezier], onward: bool = False) -> Segments:
    """Curves as segments; ``onward`` goes on from where the path stands instead of starting a new one."""
    first: Segment = LineTo(curves[0][0]) if onward else MoveTo(curves[0][0])
    return (first, *(CurveTo(control, second, end) for _, control, second, end in curves))


def outline(corners: Sequence[Point]) -> Segments:
    """A smooth closed outline through the points."""
    return (*joined(closed_curve(corners)), Close())


def line(stops: Sequence[Point]) -> Segments:
    """A smooth open line through the points."""
    return joined(open_curve(stops))


def polyline(stops: Sequence[Point]) -> Segments:
    """Straight lines from point to point."""
    return (MoveTo(stops[0]), *(LineTo(stop) for stop in stops[1:]))


def between(there: Sequence[Point], back: Sequence[Point]) -> Segments:
    """The area between two smooth lines that meet in corners: an eye, a lip, a brow."""
    return (*line(there), *joined(open_curve(back), onward=True), Close())


def symmetric(entries: Iterable[Mapping[str, Any]], closed: bool) -> Segments:
    """Shapes of the face file on both sides in one path; "half" ones are completed across the midline."""
    draw = outline if closed else line
    found: list[Segment] = []
    for entry in entries:
        if entry.get("half"):
            found += draw(both(entry["points"]))
        else:
            found += draw(points(entry["points"])) + draw(points(entry["points"], flip=True))
    return tuple(found)


def right_half(corners: Sequence[Point]) -> tuple[Bezier, ...]:
    """The curves, from top to bottom, that a closed outline has right of the midline; it must have corners at x = 0."""
    top = max((corner for corner in corners if corner[0] == 0), key=lambda corner: corner[1])
    first = corners.index(top)
    turned = [*corners[first:], *corners[:first]]
    return tuple(curve for curve in closed_curve(turned) if curve[0][0] + curve[3][0] < 0)


def ellipse(centre: Point, radii: Point) -> Segments:
    """An upright ellipse as four cubics."""
    (x, y), (rx, ry) = centre, radii
    # The usual constant for a quarter of a circle: 4/3 * (sqrt(2) - 1).
    kx, ky = rx * 0.5523, ry * 0.5523
    return (
        MoveTo((x - rx, y)),
        CurveTo((x - rx, y + ky), (x - kx, y + ry), (x, y + ry)),
        CurveTo((x + kx, y + ry), (x + rx, y + ky), (x + rx, y)),
        CurveTo((x + rx, y - ky), (x + kx, y - ry), (x, y - ry)),
        CurveTo((x - kx, y - ry), (x - rx, y - ky), (x - rx, y)),
        Close(),
    )


def mirror_segments(segments: Iterable[Segment]) -> Segments:
    """The same path on the other side."""
    found: list[Segment] = []
    for segment in segments:
        match segment:
            case MoveTo((x, y)):
                found.append(MoveTo((-x, y)))
            case LineTo((x, y)):
                found.append(LineTo((-x, y)))
            case CurveTo((ax, ay), (bx, by), (x, y)):
                found.append(CurveTo((-ax, ay), (-bx, by), (-x, y)))
            case Close():
                found.append(segment)
    return tuple(found)


def two_sides(segments: Segments) -> Segments:
    """A path of the right side and its mirror image."""
    return segments + mirror_segments(segments)


def _mirror_shape(shape: Shape) -> Shape:
    if isinstance(shape, Circle):
        return Circle((-shape.centre[0], shape.centre[1]), shape.radius, shape.style, shape.key)
    if isinstance(shape, Path):
        return Path(mirror_segments(shape.segments), shape.style, shape.key)
    at = (-shape.at[0], shape.at[1])
    return Text(at, shape.text, shape.size, shape.fill, _ANCHORS[shape.anchor], shape.bold, shape.key)


def mirror_layer(layer: Layer) -> Layer:
    """The same layer with left and right exchanged; texts stay readable."""
    return Layer(layer.name, tuple(_mirror_shape(shape) for shape in layer.shapes))


def mirror_drawing(drawing: Drawing) -> Drawing:
    """The same drawing with left and right exchanged; texts stay readable, keys keep the patient's side."""
    left, bottom, right, top = drawing.view_box
    layers = tuple(mirror_layer(layer) for layer in drawing.layers)
    return Drawing((-right, bottom, -left, top), layers, mirror_segments(drawing.clip))
