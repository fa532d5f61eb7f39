"""What the lanes of a timeline share: the axis, a mark as it stands, a lane as drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from clinic.domain.drawing import Drawing, Layer, Shape, Text
from clinic.domain.drawing_lanes import Box
from clinic.domain.drawing_timelines_marks import REACH, count, ink
from clinic.domain.drawing_timelines_rows import Group, Row, Span
from clinic.domain.face_palette import CAPTION, INK
from clinic.domain.timelines import Item, Lane, Window

WIDE: Final = 100.0
LEFT: Final = 15.0
"""Room for the headings of the lanes."""
RIGHT: Final = 1.2
SIZE: Final = 1.3
COLUMN: Final = 2.4
"""What begins within this of each other is gathered first, where there are not rows enough."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A mark as it stands: what it is, its shapes, and the box of its small face (left, bottom, right, top)."""

    group: Group
    shapes: tuple[Shape, ...]
    face: Box | None = None

    @property
    def name(self) -> str:
        """What it is, in full."""
        return self.group.name if self.group.gathered else "; ".join(one.name for one in self.group.items)


@dataclass(frozen=True, slots=True)
class Figure:
    """What lies behind, and the marks of each lane in the order of time. ``lanes`` are in their order from the top."""

    ground: Drawing
    lanes: tuple[tuple[str, tuple[Placed, ...]], ...]

    @property
    def drawing(self) -> Drawing:
        """All of it as one drawing, for paper."""
        marks = (Layer("mark", one.shapes) for _, lane in self.lanes for one in lane)
        return Drawing(self.ground.view_box, (*self.ground.layers, *marks))


@dataclass(frozen=True, slots=True)
class Axis:
    """Where days stand between two ends; a day is as wide as it lasts, and a thing of one day stands in its middle."""

    window: Window
    start: float
    end: float

    def at(self, day: date, share: float = 0.5) -> float:
        """Where a day stands, from its beginning (0) to its end (1); outside of the window, at its end."""
        most = self.window.days
        days = min(max((day - self.window.start).days + share, 0.0), float(most))
        return self.start + (self.end - self.start) * days / most


@dataclass(frozen=True, slots=True)
class Drawn:
    """A lane as drawn: what lies behind, its marks by heading, and where the next lane begins."""

    ground: list[Shape]
    lanes: list[tuple[str, tuple[Placed, ...]]]
    bottom: float


def heading(lane: Lane, top: float) -> Text:
    """The name of a lane."""
    return Text((0.6, top - 1.55), lane.label, SIZE, INK, "start", bold=True)


def none_words(axis: Axis, top: float) -> Text:
    """That a lane is empty here, though not elsewhere."""
    return Text((axis.start, top - 1.55), "none in these days", SIZE, CAPTION, "start")


def ends(item: Item, axis: Axis) -> Span:
    """From where to where a thing is drawn: a bar is never too thin to be seen."""
    if item.on is None:
        return axis.start, axis.start
    if item.lasting or item.uncertain:
        start, end = axis.at(item.on, 0.0), axis.at(item.until or item.on, 1.0)
        # What goes on after the last day shown runs off the axis.
        beyond = item.until is not None and item.until > axis.window.end
        return start, axis.end + RIGHT if beyond else max(end, start + 0.5)
    return axis.at(item.on), axis.at(item.on)


def room_of(group: Group, axis: Axis) -> Span:
    """The room of a group with a pointer's reach."""
    found = [ends(one, axis) for one in group.items]
    start, end = min(one[0] for one in found), max(one[1] for one in found)
    if group.gathered:
        return (start + end) / 2 - COLUMN / 2, (start + end) / 2 + COLUMN / 2
    return start - REACH, end + REACH


def gathered_mark(group: Group, axis: Axis, y: float) -> Placed:
    """Several things under their number, in the middle of their days."""
    left, right = room_of(group, axis)
    return Placed(group, count(len(group.items), (left + right) / 2, y, ink(group.lane), SIZE))


def in_time(row: Row) -> tuple[str, float, int]:
    """The order in which marks are read."""
    return str(row.group.first.on), row.left, row.row
