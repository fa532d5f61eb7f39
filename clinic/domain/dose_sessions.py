"""Sessions as doses by muscle: what each muscle and side got, touch-ups told apart, products never added."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from typing import TypeVar

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.quantities import NBSP, format_number, format_units
from clinic.domain.trends_sessions import named
from clinic.domain.wording import day_text

MusclePlace = tuple[str, Side]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """Units of one product in one muscle of one side, by the session itself or by a touch-up of it."""

    muscle: str
    side: Side
    product: str
    units: Decimal
    touch_up: bool = False

    @property
    def place(self) -> MusclePlace:
        """Muscle and side."""
        return self.muscle, self.side


@dataclass(frozen=True, slots=True)
class Amount:
    """What a muscle got of one product: at the session, and at its touch-ups."""

    product: str
    own: Decimal
    added: Decimal

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.own + self.added

    @property
    def product_name(self) -> str:
        """The product in full."""
        return named(self.product)

    @property
    def words(self) -> str:
        """``2.5``, ``2.5 + 1.25 touch-up``, ``1.25 touch-up``."""
        parts = [format_number(self.own)] if self.own else []
        parts += [f"{format_number(self.added)}{NBSP}touch-up"] if self.added else []
        return " + ".join(parts)

    @property
    def units_words(self) -> str:
        """``2.5 units``, ``2.5 units + 1.25 units touch-up``."""
        parts = [format_units(self.own)] if self.own else []
        parts += [f"{format_units(self.added)}{NBSP}touch-up"] if self.added else []
        return " + ".join(parts)


@dataclass(frozen=True)
class TreatedSession:
    """A session that was given and stands, with its touch-ups; several may fall on one day."""

    id: str
    on: date
    transcribed: bool
    touch_ups: tuple[date, ...]
    given: tuple[Given, ...]

    @cached_property
    def _sums(self) -> dict[MusclePlace, tuple[Amount, ...]]:
        found: dict[MusclePlace, tuple[Amount, ...]] = {}
        for place in dict.fromkeys(one.place for one in self.given):
            found[place] = tuple(amounts(one for one in self.given if one.place == place))
        return found

    @property
    def places(self) -> tuple[MusclePlace, ...]:
        """What was treated."""
        return tuple(self._sums)

    @property
    def products(self) -> tuple[str, ...]:
        """The products given, by key."""
        return tuple(sorted({one.product for one in self.given}))

    @property
    def product_words(self) -> str:
        """The products in full."""
        return " and ".join(named(one) for one in self.products)

    def amounts(self, place: MusclePlace) -> tuple[Amount, ...]:
        """What a muscle and side got; nothing when it was not treated."""
        return self._sums.get(place, ())

    @property
    def marks(self) -> tuple[str, ...]:
        """What else must be known of it: touch-ups with their days, and that it was copied from an older record."""
        found = [f"touch-up {day_text(on)}" for on in self.touch_ups]
        return (*found, "transcribed") if self.transcribed else tuple(found)


def product_runs(listed: Iterable[T], products: Callable[[T], tuple[str, ...]]) -> list[list[T]]:
    """Neighbours whose units compare: of the same products, all of them on record."""
    found: list[list[T]] = []
    for one in listed:
        if found and comparable(products(found[-1][-1]), products(one)):
            found[-1].append(one)
        else:
            found.append([one])
    return found


def comparable(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two doses are of the same products; two whose product nobody recorded may be of different ones."""
    return one == other and "" not in one


def amounts(given: Iterable[Given]) -> Iterator[Amount]:
    """What was given of each product, touch-ups apart."""
    sums: dict[str, list[Decimal]] = {}
    for one in given:
        own_added = sums.setdefault(one.product, [Decimal(0), Decimal(0)])
        own_added[one.touch_up] += one.units
    for product, (own, added) in sorted(sums.items()):
        yield Amount(product, own, added)


@cache
def face_order(muscle: str) -> tuple[bool, int, str]:
    """Where a muscle stands from brow to neck, by the middle of its named sites; one without comes last."""
    heights = [site.y for site in MUSCLES[muscle].sites] if muscle in MUSCLES else []
    return not heights, -(sum(heights) // len(heights)) if heights else 0, muscle
