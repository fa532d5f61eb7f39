"""Unopened vials by lot and product, what expires, and over a period what was wasted and whether the books balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select

from clinic.domain.errors import NotFound
from clinic.domain.inventory import EntryKind
from clinic.domain.periods import Period
from clinic.domain.products import product_name
from clinic.domain.stock_levels import LotLevel, ProductLevel, ProductWaste, product_level, waste_by_reason
from clinic.models import Clinic, Lot, LotCount, StockLevel, Vial, VialEntry
from clinic.queries.inventory import today_in
from clinic.queries.reconciliation import LotDay, moments, stock_period
from clinic.queries.together import AnySelect, together
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class StockLevels:
    """Every product with its level, and every lot that can hold unopened vials, the next to expire first."""

    today: date
    within: int
    products: tuple[ProductLevel, ...]
    lots: tuple[LotLevel, ...]

    @property
    def expired(self) -> tuple[LotLevel, ...]:
        """Expired lots with unopened vials on record; a recalled one is named as recalled."""
        return tuple(lot for lot in self.lots if lot.expired and lot.unopened and not lot.recalled)

    @property
    def recalled(self) -> tuple[LotLevel, ...]:
        """Recalled lots that may hold unopened vials, expired or not."""
        return tuple(lot for lot in self.lots if lot.recalled and lot.may_hold)

    @property
    def expiring(self) -> tuple[LotLevel, ...]:
        """Lots that expire within the days asked for and may hold unopened vials that could still be used."""
        return tuple(lot for lot in self.lots if lot.expires_within(self.within) and lot.may_hold and lot.usable)

    @property
    def low(self) -> tuple[ProductLevel, ...]:
        """Products of which fewer are there than wanted."""
        return tuple(one for one in self.products if one.low)

    @property
    def problems(self) -> tuple[LotLevel, ...]:
        """Lots whose counts do not add up."""
        return tuple(lot for lot in self.lots if lot.problem)


@dataclass(frozen=True, slots=True)
class CountedVials:
    """One entry of a lot's counts, in words."""

    at: Any
    kind: str
    vials: int
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class LotCounts:
    """A lot's level with every entry behind it, newest first."""

    level: LotLevel
    entries: tuple[CountedVials, ...]


@dataclass(frozen=True, slots=True)
class StockBalance:
    """A period: the waste by product and reason, and the books of every lot."""

    period: Period
    waste: tuple[ProductWaste, ...]
    lots: tuple[LotDay, ...]


def stock_levels(uow: UnitOfWork, within: int) -> StockLevels:
    """The unopened vials of the clinic, in one statement. ``within``: days to look ahead for what expires."""
    rows = together(uow, _selects(uow.clinic_id))
    today = today_in(rows["clinic"][0][0], uow.now)
    lots = _levels(rows, today)
    minimums = {product: (vials, version, by) for product, vials, version, by in rows["minimum"]}
    by_product: dict[str, list[LotLevel]] = {product: [] for product in minimums}
    for lot in lots:
        by_product.setdefault(lot.product, []).append(lot)
    products = tuple(
        product_level(one, by_product[one], minimums.get(one)) for one in sorted(by_product, key=product_name)
    )
    shown = [lot for lot in lots if not lot.expired or lot.unopened]
    return StockLevels(today, within, products, tuple(sorted(shown, key=lambda one: (one.expires_on, one.number))))


def lot_counts(uow: UnitOfWork, lot_id: str) -> LotCounts:
    """One lot's unopened vials and how they came about, in one statement. Raises NotFound."""
    entry = select(LotCount.at, LotCount.kind, LotCount.vials, LotCount.reason, LotCount.by, LotCount.id).where(
        LotCount.clinic_id == uow.clinic_id, LotCount.lot_id == lot_id
    )
    rows = together(uow, _selects(uow.clinic_id, lot_id) | {"entry": entry})
    if not rows["lot"]:
        raise NotFound
    [level] = _levels(rows, today_in(rows["clinic"][0][0], uow.now))
    ordered = sorted(rows["entry"], key=lambda row: (row[0], row[5]), reverse=True)
    entries = (CountedVials(at, kind.value, vials, reason, by) for at, kind, vials, reason, by, _ in ordered)
    return LotCounts(level, tuple(entries))


def stock_balance(uow: UnitOfWork, period: Period) -> StockBalance:
    """What was wasted in a period and what became of every unit, in six statements."""
    books = stock_period(uow, period.first, period.last)
    zone = uow.session.scalars(select(Clinic.time_zone).where(Clinic.id == uow.clinic_id)).one()
    start, end = moments(period.first, period.last, ZoneInfo(zone))
    units = func.sum(VialEntry.units, type_=VialEntry.units.type)
    rows = uow.session.execute(
        select(Lot.product, VialEntry.kind, VialEntry.reason, units, func.count(VialEntry.id))
        .join(Vial, and_(Vial.clinic_id == VialEntry.clinic_id, Vial.id == VialEntry.vial_id))
        .join(Lot, and_(Lot.clinic_id == Vial.clinic_id, Lot.id == Vial.lot_id))
        .where(VialEntry.kind.in_([EntryKind.OPENED, EntryKind.WASTED]), VialEntry.at >= start, VialEntry.at < end)
        .group_by(Lot.product, VialEntry.kind, VialEntry.reason)
    ).all()
    wasted = [(product, why, -sum_, times) for product, kind, why, sum_, times in rows if kind is EntryKind.WASTED]
    opened = [(product, sum_) for product, kind, _, sum_, _ in rows if kind is EntryKind.OPENED]
    return StockBalance(period, waste_by_reason(wasted, opened), books.lots)


def clinic_today(uow: UnitOfWork) -> date:
    """The clinic's day."""
    return today_in(uow.session.scalars(select(Clinic.time_zone).where(Clinic.id == uow.clinic_id)).one(), uow.now)


def _selects(clinic: int, lot_id: str | None = None) -> dict[str, AnySelect]:
    lot = select(Lot.id, Lot.product, Lot.number, Lot.expires_on, Lot.recalled_at).where(Lot.clinic_id == clinic)
    counted = select(LotCount.lot_id, func.sum(LotCount.vials).label("vials")).where(LotCount.clinic_id == clinic)
    opened = select(Vial.lot_id, func.count(Vial.id).label("opened")).where(Vial.clinic_id == clinic)
    if lot_id is not None:
        lot, counted, opened = (
            lot.where(Lot.id == lot_id),
            counted.where(LotCount.lot_id == lot_id),
            opened.where(Vial.lot_id == lot_id),
        )
    level = StockLevel
    return {
        "clinic": select(Clinic.time_zone).where(Clinic.id == clinic),
        "lot": lot,
        "counted": counted.group_by(LotCount.lot_id),
        "opened": opened.group_by(Vial.lot_id),
        "minimum": select(level.product, level.vials, level.edit_version, level.set_by).where(
            level.clinic_id == clinic
        ),
    }


def _levels(rows: Mapping[str, list[tuple[Any, ...]]], today: date) -> list[LotLevel]:
    counted: dict[str, int] = {row[0]: row[1] for row in rows["counted"]}
    opened: dict[str, int] = {row[0]: row[1] for row in rows["opened"]}
    return [
        LotLevel(
            lot_id,
            product,
            number,
            expires_on,
            recalled_at is not None,
            counted.get(lot_id),
            opened.get(lot_id, 0),
            today,
        )
        for lot_id, product, number, expires_on, recalled_at in rows["lot"]
    ]
