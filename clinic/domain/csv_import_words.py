"""The words that a file may use for sides, muscles, places, products, causes: those of the program, however spelled.

Capitals, accents, blanks and hyphens do not matter; a word cut short does: what is imported is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from functools import cache, lru_cache
from typing import TypeVar

from clinic.domain import anatomy
from clinic.domain.anatomy import MUSCLES, OTHER, Muscle, Side
from clinic.domain.documents.kinds import Edition
from clinic.domain.documents.texts import languages
from clinic.domain.injections import Depth, Purpose
from clinic.domain.patients import Cause, Sex, fold
from clinic.domain.products import Product, product_name, products
from clinic.domain.shorthand_words import ABBREVIATIONS, DETAILS, SIDES

Kind = TypeVar("Kind", bound=StrEnum)
Value = TypeVar("Value")


class Misread(Exception):
    """A cell that cannot be taken: why, and what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def squeezed(text: str) -> str:
    """A word in lower case without accents, blanks, hyphens and other signs."""
    return re.sub(r"[\W_]+", "", fold(text))


def side(text: str) -> Side:
    """The side that a word says. Raises Misread."""
    found = SIDES.get(squeezed(text.casefold().removeprefix("patient's ").removeprefix("patient’s ")))
    if found is None:
        raise Misread("This is no side.", "Write right, left or midline: the patient’s own.")
    if len(found) > 1:
        raise Misread("One line is one site on one side.", "Write two lines, each with its own units.")
    return found[0]


def palsy_side(text: str) -> Side:
    """The side of a palsy. Raises Misread."""
    found = side(text)
    if found is Side.MIDLINE:
        raise Misread("A palsy is on the patient’s right or left.", "Write right or left.")
    return found


def muscle(text: str) -> Muscle:
    """The muscle that a whole name or abbreviation means. Raises Misread with the nearest ones."""
    return _one(_muscles(), text, "muscle", lambda one: one.label)


def sub_site(found: Muscle, text: str) -> str:
    """The key of a named site of a muscle. Raises Misread with those that it has."""
    names: dict[str, list[str]] = {}
    for one in found.sites:
        for name in (one.key, one.label, anatomy.full_label(found.key, one.key)):
            names.setdefault(squeezed(name), []).append(one.key)
    keys = set(names.get(squeezed(text), ()))
    if len(keys) == 1:
        return keys.pop()
    raise Misread(
        f"{found.label} has no site of this name.", f"It has: {'; '.join(one.label for one in found.sites) or 'none'}."
    )


def product(text: str) -> str:
    """The key of a product by its brand, or by a generic name that only one has. Raises Misread."""
    return _one(_products(), text, "product", product_name).key


def cause(text: str) -> Cause:
    """A cause of palsy. Raises Misread."""
    found: Cause = _one(_members(Cause), text, "cause", _value)
    return found


def sex(text: str) -> Sex:
    """A sex, or its first letter. Raises Misread."""
    letters = {squeezed(one.value)[0]: one for one in Sex}
    return letters.get(squeezed(text)) or _one(_members(Sex), text, "sex", _value)


def edition(text: str) -> str:
    """An edition of handouts. Raises Misread."""
    return _value(_one(_members(Edition), text, "type of handouts", _value))


def handout_language(text: str) -> str:
    """The code of a language that handouts are written in. Raises Misread."""
    known = {squeezed(name): (one,) for one in languages().values() for name in (one.code, one.english)}
    return _one(known, text, "language of handouts", lambda one: one.english).code


def depth(text: str) -> Depth:
    """A depth or its abbreviation. Raises Misread."""
    return _one(_details(Depth), text, "depth", _value)


def purpose(text: str) -> Purpose:
    """A purpose. Raises Misread."""
    return _one(_details(Purpose), text, "purpose", _value)


def _value(one: StrEnum) -> str:
    return str(one.value)


def _one(known: Mapping[str, tuple[Value, ...]], text: str, noun: str, label: Callable[[Value], str]) -> Value:
    word = squeezed(text)
    found = known.get(word, ())
    if len(found) == 1:
        return found[0]
    if found:
        raise Misread(f"This fits {' and '.join(map(label, found))}.", "Write which one is meant.")
    near = _near(word[:60], tuple(known))
    labels = list(dict.fromkeys(label(one) for name in near for one in known[name]))
    if not labels:
        labels = list(dict.fromkeys(label(one) for values in known.values() for one in values))
        shown = ", ".join(labels[:9]) + (", …" if len(labels) > 9 else "")
        raise Misread(f"This is no {noun} that is known.", f"Known are: {shown}.")
    raise Misread(f"This is no {noun} that is known.", f"Was it {' or '.join(labels)}?")


@lru_cache(maxsize=1024)
def _near(word: str, known: tuple[str, ...]) -> list[str]:
    return get_close_matches(word, known, n=3)  # Slow, and a wrong word mostly stands on many lines.


def _by_name(named: Iterable[tuple[str, Value]]) -> dict[str, tuple[Value, ...]]:
    found: dict[str, tuple[Value, ...]] = {}
    for name, one in named:
        known = found.get(squeezed(name), ())
        if name and one not in known:
            found[squeezed(name)] = (*known, one)
    return found


@cache
def _muscles() -> Mapping[str, tuple[Muscle, ...]]:
    def names() -> Iterable[tuple[str, Muscle]]:
        for key, one in MUSCLES.items():
            if key != OTHER:
                for name in (key, one.label, one.short_label, one.latin, *ABBREVIATIONS.get(key, ())):
                    yield name, one

    return _by_name(names())


@cache
def _products() -> Mapping[str, tuple[Product, ...]]:
    def names() -> Iterable[tuple[str, Product]]:
        for key, one in products().items():
            for name in (key, one.brand, one.generic, one.official_name, product_name(one)):
                yield name, one

    return _by_name(names())


@cache
def _members(kind: type[Kind]) -> Mapping[str, tuple[Kind, ...]]:
    return _by_name((name, one) for one in kind for name in (one.value, one.name))


def _details(kind: type[Kind]) -> Mapping[str, tuple[Kind, ...]]:
    return _by_name((name, one) for name, one in DETAILS.items() if isinstance(one, kind))
