"""Where units went: the ledger of one vial line by line, and every session that used a lot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, or_, select

from clinic.domain import anatomy
from clinic.domain.actors import RecordState
from clinic.domain.inventory import EntryKind, lot_key
from clinic.domain.quantities import format_units
from clinic.domain.visits import record_state
from clinic.domain.wording import side_words
from clinic.models import InjectionSession, InjectionSite, Lot, Patient, Syringe, Vial, VialEntry, Visit, VisitVoid
from clinic.queries.versions import in_force
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PatientName:
    """Enough of a patient to recognise the person and to open the record."""

    id: str
    display_name: str
    record_number: str
    birth_date: date


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of a vial's ledger; ``change`` carries its sign, ``balance`` is what the vial held after it."""

    at: datetime
    kind: EntryKind
    change: Decimal
    balance: Decimal
    by: str
    reason: str
    visit_id: str | None
    patient: PatientName | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """A vial's lines, oldest first, and where all its units are: opened = given + wasted − adjusted + left."""

    lines: tuple[LedgerLine, ...]
    opened: Decimal
    given: Decimal
    wasted: Decimal
    adjusted: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True)
class UsedSite:
    """One site that a lot was charted for, in words."""

    number: int
    text: str
    units: Decimal
    given: bool


@dataclass(frozen=True, slots=True)
class LotUse:
    """One session that used a lot; ``transcribed`` when only an older record says so."""

    patient: PatientName
    visit_id: str
    on: date
    state: RecordState
    transcribed: bool
    vials: tuple[str, ...]
    sites: tuple[UsedSite, ...]

    @property
    def units(self) -> Decimal:
        """Units of the lot charted in this session."""
        return sum((site.units for site in self.sites), Decimal(0))

    @property
    def nothing_given(self) -> bool:
        """Whether no site of it is marked given; an older record's sites count as given."""
        return not self.transcribed and not any(site.given for site in self.sites)


def vial_ledger(uow: UnitOfWork, vial_id: str) -> Ledger:
    """The ledger of one vial. One statement."""
    rows = uow.session.execute(
        select(
            VialEntry.at,
            VialEntry.kind,
            VialEntry.units,
            VialEntry.by,
            VialEntry.reason,
            VialEntry.visit_id,
            *_PATIENT,
        )
        .outerjoin(Patient, (Patient.clinic_id == VialEntry.clinic_id) & (Patient.id == VialEntry.patient_id))
        .where(VialEntry.vial_id == vial_id)
        .order_by(VialEntry.at, VialEntry.units.desc(), VialEntry.id)  # Within one moment what comes in is first.
    ).all()
    lines: list[LedgerLine] = []
    balance = Decimal(0)
    for row in rows:
        balance += row.units
        lines.append(
            LedgerLine(
                row.at,
                row.kind,
                row.units,
                balance,
                row.by,
                row.reason,
                row.visit_id,
                _patient(row) if row.patient_id else None,
            )
        )
    return _summed(lines, balance)


def _summed(lines: list[LedgerLine], left: Decimal) -> Ledger:
    def moved(*kinds: EntryKind) -> Decimal:
        return sum((line.change for line in lines if line.kind in kinds), Decimal(0))

    return Ledger(
        tuple(lines),
        opened=moved(EntryKind.OPENED),
        given=-moved(EntryKind.GIVEN, EntryKind.RETURNED),
        wasted=-moved(EntryKind.WASTED),
        adjusted=moved(EntryKind.ADJUSTED),
        left=left,
    )


_PATIENT = (
    Patient.id.label("patient_id"),
    Patient.family_name,
    Patient.given_names,
    Patient.record_number,
    Patient.birth_date,
)


def _patient(row: Any) -> PatientName:
    return PatientName(row.patient_id, f"{row.family_name}, {row.given_names}", row.record_number, row.birth_date)


def lot_uses(uow: UnitOfWork, lot_id: str) -> tuple[LotUse, ...]:
    """Every session that used a lot, newest first: charted from its vials, or transcribed with its number.

    Two statements. Drafts, amended and voided versions are included and say so: a recall must miss nobody.
    """
    return tuple(sorted((*_charted(uow, lot_id), *_transcribed(uow, lot_id)), key=_newest_first, reverse=True))


def _newest_first(use: LotUse) -> tuple[date, str]:
    return use.on, use.visit_id


def _charted(uow: UnitOfWork, lot_id: str) -> Iterable[LotUse]:
    rows = uow.session.execute(
        select(*_PATIENT, *_VISIT, *_SITE, Vial.label, *_standing())
        .select_from(Vial)
        .join(Syringe, and_(Syringe.clinic_id == Vial.clinic_id, Syringe.vial_id == Vial.id))
        .join(Visit, and_(Visit.clinic_id == Syringe.clinic_id, Visit.id == Syringe.visit_id))
        .join(Patient, and_(Patient.clinic_id == Visit.clinic_id, Patient.id == Visit.patient_id))
        .outerjoin(
            InjectionSite, and_(InjectionSite.clinic_id == Visit.clinic_id, InjectionSite.syringe_id == Syringe.id)
        )
        .outerjoin(VisitVoid, and_(VisitVoid.clinic_id == Visit.clinic_id, VisitVoid.visit_id == Visit.id))
        .where(Vial.lot_id == lot_id)
        .order_by(Visit.id, InjectionSite.number, Vial.label)
    )
    return _by_visit(rows, transcribed=False)


def _transcribed(uow: UnitOfWork, lot_id: str) -> Iterable[LotUse]:
    rows = uow.session.execute(
        select(*_PATIENT, *_VISIT, *_SITE, InjectionSession.transcribed_lot, Lot.folded_number, *_standing())
        .select_from(Lot)
        .join(
            InjectionSession,
            and_(
                InjectionSession.clinic_id == Lot.clinic_id,
                InjectionSession.transcribed,
                or_(
                    InjectionSession.transcribed_product == Lot.product, InjectionSession.transcribed_product.is_(None)
                ),
                InjectionSession.transcribed_lot != "",
            ),
        )
        .join(Visit, and_(Visit.clinic_id == Lot.clinic_id, Visit.id == InjectionSession.visit_id))
        .join(Patient, and_(Patient.clinic_id == Visit.clinic_id, Patient.id == Visit.patient_id))
        .outerjoin(InjectionSite, and_(InjectionSite.clinic_id == Visit.clinic_id, InjectionSite.visit_id == Visit.id))
        .outerjoin(VisitVoid, and_(VisitVoid.clinic_id == Visit.clinic_id, VisitVoid.visit_id == Visit.id))
        .where(Lot.id == lot_id)
        .order_by(Visit.id, InjectionSite.number)
    )
    # The database cannot fold a lot number as the domain does.
    return _by_visit((row for row in rows if lot_key(row.transcribed_lot) == row.folded_number), transcribed=True)


_VISIT = (Visit.id.label("visit_id"), Visit.on, Visit.state)
_SITE = (
    InjectionSite.number,
    InjectionSite.muscle,
    InjectionSite.sub_site,
    InjectionSite.side,
    InjectionSite.units,
    InjectionSite.given_at,
)


def _standing() -> tuple[Any, Any]:
    return VisitVoid.visit_id.is_not(None).label("voided"), (~in_force()).label("amended")


def _by_visit(rows: Iterable[Any], *, transcribed: bool) -> Iterable[LotUse]:
    found: dict[str, LotUse] = {}
    for row in rows:
        use = found.get(row.visit_id) or _without_sites(row, transcribed)
        labels = () if transcribed or row.label in use.vials else (row.label,)
        sites = () if row.number is None else (_site(row, transcribed),)
        found[row.visit_id] = replace(use, vials=use.vials + labels, sites=use.sites + sites)
    return found.values()


def _without_sites(row: Any, transcribed: bool) -> LotUse:
    state = record_state(row.state, voided=row.voided, amended=row.amended)
    return LotUse(_patient(row), row.visit_id, row.on, state, transcribed, (), ())


def _site(row: Any, transcribed: bool) -> UsedSite:
    name = anatomy.full_label(row.muscle, row.sub_site)
    return UsedSite(
        row.number,
        f"{name}, {side_words(row.side)}, {format_units(row.units)}",
        row.units,
        transcribed or row.given_at is not None,
    )
