"""Licensed wording that the clinic pasted, and which questionnaires a patient can be given with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select

from clinic.domain import assessments, instrument_wordings
from clinic.domain.assessments.base import Instrument
from clinic.domain.instrument_wordings import INTRO, option_part
from clinic.models import InstrumentLicence, InstrumentWording
from clinic.unit_of_work import UnitOfWork

_MARK_DIGITS = 7
"""Hexadecimal digits of a mark: it stays below the ten decimal digits that a form's edit version may have."""


@dataclass(frozen=True, slots=True)
class Wording:
    """An instrument's wording of this clinic with its licence; ``parts`` as in ``domain.instrument_wordings``."""

    instrument: str
    version: str
    statement: str
    accepted_by: str
    accepted_at: datetime
    parts: Mapping[str, str]

    @property
    def intro(self) -> str:
        """What stands before the first question; may be empty."""
        return self.parts.get(INTRO, "")

    def question(self, item: str) -> str:
        """The wording of a question. Raises KeyError when it is missing."""
        return self.parts[item]

    def answer(self, item: str, value: int) -> str:
        """The wording of an answer. Raises KeyError when it is missing."""
        return self.parts[option_part(item, value)]

    @property
    def is_complete(self) -> bool:
        """Whether every question and answer of the instrument in use has its wording."""
        return set(instrument_wordings.needed(assessments.instrument(self.instrument))) <= set(self.parts)

    @property
    def digest(self) -> str:
        """SHA-256 of version, statement and all pieces."""
        lines = [self.version, self.statement, *(f"{key}\n{text}" for key, text in sorted(self.parts.items()))]
        return sha256("\0".join(lines).encode()).hexdigest()

    @property
    def mark(self) -> int:
        """Stands for the edit version that these rows do not have: another text has another mark, and none has 0."""
        return int(self.digest[:_MARK_DIGITS], 16)


@dataclass(frozen=True, slots=True)
class LicensedInstrument:
    """One line of the settings: a licensed instrument, and the clinic's wording where there is one."""

    instrument: Instrument
    wording: Wording | None


def wordings(uow: UnitOfWork) -> Mapping[str, Wording]:
    """All wording of the clinic by instrument, complete or not. Two statements."""
    texts: dict[str, dict[str, str]] = {}
    w = InstrumentWording
    for instrument, part, text in uow.session.execute(select(w.instrument, w.part, w.text)):
        texts.setdefault(instrument, {})[part] = text
    one = InstrumentLicence
    licences = uow.session.execute(
        select(one.instrument, one.version, one.statement, one.accepted_by, one.accepted_at).order_by(one.instrument)
    )
    return {row.instrument: Wording(*row, parts=texts.get(row.instrument, {})) for row in licences}


def wording(uow: UnitOfWork) -> Mapping[str, Wording]:
    """The complete wording of the clinic by instrument: what a patient can be shown. Two statements."""
    return {key: one for key, one in wordings(uow).items() if one.is_complete}


def licensed_instruments(uow: UnitOfWork) -> tuple[LicensedInstrument, ...]:
    """Every licensed instrument with the clinic's wording. Two statements."""
    found = wordings(uow)
    return tuple(
        LicensedInstrument(one, found.get(key)) for key, one in assessments.INSTRUMENTS.items() if one.licensed
    )
