"""Vials and the ledger through which every unit goes in and out. Lots: see ``lots.py``."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from clinic.domain import inventory
from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.domain.inventory import EntryKind, LedgerEntry
from clinic.domain.quantities import format_millilitres, format_units
from clinic.domain.visits import REASON_MINIMUM
from clinic.domain.wording import day_text
from clinic.models import Clinic, Lot, Vial, VialEntry
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork

USE_BY_LONGEST = timedelta(days=42)
"""Own entry check against a mistyped date: nobody keeps a mixed vial for longer than weeks."""

_LABEL = "V-"
_LABEL_DIGITS = 4


def open_vial(
    uow: UnitOfWork,
    lot_id: str,
    *,
    labelled_units: Decimal,
    diluent: str,
    microlitres: int,
    mixed_at: datetime,
    mixed_by: str,
    use_by: datetime | None = None,
) -> str:
    """Open a vial of a lot under the clinic's next label; give its id.

    ``microlitres`` is the diluent, or the solution in a ready-to-use vial; ``mixed_at`` is today and not to come.
    Without ``use_by`` the offered one holds. Raises NotFound, and Invalid beside a field.
    """
    require(uow, Permission.STOCK_WRITE)
    lot = _lot_to_open(uow, lot_id)
    item = inventory.product(lot.product)
    if labelled_units not in {size.units for size in item.vials}:
        raise Invalid({"labelled_units": "Choose the units printed on the vial."})
    if not item.ready_to_use and not diluent.strip():
        raise Invalid({"diluent_kind": "Say what the vial was mixed with."})
    if not mixed_by.strip():
        raise Invalid({"mixed_by": "Say who mixed the vial."})
    inventory.check_diluent(microlitres)
    check_mixing_time(mixed_at, uow.now, _zone(uow))
    keeps = checked_use_by(item, mixed_at, use_by)
    vial = Vial(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        lot_id=lot.id,
        label=_next_label(uow),
        labelled_units=labelled_units,
        opened_at=mixed_at,
        diluent=diluent.strip(),
        diluent_microlitres=microlitres,
        mixed_at=mixed_at,
        mixed_by=mixed_by.strip(),
        use_by=keeps.at,
        use_by_rule=keeps.rule[:300],
    )
    uow.session.add(vial)
    uow.session.flush()  # The ledger line's foreign key needs the vial.
    _enter(uow, vial, EntryKind.OPENED, labelled_units)
    mixed = f"{format_units(labelled_units)} in {format_millilitres(microlitres)}"
    new = {"label": vial.label, "lot": lot.number, "mixed": mixed, "use by": keeps.at}
    uow.record(Event(Action.VIAL_OPENED, f"vial:{vial.id}", new=new))
    return vial.id


def checked_use_by(item: inventory.Product, mixed_at: datetime, chosen: datetime | None) -> inventory.UseBy:
    """The use-by offered, or the one chosen instead. Raises Invalid (``use_by``) for one that must be a slip."""
    if chosen is None:
        return inventory.use_by(item, mixed_at)
    if chosen - mixed_at > USE_BY_LONGEST:
        raise Invalid({"use_by": f"The use-by is more than {USE_BY_LONGEST.days} days after mixing. Check its date."})
    return inventory.chosen_use_by(item, mixed_at, chosen)


def _lot_to_open(uow: UnitOfWork, lot_id: str) -> Lot:
    lot = uow.session.get(Lot, {"clinic_id": uow.clinic_id, "id": lot_id}, with_for_update={"read": True})
    if lot is None:
        raise NotFound
    if lot.recalled_at is not None:
        raise Invalid({"": f"Lot {lot.number} is recalled. Put its vials aside and choose another lot."})
    if lot.expires_on < uow.now.astimezone(_zone(uow)).date():
        raise Invalid({"": f"Lot {lot.number} expired on {day_text(lot.expires_on)}. Choose another lot."})
    return lot


def check_mixing_time(mixed_at: datetime, now: datetime, zone: ZoneInfo) -> None:
    """Refuse, as Invalid (``mixed_at``), a time to come or of another day in the clinic's zone."""
    if mixed_at > now:
        raise Invalid({"mixed_at": "This time is still to come. Enter the time at which the vial was mixed."})
    if mixed_at.astimezone(zone).date() != now.astimezone(zone).date():
        raise Invalid({"mixed_at": "A vial is entered on the day on which it is mixed."})


def _zone(uow: UnitOfWork) -> ZoneInfo:
    return ZoneInfo(uow.session.get_one(Clinic, uow.clinic_id).time_zone)


def _next_label(uow: UnitOfWork) -> str:
    # Two vials opened at once must not read the same last label; NO KEY UPDATE lets other rows refer to the clinic.
    uow.session.get_one(Clinic, uow.clinic_id, with_for_update={"key_share": True})
    newest = select(Vial.label).order_by(func.length(Vial.label).desc(), Vial.label.desc()).limit(1)
    last = (uow.session.scalar(newest) or _LABEL + "0").removeprefix(_LABEL)
    return f"{_LABEL}{int(last) + 1:0{_LABEL_DIGITS}d}"


# The ledger. ``VialEntry.units`` carries the sign; every change locks the vial's row and sums what stands there.


def draw(uow: UnitOfWork, vial_id: str, units: Decimal, *, visit_id: str, patient_id: str) -> None:
    """Take given units out of a vial; the caller's own event says for what.

    Raises Invalid (field ``units``) when the vial holds less or was discarded, NotFound for no such vial.
    """
    require(uow, Permission.STOCK_WRITE)
    vial = _locked(uow, vial_id)
    _refuse_discarded(vial)
    _enter(uow, vial, EntryKind.GIVEN, -units, visit_id=visit_id, patient_id=patient_id)


def give_back(uow: UnitOfWork, vial_id: str, units: Decimal, *, visit_id: str, patient_id: str, reason: str) -> None:
    """Undo a draw that was not given after all; the caller's own event says why.

    What comes back to a discarded vial went with it: it is returned and wasted in one step. Raises Invalid (field
    ``units``) for more than this patient was given from the vial.
    """
    require(uow, Permission.STOCK_WRITE)
    vial = _locked(uow, vial_id)
    given = -_balance(uow, vial_id, EntryKind.GIVEN, EntryKind.RETURNED, patient_id=patient_id)
    if units > given:
        message = (
            f"Only {format_units(given)} were given from vial {vial.label}; {format_units(units)} cannot come back."
        )
        raise Invalid({"units": message})
    _enter(uow, vial, EntryKind.RETURNED, units, reason=reason, visit_id=visit_id, patient_id=patient_id)
    if vial.discarded_at is not None:
        gone = f"Not given, and the vial was discarded already: {reason}"
        _enter(uow, vial, EntryKind.WASTED, -units, reason=gone, visit_id=visit_id)


def waste(
    uow: UnitOfWork,
    vial_id: str,
    units: Decimal,
    reason: str,
    *,
    visit_id: str | None = None,
    patient_id: str | None = None,
) -> None:
    """Take units out of a vial that nobody was given. Raises Invalid for ``units`` or ``reason``."""
    require(uow, Permission.STOCK_WRITE)
    reason = _reason(reason)
    vial = _locked(uow, vial_id)
    _refuse_discarded(vial)
    old, new = _enter(uow, vial, EntryKind.WASTED, -units, reason=reason, visit_id=visit_id, patient_id=patient_id)
    _note_adjusted(uow, vial, old, new, reason, wasted=units, patient_id=patient_id)


def adjust(
    uow: UnitOfWork,
    vial_id: str,
    change: Decimal,
    reason: str,
    *,
    visit_id: str | None = None,
    patient_id: str | None = None,
) -> None:
    """Correct what a vial holds by a signed number of units; for a visit when it corrects that visit's waste.

    Raises Invalid (``units``) below zero or above the label, (``reason``) for fewer than 10 characters.
    """
    require(uow, Permission.STOCK_WRITE)
    reason = _reason(reason, REASON_MINIMUM)
    vial = _locked(uow, vial_id)
    _refuse_discarded(vial)
    if _balance(uow, vial_id) + change > vial.labelled_units:
        raise Invalid(
            {"units": f"Vial {vial.label} cannot hold more than its label says: {format_units(vial.labelled_units)}."}
        )
    old, new = _enter(uow, vial, EntryKind.ADJUSTED, change, reason=reason, visit_id=visit_id, patient_id=patient_id)
    _note_adjusted(uow, vial, old, new, reason, patient_id=patient_id)


def discard(uow: UnitOfWork, vial_id: str, reason: str) -> None:
    """Throw a vial away: what it still holds is wasted, and nothing more is taken from it."""
    require(uow, Permission.STOCK_WRITE)
    reason = _reason(reason)
    vial = _locked(uow, vial_id)
    _refuse_discarded(vial)
    left = _balance(uow, vial_id)
    if left > 0:
        _enter(uow, vial, EntryKind.WASTED, -left, reason=f"Discarded: {reason}")
    vial.discarded_at = uow.now
    vial.edit_version += 1
    new = {"label": vial.label, "wasted": format_units(left)}
    uow.record(Event(Action.VIAL_DISCARDED, f"vial:{vial.id}", reason=reason, new=new))


def carry_over(
    uow: UnitOfWork,
    vial_id: str,
    old_units: Decimal,
    new_units: Decimal,
    *,
    old_visit_id: str,
    visit_id: str,
    patient_id: str,
    old_patient_id: str = "",
) -> None:
    """Move a patient's units from an amended visit to the one that replaces it, a discarded vial included.

    ``old_patient_id`` is the record in which they were charted by mistake, when that is another one.

    Raises Invalid (field ``units``) when the correction needs more than the vial held.
    """
    vial = _locked(uow, vial_id)
    if old_units:
        reason = "Charted in the wrong record" if old_patient_id else "Moved to the amended version"
        where = {"visit_id": old_visit_id, "patient_id": old_patient_id or patient_id}
        _enter(uow, vial, EntryKind.RETURNED, old_units, reason=reason, **where)
    if new_units:
        _enter(uow, vial, EntryKind.GIVEN, -new_units, visit_id=visit_id, patient_id=patient_id)
    if vial.discarded_at is not None and old_units > new_units:
        gone = "Corrected by an amendment after the vial was discarded"
        _enter(uow, vial, EntryKind.WASTED, new_units - old_units, reason=gone, visit_id=visit_id)


def _locked(uow: UnitOfWork, vial_id: str) -> Vial:
    # SQLite's writer holds the whole file already; on PostgreSQL the row lock makes the sum below final.
    key = {"clinic_id": uow.clinic_id, "id": vial_id}
    vial = uow.session.get(Vial, key, with_for_update=True, populate_existing=True)
    if vial is None:
        raise NotFound
    return vial


def _refuse_discarded(vial: Vial) -> None:
    if vial.discarded_at is not None:
        raise Invalid(
            {"units": f"Vial {vial.label} was discarded: nothing more can be entered for it. Choose another vial."}
        )


def _balance(uow: UnitOfWork, vial_id: str, *kinds: EntryKind, patient_id: str | None = None) -> Decimal:
    statement = select(func.sum(VialEntry.units)).where(VialEntry.vial_id == vial_id)
    if kinds:
        statement = statement.where(VialEntry.kind.in_(kinds))
    if patient_id is not None:
        statement = statement.where(VialEntry.patient_id == patient_id)
    return uow.session.scalar(statement) or Decimal(0)


def _ledger(uow: UnitOfWork, vial_id: str) -> list[LedgerEntry]:
    rows = uow.session.execute(
        select(VialEntry.kind, func.sum(VialEntry.units)).where(VialEntry.vial_id == vial_id).group_by(VialEntry.kind)
    )
    return [LedgerEntry(kind, units * kind.sign) for kind, units in rows]


def _enter(
    uow: UnitOfWork,
    vial: Vial,
    kind: EntryKind,
    change: Decimal,
    *,
    reason: str = "",
    visit_id: str | None = None,
    patient_id: str | None = None,
) -> tuple[Decimal, Decimal]:
    """Append one signed line to a locked vial's ledger; give what it held before and holds now."""
    ledger = _ledger(uow, vial.id)
    try:
        inventory.check_entry(ledger, LedgerEntry(kind, change * kind.sign))
    except Invalid as error:
        # The domain knows no labels; the person at the cupboard does.
        raise Invalid({"units": error.fields["units"].replace("The vial ", f"Vial {vial.label} ", 1)}) from None
    uow.session.add(
        VialEntry(
            clinic_id=uow.clinic_id,
            id=uow.new_id(),
            vial_id=vial.id,
            kind=kind,
            units=change,
            reason=reason,
            visit_id=visit_id,
            patient_id=patient_id,
            at=uow.now,
            by=uow.actor.name,
        )
    )
    before = inventory.balance(ledger)
    after = before + change
    vial.is_spent = not after
    return before, after


def _note_adjusted(
    uow: UnitOfWork,
    vial: Vial,
    old: Decimal,
    new: Decimal,
    reason: str,
    *,
    wasted: Decimal | None = None,
    patient_id: str | None = None,
) -> None:
    before, after = {"left": format_units(old)}, {"left": format_units(new)}
    if wasted is not None:
        after["wasted"] = format_units(wasted)
    subject = f"vial:{vial.id}"
    uow.record(Event(Action.VIAL_ADJUSTED, subject, patient_id=patient_id, reason=reason, old=before, new=after))


def _reason(text: str, minimum: int = 1) -> str:
    reason = text.strip()
    if len(reason) < minimum:
        more = f"in at least {minimum} characters" if minimum > 1 else "in a few words"
        raise Invalid({"reason": f"Say why, {more}. It stays in the record."})
    return reason
