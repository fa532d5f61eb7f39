"""The timeline drawn: lanes below each other on one axis of time, linear, so that a pause looks as long as it was.

One unit is 10 pixels at the width of a desk; y grows upwards, so that the figure is built from 0 downwards. Every mark is
a layer of its own, which the page makes a link of; small faces stand in boxes that it fills.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final, Literal

from clinic.domain.drawing import Drawing, Layer, Shape, Style, Text
from clinic.domain.drawing_lanes import AXIS, HAIRLINE, line, rectangle, shortened, text_width
from clinic.domain.drawing_timelines_axis import (
    COLUMN,
    LEFT,
    RIGHT,
    SIZE,
    WIDE,
    Axis,
    Drawn,
    Figure,
    Placed,
    ends,
    gathered_mark,
    heading,
    in_time,
    none_words,
    room_of,
)
from clinic.domain.drawing_timelines_marks import bar, dot, today_line
from clinic.domain.drawing_timelines_rows import Group, Row, Span, grouped, laid_out
from clinic.domain.drawing_timelines_scores import score_lanes
from clinic.domain.drawing_timelines_sessions import session_lane
from clinic.domain.face_palette import CAPTION, INK
from clinic.domain.timelines import Item, Lane, View, drawn_lanes
from clinic.domain.timelines_windows import ticks

_ROW: Final = 2.0
_MOST: Final = {
    Lane.REVIEWS: 4,
    Lane.EVENTS: 5,
    Lane.VISITS: 3,
    Lane.THERAPY: 5,
    Lane.PLAN: 5,
    Lane.OTHERS: 6,
    Lane.DOCUMENTS: 2,
}
"""Rows of a lane beyond which neighbours are gathered."""
_SHORT: Final = 17.0
_LONGEST: Final = (30.0, _SHORT, 0.0)
"""Room for the words of a mark, tried in this order; where not all have room, some have."""
_BAND: Final = Style(fill=CAPTION, fill_opacity=0.07)


def figure(view: View) -> Figure:
    """The timeline at the width of a desk."""
    axis = Axis(view.window, LEFT, WIDE - RIGHT)
    shapes, top = _dates(view, axis)
    head = top
    years = [axis.at(tick.on, 0.0) for tick in ticks(view.window) if tick.on.timetuple().tm_yday == 1]
    lanes: list[tuple[str, tuple[Placed, ...]]] = []
    for number, lane in enumerate(drawn_lanes(view.timeline.items, view.lanes)):
        drawn = _drawn(view, lane, axis, top)
        if number % 2 == 0:
            shapes.append(rectangle(0.0, drawn.bottom, WIDE, top, _BAND))
        shapes += drawn.ground
        lanes += drawn.lanes
        top = drawn.bottom
    shapes += [line((x, head), (x, top), HAIRLINE) for x in years]
    if view.window.holds(view.today):
        x = axis.at(view.today)
        shapes.append(today_line((x, head), (x, top)))
    ground = Drawing((0.0, top - 0.3, WIDE, 0.0), (Layer("ground", tuple(shapes)),))
    return Figure(ground, tuple(lanes))


def _drawn(view: View, lane: Lane, axis: Axis, top: float) -> Drawn:
    if lane is Lane.SCORES:
        return score_lanes(view, axis, top)
    return session_lane(view, axis, top) if lane is Lane.SESSIONS else _lane(view, lane, axis, top)


def _dates(view: View, axis: Axis) -> tuple[list[Shape], float]:
    """The dates above everything, with a line down at the first of each year."""
    shapes: list[Shape] = []
    before = 0.0
    for tick in ticks(view.window):
        x = axis.at(tick.on, 0.0)
        shapes.append(line((x, -3.5), (x, -4.1), AXIS))
        # The last date has its words before it, so that they do not leave the page; unless others stand there.
        anchor: Literal["start", "end"] = "end" if x + 4.0 > WIDE else "start"
        if anchor == "start" or x - before > 8.0:
            at = x - 0.25 if anchor == "end" else x + 0.25
            shapes.append(Text((at, -3.1), tick.label, SIZE, CAPTION, anchor))
            if tick.year:
                shapes.append(Text((at, -1.5), tick.year, SIZE, INK, anchor, bold=True))
        before = x
    shapes.append(line((axis.start, -4.1), (axis.end, -4.1), AXIS))
    if view.window.holds(view.today):
        shapes.append(Text((min(axis.at(view.today), WIDE - 2.2), -5.5), "today", SIZE, CAPTION))
    return shapes, -6.0


def _lane(view: View, lane: Lane, axis: Axis, top: float) -> Drawn:
    """One lane: rows of marks with their words."""
    groups = grouped(view.of(lane))
    if not groups:
        return Drawn([heading(lane, top), none_words(axis, top)], [], top - 2.4)
    rows, longest = _rows(groups, lane, axis)
    first = top - 1.2
    placed = [_placed(row, axis, first - _ROW * row.row, longest) for row in sorted(rows, key=in_time)]
    return Drawn([heading(lane, top)], [(lane.label, tuple(placed))], first - _ROW * max(row.row for row in rows) - 1.2)


def _rows(groups: Sequence[Group], lane: Lane, axis: Axis) -> tuple[list[Row], float]:
    """With their words, else with fewer, else without, else gathered; and the room that the words have."""
    rows: list[Row] = []
    for longest in _LONGEST:
        rows = laid_out(groups, partial(_room, axis=axis, longest=longest), _MOST[lane], COLUMN)
        if longest and not any(row.group.gathered for row in rows):
            return rows, longest
    return _with_words(rows, axis), _SHORT


def _with_words(rows: Sequence[Row], axis: Axis) -> list[Row]:
    """The same rows, those widened whose words have room after them or before them."""
    found: list[Row] = []
    for row in sorted(rows, key=lambda one: (one.row, one.left)):
        before = max((one.right for one in found if one.row == row.row), default=axis.start)
        after = min((one.left for one in rows if one.row == row.row and one.left > row.left), default=WIDE)
        words = "" if row.group.gathered else _label(row.group.first, _SHORT)
        width = text_width(words, SIZE)
        if words and row.right + width <= after:
            found.append(replace(row, right=row.right + width))
        elif words and row.left - width >= before:
            found.append(replace(row, left=row.left - width))
        else:
            found.append(row)
    return found


def _room(group: Group, axis: Axis, longest: float) -> Span:
    """The room of a group with a pointer's reach and its words."""
    left, right = room_of(group, axis)
    words = "" if group.gathered or not longest else _label(group.first, longest)
    if not words:
        return left, right
    width = text_width(words, SIZE)
    return (left, right + width) if right + width <= WIDE else (left - width, right)


def _label(item: Item, longest: float) -> str:
    return shortened(item.short, longest) if item.short else ""


def _placed(row: Row, axis: Axis, y: float, longest: float) -> Placed:
    """A mark with its words on the side on which there is room for them."""
    group, item = row.group, row.group.first
    if group.gathered:
        return gathered_mark(group, axis, y)
    start, end = ends(item, axis)
    shapes: list[Shape] = [*(bar(item, start, end, y) if end > start else dot(item, start, y))]
    words = _label(item, longest) if longest else ""
    left, right = room_of(group, axis)
    if words and row.right > right:
        shapes.append(Text((end + 0.9, y - 0.45), words, SIZE, INK, "start"))
    elif words and row.left < left:
        shapes.append(Text((start - 0.9, y - 0.45), words, SIZE, INK, "end"))
    return Placed(group, tuple(shapes))
