"""Scores on the timeline: a small plot each, with the ends of its axis, its line where one may be drawn, and its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from clinic.domain.drawing import Circle, LineTo, MoveTo, Path, Shape, Style, Text
from clinic.domain.drawing_lanes import HAIRLINE, line, polyline, shortened, text_width
from clinic.domain.drawing_timelines_axis import SIZE, WIDE, Axis, Drawn, Placed, heading, none_words
from clinic.domain.drawing_timelines_marks import ink
from clinic.domain.drawing_timelines_rows import Group, Span, gathered
from clinic.domain.face_palette import CAPTION, INK
from clinic.domain.quantities import format_number
from clinic.domain.timelines import Item, Lane, Series, View

_PLOT: Final = 4.6
_LEADING: Final = 1.55
_COLUMN: Final = 2.4
"""Points nearer to each other than this are opened together: a pointer needs 24 pixels (WCAG 2.2, target size)."""
_LINKS: Final = 24
"""Links of one score; the points between them are opened together."""
_POINT: Final = 0.42
_SMALL: Final = 0.24

Places = Mapping[str, tuple[float, float]]


def score_lanes(view: View, axis: Axis, top: float) -> Drawn:
    """The plots below each other; every point is drawn, those too near to be told apart are one link."""
    ground: list[Shape] = [heading(Lane.SCORES, top)]
    lanes: list[tuple[str, tuple[Placed, ...]]] = []
    shown = frozenset(one.key for one in view.of(Lane.SCORES))
    if not shown:
        return Drawn([*ground, none_words(axis, top)], [], top - 2.4)
    below = top - 2.4
    for one in view.timeline.series:
        points = [point for point in one.points if point.key in shown]
        if points:
            shapes, marks = _plot(one, points, axis, below)
            ground += shapes
            lanes.append((one.title, marks))
            below -= _PLOT + 1.9
    return Drawn(ground, lanes, below + 0.4)


def _plot(one: Series, points: Sequence[Item], axis: Axis, top: float) -> tuple[list[Shape], tuple[Placed, ...]]:
    floor = top - _PLOT
    places = {point.key: (axis.at(point.on), floor + _PLOT * _share(one, point.value)) for point in points if point.on}
    # Each part of the title has a line of its own: a side that is cut off could be taken for the other.
    name, *rest = one.title.split(", ")
    lines = ((name, INK), *((part, CAPTION) for part in (*rest, one.about)))
    shapes: list[Shape] = [
        Text((0.6, top - 1.0 - _LEADING * number), shortened(words, 13.0), SIZE, fill, "start")
        for number, (words, fill) in enumerate(lines)
    ]
    for value, y in ((one.high, top), (one.low, floor)):
        shapes.append(line((axis.start, y), (axis.end, y), HAIRLINE))
        shapes.append(Text((axis.start - 0.3, y - 0.4), format_number(value), SIZE * 0.85, CAPTION, "end"))
    for run in one.runs:
        inside = [places[key] for key in run if key in places]
        if len(inside) > 1:
            shapes.append(polyline(inside, Style(stroke=ink(Lane.SCORES), stroke_width=0.16)))
    worded = _worded(points, places)
    spans = [(places[point.key][0], places[point.key][0]) for point in points]
    column, groups = _COLUMN, gathered([Group((point,)) for point in points], spans, _COLUMN)
    while len(groups) > _LINKS:
        column *= 1.5
        groups = gathered([Group((point,)) for point in points], spans, column)
    return shapes, tuple(Placed(group, tuple(_marks(group, places, worded))) for group in groups)


def _share(one: Series, value: Decimal | None) -> float:
    share = float(((value or Decimal(0)) - one.low) / (one.high - one.low))
    return min(max(share, 0.0), 1.0)


def _worded(points: Sequence[Item], places: Places) -> frozenset[str]:
    """The points whose value has room: the last, the first, then from the left."""
    taken: list[Span] = []
    found = set()
    for point in dict.fromkeys((*points[-1:], *points[:1], *points)):
        half = text_width(point.short, SIZE) / 2 + 0.3
        left, right = places[point.key][0] - half, places[point.key][0] + half
        if all(right < start or left > end for start, end in taken):
            taken.append((left, right))
            found.add(point.key)
    return frozenset(found)


def _marks(group: Group, places: Places, worded: frozenset[str]) -> list[Shape]:
    shapes: list[Shape] = []
    if group.gathered:
        # Lines of next to no length and with round ends are dots: one path for all of them keeps the page small.
        points = dict.fromkeys((round(x, 1), round(y, 1)) for x, y in (places[one.key] for one in group.items))
        dots = tuple(part for x, y in points for part in (MoveTo((x - 0.01, y)), LineTo((x + 0.01, y))))
        shapes.append(Path(dots, Style(stroke=ink(Lane.SCORES), stroke_width=2 * _SMALL)))
    else:
        shapes.append(Circle(places[group.first.key], _POINT, Style(fill=ink(Lane.SCORES))))
    for point in group.items:
        if point.key in worded:
            x, y = places[point.key]
            half = text_width(point.short, SIZE) / 2
            shapes.append(Text((min(x, WIDE - half - 0.2), y + 0.6), point.short, SIZE, INK))
    return shapes
