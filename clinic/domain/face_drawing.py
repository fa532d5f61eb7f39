"""The face as a drawing: the plate with its muscles, named sites, danger zones and captions, and the marks on it.

Shapes come from ``data/face.json``; the regions drawn are the regions hit. Everything is drawn as one looks at the
patient (the patient's right on the viewer's left); ``mirrored`` turns the drawing round as the patient sees it and
changes nothing else. The keys of shapes carry the patient's side: "frontalis:right", "platysma.jaw_1:left".
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, Literal

from clinic.domain.anatomy import Side, face_data, view_box
from clinic.domain.drawing import Circle, Close, Drawing, Layer, Path, Segment, Shape, Style, Text
from clinic.domain.face_marks import Mark, MarkStatus, mark_radius, marks
from clinic.domain.face_muscles import muscle_shapes, site_shapes, zone_shapes
from clinic.domain.face_palette import CAPTION, PALETTES, TONES, Palette
from clinic.domain.face_paths import (
    Segments,
    between,
    both,
    joined,
    line,
    mirror_drawing,
    outline,
    points,
    polyline,
    symmetric,
    two_sides,
)
from clinic.domain.geometry import Point, closed_curve, flatten, open_curve

__all__ = ["LAYERS", "TONES", "Detail", "Mark", "MarkStatus", "chart", "face", "mark_radius", "marks", "mirror_drawing"]

Detail = Literal["full", "small"]
LAYERS: Final = ("muscles", "sites", "zones")


def face(
    detail: Detail = "full",
    show: Collection[str] = ("muscles",),
    tone: str = "light",
    greyed: Collection[tuple[str, Side]] = (),
    mirrored: bool = False,
) -> Drawing:
    """Return the face without marks.

    ``show`` names layers of ``LAYERS``; ``tone`` is one of ``TONES``; ``greyed`` are muscles that are absent, resected
    or transferred, each with the patient's side. "small" is the outline for a row of a timeline, without layers and
    captions. Raises KeyError for an unknown tone and ValueError for an unknown layer.
    """
    unknown = set(show) - set(LAYERS)
    if unknown:
        raise ValueError(f"no such layer: {', '.join(sorted(unknown))}")
    return _face(detail, frozenset(show), tone, frozenset(greyed), mirrored)


def chart(
    sites: Collection[Mark], face_drawing: Drawing, *, detail: Detail = "full", mirrored: bool = False
) -> Drawing:
    """Return a face (made with the same ``detail`` and ``mirrored``) with marks on top."""
    layers = (*face_drawing.layers, marks(sites, detail=detail, mirrored=mirrored))
    return Drawing(face_drawing.view_box, layers, face_drawing.clip)


@lru_cache(maxsize=64)
def _face(
    detail: Detail, show: frozenset[str], tone: str, greyed: frozenset[tuple[str, Side]], mirrored: bool
) -> Drawing:
    palette = PALETTES[tone]
    layers: list[Layer]
    if detail == "small":
        layers = [Layer("skin", tuple(_small(palette)))]
    else:
        layers = [Layer("skin", tuple(_skin(palette)))]
        if "muscles" in show:
            layers.append(Layer("muscles", tuple(muscle_shapes(palette, greyed))))
        layers.append(Layer("features", tuple(_features(palette))))
        if "zones" in show:
            layers.append(Layer("zones", tuple(zone_shapes())))
        if "sites" in show:
            layers.append(Layer("sites", tuple(site_shapes())))
        layers.append(Layer("captions", _captions()))
    left, bottom, right, top = (value / 100 for value in view_box())
    frame = polyline([(left, bottom), (left, top), (right, top), (right, bottom)])
    drawing = Drawing((left, bottom, right, top), tuple(layers), frame)
    return mirror_drawing(drawing) if mirrored else drawing


def _feature(name: str) -> Any:
    return face_data()["features"][name]


def _skin(palette: Palette) -> Iterator[Shape]:
    """Neck, ears, head and hair with their shading, back to front."""
    shade = Style(palette.shade, fill_opacity=0.07)
    fine = Style(None, palette.line, 0.035, stroke_opacity=0.6)
    neck = points(_feature("neck_right_half"))
    behind = Style(palette.neck, palette.line, 0.05)
    yield Path(between(neck, [(-x, y) for x, y in reversed(neck)]), behind)
    yield from (Path(symmetric([entry], closed=True), shade) for entry in _feature("neck_shading"))
    yield Path(symmetric(_feature("neck_lines"), closed=False), fine)
    yield Path(two_sides(outline(points(_feature("ear")))), behind)
    yield Path(symmetric(_feature("ear_lines"), closed=False), fine)
    head = both(_feature("head_right_half"))
    yield Path(outline(head), Style(palette.skin))
    yield from (Path(symmetric([entry], closed=True), shade) for entry in _feature("shading"))
    yield from _hair(palette, head)
    yield Path(outline(head), Style(None, palette.line, 0.05))


def _hair(palette: Palette, head: Sequence[Point]) -> Iterator[Shape]:
    """Short hair between the hairline and the outline of the head, whose curve it shares."""
    hairline = both(_feature("hairline_right_half"))
    start = head.index(hairline[-1])
    curves = closed_curve(head)
    scalp = curves[start:] + curves[: head.index(hairline[0])]
    yield Path((*joined(scalp), *joined(open_curve(hairline), onward=True)), Style(palette.hair))
    strands: list[Segment] = []
    for row in range(3):
        for index, (x, y) in enumerate(_along(hairline, 30 - 2 * row)):
            # Up and outwards, in rows as long as there is room; the sine breaks them up, always in the same way.
            wobble = math.sin(index * 2.4 + row * 1.7)
            room = 0.95 - 0.09 * abs(x)
            if abs(x) > 6.6:
                continue
            lift = (row + 0.1) * room + 0.1 * wobble
            lean = 0.07 * x + 0.05 * wobble
            strands += polyline([(x * (1 + 0.02 * lift), y + lift), (x + lean, y + lift + 0.6 * room)])
    yield Path(tuple(strands), Style(None, palette.strand, 0.03, stroke_opacity=0.4))


def _along(stops: Sequence[Point], count: int) -> list[Point]:
    """``count`` points spread evenly over the course of a line, its ends left out."""
    course = [*flatten(open_curve(stops)), stops[-1]]
    steps = [math.dist(here, there) for here, there in pairwise(course)]
    found: list[Point] = []
    walked, index = 0.0, 0
    for number in range(1, count + 1):
        goal = sum(steps) * number / (count + 1)
        while walked + steps[index] < goal:
            walked += steps[index]
            index += 1
        share = (goal - walked) / steps[index]
        found.append(_part_way(course[index], course[index + 1], share))
    return found


def _part_way(here: Point, there: Point, share: float) -> Point:
    return here[0] + (there[0] - here[0]) * share, here[1] + (there[1] - here[1]) * share


def _features(palette: Palette) -> Iterator[Shape]:
    """Brows, eyes, nose and mouth, which stay visible over the muscles."""
    yield from _eyes(palette)
    lower, upper = points(_feature("brow_lower")), points(_feature("brow_upper"))
    brow = between(lower, list(reversed(upper)))
    yield Path(two_sides(brow), Style(palette.brow, fill_opacity=0.55))
    hairs: list[Segment] = []
    for (ax, ay), (bx, by) in zip(_along(lower, 26)[:-3], _along(upper, 26)[3:], strict=True):
        hairs += polyline(
            [(ax + (bx - ax) * 0.12, ay + (by - ay) * 0.12), (ax + (bx - ax) * 0.88, ay + (by - ay) * 0.88)]
        )
    yield Path(two_sides(tuple(hairs)), Style(None, palette.brow, 0.03, stroke_opacity=0.5))
    yield from _mouth(palette)
    yield Path(two_sides(outline(points(_feature("nostril")))), Style(palette.lip_shade, fill_opacity=0.75))
    lines = _feature("lines")
    firm, fine = ([entry for entry in lines if entry["ink"] == ink] for ink in ("line", "soft"))
    yield Path(symmetric(firm, closed=False), Style(None, palette.line, 0.05))
    yield Path(symmetric(fine, closed=False), Style(None, palette.line, 0.035, stroke_opacity=0.6))


def _eyes(palette: Palette) -> Iterator[Shape]:
    """The eyes between their lids."""
    upper, lower = points(_feature("eye_upper")), points(_feature("eye_lower"))
    iris = _feature("iris")
    (x, y), radius = iris["centre"], iris["radius"]
    yield Path(two_sides(between(upper, lower)), Style("#fdfcfa"))
    yield Path(two_sides(_iris(upper, lower, (x, y), radius)), Style(palette.iris, palette.brow, 0.035))
    for side in (1, -1):
        yield Circle((side * x, y), iris["pupil_radius"], Style("#22201f"))
    for side in (1, -1):
        yield Circle((side * x + 0.14, y + 0.14), 0.075, Style("#ffffff"))
    shadow = between(upper, [(ux, uy - 0.11) for ux, uy in reversed(upper[1:-1])])
    yield Path(two_sides(shadow), Style(palette.lip_shade, fill_opacity=0.16))
    lash = points(_feature("lash"))
    yield Path(two_sides(between(list(reversed(upper)), list(reversed(lash)))), Style(palette.brow))
    yield Path(two_sides(line(lower)), Style(None, palette.brow, 0.03, stroke_opacity=0.7))


def _iris(upper: Sequence[Point], lower: Sequence[Point], centre: Point, radius: float) -> Segments:
    """The part of the iris that the lids leave free, as straight pieces."""
    (cx, cy), steps = centre, 16
    xs = [cx + radius * math.cos(math.pi * step / steps) for step in range(steps + 1)]
    heights = [math.sqrt(max(0.0, radius * radius - (x - cx) ** 2)) for x in xs]
    over = [(x, min(cy + height, _height(upper, x))) for x, height in zip(xs, heights, strict=True)]
    under = [(x, max(cy - height, _height(lower, x))) for x, height in zip(xs, heights, strict=True)]
    return (*polyline(over + under[-2:0:-1]), Close())


def _height(lid: Sequence[Point], x: float) -> float:
    """The height of a lid's edge at x."""
    course = sorted([*flatten(open_curve(lid)), lid[-1]])
    for (ax, ay), (bx, by) in pairwise(course):
        if ax <= x <= bx:
            return ay + (by - ay) * (x - ax) / (bx - ax) if bx > ax else ay
    return course[0][1]


def _mouth(palette: Palette) -> Iterator[Shape]:
    """The lips, the upper one a shade darker, and the line between them."""
    top = both(list(reversed(_feature("lip_upper_right_half"))))
    bottom = both(_feature("lip_lower_right_half"))
    slit = both(_feature("lip_slit_right_half"))
    back = list(reversed(slit))
    yield Path(between(top, back), Style(palette.lip))
    yield Path(between(bottom, back), Style(palette.lip, fill_opacity=0.8))
    yield Path(between(top, back), Style(palette.lip_shade, fill_opacity=0.14))
    yield Path(line(top) + line(bottom), Style(None, palette.lip_shade, 0.03, stroke_opacity=0.5))
    yield Path(line(slit), Style(None, palette.lip_shade, 0.06))


def _captions() -> tuple[Shape, ...]:
    """Whose side each edge is; the text moves with its side when the drawing is mirrored."""
    left, _, right, top = (value / 100 for value in view_box())
    return (
        Text(
            (left + 0.15, top - 0.7), "patient\N{RIGHT SINGLE QUOTATION MARK}s right", 0.58, CAPTION, "start", bold=True
        ),
        Text(
            (right - 0.15, top - 0.7), "patient\N{RIGHT SINGLE QUOTATION MARK}s left", 0.58, CAPTION, "end", bold=True
        ),
    )


def _small(palette: Palette) -> Iterator[Shape]:
    """The face in a few strokes, for pictures about 72 pixels wide."""
    raw = _feature("small")
    edge = Style(palette.skin, palette.line, 0.18)
    neck = points(raw["neck_right_half"])
    yield Path(between(neck, [(-x, y) for x, y in reversed(neck)]) + two_sides(outline(points(raw["ear"]))), edge)
    head = both(raw["head_right_half"])
    yield Path(outline(head), edge)
    hairline = both(raw["hairline_right_half"])
    scalp = both(list(reversed(raw["scalp_right_half"])))
    yield Path(between(hairline, list(reversed(scalp))), Style(palette.hair))
    strokes: list[Segment] = []
    for stroke in raw["lines"]:
        strokes += line(both(stroke)) if stroke[-1][0] == 0 else two_sides(line(points(stroke)))
    yield Path(tuple(strokes), Style(None, palette.brow, 0.16))
    yield Path(two_sides(line(points(raw["brow"]))), Style(None, palette.brow, 0.42))
