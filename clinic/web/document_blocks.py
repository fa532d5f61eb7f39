"""The blocks of a document on a page: their names for the template, faces as SVG, and a paragraph in its pieces."""

from __future__ import annotations

import re
from decimal import Decimal

from flask import Flask
from markupsafe import Markup

from clinic.domain.anatomy import Side
from clinic.domain.documents.content import Block, ExerciseFigure, Face, FaceMark, Paragraph, Table
from clinic.domain.drawing import Circle, Drawing, Layer, Shape, Style, Text
from clinic.domain.face_drawing import Mark, MarkStatus, face, marks
from clinic.domain.face_exercises import exercise_drawing
from clinic.domain.face_palette import ACCENT_DEEP, INK, PAPER
from clinic.web.svg import svg

_DISC = 0.4
_UNITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def register(app: Flask) -> None:
    """Give the template of blocks what it needs."""
    app.jinja_env.globals.update(
        block_name=block_name,
        block_pieces=pieces,
        block_columns=column_titles,
        block_face=face_svg,
        block_exercise=exercise_svg,
        heading_tag=heading_tag,
    )


def block_name(block: Block) -> str:
    """Which kind of block it is."""
    return type(block).__name__


def pieces(paragraph: Paragraph) -> tuple[tuple[str, bool], ...]:
    """The text in pieces, each with whether it is a placeholder that nobody can fill."""
    if not paragraph.unknown:
        return ((paragraph.text, False),)
    found = re.split(f"({'|'.join(re.escape(one) for one in paragraph.unknown)})", paragraph.text)
    return tuple((piece, piece in paragraph.unknown) for piece in found if piece)


def face_svg(one: Face) -> Markup:
    """A face of a document with its marks; a mark without a dose is the number of its row in a disc."""
    plate = face() if all(mark.units for mark in one.marks) else face(show=())
    dosed = marks(_mark(mark) for mark in one.marks if mark.units)
    discs = Layer("discs", tuple(shape for mark in one.marks if not mark.units for shape in _disc(mark)))
    return svg(Drawing(plate.view_box, (*plate.layers, dosed, discs), plate.clip), title=one.alt)


def exercise_svg(one: ExerciseFigure) -> Markup:
    """The figure of an exercise, for staff: the sides are the patient's."""
    side = Side(one.side) if one.side in {Side.LEFT, Side.RIGHT} else None
    return svg(exercise_drawing(one.exercise, side, ("patient’s right", "patient’s left")), title=one.alt)


def column_titles(table: Table) -> str:
    """What a table is about, for somebody who does not see it."""
    return ", ".join(column.title for column in table.columns if column.title)


def heading_tag(level: int, block: int = 2) -> str:
    """The tag of a heading: ``level`` is that of a section on this page; six is the deepest."""
    return f"h{min(6, level + block - 2)}"


def _mark(mark: FaceMark) -> Mark:
    number = _UNITS.match(mark.units.replace(",", ""))
    units = Decimal(number.group()) if number else Decimal(0)
    return Mark(mark.x, mark.y, mark.number, units, Side(mark.side), mark.muscle, MarkStatus(mark.status))


def _disc(mark: FaceMark) -> tuple[Shape, ...]:
    x, y = mark.x / 100, mark.y / 100
    given = mark.status == MarkStatus.GIVEN
    ring = Style(ACCENT_DEEP, PAPER, 0.07) if given else Style(PAPER, ACCENT_DEEP, 0.07)
    number = Text((x, y - _DISC * 0.44), str(mark.number), _DISC * 1.25, PAPER if given else INK, bold=True)
    return Circle((x, y), _DISC, ring), number
