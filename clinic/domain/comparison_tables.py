"""A comparison in sums: muscle by muscle sorted by the size of the change, side by side, and session by session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Final

from clinic.domain.anatomy import Side, site_label
from clinic.domain.comparison_amounts import Amount, AmountChange
from clinic.domain.comparison_sites import (
    NOT_COMPARABLE,
    ComparedSession,
    ComparedSite,
    Place,
    muscle_order,
    named,
    place_label,
)
from clinic.domain.comparisons import Kind, SiteChange, diff, face_order, is_change
from clinic.domain.wording import plural, side_words

ALL_SIDES: Final = "All"
_Size = tuple[bool, bool, str, Decimal, int, tuple[int, str, int]]
_COUNTED: Final = {
    Kind.ADDED: "added",
    Kind.REMOVED: "removed",
    Kind.CHANGED: "with another dose",
    Kind.OTHER_PRODUCT: "not comparable",
    Kind.MOVED: "moved",
}


@dataclass(frozen=True, slots=True)
class Numbered:
    """A site's change under the number that its mark on the face has."""

    number: int
    change: SiteChange

    @property
    def part(self) -> str:
        """The part of its muscle, or that it has no name of its own."""
        now = self.change.now
        return site_label(now.muscle, now.sub_site) or "site without a name of its own"


@dataclass(frozen=True, slots=True)
class MuscleRow:
    """One muscle and side with what changed in it, its sites below it."""

    place: Place
    amount: AmountChange
    sites: tuple[Numbered, ...]

    @property
    def label(self) -> str:
        """``Mentalis, patient’s left``."""
        return place_label(self.place)

    @property
    def is_changed(self) -> bool:
        """Whether anything in it became different, be it only where it was given."""
        return any(is_change(one.change) for one in self.sites)

    @property
    def words(self) -> str:
        """The change of its dose; that only places changed is said."""
        same = self.amount.units == 0
        return "same units, other places" if same and self.is_changed else self.amount.words


@dataclass(frozen=True, slots=True)
class TotalRow:
    """Units of one product on one side, or on all; ``side`` None for all."""

    side: Side | None
    product: str
    before: str
    after: str
    words: str

    @property
    def label(self) -> str:
        """``Patient’s right``."""
        words = side_words(self.side) if self.side else ALL_SIDES
        return words[0].upper() + words[1:]

    @property
    def product_name(self) -> str:
        """The product in words."""
        return named(self.product)


@dataclass(frozen=True)
class Comparison:
    """Two sessions, the earlier one first, with every site matched."""

    before: ComparedSession
    after: ComparedSession

    @cached_property
    def changes(self) -> tuple[SiteChange, ...]:
        """Every site of both, from the top of the face down."""
        return diff(self.before.sites, self.after.sites)

    @property
    def is_empty(self) -> bool:
        """Whether nothing became different."""
        return not any(is_change(one) for one in self.changes)

    @property
    def one_product(self) -> bool:
        """Whether both are of one product, so that its name need not stand at every dose."""
        return len({*self.before.products, *self.after.products}) < 2

    @property
    def days(self) -> int:
        """Days between them."""
        return (self.after.on - self.before.on).days

    @property
    def interval(self) -> str:
        """``91 days (13 weeks)``."""
        if not self.days:
            return "on the same day"
        weeks, rest = divmod(self.days, 7)
        if not weeks:
            return plural(self.days, "day")
        more = f" and {plural(rest, 'day')}" if rest else ""
        return f"{plural(self.days, 'day')} ({plural(weeks, 'week')}{more})"

    @cached_property
    def muscles(self) -> tuple[MuscleRow, ...]:
        """Muscle by muscle: what cannot be compared first, then by product and the size of the change."""
        found: dict[Place, list[SiteChange]] = {}
        for one in self.changes:
            found.setdefault(one.place, []).append(one)
        rows = [(place, _amount_change(self, place), sorted(listed, key=face_order)) for place, listed in found.items()]
        number = 0
        made = []
        for place, amount, listed in sorted(rows, key=lambda row: _by_size(*row)):
            numbered = tuple(Numbered(number + at, one) for at, one in enumerate(listed, start=1))
            number += len(numbered)
            made.append(MuscleRow(place, amount, numbered))
        return tuple(made)

    @property
    def totals(self) -> tuple[TotalRow, ...]:
        """Units by product, side by side and in all."""
        products = _in_time((self.before, self.after))
        sides: tuple[Side | None, ...] = (Side.RIGHT, Side.MIDLINE, Side.LEFT, None)
        rows = (self._total(product, side) for product in products for side in sides)
        return tuple(row for row in rows if row is not None)

    def _total(self, product: str, side: Side | None) -> TotalRow | None:
        first, second = (_of(one.sites, product, side) for one in (self.before, self.after))
        if not first.sites and not second.sites:
            return None
        words = AmountChange(first, second).words
        if product not in self.before.products and self.before.sites:
            words = f"only on {self.after.day}: {NOT_COMPARABLE}"
        elif product not in self.after.products and self.after.sites:
            words = f"only on {self.before.day}: {NOT_COMPARABLE}"
        return TotalRow(side, product, first.words(), second.words(), words)

    @property
    def counts(self) -> str:
        """``2 sites added, 1 removed, 3 with another dose``; or that nothing changed."""
        kinds = [one.kind for one in self.changes]
        listed = [(kinds.count(kind), words) for kind, words in _COUNTED.items() if kind in kinds]
        told = [f"{plural(count, 'site') if not at else count} {words}" for at, (count, words) in enumerate(listed)]
        return f"{', '.join(told)}; {kinds.count(Kind.SAME)} as before" if listed else "Nothing changed"


@dataclass(frozen=True, slots=True)
class Cell:
    """A muscle in one of several sessions: its dose, and the change against the session before."""

    words: str
    change: str


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A muscle, or a side's total, over several sessions."""

    label: str
    cells: tuple[Cell, ...]


def column_rows(sessions: Sequence[ComparedSession], order: Iterable[Place] = ()) -> tuple[ColumnRow, ...]:
    """Muscle by session in the order of time; the muscles of ``order`` first, then the others from the top down."""
    places = {site.place for session in sessions for site in session.sites}
    first = [place for place in dict.fromkeys(order) if place in places]
    rest = sorted(places - set(first), key=muscle_order)
    with_product = len({product for session in sessions for product in session.products}) > 1
    return tuple(
        ColumnRow(place_label(place), _cells([_in(one.sites, place) for one in sessions], with_product))
        for place in [*first, *rest]
    )


def side_rows(sessions: Sequence[ComparedSession]) -> tuple[ColumnRow, ...]:
    """Totals by side, product after product, over several sessions."""
    found = []
    products = _in_time(sessions)
    for product in products:
        for side in (Side.RIGHT, Side.MIDLINE, Side.LEFT, None):
            amounts = [_of(one.sites, product, side) for one in sessions]
            if any(one.sites for one in amounts):
                words = side_words(side) if side else ALL_SIDES
                label = f"{words[0].upper()}{words[1:]}{f', {named(product)}' if len(products) > 1 else ''}"
                found.append(ColumnRow(label, _of_product(_cells(amounts, with_product=False), product, sessions)))
    return tuple(found)


def _cells(amounts: Sequence[Amount], with_product: bool) -> tuple[Cell, ...]:
    cells = []
    for number, amount in enumerate(amounts):
        before = amounts[number - 1] if number else None
        idle = before is None or (not before.sites and not amount.sites)
        change = "" if before is None or idle else AmountChange(before, amount).words
        cells.append(Cell(amount.words(with_product=with_product) if amount.sites else "—", change))
    return tuple(cells)


def _of_product(cells: tuple[Cell, ...], product: str, sessions: Sequence[ComparedSession]) -> tuple[Cell, ...]:
    """Without a number where a session is of other products: less of one and more of another is no less and no more."""
    used = [product in one.products or not one.products for one in sessions]
    found = [cells[0]]
    for number, cell in enumerate(cells[1:], start=1):
        kept = used[number - 1] and used[number]
        words = cell.change if kept else "another product before" if used[number] else ""
        found.append(replace(cell, change=words))
    return tuple(found)


def _in_time(sessions: Iterable[ComparedSession]) -> list[str]:
    """The products in the order in which they were first given."""
    return list(dict.fromkeys(product for session in sessions for product in session.products))


def _in(sites: Iterable[ComparedSite], place: Place) -> Amount:
    return Amount.of(site for site in sites if site.place == place)


def _of(sites: Iterable[ComparedSite], product: str, side: Side | None) -> Amount:
    return Amount.of(site for site in sites if site.product == product and side in (None, site.side))


def _amount_change(comparison: Comparison, place: Place) -> AmountChange:
    return AmountChange(_in(comparison.before.sites, place), _in(comparison.after.sites, place))


def _by_size(place: Place, amount: AmountChange, changes: Sequence[SiteChange]) -> _Size:
    units = amount.units
    changed = sum(map(is_change, changes))
    size = abs(units or Decimal(0))
    return not (units is None and changed), not changed, amount.product, -size, -changed, muscle_order(place)
