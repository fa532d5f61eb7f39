"""A person's own patterns of sites; nobody else's are ever listed or found."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from clinic.domain.errors import NotFound
from clinic.domain.products import product_name
from clinic.domain.quantities import NBSP, format_number
from clinic.domain.site_copies import SiteCopy
from clinic.domain.site_entries import Placed
from clinic.domain.wording import plural
from clinic.models import Pattern, PatternSite
from clinic.queries.together import AnySelect, together
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PatternRow:
    """One pattern in sums; ``units`` as in an earlier session, blank when it holds places only."""

    id: str
    name: str
    sites: int
    units: str
    products: tuple[str, ...]

    @property
    def words(self) -> str:
        """``12 sites, 37.5 units``, or that it holds places only."""
        doses = f"{self.units}{NBSP}units" if self.units else "places only"
        return f"{plural(self.sites, 'site')}, {doses}"


def patterns_select(uow: UnitOfWork) -> AnySelect:
    """The select behind ``own_patterns``, one row for each pattern and product, for ``together``."""
    p, s = Pattern, PatternSite
    return (
        select(p.id, p.name, s.product, func.count(s.id).label("sites"), func.sum(s.units).label("units"))
        .join(s, (s.clinic_id == p.clinic_id) & (s.pattern_id == p.id))
        .where(p.clinic_id == uow.clinic_id, p.user_id == uow.actor.user_id, p.retired_at.is_(None))
        .group_by(p.id, p.name, s.product)
    )


def own_patterns(uow: UnitOfWork) -> tuple[PatternRow, ...]:
    """The actor's patterns by name, in one statement."""
    return patterns_of(together(uow, {"pattern": patterns_select(uow)})["pattern"])


def patterns_of(rows: list[tuple[Any, ...]]) -> tuple[PatternRow, ...]:
    """The patterns from the rows of ``patterns_select``."""
    found: dict[tuple[str, str, str], list[tuple[str | None, int, Decimal]]] = {}
    for pattern_id, name, product, sites, units in rows:
        found.setdefault((name.casefold(), name, pattern_id), []).append((product, sites, units))
    return tuple(
        PatternRow(pattern_id, name, sum(sites for _, sites, _ in parts), *_doses(parts))
        for (_, name, pattern_id), parts in sorted(found.items())
    )


def _doses(parts: list[tuple[str | None, int, Decimal]]) -> tuple[str, tuple[str, ...]]:
    sums = sorted((product, units) for product, _, units in parts if product is not None)
    return " and ".join(format_number(units) for _, units in sums), tuple(product_name(key) for key, _ in sums)


def pattern_sites(uow: UnitOfWork, pattern_id: str) -> tuple[str, tuple[SiteCopy, ...]]:
    """The name and the sites of one of the actor's patterns. Raises NotFound for any other id, a retired one's too."""
    p, s = Pattern, PatternSite
    rows = uow.session.execute(
        select(p.name, s.id, s.number, s.muscle, s.sub_site, s.side, s.x, s.y, s.units, s.product, s.purpose, s.depth)
        .join(s, (s.clinic_id == p.clinic_id) & (s.pattern_id == p.id))
        .where(p.id == pattern_id, p.user_id == uow.actor.user_id, p.retired_at.is_(None))
        .order_by(s.number)
    ).all()
    if not rows:
        raise NotFound
    return rows[0].name, tuple(_copy(row) for row in rows)


def _copy(row: Any) -> SiteCopy:
    return SiteCopy(
        id=row.id,
        number=row.number,
        placed=Placed(row.muscle, row.sub_site, row.side, row.x, row.y),
        units=row.units,
        product=row.product,
        purpose=row.purpose,
        depth=row.depth,
    )
