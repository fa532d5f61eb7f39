"""How a thing looks on the timeline. Shape says its state; colour only repeats it.

A filled disc stands, a dashed ring is a draft, a crossed ring is voided, a diamond is ahead. A bar lasts; with a dashed
outline its date is uncertain, with an arrow it has no end on record. A box with a number holds several.
"""

from __future__ import annotations

from typing import Final

from clinic.domain.drawing import Circle, Shape, Style, Text
from clinic.domain.drawing_lanes import line, polygon, rectangle
from clinic.domain.face_palette import ACCENT, ACCENT_DEEP, CAPTION, INK, PAPER, PLAN, WORKED
from clinic.domain.timelines import Item, Lane, State

DISC: Final = 0.5
REACH: Final = 1.0
"""Half of the room that a pointer has to hit a mark."""
_TIP: Final = 0.6
_INK: Final = {
    Lane.SESSIONS: ACCENT_DEEP,
    Lane.REVIEWS: WORKED,
    Lane.PLAN: PLAN,
    Lane.THERAPY: PLAN,
    Lane.SCORES: ACCENT,
}


def ink(lane: Lane) -> str:
    """The colour of a lane's marks."""
    return _INK.get(lane, INK)


def dot(item: Item, x: float, y: float) -> tuple[Shape, ...]:
    """A thing of one day; the page's style sheet widens it for a pointer."""
    colour = ink(item.lane)
    if item.state is State.DRAFT:
        return (Circle((x, y), DISC, Style(fill=PAPER, stroke=colour, stroke_width=0.16, dash=(0.3, 0.25))),)
    if item.state is State.VOIDED:
        cross = Style(stroke=INK, stroke_width=0.16)
        ring = Circle((x, y), DISC, Style(fill=PAPER, stroke=INK, stroke_width=0.12))
        far = DISC * 0.95
        return (
            ring,
            line((x - far, y - far), (x + far, y + far), cross),
            line((x - far, y + far), (x + far, y - far), cross),
        )
    if item.state is State.AHEAD:
        reach = DISC * 1.2
        corners = ((x, y + reach), (x + reach, y), (x, y - reach), (x - reach, y))
        return (polygon(corners, Style(fill=PAPER, stroke=colour, stroke_width=0.16)),)
    return (Circle((x, y), DISC * (0.75 if item.parent else 1), Style(fill=colour)),)


def bar(item: Item, start: float, end: float, y: float, *, upright: bool = False) -> tuple[Shape, ...]:
    """A thing that lasts, from ``start`` to ``end`` along the axis, ``y`` across it."""
    colour = ink(item.lane)
    half = 0.34 if upright else 0.45
    if item.uncertain or item.state is State.DRAFT:
        style = Style(fill=PAPER, stroke=colour, stroke_width=0.12, dash=(0.35, 0.3))
    else:
        style = Style(fill=colour, fill_opacity=0.28, stroke=colour, stroke_width=0.12)
    corners = [(start, y - half), (start, y + half), (end, y + half), (end, y - half)]
    if item.ongoing:
        tip = end + _TIP if end > start else end - _TIP
        corners.insert(3, (tip, y))
    turned = [(across, along) for along, across in corners] if upright else corners
    return (polygon(turned, style),)


def count(number: int, x: float, y: float, colour: str, size: float) -> tuple[Shape, ...]:
    """Several things under their number."""
    half = max(0.95, 0.36 * size * len(str(number)) + 0.35)
    box = rectangle(x - half, y - 0.85, x + half, y + 0.85, Style(fill=PAPER, stroke=colour, stroke_width=0.16))
    return box, Text((x, y - size * 0.36), str(number), size, colour, bold=True)


def several(x: float, y: float, colour: str) -> Shape:
    """Several things whose number stands in the words beside them."""
    return rectangle(x - 0.5, y - 0.5, x + 0.5, y + 0.5, Style(fill=PAPER, stroke=colour, stroke_width=0.2))


def today_line(start: tuple[float, float], end: tuple[float, float]) -> Shape:
    """Where today stands."""
    return line(start, end, Style(stroke=CAPTION, stroke_width=0.14, dash=(0.5, 0.35)))
