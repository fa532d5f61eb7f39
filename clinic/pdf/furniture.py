"""What stands around the content of every page: identifiers, state, reference, "page n of m", a watermark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.lib.colors import HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth

from clinic.pdf import fonts
from clinic.pdf.flowables import draw_lines, height_of
from clinic.pdf.style import BOTTOM, HAIRLINE, INK, MARGIN, TOP, TextStyle
from clinic.pdf.tagging import TaggedCanvas
from clinic.pdf.text import Line, Run, break_lines, one_line

_WATERMARK_OPACITY: Final = 0.08
_MOST_LINES: Final = 4
"""Lines that a page header or footer takes at most; page 1 has every word in full."""


@dataclass(frozen=True, eq=False)
class Furniture:
    """Header, footer and watermark of a document's pages, laid out once. ``number`` is ``page {page} of {pages}``."""

    header: tuple[Line, ...]
    state: tuple[Line, ...]
    footer: tuple[Line, ...]
    number: str
    style: TextStyle
    watermark: str
    paper: tuple[float, float]

    @property
    def later_top(self) -> float:
        """From the edge of the paper to the content of the pages after the first.

        On page 1 state and identifiers stand in the content itself, where they are read aloud.
        """
        return TOP + height_of(self.state) + height_of(self.header) + 10

    @property
    def bottom(self) -> float:
        """From the lower edge of the paper to the content."""
        return BOTTOM + max(height_of(self.footer), self.style.leading) + 12

    def __call__(self, canvas: TaggedCanvas, page: int, pages: int) -> None:
        """Draw on one page."""
        width, height = self.paper
        room = width - 2 * MARGIN
        with canvas.artifact("Pagination"):
            if page > 1 and (self.header or self.state):
                draw_lines(canvas, self.state, MARGIN, height - TOP, room)
                top = height - TOP - height_of(self.state)
                draw_lines(canvas, self.header, MARGIN, top, room)
                _line(canvas, top - height_of(self.header) - 2, room, INK, 0.8)
            top = self.bottom - 12
            _line(canvas, top + 4, room, HAIRLINE, 0.5)
            draw_lines(canvas, self.footer, MARGIN, top, room)
            number = break_lines([Run(self.number.format(page=page, pages=pages), self.style)], room)
            draw_lines(canvas, number, MARGIN, top, room, "right")
            if self.watermark:
                self._draw_watermark(canvas)

    def _draw_watermark(self, canvas: TaggedCanvas) -> None:
        width, height = self.paper
        canvas.saveState()
        canvas.setFillAlpha(_WATERMARK_OPACITY)
        size = 620 / len(self.watermark)
        left = -stringWidth(self.watermark, fonts.BOLD, size) / 2
        canvas.translate(width / 2, height / 2)
        canvas.rotate(54)
        canvas.write([(fonts.BOLD, size, INK, left, -size * 0.35, self.watermark)])
        canvas.restoreState()


def number_width(number: str, style: TextStyle) -> float:
    """Width to keep free beside the footer for the number of a page."""
    return stringWidth(number.format(page=88, pages=88), style.font, style.size) + 14


def short(text: str, style: TextStyle, width: float) -> tuple[Line, ...]:
    """Lines of furniture; words beyond the limit of lines are left out and marked so."""
    if not text:
        return ()
    lines = break_lines([Run(one_line(text), style)], width)
    if len(lines) <= _MOST_LINES:
        return lines
    shorter = break_lines([Run(one_line(text), style)], width - 12)[:_MOST_LINES]
    kept = " ".join(fragment.text for line in shorter for fragment in line.fragments)
    return break_lines([Run(f"{kept} …", style)], width)[: _MOST_LINES + 1]


def rows(texts: Sequence[str], style: TextStyle, width: float) -> tuple[Line, ...]:
    """Texts below each other, each shortened for itself."""
    return tuple(line for text in texts for line in short(text, style, width))


def _line(canvas: TaggedCanvas, y: float, width: float, colour: str, weight: float) -> None:
    canvas.setStrokeColor(HexColor(colour))
    canvas.setLineWidth(weight)
    canvas.line(MARGIN, y, MARGIN + width, y)
