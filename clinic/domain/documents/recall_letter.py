"""The letter about a recalled lot: what happened, which days and lot, what to do, whom to call. Never that harm was done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from clinic.domain.documents import emergency
from clinic.domain.documents.content import Block, Facts, Heading, Paragraph
from clinic.domain.documents.texts import Language, text
from clinic.domain.documents.treatment_handout import Phones
from clinic.domain.errors import Invalid
from clinic.domain.quantities import NBSP

TEXT: Final = "recall_letter"
OWN_WORDS_MAXIMUM: Final = 600
"""Characters of the clinic's own words (own choice: some six lines)."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a letter is about: the lot, and this patient's days, given by the record or only noted."""

    product_name: str
    lot: str
    days: tuple[date, ...]
    given: bool


def own_words(typed: str) -> str:
    """The clinic's own words for a batch, without blanks around them. Raises Invalid (``own_words``) when too long."""
    words = typed.strip()
    if len(words) > OWN_WORDS_MAXIMUM:
        raise Invalid({"own_words": f"At most {OWN_WORDS_MAXIMUM} characters; these are {len(words)}."})
    return words


def recall_blocks(about: Recalled, words: Language, phones: Phones, typed: str = "") -> tuple[Block, ...]:
    """The letter. ``typed`` are the clinic's own words, which nobody translates.

    They stand last: where they make a second page, the emergency box is not what goes to it.
    """
    told = text(TEXT, words.code)
    phone = phones.clinic.strip().replace(" ", NBSP)
    to_do = told.part("to_do_call").blocks(phone=phone) if phone else told.part("to_do_come").blocks()
    return (
        *told.part("what").blocks(),
        *told.part("given" if about.given else "noted").blocks(),
        _facts(about, words),
        *told.part("means").blocks(),
        *to_do,
        emergency.emergency_box(words, phones.clinic, phones.emergency),
        *_typed(typed, words),
    )


def _facts(about: Recalled, words: Language) -> Facts:
    days = ", ".join(words.day(on) for on in about.days)
    label = words.label("recall_given_days" if about.given else "recall_noted_days")
    return Facts(((words.label("product"), about.product_name), (words.label("lot"), about.lot), (label, days)))


def _typed(typed: str, words: Language) -> Iterator[Block]:
    if not typed:
        return
    yield Heading(words.label("recall_own_words"))
    yield from (Paragraph(line.strip()) for line in typed.split("\n") if line.strip())
    if words.code != "en":
        yield Paragraph(words.label("recall_not_translated"), small=True)
