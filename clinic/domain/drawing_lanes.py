"""Lanes below each other on one axis of time: where a day stands, labels that do not hide each other, lines and ticks.

One unit is 10 pixels on the screen. y grows upwards as in every drawing, so a figure is built from 0 downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from clinic.domain.drawing import Close, LineTo, MoveTo, Path, Point, Shape, Style, Text
from clinic.domain.face_palette import CAPTION, INK
from clinic.domain.trends_sessions import Span

SIZE: Final = 1.25
"""Size of every label; a value stands in bold."""
ROW: Final = 1.7
"""Height of a line of labels."""
LEFT: Final = 3.6
"""Room for the numbers of the upright axis."""
RIGHT: Final = 2.4
# Mean width of a letter and of a figure in the fonts of screen and print, as a share of the size.
_LETTER: Final = 0.54
_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120, 240)
"""Months between the dates of an axis."""
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TICK_ROOM: Final = 6.4

HAIRLINE: Final = Style(stroke=CAPTION, stroke_width=0.08, stroke_opacity=0.35)
AXIS: Final = Style(stroke=INK, stroke_width=0.12)
SESSION_LINE: Final = Style(stroke=CAPTION, stroke_width=0.1, dash=(0.3, 0.4), stroke_opacity=0.5)
_INSET: Final = 2.2
"""From the ends of the axis to the first and the last day, so that their labels have room."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where days stand between ``LEFT`` and the right edge of a figure ``width`` units wide."""

    span: Span
    width: float

    @property
    def right(self) -> float:
        """The right end of the axis."""
        return self.width - RIGHT

    def x(self, day: date) -> float:
        """Where a day stands; what lies outside the span stands at its end."""
        inside = min(max(day, self.span.start), self.span.end)
        share = (inside - self.span.start).days / (self.span.end - self.span.start).days
        return LEFT + _INSET + (self.right - LEFT - 2 * _INSET) * share

    def ticks(self) -> tuple[tuple[date, str], ...]:
        """First days of months with their label, as many as there is room for."""
        room = max(2, int((self.right - LEFT) / _TICK_ROOM))
        found: list[date] = []
        for step in _STEPS:
            found = self._firsts(step)
            if len(found) <= room:
                break
        return tuple((day, f"{_MONTHS[day.month - 1]} {day.year}") for day in found)

    def _firsts(self, step: int) -> list[date]:
        start, end = self.span.start, self.span.end
        first = start.year * 12 + start.month - 1 + (start.day > 1)
        months = range(first + -first % step, end.year * 12 + end.month, step)
        return [date(month // 12, month % 12 + 1, 1) for month in months]


@dataclass(frozen=True, slots=True)
class Box:
    """The room of a label."""

    left: float
    bottom: float
    right: float
    top: float

    def hits(self, other: Box) -> bool:
        """Whether two labels would hide each other."""
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )


def text_width(text: str, size: float = SIZE) -> float:
    """About how wide a text is."""
    return len(text) * size * _LETTER


def box_of(text: Text) -> Box:
    """The room of a text."""
    width = text_width(text.text, text.size)
    share = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor]
    left = text.at[0] - share * width
    return Box(left - 0.15, text.at[1] - 0.1, left + width + 0.15, text.at[1] + text.size * 0.75)


def free(tried: Sequence[Text], taken: Sequence[Box]) -> Text | None:
    """The first text that hides nothing of what is taken; None when there is none."""
    return next((one for one in tried if not any(box_of(one).hits(box) for box in taken)), None)


def place(text: str, points: Sequence[Point], taken: list[Box], *, bold: bool = True, fill: str = INK) -> Text | None:
    """A centred label at the first of the points where it hides no other; None where it has no room.

    What has no room stands in the table only: two numbers on each other would be read as a third.
    """
    found = free([Text(point, text, SIZE, fill, "middle", bold) for point in points], taken)
    if found is not None:
        taken.append(box_of(found))
    return found


def along(points: Sequence[Point]) -> list[Box]:
    """The room that a line takes, as small boxes."""
    found = []
    for (x, y), (to_x, to_y) in pairwise(points):
        steps = max(1, int(max(abs(to_x - x), abs(to_y - y)) / 0.4))
        for step in range(steps + 1):
            at_x, at_y = x + (to_x - x) * step / steps, y + (to_y - y) * step / steps
            found.append(Box(at_x - 0.1, at_y - 0.1, at_x + 0.1, at_y + 0.1))
    return found


def levels(spans: Sequence[tuple[float, float]]) -> list[int]:
    """For each span from left to right, the first line on which it does not touch the one before it there."""
    ends: list[float] = []
    found = []
    for left, right in spans:
        level = next((number for number, end in enumerate(ends) if end < left), len(ends))
        ends[level : level + 1] = [right]
        found.append(level)
    return found


def shortened(text: str, width: float) -> str:
    """As much of a text as a width holds, with an ellipsis when some is left out."""
    room = int(width / (SIZE * _LETTER))
    return text if len(text) <= room else f"{text[: max(1, room - 1)].rstrip()}…"


def line(start: Point, end: Point, style: Style, key: str = "") -> Path:
    """A straight line."""
    return Path((MoveTo(start), LineTo(end)), style, key)


def polyline(points: Sequence[Point], style: Style, key: str = "") -> Path:
    """Straight lines from point to point."""
    first, *others = points
    return Path((MoveTo(first), *(LineTo(point) for point in others)), style, key)


def polygon(points: Sequence[Point], style: Style, key: str = "") -> Path:
    """A closed outline."""
    first, *others = points
    return Path((MoveTo(first), *(LineTo(point) for point in others), Close()), style, key)


def rectangle(left: float, bottom: float, right: float, top: float, style: Style, key: str = "") -> Path:
    """A box."""
    return polygon(((left, bottom), (right, bottom), (right, top), (left, top)), style, key)


def caption(words: str, top: float, width: float) -> Text:
    """The heading of a lane, from its left edge, on one line."""
    return Text((0.2, top - SIZE), shortened(words, width - 0.4), SIZE, CAPTION, "start", key="caption")


def time_axis(scale: Scale, top: float) -> tuple[list[Shape], float]:
    """The axis with its dates; gives its shapes and where the next lane begins."""
    shapes: list[Shape] = [line((LEFT, top), (scale.right, top), AXIS)]
    for day, label in scale.ticks():
        x = scale.x(day)
        shapes.append(line((x, top), (x, top - 0.5), AXIS))
        shapes.append(Text((x, top - 1.75), label, SIZE, CAPTION))
    return shapes, top - 2.3
