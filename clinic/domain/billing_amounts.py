"""Amounts for a payer: billing units, and what was discarded from the vials of a session. Exact, or named as missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from clinic.domain.billing import DrugCode, drug_codes
from clinic.domain.quantities import format_number, format_units
from clinic.domain.wording import plural


@dataclass(frozen=True, slots=True)
class BillingUnits:
    """Units of a product as billing units: ``whole`` of them and the ``rest`` in units of the product."""

    total: Decimal
    size: Decimal
    whole: int
    rest: Decimal

    @property
    def exact(self) -> bool:
        """Whether it is a whole number of billing units."""
        return not self.rest

    @property
    def words(self) -> str:
        """``20``; ``7.5, not a whole number: 7 and 2.5 units over``."""
        if self.exact:
            return format_number(self.whole)
        number = format_number(self.total / self.size)
        return f"{number}, not a whole number: {format_number(self.whole)} and {format_units(self.rest)} over"


def billing_units(total: Decimal, size: Decimal) -> BillingUnits:
    """A total as billing units of ``size`` units, exact. Raises ValueError for amounts below 0 or a size not above 0."""
    if total < 0 or size <= 0:
        raise ValueError(f"{total} units cannot be billed in units of {size}.")
    whole = int(total // size)
    return BillingUnits(total, size, whole, total - whole * size)


@dataclass(frozen=True, slots=True)
class VialUse:
    """A vial that a session drew from, by chart and by ledger. ``charted`` is what the signed chart gave from it.

    ``given`` and ``wasted`` are what its ledger says of this session; ``elsewhere`` was given in other sessions of the
    patient, ``adjusted`` was corrected by hand, ``left`` is in it still. ``shared`` when another patient got units of it.
    """

    label: str
    product: str
    labelled: Decimal
    charted: Decimal
    given: Decimal
    wasted: Decimal
    left: Decimal
    elsewhere: Decimal = Decimal(0)
    adjusted: Decimal = Decimal(0)
    shared: bool = False

    @property
    def missing(self) -> str:
        """Why what was discarded cannot be told; empty when it can."""
        name = f"Vial {self.label}"
        if self.shared:
            return f"{name} was shared with another patient: what was discarded cannot be told for one of them."
        if self.charted != self.given:
            return f"{name}: chart ({format_units(self.charted)}) and ledger ({format_units(self.given)}) differ."
        if self.elsewhere:
            return f"{name} was also used in another session of this patient ({format_units(self.elsewhere)})."
        if self.adjusted:
            return f"{name}: its contents were corrected by hand; check what was discarded."
        if self.left:
            return f"{name}: the waste is not settled, {format_units(self.left)} neither given nor discarded."
        if self.labelled - self.given != self.wasted:
            return f"{name}: labelled, given and recorded waste ({format_units(self.wasted)}) do not add up."
        return ""

    @property
    def discarded(self) -> Decimal | None:
        """Labelled − given; None while it cannot be told."""
        return None if self.missing else self.labelled - self.given


@dataclass(frozen=True, slots=True)
class DrugClaim:
    """What was given of one product: its units, its vials, and what keeps the waste from being told."""

    product: str
    given: Decimal
    vials: tuple[VialUse, ...]
    missing: tuple[str, ...] = ()

    @property
    def code(self) -> DrugCode | None:
        """The product's own code."""
        return drug_codes().get(self.product)

    @property
    def billed(self) -> BillingUnits | None:
        """The units given as billing units; None without a code."""
        return billing_units(self.given, self.code.units) if self.code else None

    @property
    def lacks(self) -> tuple[str, ...]:
        """Everything that keeps JW or JZ from being told."""
        return (*self.missing, *(one.missing for one in self.vials if one.missing))

    @property
    def discarded(self) -> Decimal | None:
        """Units discarded from all its vials; None while one of them cannot be told."""
        amounts = [one.discarded for one in self.vials]
        if self.lacks or not amounts or None in amounts:
            return None
        return sum((one for one in amounts if one is not None), Decimal(0))

    @property
    def modifier(self) -> str:
        """``JW`` with waste, ``JZ`` without; empty while that cannot be told."""
        if self.discarded is None:
            return ""
        return "JW" if self.discarded else "JZ"


def claims(given: Iterable[tuple[str, Decimal]], vials: Sequence[VialUse], missing: str = "") -> tuple[DrugClaim, ...]:
    """One claim a product, never added across products. ``missing`` is said of a product without a vial on record."""
    sums: dict[str, Decimal] = {}
    for product, units in given:
        sums[product] = sums.get(product, Decimal(0)) + units
    found = []
    for product, units in sums.items():
        mine = tuple(one for one in vials if one.product == product)
        lacks = missing or "No vial on record: what was discarded cannot be told."
        found.append(DrugClaim(product, units, mine, () if mine else (lacks,)))
    return tuple(found)


def vials_words(vials: Sequence[VialUse]) -> str:
    """``1 vial: V-0001 (100 units)``."""
    listed = ", ".join(f"{one.label} ({format_units(one.labelled)})" for one in vials)
    return f"{plural(len(vials), 'vial')}: {listed}" if vials else "none on record"
