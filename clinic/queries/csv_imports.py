"""What stands in the record already of what a file holds: patients by their number, and sessions with their sites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select

from clinic.domain.anatomy import Side
from clinic.domain.csv_import_sessions import SiteKey
from clinic.domain.events import Action
from clinic.domain.patients import Identity
from clinic.domain.visits import VisitState
from clinic.models import AuditEvent, Condition, InjectionSession, InjectionSite, Lot, Patient, Syringe, Vial, Visit
from clinic.queries.versions import in_force
from clinic.unit_of_work import UnitOfWork

SessionKey = tuple[str, date, str]
"""Patient, day and product of a session."""


@dataclass(frozen=True, slots=True)
class KnownPatient:
    """A patient on record; ``onset_on`` is the earliest onset of a palsy that is known."""

    id: str
    record_number: str
    identity: Identity
    retired: bool
    onset_on: date | None


def known_patients(uow: UnitOfWork, numbers: Collection[str]) -> dict[str, KnownPatient]:
    """The patients who have one of these record numbers, by the number in small letters; one statement."""
    onset = (
        select(func.min(Condition.onset_on))
        .where(
            Condition.clinic_id == Patient.clinic_id,
            Condition.patient_id == Patient.id,
            Condition.retired_at.is_(None),
        )
        .correlate(Patient)
        .scalar_subquery()
    )
    rows = uow.session.execute(
        select(
            Patient.id,
            Patient.record_number,
            Patient.family_name,
            Patient.given_names,
            Patient.birth_date,
            Patient.retired_at,
            onset.label("onset_on"),
        ).where(
            or_(
                Patient.record_number.in_(sorted(numbers)),
                func.lower(Patient.record_number).in_(sorted({one.lower() for one in numbers})),
            )
        )
    )
    return {
        row.record_number.lower(): KnownPatient(
            row.id,
            row.record_number,
            Identity(row.family_name, row.given_names, row.birth_date),
            row.retired_at is not None,
            row.onset_on,
        )
        for row in rows
    }


def palsies_on_record(uow: UnitOfWork, patient_ids: Collection[str]) -> set[tuple[str, Side]]:
    """The sides on which these patients have a palsy on record, with the patient; one statement."""
    rows = select(Condition.patient_id, Condition.side).where(
        Condition.patient_id.in_(sorted(patient_ids)), Condition.retired_at.is_(None)
    )
    return {(row.patient_id, row.side) for row in uow.session.execute(rows)}


def was_imported(uow: UnitOfWork, run_id: str, since: datetime) -> bool:
    """Whether the audit trail holds that an import was completed: the record alone decides it."""
    done = select(AuditEvent.sequence).where(
        AuditEvent.chain == uow.chain,
        AuditEvent.at >= since,
        AuditEvent.action == Action.RECORDS_IMPORTED.value,
        AuditEvent.subject == f"import:{run_id}",
    )
    return uow.session.scalar(done.limit(1)) is not None


def sessions_on_record(
    uow: UnitOfWork, patient_ids: Collection[str], days: tuple[date, date]
) -> Mapping[SessionKey, tuple[Counter[SiteKey], ...]]:
    """The sites of every session of these patients in a span of days, drafts and voided ones too; one statement.

    Versions that a newer one replaces are left out, and so are amendments that are not signed, and discarded drafts.
    """
    site, session = InjectionSite, InjectionSession
    rows = uow.session.execute(
        select(
            Visit.id,
            Visit.patient_id,
            Visit.on,
            func.coalesce(Lot.product, session.transcribed_product, site.dose_product, "").label("product"),
            site.muscle,
            site.sub_site,
            site.side,
            site.units,
        )
        .join(session, (session.clinic_id == Visit.clinic_id) & (session.visit_id == Visit.id))
        .join(site, (site.clinic_id == Visit.clinic_id) & (site.visit_id == Visit.id))
        .outerjoin(Syringe, (Syringe.clinic_id == site.clinic_id) & (Syringe.id == site.syringe_id))
        .outerjoin(Vial, (Vial.clinic_id == Syringe.clinic_id) & (Vial.id == Syringe.vial_id))
        .outerjoin(Lot, (Lot.clinic_id == Vial.clinic_id) & (Lot.id == Vial.lot_id))
        .where(
            Visit.patient_id.in_(sorted(patient_ids)),
            Visit.on.between(*days),
            Visit.state != VisitState.DISCARDED,
            or_(Visit.state == VisitState.SIGNED, Visit.amends_id.is_(None)),
            in_force(),
        )
    )
    found: dict[SessionKey, dict[str, Counter[SiteKey]]] = {}
    for row in rows:
        visits = found.setdefault((row.patient_id, row.on, row.product), {})
        visits.setdefault(row.id, Counter())[(row.muscle, row.sub_site, row.side, row.units)] += 1
    return {key: tuple(visits.values()) for key, visits in found.items()}
