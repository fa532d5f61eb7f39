"""Parts of a page that belong together: framed boxes, hanging items of lists, lines to write on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from reportlab.lib.colors import HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from clinic.pdf.flowables import Block, Para, Words, draw_lines, fitting_lines, height_of, height_with, runs
from clinic.pdf.flowing import cut
from clinic.pdf.style import GROUND, INK, RULE, TextStyle
from clinic.pdf.tagging import Element
from clinic.pdf.text import Line, break_lines, ending_in_blank, one_line

TALLEST: Final = 430.0
"""What is taller than this (points) may go over pages; every page of every edition has this room."""
_BAR_PAD: Final = 3.0


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of a group: line weight, space inside, a ground; ``bar`` sets its title in white on ink."""

    weight: float = 0.0
    pad: float = 0.0
    ground: str = ""
    colour: str = INK
    bar: bool = False


class Group(Block):
    """Blocks below each other in a frame, kept whole unless they are taller than a page can be sure to hold."""

    def __init__(
        self,
        blocks: Sequence[Flowable],
        frame: Frame = Frame(),
        *,
        title: Para | None = None,
        role: str = "Div",
        before: float = 0,
        after: float = 0,
        tallest: float = TALLEST,
    ) -> None:
        super().__init__(before=before, after=after)
        self.tallest = tallest
        self.blocks, self.frame, self.title = list(blocks), frame, title
        self.element = Element(role)

    @property
    def _inset(self) -> float:
        return self.frame.pad + self.frame.weight

    def _head(self, width: float) -> float:
        """Height of the title with its bar."""
        if self.title is None:
            return 0.0
        height = self.title.wrap(width - 2 * self._inset, TALLEST)[1]
        return float(height) + (2 * _BAR_PAD if self.frame.bar else self.title.getSpaceAfter())

    def wrap(self, available_width: float, _available_height: float) -> tuple[float, float]:
        """Lay the blocks out inside the frame."""
        inside = height_with(self.blocks, available_width - 2 * self._inset)
        self.width = available_width
        self.height = self._head(available_width) + inside + 2 * self._inset
        return self.width, self.height

    def least(self) -> float:
        """All of it, unless it is too tall to be kept whole."""
        return min(float(self.height), self.tallest)

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """Cut between or inside blocks when it is too tall to be kept whole."""
        if self.wrap(available_width, available_height)[1] <= self.tallest:
            return []
        width = available_width - 2 * self._inset
        kept, rest = cut(self.blocks, width, available_height - self._head(available_width) - 2 * self._inset)
        return [self._part(kept, self.title), self._part(rest, None)] if kept and rest else []

    def _part(self, blocks: Sequence[Flowable], title: Para | None) -> Group:
        frame = self.frame if title else replace(self.frame, bar=False)
        made = Group(blocks, frame, title=title, before=0, after=self.getSpaceAfter())
        made.element = self.element
        return made

    def draw(self) -> None:
        """Draw frame, title and blocks, all below one element."""
        head = self._head(self.width)
        self._draw_frame(head)
        inset, width = self._inset, self.width - 2 * self._inset
        y = self.height
        with self.canv.inside(self.element):
            if self.title is not None:
                height = self.title.wrap(width, y)[1]
                y -= self.frame.weight + _BAR_PAD if self.frame.bar else inset
                self.title.drawOn(self.canv, inset, y - height)
                y = self.height - head - inset
            else:
                y -= inset
            for index, block in enumerate(self.blocks):
                y -= block.getSpaceBefore() if index else 0
                height = block.wrap(width, y)[1]
                y -= height
                block.drawOn(self.canv, inset, y)
                y -= block.getSpaceAfter()

    def _draw_frame(self, head: float) -> None:
        canvas, frame = self.canv, self.frame
        if not (frame.weight or frame.ground):
            return
        with canvas.artifact():
            half = frame.weight / 2
            if frame.ground:
                canvas.setFillColor(HexColor(frame.ground))
                canvas.rect(0, 0, self.width, self.height, stroke=0, fill=1)
            if frame.bar:
                canvas.setFillColor(HexColor(frame.colour))
                canvas.rect(0, self.height - head - frame.weight, self.width, head + frame.weight, stroke=0, fill=1)
            if frame.weight:
                canvas.setStrokeColor(HexColor(frame.colour))
                canvas.setLineWidth(frame.weight)
                canvas.rect(half, half, self.width - frame.weight, self.height - frame.weight, stroke=1, fill=0)


class Hanging(Block):
    """Words with a label hanging beside them: an item of a list (below ``within``), or a fact."""

    def __init__(
        self,
        label: str,
        words: Words,
        style: TextStyle,
        *,
        within: Element | None = None,
        label_style: TextStyle | None = None,
        share: float = 0.0,
        before: float = 0,
        after: float = 2,
    ) -> None:
        super().__init__(before=before, after=after)
        self.label, self.words, self.style, self.within = label, runs(words, style), style, within
        self.label_style, self.share = label_style or style, share
        self.element = Element("LI" if within is not None else "P")
        self.marks = [self.element.add(Element(role)) for role in ("Lbl", "LBody")] if within is not None else []
        self.label_lines: tuple[Line, ...] = ()
        self.lines: tuple[Line, ...] = ()
        self._broken_for = -1.0

    def _indent(self, width: float) -> float:
        if self.share:
            return width * self.share
        return float(stringWidth(one_line(self.label), self.label_style.font, self.label_style.size)) + (
            self.label_style.size * 0.55
        )

    def wrap(self, available_width: float, _available_height: float) -> tuple[float, float]:
        """Break label and words for a width."""
        if self._broken_for not in (available_width, 0.0):
            indent = self._indent(available_width)
            label = break_lines(runs(self.label, self.label_style), indent - (6 if self.share else 0))
            self.label_lines = ending_in_blank(label)
            self.lines = break_lines(self.words, available_width - indent)
            self._broken_for = available_width
        self.width = available_width
        self.height = max(height_of(self.label_lines), height_of(self.lines))
        return self.width, self.height

    def least(self) -> float:
        """Three lines, or all of fewer."""
        return max(height_of(self.label_lines[:3]), height_of(self.lines[:3]))

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """Cut where the page ends, two lines at least on either side."""
        self.wrap(available_width, available_height)
        fitting = fitting_lines(self.lines, available_height)
        if fitting < 2 or height_of(self.label_lines) > available_height:
            return []
        return [self._part(self.label_lines, self.lines[:fitting]), self._part((), self.lines[fitting:])]

    def _part(self, label: tuple[Line, ...], lines: tuple[Line, ...]) -> Hanging:
        made = Hanging(
            self.label, "", self.style, label_style=self.label_style, share=self.share, after=self.spaceAfter
        )
        made.within, made.element, made.marks = self.within, self.element, self.marks
        made.label_lines, made.lines, made._broken_for = label, lines, 0.0
        return made

    def draw(self) -> None:
        """Draw label and words as content of their elements."""
        canvas, indent = self.canv, self._indent(self.width)
        if self.within is None:
            if self.element not in canvas.root.kids:
                canvas.root.add(self.element)
            with canvas.content(self.element):
                self._draw(indent)
            return
        if self.within not in canvas.root.kids:
            canvas.root.add(self.within)
        if self.element not in self.within.kids:
            self.within.add(self.element)
        label, body = self.marks
        if self.label_lines:
            with canvas.content(label):
                draw_lines(canvas, self.label_lines, 0, self.height, indent)
        with canvas.content(body):
            draw_lines(canvas, self.lines, indent, self.height, self.width - indent)

    def _draw(self, indent: float) -> None:
        draw_lines(self.canv, self.label_lines, 0, self.height, indent)
        draw_lines(self.canv, self.lines, indent, self.height, self.width - indent)


class WritingLine(Block):
    """A line to write on, with room above it."""

    def __init__(self, room: float) -> None:
        super().__init__()
        self.room = room

    def wrap(self, available_width: float, _available_height: float) -> tuple[float, float]:
        """Take the width."""
        self.width, self.height = available_width, self.room
        return self.width, self.height

    def draw(self) -> None:
        """Draw the line as furniture."""
        with self.canv.artifact():
            self.canv.setStrokeColor(HexColor(RULE))
            self.canv.setLineWidth(0.7)
            self.canv.line(0, 0.5, self.width, 0.5)


NOTE: Final = Frame(weight=0.6, pad=7, ground=GROUND, colour=RULE)
IMPORTANT: Final = Frame(weight=1.6, pad=8)
EMERGENCY: Final = Frame(weight=3.0, pad=9, bar=True)
