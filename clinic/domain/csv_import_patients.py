"""Patients in a table: each line a person with at most one palsy, and people of one file that are probably the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from clinic.domain import csv_import_words as said
from clinic.domain import likeness
from clinic.domain.anatomy import Side
from clinic.domain.csv_import_values import Cells, day, house_brackmann, known_day
from clinic.domain.csv_imports import DayOrder
from clinic.domain.documents.kinds import Edition
from clinic.domain.patients import Cause, DatePrecision, Identity, Sex, likely_same

LIKE_MAXIMUM: Final = 300
"""More people of one file with one birth date or the same names are a placeholder, and comparing them has no end."""
_PALSY = (
    "palsy_side",
    "palsy_cause",
    "palsy_cause_detail",
    "palsy_onset",
    "worst_house_brackmann",
    "eye_status",
    "palsy_note",
)


@dataclass(frozen=True, slots=True)
class Palsy:
    """One palsy episode as a line says it."""

    side: Side
    cause: Cause
    cause_detail: str
    onset_on: date | None
    onset_precision: DatePrecision
    worst_house_brackmann: int | None
    eye_status: str
    note: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person as a line says it; ``other_numbers`` are record numbers of people who were compared and are others."""

    line: int
    family_name: str
    given_names: str
    birth_date: date
    record_number: str
    sex: Sex
    phone: str
    email: str
    address: str
    language: str
    handout_language: str
    handout_edition: str
    palsy: Palsy | None
    other_numbers: frozenset[str]

    @property
    def identity(self) -> Identity:
        """What duplicates are looked for by."""
        return Identity(self.family_name, self.given_names, self.birth_date)

    @property
    def key(self) -> str:
        """The record number as numbers are compared."""
        return self.record_number.lower()


def person_line(cells: Cells, order: DayOrder) -> PersonLine | None:
    """The person of a line; None, with its problems noted, when any of it cannot be taken."""
    number = " ".join(cells.text("record_number").split())
    family, given = cells.text("family_name"), cells.text("given_names")
    born = cells.read("birth_date", partial(day, order=order))
    sex = cells.read("sex", said.sex) or Sex.UNKNOWN
    texts = {key: cells.text(key) for key in ("phone", "email", "address", "language")}
    handout_language = cells.read("handout_language", said.handout_language) or ""
    edition = cells.read("handout_edition", said.edition) or Edition.NORMAL.value
    named = (" ".join(one.split()) for one in re.split("[,;\n]", cells.text("not_the_same_as")))
    others = frozenset(one.lower() for one in named if one)
    palsy = _palsy(cells, order)
    if not cells.is_good or born is None:
        return None
    return PersonLine(
        line=cells.line,
        family_name=" ".join(family.split()),
        given_names=" ".join(given.split()),
        birth_date=born,
        record_number=number,
        sex=sex,
        handout_language=handout_language,
        handout_edition=edition,
        palsy=palsy,
        other_numbers=others,
        **texts,
    )


def _palsy(cells: Cells, order: DayOrder) -> Palsy | None:
    texts = {key: cells.text(key) for key in _PALSY}
    if not any(texts.values()):
        return None
    side, cause = cells.read("palsy_side", said.palsy_side), cells.read("palsy_cause", said.cause)
    for key in ("palsy_side", "palsy_cause"):
        if not texts[key]:
            cells.refuse(
                key,
                "Something is said about a palsy, but not this.",
                "Enter it, or empty the other cells about the palsy.",
            )
    onset = cells.read("palsy_onset", partial(known_day, order=order))
    worst = cells.read("worst_house_brackmann", house_brackmann)
    if side is None or cause is None:
        return None
    onset_on, precision = onset or (None, DatePrecision.UNKNOWN)
    detail, eye, note = texts["palsy_cause_detail"], texts["eye_status"], texts["palsy_note"]
    return Palsy(side, cause, detail, onset_on, precision, worst, eye, note)


class LikePeople:
    """The people of a file so far, found again by likeness."""

    def __init__(self) -> None:
        self._people: list[PersonLine] = []
        self._by_key: dict[int, list[int]] = {}
        self._by_birth: dict[date, list[int]] = {}

    def add(self, one: PersonLine) -> None:
        """Take a person up."""
        place = len(self._people)
        self._people.append(one)
        self._by_birth.setdefault(one.birth_date, []).append(place)
        for key in likeness.held(one.identity):
            self._by_key.setdefault(_number(key), []).append(place)

    def like(self, one: PersonLine) -> Iterator[PersonLine] | None:
        """Everybody before who is probably the same person; None when too many have this birth date or these names."""
        places = set(self._by_birth.get(one.birth_date, ()))
        for key in likeness.looked_for(one.identity):
            places.update(self._by_key.get(_number(key), ()))
        return None if len(places) > LIKE_MAXIMUM else self._same(one, places)

    def _same(self, one: PersonLine, places: set[int]) -> Iterator[PersonLine]:
        for place in sorted(places):
            if likely_same(one.identity, self._people[place].identity):
                yield self._people[place]


def _number(key: str) -> int:
    return int(key.removeprefix(likeness.MARK), 16)  # A number takes a third of the memory of the text.
