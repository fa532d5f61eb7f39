"""Planned against given: what the newest time-out held by muscle and side, and what was given in the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from clinic.domain.quantities import NBSP, format_units
from clinic.domain.visit_content import SiteContent, VisitContent
from clinic.domain.wording import plural, side_words

PLANNED: Final = "Planned sites"
"""The line of a time-out's record that holds the plan; what stands is compared without it."""

_BETWEEN: Final = "; "
_COLON: Final = ": "


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One muscle on one side; ``planned`` or ``given`` is blank where there was none of it."""

    place: str
    planned: str
    given: str

    @property
    def same(self) -> bool:
        """Whether it was given as planned."""
        return self.planned == self.given


@dataclass(frozen=True, slots=True)
class PlannedAgainstGiven:
    """The comparison with the newest time-out; ``same`` when everything was given as planned."""

    at: datetime
    by: str
    rows: tuple[PlannedRow, ...]

    @property
    def same(self) -> bool:
        """Whether every muscle was given as planned."""
        return all(row.same for row in self.rows)


def plan(sites: Iterable[SiteContent]) -> str:
    """Sites by muscle, side and product in one line: ``Mentalis, patient’s left: 2.5 units …, 1 site; …``."""
    return _BETWEEN.join(f"{place}{_COLON}{dose}" for place, dose in _sums(sites).items())


def _sums(sites: Iterable[SiteContent]) -> dict[str, str]:
    sums: dict[tuple[str, str], tuple[Decimal, int]] = {}
    for site in sites:
        key = (f"{site.muscle_label}, {side_words(site.side)}", site.product_name)
        units, count = sums.get(key, (Decimal(0), 0))
        sums[key] = (units + site.units, count + 1)
    found: dict[str, list[str]] = {}
    for (place, product), (units, count) in sums.items():
        found.setdefault(place, []).append(
            f"{format_units(units)} {product}, {plural(count, 'site').replace(' ', NBSP)}"
        )
    return {place: " and ".join(doses) for place, doses in found.items()}


def compare(content: VisitContent) -> PlannedAgainstGiven | None:
    """The newest time-out's plan against what is marked given; None without a time-out that holds a plan."""
    session = content.session
    newest = session.time_outs[-1] if session and session.time_outs else None
    held = dict(newest.confirmed).get(PLANNED) if newest else None
    if session is None or newest is None or held is None:
        return None
    planned = _read(held)
    given = _sums(site for site in session.sites if site.given_at is not None)
    places = dict.fromkeys([*planned, *given])
    rows = tuple(PlannedRow(place, planned.get(place, ""), given.get(place, "")) for place in places)
    return PlannedAgainstGiven(newest.at, newest.by, rows)


def _read(line: str) -> dict[str, str]:
    pairs = (part.partition(_COLON) for part in line.split(_BETWEEN) if part)
    return {place: dose for place, _, dose in pairs}
