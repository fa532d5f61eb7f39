"""The sites of a story's session, told in one line."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from clinic.domain import anatomy
from clinic.domain.anatomy import Side
from clinic.domain.injections import Depth, Purpose
from clinic.domain.site_entries import SiteEntry

_DEPTHS = {
    "orbicularis_oculi": Depth.SUBCUTANEOUS,
    "lacrimal_gland": Depth.INTRAGLANDULAR,
    "platysma": Depth.SUBCUTANEOUS,
}


def site_entries(sites: str, syringe_id: str | None) -> Iterator[SiteEntry]:
    """The sites that a plan's short text names, in its order."""
    for part in filter(None, (one.strip() for one in sites.split(";"))):
        side, place, units, *purpose = part.split()
        place, _, count = place.partition("*")
        muscle, _, where = place.partition(":")
        for sub_site in _sub_sites(muscle, where, int(count or 0)):
            yield SiteEntry(
                Decimal(units),
                muscle=muscle,
                sub_site=sub_site,
                side=Side(side),
                purpose=Purpose(purpose[0]) if purpose else None,
                depth=_DEPTHS.get(muscle),
                syringe_id=syringe_id,
            )


def _sub_sites(muscle: str, where: str, count: int) -> tuple[str, ...]:
    known = anatomy.muscle(muscle)
    if where:
        named = known.groups.get(where, (where,))
        return tuple(named[: count or len(named)])
    return tuple(site.key for site in known.sites[: count or 1])
