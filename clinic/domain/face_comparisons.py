"""What changed between two sessions, on one face.

A mark reads without colour: a plain disc is as before, a disc in a ring was added, a dashed hollow one is no longer given,
a disc with a sign beside it has another dose, a diamond cannot be compared, a line leads from where a moved site was.
Beside each mark stand its change in units and the number of its row in the table; each is placed where it covers least.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from clinic.domain.anatomy import view_box
from clinic.domain.comparison_tables import Numbered
from clinic.domain.comparisons import Kind
from clinic.domain.drawing import Circle, Close, Drawing, Layer, LineTo, MoveTo, Path, Point, Shape, Style, Text
from clinic.domain.face_drawing import face
from clinic.domain.face_marks import mark_radius
from clinic.domain.face_numbers import text_width
from clinic.domain.face_palette import ACCENT, ACCENT_DEEP, CAPTION, GHOST, INK, PAPER, TOO_WEAK
from clinic.domain.quantities import MINUS, format_number

LAYER: Final = "comparison"
WIDE: Final = 1.2
NARROW: Final = 1.55
"""How much larger marks and words are drawn than on a chart, which is wider: beside a table, and on a phone."""
_DOSE: Final = 0.34
_CHANGE: Final = 0.4
_NUMBER: Final = 0.3
_RING: Final = 0.15
_GAP: Final = 0.07
_DIAMOND: Final = 0.36
_DISTANCES: Final = (0.0, 0.35, 0.8, 1.3, 1.9, 2.6)
_ON_MARK: Final = 10
_ON_WORDS: Final = 60
_OUTSIDE: Final = 50
_STEP: Final = 0.15
_TURN: Final = 0.002
"""What a place costs: covering a mark, other words or the edge (a geometry unit), a step farther, a turn further."""
_DIRECTIONS: Final = ((1, 0), (1, 1), (1, -1), (0, 1), (0, -1), (-1, 1), (-1, -1), (-1, 0))
_LEGEND: Final = (
    (Kind.ADDED, "Disc in a ring: added."),
    (Kind.REMOVED, "Dashed and hollow: no longer given."),
    (Kind.CHANGED, "Disc with + or −: units more or less."),
    (Kind.MOVED, "Dot and line: where a moved site was."),
    (Kind.OTHER_PRODUCT, "Diamond with ≠: not comparable, see the table."),
    (Kind.SAME, "Grey disc: as before, with its units."),
)
GIVEN: Final = "Grey disc: given, with its units."
"""What the marks mean where there is nothing before."""
_AS_BEFORE: Final = Style(GHOST, PAPER, 0.05)
_NOW: Final = Style(ACCENT_DEEP, PAPER, 0.05)
_ADDED: Final = Style(ACCENT, PAPER, 0.05)
_RINGED: Final = Style(None, ACCENT, 0.08)
_GONE: Final = Style(PAPER, ACCENT_DEEP, 0.07, (0.13, 0.1), 0.85)
_APART: Final = Style(PAPER, TOO_WEAK, 0.09)
_FROM: Final = Style(None, ACCENT_DEEP, 0.06, (0.06, 0.1))
_LEADER: Final = Style(None, INK, 0.03, stroke_opacity=0.7)

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Mark:
    """A mark as it is drawn, with the words that stand beside it."""

    number: int
    kind: Kind
    at: Point
    radius: float
    inside: str
    beside: str
    was: Point | None

    @property
    def key(self) -> str:
        return f"site:{self.number}"

    @property
    def reach(self) -> float:
        """How far it extends."""
        if self.kind is Kind.ADDED:
            return self.radius + _RING
        return self.radius


def legend(sites: Iterable[Numbered], *, numbered: bool = True) -> tuple[str, ...]:
    """What the marks mean, only for those that are there."""
    kinds = {one.change.kind for one in sites}
    said = [words for kind, words in _LEGEND if kind in kinds]
    if not said:
        return ()
    rows = ["The small number is the row of the table."] if numbered else []
    return (*said, *rows, "The area of a disc grows with its dose; it does not show spread.")


def description(sites: Iterable[Numbered]) -> str:
    """The marks in words, without those that are as before."""
    told = [one for one in sites if one.change.kind is not Kind.SAME]
    listed = "; ".join(f"{one.number} {one.change.now.label}: {one.change.words}" for one in told)
    return f"Face seen from the front, the patient’s right on the viewer’s left. {listed or 'Every site is as before'}."


def compared_face(sites: Iterable[Numbered], larger: float = WIDE) -> Drawing:
    """The face with what changed."""
    plate = face()
    return Drawing(plate.view_box, (*plate.layers, changes_layer(sites, larger)), plate.clip)


def changes_drawing(sites: Iterable[Numbered], larger: float = WIDE, *, numbered: bool = True) -> Drawing:
    """Only what changed, to lie over ``face()``; without numbers where no table has them."""
    return Drawing(face().view_box, (changes_layer(sites, larger, numbered=numbered),))


def changes_layer(sites: Iterable[Numbered], larger: float = WIDE, *, numbered: bool = True) -> Layer:
    """The layer of marks: what is as before lies below, words lie above all marks."""
    marks = [_mark(one, larger) for one in sites]
    order = sorted(
        marks, key=lambda one: (one.kind is not Kind.SAME, one.kind is not Kind.REMOVED, -one.radius, one.number)
    )
    shapes = [shape for one in order for shape in _body(one, larger)]
    return Layer(LAYER, (*shapes, *_words(order, larger, numbered)))


def _mark(one: Numbered, larger: float) -> _Mark:
    change = one.change
    now = change.now
    kind = change.kind
    # Words must grow with a small face; marks less, or they would hide each other.
    radius = math.sqrt(larger) * (_DIAMOND if kind is Kind.OTHER_PRODUCT else mark_radius(now.units))
    dose = format_number(now.units) if now.units else "?"
    fits = text_width(dose, _DOSE * larger) <= 1.8 * radius
    beside = _beside(one)
    if kind in (Kind.SAME, Kind.CHANGED, Kind.MOVED) and not fits:
        beside = f"{dose} {beside}".strip()
    inside = dose if fits and kind in (Kind.SAME, Kind.CHANGED, Kind.MOVED) else ""
    inside = "≠" if kind is Kind.OTHER_PRODUCT else inside
    was = None
    if change.before is not None and change.moved_words:
        was = (change.before.x / 100, change.before.y / 100)
    return _Mark(one.number, kind, (now.x / 100, now.y / 100), radius, inside, beside, was)


def _beside(one: Numbered) -> str:
    """The change in figures: units stand in the table's heading and in the legend."""
    change = one.change
    if change.kind is Kind.OTHER_PRODUCT:
        return ""
    if change.units is None:
        return f"{'+' if change.kind is Kind.ADDED else MINUS}{format_number(change.now.units) if change.now.units else '?'}"
    return f"{'+' if change.units > 0 else MINUS}{format_number(abs(change.units))}" if change.units else ""


def _body(one: _Mark, larger: float) -> Iterator[Shape]:
    if one.was is not None:
        yield Path((MoveTo(one.was), LineTo(one.at)), _FROM, one.key)
        yield Circle(one.was, 0.11 * larger, Style(PAPER, ACCENT_DEEP, 0.06), one.key)
    if one.kind is Kind.OTHER_PRODUCT:
        yield Path(_diamond(one.at, one.reach), _APART, one.key)
    if one.kind is Kind.ADDED:
        yield Circle(one.at, one.reach, _RINGED, one.key)
    style = {Kind.SAME: _AS_BEFORE, Kind.REMOVED: _GONE, Kind.ADDED: _ADDED}.get(one.kind, _NOW)
    if one.kind is not Kind.OTHER_PRODUCT:
        yield Circle(one.at, one.radius, style, one.key)
    if one.inside:
        size = _DOSE * larger
        fill = TOO_WEAK if one.kind is Kind.OTHER_PRODUCT else PAPER
        yield Text((one.at[0], one.at[1] - size * 0.35), one.inside, size, fill, bold=True, key=one.key)


def _diamond(at: Point, reach: float) -> tuple[MoveTo | LineTo | Close, ...]:
    x, y = at
    first, *rest = [(x, y + reach), (x + reach, y), (x, y - reach), (x - reach, y)]
    return (MoveTo(first), *(LineTo(corner) for corner in rest), Close())


def _words(marks: Sequence[_Mark], larger: float, numbered: bool) -> Iterator[Shape]:
    """The words of all marks: those of changes are placed first, because they must be read."""
    discs = [_around(one.at, one.reach) for one in marks]
    taken = _captions()
    for one in sorted(marks, key=lambda mark: (mark.kind is Kind.SAME, mark.number)):
        size = (_CHANGE if one.kind is not Kind.SAME else _DOSE) * larger
        number = str(one.number) if numbered else ""
        if not number and not one.beside:
            continue
        first = text_width(one.beside, size) * 1.04
        width = first + (0.16 * larger if first and number else 0.0) + text_width(number, _NUMBER * larger)
        box, is_far = _place(one, (width, size * 0.8), discs, taken)
        taken.append(box)
        yield from _written(one, box, number, size, larger, is_far)


def _written(one: _Mark, box: Box, number: str, size: float, larger: float, is_far: bool) -> Iterator[Shape]:
    left, bottom, right, top = box
    middle = (bottom + top) / 2
    if is_far:
        yield Path((MoveTo(one.at), LineTo((min(max(one.at[0], left), right), middle))), _LEADER, one.key)
    ground = (MoveTo((left + 0.04, middle)), LineTo((right - 0.04, middle)))
    yield Path(ground, Style(None, PAPER, top - bottom, stroke_opacity=0.75), one.key)
    fill = CAPTION if one.kind is Kind.SAME else ACCENT_DEEP
    base = middle - size * 0.35
    if one.beside:
        yield Text((left, base), one.beside, size, fill, "start", bold=True, key=one.key)
    if number:
        yield Text((right, middle - _NUMBER * larger * 0.35), number, _NUMBER * larger, INK, "end", key=one.key)


def _place(one: _Mark, size: tuple[float, float], discs: Sequence[Box], taken: Sequence[Box]) -> tuple[Box, bool]:
    """The place of words that covers least; the nearest of equal ones, outwards first."""
    near = _around(one.at, one.reach + _GAP + _DISTANCES[-1] + size[0])
    others = [box for box in discs if box != _around(one.at, one.reach) and _overlap(box, near)]
    words = [box for box in taken if _overlap(box, near)]
    tried: list[tuple[float, Box, bool]] = []
    for step, distance in enumerate(_DISTANCES):
        if tried and min(tried)[0] <= step * _STEP:
            break  # Farther away costs more, whatever is free there.
        for turn, direction in enumerate(_DIRECTIONS):
            box = _at(one, direction, distance, *size)
            covered = _ON_MARK * sum(_overlap(box, other) for other in others)
            covered += _ON_WORDS * sum(_overlap(box, other) for other in words) + _OUTSIDE * _outside(box)
            tried.append((covered + step * _STEP + turn * _TURN, box, step > 0))
            if not covered:
                break
    _, box, is_far = min(tried)
    return box, is_far


def _at(one: _Mark, direction: tuple[int, int], distance: float, width: float, height: float) -> Box:
    (x, y), out = one.at, -1 if one.at[0] < 0 else 1
    across, up = direction[0] * out, direction[1]
    # On a slant the corner of the words comes as near to the disc as their edge does straight on.
    reach = one.reach * (0.72 if across and up else 1) + _GAP + distance
    left = x + reach if across > 0 else x - reach - width if across < 0 else x - width / 2
    bottom = y + reach if up > 0 else y - reach - height if up < 0 else y - height / 2
    return left, bottom, left + width, bottom + height


def _around(at: Point, reach: float) -> Box:
    return at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach


def _captions() -> list[Box]:
    """Where the face says which side is which."""
    left, _, right, top = (value / 100 for value in view_box())
    return [(left, top - 1, left + 5, top), (right - 5, top - 1, right, top)]


def _outside(box: Box) -> float:
    left, bottom, right, top = (value / 100 for value in view_box())
    return max(0.0, left - box[0], bottom - box[1], box[2] - right, box[3] - top)


def _overlap(one: Box, other: Box) -> float:
    if one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]:
        return 0.0  # Most do not meet: asked first, because a page asks thousands of times.
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width * height
