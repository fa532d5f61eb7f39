"""The stock at a glance: the open vials, those used up last, and all lots, in one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from sqlalchemy import func, select

from clinic.models import Clinic, Lot, Vial
from clinic.queries import inventory
from clinic.queries.inventory import LotRow, VialRow, lot_row, today_in
from clinic.queries.prepared import ANY_UNIT, Prepared
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork

CLOSED: Final = 30
"""The vials opened last that are empty or discarded; the older ones are found through their lot."""


@dataclass(frozen=True, slots=True)
class Stock:
    """What the stock page shows."""

    vials: tuple[VialRow, ...]
    closed: tuple[VialRow, ...]
    lots: tuple[LotRow, ...]


class _Lot(NamedTuple):
    """The columns of the select of lots in their order."""

    id: str
    edit_version: int
    product: str
    number: str
    expires_on: date
    supplier: str
    recalled_at: datetime | None
    recall_reason: str
    time_zone: str
    opened: int | None


def stock(uow: UnitOfWork) -> Stock:
    """The whole stock in one statement; for whom a vial's units were is not read, for the page does not say it."""
    rows = _STOCK.rows(uow)
    vials = inventory.chart_vials(uow, rows["usable"], {})
    closed = inventory.newest_vials(uow, rows["closed"])
    open_now = Counter(one.lot_id for one in vials)
    found = [
        lot_row(one, today_in(one.time_zone, uow.now), one.opened or 0, open_now[one.id])
        for one in map(_Lot._make, rows["lots"])
    ]
    return Stock(vials, closed, inventory.soonest_first(found))


def _selects() -> Mapping[str, AnySelect]:
    v, l = Vial, Lot  # noqa: E741 - as in the other selects
    here = ANY_UNIT.clinic_id
    usable = inventory.open_vials_select(here)
    newest = (
        select(v.id)
        .where(v.clinic_id == here, ~inventory.holds_units(v))
        .order_by(v.opened_at.desc(), v.label)
        .limit(CLOSED)
    )
    opened = select(func.count(v.id)).where(v.clinic_id == l.clinic_id, v.lot_id == l.id).correlate(l).scalar_subquery()
    about = (l.id, l.edit_version, l.product, l.number, l.expires_on, l.supplier, l.recalled_at, l.recall_reason)
    lots = select(*about, Clinic.time_zone, opened.label("opened")).join(Clinic, Clinic.id == l.clinic_id)
    return {
        "usable": usable,
        "closed": inventory.vials_select().where(v.clinic_id == here, v.id.in_(select(newest.subquery().c.id))),
        "lots": lots.where(l.clinic_id == here),
    }


_STOCK: Final = Prepared(_selects, listed=True)
