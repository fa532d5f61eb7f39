"""Tables that go over pages: a header row repeated as furniture, one element of the structure tree for all parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from clinic.pdf.flowables import Align, Block, Words, draw_lines, height_of, runs
from clinic.pdf.style import BODY, HAIRLINE, LABEL, RULE, SMALL, STRONG, TextStyle
from clinic.pdf.tagging import Element
from clinic.pdf.text import Line, break_lines

_PAD: Final = 2.0
_GAP: Final = 6.0
_TALL: Final = 150.0
"""Rows taller than this may be cut inside (points)."""

Lines = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, its share of the width, and whether numbers stand at its right edge."""

    title: str
    share: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Row:
    """A row; ``note`` stands below, from the table's ``note_from`` to the right; ``total`` sets it off as a sum."""

    cells: Sequence[Words]
    note: Words = ""
    total: bool = False


@dataclass(frozen=True, slots=True)
class _Laid:
    """A row in lines. ``elements`` are those of its row and cells once it was drawn for the first time."""

    cells: tuple[Lines, ...]
    note: Lines
    total: bool
    elements: list[Element]

    @property
    def height(self) -> float:
        return max(map(height_of, self.cells), default=0) + height_of(self.note) + 2 * _PAD


class DataTable(Block):
    """A table with a header row.

    With ``row_headers`` the first cell of a row is its header. Notes of rows begin below column ``note_from``, counted
    from 0.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Sequence[Row],
        *,
        row_headers: bool = False,
        note_from: int = 1,
        style: TextStyle = BODY,
        strong: TextStyle = STRONG,
        after: float = 5,
    ) -> None:
        super().__init__(after=after)
        self.columns, self.rows, self.row_headers = columns, rows, row_headers
        self.style, self.strong, self.note_from = style, strong, note_from
        self.element = Element("Table")
        self.continued = False
        self.laid: list[_Laid] = []
        self.titles: tuple[Lines, ...] = ()
        self.laid_for = -1.0

    def _widths(self) -> list[float]:
        room = self.width - _GAP * (len(self.columns) - 1)
        total = sum(column.share for column in self.columns)
        return [room * column.share / total for column in self.columns]

    def wrap(self, available_width: float, _available_height: float) -> tuple[float, float]:
        """Break every cell into lines."""
        self.width = available_width
        if self.laid_for not in (available_width, 0.0):
            widths = self._widths()
            self.titles = tuple(
                break_lines(runs(column.title, LABEL), width)
                for column, width in zip(self.columns, widths, strict=True)
            )
            self.laid = [self._lay(row, widths) for row in self.rows]
            self.laid_for = available_width
        self.height = self._header_height() + sum(row.height for row in self.laid)
        return self.width, self.height

    def _header_height(self) -> float:
        return max(map(height_of, self.titles)) + 2 * _PAD

    def _lay(self, row: Row, widths: Sequence[float]) -> _Laid:
        style = self.strong if row.total else self.style
        cells = tuple(break_lines(runs(cell, style), width) for cell, width in zip(row.cells, widths, strict=True))
        note = break_lines(runs(row.note, SMALL), self.width - self._indent(widths)) if row.note else ()
        return _Laid(cells, note, row.total, [])

    def least(self) -> float:
        """The header and two rows, of a tall row its beginning."""
        return self._header_height() + min(sum(row.height for row in self.laid[:2]), _TALL)

    def _indent(self, widths: Sequence[float]) -> float:
        """Where notes begin."""
        return sum(widths[: self.note_from]) + _GAP * self.note_from

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """Cut between rows, inside a row only when it is tall; never a header alone, nor a last row alone."""
        self.wrap(available_width, available_height)
        room = available_height - self._header_height()
        fitting = 0
        while fitting < len(self.laid) and self.laid[fitting].height <= room:
            room -= self.laid[fitting].height
            fitting += 1
        rows = self.laid
        if fitting < len(rows) and rows[fitting].height > _TALL and room > _TALL / 2:
            upper, lower = _cut(rows[fitting], room)
            return [self._part([*rows[:fitting], upper]), self._part([lower, *rows[fitting + 1 :]], continued=True)]
        if fitting == len(rows) - 1 and fitting > 2:
            fitting -= 1
        if not fitting or (fitting == 1 and rows[0].height < _TALL and len(rows) > 2):
            return []
        return [self._part(rows[:fitting]), self._part(rows[fitting:], continued=True)]

    def _part(self, rows: list[_Laid], *, continued: bool = False) -> Self:
        part = self.__class__(self.columns, (), row_headers=self.row_headers, note_from=self.note_from)
        part.element, part.continued = self.element, continued or self.continued
        part.laid, part.titles, part.laid_for = rows, self.titles, 0.0
        return part

    def draw(self) -> None:
        """Draw rules, header and rows."""
        if self.element not in self.canv.root.kids:
            self.canv.root.add(self.element)
        self._draw_rules()
        y = self.height
        self._draw_header(y)
        y -= self._header_height()
        for row in self.laid:
            self._draw_row(row, y)
            y -= row.height

    def _draw_rules(self) -> None:
        canvas, y = self.canv, self.height - self._header_height()
        with canvas.artifact():
            canvas.setLineWidth(0.8)
            canvas.setStrokeColor(HexColor(RULE))
            canvas.line(0, y, self.width, y)
            for row, following in zip(self.laid, [*self.laid[1:], None], strict=True):
                y -= row.height
                heavy = following is not None and following.total and not row.total
                canvas.setLineWidth(0.8 if heavy else 0.4)
                canvas.setStrokeColor(HexColor(RULE if heavy else HAIRLINE))
                canvas.line(0, y, self.width, y)

    def _draw_header(self, top: float) -> None:
        cells = self._cells(self.titles)
        if self.continued:
            with self.canv.artifact("Pagination"):
                for lines, x, width, align in cells:
                    self._draw_cell(lines, x, top, width, align)
            return
        row = self.element.add(Element("TR"))
        for lines, x, width, align in cells:
            with self.canv.content(row.add(Element("TH", scope="Column"))):
                self._draw_cell(lines, x, top, width, align)

    def _cells(self, cells: Sequence[Lines]) -> list[tuple[Lines, float, float, Align]]:
        found: list[tuple[Lines, float, float, Align]] = []
        x = 0.0
        for lines, width, column in zip(cells, self._widths(), self.columns, strict=True):
            found.append((lines, x, width, column.align))
            x += width + _GAP
        return found

    def _draw_cell(self, lines: Lines, x: float, top: float, width: float, align: Align) -> None:
        draw_lines(self.canv, lines, x, top - _PAD, width, align)

    def _draw_row(self, row: _Laid, top: float) -> None:
        if not row.elements:
            # The second part of a row that was cut finds the elements of the first.
            line = self.element.add(Element("TR"))
            for index in range(len(row.cells)):
                header = index == 0 and self.row_headers
                row.elements.append(line.add(Element("TH", scope="Row") if header else Element("TD")))
        for element, (lines, x, width, align) in zip(row.elements, self._cells(row.cells), strict=True):
            if any(line.fragments for line in lines):
                with self.canv.content(element):
                    self._draw_cell(lines, x, top, width, align)
        if row.note:
            indent = self._indent(self._widths())
            below = top - max(map(height_of, row.cells), default=0)
            with self.canv.content(row.elements[self.note_from]):
                self._draw_cell(row.note, indent, below, self.width - indent, "left")


def _cut(row: _Laid, room: float) -> tuple[_Laid, _Laid]:
    """Cut a tall row so that its upper part fits in ``room``; the note stays with the lower part unless all fits."""
    room -= 2 * _PAD
    parts = [_fitting(lines, room) for lines in row.cells]
    upper, lower = tuple(part[0] for part in parts), tuple(part[1] for part in parts)
    note_above: Lines = ()
    note_below = row.note
    if not any(lower):
        note_above, note_below = _fitting(row.note, room - max(map(height_of, upper), default=0))
    return replace(row, cells=upper, note=note_above), replace(row, cells=lower, note=note_below)


def _fitting(lines: Lines, room: float) -> tuple[Lines, Lines]:
    count = 0
    for line in lines:
        room -= line.leading
        if room < 0:
            break
        count += 1
    return lines[:count], lines[count:]
