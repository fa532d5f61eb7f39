"""What the card of a syringe says beside its vial: the units left, in words, and the sites that it could be drawn for."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypedDict

from clinic.domain.products import product_name
from clinic.domain.quantities import format_number, format_units
from clinic.domain.visit_content import SyringeContent
from clinic.domain.wording import plural
from clinic.queries.visit_record import VisitRecord
from clinic.queries.visit_rows import SiteRow, SyringeRow


class BalanceWords(TypedDict):
    """What a vial holds after the charted sites and now, and what is between; ``low`` is blank, low or stop."""

    left: str
    left_words: str
    in_vial: str
    planned: str
    low: str


class DrawWords(TypedDict):
    """The planned sites that a syringe could be drawn for, and the question about doses of another product."""

    draws: tuple[str, ...]
    draw_words: str
    clear_words: str


def balance_words(one: SyringeContent, in_vial: Decimal, *, amends: bool) -> BalanceWords:
    """The balance of a syringe's vial; ``in_vial`` are the units in it by its ledger now.

    What an amendment changes was given already: its units are put right in the ledger when it is signed.
    """
    left = Decimal(0) if one.left is None else one.left
    if left < 0:
        low, words = "stop", f"units left, but {format_units(-left)} more are planned than the vial holds"
    elif left == 0:
        low, words = "low", "units left after these sites: the whole vial is planned"
    else:
        low, words = "", f"{'unit' if left == 1 else 'units'} left after these sites"
    return BalanceWords(
        left=format_number(max(left, Decimal(0))),
        left_words=words,
        in_vial=format_number(in_vial),
        planned=_planned_words(in_vial - left, amends=amends),
        low=low,
    )


def _planned_words(units: Decimal, *, amends: bool) -> str:
    if not amends:
        return f"{format_number(units)} still planned"
    if units == 0:
        return "unchanged by this version"
    return f"{format_number(abs(units))} {'fewer' if units > 0 else 'more'} once this version is signed"


def draw_words(record: VisitRecord, syringe: SyringeRow) -> DrawWords:
    """Which planned sites another syringe, or none, is chosen for, and which of their doses are of another product."""
    product = record.vials[syringe.vial_id].product
    sites = [site for site in record.sites if site.given_at is None and site.syringe_id != syringe.id]
    others = [site for site in sites if site.units > 0 and _product(record, site) not in {None, product}]
    return DrawWords(
        draws=tuple(site.id for site in sites),
        draw_words=f"Draw {plural(len(sites), 'planned site')} from {syringe.letter}" if sites else "",
        clear_words=_clear_words(record, others, product) if others else "",
    )


def _product(record: VisitRecord, site: SiteRow) -> str | None:
    return site.dose_product or record.product_of(site)


def _clear_words(record: VisitRecord, sites: Iterable[SiteRow], product: str) -> str:
    rows = list(sites)
    numbers = ", ".join(str(site.number) for site in rows)
    names = " and ".join(sorted({product_name(_product(record, site) or "") for site in rows}))
    which = f"Site {numbers} holds a dose" if len(rows) == 1 else f"Sites {numbers} hold doses"
    doses = "its dose" if len(rows) == 1 else "their doses"
    return (
        f"{which} of {names}. Units of one product are not those of another: {doses} will be taken out for you to enter "
        f"again in units of {product_name(product)}."
    )
