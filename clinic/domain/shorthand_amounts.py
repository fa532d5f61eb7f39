"""The amount of a shorthand item: dose, xN, depth and purpose; and what carries words and refusals with their place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from clinic.domain.injections import Depth, Purpose
from clinic.domain.quantities import QuantityError, parse_units
from clinic.domain.shorthand_words import Misread, find_detail, quoted

_COUNT = re.compile(r"[x×]([0-9]{1,3})", re.IGNORECASE)
_DOSE_AND_COUNT = re.compile(r"([0-9][^x×]*)[x×]([0-9]{1,3})", re.IGNORECASE)
_UNIT_WORDS = frozenset({"unit", "units"})


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of the text that was not understood, and what would be."""

    start: int
    end: int
    message: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the line and where it stands."""

    text: str
    start: int
    end: int

    @property
    def folded(self) -> str:
        """Without regard to capitals."""
        return self.text.casefold()

    @property
    def is_amount(self) -> bool:
        """Whether it belongs to the dose: a number, or xN."""
        return not self.text[0].isalpha() or bool(_COUNT.match(self.text))


@dataclass(frozen=True, slots=True)
class Amount:
    """The dose at each site, how many sites were said, and the words after it."""

    units: Decimal
    count: int | None
    count_word: Word | None
    depth: Depth | None
    purpose: Purpose | None


class Refused(Exception):
    """An item that cannot be taken, because of these words of it."""

    def __init__(self, words: Sequence[Word], message: str) -> None:
        super().__init__(message)
        self.problem = Problem(words[0].start, words[-1].end, message)


def amount_of(rest: list[Word], whole: list[Word]) -> Amount:
    """Read the words from the dose to the end of an item. Raises Refused."""
    if not rest:
        raise Refused(whole, "The dose is missing. Write it after the muscle, in units, as in dao 2.5.")
    found = _Amounts()
    at = 0
    while at < len(rest):
        word = rest[at]
        following = rest[at + 1] if at + 1 < len(rest) else None
        if word.folded in {"x", "×"} and following is not None and following.text.isdigit():
            found.count(Word(f"x{following.text}", word.start, following.end))
            at += 1
        else:
            found.take(word)
        at += 1
    if found.units is None:
        raise Refused(rest, "The dose is missing. Write it before xN, as in 2.5 x3.")
    return Amount(found.units, found.number, found.count_word, found.depth, found.purpose)


class _Amounts:
    """What stands from the dose to the end of an item; each at most once."""

    def __init__(self) -> None:
        self.units: Decimal | None = None
        self.number: int | None = None
        self.count_word: Word | None = None
        self.depth: Depth | None = None
        self.purpose: Purpose | None = None

    def take(self, word: Word) -> None:
        both = _DOSE_AND_COUNT.fullmatch(word.text)
        if both:
            cut = word.start + both.end(1)
            self.dose(Word(both[1], word.start, cut))
            self.count(Word(word.text[both.end(1) :], cut, word.end))
        elif _COUNT.fullmatch(word.text):
            self.count(word)
        elif word.is_amount:
            self.dose(word)
        elif not (self.units is not None and word.folded in _UNIT_WORDS):
            self.detail(word)

    def dose(self, word: Word) -> None:
        if self.units is not None:
            raise Refused([word], f"{quoted(word.text)} is a second dose. Write one dose an item; items part at “;”.")
        self.units = _units(word)

    def count(self, word: Word) -> None:
        if self.count_word is not None or not _COUNT.fullmatch(word.text):
            raise Refused([word], f"{quoted(word.text)} is not understood. Write xN once, as in 2.5 x3.")
        self.number, self.count_word = int(word.text[1:]), word

    def detail(self, word: Word) -> None:
        try:
            found = find_detail(word.text)
        except Misread as error:
            raise Refused([word], error.message) from error
        if isinstance(found, Depth) and self.depth is None:
            self.depth = found
        elif isinstance(found, Purpose) and self.purpose is None:
            self.purpose = found
        else:
            raise Refused([word], f"{quoted(word.text)} is said twice. Write one depth and one purpose an item.")


def _units(word: Word) -> Decimal:
    try:
        return parse_units(word.text)
    except QuantityError as error:
        if "," in word.text:
            message = f"{quoted(word.text)} is ambiguous, so it is not read: write 2.5 with a point. Items part at “;”."
            raise Refused([word], message) from error
        raise Refused([word], f"{quoted(word.text)} is no dose. {error}") from error
