"""Handouts that are nearly the same for every patient: understanding synkinesis, and facial massage."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from clinic.domain import anatomy
from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.documents.content import Beside, Block, Box, BoxKind, Choice, Face, FaceMark, Heading, Paragraph
from clinic.domain.documents.texts import DEFAULT, Language, Part, languages
from clinic.domain.face_marks import MarkStatus

UNDERSTANDING: Final = "understanding_synkinesis"
MASSAGE: Final = "facial_massage"
NO_MASSAGE: Final = timedelta(hours=24)
"""No massage over treated places in the first 24 hours (reference 7.3 and 7.4; leaflets of clinics, no trial)."""

QUESTION: Final = "ask_"
QUESTIONS: Final = "questions"
FIGURE: Final = "figure_smile"
_PULLING_DOWN: Final = (
    ("depressor_anguli_oris", "belly"),
    ("mentalis", "midline"),
    ("platysma", "medial_band_2"),
)
"""The muscles that the figure numbers, each at one of its places, in the order of its caption."""

_FIXED: Final = {
    UNDERSTANDING: frozenset({"what", "unknown"}),
    MASSAGE: frozenset({"how", "pressure", "toxin", "stop"}),
}
"""Parts that every patient gets: what it is, what is not known, and what keeps massage from doing harm."""

_NOT_CHOSEN: Final = frozenset({QUESTIONS, FIGURE, "toxin_now"})


@dataclass(frozen=True, slots=True)
class LastToxin:
    """When toxin was last given, on the clinic's clock, and now."""

    at: datetime
    now: datetime

    @property
    def until(self) -> datetime:
        """The full hour from which massage is possible again, never too early."""
        end = self._end
        whole = end.replace(minute=0, second=0, microsecond=0)
        return whole if whole == end else whole + timedelta(hours=1)

    @property
    def forbids_massage(self) -> bool:
        """Whether the first 24 hours still run."""
        return self.now < self._end

    @property
    def _end(self) -> datetime:
        return (self.at.astimezone(UTC) + NO_MASSAGE).astimezone(self.at.tzinfo)  # 24 hours also when clocks change


def choices(key: str, left_out: Collection[str], language: Language) -> tuple[Choice, ...]:
    """The parts of a text that can be left out, for staff, each with the strength of its evidence and its sources."""
    parts = (
        languages()[DEFAULT].texts[key].part(name) for name in language.texts[key].parts if name not in _NOT_CHOSEN
    )
    return tuple(_choice(part, part.id in _FIXED[key], left_out) for part in parts)


def _choice(part: Part, fixed: bool, left_out: Collection[str]) -> Choice:
    why = f"{part.strength.value.capitalize()}. {'; '.join(part.sources)}."
    return Choice(part.id, part.heading, why, fixed or part.id not in left_out, fixed)


def understanding(left_out: Collection[str], language: Language) -> tuple[Block, ...]:
    """What synkinesis is, and answers to what patients ask."""
    text = language.texts[UNDERSTANDING]
    kept = [one for one in text.parts.values() if one.id in _FIXED[UNDERSTANDING] or one.id not in left_out]
    asked = [one for one in kept if one.id.startswith(QUESTION)]
    found: list[Block] = []
    for one in kept:
        if one not in asked and one.id not in _NOT_CHOSEN:
            found += _smile(one, text.part(FIGURE)) if one.id == "smile" else one.blocks()
    if asked:
        found += text.part(QUESTIONS).blocks()
    for one in asked:
        heading, *rest = one.blocks()
        found += [replace(heading, level=3) if isinstance(heading, Heading) else heading, *rest]
    return tuple(found)


def massage(left_out: Collection[str], language: Language, last: LastToxin | None) -> tuple[Block, ...]:
    """How to massage the face, with the hour from which it is possible after toxin."""
    text = language.texts[MASSAGE]
    found: list[Block] = []
    for one in text.parts.values():
        if one.id == "toxin":
            found.append(
                Box(
                    BoxKind.IMPORTANT,
                    one.heading,
                    (),
                    " ".join((*one.body, *_wait(text.part("toxin_now"), language, last))),
                )
            )
        elif one.id == "stop":
            found.append(Box(BoxKind.IMPORTANT, one.heading, tuple(line.removeprefix("- ") for line in one.body)))
        elif one.id not in _NOT_CHOSEN and (one.id in _FIXED[MASSAGE] or one.id not in left_out):
            found += one.blocks()
    return tuple(found)


def _wait(part: Part, language: Language, last: LastToxin | None) -> tuple[str, ...]:
    if last is None or not last.forbids_massage:
        return ()
    values = {"day": language.day(last.at.date()), "until": language.day(last.until.date())}
    return tuple(line.format(time=f"{last.until:%H:%M}", **values) for line in part.body)


def _smile(part: Part, figure: Part) -> tuple[Block, ...]:
    """The words beside a face that numbers the muscles."""
    caption, alt = figure.body
    heading, *words = part.blocks()
    return heading, Beside(Face(tuple(_marks()), alt, width=30), (*words, Paragraph(caption)))


def _marks() -> list[FaceMark]:
    found = []
    for number, (muscle, site) in enumerate(_PULLING_DOWN, 1):
        for side in (Side.RIGHT, Side.LEFT) if MUSCLES[muscle].site(site).x else (Side.MIDLINE,):
            x, y = anatomy.position(muscle, site, side)
            found.append(FaceMark(x, y, number, "", side.value, muscle, MarkStatus.PLANNED.value))
    return found
