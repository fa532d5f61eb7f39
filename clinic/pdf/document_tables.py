"""Tables of documents: columns as wide as their longest word needs; where that does not fit, "label: value" row by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from clinic.domain.documents.content import DiaryGrid, Table, TableColumn, TableRow
from clinic.pdf.flowables import Para, Rule
from clinic.pdf.groups import Group, Hanging, WritingLine
from clinic.pdf.setting import Setting
from clinic.pdf.style import RULE, TextStyle, Type, type_of
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.text import one_line

_GAP: Final = 6.0
_LONGEST: Final = 11.0
"""A word longer than this many times the size of type may be broken."""
_LARGER: Final = 1.2
_MATRIX: Final = 2
"""Columns of a table of numbers by row and column, at least more than this."""
_KEPT_WHOLE: Final = 190.0
"""Tables up to this height (points) are not broken over pages."""


def table(one: Table, setting: Setting) -> list[Flowable]:
    """A table; stacked where its columns would be too narrow for their words."""
    if not one.columns:
        return []
    kind = type_of(setting.type.body.size * _LARGER) if one.large and not setting.large else setting.type
    rows = [_whole(row, len(one.columns)) for row in one.rows]
    shares = _shares(one.columns, rows, setting.width, kind)
    if shares is None and len(one.columns) > _MATRIX and all(column.number for column in one.columns[1:]):
        return [_column(one.columns[at], rows, at, kind) for at in range(1, len(one.columns))]
    if shares is None:
        return [_stacked(one.columns, row, kind) for row in rows]
    columns = [
        Column(column.title, share, "right" if column.number else "left")
        for column, share in zip(one.columns, shares, strict=True)
    ]
    hand = kind.body.leading * 1.3
    laid = [Row(row.cells, row.note, row.total, hand if one.writing or not any(row.cells) else 0.0) for row in rows]
    return [_data_table(columns, laid, kind, grid=one.writing)]


def diary(one: DiaryGrid, setting: Setting) -> list[Flowable]:
    """A grid a week: a row for each thing to do, a box for each day."""
    kind = setting.type
    room = setting.width - _GAP * len(one.days)
    widest = max((_word_width(day, kind.label) for day in one.days), default=0.0)
    count = max(1, len(one.days))
    days = min(max(widest, room * 0.5 / count), room * 0.75 / count)
    first = room - days * len(one.days)
    rows = [Row((row, *("" for _ in one.days)), least=kind.body.leading * 1.3) for row in one.rows]
    return [
        _data_table([Column(week, first), *(Column(day, days) for day in one.days)], rows, kind, grid=True)
        for week in one.weeks
    ]


def _data_table(columns: Sequence[Column], rows: Sequence[Row], kind: Type, *, grid: bool = False) -> DataTable:
    made = DataTable(
        columns,
        rows,
        row_headers=True,
        note_from=min(1, len(columns) - 1),
        style=kind.body,
        strong=kind.strong,
        label=kind.label,
        small=kind.small,
        grid=grid,
        before=3 * kind.unit,
        after=6 * kind.unit,
    )
    made.kept_up_to = _KEPT_WHOLE
    return made


def _whole(row: TableRow, count: int) -> TableRow:
    """The row with a cell for every column."""
    return TableRow((*row.cells, *("" for _ in range(count)))[:count], row.total, row.note)


def _shares(columns: Sequence[TableColumn], rows: Sequence[TableRow], width: float, kind: Type) -> list[float] | None:
    """Widths of the columns by their shares, at least that of the longest word of each; None when those do not fit."""
    needed = [
        max(
            [
                _word_width(column.title, kind.label),
                *(_word_width(row.cells[index], kind.strong if row.total else kind.body) for row in rows),
            ]
        )
        for index, column in enumerate(columns)
    ]
    room = width - _GAP * (len(columns) - 1)
    if sum(needed) > room:
        return None
    widths = _by_share(columns, room)
    short = {index for index, least in enumerate(needed) if widths[index] < least}
    while short:
        free = [column for index, column in enumerate(columns) if index not in short]
        left = room - sum(needed[index] for index in short)
        given = iter(_by_share(free, left))
        widths = [needed[index] if index in short else next(given) for index in range(len(columns))]
        further = {index for index, least in enumerate(needed) if widths[index] < least - 0.01}
        if not further:
            break
        short |= further
    return widths


def _by_share(columns: Sequence[TableColumn], room: float) -> list[float]:
    total = sum(max(1, column.share) for column in columns)
    return [room * max(1, column.share) / total for column in columns]


def _word_width(text: str, style: TextStyle) -> float:
    words = one_line(text).split(" ")
    widest = max(float(stringWidth(word, style.font, style.size)) for word in words)
    return min(widest, style.size * _LONGEST) + 0.5


def _column(column: TableColumn, rows: Sequence[TableRow], at: int, kind: Type) -> Flowable:
    """One column of numbers below its title, each beside the name of its row; what has no number is left out."""
    blocks: list[Flowable] = [Para(column.title, kind.strong, after=1)]
    for row in rows:
        style = kind.strong if row.total else kind.body
        if row.cells[at] not in {"", "–"}:
            blocks.append(Hanging(row.cells[0], row.cells[at], style, label_style=style, share=0.75, after=1))
    blocks.append(Rule(weight=0.8, colour=RULE, before=2))
    return Group(blocks, before=3, after=3)


def _stacked(columns: Sequence[TableColumn], row: TableRow, kind: Type) -> Flowable:
    """One row as lines of "label: value", kept together."""
    first, *others = columns
    name, *values = row.cells
    head = f"{first.title}: {name}" if first.title else name
    blocks: list[Flowable] = [Para(head, kind.strong, after=1)] if name or not any(values) else []
    for column, value in zip(others, values, strict=True):
        if value:
            label = f"{column.title}:" if column.title else ""
            style = kind.strong if row.total else kind.body
            blocks.append(Hanging(label, value, style, label_style=kind.muted, share=0.42, after=1))
        elif not any(row.cells):
            blocks += [Para(f"{column.title}:", kind.muted, after=0), WritingLine(kind.body.leading * 1.2)]
    if row.note:
        blocks.append(Para(row.note, kind.small, after=1))
    blocks.append(Rule(weight=1.0 if row.total else 0.5, colour=RULE, before=2))
    return Group(blocks, before=3, after=3)
