"""A letter's own words: what it starts from, its placeholders filled, and what keeps it from being issued."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from clinic.domain.documents.content import Paragraph
from clinic.domain.documents.kinds import LETTERS, DocumentKind
from clinic.domain.documents.placeholders import fill, problem, stray
from clinic.domain.plans import ReferralKind
from clinic.domain.referrals import opening

WORDS_MAXIMUM: Final = 6000
ADDRESS_MAXIMUM: Final = 400
NAME_MAXIMUM: Final = 120
QUESTION: Final = "{{question}}"

REFERRALS: Final[Mapping[DocumentKind, ReferralKind]] = {
    DocumentKind.NEUROLYSIS_REFERRAL: ReferralKind.NEUROLYSIS,
    DocumentKind.OPHTHALMOLOGY_LETTER: ReferralKind.OPHTHALMOLOGY,
    DocumentKind.THERAPIST_LETTER: ReferralKind.THERAPY,
}
"""The referral that a letter goes with; one to the referring doctor asks nothing and goes with none."""

KINDS: Final[Mapping[ReferralKind, DocumentKind]] = {referral: kind for kind, referral in REFERRALS.items()}


@dataclass(frozen=True, slots=True)
class Words:
    """What a letter of one kind starts from."""

    title: str
    opening: str
    closing: str


@dataclass(frozen=True, slots=True)
class Values:
    """What placeholders stand for in one record; ``missing`` says why a known one has no value."""

    values: Mapping[str, str]
    missing: Mapping[str, str]


@cache
def built_in() -> Mapping[DocumentKind, Words]:
    """The words that come with this program, for every kind of letter."""
    raw = tomllib.loads((files("clinic.domain") / "data" / "letters.toml").read_text(encoding="utf-8"))
    found = {
        kind: Words(raw[kind]["title"], raw[kind]["opening"].strip(), raw[kind]["closing"].strip()) for kind in LETTERS
    }
    return MappingProxyType(found)


def usual_question(kind: DocumentKind) -> str:
    """What a letter of a kind asks unless a referral says otherwise; "" where it asks nothing."""
    return opening(REFERRALS[kind]) if kind in REFERRALS else ""


def typed_question(question: str, generated: Iterable[str]) -> str:
    """A referral's question without the lines of facts under it: the letter generates those anew.

    ``generated`` are the labels of such lines.
    """
    labels = tuple(f"{label}: " for label in generated)
    return "\n".join(line for line in question.splitlines() if not line.startswith(labels)).strip()


def asking(words: str, question: str) -> str:
    """The words with the question in place of its placeholder, so that it can be edited."""
    return words.replace(QUESTION, question) if question else words


def paragraphs(words: str, values: Mapping[str, str]) -> tuple[Paragraph, ...]:
    """A paragraph a line, placeholders filled; what nobody can fill stays as typed and is named."""
    found = []
    for line in filter(None, map(str.strip, words.splitlines())):
        filled = fill(line, values)
        found.append(Paragraph(filled.text, unknown=(*filled.unknown, *stray(line))))
    return tuple(found)


def word_problems(blocks: Iterable[Paragraph], missing: Mapping[str, str]) -> tuple[str, ...]:
    """What keeps words from being issued, a sentence for each placeholder that has no value."""
    unknown = dict.fromkeys(name for block in blocks for name in block.unknown)
    return tuple(problem(name, missing) for name in unknown)
