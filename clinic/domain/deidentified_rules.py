"""The rules by which an export of a cohort keeps its patients apart from their names: pseudonyms, shifts, bands, small cells.

The idea of the list of what is taken out, and of ages above 89 in one band: 45 CFR 164.514(b) (HIPAA, safe harbour). An
export is not thereby "safe harbour": its dates are shifted, not reduced to years. De-identified is not anonymous.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Final

from clinic.domain.errors import Invalid
from clinic.domain.patients import age_on
from clinic.domain.wording import plural

SMALLEST: Final = 5
"""Fewer patients than this are not shown as a category of their own, and no cohort of fewer is exported.

A minimum of 5 is common in guidance on small cells; a clinic's own review may ask for more.
"""
OTHER: Final = f"other (fewer than {SMALLEST})"
SHIFT_DAYS: Final = 182
"""Dates move by 1 to this many days, forwards or backwards, the same number for all dates of a patient."""
OLDEST: Final = 90
"""Ages from here on are one band: 45 CFR 164.514(b)(2)(i)(C)."""
AGED: Final = f"{OLDEST} or more"
BAND_YEARS: Final = 5
_PSEUDONYM: Final = 12


def _digest(salt: str, purpose: str, value: str) -> bytes:
    return hmac.new(salt.encode(), f"{purpose}\0{value}".encode(), hashlib.sha256).digest()


def pseudonym(salt: str, patient_id: str) -> str:
    """A patient's name in this cohort's files: the same in every export of the cohort, another one in another cohort."""
    return f"P{_digest(salt, 'pseudonym', patient_id).hex()[:_PSEUDONYM]}"


def shift_of(salt: str, patient_id: str) -> timedelta:
    """By how many days all dates of a patient are moved: −182 to +182, never 0."""
    number = int.from_bytes(_digest(salt, "shift", patient_id)[:8]) % (2 * SHIFT_DAYS)
    return timedelta(days=number - SHIFT_DAYS if number < SHIFT_DAYS else number - SHIFT_DAYS + 1)


def codes(salt: str, letter: str, names: Iterable[str]) -> Mapping[str, str]:
    """``R1``, ``R2`` … for the persons behind names, in an order that says nothing; "" stays ""."""
    ordered = sorted({name for name in names if name}, key=lambda name: _digest(salt, letter, name))
    return {"": "", **{name: f"{letter}{number}" for number, name in enumerate(ordered, 1)}}


def age_band(birth_date: date, day: date) -> str:
    """``40-44``; ``90 or more``."""
    age = max(0, age_on(birth_date, day))
    if age >= OLDEST:
        return AGED
    low = age // BAND_YEARS * BAND_YEARS
    return f"{low}-{low + BAND_YEARS - 1}"


def require_enough(patients: int) -> None:
    """Refuse a cohort that is too small to hide anybody in. Raises Invalid."""
    if patients < SMALLEST:
        raise Invalid(
            {
                "": f"This search finds {plural(patients, 'patient')}. A cohort of fewer than {SMALLEST} is not exported:"
                " with so few, each of them could be recognised. Nothing was exported; widen the search first."
            }
        )


def pooled(values: Mapping[str, Collection[str]]) -> frozenset[str]:
    """The categories that become "other", from each category's patients.

    All with fewer than five patients; then the next smallest for as long as one category alone was taken out (its
    number would follow from the rest) or the patients in "other" are themselves fewer than five.
    """
    patients: dict[str, set[str]] = {value: set(who) for value, who in values.items() if value}
    ordered = sorted(patients, key=lambda value: (len(patients[value]), value))
    hidden = [value for value in ordered if len(patients[value]) < SMALLEST]
    if not hidden:
        return frozenset()
    for value in ordered[len(hidden) :]:
        together = set().union(*(patients[one] for one in hidden))
        if len(hidden) > 1 and len(together) >= SMALLEST:
            break
        hidden.append(value)
    return frozenset(hidden)


def by_category(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Collection[str]]:
    """The patients of each category, from pairs of patient and category."""
    found: dict[str, set[str]] = defaultdict(set)
    for patient, value in pairs:
        found[value].add(patient)
    return found
