"""The page around every print: identifiers, state, reference and "page n of m" on each, a watermark until signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Final, Protocol

from reportlab.lib.colors import HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from clinic.domain.patients import display_name
from clinic.domain.visit_content import ClinicContent, PatientContent
from clinic.domain.wording import day_text
from clinic.pdf import fonts
from clinic.pdf.flowables import draw_lines, height_of
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import (
    BOTTOM,
    HAIRLINE,
    INK,
    MARGIN,
    PAPERS,
    RED_STRONG,
    SMALL,
    STRONG,
    TOP,
    TextStyle,
    content_width,
)
from clinic.pdf.tagging import TaggedCanvas
from clinic.pdf.text import NBSP, Line, Run, break_lines, one_line

SYNTHETIC: Final = "Synthetic demonstration patient"
_WATERMARK_OPACITY: Final = 0.08
_MOST_LINES: Final = 4
"""Lines that a page header or footer takes at most; page 1 has every word in full."""


class About(Protocol):
    """What the page around a print needs of its content."""

    @property
    def clinic(self) -> ClinicContent:
        """The clinic as printed."""

    @property
    def patient(self) -> PatientContent:
        """Who it is about."""

    @property
    def on(self) -> date:
        """The day that it tells of."""


def identifiers(content: About) -> str:
    """Both identifiers in one line: name, date of birth and record number; says when the patient is invented."""
    patient = content.patient
    parts = [
        display_name(patient.family_name, patient.given_names),
        f"born{NBSP}{unbroken(day_text(patient.birth_date))}",
        f"record number {patient.record_number}",
    ]
    return " · ".join([*parts, SYNTHETIC] if patient.synthetic else parts)


def unbroken(text: str) -> str:
    """The text with blanks at which no line ends."""
    return text.replace(" ", NBSP)


@dataclass(frozen=True)
class _Furniture:
    """Header, footer and watermark of a document's pages, laid out once."""

    header: tuple[Line, ...]
    state: tuple[Line, ...]
    footer: tuple[Line, ...]
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
        return BOTTOM + height_of(self.footer) + 12

    def __call__(self, canvas: TaggedCanvas, page: int, pages: int) -> None:
        """Draw on one page."""
        width, height = self.paper
        room = width - 2 * MARGIN
        with canvas.artifact("Pagination"):
            if page > 1:
                draw_lines(canvas, self.state, MARGIN, height - TOP, room)
                top = height - TOP - height_of(self.state)
                draw_lines(canvas, self.header, MARGIN, top, room)
                _line(canvas, top - height_of(self.header) - 2, room, INK, 0.8)
            top = BOTTOM + height_of(self.footer)
            _line(canvas, top + 4, room, HAIRLINE, 0.5)
            draw_lines(canvas, self.footer, MARGIN, top, room)
            number = break_lines([Run(f"page{NBSP}{page}{NBSP}of{NBSP}{pages}", SMALL)], room)
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


def _line(canvas: TaggedCanvas, y: float, width: float, colour: str, weight: float) -> None:
    canvas.setStrokeColor(HexColor(colour))
    canvas.setLineWidth(weight)
    canvas.line(MARGIN, y, MARGIN + width, y)


def first_room(content: About, stamp: Stamp, title: str) -> float:
    """Height for content on page 1, in points."""
    fonts.register()
    furniture = _furniture(content, stamp, title)
    return PAPERS[stamp.paper][1] - TOP - furniture.bottom


def build(story: Sequence[Flowable], content: About, stamp: Stamp, *, title: str) -> bytes:
    """Lay a story out on pages and return the PDF. The same arguments give the same bytes."""
    fonts.register()
    paper = PAPERS[stamp.paper]
    furniture = _furniture(content, stamp, title)
    target = BytesIO()

    def canvas(*_: object, **__: object) -> TaggedCanvas:
        return TaggedCanvas(
            target,
            page_size=paper,
            title=one_line(f"{title}: {identifiers(content)}"),
            author=one_line(content.clinic.name),
            language=stamp.language,
            furniture=furniture,
        )

    document = BaseDocTemplate(target, pagesize=paper)
    document.addPageTemplates(
        [
            PageTemplate("first", [_frame(paper, TOP, furniture.bottom)], autoNextPageTemplate="later"),
            PageTemplate("later", [_frame(paper, furniture.later_top, furniture.bottom)]),
        ]
    )
    document.build(list(story), canvasmaker=canvas)
    return target.getvalue()


def _furniture(content: About, stamp: Stamp, title: str) -> _Furniture:
    width = content_width(stamp.paper)
    about = f"{title} of {unbroken(day_text(content.on))} · document {stamp.reference} · printed {stamp.printed_at}"
    return _Furniture(
        header=_short(identifiers(content), STRONG, width),
        state=_short(stamp.status_line, RED_STRONG, width) if stamp.status_line else (),
        footer=_short(about, SMALL, width - 60),
        watermark=stamp.watermark,
        paper=PAPERS[stamp.paper],
    )


def _short(text: str, style: TextStyle, width: float) -> tuple[Line, ...]:
    """Lines of furniture; words beyond the limit of lines are left out and marked so."""
    lines = break_lines([Run(one_line(text), style)], width)
    if len(lines) <= _MOST_LINES:
        return lines
    room = width - 12
    shorter = break_lines([Run(one_line(text), style)], room)[:_MOST_LINES]
    kept = " ".join(fragment.text for line in shorter for fragment in line.fragments)
    return break_lines([Run(f"{kept} …", style)], width)[: _MOST_LINES + 1]


def _frame(paper: tuple[float, float], top: float, bottom: float) -> Frame:
    return Frame(
        MARGIN,
        bottom,
        paper[0] - 2 * MARGIN,
        paper[1] - top - bottom,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
