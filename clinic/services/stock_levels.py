"""Counting unopened vials, and how many a clinic wants to have."""

from __future__ import annotations

from sqlalchemy import func, select

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, NotFound, Stale
from clinic.domain.events import Action, Event
from clinic.domain.inventory import CountKind
from clinic.domain.inventory import product as known_product
from clinic.domain.stock_levels import change_of, reason_typed, vials_typed
from clinic.models import Lot, LotCount, StockLevel, Vial
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork


def count_vials(
    uow: UnitOfWork, lot_id: str, kind: CountKind, typed: str, reason: str = "", *, seen: int | None = None
) -> str:
    """Append what came, went or was counted of a lot's unopened vials; give the entry's id.

    ``seen`` is how many entries the person was shown: one delivery that two people enter is entered once. Raises
    NotFound, Stale, and Invalid beside a field.
    """
    require(uow, Permission.STOCK_WRITE)
    lot = uow.session.get(Lot, (uow.clinic_id, lot_id), with_for_update=True)
    if lot is None:
        raise NotFound
    vials = vials_typed(typed, least=0 if kind is CountKind.COUNTED else 1)
    sums = select(func.count(LotCount.id), func.sum(LotCount.vials)).where(LotCount.lot_id == lot_id)
    entries, counted = uow.session.execute(sums).one()
    if seen is not None and entries != seen:
        message = (
            "Somebody else entered vials of this lot meanwhile. Look at the entries, then save again if it is new."
        )
        raise Stale(message, shown=seen, current=entries)
    opened = uow.session.execute(select(func.count(Vial.id)).where(Vial.lot_id == lot_id)).scalar_one()
    unopened = None if counted is None else int(counted) - opened
    change = change_of(kind, vials, unopened, opened)
    why = reason_typed(kind, reason, differs=unopened is not None and change != 0)
    row = LotCount(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        lot_id=lot_id,
        kind=kind,
        vials=change,
        reason=why,
        at=uow.now,
        by=uow.actor.name,
    )
    uow.session.add(row)
    left = change if unopened is None else unopened + change
    old = {"unopened": "not counted" if unopened is None else unopened}
    new = {"kind": kind.value, "vials": change, "unopened": left - (opened if unopened is None else 0)}
    uow.record(Event(Action.LOT_COUNTED, f"lot:{lot_id}", reason=why, old=old, new=new))
    return row.id


def set_minimum(uow: UnitOfWork, product: str, edit_version: int, typed: str) -> None:
    """Say how many unopened vials of a product the clinic wants to have at least.

    Raises NotFound for a product that nobody knows, Stale, and Invalid (``vials``).
    """
    require(uow, Permission.STOCK_WRITE)
    try:
        known_product(product)
    except Invalid:
        raise NotFound from None
    vials = vials_typed(typed)
    row = uow.session.get(StockLevel, (uow.clinic_id, product), with_for_update=True)
    current = row.edit_version if row else 0
    if current != edit_version:
        message = "The minimum was set by somebody else meanwhile. Compare what you typed, then save again."
        raise Stale(message, shown=edit_version, current=current)
    old = {"vials": row.vials} if row else {}
    if row is None:
        row = StockLevel(
            clinic_id=uow.clinic_id, product=product, vials=vials, set_by=uow.actor.name, set_at=uow.now, edit_version=1
        )
        uow.session.add(row)
    else:
        row.vials, row.set_by, row.set_at = vials, uow.actor.name, uow.now
        row.edit_version = current + 1
    uow.record(Event(Action.STOCK_LEVEL_SET, f"product:{product}", old=old, new={"vials": vials}))
