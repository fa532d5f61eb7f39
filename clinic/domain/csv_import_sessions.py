"""Past sessions in a table: each line a site; a session is a record number, a day and a product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from clinic.domain import csv_import_words as said
from clinic.domain.anatomy import Muscle, Side, full_label, muscle
from clinic.domain.csv_import_values import Cells, day, units
from clinic.domain.csv_imports import DayOrder
from clinic.domain.errors import Invalid
from clinic.domain.injections import Depth, Purpose
from clinic.domain.quantities import format_units
from clinic.domain.site_entries import Placed, SiteEntry, place
from clinic.domain.wording import side_words

UNPLACED = "Place within the muscle not stated in the source."
"""Stands beside a site that is drawn at its muscle's first place only because the file names none."""
_LOT_UNKNOWN = frozenset({"unknown", "notknown"})

_SAME = "Write the same on all of its lines, or on one of them only."
_LOTS = "Write the same on all of its lines. If two lots were used, leave it empty and name both in the source."

SiteKey = tuple[str, str | None, Side, Decimal]


@dataclass(frozen=True, slots=True)
class SiteLine:
    """One site as a line says it, with where it then lies, and what the line says of its session."""

    line: int
    record_number: str
    birth_date: date | None
    on: date
    product: str
    lot: str
    given_by: str
    source: str
    placed: Placed
    is_place_named: bool
    units: Decimal
    depth: Depth | None
    purpose: Purpose | None
    note: str

    @property
    def session(self) -> tuple[str, date, str]:
        """Which session it belongs to."""
        return self.record_number.lower(), self.on, self.product

    @property
    def key(self) -> SiteKey:
        """What makes it the same site when the file is read again."""
        return self.placed.muscle, self.placed.sub_site, self.placed.side, self.units

    @property
    def entry(self) -> SiteEntry:
        """The site as it is charted."""
        told = [self.note, "" if self.is_place_named else UNPLACED]
        return SiteEntry(
            units=self.units,
            muscle=self.placed.muscle,
            sub_site=self.placed.sub_site,
            side=self.placed.side,
            depth=self.depth,
            purpose=self.purpose,
            note=" ".join(one for one in told if one),
        )


@dataclass(frozen=True, slots=True)
class SessionLines:
    """All lines of one session, in their order."""

    sites: tuple[SiteLine, ...]

    @property
    def first(self) -> SiteLine:
        """The line that begins it."""
        return self.sites[0]

    @property
    def keys(self) -> Counter[SiteKey]:
        """Its sites, for comparison with those on record."""
        return Counter(site.key for site in self.sites)

    def said(self, key: str) -> str:
        """What the first line that says it says of the whole session."""
        return next((said for site in self.sites if (said := str(getattr(site, key)))), "")

    @property
    def twins(self) -> tuple[int, ...]:
        """The lines that say exactly what an earlier one says."""
        said = [(site.key, site.note, site.depth, site.purpose) for site in self.sites]
        return tuple(site.line for place, site in enumerate(self.sites) if said[place] in said[:place])

    @property
    def text(self) -> str:
        """Its sites in words: ``Mentalis, belly, patient’s left 2.5 units``."""
        return "; ".join(site_words(site) for site in self.sites)


def site_words(site: SiteLine) -> str:
    """One site in words."""
    at = site.placed
    named = full_label(at.muscle, at.sub_site if site.is_place_named else None)
    return f"{named}, {side_words(at.side)} {format_units(site.units)}"


def site_line(cells: Cells, order: DayOrder) -> SiteLine | None:
    """The site of a line; None, with its problems noted, when any of it cannot be taken."""
    number = " ".join(cells.text("record_number").split())
    born = cells.read("birth_date", partial(day, order=order))
    on = cells.read("day", partial(day, order=order))
    product = cells.read("product", said.product)
    found = cells.read("muscle", said.muscle)
    amount = cells.read("units", units)
    depth, purpose = cells.read("depth", said.depth), cells.read("purpose", said.purpose)
    lot, note = cells.text("lot"), cells.text("note")
    given_by, source = cells.text("given_by"), cells.text("source")
    side = cells.read("side", said.side)
    sub_site = cells.read("sub_site", partial(said.sub_site, found)) if found else None
    placed = _placed(cells, found, sub_site, side) if cells.is_good and found else None
    if not cells.is_good or on is None or product is None or amount is None or placed is None or found is None:
        return None
    only_place = sum((one.x == 0) == (placed.side is Side.MIDLINE) for one in found.sites) == 1
    return SiteLine(
        line=cells.line,
        record_number=number,
        birth_date=born,
        on=on,
        product=product,
        lot="" if said.squeezed(lot) in _LOT_UNKNOWN else lot,
        given_by=given_by,
        source=source,
        placed=placed,
        is_place_named=sub_site is not None or only_place,
        units=amount,
        depth=depth,
        purpose=purpose,
        note=note,
    )


def _placed(cells: Cells, found: Muscle, sub_site: str | None, side: Side | None) -> Placed | None:
    try:
        return place(SiteEntry(units=Decimal(0), muscle=found.key, sub_site=sub_site, side=side))
    except Invalid as error:
        for key, message in error.fields.items():
            cells.refuse(key, message, "Correct the side or the sub-site.")
        return None


def sessions(lines: Iterable[SiteLine]) -> tuple[SessionLines, ...]:
    """The sessions of a file, in the order of their first lines."""
    found: dict[tuple[str, date, str], list[SiteLine]] = {}
    for line in lines:
        found.setdefault(line.session, []).append(line)
    return tuple(SessionLines(tuple(sites)) for sites in found.values())


def disagreements(session: SessionLines, sites_maximum: int) -> Iterable[tuple[int, str, str, str, str]]:
    """What the lines of one session say against each other: line, column, what stands there, reason, remedy."""
    first = session.first
    if len(session.sites) > sites_maximum:
        reason = f"The session of this line has {len(session.sites)} sites; at most {sites_maximum} are charted."
        yield first.line, "", "", reason, "Check record number, day and product of its lines."
        return
    told = {key: session.said(key) for key in ("source", "given_by")} | {"lot": first.lot}
    seen: dict[tuple[str, str | None, Side], int] = {}
    for site in session.sites:
        for key, heading in (("lot", "Lot"), ("source", "Source"), ("given_by", "Given by")):
            mine, other = getattr(site, key), told[key]
            if mine != other and (mine or key == "lot"):
                reason = f"Another line of the same session says: {other or 'nothing'}."
                yield site.line, heading, mine, reason, _LOTS if key == "lot" else _SAME
        at = (site.placed.muscle, site.placed.sub_site, site.placed.side)
        if site.is_place_named and len(muscle(at[0]).sites) > 1 and at in seen:
            reason = f"Line {seen[at]} is at the same place in the same session."
            yield (
                site.line,
                "Sub-site",
                full_label(at[0], at[1]),
                reason,
                "Delete one of them, or name the right place.",
            )
        if site.is_place_named:
            seen.setdefault(at, site.line)
