"""What a document begins with: letterhead and logo, title and day, whom it is about, and who gets it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from typing import Any, Final

from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from clinic.domain.documents.content import DocumentContent
from clinic.domain.patients import display_name
from clinic.pdf.flowables import Block, Columns, Para, Rule, Stack
from clinic.pdf.pages import state_words, unbroken
from clinic.pdf.setting import Setting
from clinic.pdf.stamps import Letterhead, Stamp
from clinic.pdf.style import INK, RULE
from clinic.pdf.text import NBSP, Run
from clinic.pdf.words import person_words

_LOGO_HEIGHT: Final = 44.0
_LOGO_WIDTH: Final = 150.0
_DAY_GAP: Final = 14.0


class Logo(Block):
    """The clinic's logo at the right edge, furniture: its name stands beside it in words."""

    def __init__(self, image: ImageReader) -> None:
        super().__init__()
        self.image = image
        width, height = image.getSize()
        self.scale = min(_LOGO_WIDTH / width, _LOGO_HEIGHT / height)
        self.size = width * self.scale, height * self.scale

    def wrap(self, available_width: float, _available_height: float) -> tuple[float, float]:
        """Take the width; the picture keeps its proportions."""
        self.width, self.height = available_width, self.size[1]
        return self.width, self.height

    def draw(self) -> None:
        """Draw the picture."""
        with self.canv.artifact():
            self.canv.drawImage(self.image, self.width - self.size[0], 0, *self.size, mask="auto")


@lru_cache(maxsize=4)
def _image(data: bytes) -> ImageReader | None:
    """The logo, read; None when it is no picture that can be read."""
    try:
        image: Any = ImageReader(BytesIO(data))
        width, height = image.getSize()
        image.getRGBData()
    # A broken picture raises whatever its decoder raises; a document without its logo is still the document.
    except Exception:  # noqa: BLE001
        return None
    found: ImageReader | None = image if width > 0 and height > 0 else None
    return found


def opening(content: DocumentContent, stamp: Stamp, setting: Setting) -> list[Flowable]:
    """Everything above the first block."""
    kind, unit = setting.type, setting.type.unit
    _, state = state_words(stamp, setting.words)
    story: list[Flowable] = [Para(state, kind.red, after=4)] if state else []
    story += [_letterhead(content, stamp.letterhead, setting), Rule(weight=1.4, colour=INK, before=2, after=5 * unit)]
    title = Para(content.title, kind.h1, role="H1", after=2 * unit)
    if setting.letter:
        address = [Para(line, kind.body, after=0) for line in content.recipient] or [Para(NBSP, kind.body, after=0)]
        on = Para(setting.words.day(content.on), kind.body, align="right", after=0)
        story += [Columns([Stack(1.6, address), Stack(1, [on])], before=4, after=14 * unit), title]
    else:
        story += [_title_and_day(title, setting.words.day(content.on), setting)]
    return [*story, *_about(content, setting)]


def _title_and_day(title: Para, on: str, setting: Setting) -> Flowable:
    """The title with its day at the right edge, on the same line of writing."""
    muted, large = setting.type.muted, setting.type.h1
    style = replace(muted, leading=large.leading + 0.69 * (large.size - muted.size))
    share = float(stringWidth(on, style.font, style.size)) + 1
    day = Para(unbroken(on), style, align="right", after=0)
    return Columns([Stack(setting.width - share - _DAY_GAP, [title]), Stack(share, [day])], gutter=_DAY_GAP)


def _letterhead(content: DocumentContent, letterhead: Letterhead, setting: Setting) -> Flowable:
    clinic, kind = content.clinic, setting.type
    address = " · ".join(part for part in (" ".join(clinic.address.split("\n")), clinic.phone) if part)
    words: list[Any] = [Para(clinic.name, kind.strong, after=0)]
    words += [Para(address, kind.small, after=0)] if address else []
    image = _image(letterhead.logo) if letterhead.logo else None
    logo = Logo(image) if image else None
    share = (logo.size[0] if logo else 0.0) or 1.0
    stacks = [Stack(setting.width - share, words), *([Stack(share, [logo])] if logo else [])]
    return Columns(stacks, after=4)


def _about(content: DocumentContent, setting: Setting) -> list[Flowable]:
    """The patient strip with both identifiers; for clinicians also the conditions."""
    patient, kind, words = content.patient, setting.type, setting.words
    if patient is None:
        return []
    name = [Run(display_name(patient.family_name, patient.given_names), kind.name)]
    if patient.synthetic:
        mark = words.label("synthetic")
        name.append(Run(f"   {mark}", kind.amber))
    if setting.translated:
        age = words.label("age_one" if patient.age == 1 else "age", age=patient.age)
        born = words.label("born", day=words.day(patient.birth_date))
        number = words.label("record_number", number=patient.record_number)
        person = f"{born} ({age}) · {number}".replace(f"{patient.age} ", f"{patient.age}{NBSP}")
    else:
        person = person_words(patient)
    unit = kind.unit
    return [
        Rule(colour=RULE, before=2, after=0),
        Para(name, kind.name, before=3.5 * unit, after=1),
        Para(person, kind.body, after=1),
        *(Para(one, kind.body, after=1) for one in content.conditions),
        Rule(colour=RULE, before=3.5 * unit, after=4 * unit),
    ]
