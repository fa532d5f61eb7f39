"""Dose and effect of one muscle on an axis of time: units, weeks of benefit, grades of its patterns, events.

Everything is named where it stands. Bars compare within the muscle and the product only; where the product changes, the
ground line breaks, a dashed line stands between, and both brands are named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Final

from clinic.domain.assessments.grid import MAXIMUM, Place
from clinic.domain.dose_effect_panels import Benefit, Entry, Panel
from clinic.domain.dose_effect_windows import Rating
from clinic.domain.dose_effects import DoseEffects
from clinic.domain.dose_sessions import product_runs
from clinic.domain.drawing import Circle, Drawing, Layer, Shape, Style, Text
from clinic.domain.drawing_doses import others_lane
from clinic.domain.drawing_lanes import (
    AXIS,
    HAIRLINE,
    LEFT,
    ROW,
    SESSION_LINE,
    SIZE,
    Box,
    Scale,
    caption,
    levels,
    line,
    place,
    polyline,
    rectangle,
    text_width,
    time_axis,
)
from clinic.domain.face_palette import ACCENT, ACCENT_DEEP, CAPTION, INK, PAPER
from clinic.domain.patients import DatePrecision
from clinic.domain.quantities import format_number
from clinic.domain.reviews import weeks
from clinic.domain.trends_sessions import OtherTreatment, brand, other_treatment

WIDE: Final = 50.0
NARROW: Final = 33.0
PRINT: Final = 74.0
_BAR: Final = 4.2
_HALF: Final = 0.62
_GRADES: Final = 3.9
_DISC: Final = 0.72
_DOT: Final = 0.3
_NUMBER: Final = 1.1
_SOLID: Final = Style(fill=ACCENT)
_OPEN: Final = Style(fill=PAPER, stroke=ACCENT_DEEP, stroke_width=0.16)
_STEP: Final = Style(stroke=ACCENT, stroke_width=0.18)
_POINT: Final = Style(fill=ACCENT_DEEP)
_SPAN: Final = Style(stroke=ACCENT_DEEP, stroke_width=0.5)
_OPEN_SPAN: Final = Style(stroke=ACCENT_DEEP, stroke_width=0.3, dash=(0.5, 0.5))
_BREAK: Final = Style(stroke=INK, stroke_width=0.12, dash=(0.5, 0.4))
_OTHER: Final = Style(stroke=INK, stroke_width=0.1)


def effect_figure(panel: Panel, content: DoseEffects, width: float) -> Drawing:
    """One panel. The axis is the same in all panels, so that they can be read one below the other."""
    if content.span is None:
        raise ValueError("There is nothing to draw.")
    scale = Scale(content.span, width)
    shapes: list[Shape] = []
    top = 0.0
    for lane in _lanes(panel):
        found, end = lane(scale, top)
        shapes += [*_verticals(content, scale, top - ROW, end), *found] if found else []
        top = end
    axis, top = time_axis(scale, top)
    others, top = others_lane(content.others, scale, top)
    return Drawing((0.0, top - 0.3, width, 0.0), (Layer("effects", (*shapes, *axis, *others)),))


def _lanes(panel: Panel) -> list[Callable[[Scale, float], tuple[list[Shape], float]]]:
    """The lanes of a panel from above, each to be drawn from a height down."""
    grades = [partial(_grade_lane, panel, pattern) for pattern in panel.drawn]
    return [partial(_dose_lane, panel), partial(_benefit_lane, panel.entries), *grades, partial(_event_lane, panel)]


def _verticals(content: DoseEffects, scale: Scale, top: float, bottom: float) -> list[Shape]:
    """Every session pale and dashed, whether it treated this muscle or not; every other treatment thin and solid."""
    days = dict.fromkeys(one.on for one in content.sessions)
    shapes: list[Shape] = [line((scale.x(day), top), (scale.x(day), bottom), SESSION_LINE, "session") for day in days]
    middles = dict.fromkeys(
        one.on + (one.until - one.on) / 2 for one in content.others if one.on is not None and one.until is not None
    )
    return shapes + [line((scale.x(day), top), (scale.x(day), bottom), _OTHER, "other") for day in middles]


def _dose_lane(panel: Panel, scale: Scale, top: float) -> tuple[list[Shape], float]:
    """A bar a session: what was given at the session solid, a touch-up open on top of it."""
    entries = panel.entries
    shapes: list[Shape] = [caption("Units", top, scale.width)]
    floor = top - ROW - 2.6 - _BAR
    places = [scale.x(entry.session.on) for entry in entries]
    nearest = min((later - earlier for earlier, later in pairwise(places)), default=scale.width)
    half = max(0.12, min(_HALF, nearest * 0.4))
    largest = _largest(entries)
    taken: list[Box] = []
    names: list[Box] = []
    runs = product_runs(entries, lambda entry: tuple(one.product for one in entry.amounts))
    for number, run in enumerate(runs):
        left, right = scale.x(run[0].session.on) - half - 0.1, scale.x(run[-1].session.on) + half + 0.1
        shapes.append(line((left, floor), (right, floor), AXIS, "run"))
        for entry in run:
            shapes += _bars(entry, scale.x(entry.session.on), half, floor, largest, taken)
        words = " and ".join(brand(product) for product in dict.fromkeys(one.product for one in run[0].amounts))
        x = min(max((left + right) / 2, text_width(words) / 2 + 0.2), scale.width - text_width(words) / 2 - 0.2)
        name = place(words, [(x, floor - 1.5 - ROW * row) for row in range(4)], names, bold=False, fill=CAPTION)
        shapes += [name] if name else []
        if number:
            middle = (scale.x(runs[number - 1][-1].session.on) + scale.x(run[0].session.on)) / 2
            shapes.append(line((middle, floor - 0.6), (middle, floor + _BAR + 1.6), _BREAK, "product-change"))
    return shapes, min([floor, *(box.bottom for box in names)]) - 0.7


def _largest(entries: Sequence[Entry]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for one in (amount for entry in entries for amount in entry.amounts):
        found[one.product] = max(one.total, found.get(one.product, Decimal(0)))
    return found


def _bars(
    entry: Entry, x: float, half: float, floor: float, largest: dict[str, Decimal], taken: list[Box]
) -> list[Shape]:
    shapes: list[Shape] = []
    count = len(entry.amounts)
    for number, one in enumerate(entry.amounts):
        left = x - half + 2 * half * number / count
        right = left + 2 * half / count
        own, all_of_it = (_BAR * float(units / largest[one.product]) for units in (one.own, one.total))
        if own:
            shapes.append(rectangle(left, floor, right, floor + own, _SOLID, "bar"))
        if one.added:
            shapes.append(rectangle(left, floor + own, right, floor + all_of_it, _OPEN, "touch-up"))
    height = max(_BAR * float(one.total / largest[one.product]) for one in entry.amounts)
    words = " / ".join(
        "+".join(format_number(units) for units in (one.own, one.added) if units) for one in entry.amounts
    )
    label = place(words, [(x, floor + height + 0.3 + 1.2 * row) for row in range(3)], taken)
    return [*shapes, replace(label, key="dose")] if label else shapes


def _benefit_lane(entries: Sequence[Entry], scale: Scale, top: float) -> tuple[list[Shape], float]:
    """From the session to the day on which it had worn off, with its weeks; dashed while nobody knows the end."""
    found = [entry.benefit for entry in entries if entry.benefit]
    if not found:
        return [], top
    shapes: list[Shape] = [caption("Weeks of benefit, whole session", top, scale.width)]
    top -= ROW + 1.0
    spans = [_benefit_span(one, scale) for one in found]
    rows = levels([(start - 0.3, max(end, start + text_width(words)) + 0.3) for start, end, words in spans])
    for one, (start, end, words), row in zip(found, spans, rows, strict=True):
        y = top - 2.1 * row
        shapes.append(line((start, y), (end, y), _OPEN_SPAN if one.days is None else _SPAN, "benefit"))
        middle = max((start + end) / 2, start + text_width(words) / 2)
        shapes.append(Text((middle, y - 1.35), words, SIZE, INK, bold=True, key="weeks"))
    return shapes, top - 2.1 * max(rows) - 2.0


def _benefit_span(one: Benefit, scale: Scale) -> tuple[float, float, str]:
    """Where it begins and ends, and its whole weeks; ``5+`` while it lasts."""
    days = one.asked_day if one.days is None else one.days
    words = str(weeks(days)) if one.days is not None else f"{weeks(days)}+"
    if one.days is None and one.words.startswith("worn off"):
        words = "?"
    start = scale.x(one.start)
    return start, max(start + 0.4, scale.x(one.start + timedelta(days=days))), words


def _grade_lane(panel: Panel, pattern: Place, scale: Scale, top: float) -> tuple[list[Shape], float]:
    """Grades as steps: a number where the grade is another than before it, a dot where it is the same."""
    shapes: list[Shape] = [caption(panel.named(pattern), top, scale.width)]
    floor = top - ROW - 0.8 - _GRADES
    found = panel.ratings(pattern)
    for grade in (0, MAXIMUM):
        y = floor + _GRADES * grade / MAXIMUM
        shapes.append(line((LEFT, y), (scale.right, y), HAIRLINE))
        shapes.append(Text((LEFT - 0.5, y - 0.42), str(grade), SIZE, CAPTION, "end", key="rule"))

    def at(one: Rating) -> tuple[float, float]:
        return scale.x(one.on), floor + _GRADES * one.grade / MAXIMUM

    for part in panel.stretches[pattern]:
        stepped = [at(part[0])]
        for one in part[1:]:
            x, y = at(one)
            stepped += [(x, stepped[-1][1]), (x, y)]
        if len(part) > 1:
            shapes.append(polyline(stepped, _STEP, "grades"))
    labelled = [
        one
        for part in panel.stretches[pattern]
        for before, one in zip((None, *part), part, strict=False)
        if before is None or before.grade != one.grade
    ]
    shapes += [Circle(at(one), _DOT, _POINT, "same") for one in found if one not in labelled]
    shapes += [Circle(at(one), _DISC, _POINT, "grade") for one in labelled]
    for one in labelled:
        x, y = at(one)
        shapes.append(Text((x, y - 0.38), str(one.grade), _NUMBER, PAPER, bold=True, key="value"))
    said, end = _said(panel, pattern, scale, floor - 0.8)
    return [*shapes, *said], end


def _said(panel: Panel, pattern: Place, scale: Scale, top: float) -> tuple[list[Shape], float]:
    """What the newest review said of each session, under the session."""
    taken: list[Box] = []
    shapes: list[Shape] = []
    for entry in panel.entries:
        said = [one.said[-1] for one in entry.outcomes if one.place == pattern and one.said]
        for effect in said:
            words = effect.short.removesuffix(" better")
            half = text_width(words) / 2
            x = min(max(scale.x(entry.session.on), half), scale.width - half)
            label = place(words, [(x, top - 1.3 - 1.4 * row) for row in range(4)], taken, bold=False, fill=ACCENT_DEEP)
            shapes += [label] if label else []
    return shapes, min((box.bottom for box in taken), default=top) - 0.5


def _event_lane(panel: Panel, scale: Scale, top: float) -> tuple[list[Shape], float]:
    events: list[OtherTreatment] = [
        other_treatment(event.short, event.on or entry.session.on, DatePrecision.DAY)
        for entry in panel.entries
        for event in entry.events
    ]
    return others_lane(events, scale, top, "Adverse events at a site of this muscle")
