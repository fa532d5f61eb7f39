"""Building blocks of a print for ReportLab's page flow; each puts what it draws into the structure tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from clinic.pdf.style import AMBER, BODY, H1, H2, H3, HAIRLINE, TextStyle
from clinic.pdf.tagging import Element, TaggedCanvas
from clinic.pdf.text import Line, Run, break_lines, one_line

Align = Literal["left", "right"]
Words = str | Sequence[Run]

_TALLEST: Final = 560.0
"""Blocks side by side that are taller than this (points) are stacked instead, so that they can go over pages."""


_KEPT_WHOLE: Final = 110.0
"""Sections up to this height (points) are not broken over pages."""
_ENDLESS: Final = 100_000.0


def runs(words: Words, style: TextStyle) -> tuple[Run, ...]:
    """Words as runs; a plain string takes the given style."""
    return (Run(words, style),) if isinstance(words, str) else tuple(words)


def height_of(lines: Sequence[Line]) -> float:
    """Height of lines in points."""
    return sum(line.leading for line in lines)


def fitting_lines(lines: Sequence[Line], room: float) -> int:
    """How many lines stand on this page when a paragraph is cut at its end: two at least stay for the next one."""
    fitting = 0
    for line in lines:
        room -= line.leading
        if room < 0:
            break
        fitting += 1
    return min(fitting, len(lines) - 2)


def draw_lines(
    canvas: TaggedCanvas, lines: Sequence[Line], x: float, top: float, width: float, align: Align = "left"
) -> None:
    """Draw lines downwards from ``top`` between ``x`` and ``x + width``."""
    pieces = []
    for line in lines:
        top -= line.leading
        # The baseline stands so that capitals are in the middle of the line's height.
        baseline = top + (line.leading - line.size * 0.69) / 2
        left = x if align == "left" else x + width - line.width
        for piece in line.fragments:
            style = piece.style
            pieces.append((style.font, style.size, style.colour, left + piece.x, baseline, piece.text))
    canvas.write(pieces)


class Block(Flowable):
    """A flowable on a tagged canvas with space around it."""

    canv: TaggedCanvas

    def __init__(self, *, before: float = 0, after: float = 0) -> None:
        super().__init__()
        self.spaceBefore = before
        self.spaceAfter = after

    def least(self) -> float:
        """Height of the smallest part that may stand at the foot of a page; call it after ``wrap``."""
        return float(self.height)


class Para(Block):
    """A paragraph or heading; its parts on several pages are one element of the structure tree."""

    def __init__(
        self,
        words: Words,
        style: TextStyle = BODY,
        *,
        role: str = "P",
        align: Align = "left",
        before: float = 0,
        after: float = 3,
    ) -> None:
        super().__init__(before=before, after=after)
        self.runs = runs(words, style)
        self.align: Align = align
        self.element = Element(role)
        self.leads = role.startswith("H")  # belongs to what follows
        self.lines: tuple[Line, ...] = ()
        self._broken_for = -1.0

    def wrap(self, available_width: float, _available_height: float) -> tuple[float, float]:
        """Break the lines for a width."""
        if self._broken_for not in (available_width, 0.0):
            self.lines = break_lines(self.runs, available_width)
            self._broken_for = available_width
        self.width, self.height = available_width, height_of(self.lines)
        return self.width, self.height

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """Cut where the page ends, two lines at least on either side."""
        self.wrap(available_width, available_height)
        fitting = fitting_lines(self.lines, available_height)
        if fitting < 2:
            return []
        return [self._part(self.lines[:fitting]), self._part(self.lines[fitting:])]

    def _part(self, lines: tuple[Line, ...]) -> Self:
        part: Self = self.__class__(self.runs, align=self.align, after=self.spaceAfter)
        part.element, part.lines, part._broken_for = self.element, lines, 0.0
        return part

    @property
    def is_heading(self) -> bool:
        """Whether it is a heading of the structure tree."""
        return self.element.role.startswith("H")

    def least(self) -> float:
        """Three lines, or all of fewer."""
        return height_of(self.lines[:3])

    def draw(self) -> None:
        """Draw the lines as content of the element; a heading is a bookmark too."""
        if self.element not in self.canv.root.kids:
            self.canv.root.add(self.element)
            if self.is_heading:
                words = " ".join(one_line(run.text) for run in self.runs)
                self.canv.bookmark(int(self.element.role[1]), words, self.height)
        with self.canv.content(self.element):
            draw_lines(self.canv, self.lines, 0, self.height, self.width, self.align)


class Notice(Para):
    """A paragraph with an amber bar beside it: what must not be overlooked."""

    _INDENT: Final = 9.0

    def wrap(self, available_width: float, _available_height: float) -> tuple[float, float]:
        """Break the lines beside the bar."""
        super().wrap(available_width - self._INDENT, _available_height)
        self.width = available_width
        return self.width, self.height

    def draw(self) -> None:
        """Draw the bar and the lines."""
        with self.canv.artifact():
            self.canv.setFillColor(HexColor(AMBER))
            self.canv.rect(0, 1, 2.5, self.height - 2, stroke=0, fill=1)
        self.canv.translate(self._INDENT, 0)
        super().draw()


def h1(words: str, **space: Any) -> Para:
    """The title of a document."""
    return Para(words, H1, role="H1", **space)


def h2(words: str) -> Para:
    """The heading of a section."""
    return Para(words, H2, role="H2", before=8, after=2)


def h3(words: str) -> Para:
    """The heading of a part of a section."""
    return Para(words, H3, role="H3", before=6, after=1)


class Rule(Block):
    """A line across."""

    def __init__(self, *, weight: float = 0.5, colour: str = HAIRLINE, before: float = 0, after: float = 0) -> None:
        super().__init__(before=before, after=after)
        self.weight, self.colour = weight, colour

    def wrap(self, available_width: float, _available_height: float) -> tuple[float, float]:
        """Take the whole width."""
        self.width, self.height = available_width, self.weight
        return self.width, self.height

    def draw(self) -> None:
        """Draw the line as furniture."""
        with self.canv.artifact():
            self.canv.setStrokeColor(HexColor(self.colour))
            self.canv.setLineWidth(self.weight)
            self.canv.line(0, self.weight / 2, self.width, self.weight / 2)


class Figure(Block):
    """A picture that ``paint`` draws from (0, 0) in points, told in words by ``alt``."""

    def __init__(
        self, width: float, height: float, alt: str, paint: Callable[[TaggedCanvas], None], *, after: float = 3
    ) -> None:
        super().__init__(after=after)
        self.width, self.height, self.paint = width, height, paint
        self.element = Element("Figure", alt=alt)

    def wrap(self, _available_width: float, _available_height: float) -> tuple[float, float]:
        """Keep the size."""
        return self.width, self.height

    def draw(self) -> None:
        """Paint as content of a figure."""
        self.canv.root.add(self.element)
        with self.canv.content(self.element):
            self.canv.saveState()
            self.paint(self.canv)
            self.canv.restoreState()


@dataclass(frozen=True, slots=True)
class Stack:
    """Blocks below each other in a column of ``share`` of the width."""

    share: float
    blocks: Sequence[Flowable]


class Columns(Block):
    """Stacks side by side, read one after the other."""

    def __init__(
        self,
        stacks: Sequence[Stack],
        *,
        gutter: float = 16,
        before: float = 0,
        after: float = 0,
        tallest: float = _TALLEST,
    ) -> None:
        super().__init__(before=before, after=after)
        self.stacks, self.gutter, self.tallest = stacks, gutter, tallest

    def _widths(self, available: float) -> list[float]:
        room = available - self.gutter * (len(self.stacks) - 1)
        total = sum(stack.share for stack in self.stacks)
        return [room * stack.share / total for stack in self.stacks]

    def wrap(self, available_width: float, _available_height: float) -> tuple[float, float]:
        """Lay the stacks out; the tallest gives the height."""
        heights = [
            height_with(stack.blocks, width)
            for stack, width in zip(self.stacks, self._widths(available_width), strict=True)
        ]
        self.width, self.height = available_width, max(heights, default=0)
        return self.width, self.height

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """Stack everything when it would not fit on any page; otherwise go to the next page whole."""
        if self.wrap(available_width, available_height)[1] <= self.tallest:
            return []
        first, *others = (block for stack in self.stacks for block in stack.blocks)
        height = first.wrap(available_width, available_height)[1] + first.getSpaceBefore()
        if height <= available_height:
            return [first, *others]
        parts = first.split(available_width, available_height)
        return [*parts, *others] if parts else []

    def draw(self) -> None:
        """Draw the stacks from left to right."""
        x = 0.0
        for stack, width in zip(self.stacks, self._widths(self.width), strict=True):
            y = self.height
            for index, block in enumerate(stack.blocks):
                y -= block.getSpaceBefore() if index else 0
                height = block.wrap(width, y)[1]
                y -= height
                block.drawOn(self.canv, x, y)
                y -= block.getSpaceAfter()
            x += width + self.gutter


def height_with(blocks: Sequence[Flowable], width: float) -> float:
    """Height of blocks below each other in a width, with the space between them."""
    height = 0.0
    for index, block in enumerate(blocks):
        height += block.getSpaceBefore() if index else 0
        height += block.wrap(width, _ENDLESS)[1]
        height += block.getSpaceAfter() if index < len(blocks) - 1 else 0
    return height


def start_height(blocks: Sequence[Flowable], width: float) -> float:
    """Height that must be left on the page for headings together with the start of what follows them.

    A short section is kept whole.
    """
    height = 1.0
    whole = height_with(blocks, width)
    if whole <= _KEPT_WHOLE:
        return height + blocks[0].getSpaceBefore() + whole
    for block in blocks:
        height += block.getSpaceBefore()
        block.wrap(width, _ENDLESS)
        if not (isinstance(block, Para) and block.leads):
            return height + (block.least() if isinstance(block, Block) else block.height)
        height += block.height + block.getSpaceAfter()
    return height
