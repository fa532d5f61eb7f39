"""A patient's request to correct the record: its steps and its time limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

ANSWER_DAYS: Final = 60
"""Days from the request to the answer (45 CFR 164.526(b)(2)(i))."""

EXTENSION_DAYS: Final = 30
"""By how many days the answer may be put off, once, with the reason in writing (45 CFR 164.526(b)(2)(ii))."""


class EntryKind(StrEnum):
    """One step of a request. ``disagreement`` is the patient's statement after a denial, ``rebuttal`` the clinic's to it."""

    ACCEPTED = "accepted"
    DENIED = "denied"
    EXTENDED = "extended"
    DISAGREEMENT = "disagreement"
    REBUTTAL = "rebuttal"
    WITHDRAWN = "withdrawn"

    @property
    def words(self) -> str:
        """The step as the record tells it, before who took it and when."""
        return _WORDS[self]


_WORDS: Final[Mapping[EntryKind, str]] = {
    EntryKind.ACCEPTED: "Accepted",
    EntryKind.DENIED: "Denied",
    EntryKind.EXTENDED: "Answer put off",
    EntryKind.DISAGREEMENT: "The patient disagrees",
    EntryKind.REBUTTAL: "The clinic’s reply",
    EntryKind.WITHDRAWN: "Withdrawn",
}


class Standing(StrEnum):
    """How a request stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class Correction(StrEnum):
    """Where the correction of an accepted request stands."""

    ADDENDUM = "addendum"
    AMENDMENT = "amendment"
    RECORD = "record"


class Basis(StrEnum):
    """Why a request can be denied (45 CFR 164.526(a)(2)); the reason in words stands beside it."""

    ACCURATE = "accurate"
    NOT_OURS = "not ours"
    NOT_IN_RECORD = "not in the record"
    NOT_OPEN = "not open"

    @property
    def label(self) -> str:
        """The ground as the patient reads it."""
        return _GROUNDS[self]


_GROUNDS: Final[Mapping[Basis, str]] = {
    Basis.ACCURATE: "The record is accurate and complete",
    Basis.NOT_OURS: "Somebody else made this entry, and can still be asked to correct it",
    Basis.NOT_IN_RECORD: "It is not part of the record by which this patient is treated",
    Basis.NOT_OPEN: "It is not open to the patient’s inspection",
}


def standing(kinds: Sequence[EntryKind]) -> Standing:
    """How a request stands after its steps, the first one first."""
    decided = [one for one in kinds if one in {EntryKind.ACCEPTED, EntryKind.DENIED, EntryKind.WITHDRAWN}]
    return Standing(decided[-1].value) if decided else Standing.OPEN


def due_on(asked_on: date, kinds: Sequence[EntryKind]) -> date:
    """The last day for the answer."""
    return asked_on + timedelta(days=ANSWER_DAYS + (EXTENSION_DAYS if EntryKind.EXTENDED in kinds else 0))


def possible(asked_on: date, kinds: Sequence[EntryKind], today: date, *, corrected: bool) -> frozenset[EntryKind]:
    """The steps that can follow; ``corrected`` says whether the correction of an accepted request stands or is written."""
    now = standing(kinds)
    if now is Standing.OPEN:
        found = {EntryKind.ACCEPTED, EntryKind.DENIED, EntryKind.WITHDRAWN}
        # The letter that says why has to reach the patient within the first 60 days.
        if EntryKind.EXTENDED not in kinds and today <= due_on(asked_on, ()):
            found.add(EntryKind.EXTENDED)
        return frozenset(found)
    if now is Standing.ACCEPTED:
        return frozenset() if corrected else frozenset({EntryKind.ACCEPTED})
    if now is Standing.DENIED and EntryKind.REBUTTAL not in kinds:
        return frozenset({EntryKind.REBUTTAL if EntryKind.DISAGREEMENT in kinds else EntryKind.DISAGREEMENT})
    return frozenset()
