"""The blocks of a document as flowables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from reportlab.platypus import CondPageBreak, Flowable
from reportlab.platypus import PageBreak as NewPage

from clinic.domain.documents.content import (
    Beside,
    Box,
    BoxKind,
    Bullets,
    DiaryGrid,
    ExerciseFigure,
    Face,
    Faces,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    SignatureLines,
    Table,
    WritingLines,
)
from clinic.pdf.document_faces import EXERCISE_WIDTH, exercise_figure, face_group
from clinic.pdf.document_tables import diary, table
from clinic.pdf.flowables import Columns, Para, Stack, height_with, start_height
from clinic.pdf.flowing import Flowing
from clinic.pdf.groups import EMERGENCY, IMPORTANT, NOTE, Group, Hanging, WritingLine
from clinic.pdf.setting import Setting
from clinic.pdf.tables import DataTable
from clinic.pdf.tagging import Element
from clinic.pdf.text import Run

_FRAMES: Final = {BoxKind.EMERGENCY: EMERGENCY, BoxKind.IMPORTANT: IMPORTANT, BoxKind.NOTE: NOTE}
_GUTTER: Final = 14.0
_MOST_LINES: Final = 200
_LARGE_EXERCISE: Final = 210.0
_WIDEST_IN_ROW: Final = 240.0
_NARROWEST: Final = 10.5
"""Words beside a figure have a column of at least this many times their size, or stand below it."""
_KEPT_WITH_SIGNATURE: Final = 300.0
_PAIRED, _SHORT = 6, 200
"""So many paragraphs in a row, each with a lead and at most so many characters, stand two by two."""


def flow(blocks: Sequence[Any], setting: Setting, level: int = 1) -> list[Flowable]:
    """The blocks below each other; a heading, or a sentence that leads to a list, is kept with what follows it.

    ``level`` is that of the heading above them.
    """
    laid: list[Flowable] = []
    blocks = [*_in_pairs(blocks, setting)]
    for index, block in enumerate(blocks):
        if isinstance(block, Heading):
            level = 3 if block.level >= 3 and level >= 2 else 2
            laid.append(_heading(block.text, level, setting))
            continue
        made: list[Any] = _beside(block, setting, level) if isinstance(block, Beside) else lay(block, setting)
        if isinstance(block, SignatureLines):
            laid = _with_signature(laid, made, setting.width)
        if isinstance(block, Paragraph) and _leads_to(block, blocks[index + 1 : index + 2]):
            made[0].leads = True
        laid += made
    return list(_kept(laid, setting))


def _with_signature(laid: list[Flowable], signature: list[Any], width: float) -> list[Flowable]:
    """What was laid, with a condition that keeps its last two blocks on the page of the signature."""
    last = [block for block in laid[-2:] if not isinstance(block, NewPage)]
    together = height_with([*last, *signature], width) + 2 if last else 0.0
    if not last or together > _KEPT_WITH_SIGNATURE:
        return laid
    return [*laid[: -len(last)], CondPageBreak(together + last[0].getSpaceBefore()), *last]


def _in_pairs(blocks: Sequence[Any], setting: Setting) -> Iterator[Any]:
    """The blocks, a long row of short paragraphs that each have a lead brought together two by two."""
    for led, found in groupby(blocks, lambda block: isinstance(block, Paragraph) and bool(block.lead)):
        row = [*found]
        if led and len(row) >= _PAIRED and not setting.large and all(len(one.text) <= _SHORT for one in row):
            yield from _rows(row, 2)
        else:
            yield from row


def _pair(pair: Sequence[Paragraph], setting: Setting) -> Columns:
    """Two short paragraphs side by side, or one with an empty place beside it."""
    inner = setting.narrowed((setting.width - _GUTTER) / 2)
    stacks = [Stack(1, lay(one, inner)) for one in pair]
    return Columns([*stacks, *([Stack(1, [])] * (2 - len(stacks)))], gutter=_GUTTER, after=3 * setting.type.unit)


def _leads_to(block: Paragraph, following: Sequence[Any]) -> bool:
    """Whether a paragraph belongs on the page of what follows: lines to write on, a row of pairs, what its colon announces."""
    if any(isinstance(one, (WritingLines, list)) for one in following):
        return True
    return block.text.rstrip().endswith(":") and any(isinstance(one, (Bullets, Table, Facts)) for one in following)


def _leads(block: Flowable) -> bool:
    return isinstance(block, Para) and block.leads


def _kept(laid: Sequence[Flowable], setting: Setting) -> Iterator[Flowable]:
    """Put a condition before whatever must not stand alone at the foot of a page; no page stays empty."""
    begun = False
    for index, block in enumerate(laid):
        if isinstance(block, NewPage):
            if begun and index + 1 < len(laid) and not isinstance(laid[index + 1], NewPage):
                yield block
            continue
        if _leads(block) and not (index and _leads(laid[index - 1])):
            section = list(_section(laid, index))
            yield CondPageBreak(min(start_height(section, setting.width), setting.room))
        elif isinstance(block, DataTable) and not (index and _leads(laid[index - 1])):
            block.wrap(setting.width, setting.room)
            yield CondPageBreak(block.least() + block.getSpaceBefore())
        begun = True
        yield block


def _section(laid: Sequence[Flowable], start: int) -> Iterator[Flowable]:
    """From a leading block to before the next one that begins something new."""
    followed = False
    for block in laid[start:]:
        if isinstance(block, NewPage) or (followed and _leads(block)):
            return
        followed = followed or not _leads(block)
        yield block


def _heading(text: str, level: int, setting: Setting) -> Para:
    kind, unit = setting.type, setting.type.unit
    if level == 2:
        return Para(text, kind.h2, role="H2", before=5 * unit, after=2.5 * unit)
    return Para(text, kind.h3, role="H3", before=3.5 * unit, after=1.5 * unit)


def lay(block: Any, setting: Setting) -> list[Any]:
    """One block, or a pair of short paragraphs, as flowables. Raises TypeError for what is no block."""
    kind = setting.type
    match block:
        case list():
            return [_pair(block, setting)]
        case Heading():
            return [_heading(block.text, 3 if block.level >= 3 else 2, setting)]
        case Paragraph():
            return [_paragraph(block, setting)]
        case Bullets():
            return bullets(block.items, setting, numbered=block.numbered)
        case Table():
            return table(block, setting)
        case Facts():
            last = len(block.pairs) - 1
            return [
                Hanging(
                    *pair,
                    kind.body,
                    label_style=kind.muted,
                    share=0.34,
                    after=(5 if index == last else 1.2) * kind.unit,
                )
                for index, pair in enumerate(block.pairs)
            ]
        case Box():
            return [_box(block, setting)]
        case Face():
            return [face_group(block, setting.width * _wider(block.width, setting) / 100, setting)]
        case Faces():
            return _faces(block, setting)
        case ExerciseFigure():
            return [exercise_figure(block, _LARGE_EXERCISE if setting.large else EXERCISE_WIDTH, setting)]
        case Beside():
            return _beside(block, setting, 1)
        case DiaryGrid():
            return diary(block, setting)
        case WritingLines():
            return _writing(block, setting)
        case SignatureLines():
            return _signatures(block, setting)
        case PageBreak():
            return [NewPage()]
    raise TypeError(f"{type(block).__name__} is not a block of a document")


def _wider(width: int, setting: Setting) -> float:
    """Share of the width in hundredths; a face grows with its words."""
    return min(100.0, width * (1.35 if setting.large else 1.0))


def _paragraph(one: Paragraph, setting: Setting) -> Para:
    kind = setting.type
    style = kind.small if one.small else kind.body
    found = [Run(f"{one.lead} ", kind.strong)] if one.lead else []
    rest = one.text
    while rest:
        places = [(rest.index(name), -len(name), name) for name in one.unknown if name and name in rest]
        if not places:
            break
        at, _, name = min(places)
        found += [Run(rest[:at], style), Run(name, kind.red)]
        rest = rest[at + len(name) :]
    return Para([*found, Run(rest, style)], style, after=(2.5 if one.small else 3.5) * kind.unit)


def bullets(items: Sequence[str], setting: Setting, *, numbered: bool = False) -> list[Any]:
    """A list; every item is one flowable, all below one element."""
    kind = setting.type
    within = Element("L", numbering="Decimal" if numbered else "Disc")
    return [
        Hanging(
            f"{number}." if numbered else "•",
            item,
            kind.body,
            within=within,
            label_style=kind.strong if numbered else kind.body,
            after=(5 if number == len(items) else 1.6) * kind.unit,
        )
        for number, item in enumerate(items, start=1)
    ]


def _box(one: Box, setting: Setting) -> Group:
    kind, frame = setting.type, _FRAMES[one.kind]
    inner = setting.narrowed(setting.width - 2 * (frame.pad + frame.weight))
    title = None
    if one.title:
        style, role = (kind.white, "H2") if frame.bar else (kind.strong, "P")
        title = Para(one.title, style, role=role, after=3 * kind.unit)
    blocks: list[Any] = [Para(one.text, kind.body, after=2 * kind.unit)] if one.text else []
    blocks += bullets(one.items, inner)
    return Group(blocks, frame, title=title, before=5 * kind.unit, after=6 * kind.unit)


def _faces(one: Faces, setting: Setting) -> list[Any]:
    across = max(1, min(one.across, 3) if setting.large else one.across)
    room = (setting.width - _GUTTER * (across - 1)) / across
    widest = min(room, _WIDEST_IN_ROW)
    found: list[Any] = []
    for row in _rows(one.faces, across):
        stacks = [Stack(1, [face_group(face, widest, setting)]) for face in row]
        stacks += [Stack(1, [])] * (across - len(row))
        found.append(Columns(stacks, gutter=_GUTTER, after=6))
    return found


def _beside(one: Beside, setting: Setting, level: int) -> list[Any]:
    """A figure with its blocks beside it; what a column would be too narrow or too long for stands below it."""
    figure: Any
    if isinstance(one.figure, Face):
        width = setting.width * min(0.72, _wider(one.figure.width, setting) / 100)
        figure = face_group(one.figure, width, setting)
    else:
        width = min(_LARGE_EXERCISE if setting.large else EXERCISE_WIDTH, setting.width * 0.45)
        figure = exercise_figure(one.figure, width, setting)
    rest = setting.width - _GUTTER - width
    if rest < setting.type.body.size * _NARROWEST:
        return [figure, *flow(one.blocks, setting, level)]
    before_tables = next((at for at, block in enumerate(one.blocks) if isinstance(block, Table)), 0)
    for count in dict.fromkeys((len(one.blocks), before_tables)):
        blocks = flow(one.blocks[:count], setting.narrowed(rest), level)
        words = [block for block in blocks if not isinstance(block, CondPageBreak)]
        kind = Flowing if words and isinstance(words[-1], DataTable) else Columns
        stacks = [Stack(width, [figure]), Stack(rest, words)]
        made = kind(stacks, gutter=_GUTTER, before=4, after=6 * setting.type.unit, tallest=setting.whole)
        if words and made.wrap(setting.width, setting.room)[1] <= setting.whole:
            return [made, *flow(one.blocks[count:], setting, level)]
    return [figure, *flow(one.blocks, setting, level)]


def _writing(one: WritingLines, setting: Setting) -> list[Any]:
    kind = setting.type
    room = kind.body.leading * 1.65
    lines = [WritingLine(room) for _ in range(min(one.count, _MOST_LINES))]
    label = [Para(one.label, kind.strong, after=0)] if one.label else []
    return [Group([*label, *lines[:3]], before=4), *lines[3:]]


def _signatures(one: SignatureLines, setting: Setting) -> list[Any]:
    kind = setting.type
    return [
        Columns(
            [
                Stack(1, [WritingLine(kind.body.leading * 2.4), Para(label, kind.small, after=0)] if label else [])
                for label in (*pair, *[""] * (2 - len(pair)))
            ],
            gutter=28,
            after=4,
        )
        for pair in _rows(one.labels, 2)
    ]


def _rows(items: Sequence[Any], across: int) -> Iterator[Sequence[Any]]:
    yield from (items[start : start + across] for start in range(0, len(items), across))
