"""The books of the stock over a day or a period, vial by vial and lot by lot: what was there and opened is given, wasted, corrected or left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, case, func, select

from clinic.domain.inventory import EntryKind
from clinic.domain.products import product_name
from clinic.domain.quantities import format_units
from clinic.domain.visits import VisitState
from clinic.domain.wording import plural
from clinic.models import Clinic, InjectionSession, InjectionSite, Lot, Syringe, Vial, VialEntry, Visit
from clinic.queries.inventory import today_in
from clinic.queries.versions import in_force, units_stand
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Books:
    """Units of a day or period: ``before`` + ``opened`` + ``adjusted`` = ``given`` + ``wasted`` + ``left``."""

    before: Decimal
    opened: Decimal
    given: Decimal
    wasted: Decimal
    adjusted: Decimal
    left: Decimal

    @property
    def balanced(self) -> bool:
        """Whether the movements explain what is left."""
        return self.before + self.opened + self.adjusted == self.given + self.wasted + self.left


@dataclass(frozen=True, slots=True)
class VialDay:
    """One vial on that day; ``problems`` say what does not balance, ``drafts`` what given units nobody has signed yet."""

    id: str
    label: str
    books: Books
    problems: tuple[str, ...]
    drafts: str


@dataclass(frozen=True, slots=True)
class LotDay:
    """One lot on that day, with its vials."""

    id: str
    number: str
    product_name: str
    books: Books
    vials: tuple[VialDay, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """What does not balance in any of its vials."""
        return tuple(f"{vial.label}: {one}" for vial in self.vials for one in vial.problems)


@dataclass(frozen=True, slots=True)
class StockDay:
    """The books of a day in the clinic's zone."""

    on: date
    today: date
    lots: tuple[LotDay, ...]

    @property
    def earlier(self) -> date:
        """The day before."""
        return self.on - timedelta(days=1)

    @property
    def later(self) -> date | None:
        """The day after, unless it is still to come."""
        return self.on + timedelta(days=1) if self.on < self.today else None


@dataclass(frozen=True, slots=True)
class StockPeriod:
    """The books from a first to a last day in the clinic's zone, both of them included."""

    first: date
    last: date
    lots: tuple[LotDay, ...]


@dataclass(frozen=True, slots=True)
class _Charted:
    """What one visit's given sites hold of a vial, and what its syringes say was drawn up for it."""

    given: Decimal
    draft: bool
    settled: bool
    drawn: Decimal | None
    wasted: Decimal


def stock_day(uow: UnitOfWork, on: date | None = None) -> StockDay:
    """The books of a day, today's unless one is named. Four statements, whatever the stock holds."""
    zone = uow.session.scalars(select(Clinic.time_zone).where(Clinic.id == uow.clinic_id)).one()
    today = today_in(zone, uow.now)
    day = min(on or today, today)
    return StockDay(day, today, _lots(uow, day, day, ZoneInfo(zone)))


def stock_period(uow: UnitOfWork, first: date, last: date) -> StockPeriod:
    """The books from a first to a last day. Four statements, whatever the stock holds."""
    zone = uow.session.scalars(select(Clinic.time_zone).where(Clinic.id == uow.clinic_id)).one()
    return StockPeriod(first, last, _lots(uow, first, last, ZoneInfo(zone)))


def _lots(uow: UnitOfWork, first: date, last: date, zone: ZoneInfo) -> tuple[LotDay, ...]:
    asked = _entries(*moments(first, last, zone))
    rows = uow.session.execute(asked.order_by(Vial.label)).all()
    # Named by the statement itself: a year's vials are more than a statement takes as values.
    vials = asked.with_only_columns(Vial.id)
    charted, ledger = _charted(uow, vials), _drawn(uow, vials)
    by_lot: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_lot[row.lot_id].append(row)
    lots = (_lot_day(uow, same, charted, ledger) for same in by_lot.values())
    return tuple(sorted(lots, key=lambda one: (one.product_name, one.number)))


def moments(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the first midnight to the one after the last day."""
    return _midnight(first, zone), _midnight(last + timedelta(days=1), zone)


def _entries(start: datetime, end: datetime) -> Select[*tuple[Any, ...]]:
    def moved(*kinds: EntryKind) -> Any:
        return func.sum(case(((VialEntry.at >= start) & VialEntry.kind.in_(kinds), VialEntry.units), else_=0))

    before = func.sum(case((VialEntry.at < start, VialEntry.units), else_=0))
    within = func.sum(case((VialEntry.at >= start, 1), else_=0))
    kind = VialEntry.units.type
    return (
        select(
            Vial.id,
            Vial.label,
            Vial.lot_id,
            Vial.use_by,
            Vial.discarded_at,
            Lot.number,
            Lot.product,
            _typed(before, kind, "before"),
            _typed(moved(EntryKind.OPENED), kind, "opened"),
            _typed(moved(EntryKind.GIVEN, EntryKind.RETURNED), kind, "given"),
            _typed(moved(EntryKind.WASTED), kind, "wasted"),
            _typed(moved(EntryKind.ADJUSTED), kind, "adjusted"),
            func.sum(VialEntry.units).label("left"),
        )
        .join(VialEntry, (VialEntry.clinic_id == Vial.clinic_id) & (VialEntry.vial_id == Vial.id))
        .join(Lot, (Lot.clinic_id == Vial.clinic_id) & (Lot.id == Vial.lot_id))
        .where(VialEntry.at < end)
        .group_by(
            Vial.id, Vial.label, Vial.lot_id, Vial.use_by, Vial.discarded_at, Lot.number, Lot.product, Vial.clinic_id
        )
        .having((within > 0) | (func.sum(VialEntry.units) != 0))
    )


def _typed(sum_: Any, kind: Any, name: str) -> Any:
    return func.coalesce(sum_, 0, type_=kind).label(name)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _charted(uow: UnitOfWork, vial_ids: Select[str]) -> dict[str, list[_Charted]]:
    """By vial, what each visit in force says; an amendment counts once it is signed."""
    of_syringe = (InjectionSite.clinic_id == Syringe.clinic_id) & (InjectionSite.syringe_id == Syringe.id)
    given = func.coalesce(func.sum(InjectionSite.units), 0, type_=InjectionSite.units.type)
    rows = uow.session.execute(
        select(
            Syringe.vial_id,
            Syringe.units_drawn,
            Syringe.wasted,
            Visit.state,
            InjectionSession.settled_at,
            given.label("given"),
        )
        .join(Visit, (Visit.clinic_id == Syringe.clinic_id) & (Visit.id == Syringe.visit_id))
        .join(
            InjectionSession, (InjectionSession.clinic_id == Visit.clinic_id) & (InjectionSession.visit_id == Visit.id)
        )
        .outerjoin(InjectionSite, of_syringe & InjectionSite.given_at.is_not(None))
        .where(Syringe.vial_id.in_(vial_ids), in_force(), units_stand(), Visit.state != VisitState.DISCARDED)
        .where((Visit.state == VisitState.SIGNED) | Visit.amends_id.is_(None))
        .group_by(
            Syringe.id,
            Syringe.vial_id,
            Syringe.units_drawn,
            Syringe.wasted,
            Visit.state,
            InjectionSession.settled_at,
        )
    )
    found: dict[str, list[_Charted]] = defaultdict(list)
    for row in rows:
        one = _Charted(row.given, row.state is VisitState.DRAFT, bool(row.settled_at), row.units_drawn, row.wasted)
        found[row.vial_id].append(one)
    return found


def _drawn(uow: UnitOfWork, vial_ids: Select[str]) -> dict[str, Decimal]:
    """By vial, all that its ledger says was given and did not come back."""
    rows = uow.session.execute(
        select(VialEntry.vial_id, func.sum(VialEntry.units))
        .where(VialEntry.vial_id.in_(vial_ids), VialEntry.kind.in_([EntryKind.GIVEN, EntryKind.RETURNED]))
        .group_by(VialEntry.vial_id)
    )
    return {vial_id: -units for vial_id, units in rows}


def _lot_day(
    uow: UnitOfWork, rows: list[Any], charted: dict[str, list[_Charted]], ledger: dict[str, Decimal]
) -> LotDay:
    vials = tuple(_vial_day(uow, row, charted[row.id], ledger.get(row.id, Decimal(0))) for row in rows)
    first = rows[0]
    books = _sum(vial.books for vial in vials)
    return LotDay(first.lot_id, first.number, product_name(first.product), books, vials)


def _sum(books: Iterable[Books]) -> Books:
    columns = zip(*((b.before, b.opened, b.given, b.wasted, b.adjusted, b.left) for b in books), strict=True)
    return Books(*(sum(column, Decimal(0)) for column in columns))


def _vial_day(uow: UnitOfWork, row: Any, charted: list[_Charted], ledger: Decimal) -> VialDay:
    books = Books(row.before, row.opened, -row.given, -row.wasted, row.adjusted, row.left)
    drafts = [one for one in charted if one.draft and one.given]
    waiting = sum((one.given for one in drafts), Decimal(0))
    words = f"{format_units(waiting)} in {plural(len(drafts), 'draft')} not signed yet" if drafts else ""
    problems = tuple(_problems(books, charted, ledger, left_over=_left_over(uow, row)))
    return VialDay(row.id, row.label, books, problems, words)


def _left_over(uow: UnitOfWork, row: Any) -> bool:
    return row.discarded_at is None and row.left > 0 and row.use_by is not None and uow.now > row.use_by


def _problems(books: Books, charted: list[_Charted], ledger: Decimal, *, left_over: bool) -> Iterator[str]:
    if not books.balanced:
        yield "the movements do not explain what is left"
    if books.left < 0:
        yield f"more was taken than it held: {format_units(-books.left)}"
    given = sum((one.given for one in charted), Decimal(0))
    if given != ledger:
        yield f"its ledger says {format_units(ledger)} were given, the charted sites say {format_units(given)}"
    for one in charted:
        rest = (one.drawn or Decimal(0)) - one.given - one.wasted
        if one.settled and one.drawn is not None and rest > 0:
            said = f"{format_units(one.drawn)} were drawn up, {format_units(one.given)} given"
            yield f"{said} and {format_units(one.wasted)} wasted: {format_units(rest)} are not accounted for"
    if left_over:
        yield f"past its use-by with {format_units(books.left)} left: discard it, so that they count as wasted"
