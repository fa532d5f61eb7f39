"""Patients in plain values: vocabulary, name folding for search, age, likely duplicates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from clinic.domain.phonetics import skeleton, sounds
from clinic.domain.wording import dated_text, plural


class Sex(StrEnum):
    """Sex as recorded; it only decides which safety questions can be not applicable."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "not recorded"


class Cause(StrEnum):
    """What caused the palsy (data model of the record; ICD families in the reference, 2.7)."""

    BELLS_PALSY = "Bell's palsy"
    ZOSTER_OTICUS = "herpes zoster oticus"
    TUMOUR_SURGERY = "tumour surgery"
    TRAUMA = "trauma"
    PAROTID_SURGERY = "parotid surgery"
    LYME = "Lyme disease"
    OTITIS = "otitis"
    CONGENITAL = "congenital"
    OTHER = "other"


class DatePrecision(StrEnum):
    """How exactly a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


class EarlierTreatmentKind(StrEnum):
    """What was done before."""

    TRAINING = "facial training"
    TOXIN = "botulinum toxin"
    SURGERY = "surgery"
    OTHER = "other"


class SafetyFactKind(StrEnum):
    """Facts that stand in the record between visits, each with the day it was asked (reference 2.5)."""

    TOXIN_ALLERGY = "toxin_allergy"
    OTHER_ALLERGY = "other_allergy"
    NEUROMUSCULAR = "neuromuscular"
    ANTICOAGULANT = "anticoagulant"
    SWALLOWING = "swallowing"
    BREATHING = "breathing"
    NON_RESPONSE = "non_response"
    PREGNANCY = "pregnancy"


SAFETY_FACT_LABELS: Mapping[SafetyFactKind, str] = {
    SafetyFactKind.TOXIN_ALLERGY: "Allergy to a botulinum toxin or a component",
    SafetyFactKind.OTHER_ALLERGY: "Other allergy",
    SafetyFactKind.NEUROMUSCULAR: "Neuromuscular disease",
    SafetyFactKind.ANTICOAGULANT: "Anticoagulant or bleeding tendency",
    SafetyFactKind.SWALLOWING: "Trouble swallowing",
    SafetyFactKind.BREATHING: "Trouble breathing",
    SafetyFactKind.NON_RESPONSE: "Earlier toxin without effect",
    SafetyFactKind.PREGNANCY: "Pregnant or breastfeeding",
}

FACT_MAY_BE_NOT_APPLICABLE = frozenset({SafetyFactKind.PREGNANCY, SafetyFactKind.NON_RESPONSE})
"""Where *not applicable* is an answer: no pregnancy to ask about, no toxin ever given. Elsewhere it would hide a risk."""

FACT_STALE_DAYS = 365
"""A standing fact older than a year is asked again (requirement C-27: stale after 12 months)."""

_LETTERS = {"ß": "ss", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i"}


def fold(text: str) -> str:
    """Lower case without accents, for comparison and search; letters of other scripts stay."""
    # Decomposed before and after: some signs fall apart into capitals, and some capitals into signs.
    lowered = "".join(_LETTERS.get(letter, letter) for letter in unicodedata.normalize("NFKD", text).casefold())
    split = unicodedata.normalize("NFKD", lowered)
    return "".join(letter for letter in split if not unicodedata.combining(letter))


@lru_cache(maxsize=1024)
def words(*names: str) -> tuple[str, ...]:
    """The folded words of names, each once, in order: what a search by the start of any word looks in."""
    found = re.findall(r"[^\W_]+", fold(" ".join(names)))
    return tuple(dict.fromkeys(word[:120] for word in found))


def age_on(birth_date: date, day: date) -> int:
    """Whole years on a day; somebody born on 29 February comes of age on 1 March of a common year."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def alike(first: date, second: date) -> bool:
    """Whether two birth dates could be one mistyped: equal, one digit apart, or day and month swapped."""
    a, b = first.isoformat(), second.isoformat()
    if sum(x != y for x, y in zip(a, b, strict=True)) <= 1:
        return True
    return (first.year, first.day, first.month) == (second.year, second.month, second.day)


def display_name(family_name: str, given_names: str) -> str:
    """``Keane, Margaret``: the family name first, as lists and strips show it."""
    return f"{family_name}, {given_names}"


def condition_text(cause: Cause, detail: str, side: str, onset_on: date | None, precision: DatePrecision) -> str:
    """One palsy episode in a line: ``Bell's palsy, right, 14 Mar 2024``; the patient's side."""
    named = detail if cause is Cause.OTHER and detail else cause.value
    known = onset_on is not None and precision is not DatePrecision.UNKNOWN
    return f"{named}, {side}, {dated_text(onset_on, precision) if known else 'onset not known'}"


def since_text(onset_on: date | None, precision: DatePrecision, today: date) -> str:
    """How long ago an onset was, no more exactly than it is known: ``11 days``, ``8 months``, ``2 years``; "" unknown."""
    if onset_on is None or precision is DatePrecision.UNKNOWN:
        return ""
    if precision is DatePrecision.YEAR:
        years = today.year - onset_on.year
        return f"about {plural(years, 'year')}" if years else "this year"
    months = (today.year - onset_on.year) * 12 + today.month - onset_on.month
    if precision is DatePrecision.DAY and today.day < onset_on.day:
        months -= 1
    if precision is DatePrecision.DAY and months < 2:
        return plural((today - onset_on).days, "day")
    return plural(months, "month") if months < 24 else plural(months // 12, "year")


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one person from another at a glance."""

    family_name: str
    given_names: str
    birth_date: date

    @property
    def words(self) -> frozenset[str]:
        """All folded words of the names, whichever box they were typed in."""
        return frozenset(words(self.family_name, self.given_names))

    @property
    def joined(self) -> frozenset[str]:
        """Both names without blanks and hyphens, so that Anne-Marie is Annemarie and swapped boxes do not matter."""
        return frozenset({"".join(words(self.family_name)), "".join(words(self.given_names))})


def one_off(first: str, second: str) -> bool:
    """Whether two folded words are the same or one slip apart: a letter more, less, other, or two letters swapped."""
    if first == second:
        return True
    if min(len(first), len(second)) < 3 or abs(len(first) - len(second)) > 1:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )
    a, b = first[start:], second[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
    return a[1:] == b if len(a) > len(b) else a == b[1:]


def same_names(first: Identity, second: Identity) -> bool:
    """Whether two people have the same names: accents, order, blanks and swapped boxes aside."""
    return first.words == second.words or first.joined == second.joined


def similar_names(first: Identity, second: Identity) -> bool:
    """Whether names could be mistaken: the same, of the same sound, one within the other, or one word one slip apart."""
    if same_names(first, second) or sounds(first.words) == sounds(second.words):
        return True
    shared, only_first, only_second = first.words & second.words, first.words - second.words, second.words - first.words
    if not only_first or not only_second:
        return len(shared) >= 2
    return bool(shared) and len(only_first) == len(only_second) == 1 and one_off(*only_first, *only_second)


def similar_family_names(first: Identity, second: Identity) -> bool:
    """Whether a word of the family names is the same, sounds the same, or is one slip apart."""
    theirs = words(second.family_name)
    pairs = [(mine, other) for mine in words(first.family_name) for other in theirs]
    return any(one_off(mine, other) or skeleton(mine) == skeleton(other) for mine, other in pairs)


def likely_same(first: Identity, second: Identity) -> bool:
    """Whether two records are probably one person: similar names and birth dates alike, or one birth date and family name.

    Decides only whether to ask; nothing is ever merged or refused because of it.
    """
    if alike(first.birth_date, second.birth_date) and similar_names(first, second):
        return True
    return first.birth_date == second.birth_date and similar_family_names(first, second)


def why_same(first: Identity, second: Identity, first_number: str, second_number: str) -> tuple[str, ...]:
    """Why two records may be of one person, in words; nothing when they need not be asked about.

    Record numbers one slip apart say nothing alone, because numbers are given in a row.
    """
    alike_numbers = one_off("".join(words(first_number)), "".join(words(second_number)))
    same_day = first.birth_date == second.birth_date
    if not likely_same(first, second) and not (same_day and alike_numbers):
        return ()
    found = []
    if same_names(first, second):
        found.append("the same names")
    elif sounds(first.words) == sounds(second.words):
        found.append("names that sound the same")
    elif similar_names(first, second):
        found.append("similar names")
    elif similar_family_names(first, second):
        found.append("similar family names")
    found.append("the same birth date" if same_day else "birth dates that one slip makes the same")
    if alike_numbers:
        found.append("record numbers one slip apart")
    return tuple(found)


def lookalike_rank(first: Identity, second: Identity) -> int:
    """How easily two people are taken for each other: 0 not, 1 same birth date, 2 similar names, 3 same names."""
    if same_names(first, second):
        return 3
    if similar_names(first, second) or likely_same(first, second):
        return 2
    return 1 if first.birth_date == second.birth_date else 0
