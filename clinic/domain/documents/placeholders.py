"""Placeholders in editable text: ``{{last session}}``. Filled from a fixed list, never evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_PLACEHOLDER: Final = re.compile(r"\{\{([^{}\n]{0,80})\}\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its placeholders filled; ``unknown`` are those that stand in it as they were typed."""

    text: str
    unknown: tuple[str, ...]


def names_in(text: str) -> tuple[str, ...]:
    """The names of the placeholders in a text, each once."""
    return tuple(dict.fromkeys(name.strip() for name in _PLACEHOLDER.findall(text)))


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Put values for names. A name that is not in ``values``, or has no value, stays as typed and counts as unknown."""
    unknown: dict[str, None] = {}

    def value(found: re.Match[str]) -> str:
        known = values.get(found.group(1).strip(), "")
        if not known:
            unknown[found.group(0)] = None
        return known or found.group(0)

    filled = _PLACEHOLDER.sub(value, text)
    return Filled(filled, tuple(unknown))


MEANINGS: Final[Mapping[str, str]] = {
    "patient": "full name of the patient",
    "first name": "given names",
    "birth date": "date of birth",
    "age": "age in whole years today",
    "record number": "record number of this clinic",
    "condition": "every palsy on record, with cause, side and onset",
    "side": "side of the palsy",
    "sessions": "how many sessions of botulinum toxin are on record",
    "last session": "day of the last session",
    "last total": "units of the last session, each product apart",
    "next review": "next review in the plan",
    "question": "what this kind of letter asks",
    "recipient": "who gets the letter",
    "author": "who wrote the letter",
    "clinic": "name of this clinic",
    "phone": "the clinic’s phone number",
    "today": "today’s date",
}
"""Every placeholder of a letter, and what it stands for."""


def stray(text: str) -> tuple[str, ...]:
    """Double braces that belong to no placeholder: one that was opened and not closed, or closed and not opened."""
    rest = _PLACEHOLDER.sub("", text)
    return tuple(brace for brace in ("{{", "}}") if brace in rest)


def problem(typed: str, missing: Mapping[str, str]) -> str:
    """Why a placeholder cannot be filled, as a sentence. ``missing`` says of a known one why it has no value here."""
    name = typed.removeprefix("{{").removesuffix("}}").strip()
    if typed in {"{{", "}}"}:
        return f"There is a {typed} that belongs to no placeholder: write it out, or take it out."
    if name in MEANINGS:
        return f"{typed} has no value here: {missing.get(name, 'the record does not know it')}."
    return f"{typed} is not a placeholder that this program knows: choose one from the list, or write the words."
