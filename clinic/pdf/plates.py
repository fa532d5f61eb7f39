"""The face with its numbered sites as a figure: the same drawing as on the screen, with marks large enough for paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import Final

from clinic.domain import face_drawing
from clinic.domain.anatomy import Side
from clinic.domain.drawing import Circle, Drawing, Layer, LineTo, MoveTo, Path, Point, Shape, Style, Text
from clinic.domain.face_drawing import Mark, MarkStatus
from clinic.domain.quantities import format_units
from clinic.domain.visit_content import SessionContent, SiteContent
from clinic.pdf.drawing import draw
from clinic.pdf.flowables import Figure
from clinic.pdf.tagging import TaggedCanvas
from clinic.pdf.text import plain
from clinic.pdf.words import counted, side_words

_SMALLEST_TEXT: Final = 6.6
"""Size of the smallest words on the face, in points: marks grow until theirs has it."""
_MOST_GROWTH: Final = 1.3
"""Beyond this, neighbouring marks would hide each other."""
_MARK_TEXT: Final = 0.32
"""Size of the words of a mark in geometry units, as the domain draws them."""


def plate(session: SessionContent, width: float) -> Figure:
    """The face with the session's sites, ``width`` points wide."""
    face = face_drawing.face()
    scale = width / face.width
    marks = readable(face_drawing.marks(mark(site) for site in session.sites), scale)
    drawing = Drawing(face.view_box, (*face.layers, marks), face.clip)

    def paint(canvas: TaggedCanvas) -> None:
        draw(canvas, drawing, x=0, y=0, width=width)

    return Figure(width, width * face.height / face.width, plain(_alt(session.sites)), paint)


def readable(marks: Layer, scale: float, *, smallest: float = _SMALLEST_TEXT) -> Layer:
    """Marks grown until their smallest words have ``smallest`` points, where a geometry unit is ``scale`` points."""
    larger = min(_MOST_GROWTH, max(1.0, smallest / (_MARK_TEXT * scale)))
    return replace(marks, shapes=tuple(enlarged(marks.shapes, larger)))


def plate_height(width: float) -> float:
    """How tall a plate of this width is."""
    face = face_drawing.face()
    return width * face.height / face.width


def plate_width(height: float) -> float:
    """How wide a plate of this height is."""
    face = face_drawing.face()
    return height * face.width / face.height


def mark(site: SiteContent) -> Mark:
    """The mark of a site: given, copied and not confirmed, or planned."""
    status = MarkStatus.GIVEN if site.given_at else MarkStatus.PLANNED if site.confirmed else MarkStatus.COPIED
    return Mark(site.x, site.y, site.number, site.units, Side(site.side), site.muscle, status)


def enlarged(shapes: Iterable[Shape], factor: float) -> Iterable[Shape]:
    """Marks grown about their places; their areas keep their proportions."""
    for _, run in groupby(shapes, key=lambda shape: shape.key):
        mark_shapes = list(run)
        first = mark_shapes[0]
        if factor == 1 or not isinstance(first, Circle):
            yield from mark_shapes
            continue
        for shape in mark_shapes:
            yield _grown(shape, first.centre, factor)


def _grown(shape: Shape, about: Point, factor: float) -> Shape:
    def moved(point: Point) -> Point:
        return about[0] + (point[0] - about[0]) * factor, about[1] + (point[1] - about[1]) * factor

    if isinstance(shape, Text):
        return Text(moved(shape.at), shape.text, shape.size * factor, shape.fill, shape.anchor, shape.bold, shape.key)
    style = _thicker(shape.style, factor)
    if isinstance(shape, Circle):
        return Circle(shape.centre, shape.radius * factor, style, shape.key)
    # The ground of a label is a straight stroke.
    ends = tuple(type(one)(moved(one.to)) for one in shape.segments if isinstance(one, (MoveTo, LineTo)))
    return Path(ends, style, shape.key)


@lru_cache(maxsize=256)
def _thicker(style: Style, factor: float) -> Style:
    return replace(
        style, stroke_width=style.stroke_width * factor, dash=tuple(length * factor for length in style.dash)
    )


def _alt(sites: Sequence[SiteContent]) -> str:
    """The figure in words; the table of sites has every number."""
    sides = [
        f"{counted(len(units), 'site')} {'on the' if side != 'midline' else 'in the'} {side_words(side)}"
        for side in ("right", "midline", "left")
        if (units := [site.units for site in sites if site.side == side])
    ]
    listed = "; ".join(
        f"{site.number} {site.muscle_label} {side_words(site.side)} "
        f"{format_units(site.units) if site.units else 'dose to be entered'}"
        for site in sites
    )
    where = ", ".join(sides) or "no sites"
    return f"Face seen from the front, the patient’s right on the viewer’s left, with {where}. {listed}"


def legend(sites: Sequence[SiteContent]) -> str:
    """What the marks mean, only for those that are there."""
    kinds = {mark(site).status for site in sites}
    parts = []
    if kinds - {MarkStatus.GIVEN}:
        parts += ["Dark disc: given."] if MarkStatus.GIVEN in kinds else []
        parts += ["Lighter disc: planned, not given."] if MarkStatus.PLANNED in kinds else []
        parts += ["Dashed disc: copied, not confirmed."] if MarkStatus.COPIED in kinds else []
    parts.append("In or beside a mark its dose in units, outside it the number of the site.")
    parts.append("A mark’s area grows with its dose; it does not show spread.")
    return " ".join(parts)
