"""The muscles, danger zones and named sites of the face as shapes; the regions drawn are the regions hit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from clinic.domain.anatomy import MUSCLES, OTHER, Side, danger_zones, face_data
from clinic.domain.drawing import Circle, Close, Path, Segment, Shape, Style
from clinic.domain.face_palette import ACCENT, GREYED, PAPER, ZONE, Palette
from clinic.domain.face_paths import (
    Segments,
    ellipse,
    joined,
    line,
    mirror_segments,
    outline,
    points,
    right_half,
    two_sides,
)
from clinic.domain.geometry import Point


def muscle_shapes(palette: Palette, greyed: frozenset[tuple[str, Side]]) -> Iterator[Shape]:
    """The muscles from deep to superficial (the reverse of the hit order), then their fibres."""
    style = Style(palette.muscle, palette.muscle_line, 0.03, (), 0.15, 0.5, even_odd=True)
    deep = Style(palette.muscle, palette.muscle_line, 0.03, (0.14, 0.12), 0.07, 0.6, even_odd=True)
    absent = Style(GREYED, GREYED, 0.04, (0.3, 0.2), 0.25, 0.9, even_odd=True)
    fibres: list[Segment] = []
    for muscle in reversed([muscle for muscle in MUSCLES.values() if muscle.key != OTHER]):
        raw = face_data()["muscles"][muscle.key]
        area = _area(raw)
        for side in (Side.RIGHT, Side.LEFT) if muscle.paired else (Side.MIDLINE,):
            is_absent = (muscle.key, side) in greyed
            shape = mirror_segments(area) if side is Side.LEFT else area
            yield Path(shape, absent if is_absent else deep if muscle.deep else style, f"{muscle.key}:{side.value}")
            if not is_absent:
                strands = _fibres(raw)
                fibres += mirror_segments(strands) if side is Side.LEFT else strands
    yield Path(tuple(fibres), Style(None, palette.muscle_line, 0.022, stroke_opacity=0.34))
    yield Path(_lid_limits(), Style(None, palette.muscle_line, 0.03, (0.1, 0.12), stroke_opacity=0.5))


def muscle_outline(muscle: str, side: Side) -> Segments:
    """The outline of a muscle on a side, as it is hit."""
    area = _area(face_data()["muscles"][muscle])
    return mirror_segments(area) if side is Side.LEFT else area


def _area(raw: Mapping[str, Any]) -> Segments:
    """The outline of a muscle on the patient's right, as it is hit: across the midline only where it is unpaired."""
    shape = raw.get("ring", raw)
    if "ellipse" in shape:
        return ellipse(shape["ellipse"]["centre"], shape["ellipse"]["radii"])
    outer = points(shape["outline"])
    if "hole" not in shape:
        return outline(outer)
    hole = points(face_data()["features"][shape["hole"]])
    if raw["paired"] and (0, outer[0][1]) in outer:
        # A ring around the midline: the right half of both curves, joined along the midline.
        inner = [(end, second, first, start) for start, first, second, end in reversed(right_half(hole))]
        return (*joined(right_half(outer)), *joined(inner, onward=True), Close())
    return outline(outer) + outline(hole)


def _part_way(here: Sequence[float], there: Sequence[float], share: float) -> Point:
    return here[0] + (there[0] - here[0]) * share, here[1] + (there[1] - here[1]) * share


def _fibres(raw: Mapping[str, Any]) -> Segments:
    """The run of the fibres on the patient's right: between the guide lines of the file, or around a ring."""
    count = raw.get("strands", 0)
    found: list[Segment] = []
    if "ring" in raw:
        for number in range(1, count + 1):
            found += _ring(raw, number / (count + 1))
        return tuple(found)
    guides = raw.get("fibres", [])
    for one, next_one in pairwise(guides):
        for number in range(count + 1):
            share = number / (count + 1)
            found += line([_part_way(here, there, share) for here, there in zip(one, next_one, strict=True)])
    for guide in [*guides[-1:], *raw.get("more_fibres", [])]:
        found += line(points(guide))
    return tuple(found)


def _ring(raw: Mapping[str, Any], share: float) -> Segments:
    """One fibre of a ring, ``share`` of the way from its core to its outline."""
    (cx, cy), (rx, ry) = raw["ring"]["core"]["centre"], raw["ring"]["core"]["radii"]
    stops: list[Point] = []
    for x, y in points(raw["ring"]["outline"]):
        core = 1 / math.hypot((x - cx) / rx, (y - cy) / ry)
        reach = core + (1 - core) * share
        stops.append((cx + (x - cx) * reach, cy + (y - cy) * reach))
    return joined(right_half(stops)) if (0, stops[0][1]) in stops else outline(stops)


def _lid_limits() -> Segments:
    """The limits of the pretarsal and preseptal parts of orbicularis oculi."""
    ring = face_data()["muscles"]["orbicularis_oculi"]["ring"]
    limits = (ring["pretarsal_limit_ellipse"], ring["palpebral_limit_ellipse"])
    return two_sides(tuple(part for limit in limits for part in ellipse(limit["centre"], limit["radii"])))


def zone_shapes() -> Iterator[Shape]:
    """Danger zones: dashed, so that they differ from muscles without colour."""
    style = Style(ZONE, ZONE, 0.045, (0.16, 0.12), 0.16)
    for zone in danger_zones():
        area = zone.area
        shape = ellipse((area.x / 100, area.y / 100), (area.rx / 100, area.ry / 100))
        if zone.paired:
            yield Path(shape, style, f"{zone.key}:{Side.RIGHT.value}")
            yield Path(mirror_segments(shape), style, f"{zone.key}:{Side.LEFT.value}")
        else:
            yield Path(shape, style, f"{zone.key}:{Side.MIDLINE.value}")


def site_shapes() -> Iterator[Shape]:
    """The named sites as small rings."""
    style = Style(PAPER, ACCENT, 0.05)
    for muscle in MUSCLES.values():
        for site in muscle.sites:
            name, y = f"{muscle.key}.{site.key}", site.y / 100
            if site.x == 0:
                yield Circle((0, y), 0.13, style, f"{name}:{Side.MIDLINE.value}")
                continue
            yield Circle((site.x / 100, y), 0.13, style, f"{name}:{Side.RIGHT.value}")
            yield Circle((-site.x / 100, y), 0.13, style, f"{name}:{Side.LEFT.value}")
