"""Sites brought together for a patient: one line for each place, product by product, units of two products never added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from clinic.domain.anatomy import MUSCLES, OTHER, Side, danger_zones_at, group_of, hits
from clinic.domain.documents.content import Table, TableColumn, TableRow
from clinic.domain.documents.texts import Language
from clinic.domain.plain_places import named_group, plain_place, plain_side
from clinic.domain.products import product_name
from clinic.domain.quantities import format_number

_EYE_ZONES: Final = frozenset({"levator_palpebrae_superioris", "inferior_oblique", "lateral_rectus", "lacrimal_gland"})
EYE_MUSCLES: Final = frozenset(
    {
        "orbicularis_oculi",
        "lacrimal_gland",
        "corrugator_supercilii",
        "depressor_supercilii",
        "procerus",
        "frontalis",
    }
)
"""Where toxin can reach the lid or the eye: the muscles that the eye's danger zones are about, and the two that lie between
the brows beside them (general anatomy; the labels warn of lid droop after the glabella, reference 1.2)."""


@dataclass(frozen=True, slots=True)
class TreatedSite:
    """One site that was given or is planned; ``lot`` is "" when not known, ``product`` "" when not recorded.

    ``x`` and ``y`` are None for a planned site that has no place yet, ``units`` 0 while its dose is open.
    """

    muscle: str
    sub_site: str | None
    side: Side
    x: int | None
    y: int | None
    units: Decimal
    product: str
    lot: str = ""
    planned: bool = False
    site_group: str | None = None

    @property
    def group(self) -> str | None:
        """The group of places that it belongs to."""
        return self.site_group or group_of(self.muscle, self.sub_site)

    @property
    def muscles(self) -> frozenset[str]:
        """The muscles that it can act on: its own, or for "other" those that lie under the place."""
        if self.muscle != OTHER or self.x is None or self.y is None:
            return frozenset({self.muscle})
        return frozenset(one.muscle for one in hits(self.x, self.y)) | {OTHER}

    @property
    def near_eye(self) -> bool:
        """Whether toxin given here can reach the lid or the eye."""
        if self.muscles & EYE_MUSCLES:
            return True
        if self.muscle != OTHER or self.x is None or self.y is None:
            return False
        return any(one.key in _EYE_ZONES for one in danger_zones_at(self.x, self.y, OTHER))

    @property
    def words(self) -> str:
        """For staff: ``orbicularis oculi, patient’s left``."""
        name = "another place" if self.muscle == OTHER else MUSCLES[self.muscle].label.lower()
        return f"{name}, {'midline' if self.side is Side.MIDLINE else f'patient’s {self.side.value}'}"


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A line of the table: all sites of one product in one group of places on one side. ``number`` stands on the face."""

    number: int
    muscle: str
    group: str | None
    side: Side
    sites: tuple[TreatedSite, ...]

    @property
    def units(self) -> Decimal:
        """Units of the line."""
        return sum((one.units for one in self.sites), Decimal(0))


@dataclass(frozen=True)
class ProductDoses:
    """What was given of one product, place by place; ``lots`` holds "" where a lot is not known."""

    product: str
    rows: tuple[PlaceRow, ...]

    @cached_property
    def units(self) -> Decimal:
        """Units of the product."""
        return sum((row.units for row in self.rows), Decimal(0))

    @property
    def planned(self) -> bool:
        """Whether it is only planned: then nobody knows its lot."""
        return any(site.planned for row in self.rows for site in row.sites)

    @property
    def sites(self) -> int:
        """How many injections."""
        return sum(len(row.sites) for row in self.rows)

    @property
    def lots(self) -> tuple[str, ...]:
        """The lots that it came from, each once, an unknown one last."""
        return tuple(sorted({site.lot for row in self.rows for site in row.sites}, key=lambda lot: (not lot, lot)))


def doses_by_product(sites: Iterable[TreatedSite]) -> tuple[ProductDoses, ...]:
    """The sites by product and place, products in order of first appearance, numbered through."""
    found: dict[str, dict[tuple[str, str | None, Side], list[TreatedSite]]] = {}
    for site in sites:
        group = None if site.side is Side.MIDLINE else named_group(site.muscle, site.group)
        found.setdefault(site.product, {}).setdefault((site.muscle, group, site.side), []).append(site)
    number, doses = 0, []
    for product, places in found.items():
        rows = []
        for (muscle, group, side), here in sorted(places.items(), key=_order):
            number += 1
            rows.append(PlaceRow(number, muscle, group, side, tuple(here)))
        doses.append(ProductDoses(product, tuple(rows)))
    return tuple(doses)


def _order(entry: tuple[tuple[str, str | None, Side], list[TreatedSite]]) -> tuple[int, int, str]:
    """From the patient's right to the left, from the forehead down."""
    (_, group, side), here = entry
    return (list(Side).index(side), -max(site.y or 0 for site in here), group or "")


def total_words(doses: ProductDoses, words: Language) -> str:
    """``12.5 units, injections: 4``; that it is open while a dose is."""
    every = [site for row in doses.rows for site in row.sites]
    if any(not site.units for site in every):
        return units_words(every, words)
    return words.label("total_in", units=words.units(doses.units), count=doses.sites)


def named(doses: ProductDoses, words: Language) -> str:
    """Generic name first, then the brand; a product that is not recorded, or not chosen yet, says so."""
    if doses.product:
        return product_name(doses.product)
    return words.label("product_open" if doses.planned else "product_not_recorded")


def lot_words(doses: ProductDoses, words: Language) -> str:
    """The lots, or that one is not known."""
    return ", ".join(lot or words.label("lot_not_known") for lot in doses.lots)


def muscle_words(muscle: str) -> str:
    """The muscle's name as it stands in the record, "" where none is named. Muscles have one name in every language."""
    found = MUSCLES[muscle]
    return found.label if found.is_muscle else found.latin.capitalize()


def doses_table(doses: ProductDoses, words: Language) -> Table:
    """Place, side, injections and units of one product, with their sum."""
    columns = (
        TableColumn(words.label("number_on_face"), 7, number=True),
        TableColumn(words.label("place"), 45),
        TableColumn(words.label("side"), 18),
        TableColumn(words.label("injections"), 17, number=True),
        TableColumn(words.label("units_column"), 13, number=True),
    )
    rows = [
        TableRow(
            (
                str(row.number),
                place_words(row, words),
                plain_side(row.side, words.code),
                str(len(row.sites)),
                units_words(row.sites, words),
            ),
            note=muscle_words(row.muscle),
        )
        for row in doses.rows
    ]
    every = [site for row in doses.rows for site in row.sites]
    total = ("", words.label("total"), "", str(doses.sites), units_words(every, words))
    return Table(columns, (*rows, TableRow(total, total=True)))


def units_words(sites: Sequence[TreatedSite], words: Language) -> str:
    """The sum as a number; a dose that is still open is said to be open, never added as nothing."""
    if any(not site.units for site in sites):
        return words.label("dose_open")
    return format_number(sum((site.units for site in sites), Decimal(0)))


def place_words(row: PlaceRow, words: Language) -> str:
    """The place in plain words with a capital letter."""
    place = plain_place(row.muscle, row.group, row.side, words.code)
    return place[0].upper() + place[1:]


def spoken(doses: Sequence[ProductDoses], words: Language) -> str:
    """Every line in a sentence, for who cannot see the picture."""
    return "; ".join(
        f"{row.number}: {plain_place(row.muscle, row.group, row.side, words.code)}, {_dose(row, words)}"
        for one in doses
        for row in one.rows
    )


def _dose(row: PlaceRow, words: Language) -> str:
    return words.units(row.units) if all(site.units for site in row.sites) else words.label("dose_open")
