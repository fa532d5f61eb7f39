"""Patients in plain values: vocabulary, name folding for search, age, likely duplicates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from enum import StrEnum


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

FACT_STALE_DAYS = 365
"""A standing fact older than a year is asked again (requirement C-27: stale after 12 months)."""

_LETTERS = {"ß": "ss", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i"}


def fold(text: str) -> str:
    """Lower case without accents, for comparison and search; letters of other scripts stay."""
    lowered = "".join(_LETTERS.get(letter, letter) for letter in text.casefold())
    split = unicodedata.normalize("NFKD", lowered)
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def words(*names: str) -> tuple[str, ...]:
    """The folded words of names, each once, in order: what a search by the start of any word looks in."""
    found = re.findall(r"[^\W_]+", fold(" ".join(names)))
    return tuple(dict.fromkeys(word[:120] for word in found))


def age_on(birth_date: date, day: date) -> int:
    """Whole years on a day; somebody born on 29 February comes of age on 1 March of a common year."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def alike(first: date, second: date) -> bool:
    """Whether two birth dates could be one mistyped: equal, one digit apart, or day and month swapped."""
    a, b = first.strftime("%Y%m%d"), second.strftime("%Y%m%d")
    if sum(x != y for x, y in zip(a, b, strict=True)) <= 1:
        return True
    return (first.year, first.day, first.month) == (second.year, second.month, second.day)
