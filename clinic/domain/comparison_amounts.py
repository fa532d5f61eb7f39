"""Units by product, and the change from one amount to another.

A change is a number only between units of one known product with every dose entered; all else stands in words, both
doses beside each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.comparison_sites import NOT_COMPARABLE, ComparedSite, named, signed_units
from clinic.domain.comparisons import SiteChange
from clinic.domain.quantities import format_units
from clinic.domain.wording import plural

NONE: Final = "none"
OPEN: Final = "a dose is still to be entered: not compared"
UNKNOWN: Final = "product not recorded: not compared"
Sum = tuple[str, Side, str]


@dataclass(frozen=True, slots=True)
class Amount:
    """Units by product key in one muscle, side or session; ``open`` counts the doses that are still to be entered."""

    units: tuple[tuple[str, Decimal], ...] = ()
    sites: int = 0
    open: int = 0

    @classmethod
    def of(cls, sites: Iterable[ComparedSite]) -> Amount:
        """What sites hold in all."""
        sums: dict[str, Decimal] = {}
        listed = tuple(sites)
        for site in listed:
            sums[site.product] = sums.get(site.product, Decimal(0)) + site.units
        return cls(tuple(sorted(sums.items())), len(listed), sum(not site.units for site in listed))

    @property
    def products(self) -> frozenset[str]:
        """The keys of its products."""
        return frozenset(product for product, _ in self.units)

    def words(self, *, with_product: bool = False) -> str:
        """``5 units``; with its product where there are several; ``none`` without a site."""
        if not self.sites:
            return NONE
        parts = [
            f"{format_units(units)} {named(product)}" if with_product or len(self.units) > 1 else format_units(units)
            for product, units in self.units
            if units
        ]
        parts += [f"{plural(self.open, 'dose')} to be entered"] if self.open else []
        return " and ".join(parts)


@dataclass(frozen=True, slots=True)
class AmountChange:
    """From one amount to another. ``units`` is None where they are not subtracted; ``product`` is that of the units."""

    before: Amount
    after: Amount

    @property
    def units(self) -> Decimal | None:
        """Units more (or, negative, less) of one product; None where they cannot be compared; 0 when neither has a site."""
        if self.before.open or self.after.open:
            return None
        products = self.before.products | self.after.products
        if len(products) > 1 or products == {""}:
            return None
        return sum((units for _, units in self.after.units), Decimal(0)) - sum(
            (units for _, units in self.before.units), Decimal(0)
        )

    @property
    def product(self) -> str:
        """The product that is compared."""
        return min(self.before.products | self.after.products, default="")

    @property
    def words(self) -> str:
        """``+2.5 units``, or why there is no number; both doses stand beside it."""
        if self.units is not None:
            return signed_units(self.units)
        if self.before.open or self.after.open:
            return OPEN
        if not self.before.sites or not self.after.sites:
            # One side of it is nothing at all: what came or went is told with its product.
            amount, said = (self.after, "added") if self.after.sites else (self.before, "no longer")
            return f"{said}: {amount.words(with_product=True)}"
        if "" in self.before.products | self.after.products:
            return UNKNOWN
        return f"another product: {NOT_COMPARABLE}"


def added_up(sites: Iterable[ComparedSite]) -> dict[Sum, Decimal]:
    """Units by muscle, side and product; products are never added."""
    return _sums((site, 1) for site in sites)


def change_added_up(changes: Iterable[SiteChange]) -> dict[Sum, Decimal]:
    """What the changes add to or take from ``added_up`` of the earlier session; a product exchanged counts for both."""
    listed = tuple(changes)
    before = ((one.before, -1) for one in listed if one.before is not None)
    after = ((one.after, 1) for one in listed if one.after is not None)
    return _sums([*before, *after])


def _sums(signed: Iterable[tuple[ComparedSite, int]]) -> dict[Sum, Decimal]:
    found: dict[Sum, Decimal] = {}
    for site, sign in signed:
        key = (site.muscle, site.side, site.product)
        found[key] = found.get(key, Decimal(0)) + sign * site.units
    return {key: units for key, units in found.items() if units}
