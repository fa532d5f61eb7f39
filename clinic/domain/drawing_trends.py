"""Trends as figures: a score with its noise band, patterns of the grid, doses muscle by muscle, all on one axis of time.

Everything is named where it stands, so that nothing needs colour or a legend. The numbers in a figure are those of the
tables, written by the same functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Final

from clinic.domain.assessments.base import Direction
from clinic.domain.drawing import Circle, Drawing, Layer, Shape, Style, Text
from clinic.domain.drawing_doses import dose_lane, dose_lanes, others_lane, session_lanes
from clinic.domain.drawing_lanes import (
    HAIRLINE,
    LEFT,
    ROW,
    SESSION_LINE,
    SIZE,
    Box,
    Scale,
    along,
    box_of,
    caption,
    free,
    line,
    place,
    polygon,
    polyline,
    rectangle,
    time_axis,
)
from clinic.domain.face_palette import ACCENT, ACCENT_DEEP, CAPTION, INK, PAPER
from clinic.domain.quantities import format_number
from clinic.domain.trends import Measured, Series
from clinic.domain.trends_content import TrendsContent
from clinic.domain.trends_patterns import Graded, Pattern, PatternGroup
from clinic.domain.trends_sessions import MuscleDoses

WIDE: Final = 70.0
NARROW: Final = 35.0
PRINT: Final = 74.0
_PLOT: Final = 17.0
_GRADES: Final = 4.8
_DOT: Final = 0.42
_DISC: Final = 0.85
_LINE: Final = Style(stroke=ACCENT, stroke_width=0.2)
_POINT: Final = Style(fill=ACCENT_DEEP, stroke=PAPER, stroke_width=0.1)
_HOLLOW: Final = Style(fill=PAPER, stroke=ACCENT_DEEP, stroke_width=0.16)
_BAND: Final = Style(fill=ACCENT, fill_opacity=0.1)
_BAND_EDGE: Final = Style(stroke=CAPTION, stroke_width=0.1, dash=(0.7, 0.4))
_STEPS: Final = tuple(Decimal(step) for step in ("0.5", "1", "2", "5", "10", "20", "25", "50", "100", "200"))


def score_figure(series: Series, content: TrendsContent, width: float) -> Drawing:
    """One score over time: band, line, values, the axis with sessions and their totals, other treatments."""
    scale = _scale(content, width)
    shapes, top = _direction(series)
    shapes += _session_lines(content, scale, top, top - _PLOT)
    shapes += _Plot(series, scale, top, [box_of(one) for one in shapes if isinstance(one, Text)]).shapes()
    below, end = _below(content, scale, top - _PLOT)
    return _drawing([*shapes, *below], width, end)


def pattern_figure(group: PatternGroup, content: TrendsContent, width: float) -> Drawing:
    """The grades of a group's patterns, each on its lane, with effects, and the doses of its muscles beneath."""
    scale = _scale(content, width)
    shapes: list[Shape] = []
    top = 0.0
    for pattern in group.patterns:
        lane, end = _pattern_lane(pattern, scale, top)
        shapes += [*_session_lines(content, scale, top - ROW, end), *lane]
        top = end
    largest = _largest(content)
    for doses in group.doses:
        lane, end = dose_lane(doses, scale, top, largest)
        shapes += [*_session_lines(content, scale, top - ROW, end), *lane]
        top = end
    below, end = _below(content, scale, top, totals=False)
    return _drawing([*shapes, *below], width, end)


def dose_figure(content: TrendsContent, width: float, doses: Sequence[MuscleDoses] | None = None) -> Drawing:
    """The doses of every muscle and side, or of the named ones, session by session."""
    scale = _scale(content, width)
    shapes, top = dose_lanes(content.doses if doses is None else doses, scale, _largest(content))
    lines = _session_lines(content, scale, -ROW, top)
    below, end = _below(content, scale, top)
    return _drawing([*lines, *shapes, *below], width, end)


def _scale(content: TrendsContent, width: float) -> Scale:
    if content.span is None:
        raise ValueError("There is nothing to draw.")
    return Scale(content.span, width)


def _drawing(shapes: Sequence[Shape], width: float, bottom: float) -> Drawing:
    return Drawing((0.0, bottom, width, 0.0), (Layer("trend", tuple(shapes)),))


def _largest(content: TrendsContent) -> dict[str, Decimal]:
    """The largest dose of each product in any muscle: bars compare within a product, never across."""
    found: dict[str, Decimal] = {}
    for doses in content.doses:
        for bar in doses.bars:
            found[bar.product] = max(bar.units, found.get(bar.product, Decimal(0)))
    return found


def _below(content: TrendsContent, scale: Scale, top: float, *, totals: bool = True) -> tuple[list[Shape], float]:
    shapes, top = time_axis(scale, top)
    marks, top = session_lanes(content.sessions, scale, top, totals=totals)
    others, top = others_lane(content.others, scale, top)
    return [*shapes, *marks, *others], top - 0.4


def _session_lines(content: TrendsContent, scale: Scale, top: float, bottom: float) -> list[Shape]:
    days = dict.fromkeys(one.on for one in content.sessions)
    return [line((scale.x(day), top), (scale.x(day), bottom), SESSION_LINE, "session") for day in days]


def _direction(series: Series) -> tuple[list[Shape], float]:
    """Which way is better, with an arrow."""
    direction = series.kind.direction
    if direction is Direction.NONE:
        return [], -1.6
    tip, tail = (-0.35, -1.25) if direction is Direction.HIGHER else (-1.25, -0.35)
    back = tail + (tip - tail) * 0.5
    arrow = polygon(((0.7, tip), (1.2, back), (0.2, back)), Style(fill=CAPTION))
    shaft = line((0.7, tail), (0.7, back), Style(stroke=CAPTION, stroke_width=0.2))
    return [arrow, shaft, Text((1.7, -SIZE), direction.value, SIZE, CAPTION, "start", key="direction")], -2.6


class _Plot:
    """The plot of a score between two heights."""

    def __init__(self, series: Series, scale: Scale, top: float, labels: Sequence[Box]) -> None:
        self.series, self.scale, self.top = series, scale, top
        low, high = series.kind.axis or (series.kind.minimum, series.kind.maximum)
        values = [point.value for point in (*series.line, *series.beside)]
        if series.kind.unit:  # The ends of a measure are those of its entry field, far from what a face can do.
            low, high = min(Decimal(0), *values), max(Decimal(1), *values)
        self.low, self.high = min(low, *values), max(high, *values)
        self.lines = [box for part in series.stretches for box in along([self._at(one) for one in part])]
        self.labels = [*labels]

    def y(self, value: Decimal) -> float:
        """The height of a value; what lies beyond the axis stands at its end."""
        inside = min(max(value, self.low), self.high)
        return self.top - _PLOT * float((self.high - inside) / (self.high - self.low))

    def shapes(self) -> list[Shape]:
        """Band behind ruled lines behind the line of the score behind its points behind their values."""
        return [*self._bands(), *self._ruled(), *self._lines(), *self._points()]

    def _ruled(self) -> list[Shape]:
        shapes: list[Shape] = []
        step = next((one for one in _STEPS if (self.high - self.low) / one <= 5), _STEPS[-1])
        value = (self.low / step).to_integral_value(ROUND_CEILING) * step
        while value <= self.high:
            y = self.y(value)
            shapes.append(line((LEFT, y), (self.scale.right, y), HAIRLINE))
            shapes.append(Text((LEFT - 0.5, y - 0.42), format_number(value), SIZE, CAPTION, "end", key="rule"))
            value += step
        return shapes

    def _bands(self) -> list[Shape]:
        shapes: list[Shape] = []
        for band in self.series.bands:
            left, right = self.scale.x(band.start) - 0.8, self.scale.x(band.end) + 0.8
            low, high = self.y(band.low), self.y(band.high)
            shapes.append(rectangle(left, low, right, high, _BAND, "band"))
            for value, y in ((band.low, low), (band.high, high)):
                if self.low <= value <= self.high:
                    shapes.append(line((left, y), (right, y), _BAND_EDGE))
            inner = max(right, left + 9) - 0.4
            corners = [(inner, high - 1.4), (inner, low + 0.5), (inner / 2, high - 1.4), (inner / 2, low + 0.5)]
            labels = [Text(at, band.label, SIZE, CAPTION, "end", key="noise") for at in corners]
            label = free(labels, self.lines) or labels[0]
            self.labels.append(box_of(label))
            shapes.append(label)
        return shapes

    def _lines(self) -> list[Shape]:
        parts = [[self._at(point) for point in part] for part in self.series.stretches]
        return [polyline(part, _LINE, "line") for part in parts if len(part) > 1]

    def _at(self, point: Measured) -> tuple[float, float]:
        return self.scale.x(point.on), self.y(point.value)

    def _points(self) -> list[Shape]:
        series = self.series
        both = [(point, _POINT, "point") for point in series.line] + [(one, _HOLLOW, "beside") for one in series.beside]
        shapes: list[Shape] = [Circle(self._at(point), _DOT, style, key) for point, style, key in both]
        dots = [Box(x - _DOT, y - _DOT, x + _DOT, y + _DOT) for x, y in (self._at(one) for one, _, _ in both)]
        # The newest number is sure of its place, then the first, then the others in turn.
        for point, _, key in sorted(both, key=lambda one: (one[0] is not series.line[-1], one[2] != "point")):
            label = self._label(point, dots, bold=key == "point")
            shapes += [label] if label else []
        return shapes

    def _label(self, point: Measured, dots: Sequence[Box], *, bold: bool) -> Text | None:
        """The number of a point: clear of lines and points, or at least of other numbers; None without room."""
        (x, y), text = self._at(point), point.text or format_number(point.value)
        side = 0.9 + len(text) * SIZE * 0.27
        around = [(x, y + 0.75), (x, y - 1.75), (x + side, y - 0.4), (x - side, y - 0.4)]
        around += [(x + side, y + 0.6), (x - side, y + 0.6), (x + side, y - 1.4), (x - side, y - 1.4), (x, y + 2.1)]
        inside = [at for at in around if at[1] > self.top - _PLOT or at[1] > y]
        tried = [Text(at, text, SIZE, INK, "middle", bold, key="value") for at in inside if at[1] + SIZE < 0]
        found = free(tried, [*self.labels, *self.lines, *dots]) or free(tried, [*self.labels, *dots])
        if found is not None:
            self.labels.append(box_of(found))
        return found


def _pattern_lane(pattern: Pattern, scale: Scale, top: float) -> tuple[list[Shape], float]:
    """Grades 0 to 3 as numbered discs on steps, and what the reviews said under the session they speak of."""
    shapes: list[Shape] = [caption(pattern.label, top, scale.width)]
    top -= ROW + 0.9
    floor = top - _GRADES

    def at(one: Graded) -> tuple[float, float]:
        return scale.x(one.on), floor + _GRADES * one.grade / 3

    for grade in range(4):
        y = floor + _GRADES * grade / 3
        shapes.append(line((LEFT, y), (scale.right, y), HAIRLINE))
    for number in (0, 3):
        y = floor + _GRADES * number / 3 - 0.42
        shapes.append(Text((LEFT - 0.5, y), str(number), SIZE, CAPTION, "end", key="rule"))
    for part in pattern.stretches:
        points = [at(one) for one in part]
        stepped = [points[0]]
        for x, y in points[1:]:
            stepped += [(x, stepped[-1][1]), (x, y)]
        if len(part) > 1:
            shapes.append(polyline(stepped, _LINE, "line"))
    for one in pattern.beside:
        x, y = at(one)
        shapes.append(Circle((x + _DISC * 2, y), _DISC, _HOLLOW, "beside"))
        shapes.append(Text((x + _DISC * 2, y - 0.42), str(one.grade), SIZE, INK, key="value"))
    for one in pattern.grades:
        x, y = at(one)
        shapes.append(Circle((x, y), _DISC, _POINT, "point"))
        shapes.append(Text((x, y - 0.42), str(one.grade), SIZE, PAPER, "middle", bold=True, key="value"))
    effects, end = _effects(pattern, scale, floor - 0.9)
    return [*shapes, *effects], end


def _effects(pattern: Pattern, scale: Scale, top: float) -> tuple[list[Shape], float]:
    if not pattern.effects:
        return [], top - 0.4
    taken: list[Box] = []
    shapes: list[Shape] = []
    for one in pattern.effects:
        half = len(one.short) * SIZE * 0.27
        x = min(max(scale.x(one.session_on), half), scale.width - half)
        label = place(one.short, [(x, top - 1.4 - ROW * row) for row in range(6)], taken, fill=ACCENT_DEEP)
        shapes += [label] if label else []
    return shapes, min(box.bottom for box in taken) - 0.6
