"""Vials: how they are mixed, until when they keep, and what is left in them. Products: see ``products.py``."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from clinic.domain.errors import Invalid
from clinic.domain.products import Mix, Product, VialSize, product, product_name, products, rule_limit, substance
from clinic.domain.quantities import Concentration, QuantityError, format_millilitres, format_units

__all__ = [
    "EntryKind",
    "LedgerEntry",
    "Mix",
    "Product",
    "UseBy",
    "VialSize",
    "VialState",
    "balance",
    "check_diluent",
    "check_entry",
    "chosen_use_by",
    "concentration",
    "expiry_date",
    "listed_mix",
    "lot_key",
    "lot_number",
    "product",
    "product_name",
    "products",
    "ready_microlitres",
    "rule_limit",
    "substance",
    "use_by",
    "vial_state",
]

CONSERVATIVE_USE_BY_HOURS = 24
"""Longest use-by offered while a product's own hours are unverified: the usual hours of the labels that were read."""

DILUENT_MINIMUM = 100
"""Microlitres. Less than 0.1 mL cannot be meant for a vial: a slip of the keyboard (own check, no label)."""

DILUENT_MAXIMUM = 10_000
"""Microlitres. 10 mL is the largest volume in any product's dilution table here (Botox)."""

LOT_LENGTH = 40
"""Characters that a lot number has at most (own limit; printed ones have about 6 to 12)."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_YEAR_MONTH = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})")
_MONTH_YEAR = re.compile(r"([0-9]{1,2})[-/]([0-9]{4})")
_NAMED_MONTH = re.compile(r"([A-Za-z]{3})[ /-]?([0-9]{4})")
_YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class UseBy:
    """An offered use-by: the moment (UTC), its hours, whether those are verified, and the rule in words."""

    at: datetime
    hours: int
    verified: bool
    rule: str


def concentration(labelled_units: Decimal, diluent_microlitres: int) -> Concentration:
    """Exact units per volume of a vial mixed with so many microlitres. Raises Invalid for amounts not above 0."""
    try:
        return Concentration(labelled_units, diluent_microlitres)
    except QuantityError as error:
        raise Invalid({"diluent": str(error)}) from None


def ready_microlitres(item: Product, labelled_units: Decimal) -> int | None:
    """Volume to offer for a ready-to-use vial, for the person to confirm on the carton; None when it is mixed."""
    if item.ready_units_per_ml is None:
        return None
    return int(labelled_units * 1000 / item.ready_units_per_ml)


def check_diluent(microlitres: int) -> None:
    """Refuse a diluent volume outside 0.1-10 mL, as Invalid on field ``diluent``."""
    if not DILUENT_MINIMUM <= microlitres <= DILUENT_MAXIMUM:
        low, high = format_millilitres(DILUENT_MINIMUM), format_millilitres(DILUENT_MAXIMUM)
        raise Invalid({"diluent": f"The diluent is between {low} and {high}."})


def listed_mix(item: Product, labelled_units: Decimal, microlitres: int) -> Mix | None:
    """The row of the product's dilution table for this vial and volume; None when the volume is not listed."""
    rows = (mix for size in item.vials if size.units == labelled_units for mix in size.mixes)
    return next((mix for mix in rows if mix.microlitres == microlitres), None)


def use_by(item: Product, mixed_at: datetime) -> UseBy:
    """The use-by to offer for a vial mixed (or, when ready to use, diluted) at an aware moment.

    Comes from the product's data. While those hours are unverified, the shorter of them and 24 hours is offered, and
    the rule says so; the person who mixes confirms or edits it. Raises ValueError for a moment without a zone.
    """
    start, keeping = _utc(mixed_at), item.keeping
    if keeping.basis.verified:
        hours, rule = keeping.hours, f"{keeping.hours} hours after mixing ({keeping.source})"
    else:
        hours = min(keeping.hours, CONSERVATIVE_USE_BY_HOURS)
        rule = f"{hours} hours after mixing: the {keeping.hours} hours recalled for {item.brand} are unverified"
    return UseBy(start + timedelta(hours=hours), hours, keeping.basis.verified, rule)


def chosen_use_by(item: Product, mixed_at: datetime, chosen: datetime) -> UseBy:
    """The use-by that the person mixing confirmed or edited, with the rule to print.

    Raises Invalid (field ``use_by``) unless it is after the mixing; ValueError for moments without a zone.
    """
    offered, at = use_by(item, mixed_at), _utc(chosen)
    if at <= _utc(mixed_at):
        raise Invalid({"use_by": "The use-by is after the time of mixing."})
    if at == offered.at:
        return offered
    longer = "later" if at > offered.at else "earlier"
    rule = f"set by the person who mixed, {longer} than {offered.rule}"
    return UseBy(at, offered.hours, False, rule)


class CountKind(StrEnum):
    """What changes the number of a lot's unopened vials, opening one aside."""

    RECEIVED = "received"
    SENT_BACK = "sent back"
    LOST = "lost or broken"
    COUNTED = "corrected by counting"


class EntryKind(StrEnum):
    """What moves units in or out of a vial."""

    OPENED = "opened"
    GIVEN = "given"
    WASTED = "wasted"
    ADJUSTED = "adjusted"
    RETURNED = "returned"

    @property
    def sign(self) -> int:
        """1 where units come in, -1 where they go out; an adjustment carries its own sign and counts as it is."""
        return -1 if self in (EntryKind.GIVEN, EntryKind.WASTED) else 1


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of a vial's ledger: units above 0, or signed for an adjustment. ``returned`` undoes a ``given``."""

    kind: EntryKind
    units: Decimal

    @property
    def change(self) -> Decimal:
        """Signed units by which it moves the balance."""
        return self.units * self.kind.sign


class VialState(StrEnum):
    """What can be done with a vial, as its ledger and stamps say."""

    UNOPENED = "unopened"
    OPEN = "open"
    EMPTY = "empty"
    DISCARDED = "discarded"


def balance(entries: Sequence[LedgerEntry]) -> Decimal:
    """Units left by the sum of the ledger; never a counter."""
    return sum((entry.change for entry in entries), Decimal(0))


def vial_state(entries: Sequence[LedgerEntry], *, discarded: bool = False) -> VialState:
    """The state of a vial; discarding wins over what its ledger says."""
    if discarded:
        return VialState.DISCARDED
    if not any(entry.kind is EntryKind.OPENED for entry in entries):
        return VialState.UNOPENED
    return VialState.OPEN if balance(entries) > 0 else VialState.EMPTY


def check_entry(entries: Sequence[LedgerEntry], new: LedgerEntry) -> None:
    """Refuse, as Invalid on field ``units``, an entry that a vial's ledger cannot take.

    A vial is opened once and first; amounts are above 0 (an adjustment is not 0); no more is returned than was given;
    the balance never falls below zero.
    """
    problem = _entry_problem(entries, new)
    if problem:
        raise Invalid({"units": problem})


def _entry_problem(entries: Sequence[LedgerEntry], new: LedgerEntry) -> str:
    opened = any(entry.kind is EntryKind.OPENED for entry in entries)
    if opened == (new.kind is EntryKind.OPENED):
        return "This vial is opened already." if opened else "Open the vial first."
    if not new.units.is_finite() or new.units == 0 or (new.units < 0 and new.kind is not EntryKind.ADJUSTED):
        return "The units must be more than 0."
    left, given = balance(entries), _given(entries)
    if new.kind is EntryKind.RETURNED and new.units > given:
        return f"Only {format_units(given)} were given from this vial; {format_units(new.units)} cannot come back."
    if left + new.change < 0:
        return f"The vial holds {format_units(left)}; {format_units(-new.change)} cannot be taken."
    return ""


def _given(entries: Sequence[LedgerEntry]) -> Decimal:
    signs = {EntryKind.GIVEN: 1, EntryKind.RETURNED: -1}
    return sum((entry.units * signs.get(entry.kind, 0) for entry in entries), Decimal(0))


def lot_number(text: str) -> str:
    """A lot number as typed, without blanks around it and with single blanks inside.

    Raises Invalid (field ``lot``) when it is empty, longer than 40 characters or holds a control character.
    """
    lot = " ".join(text.split())
    if not lot or not lot.isprintable():
        raise Invalid({"lot": "Enter the lot number as printed on the vial."})
    if len(lot) > LOT_LENGTH or len(lot_key(lot)) > LOT_LENGTH:
        raise Invalid({"lot": f"A lot number has at most {LOT_LENGTH} characters."})
    return lot


def lot_key(text: str) -> str:
    """What two spellings of one lot number share: upper or lower case, full width and blanks do not matter."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def expiry_date(text: str) -> date:
    """The last day on which a lot may be used, as printed.

    A day is ``2027-03-31``; a month (``03/2027``, ``2027-03``, ``MAR 2027``) means its last day.

    Raises Invalid (field ``expires_on``) for anything else: a year of two digits could be a month or a day.
    """
    cleaned = text.strip()
    try:
        if day := _DAY.fullmatch(cleaned):
            return _in_years(date(int(day[1]), int(day[2]), int(day[3])))
        return _in_years(_month_end(*_year_and_month(cleaned)))
    except ValueError:
        raise Invalid({"expires_on": "Write the expiry as 2027-03-31, or the month as 03/2027 or MAR 2027."}) from None


def _year_and_month(text: str) -> tuple[int, int]:
    if found := _YEAR_MONTH.fullmatch(text):
        return int(found[1]), int(found[2])
    if found := _MONTH_YEAR.fullmatch(text):
        return int(found[2]), int(found[1])
    if found := _NAMED_MONTH.fullmatch(text):
        return int(found[2]), _MONTHS.index(found[1].lower()) + 1
    raise ValueError(text)


def _month_end(year: int, month: int) -> date:
    if not 1 <= month <= 12:
        raise ValueError(month)
    return date(year, month, monthrange(year, month)[1])


def _in_years(day: date) -> date:
    if day.year not in _YEARS:
        raise ValueError(day)
    return day


def _utc(moment: datetime) -> datetime:
    # Hours are counted in UTC: across a change of clocks 24 hours are 24 hours, not one day.
    if moment.tzinfo is None:
        raise ValueError("A moment needs its time zone.")
    return moment.astimezone(UTC)
