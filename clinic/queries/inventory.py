"""What the clinic has in stock: vials with what is left in them, lots, ledgers, and where a lot went."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, false, func, select

from clinic.domain.errors import NotFound
from clinic.domain.inventory import VialState
from clinic.domain.products import product_name
from clinic.domain.quantities import Concentration, format_millilitres
from clinic.models import Clinic, Lot, Vial, VialEntry
from clinic.queries.products import with_units
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class VialRow:
    """One opened vial as it stands now; ``patients`` are those with units from it that did not come back."""

    id: str
    label: str
    edit_version: int
    lot_id: str
    lot_number: str
    product: str
    product_name: str
    labelled_units: Decimal
    units_left: Decimal
    diluent: str
    diluent_microlitres: int | None
    per_tenth: str
    opened_at: datetime
    mixed_at: datetime | None
    mixed_by: str
    use_by: datetime | None
    use_by_rule: str
    time_left: str
    past_use_by: bool
    expires_on: date
    expired: bool
    recalled: bool
    recalled_at: datetime | None
    discarded: bool
    discarded_at: datetime | None
    patients: frozenset[str]

    @property
    def state(self) -> VialState:
        """Open, empty or discarded."""
        if self.discarded:
            return VialState.DISCARDED
        return VialState.OPEN if self.units_left > 0 else VialState.EMPTY

    @property
    def strength(self) -> str:
        """Units per 0.1 mL in words, blank when no volume is known."""
        return with_units(self.per_tenth) if self.per_tenth else ""

    @property
    def volume(self) -> str:
        """The diluent's (or the solution's) volume in words."""
        return format_millilitres(self.diluent_microlitres) if self.diluent_microlitres else "not recorded"

    @property
    def fit_for_use(self) -> bool:
        """Whether nothing stands against drawing from it now, other patients aside."""
        return self.state is VialState.OPEN and not (self.expired or self.recalled or self.past_use_by)


def vial_rows(uow: UnitOfWork, vial_ids: Collection[str]) -> Mapping[str, VialRow]:
    """The vials of these ids, whatever their state; ids of another clinic are missing. Two statements."""
    return {row.id: row for row in _vials(uow, Vial.id.in_(vial_ids))}


def open_vials_select(clinic_id: Any) -> AnySelect:
    """The vials that hold units; found by one index, however many there ever were."""
    return vials_select().where(Vial.clinic_id == clinic_id, holds_units(Vial))


def own_vials_select(clinic_id: Any, own: AnySelect) -> AnySelect:
    """The vials of these ids, whatever their state; a statement of its own, because a planner joins both badly."""
    return vials_select().where(Vial.clinic_id == clinic_id, Vial.id.in_(own))


def holds_units(vial: Any) -> ColumnElement[bool]:
    """Whether a vial was not discarded and holds something; the ledgers of those that are spent are not summed."""
    held: ColumnElement[bool] = (vial.is_spent == false()) & vial.discarded_at.is_(None) & (_units_left(vial) > 0)
    return held


def chart_vials(
    uow: UnitOfWork, rows: Sequence[tuple[Any, ...]], patients: Mapping[str, Collection[str]]
) -> tuple[VialRow, ...]:
    """The vials from rows of ``open_vials_select`` and ``own_vials_select``, each once, the most urgent first.

    ``patients`` names the chart's vials with the patients of each; for the others the patients are not looked up.
    """
    return tuple(sorted(newest_vials(uow, list(dict.fromkeys(rows)), patients), key=_most_urgent))


def newest_vials(
    uow: UnitOfWork, rows: Sequence[tuple[Any, ...]], patients: Mapping[str, Collection[str]] = MappingProxyType({})
) -> tuple[VialRow, ...]:
    """The vials from rows of ``vials_select``, the one opened last on top."""
    newest = sorted(
        sorted(map(_Vial._make, rows), key=lambda row: row.label), key=lambda row: row.opened_at, reverse=True
    )
    return tuple(_vial_row(row, uow.now, frozenset(patients.get(row.id, ()))) for row in newest)


def vial(uow: UnitOfWork, vial_id: str) -> VialRow:
    """One vial. Raises NotFound."""
    for row in _vials(uow, Vial.id == vial_id):
        return row
    raise NotFound


def _most_urgent(row: VialRow) -> tuple[bool, bool, datetime]:
    return not row.fit_for_use, row.use_by is None, row.use_by or row.opened_at


def _units_left(vial: Any = Vial) -> ColumnElement[Decimal]:
    total = select(func.sum(VialEntry.units)).where(VialEntry.clinic_id == vial.clinic_id, VialEntry.vial_id == vial.id)
    return func.coalesce(total.correlate(vial).scalar_subquery(), 0, type_=VialEntry.units.type)


def _vials(uow: UnitOfWork, *which: ColumnElement[bool], limit: int | None = None) -> list[VialRow]:
    rows = _rows(uow, *which, limit=limit)
    patients = _patients(uow, [row.id for row in rows])
    return [_vial_row(row, uow.now, frozenset(patients.get(row.id, ()))) for row in rows]


def _rows(uow: UnitOfWork, *which: ColumnElement[bool], limit: int | None = None) -> Sequence[Any]:
    query = vials_select().where(*which).order_by(Vial.opened_at.desc(), Vial.label)
    return uow.session.execute(query.limit(limit)).all()


class _Vial(NamedTuple):
    """The columns of ``vials_select`` in their order."""

    id: str
    label: str
    edit_version: int
    lot_id: str
    lot_number: str
    product: str
    labelled_units: Decimal
    units_left: Decimal
    diluent: str
    diluent_microlitres: int | None
    opened_at: datetime
    mixed_at: datetime | None
    mixed_by: str
    use_by: datetime | None
    use_by_rule: str
    expires_on: date
    recalled_at: datetime | None
    discarded_at: datetime | None
    time_zone: str


def vials_select() -> AnySelect:
    """Vials as they stand, for ``where``."""
    return (
        select(
            Vial.id,
            Vial.label,
            Vial.edit_version,
            Vial.lot_id,
            Lot.number.label("lot_number"),
            Lot.product,
            Vial.labelled_units,
            _units_left().label("units_left"),
            Vial.diluent,
            Vial.diluent_microlitres,
            Vial.opened_at,
            Vial.mixed_at,
            Vial.mixed_by,
            Vial.use_by,
            Vial.use_by_rule,
            Lot.expires_on,
            Lot.recalled_at,
            Vial.discarded_at,
            Clinic.time_zone,
        )
        .join(Lot, (Lot.clinic_id == Vial.clinic_id) & (Lot.id == Vial.lot_id))
        .join(Clinic, Clinic.id == Vial.clinic_id)
    )


def _patients(uow: UnitOfWork, vial_ids: Collection[str]) -> dict[str, set[str]]:
    rows = uow.session.execute(
        select(VialEntry.vial_id, VialEntry.patient_id)
        .where(VialEntry.vial_id.in_(vial_ids), VialEntry.patient_id.is_not(None))
        .group_by(VialEntry.vial_id, VialEntry.patient_id)
        .having(func.sum(VialEntry.units) != 0)  # What all came back was never given to that patient.
    )
    found: dict[str, set[str]] = {}
    for vial_id, patient_id in rows:
        found.setdefault(vial_id, set()).add(str(patient_id))
    return found


def _vial_row(row: Any, now: datetime, patients: frozenset[str]) -> VialRow:
    microlitres = row.diluent_microlitres
    return VialRow(
        id=row.id,
        label=row.label,
        edit_version=row.edit_version,
        lot_id=row.lot_id,
        lot_number=row.lot_number,
        product=row.product,
        product_name=product_name(row.product),
        labelled_units=row.labelled_units,
        units_left=row.units_left,
        diluent=row.diluent,
        diluent_microlitres=microlitres,
        per_tenth=Concentration(row.labelled_units, microlitres).per_tenth if microlitres else "",
        opened_at=row.opened_at,
        mixed_at=row.mixed_at,
        mixed_by=row.mixed_by,
        use_by=row.use_by,
        use_by_rule=row.use_by_rule,
        time_left=time_left(row.use_by, now),
        past_use_by=row.use_by is not None and now > row.use_by,
        expires_on=row.expires_on,
        expired=row.expires_on < today_in(row.time_zone, now),
        recalled=row.recalled_at is not None,
        recalled_at=row.recalled_at,
        discarded=row.discarded_at is not None,
        discarded_at=row.discarded_at,
        patients=patients,
    )


def time_left(use_by: datetime | None, now: datetime) -> str:
    """``3 h 20 min left``, ``past its use-by`` or nothing when there is none."""
    if use_by is None:
        return ""
    if now > use_by:
        return "past its use-by"
    hours, minutes = divmod((use_by - now) // timedelta(minutes=1), 60)
    return f"{hours} h {minutes} min left" if hours else f"{minutes} min left"


@dataclass(frozen=True, slots=True)
class LotRow:
    """One lot with how many of its vials were opened and how many still hold units."""

    id: str
    edit_version: int
    product: str
    product_name: str
    number: str
    expires_on: date
    supplier: str
    expired: bool
    recalled_at: datetime | None
    recall_reason: str
    opened: int
    open_now: int

    @property
    def can_be_opened(self) -> bool:
        """Whether a vial of it may be opened today."""
        return not self.expired and self.recalled_at is None


def soonest_first(rows: Iterable[LotRow]) -> tuple[LotRow, ...]:
    """Lots that can be opened first, the next to expire on top."""
    return tuple(sorted(rows, key=lambda row: (not row.can_be_opened, row.expires_on, row.number)))


def lot(uow: UnitOfWork, lot_id: str) -> LotRow:
    """One lot. Raises NotFound."""
    for row in _lots(uow, Lot.id == lot_id):
        return row
    raise NotFound


def _lots(uow: UnitOfWork, *which: ColumnElement[bool]) -> list[LotRow]:
    open_now = holds_units(Vial)
    counted = (
        select(
            Vial.clinic_id,
            Vial.lot_id,
            func.count(Vial.id).label("opened"),
            func.sum(case((open_now, 1), else_=0)).label("open_now"),
        )
        .group_by(Vial.clinic_id, Vial.lot_id)
        .subquery()
    )
    rows = uow.session.execute(
        select(Lot, Clinic.time_zone, counted.c.opened, counted.c.open_now)
        .join(Clinic, Clinic.id == Lot.clinic_id)
        .outerjoin(counted, (counted.c.clinic_id == Lot.clinic_id) & (counted.c.lot_id == Lot.id))
        .where(*which)
    )
    return [lot_row(found, today_in(zone, uow.now), opened or 0, open_ or 0) for found, zone, opened, open_ in rows]


def lot_row(found: Any, today: date, opened: int, open_now: int) -> LotRow:
    """One lot from its columns."""
    return LotRow(
        id=found.id,
        edit_version=found.edit_version,
        product=found.product,
        product_name=product_name(found.product),
        number=found.number,
        expires_on=found.expires_on,
        supplier=found.supplier,
        expired=found.expires_on < today,
        recalled_at=found.recalled_at,
        recall_reason=found.recall_reason,
        opened=opened,
        open_now=open_now,
    )


def today_in(time_zone: str, now: datetime) -> date:
    """The clinic's day at a moment."""
    return now.astimezone(ZoneInfo(time_zone)).date()
