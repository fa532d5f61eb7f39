"""What a comparison shows beside the sites: who gave what from which lots, and why the doses are what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from clinic.domain.comparison_amounts import Amount
from clinic.domain.comparison_sites import ComparedSession, Place
from clinic.domain.comparison_tables import Comparison
from clinic.domain.visit_content import ClinicContent, PatientContent
from clinic.domain.wording import plural

FACTS: Final = ("Units", "Given by", "Dilution", "Lots", "Guidance")
"""What is told of how a session was given."""
NOT_RECORDED: Final = "not recorded"


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session with who gave it and how it was drawn up; each is blank where it is not on record."""

    session: ComparedSession
    given_by: str = ""
    dilution: str = ""
    guidance: str = ""

    @property
    def totals(self) -> str:
        """Units by product in words."""
        return Amount.of(self.session.sites).words(with_product=True)

    @property
    def sites(self) -> str:
        """``12 sites``."""
        return plural(len(self.session.sites), "site")

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Its facts as (label, words), the same ones for every session."""
        words = (
            f"{'charted, not given: ' if self.session.is_draft else ''}{self.totals} in {self.sites}",
            self.given_by or NOT_RECORDED,
            self.dilution or NOT_RECORDED,
            ", ".join(self.session.lots),
            self.guidance or NOT_RECORDED,
        )
        return tuple(zip(FACTS, words, strict=True))


@dataclass(frozen=True, slots=True)
class Reason:
    """Something on record that may say why a dose is what it is; ``source`` says where it stands."""

    source: str
    words: str


@dataclass(frozen=True, slots=True)
class Why:
    """What is on record about the earlier session and for the later one; muscle by muscle where it names the muscle."""

    listed: tuple[Reason, ...] = ()
    by_muscle: Mapping[Place, tuple[Reason, ...]] = field(default_factory=dict)

    def of(self, place: Place) -> tuple[Reason, ...]:
        """What is on record about one muscle and side."""
        return self.by_muscle.get(place, ())


@dataclass(frozen=True, slots=True)
class ComparisonContent:
    """A comparison as it is shown and printed: all chosen sessions in the order of time, and two of them site by site."""

    clinic: ClinicContent
    patient: PatientContent
    conditions: str
    on: date
    facts: tuple[SessionFacts, ...]
    comparison: Comparison
    why: Why

    @property
    def sessions(self) -> tuple[ComparedSession, ...]:
        """The chosen sessions."""
        return tuple(one.session for one in self.facts)

    @property
    def is_several(self) -> bool:
        """Whether more than two sessions stand beside each other."""
        return len(self.facts) > len((self.comparison.before, self.comparison.after))
