"""From parts to pages: each document of a print with its own frames, header, footer and count of pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any, Final, Protocol

from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageBreak, PageTemplate

from clinic.domain.documents.kinds import Edition
from clinic.domain.documents.texts import Language, language
from clinic.domain.patients import display_name
from clinic.domain.visit_content import ClinicContent, PatientContent
from clinic.domain.wording import day_text
from clinic.pdf import fonts
from clinic.pdf.furniture import Furniture, number_width, rows, short
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import (
    LARGE_SIZE,
    MARGIN,
    PAPERS,
    RED_STRONG,
    SMALL,
    STRONG,
    TOP,
    TextStyle,
    content_width,
    type_of,
)
from clinic.pdf.tagging import Element, TaggedCanvas
from clinic.pdf.text import NBSP, one_line

SYNTHETIC: Final = "Synthetic demonstration patient"
_NUMBER: Final = f"page{NBSP}{{page}}{NBSP}of{NBSP}{{pages}}"


class About(Protocol):
    """What the page around a print needs of its content."""

    @property
    def clinic(self) -> ClinicContent:
        """The clinic as printed."""

    @property
    def patient(self) -> PatientContent | None:
        """Who it is about; nobody for a sheet without a patient."""

    @property
    def on(self) -> date:
        """The day that it tells of."""


@dataclass(frozen=True, slots=True)
class Part:
    """One document before it is on pages. ``title`` is its own; ``notes`` are sentences for its footer.

    ``code`` is the language of a document that comes in several: its furniture is then written in it.
    """

    story: Sequence[Flowable]
    about: About
    stamp: Stamp
    title: str
    code: str = ""
    notes: tuple[str, ...] = ()

    @property
    def language(self) -> str:
        """The code of its language."""
        return self.code or self.stamp.language

    @property
    def name(self) -> str:
        """Its title with whom it is about, on one line."""
        who = identifiers(self.about, language(self.code) if self.code else None)
        return one_line(f"{self.title}: {who}" if who else self.title)


def identifiers(content: About, words: Language | None = None) -> str:
    """Both identifiers in one line: name, date of birth and record number; says when the patient is invented."""
    patient = content.patient
    if patient is None:
        return ""
    name = display_name(patient.family_name, patient.given_names)
    if words is None:
        born, number = f"born{NBSP}{unbroken(day_text(patient.birth_date))}", f"record number {patient.record_number}"
    else:
        born = unbroken(words.label("born", day=words.day(patient.birth_date)))
        number = words.label("record_number", number=patient.record_number)
    parts = [name, born, number]
    if patient.synthetic:
        parts.append(words.label("synthetic") if words else SYNTHETIC)
    return " · ".join(parts)


def unbroken(text: str) -> str:
    """The text with blanks at which no line ends."""
    return text.replace(" ", NBSP)


def state_words(stamp: Stamp, words: Language) -> tuple[str, str]:
    """The word across the pages of a document and its state in words, in its language; empty for one that stands."""
    if not stamp.watermark:
        return "", ""
    if stamp.status not in {"preview", "superseded"}:
        return stamp.watermark, stamp.status_line
    word = words.label(f"watermark_{stamp.status}")
    if stamp.status == "preview" and not stamp.status_text:
        return word, words.label("preview")
    text = stamp.status_text
    return word, text if not text or text.startswith(word) else f"{word}: {text}"


def first_room(content: About, stamp: Stamp, title: str) -> float:
    """Height for content on page 1, in points."""
    fonts.register()
    return PAPERS[stamp.paper][1] - TOP - _furniture(Part((), content, stamp, title)).bottom


def later_room(part: Part) -> float:
    """Height for content on the pages after the first, which have less of it, in points."""
    furniture = _furniture(part)
    return PAPERS[part.stamp.paper][1] - furniture.later_top - furniture.bottom


def build(story: Sequence[Flowable], content: About, stamp: Stamp, *, title: str) -> bytes:
    """Lay a story out on pages and return the PDF. The same arguments give the same bytes."""
    return build_parts([Part(story, content, stamp, title)])


def build_parts(parts: Sequence[Part]) -> bytes:
    """Lay documents out one after the other, each on pages of its own. The same arguments give the same bytes."""
    fonts.register()
    target = BytesIO()
    first = parts[0]
    title = first.name if len(parts) == 1 else "; ".join([*(one.title for one in parts[:-1]), parts[-1].name])

    def canvas(*_: object, **__: object) -> TaggedCanvas:
        return TaggedCanvas(
            target,
            page_size=PAPERS[first.stamp.paper],
            title=one_line(title),
            author=one_line(first.about.clinic.name),
            language=first.language,
        )

    document = BaseDocTemplate(target, pagesize=PAPERS[first.stamp.paper])
    story: list[Flowable] = []
    for index, part in enumerate(parts):
        document.addPageTemplates(_templates(part, index, alone=len(parts) == 1))
        if index:
            story += [NextPageTemplate(f"first {index}"), PageBreak()]
        story += part.story
    document.build(story, canvasmaker=canvas)
    return target.getvalue()


def _templates(part: Part, index: int, *, alone: bool) -> list[PageTemplate]:
    paper, furniture = PAPERS[part.stamp.paper], _furniture(part)
    element = None if alone else Element("Part", alt=one_line(part.title), language=part.language)

    def begin(canvas: Any, _document: Any) -> None:
        canvas.begin_part(furniture, element)

    frames = _frame(paper, TOP, furniture.bottom), _frame(paper, furniture.later_top, furniture.bottom)
    later = f"later {index}"
    return [
        PageTemplate(f"first {index}", [frames[0]], onPage=begin, pagesize=paper, autoNextPageTemplate=later),
        PageTemplate(later, [frames[1]], onPage=begin, pagesize=paper),
    ]


def _furniture(part: Part) -> Furniture:
    stamp, width = part.stamp, content_width(part.stamp.paper)
    words = language(part.code) if part.code else None
    large = type_of(LARGE_SIZE) if stamp.edition is Edition.LARGE else None
    small, strong = (large.furniture, large.header) if large else (SMALL, STRONG)
    red = TextStyle(strong.font, strong.size, strong.leading, RED_STRONG.colour) if large else RED_STRONG
    number = words.labels["page"].replace(" ", NBSP) if words else _NUMBER
    watermark, state = state_words(stamp, words) if words else (stamp.watermark, stamp.status_line)
    texts = [*part.notes, _about(part, words), stamp.letterhead.footer]
    return Furniture(
        header=short(identifiers(part.about, words) or (part.title if words else ""), strong, width),
        state=short(state, red, width),
        footer=rows(texts, small, width - number_width(number, small)),
        number=number,
        style=small,
        watermark=watermark,
        paper=PAPERS[stamp.paper],
    )


def _about(part: Part, words: Language | None) -> str:
    """What the print is, of which day, under which reference, printed when."""
    stamp, on = part.stamp, part.about.on
    if words is None:
        title = f"{part.title} of {unbroken(day_text(on))}"
        return f"{title} · document {stamp.reference} · printed {stamp.printed_at}"
    parts = [part.title, words.day(on)]
    parts += [words.label("document", reference=stamp.reference)] if stamp.reference else []
    parts += [words.label("printed", when=stamp.printed_at)] if stamp.printed_at else []
    return " · ".join(parts)


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
