"""Distributions and counts of a report as shapes: boxes on one axis, and bars; each stands beside its table.

One unit is 10 pixels on the screen. y grows upwards as in every drawing, so a figure is built from 0 downwards.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Final

from clinic.domain.clinic_report_numbers import Distribution
from clinic.domain.clinic_reports import FEW, Bars, Boxes
from clinic.domain.drawing import Circle, Drawing, Layer, Shape, Style, Text
from clinic.domain.drawing_lanes import AXIS, HAIRLINE, ROW, SIZE, line, rectangle, shortened, text_width
from clinic.domain.face_palette import ACCENT, ACCENT_DEEP, CAPTION, INK, PAPER, ZONE
from clinic.domain.quantities import NBSP, format_number

_LABELS: Final = 30.0
"""Room for the labels beside their rows; a narrow figure has them above."""
_NARROW: Final = 50.0
_END: Final = 5.5
"""Room for the last number."""
_MEDIAN_END: Final = 11.0
"""Room for a median in words after the largest value."""
_BAND: Final = 2.2
_HALF: Final = 0.55
_STEPS: Final = tuple(Decimal(10) ** power * step for power in range(-2, 6) for step in (1, 2, 5))
_BOX: Final = Style(fill=PAPER, stroke=ACCENT_DEEP, stroke_width=0.16)
_WHISKER: Final = Style(stroke=ACCENT_DEEP, stroke_width=0.14)
_MEDIAN: Final = Style(stroke=ACCENT_DEEP, stroke_width=0.42)
_DOT: Final = Style(fill=ACCENT)
_BAR: Final = Style(fill=ACCENT)
_MARK: Final = Style(stroke=ZONE, stroke_width=0.2, dash=(0.5, 0.4))


class _Rows:
    """Where rows and values stand: labels on the left, or above their row where there is no room beside it."""

    def __init__(self, width: float, largest: Decimal, end: float = _END) -> None:
        self.width, self.beside = width, width > _NARROW
        self.left = _LABELS if self.beside else 0.6
        self.right = width - end
        self.step = next((one for one in _STEPS if largest / one <= (8 if self.beside else 5)), _STEPS[-1])
        self.end = max((largest / self.step).to_integral_value(ROUND_CEILING), Decimal(1)) * self.step
        self.height = _BAND if self.beside else _BAND + ROW

    def x(self, value: Decimal) -> float:
        """Where a value stands; the axis begins at 0."""
        return self.left + (self.right - self.left) * float(value / self.end)

    def label(self, words: str, top: float) -> Text:
        """The label of a row."""
        if self.beside:
            text = _fitted(words, self.left - 1.4)
            return Text((self.left - 1, top - _BAND / 2 - 0.42), text, SIZE, INK, "end", key="label")
        room = self.width - self.left - 0.8
        return Text((self.left + 0.5, top - SIZE), _fitted(words, room), SIZE, INK, "start", key="label")

    def middle(self, top: float) -> float:
        """The height of a row's middle."""
        return top - self.height + _BAND / 2

    def axis(self, top: float, bottom: float, unit: str) -> list[Shape]:
        """Ruled lines behind the rows and their numbers below."""
        shapes: list[Shape] = [line((self.left, bottom), (self.right, bottom), AXIS)]
        value = Decimal(0)
        while value <= self.end:
            x = self.x(value)
            shapes.append(line((x, top), (x, bottom), HAIRLINE))
            shapes.append(Text((x, bottom - 1.6), format_number(value), SIZE, CAPTION, key="rule"))
            value += self.step
        shapes.append(Text((self.width - 0.2, bottom - 1.6), unit, SIZE, CAPTION, "end", key="unit"))
        return shapes


def _fitted(words: str, width: float) -> str:
    """A label within a width; what stands after its last comma, the side of a muscle, is never cut off."""
    head, comma, tail = words.rpartition(", ")
    if not comma or text_width(words) <= width:
        return shortened(words, width)
    return f"{shortened(head, width - text_width(comma + tail))}{comma}{tail}"


def box_figure(boxes: Boxes, width: float) -> Drawing:
    """A box for the middle half of each distribution, a thick line for its median, a thin one from end to end.

    Fewer than five values are drawn one by one: a box would promise more than there is.
    """
    largest = max((one.maximum or Decimal(0) for _, one in boxes.rows), default=Decimal(0))
    if boxes.mark:
        largest = max(largest, boxes.mark[0])
    rows = _Rows(width, largest, _MEDIAN_END)
    shapes: list[Shape] = []
    top = -ROW if boxes.mark else 0.0
    start = top
    for words, one in boxes.rows:
        shapes += [rows.label(words, top), *_box(one, rows, rows.middle(top), boxes.places)]
        top -= rows.height
    ruled = rows.axis(start, top, boxes.unit)
    if boxes.mark:
        x = rows.x(boxes.mark[0])
        ruled += [line((x, start), (x, top), _MARK, "mark")]
        ruled += [Text((x, start + 0.4), boxes.mark[1], SIZE, INK, bold=True, key="mark")]
    return Drawing((0.0, top - 2.2, width, 0.2), (Layer("report", (*ruled, *shapes)),))


def _box(one: Distribution, rows: _Rows, y: float, places: int) -> list[Shape]:
    if one.minimum is None or one.maximum is None or one.lower is None or one.upper is None or one.median is None:
        return []
    end = rows.x(one.maximum)
    # The number stands after the largest value, so it says that it is not that one.
    words = f"median{NBSP}{format_number(round(one.median, places).normalize() + 0)}"
    label = Text((end + 1, y - 0.42), words, SIZE, INK, "start", bold=True, key="median")
    if one.n < FEW:
        return [*(Circle((rows.x(value), y), 0.42, _DOT, "value") for value, _ in one.counts), label]
    low, high, middle = rows.x(one.lower), rows.x(one.upper), rows.x(one.median)
    return [
        line((rows.x(one.minimum), y), (end, y), _WHISKER, "range"),
        *(line((x, y - 0.3), (x, y + 0.3), _WHISKER, "end") for x in (rows.x(one.minimum), end)),
        rectangle(low, y - _HALF, max(high, low + 0.15), y + _HALF, _BOX, "box"),
        line((middle, y - _HALF), (middle, y + _HALF), _MEDIAN, "middle"),
        label,
    ]


def bar_figure(bars: Bars, width: float) -> Drawing:
    """A bar for each count, with its number."""
    rows = _Rows(width, Decimal(max((count for _, count in bars.rows), default=0)))
    shapes: list[Shape] = []
    top = 0.0
    for words, count in bars.rows:
        y = rows.middle(top)
        end = rows.x(Decimal(count))
        shapes.append(rows.label(words, top))
        if count:
            shapes.append(rectangle(rows.left, y - _HALF, max(end, rows.left + 0.15), y + _HALF, _BAR, "bar"))
        shapes.append(Text((end + 0.6, y - 0.42), format_number(count), SIZE, INK, "start", bold=True, key="count"))
        top -= rows.height
    ground = line((rows.left, 0), (rows.left, top), AXIS)
    return Drawing((0.0, top - 0.3, width, 0.2), (Layer("report", (*shapes, ground)),))
