"""The face as a drawing: the plate with its muscles, named sites, danger zones and captions, and the marks on it.

Shapes come from ``data/face.json``; the regions drawn are the regions hit. Everything is drawn as one looks at the
patient (the patient's right on the viewer's left); ``mirrored`` turns the drawing round as the patient sees it and
changes nothing else. The keys of shapes carry the patient's side: "frontalis:right", "platysma.jaw_1:left".
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Literal

from clinic.domain.anatomy import MUSCLES, OTHER, Muscle, Side, danger_zones, face_data, view_box
from clinic.domain.drawing import Circle, Drawing, Layer, Path, Shape, Style, Text
from clinic.domain.face_marks import Mark, MarkStatus, mark_radius, marks
from clinic.domain.face_palette import ACCENT, CAPTION, GREYED, PALETTES, PAPER, TONES, ZONE, Palette
from clinic.domain.face_paths import (
    Segments,
    between,
    both,
    ellipse,
    line,
    mirror_drawing,
    mirror_segments,
    outline,
    points,
    polyline,
    symmetric,
)
from clinic.domain.geometry import Point, flatten, open_curve

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


def chart(sites: Collection[Mark], face_drawing: Drawing, *, detail: Detail = "full", mirrored: bool = False) -> Drawing:
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
            layers.append(Layer("muscles", tuple(_muscles(palette, greyed))))
        layers.append(Layer("features", tuple(_features(palette))))
        if "zones" in show:
            layers.append(Layer("zones", tuple(_zones())))
        if "sites" in show:
            layers.append(Layer("sites", tuple(_sites())))
        layers.append(Layer("captions", _captions()))
    left, bottom, right, top = (value / 100 for value in view_box())
    frame = polyline([(left, bottom), (left, top), (right, top), (right, bottom)])
    drawing = Drawing((left, bottom, right, top), tuple(layers), frame)
    return mirror_drawing(drawing) if mirrored else drawing


def _feature(name: str) -> Any:
    return face_data()["features"][name]


def _two(segments: Segments) -> Segments:
    """A path of the right side and its mirror image."""
    return segments + mirror_segments(segments)


def _neck(half: Sequence[Sequence[float]]) -> Segments:
    right = points(half)
    return polyline(flatten_line(right) + [(-x, y) for x, y in reversed(flatten_line(right))])


def flatten_line(stops: Sequence[Point]) -> list[Point]:
    """A smooth open line as the straight pieces that hit tests use."""
    return [*flatten(open_curve(stops)), stops[-1]]


def _skin(palette: Palette) -> Iterator[Shape]:
    """Neck, ears, head and hair with their shading, back to front."""
    edge = Style(palette.skin, palette.line, 0.05)
    shade = Style(palette.shade, fill_opacity=0.07)
    soft = Style(None, palette.line, 0.035, stroke_opacity=0.55)
    yield Path(_neck_outline(_feature("neck_right_half")), Style(palette.neck, palette.line, 0.05))
    for entry in _feature("neck_shading"):
        yield Path(symmetric([entry], closed=True), shade)
    yield Path(symmetric(_feature("neck_lines"), closed=False), soft)
    yield Path(_two(outline(points(_feature("ear")))), Style(palette.neck, palette.line, 0.05))
    yield Path(symmetric(_feature("ear_lines"), closed=False), soft)
    yield Path(outline(both(_feature("head_right_half"))), edge)
    for entry in _feature("shading"):
        yield Path(symmetric([entry], closed=True), shade)
    yield from _hair(palette)


def _neck_outline(half: Sequence[Sequence[float]]) -> Segments:
    right = points(half)
    left = [(-x, y) for x, y in reversed(right)]
    return between(right, left)
