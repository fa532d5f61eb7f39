"""Lots: what the clinic received, their expiry, and their recall."""

from __future__ import annotations

from sqlalchemy import select

from clinic.domain import inventory
from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, NotFound, Stale
from clinic.domain.events import Action, Event
from clinic.domain.inventory import CountKind
from clinic.domain.products import product_name
from clinic.domain.stock_levels import vials_typed
from clinic.domain.visits import REASON_MINIMUM
from clinic.models import Lot
from clinic.services.authority import require
from clinic.services.stock_levels import count_vials
from clinic.unit_of_work import UnitOfWork


def add(uow: UnitOfWork, *, product: str, number: str, expires_on: str, supplier: str = "", received: str = "") -> str:
    """Enter a lot with its expiry as printed on the box, and the vials that came in where counted; give its id.

    Raises Invalid for ``product``, ``lot`` (also one that is on record already), ``expires_on`` and ``received``.
    """
    require(uow, Permission.STOCK_WRITE)
    item = inventory.product(product)
    number = inventory.lot_number(number)
    last_day = inventory.expiry_date(expires_on)
    folded = inventory.lot_key(number)
    vials = vials_typed(received, "received", least=1) if received.strip() else 0
    if uow.session.scalar(select(Lot.id).where(Lot.product == product, Lot.folded_number == folded)):
        raise Invalid({"lot": f"Lot {number} of {product_name(item)} is on record already."})
    lot = Lot(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        product=product,
        number=number,
        folded_number=folded,
        expires_on=last_day,
        supplier=supplier.strip(),
        created_at=uow.now,
    )
    uow.session.add(lot)
    new = {"product": product, "number": number, "expires on": last_day, "supplier": lot.supplier}
    uow.record(Event(Action.LOT_ADDED, f"lot:{lot.id}", new=new))
    if vials:
        uow.session.flush()
        count_vials(uow, lot.id, CountKind.RECEIVED, str(vials))
    return lot.id


def change(uow: UnitOfWork, lot_id: str, edit_version: int, *, expires_on: str, supplier: str, reason: str) -> None:
    """Correct a lot's expiry or supplier, and say why. Raises Stale, and Invalid beside a field."""
    require(uow, Permission.STOCK_WRITE)
    lot = _current(uow, lot_id, edit_version)
    values = {"expires_on": inventory.expiry_date(expires_on), "supplier": supplier.strip()}
    old = {name: getattr(lot, name) for name, value in values.items() if getattr(lot, name) != value}
    if not old:
        raise Invalid({"": "Nothing differs from what is on record, so nothing was saved."})
    why = _reason(reason)
    for name in old:
        setattr(lot, name, values[name])
    lot.edit_version += 1
    uow.record(
        Event(Action.LOT_CHANGED, f"lot:{lot.id}", reason=why, old=old, new={name: values[name] for name in old})
    )


def recall(uow: UnitOfWork, lot_id: str, edit_version: int, reason: str) -> None:
    """Mark a lot as recalled: no vial of it is opened any more. Raises Stale, Invalid (``reason``)."""
    require(uow, Permission.STOCK_WRITE)
    lot = _current(uow, lot_id, edit_version)
    if lot.recalled_at is not None:
        raise Invalid({"": f"Lot {lot.number} is marked as recalled already."})
    lot.recall_reason = _reason(reason)
    lot.recalled_at = uow.now
    lot.edit_version += 1
    uow.record(Event(Action.LOT_RECALLED, f"lot:{lot.id}", reason=lot.recall_reason, new={"number": lot.number}))


def _current(uow: UnitOfWork, lot_id: str, edit_version: int) -> Lot:
    lot = uow.session.get(Lot, {"clinic_id": uow.clinic_id, "id": lot_id}, with_for_update=True)
    if lot is None:
        raise NotFound
    if lot.edit_version != edit_version:
        message = f"Lot {lot.number} was changed by somebody else meanwhile. Compare what you typed, then save again."
        raise Stale(message, shown=edit_version, current=lot.edit_version)
    return lot


def _reason(text: str) -> str:
    reason = text.strip()
    if len(reason) < REASON_MINIMUM:
        raise Invalid({"reason": f"Say why, in at least {REASON_MINIMUM} characters. It stays in the record."})
    return reason
