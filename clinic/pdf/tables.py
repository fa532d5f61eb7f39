"""Tables that go over pages: a header row repeated as furniture, one element of the structure tree for all parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from clinic.pdf.flowables import Align, Block, Words, draw_lines, height_of, runs
from clinic.pdf.style import BODY, HAIRLINE, LABEL, RULE, SMALL, STRONG, TextStyle
from clinic.pdf.tagging import Element
from clinic.pdf.text import Line, break_lines, ending_in_blank

_PAD: Final = 2.0
_GAP: Final = 6.0
_GRID_PAD: Final = 4.0
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
    """A row; ``note`` stands below, from the table's ``note_from`` to the right; ``total`` sets it off as a sum.

    ``least`` is the height that it has at least: room to write by hand.
    """

    cells: Sequence[Words]
    note: Words = ""
    total: bool = False
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class _Laid:
    """A row in lines. ``elements`` are those of its row and cells once it was drawn for the first time."""

    cells: tuple[Lines, ...]
    note: Lines
    total: bool
    elements: list[Element]
    least: float = 0.0
    height: float = field(init=False)

    def __post_init__(self) -> None:
        height = max(self.least, max(map(height_of, self.cells), default=0) + height_of(self.note) + 2 * _PAD)
        object.__setattr__(self, "height", height)


class DataTable(Block):
    """A table with a header row; ``grid`` draws lines between its columns.

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
        label: TextStyle = LABEL,
        small: TextStyle = SMALL,
        grid: bool = False,
        before: float = 0,
        after: float = 5,
    ) -> None:
        super().__init__(before=before, after=after)
        self.label, self.small, self.grid = label, small, grid
        self.kept_up_to = 0.0
        self.needed: dict[int, float] = {}
        self.shared, self.widths = (-1.0, 0), list[float]()
        self.columns, self.rows, self.row_headers = columns, rows, row_headers
        self.style, self.strong, self.note_from = style, strong, note_from
        self.element = Element("Table")
        self.continued = False
        self.laid: list[_Laid] = []
        self.titles: tuple[Lines, ...] = ()
        self.laid_for = -1.0

    def _widths(self) -> list[float]:
        if self.shared != (self.width, len(self.needed)):
            self.shared, self.widths = (self.width, len(self.needed)), self._share_width()
        return self.widths

    def _share_width(self) -> list[float]:
        """Widths by the shares; a column of numbers is at least as wide as its longest, at the cost of the words."""
        room = self.width - _GAP * (len(self.columns) - 1)
        total = sum(column.share for column in self.columns)
        widths = [room * column.share / total for column in self.columns]
        if not self.needed:
            return widths
        missing = sum(max(0.0, least - widths[index]) for index, least in self.needed.items())
        words = sum(width for index, width in enumerate(widths) if index not in self.needed)
        factor = max(0.0, 1 - missing / words) if words else 1.0
        return [max(width, self.needed[i]) if i in self.needed else width * factor for i, width in enumerate(widths)]

    def wrap(self, available_width: float, _available_height: float) -> tuple[float, float]:
        """Break every cell into lines."""
        self.width = available_width
        if self.laid_for not in (available_width, 0.0):
            self.needed = {}
            self._lay_all()
            self.needed = self._broken_numbers()
            if self.needed:
                self._lay_all()
            self.laid_for = available_width
        self.height = self._header_height() + sum(row.height for row in self.laid)
        return self.width, self.height

    def _lay_all(self) -> None:
        widths = self._widths()
        self.titles = tuple(
            break_lines(runs(column.title, self.label), width)
            for column, width in zip(self.columns, widths, strict=True)
        )
        inner = [widths[0] - (_GRID_PAD if self.grid else 0.0), *widths[1:]]
        self.laid = [self._lay(row, inner) for row in self.rows]

    def _broken_numbers(self) -> dict[int, float]:
        """The width that each column of numbers needs, if any was broken: 123.4 and 5 on two lines are two numbers."""
        found: dict[int, float] = {}
        broken = False
        for index, column in enumerate(self.columns):
            if column.align == "right":
                numbers = [
                    row.cells[index]
                    for row, raw in zip(self.laid, self.rows, strict=True)
                    if _is_number(raw.cells[index])
                ]
                broken = broken or any(len(lines) > 1 for lines in numbers)
                widest = max((sum(line.width for line in lines) for lines in numbers), default=0.0)
                line = _GRID_PAD if self.grid and index == 0 else 0.0
                found[index] = min(widest + line + 0.5, self.width / 2)
        return found if broken else {}

    def _header_height(self) -> float:
        return max(map(height_of, self.titles)) + 2 * _PAD

    def _lay(self, row: Row, widths: Sequence[float]) -> _Laid:
        style = self.strong if row.total else self.style
        cells = tuple(break_lines(runs(cell, style), width) for cell, width in zip(row.cells, widths, strict=True))
        note = break_lines(runs(row.note, self.small), self.width - self._indent(widths)) if row.note else ()
        if note:
            at = self.note_from
            cells = (*cells[:at], ending_in_blank(cells[at]), *cells[at + 1 :])
        return _Laid(cells, note, row.total, [], row.least)

    def least(self) -> float:
        """The header and two rows, of a tall row its beginning; all of a table of at most ``kept_up_to`` points."""
        if self.height <= self.kept_up_to:
            return float(self.height)
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
        part = self.__class__(
            self.columns,
            (),
            row_headers=self.row_headers,
            note_from=self.note_from,
            grid=self.grid,
            after=self.spaceAfter,
        )
        part.needed = self.needed
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
            lines = [(0.0, y, self.width, y, 0.8, RULE)]
            for row, following in zip(self.laid, [*self.laid[1:], None], strict=False):  # no rows, no pair
                y -= row.height
                heavy = following is not None and following.total and not row.total
                lines.append((0.0, y, self.width, y, 0.8 if heavy else 0.4, RULE if heavy else HAIRLINE))
            canvas.lines(lines)
            if self.grid:
                self._draw_grid()

    def _draw_grid(self) -> None:
        """Lines between the columns: the cells are boxes to tick."""
        canvas, x = self.canv, 0.0
        canvas.setLineWidth(0.6)
        canvas.setStrokeColor(HexColor(RULE))
        for width in self._widths()[:-1]:
            x += width + _GAP
            canvas.line(x - _GAP / 2, 0, x - _GAP / 2, self.height)
        canvas.rect(0, 0, self.width, self.height, stroke=1, fill=0)

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
        if self.grid and found:
            lines, x, width, align = found[0]
            found[0] = lines, x + _GRID_PAD, width - _GRID_PAD, align
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


def _is_number(cell: Words) -> bool:
    words = cell if isinstance(cell, str) else "".join(run.text for run in cell)
    return words.isascii() and not any(character.isspace() or character.isalpha() for character in words)


def _cut(row: _Laid, room: float) -> tuple[_Laid, _Laid]:
    """Cut a tall row so that its upper part fits in ``room``; the note stays with the lower part unless all fits."""
    room -= 2 * _PAD
    parts = [_fitting(lines, room) for lines in row.cells]
    upper, lower = tuple(part[0] for part in parts), tuple(part[1] for part in parts)
    note_above: Lines = ()
    note_below = row.note
    if not any(lower):
        note_above, note_below = _fitting(row.note, room - max(map(height_of, upper), default=0))
    lower_row = replace(row, cells=lower, note=note_below, least=0.0)
    return replace(row, cells=upper, note=note_above, least=0.0), lower_row


def _fitting(lines: Lines, room: float) -> tuple[Lines, Lines]:
    count = 0
    for line in lines:
        room -= line.leading
        if room < 0:
            break
        count += 1
    return lines[:count], lines[count:]
