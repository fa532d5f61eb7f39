"""Sites as they are brought from an earlier session or a pattern: the place and the dose, nothing of that day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from clinic.domain import anatomy
from clinic.domain.anatomy import Side
from clinic.domain.errors import Invalid
from clinic.domain.injections import Depth, Purpose
from clinic.domain.products import product_name
from clinic.domain.site_entries import Placed

NOTE_MAXIMUM = 500
_NOT_KNOWN = "a product that is not recorded"


@dataclass(frozen=True, slots=True)
class SiteCopy:
    """One site to bring; ``units`` are those of ``product`` and 0 without a dose, ``note`` says a place that has no muscle.

    ``id`` is the site it comes from.
    """

    id: str
    number: int
    placed: Placed
    units: Decimal
    product: str | None
    purpose: Purpose
    depth: Depth
    note: str = ""


def without_dose(site: SiteCopy) -> SiteCopy:
    """The place alone."""
    return replace(site, units=Decimal(0), product=None)


def on_other_side(site: SiteCopy) -> SiteCopy:
    """The same place on the patient's other side; a midline site belongs to both sides and stays as it is.

    Raises Invalid (field ``other_side``) when the muscle has no such place there.
    """
    placed = site.placed
    if placed.side is Side.MIDLINE:
        return site
    side = Side.LEFT if placed.side is Side.RIGHT else Side.RIGHT
    moved = replace(placed, side=side, x=anatomy.mirror(placed.x))
    if anatomy.side_of(moved.muscle, moved.x) is not side or not anatomy.in_view(moved.x, moved.y):
        where = f"Site {site.number}, {anatomy.muscle_label(moved.muscle)}"
        raise Invalid({"other_side": f"{where}, has no such place on the patient's {side.value}. Nothing was brought."})
    return replace(site, placed=moved, note=_told_of(placed.side, site.note))


def _told_of(side: Side, note: str) -> str:
    # Words about a place can name a side, and nothing can turn them round: they say which side they were written for.
    if not note:
        return ""
    told = f"as described for the patient's {side.value}: {note}"
    return told if len(told) <= NOTE_MAXIMUM else f"{told[: NOTE_MAXIMUM - 1]}…"


def other_products(sites: Iterable[SiteCopy], product: str | None) -> tuple[str, ...]:
    """The products in words whose doses may not be brought into a syringe of ``product``, or into none (None).

    A dose of a product that is not recorded is never brought: nobody could say later whose units it holds.
    """
    doses = {site.product for site in sites if site.units > 0}
    return tuple(
        sorted(
            product_name(one) if one else _NOT_KNOWN
            for one in doses
            if one is None or (product is not None and one != product)
        )
    )


def both_sides(sides: Iterable[Side]) -> bool:
    """Whether palsies are on both of the patient's sides."""
    return {Side.RIGHT, Side.LEFT} <= set(sides)
