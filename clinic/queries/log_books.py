"""The log book: every movement of a period in order, with what each vial held after it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from clinic.domain.log_books import PAGE, LogBook, LoggedPatient, LogLine, LotBalance, pages_of
from clinic.domain.patients import display_name
from clinic.domain.periods import Period
from clinic.models import Clinic, Lot, Patient, Vial, VialEntry, Visit
from clinic.queries.inventory import today_in
from clinic.queries.reconciliation import LotDay, moments, stock_period
from clinic.unit_of_work import UnitOfWork


def clinic_day(uow: UnitOfWork) -> tuple[date, str]:
    """The clinic's day and its zone."""
    zone = uow.session.scalars(select(Clinic.time_zone).where(Clinic.id == uow.clinic_id)).one()
    return today_in(zone, uow.now), zone


def log_book(uow: UnitOfWork, period: Period, *, page: int | None = 1) -> LogBook:
    """The book of a period, one page of its lines or with None all of them. Seven statements."""
    _, zone = clinic_day(uow)
    start, end = moments(period.first, period.last, ZoneInfo(zone))
    books = stock_period(uow, period.first, period.last)
    total = lines_in(uow, start, end)
    shown = min(max(page or 1, 1), pages_of(total))
    query = _lines(start, end)
    if page is not None:
        query = query.limit(PAGE).offset((shown - 1) * PAGE)
    lines = tuple(_line(row) for row in uow.session.execute(query))
    return LogBook(period, zone, lines, total, shown, tuple(map(_balanced, books.lots)))


def lines_in(uow: UnitOfWork, start: datetime, end: datetime) -> int:
    """How many movements lie between two moments."""
    count = select(func.count(VialEntry.id)).where(VialEntry.at >= start, VialEntry.at < end)
    return uow.session.scalar(count) or 0


def _lines(start: datetime, end: datetime) -> Select[*tuple[Any, ...]]:
    entry = VialEntry
    return (
        select(
            entry.at,
            Lot.product,
            Lot.number,
            Vial.label,
            entry.kind,
            entry.units,
            _balance().label("balance"),
            entry.reason,
            entry.by,
            entry.patient_id,
            Patient.family_name,
            Patient.given_names,
            Patient.record_number,
            Patient.birth_date,
            entry.visit_id,
            Visit.on,
        )
        .join(Vial, and_(Vial.clinic_id == entry.clinic_id, Vial.id == entry.vial_id))
        .join(Lot, and_(Lot.clinic_id == Vial.clinic_id, Lot.id == Vial.lot_id))
        .outerjoin(Patient, and_(Patient.clinic_id == entry.clinic_id, Patient.id == entry.patient_id))
        .outerjoin(Visit, and_(Visit.clinic_id == entry.clinic_id, Visit.id == entry.visit_id))
        .where(entry.at >= start, entry.at < end)
        .order_by(entry.at, entry.units.desc(), entry.id)  # Within one moment what comes in is first.
    )


def _balance() -> Any:
    """What the vial of a line held after it: the sum of its ledger up to that line, in the order of the book."""
    entry, before = VialEntry, aliased(VialEntry)
    same = before.at == entry.at
    earlier = or_(
        before.at < entry.at,
        and_(same, before.units > entry.units),
        and_(same, before.units == entry.units, before.id <= entry.id),
    )
    return (
        select(func.sum(before.units, type_=entry.units.type))
        .where(before.clinic_id == entry.clinic_id, before.vial_id == entry.vial_id, earlier)
        .correlate(entry)
        .scalar_subquery()
    )


def _line(row: Any) -> LogLine:
    patient = None
    if row.patient_id:
        name = display_name(row.family_name, row.given_names)
        patient = LoggedPatient(row.patient_id, name, row.record_number, row.birth_date, row.visit_id, row.on)
    about = (row.at, row.product, row.number, row.label, row.kind, row.units, row.balance)
    return LogLine(*about, row.reason, row.by, patient)


def _balanced(lot: LotDay) -> LotBalance:
    b = lot.books
    numbers = (b.before, b.opened, b.given, b.wasted, b.adjusted, b.left)
    return LotBalance(lot.id, lot.number, lot.product_name, *numbers, lot.problems)
