"""What somebody typed into the search for patients, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from clinic.domain.days import WRITTEN, possible_days
from clinic.domain.patients import words
from clinic.domain.wording import day_text

TERM_MAXIMUM = 120
"""Characters read of a search; nobody has a longer name here (patient names are at most 120)."""
_WORDS_MAXIMUM = 8
_PART_OF_DATE = re.compile(r"(?<![\w])[0-9]{1,2}[./][0-9]{1,2}[./]?(?![\w.])")
_SURROGATES = range(0xD800, 0xE000)


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that must match: a birth date, or the start of every word (in a name or the record number)."""

    words: tuple[str, ...]
    birth_dates: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """All terms must match. ``note`` tells the person how a date was read, "" when nothing needs saying."""

    terms: tuple[Term, ...]
    note: str = ""


def read(text: str, today: date) -> Search:
    """Take a search apart; a date that can be read in two ways is searched in both and the note says so."""
    text = " ".join(text[:TERM_MAXIMUM].split())
    terms: list[Term] = []
    notes: list[str] = []
    for found in [match[0] for match in WRITTEN.finditer(text)]:
        days = possible_days(found, today)
        notes += _date_note(found, days)
        if days:
            terms.append(Term(words(found), days))
            text = text.replace(found, " ", 1)
    if part := _PART_OF_DATE.search(text):
        notes.append(f"“{part[0]}” is no whole date. A birth date needs its year: 22 Nov 1979 or 1979-11-22.")
    terms += [Term((word,)) for word in words(text)[:_WORDS_MAXIMUM]]
    return Search(tuple(terms), " ".join(notes))


def _date_note(written: str, days: tuple[date, ...]) -> list[str]:
    if not days:
        return [f"“{written}” is no day of the calendar; it was searched as a number."]
    if len(days) == 1:
        return []
    either = " or ".join(day_text(day) for day in days)
    return [f"“{written}” can be {either}: both were searched. Write the month as a word to search one."]


def after(prefix: str) -> str:
    """The first text, by code point, that sorts after everything that starts with ``prefix`` (not empty)."""
    following = ord(prefix[-1]) + 1
    if following in _SURROGATES:
        following = _SURROGATES.stop
    return prefix[:-1] + chr(min(following, 0x10FFFF))


def record_words(record_number: str) -> tuple[str, ...]:
    """Under what a record number is found: its parts, the whole without separators, and parts without leading zeros."""
    parts = words(record_number)
    found = [*parts, "".join(parts), *(part.lstrip("0") for part in parts)]
    return tuple(dict.fromkeys(word[:120] for word in found if word))
