"""Doses and treatments on the axis of time: totals under each session, bars muscle by muscle, spans of other treatments.

Bars compare within a product only. Where the product of a muscle changes, the ground line breaks and the brand is named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Final, Literal

from clinic.domain.drawing import Shape, Style, Text
from clinic.domain.drawing_lanes import (
    AXIS,
    LEFT,
    ROW,
    SIZE,
    Box,
    Scale,
    caption,
    levels,
    line,
    place,
    polygon,
    rectangle,
    shortened,
    text_width,
)
from clinic.domain.face_palette import ACCENT, ACCENT_DEEP, CAPTION, INK, PAPER
from clinic.domain.quantities import format_number
from clinic.domain.trends_sessions import Bar, MuscleDoses, OtherTreatment, Session, brand, named

_BAR: Final = 2.8
_HALF: Final = 0.6
_THINNEST: Final = 0.15
_APART: Final = 3.2
"""Bars nearer to each other than this have their numbers on two lines."""
_SOLID: Final = Style(fill=ACCENT)
_OPEN: Final = Style(fill=PAPER, stroke=ACCENT_DEEP, stroke_width=0.18)
_MARK: Final = Style(fill=INK)
_SPAN: Final = Style(stroke=INK, stroke_width=0.3)


def session_lanes(
    sessions: Sequence[Session], scale: Scale, top: float, *, totals: bool = True
) -> tuple[list[Shape], float]:
    """A mark on the axis for each session, and (with ``totals``) per product a row with its total under each."""
    shapes: list[Shape] = []
    if not sessions:
        return shapes, top
    top -= 0.3
    shapes += [_triangle(scale.x(one.on), top) for one in sessions]
    top -= 1.3
    for product in dict.fromkeys(key for one in sessions for key in one.totals if totals):
        shapes.append(caption(f"Units a session, {named(product)}", top, scale.width))
        top -= ROW
        given = [(scale.x(one.on), one.totals[product]) for one in sessions if product in one.totals]
        row, top = _numbers(given, top)
        shapes += row
    return shapes, top


def _triangle(x: float, top: float) -> Shape:
    return polygon(((x, top), (x + 0.6, top - 0.9), (x - 0.6, top - 0.9)), _MARK, "session-mark")


def _numbers(given: Sequence[tuple[float, Decimal]], top: float) -> tuple[list[Shape], float]:
    """Numbers under their sessions, on further lines where they would touch."""
    texts = [(x, format_number(units)) for x, units in given]
    rows = levels([(x - text_width(text) / 2 - 0.2, x + text_width(text) / 2 + 0.2) for x, text in texts])
    shapes: list[Shape] = [
        Text((x, top - SIZE - ROW * row), text, SIZE, INK, "middle", bold=True, key="total")
        for (x, text), row in zip(texts, rows, strict=True)
    ]
    return shapes, top - ROW * (max(rows) + 1) - 0.3


def dose_lanes(doses: Sequence[MuscleDoses], scale: Scale, largest: Mapping[str, Decimal]) -> tuple[list[Shape], float]:
    """The lanes of all muscles below each other, from 0 down."""
    shapes: list[Shape] = []
    top = 0.0
    for one in doses:
        lane, top = dose_lane(one, scale, top, largest)
        shapes += lane
    return shapes, top


def dose_lane(
    doses: MuscleDoses, scale: Scale, top: float, largest: Mapping[str, Decimal]
) -> tuple[list[Shape], float]:
    """One muscle and side: a bar with its number for each session; a run of one product has one ground line."""
    heading = doses.label
    if len(largest) == 1:
        heading = f"{heading}, units"
    shapes: list[Shape] = [caption(heading, top, scale.width)]
    places = [scale.x(bar.on) for bar in doses.bars]
    nearest = min((later - earlier for earlier, later in pairwise(places)), default=scale.width)
    crowded = nearest < _APART
    half = max(_THINNEST, min(_HALF, nearest * 0.4))
    floor = top - ROW - (3.0 if crowded else 1.6) - _BAR
    taken: list[Box] = []
    names: list[Box] = []
    for run in doses.runs:
        left, right = scale.x(run[0].on) - half - 0.1, scale.x(run[-1].on) + half + 0.1
        shapes.append(line((left, floor), (right, floor), AXIS, "run"))
        for bar in run:
            shapes += _bar(bar, scale.x(bar.on), half, floor, largest, taken)
        if len(largest) > 1:
            shapes += _brand(run[0].product, (left + right) / 2, floor, scale, names)
    return shapes, min([floor, *(box.bottom for box in names)]) - 0.7


def _brand(product: str, middle: float, floor: float, scale: Scale, names: list[Box]) -> list[Shape]:
    """The brand under its run, on a further line where it would touch another."""
    name = brand(product)
    half = text_width(name) / 2 + 0.2
    x = min(max(middle, half), scale.width - half)
    label = place(name, [(x, floor - 1.5 - ROW * row) for row in range(6)], names, bold=False, fill=CAPTION)
    return [label] if label else []


def _bar(
    bar: Bar, x: float, half: float, floor: float, largest: Mapping[str, Decimal], taken: list[Box]
) -> list[Shape]:
    height = max(0.15, _BAR * float(bar.units / largest[bar.product]))
    style = _SOLID if list(largest).index(bar.product) % 2 == 0 else _OPEN
    shape = rectangle(x - half, floor, x + half, floor + height, style, "bar")
    above = floor + height + 0.35
    label = place(format_number(bar.units), [(x, above), (x, above + 1.2)], taken)
    return [shape, replace(label, key="dose")] if label else [shape]


def others_lane(
    others: Sequence[OtherTreatment], scale: Scale, top: float, heading: str = "Other treatments"
) -> tuple[list[Shape], float]:
    """Training, surgery and toxin from elsewhere: a diamond, or a span as wide as the date is uncertain.

    What came before the first day of the figure stands at its left end behind an arrow, with its date.
    """
    laid = [_laid(one, one.on, one.until, scale) for one in others if one.on and one.until]
    if not laid:
        return [], top
    shapes: list[Shape] = [caption(heading, top, scale.width)]
    top -= ROW
    rows = levels([(one.left, one.right) for one in laid])
    for one, row in zip(laid, rows, strict=True):
        y = top - 0.85 - ROW * row
        shapes += [one.mark(y), Text((one.x, y - 0.42), one.words, SIZE, INK, one.anchor, key="other")]
    return shapes, top - ROW * (max(rows) + 1)


@dataclass(frozen=True, slots=True)
class _Laid:
    """A treatment as it stands: its room from ``left`` to ``right``, its mark, its words from or up to ``x``."""

    left: float
    right: float
    mark: Callable[[float], Shape]
    words: str
    x: float
    anchor: Literal["start", "end"]


def _laid(one: OtherTreatment, on: date, until: date, scale: Scale) -> _Laid:
    words = f"{one.words}, {one.dated}"
    if until < scale.span.start:
        words = shortened(words, scale.right - LEFT - 1.6)
        return _Laid(LEFT, LEFT + 2 + text_width(words), _before, words, LEFT + 1.6, "start")
    start, end = scale.x(on), scale.x(until)
    mark = partial(_span, start, end) if end - start > 1 else partial(_diamond, (start + end) / 2)
    if scale.width - end > start:
        words = shortened(words, scale.width - end - 1.2)
        return _Laid(start - 0.7, end + 1.2 + text_width(words), mark, words, end + 1, "start")
    words = shortened(words, start - 1.2)
    return _Laid(start - 1.2 - text_width(words), end + 0.7, mark, words, start - 1, "end")


def _before(y: float) -> Shape:
    return polygon(((LEFT, y), (LEFT + 1, y + 0.5), (LEFT + 1, y - 0.5)), _MARK, "other-before")


def _span(start: float, end: float, y: float) -> Shape:
    return line((start, y), (end, y), _SPAN, "other-span")


def _diamond(x: float, y: float) -> Shape:
    return polygon(((x, y + 0.6), (x + 0.6, y), (x, y - 0.6), (x - 0.6, y)), _MARK, "other-day")
