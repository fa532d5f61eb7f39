"""Faces and figures of exercises in documents, as wide as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from clinic.domain import face_drawing
from clinic.domain.anatomy import Side
from clinic.domain.documents.content import ExerciseFigure, Face, FaceMark
from clinic.domain.drawing import Circle, Drawing, Layer, Shape, Style, Text
from clinic.domain.face_drawing import Mark, MarkStatus
from clinic.domain.face_exercises import exercise_drawing
from clinic.domain.face_palette import ACCENT_DEEP, INK, PAPER
from clinic.pdf.drawing import draw
from clinic.pdf.flowables import Figure, Para
from clinic.pdf.groups import Group
from clinic.pdf.plates import readable
from clinic.pdf.setting import Setting
from clinic.pdf.tagging import TaggedCanvas
from clinic.pdf.text import plain

_CAPTION: Final = 50.0
"""Room for the caption below a face, in points of the smallest type."""
_PICTOGRAM: Final = 112.0
"""Narrower faces (points) are drawn in a few strokes."""
_WITH_NUMBERS: Final = 150.0
"""Narrower faces (points) have marks without words: they could not be read."""
_WITH_DOSES: Final = 262.0
"""On narrower faces (points) a mark has its number only; its dose stands in the table."""
_WITH_DOSES_LARGE: Final = 363.0
_DISC: Final = 0.4
_MANY: Final = 9
EXERCISE_WIDTH: Final = 170.0
"""60 mm."""


class Drawn(Figure):
    """A drawing as a figure, at most as wide as the room that there is."""

    def __init__(self, drawing: Drawing, alt: str, width: float, *, after: float = 3) -> None:
        super().__init__(width, width * drawing.height / drawing.width, plain(alt) or "–", self._paint, after=after)
        self.drawing = drawing

    def wrap(self, available_width: float, _available_height: float) -> tuple[float, float]:
        """Shrink to the room that there is."""
        if self.width > available_width:
            self.height *= available_width / self.width
            self.width = available_width
        return self.width, self.height

    def _paint(self, canvas: TaggedCanvas) -> None:
        draw(canvas, self.drawing, x=0, y=0, width=self.width)


def face_group(one: Face, width: float, setting: Setting) -> Group:
    """A face, at most ``width`` points wide, with its caption below."""
    face = face_drawing.face()
    width = min(width, (setting.whole - _CAPTION * setting.type.unit) * face.width / face.height)
    blocks = [Drawn(_face(one.marks, width, setting), one.alt, width)]
    caption = [Para(one.caption, setting.type.small, after=0)] if one.caption else []
    return Group([*blocks, *caption], before=3, after=6, tallest=setting.room)


def exercise_figure(one: ExerciseFigure, width: float, setting: Setting) -> Drawn:
    """The figure of an exercise."""
    side = Side(one.side) if one.side in {Side.LEFT, Side.RIGHT} else None
    return Drawn(exercise_drawing(one.exercise, side, _sides(setting)), one.alt, width)


def _sides(setting: Setting) -> tuple[str, str]:
    """The words for the patient's right and left, said to the patient or of them."""
    whose = "your" if setting.translated else "patient"
    return setting.words.label(f"{whose}_right"), setting.words.label(f"{whose}_left")


def _face(marks: Sequence[FaceMark], width: float, setting: Setting) -> Drawing:
    if width < _PICTOGRAM:
        face = face_drawing.face(detail="small")
        return face_drawing.chart([_mark(one) for one in marks], face, detail="small")
    scale = width / face_drawing.face().width
    face = _captioned(*_sides(setting), not setting.translated, round((11 if setting.large else 8) / scale, 2))
    if width < _WITH_NUMBERS:
        bare = tuple(layer for layer in face.layers if layer.name != "captions")
        dots = face_drawing.marks((_mark(one) for one in marks), detail="small")
        return Drawing(face.view_box, (*bare, dots), face.clip)
    with_dose = [one for one in marks if one.units and width >= (_WITH_DOSES_LARGE if setting.large else _WITH_DOSES)]
    drawn = readable(face_drawing.marks(_mark(one) for one in with_dose), scale, smallest=9.0 if setting.large else 7.0)
    radius = max(_DISC, (5.0 if len(marks) >= _MANY else 8.0 if setting.large else 6.2) / scale)
    discs = Layer("marks", tuple(shape for one in marks if one not in with_dose for shape in _disc(one, radius)))
    return Drawing(face.view_box, (*face.layers, drawn, discs), face.clip)


@lru_cache(maxsize=16)
def _captioned(right: str, left: str, muscles: bool, size: float) -> Drawing:
    """The face with the captions of its sides in a language, ``size`` in geometry units at least."""
    face = face_drawing.face(show=("muscles",) if muscles else ())
    captions = next(layer for layer in face.layers if layer.name == "captions")
    shapes = tuple(
        replace(
            shape, text=words, size=max(shape.size, size), at=(shape.at[0], face.view_box[3] - max(0.7, size * 0.85))
        )
        for shape, words in zip(captions.shapes, (right, left), strict=True)
        if isinstance(shape, Text)
    )
    return Drawing(face.view_box, (*face.layers[:-1], replace(captions, shapes=shapes)), face.clip)


def _mark(one: FaceMark) -> Mark:
    return Mark(one.x, one.y, one.number, _units(one.units), Side(one.side), one.muscle, MarkStatus(one.status))


def _units(words: str) -> Decimal:
    """The number that a dose in words begins with."""
    try:
        return Decimal(words.replace("\N{NO-BREAK SPACE}", " ").split(" ")[0] or "0")
    except InvalidOperation:
        return Decimal(0)


def _disc(one: FaceMark, radius: float) -> tuple[Shape, ...]:
    """A place without its dose: the number of its row in a disc."""
    x, y, key = one.x / 100, one.y / 100, f"site:{one.number}"
    given = one.status == MarkStatus.GIVEN
    size = radius * 1.25
    ring = Style(ACCENT_DEEP if given else PAPER, ACCENT_DEEP if not given else PAPER, 0.07)
    number = Text((x, y - size * 0.35), str(one.number), size, PAPER if given else INK, bold=True, key=key)
    return Circle((x, y), radius, ring, key), number
