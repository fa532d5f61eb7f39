"""The balance of a session: each muscle's units of the right and of the left, from one upright line to both sides."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import Final

from clinic.domain.anatomy import muscle_label
from clinic.domain.dose_histories import Balance
from clinic.domain.drawing import Drawing, Layer, Shape, Style, Text
from clinic.domain.drawing_lanes import AXIS, SIZE, line, rectangle, text_width
from clinic.domain.face_palette import ACCENT, CAPTION, INK
from clinic.domain.quantities import format_number
from clinic.domain.trends_sessions import named

WIDTH: Final = 44.0
_NAMES: Final = 18.0
"""Room for the names in the middle: the bars grow away from them, as the sides of a face seen from the front."""
_BAR: Final = 9.4
_STEP: Final = 2.2
_TALL: Final = 3.6
_HALF: Final = 0.62
_SOLID: Final = Style(fill=ACCENT)


def balance_figure(balance: Sequence[Balance]) -> Drawing:
    """The patient's right on the left of the picture, as the face is drawn; one part a product, each on its own scale."""
    left, right = (WIDTH - _NAMES) / 2, (WIDTH + _NAMES) / 2
    shapes: list[Shape] = []
    top = 0.0
    for product, run in groupby(balance, key=lambda one: one.product):
        rows = [*run]
        largest = max(units for one in rows for units in (one.right, one.left, one.midline) if units is not None)
        shapes.append(Text((WIDTH / 2, top - 1.4), f"Units, {named(product)}", SIZE, CAPTION, key="caption"))
        shapes.append(Text((left, top - 3.1), "patient’s right", SIZE, CAPTION, "end", key="side"))
        shapes.append(Text((right, top - 3.1), "patient’s left", SIZE, CAPTION, "start", key="side"))
        top -= 3.6
        start = top
        for one in rows:
            step = _STEP if len(_lines(_name(one))) == 1 else _TALL
            shapes += _row(one, top - step / 2, left, right, largest)
            top -= step
        shapes += [line((x, start), (x, top), AXIS) for x in (left, right)]
        top -= 0.8
    return Drawing((0.0, top, WIDTH, 0.0), (Layer("balance", tuple(shapes)),))


def _row(one: Balance, y: float, left: float, right: float, largest: Decimal) -> list[Shape]:
    lines = _lines(_name(one))
    first = y - 0.45 + 0.75 * (len(lines) - 1)
    shapes: list[Shape] = [
        Text((WIDTH / 2, first - 1.5 * number), part, SIZE, INK, key="muscle") for number, part in enumerate(lines)
    ]
    for units, x, sign in ((one.right, left, -1), (one.left, right, 1)):
        if units is None:
            continue
        end = x + sign * max(0.15, _BAR * float(units / largest))
        shapes.append(rectangle(min(x, end), y - _HALF, max(x, end), y + _HALF, _SOLID, "bar"))
        anchor = "end" if sign < 0 else "start"
        shapes.append(
            Text((end + sign * 0.4, y - 0.45), format_number(units), SIZE, INK, anchor, bold=True, key="dose")  # type: ignore[arg-type]
        )
    return shapes


def _name(one: Balance) -> str:
    name = muscle_label(one.muscle)
    return name if one.midline is None else f"{name}, midline {format_number(one.midline)}"


def _lines(name: str) -> list[str]:
    """A name on one line, or on two where it is wider than its room."""
    if text_width(name) <= _NAMES - 0.6:
        return [name]
    words = name.split(" ")
    cuts = [(" ".join(words[:cut]), " ".join(words[cut:])) for cut in range(1, len(words))]
    return [*min(cuts, key=lambda pair: max(map(len, pair)))]
