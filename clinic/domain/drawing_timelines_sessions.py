"""Injection sessions on the timeline: small faces, a mark each with its touch-ups, and under it the units by product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from clinic.domain.drawing import Shape, Style, Text
from clinic.domain.drawing_lanes import HAIRLINE, Box, box_of, line, shortened
from clinic.domain.drawing_timelines_axis import (
    COLUMN,
    LEFT,
    SIZE,
    WIDE,
    Axis,
    Drawn,
    Placed,
    ends,
    gathered_mark,
    heading,
    in_time,
    none_words,
    room_of,
)
from clinic.domain.drawing_timelines_marks import DISC, dot, ink
from clinic.domain.drawing_timelines_rows import Group, Row, grouped, laid_out
from clinic.domain.face_palette import CAPTION, INK
from clinic.domain.timelines import Item, Lane, View

FACES: Final = 10
"""Small faces on a page: each is a picture, and the page stays small."""
FACE: Final = (5.4, 6.9)
_MOST: Final = 2
_ROW: Final = 2.0
_LINE: Final = 1.8
_JOINT: Final = Style(stroke=ink(Lane.SESSIONS), stroke_width=0.16)


def session_lane(view: View, axis: Axis, top: float) -> Drawn:
    """The sessions; the units of each product stand on a line of their own, because they are never added or compared."""
    groups = grouped(view.of(Lane.SESSIONS))
    if not groups:
        return Drawn([heading(Lane.SESSIONS, top), none_words(axis, top)], [], top - 2.4)
    rows = laid_out(groups, lambda one: room_of(one, axis), _MOST, COLUMN)
    faces = _faces(rows, axis)
    first = top - (FACE[1] + 0.7 if faces else 0.2) - 1.0
    below = first - _ROW * max(row.row for row in rows) - 1.0
    shown = [item for row in rows if not row.group.gathered for item in row.group.items]
    brands = dict.fromkeys(brand for item in shown for brand, _ in item.totals)
    floors = {brand: below - _LINE * (number + 1) + 0.4 for number, brand in enumerate(brands)}
    numbers = _numbers(shown, floors, below - _LINE + 0.4, axis)
    placed: list[Placed] = []
    for row in sorted(rows, key=in_time):
        placed += _placed(row, axis, first - _ROW * row.row, faces.get(row.group.first.key), top, numbers)
    ground: list[Shape] = [heading(Lane.SESSIONS, top)]
    for brand, y in floors.items():
        ground.append(Text((LEFT - 0.6, y), shortened(f"units {brand}", 13.5), SIZE, CAPTION, "end"))
    lines = max(len(floors), any(not item.totals for item in shown))
    return Drawn(ground, [(Lane.SESSIONS.label, tuple(placed))], below - _LINE * lines - 0.4)


def _faces(rows: Iterable[Row], axis: Axis) -> dict[str, Box]:
    """Boxes for small faces over their sessions, the newest first, as long as there is room."""
    found: dict[str, Box] = {}
    taken: list[Box] = []
    alone = (row.group.first for row in rows if not row.group.gathered)
    for item in sorted(alone, key=lambda one: (str(one.on), one.key), reverse=True):
        if not item.sites or len(found) == FACES:
            continue
        middle = min(max(ends(item, axis)[0], axis.start + FACE[0] / 2), WIDE - FACE[0] / 2)
        box = Box(middle - FACE[0] / 2, 0.0, middle + FACE[0] / 2, FACE[1])
        if not any(box.hits(other) for other in taken):
            taken.append(Box(box.left - 0.2, box.bottom, box.right + 0.2, box.top))
            found[item.key] = box
    return found


def _numbers(shown: Sequence[Item], floors: dict[str, float], first: float, axis: Axis) -> dict[str, list[Text]]:
    """Units under their sessions where they hide no other, the newest first; a draft and a voided one say so."""
    taken: list[Box] = []
    found: dict[str, list[Text]] = {}
    for item in sorted(shown, key=lambda one: (str(one.on), one.key), reverse=True):
        x = ends(item, axis)[0]
        said = [(units, floors[brand], INK) for brand, units in item.totals] or [(item.short, first, CAPTION)]
        texts = [Text((x, y), words, SIZE, fill) for words, y, fill in said if words]
        boxes = [box_of(text) for text in texts]
        if not any(box.hits(other) for box in boxes for other in taken):
            taken += boxes
            found[item.key] = texts
    return found


def _placed(
    row: Row, axis: Axis, y: float, face: Box | None, top: float, numbers: dict[str, list[Text]]
) -> list[Placed]:
    """The marks of a group: one, or a session and its touch-ups joined by a line."""
    if row.group.gathered:
        return [gathered_mark(row.group, axis, y)]
    found = []
    before = ends(row.group.first, axis)[0]
    for item in row.group.items:
        x = ends(item, axis)[0]
        shapes: list[Shape] = [line((before, y), (x, y), _JOINT)] if x > before else []
        shapes += [*dot(item, x, y), *numbers.get(item.key, ())]
        box = None
        if face and item is row.group.first:
            box = Box(face.left, top - 0.3 - FACE[1], face.right, top - 0.3)
            shapes.append(line((x, box.bottom), (x, y + DISC), HAIRLINE))
        found.append(Placed(Group((item,)), tuple(shapes), box))
    return found
