"""Where units went: the ledger of one vial line by line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from clinic.domain.inventory import EntryKind
from clinic.models import Patient, VialEntry
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
