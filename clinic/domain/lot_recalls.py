"""A lot's recall: who had it, in which visits, and what each visit says about whether it was given. Misses nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from clinic.domain.actors import RecordState
from clinic.domain.products import product_name
from clinic.domain.quantities import NBSP, format_number, format_units
from clinic.domain.visits import Disposition
from clinic.domain.wording import plural

NOBODY = Decimal(0)


class Given(StrEnum):
    """What one visit says about whether units of the lot are in the patient."""

    YES = "given"
    DRAFT = "given, not signed yet"
    VOIDED = "voided, yet given"
    REPLACED = "given only in a version that is not in force"
    NOT_GIVEN = "voided as not given"
    NOTHING = "nothing given"
    TAKEN_BACK = "booked from this lot, then taken back"

    @property
    def counts(self) -> bool:
        """Whether the record as it stands says that units of the lot were given."""
        return self in (Given.YES, Given.DRAFT, Given.VOIDED)


@dataclass(frozen=True)
class LotSite:
    """One site that the lot was charted for, in words."""

    number: int
    text: str
    units: Decimal
    given: bool

    @cached_property
    def short(self) -> tuple[str, str]:
        """Its side, and its number, place and bare units: what a line holds that names the side and the unit once."""
        place, side, units = self.text.rsplit(", ", 2)
        bare = units.removesuffix(f"{NBSP}units").removesuffix(f"{NBSP}unit")
        return side, f"{self.number}. {place} {bare}{'' if self.given else ' (not given)'}"


@dataclass(frozen=True, slots=True)
class LotSyringe:
    """A syringe drawn from one of the lot's vials; ``drawn`` is None where nobody said how much."""

    letter: str
    vial: str
    drawn: Decimal | None
    wasted: Decimal

    @property
    def words(self) -> str:
        """``syringe A, 20 units drawn, 2.5 units wasted``."""
        parts = [f"syringe {self.letter}"]
        parts += [f"{format_units(self.drawn)} drawn"] if self.drawn is not None else []
        parts += [f"{format_units(self.wasted)} wasted"] if self.wasted else []
        return ", ".join(parts)


@dataclass(frozen=True)
class LotVisit:
    """One version of a visit that the lot is charted in. ``booked`` is what the vials' ledger says was given in it."""

    id: str
    on: date
    state: RecordState
    amends: bool
    disposition: Disposition | None
    transcribed: bool
    syringes: tuple[LotSyringe, ...]
    sites: tuple[LotSite, ...]
    booked: Decimal = NOBODY

    @cached_property
    def given(self) -> Given:
        """What it says about whether units of the lot were given; an older record's session was given."""
        if not (self.transcribed or self.booked > 0 or any(site.given for site in self.sites)):
            return Given.NOTHING if self.syringes or self.sites else Given.TAKEN_BACK
        if self.state is RecordState.VOIDED:
            return Given.NOT_GIVEN if self.disposition is Disposition.NOT_GIVEN else Given.VOIDED
        if self.state in (RecordState.AMENDED, RecordState.DISCARDED):
            return Given.REPLACED
        if self.state is RecordState.DRAFT:
            return Given.REPLACED if self.amends else Given.DRAFT
        return Given.YES

    @cached_property
    def units(self) -> Decimal:
        """Units charted as given; where no site says so what the ledger holds."""
        charted = sum((site.units for site in self.sites if site.given or self.transcribed), NOBODY)
        return charted or max(self.booked, NOBODY)

    @property
    def charted_units(self) -> Decimal:
        """Units of all its sites, given or not."""
        return sum((site.units for site in self.sites), NOBODY)

    @property
    def sites_words(self) -> str:
        """``12 sites``, or how many of them are marked given."""
        given = sum(site.given for site in self.sites)
        words = plural(len(self.sites), "site")
        return words if given == len(self.sites) else f"{words}, {given or 'none'} given"

    @property
    def sites_by_side(self) -> list[str]:
        """Its sites side by side, the units of each behind its place: ``patient’s left, in units: 1. Frontalis 2.5; …``."""
        found: dict[str, list[str]] = {}
        for site in self.sites:
            side, words = site.short
            found.setdefault(side, []).append(words)
        return [f"{side}, in units: {'; '.join(lines)}" for side, lines in found.items()]

    @property
    def vials(self) -> tuple[str, ...]:
        """The vials that it drew from, each once."""
        return tuple(dict.fromkeys(one.vial for one in self.syringes))


@dataclass(frozen=True, slots=True)
class Contact:
    """How a patient can be reached, as on record."""

    phone: str
    email: str
    address: str

    @property
    def lines(self) -> tuple[str, ...]:
        """Each way in a line; says so when there is none."""
        found = (self.phone, self.email, ", ".join(self.address.split("\n")))
        return tuple(one.strip() for one in found if one.strip()) or ("no phone, e-mail or address on record",)


@dataclass(frozen=True, slots=True)
class RecalledPerson:
    """Who a patient is: enough to recognise, to reach and to write to."""

    id: str
    display_name: str
    record_number: str
    birth_date: date
    retired: bool
    contact: Contact


@dataclass(frozen=True, slots=True, order=True)
class LetterWritten:
    """When a letter about the lot was written to a patient, and with which batch."""

    at: datetime
    batch_id: str


@dataclass(frozen=True)
class RecallPatient:
    """A patient of the list with every visit that the lot is charted in, newest first, and the letters written."""

    person: RecalledPerson
    visits: tuple[LotVisit, ...]
    written: tuple[LetterWritten, ...] = ()

    @cached_property
    def given(self) -> bool:
        """Whether the record as it stands says that units of the lot were given."""
        return any(visit.given.counts for visit in self.visits)

    @cached_property
    def units(self) -> Decimal:
        """Units of the lot given, by the versions that count."""
        return sum((visit.units for visit in self.visits if visit.given.counts), NOBODY)

    @cached_property
    def treatment_days(self) -> tuple[date, ...]:
        """The days on which it was given, oldest first; where it never was for certain, every day that names it."""
        told = [visit.on for visit in self.visits if visit.given.counts] or [visit.on for visit in self.visits]
        return tuple(sorted(set(told)))

    @property
    def newest(self) -> date:
        """The newest day that the lot is charted on."""
        return self.visits[0].on


@dataclass(frozen=True, slots=True)
class UnknownSession:
    """A session that may have been of the lot: without a lot on record, or with one that may be its number.

    ``product`` is "" where not even that is known.
    """

    person: RecalledPerson
    visit_id: str
    on: date
    product: str
    source: str
    number: str = ""

    @property
    def product_words(self) -> str:
        """The product, or that it is not on record."""
        if self.product:
            return product_name(self.product)
        return "product not recorded" if self.number else "product not recorded either"

    @property
    def lot_words(self) -> str:
        """The number as it was written down, to compare, or that there is none."""
        return f"lot {self.number}: compare" if self.number else "no lot number"


@dataclass(frozen=True, slots=True)
class RecalledLot:
    """The lot that a list is about."""

    id: str
    number: str
    product: str
    expires_on: date
    recalled_at: datetime | None
    recall_reason: str

    @property
    def product_name(self) -> str:
        """The product in words."""
        return product_name(self.product)

    @property
    def reason_words(self) -> str:
        """Why it was recalled, as typed, to end in a full stop of its own."""
        return self.recall_reason.rstrip(". ")

    @property
    def purpose(self) -> str:
        """What its letters are handed over for: how they are found again."""
        return f"recall of lot {self.number}, {self.product_name}"


@dataclass(frozen=True)
class RecallList:
    """Everybody who had a lot, or may have had it; newest first. ``hidden`` counts those that a filter leaves out."""

    lot: RecalledLot
    patients: tuple[RecallPatient, ...]
    unknown: tuple[UnknownSession, ...]
    hidden: int = 0
    alike: tuple[RecalledLot, ...] = ()
    """Other lots in stock whose number is the same or looks the same."""
    looked_from: date | None = None
    """The first day on which the lot can have been used: sessions without a lot are looked for from then."""

    def given_only(self) -> RecallList:
        """The list without those to whom, by the record as it stands, nothing of the lot was given."""
        kept = tuple(one for one in self.patients if one.given)
        return replace(self, patients=kept, hidden=len(self.patients) - len(kept))

    @cached_property
    def first_use(self) -> date | None:
        """The first day that the lot is charted on."""
        return min((visit.on for one in self.patients for visit in one.visits), default=None)

    @property
    def looked_to(self) -> date:
        """The last day on which it can have been used: its expiry, or later where it was used later."""
        return max((self.lot.expires_on, *(visit.on for one in self.patients for visit in one.visits)))

    @property
    def retired(self) -> int:
        """How many of the list have a retired record: they get no letter."""
        return sum(one.person.retired for one in self.patients)

    @property
    def unaddressed(self) -> int:
        """How many of those who can get a letter have no address on record: theirs cannot go by post."""
        return sum(not (one.person.retired or one.person.contact.address.strip()) for one in self.patients)

    @cached_property
    def patient_ids(self) -> tuple[str, ...]:
        """Everybody who is shown, those without a lot on record too."""
        shown = [*(one.person.id for one in self.patients), *(one.person.id for one in self.unknown)]
        return tuple(dict.fromkeys(shown))

    @property
    def totals(self) -> str:
        """``12 patients, 10 of them given, 14 sessions, 140 units``."""
        given = [visit for one in self.patients for visit in one.visits if visit.given.counts]
        had = sum(one.given for one in self.patients)
        units = sum((one.units for one in self.patients), NOBODY)
        return (
            f"{plural(len(self.patients), 'patient')}; given to {format_number(had)} "
            f"in {plural(len(given), 'session')}, {format_units(units)} in all"
        )

    @property
    def letters(self) -> int:
        """How many letters about it were written: a batch made on another number than that is stale."""
        return sum(len(one.written) for one in self.patients)


class Addressees(StrEnum):
    """Who gets a letter."""

    GIVEN_UNWRITTEN = "given"
    UNWRITTEN = "unwritten"
    ALL = "all"


def addressed(patients: Iterable[RecallPatient], who: Addressees) -> tuple[RecallPatient, ...]:
    """Those of the list who get a letter, in its order; a retired record gets none."""
    return tuple(
        one
        for one in patients
        if not one.person.retired
        and (who is Addressees.ALL or not one.written)
        and (who is not Addressees.GIVEN_UNWRITTEN or one.given)
    )


def in_order(patients: Sequence[RecallPatient]) -> tuple[RecallPatient, ...]:
    """The patients by their newest day, then by name."""
    by_name = sorted(patients, key=lambda one: (one.person.display_name.casefold(), one.person.id))
    return tuple(sorted(by_name, key=lambda one: one.newest, reverse=True))
