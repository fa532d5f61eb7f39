"""The timeline for a narrow screen: the axis runs down the page, newest on top, and every day has its words beside it.

Days stay linear on the axis; days whose words would hide each other move down and keep a line to where they are. What lasts
stands in tracks along the axis.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from clinic.domain.drawing import Drawing, Layer, Shape, Text
from clinic.domain.drawing_lanes import AXIS, HAIRLINE, line, polyline, shortened
from clinic.domain.drawing_timelines_axis import SIZE, Axis, Figure, Placed
from clinic.domain.drawing_timelines_marks import bar, dot, ink, several, today_line
from clinic.domain.drawing_timelines_rows import Group, grouped, laid_out
from clinic.domain.face_palette import CAPTION, INK
from clinic.domain.timelines import Item, Lane, View, days_words
from clinic.domain.timelines_windows import ticks

NARROW: Final = 36.0
_TALL: Final = 52.0
_AXIS: Final = 5.2
_TRACK: Final = 1.1
_TRACKS: Final = 3
_MARK: Final = 12.6
_HEAD: Final = 2.0
_LINE: Final = 2.0
_APART: Final = 0.9
_DAYS: Final = 20
"""Days that one can still read down; beyond it neighbouring ones stand together."""
_ALONE: Final = 3
"""Things of one kind and day that have a line each; more stand under their number."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A day, or neighbouring ones, with a line for each kind of thing or for each thing."""

    on: date
    head: str
    lines: tuple[Group, ...]

    @property
    def tall(self) -> float:
        """Its height."""
        return _HEAD + _LINE * len(self.lines) + _APART


def narrow_figure(view: View) -> Figure:
    """The timeline for a hand."""
    blocks = _blocks(view)
    top = -1.6
    tall = max(_TALL, sum(one.tall for one in blocks) * 0.9) if blocks else 10.0
    axis = Axis(view.window, top - tall, top)
    shapes: list[Shape] = [line((_AXIS, top), (_AXIS, axis.start), AXIS)]
    today = axis.at(view.today) if view.window.holds(view.today) else None
    for tick in ticks(view.window, max(4, min(16, int(tall / 4.5)))):
        y = axis.at(tick.on, 0.0)
        if today is not None and today - 1.5 < y < today + 3.4:
            continue  # The word "today" stands there.
        shapes.append(line((_AXIS - 0.5, y), (_AXIS, y), AXIS))
        shapes.append(Text((_AXIS - 0.8, y - 0.45), tick.label, SIZE, CAPTION, "end"))
        if tick.year:
            shapes.append(Text((_AXIS - 0.8, y - 2.0), tick.year, SIZE, INK, "end", bold=True))
    if today is not None:
        shapes += [
            today_line((0.4, today), (_MARK - 3.0, today)),
            Text((0.4, today + 0.4), "today", SIZE, CAPTION, "start"),
        ]
    ground, marks, bottom = _marks(blocks, axis)
    drawing = Drawing((0.0, min(bottom, axis.start - 1.6) - 1.2, NARROW, 0.0), (Layer("ground", (*shapes, *ground)),))
    return Figure(drawing, (("Newest first", tuple(marks)),) if marks else ())


def _blocks(view: View) -> list[_Block]:
    """What is shown day by day, newest first; neighbouring days together where there are too many."""
    by_day: dict[date, list[Item]] = {}
    for one in view.items:
        by_day.setdefault(_day(one, view), []).append(one)
    together = _together(sorted(by_day, reverse=True), view)
    return [_block([item for day in days for item in by_day[day]], days) for days in together]


def _day(item: Item, view: View) -> date:
    """The day under which it is told; what began before the window, on its first day."""
    return min(max(item.listed_on, view.window.start), view.window.end)


def _together(days: Sequence[date], view: View) -> list[list[date]]:
    axis = Axis(view.window, 0.0, _TALL)
    column = 0.0
    while True:
        found: list[list[date]] = []
        for day in days:
            if found and axis.at(found[-1][0]) - axis.at(day) < column:
                found[-1].append(day)
            else:
                found.append([day])
        if len(found) <= _DAYS:
            return found
        column = column * 1.5 or 0.6


def _block(items: Sequence[Item], days: Sequence[date]) -> _Block:
    lines: list[Group] = []
    for lane in Lane:
        groups = grouped(one for one in items if one.lane is lane)
        if lane is Lane.SCORES and groups and len(days) == 1:
            lines.append(Group(tuple(one.first for one in groups)))
        elif len(groups) > (_ALONE if len(days) == 1 else 1):
            lines.append(Group(tuple(item for one in groups for item in one.items), gathered=True))
        else:
            lines += groups
    first = items[0]
    alone = len(days) == 1 and len({one.dated for one in items}) == 1
    head = first.dated if alone else days_words([_as_of(days[-1], first), _as_of(days[0], first)])
    return _Block(days[0], head, tuple(lines))


def _as_of(day: date, item: Item) -> Item:
    """Something of that day, to name it."""
    return Item("", item.lane, day, day, "", "", item.page, "")


def _marks(blocks: Sequence[_Block], axis: Axis) -> tuple[list[Shape], list[Placed], float]:
    """Each day where it is, moved down as far as the one above it needs; gives where the last one ends."""
    tracks = _tracks([item for block in blocks for group in block.lines for item in group.items], axis)
    leads: list[Shape] = []
    heads: list[Shape] = []
    found: list[Placed] = []
    below = 0.0
    for block in blocks:
        y = axis.at(block.on)
        head = min(y, below) if found else y
        below = head - block.tall
        track = _AXIS + 0.4 + _TRACK * _TRACKS
        leads.append(polyline(((_AXIS, y), (track, y), (_MARK - 2.0, head), (_MARK - 0.8, head)), HAIRLINE))
        heads.append(Text((_MARK - 0.5, head - 0.45), block.head, SIZE, INK, "start", bold=True))
        for number, group in enumerate(block.lines):
            found.append(_mark(group, head - _HEAD - _LINE * number, axis, tracks))
    return [*leads, *heads], found, below


def _mark(group: Group, y: float, axis: Axis, tracks: dict[str, float]) -> Placed:
    shapes: list[Shape] = []
    for item in group.items:
        if item.key in tracks and item.on and item.until:
            start, end = axis.at(item.on, 0.0), axis.at(item.until, 1.0)
            shapes += bar(item, start, max(end, start + 0.4), tracks[item.key], upright=True)
    if group.gathered:
        shapes.append(several(_MARK, y, ink(group.lane)))
    else:
        shapes += dot(group.first, _MARK, y)
    words = shortened(_words(group), NARROW - _MARK - 1.8)
    return Placed(group, (*shapes, Text((_MARK + 1.5, y - 0.45), words, SIZE, INK, "start")))


def _tracks(items: Iterable[Item], axis: Axis) -> dict[str, float]:
    """Where along the axis what lasts is drawn: as many tracks as there is room for, the first ones first."""
    lasting = [Group((one,)) for one in items if one.on and (one.lasting or one.uncertain)]

    def room(group: Group) -> tuple[float, float]:
        start, end = group.first.on or axis.window.start, group.first.until or axis.window.end
        return axis.at(start, 0.0), axis.at(end, 1.0) + 0.4

    rows = laid_out(lasting, room, len(lasting) + 1, 1.0)
    return {row.group.first.key: _AXIS + 0.9 + _TRACK * row.row for row in rows if row.row < _TRACKS}


def _words(group: Group) -> str:
    """What it is in one short line; the day stands above it."""
    item = group.first
    if group.gathered:
        return group.lane.counted(group.items)
    if item.lane is Lane.SCORES:
        return "; ".join(_score(one) for one in group.items)
    if item.lane is Lane.SESSIONS:
        touched = f", touched up {len(group.items) - 1}×" if len(group.items) > 1 else ""
        return f"{item.state or item.short}{touched}" if item.sites or item.state else item.words
    if item.lane is Lane.REVIEWS:
        return f"review, benefit {item.short}" if item.short else item.words
    words = item.short or item.words
    return f"{item.state}: {words}" if item.state and item.state.value not in words else words


def _score(item: Item) -> str:
    """``Sunnybrook, patient’s left 70``: the side stays, what else the title says does not."""
    name, *rest = item.words.split(", ")
    sided = rest and rest[-1].startswith("patient’s")
    return f"{name}, {rest[-1]}" if sided else f"{name} {item.short}"
