"""What the pages of doses are asked to show, as it stands in an address: muscles, a side, years, an order, a page."""

from __future__ import annotations

from typing import Any, Final

from werkzeug.datastructures import MultiDict

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.dose_histories import Asked, Sort

_YEARS: Final = range(1900, 2200)
_PAGES: Final = 5


def asked(given: MultiDict[str, str]) -> Asked:
    """Read the filters; what cannot be read is left out, so that nothing is hidden by a mistake."""
    side, sort = given.get("side", ""), given.get("sort", "")
    return Asked(
        muscles=frozenset(muscle for muscle in given.getlist("muscle") if muscle in MUSCLES),
        side=Side(side) if side in {one.value for one in Side} else None,
        first_year=_year(given.get("from", "")),
        last_year=_year(given.get("to", "")),
        sort=Sort(sort) if sort in {one.value for one in Sort} else Sort.FACE,
        page=page(given),
    )


def page(given: MultiDict[str, str]) -> int:
    """The page asked for, the newest being 1."""
    text = given.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < _PAGES else 1


def kept(one: Asked) -> dict[str, Any]:
    """The filters as they go into a link."""
    found = {
        "muscle": sorted(one.muscles),
        "side": one.side.value if one.side else "",
        "from": one.first_year or "",
        "to": one.last_year or "",
        "sort": "" if one.sort is Sort.FACE else one.sort.value,
    }
    return {name: value for name, value in found.items() if value}


def _year(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < _PAGES and int(text) in _YEARS else None
