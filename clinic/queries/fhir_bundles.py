"""A patient's record as read for a FHIR bundle: signed visits that stand, and what goes with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select

from clinic.domain import visit_content
from clinic.domain.adverse_events import GRADES, KINDS
from clinic.domain.events import READS, REFUSALS
from clinic.domain.fhir.bundle import FhirRecord, bundle
from clinic.domain.fhir.outcomes import Event
from clinic.domain.fhir.papers import Act, Paper
from clinic.domain.fhir.people import Person
from clinic.domain.fhir.resources import Resource
from clinic.domain.fhir.visits import Palsy, SignedVisit
from clinic.domain.patients import DatePrecision
from clinic.domain.plan_content import PlanItemContent
from clinic.domain.visits import Disposition, VisitState
from clinic.domain.wording import dated_text
from clinic.models import (
    AuditEvent,
    Clinic,
    Condition,
    Document,
    IssuedDocument,
    Patient,
    Signature,
    User,
    Visit,
    VisitCondition,
    VisitVoid,
)
from clinic.queries.adverse_events import EventRow, event_rows, event_selects
from clinic.queries.outcomes import first_versions
from clinic.queries.patient_records import HOUSE_BRACKMANN
from clinic.queries.patients import strip
from clinic.queries.plan_contents import plan_item_content
from clinic.queries.plans import plan_page
from clinic.queries.together import together
from clinic.queries.versions import in_force
from clinic.unit_of_work import UnitOfWork

_VERBS: Final = {
    **dict.fromkeys(("created", "added", "started", "signed", "issued", "opened", "entered", "recorded", "over"), "C"),
    **dict.fromkeys(("removed", "retired", "discarded", "withdrawn"), "D"),
    **dict.fromkeys(("begun", "exported"), "E"),
}
"""What the last word of an action is in FHIR; what is not here is an update."""
_READS: Final = frozenset(action.value for action in READS)
_REFUSALS: Final = frozenset(action.value for action in REFUSALS)


def fhir_bundle(uow: UnitOfWork, patient_id: str) -> Resource:
    """One patient's record as a FHIR R4 bundle, in a fixed number of statements. Raises NotFound."""
    strip(uow, patient_id)
    clinic = uow.session.get_one(Clinic, uow.clinic_id)
    patient = uow.session.get_one(Patient, (uow.clinic_id, patient_id))
    visits = _visits(uow, patient_id)
    known = {one.content.id for one in visits}
    record = FhirRecord(
        clinic_id=clinic.created_at.isoformat(),  # Its number is another one on another machine.
        clinic=clinic.name,
        address=clinic.address,
        phone=clinic.phone,
        person=_person(patient),
        palsies=_palsies(uow, patient_id),
        visits=visits,
        palsies_of=_palsies_of(uow, patient_id),
        plan=_plan(uow, patient_id),
        events=_events(uow, patient_id, known),
        papers=_papers(uow, patient_id, {one.content.id: one.in_error for one in visits}),
        acts=_acts(uow, patient_id),
    )
    return bundle(record, uow.now)


def _person(patient: Patient) -> Person:
    return Person(
        id=patient.id,
        record_number=patient.record_number,
        family_name=patient.family_name,
        given_names=patient.given_names,
        birth_date=patient.birth_date,
        sex=patient.sex.value,
        phone=patient.phone,
        email=patient.email,
        address=patient.address,
        retired=patient.retired_at is not None,
        synthetic=patient.synthetic,
    )


def _palsies(uow: UnitOfWork, patient_id: str) -> tuple[Palsy, ...]:
    rows = uow.session.scalars(
        select(Condition).where(Condition.patient_id == patient_id, Condition.retired_at.is_(None))
    )
    return tuple(
        Palsy(
            id=one.id,
            cause=one.cause.value,
            side=one.side.value,
            on=one.onset_on if one.onset_precision is DatePrecision.DAY else None,
            onset=_onset(one.onset_on, one.onset_precision),
            detail=one.cause_detail,
            worst_grade=HOUSE_BRACKMANN[one.worst_house_brackmann - 1] if one.worst_house_brackmann else "",
            note=one.note,
        )
        for one in sorted(rows, key=lambda row: (row.onset_on or date.max, row.id))
    )


def _onset(on: date | None, precision: DatePrecision) -> str:
    return dated_text(on, precision) if on else "date not known"


def _visits(uow: UnitOfWork, patient_id: str) -> tuple[SignedVisit, ...]:
    s, void = Signature, VisitVoid
    rows = uow.session.execute(
        select(s.content, s.signer_name, s.meaning, s.signed_at, s.content_sha256, void.reason, void.disposition)
        .join(Visit, (Visit.clinic_id == s.clinic_id) & (Visit.id == s.visit_id))
        .outerjoin(void, (void.clinic_id == s.clinic_id) & (void.visit_id == s.visit_id))
        .where(Visit.patient_id == patient_id, Visit.state == VisitState.SIGNED, in_force())
        .order_by(Visit.on, Visit.id)
    )
    return tuple(
        SignedVisit(
            content=_of_todays_record(visit_content.read(content), patient_id),
            signer=signer,
            meaning=meaning.value,
            signed_at=at,
            content_sha256=digest,
            voided=f"{reason}; units {disposition.value}" if disposition else "",
            units_stand=disposition is not Disposition.NOT_GIVEN,
        )
        for content, signer, meaning, at, digest, reason, disposition in rows
    )


def _of_todays_record(content: visit_content.VisitContent, patient_id: str) -> visit_content.VisitContent:
    """What was signed before its record was merged into another one is about the person of that one."""
    return replace(content, patient=replace(content.patient, id=patient_id))


def _palsies_of(uow: UnitOfWork, patient_id: str) -> dict[str, tuple[str, ...]]:
    rows = uow.session.execute(
        select(VisitCondition.visit_id, VisitCondition.condition_id)
        .join(Visit, (Visit.clinic_id == VisitCondition.clinic_id) & (Visit.id == VisitCondition.visit_id))
        .join(
            Condition,
            (Condition.clinic_id == VisitCondition.clinic_id) & (Condition.id == VisitCondition.condition_id),
        )
        .where(Visit.patient_id == patient_id, Condition.retired_at.is_(None))
        .order_by(VisitCondition.condition_id)
    )
    found: dict[str, tuple[str, ...]] = {}
    for visit_id, condition_id in rows:
        found[visit_id] = (*found.get(visit_id, ()), condition_id)
    return found


def _plan(uow: UnitOfWork, patient_id: str) -> tuple[PlanItemContent, ...]:
    return tuple(plan_item_content(one.item) for one in plan_page(uow, patient_id).items)


def _events(uow: UnitOfWork, patient_id: str, visits: set[str]) -> tuple[Event, ...]:
    rows = together(uow, event_selects(uow, patient_id))
    roots = first_versions(rows["outcome_version"])
    standing = {roots.get(one, one): one for one in visits}
    return tuple(_event(row, standing) for row in event_rows(rows, roots) if not row.withdrawn)


def _event(row: EventRow, standing: Mapping[str, str]) -> Event:
    return Event(
        id=row.id,
        kind=row.kind.value,
        label=KINDS[row.kind].label,
        grade=row.grade,
        grade_words=GRADES[row.grade],
        side=row.side.value if row.side else "",
        relation=row.relation.value,
        serious=row.serious,
        onset_on=row.onset_on,
        ended_on=row.ended_on,
        recorded_at=row.first_at,
        recorded_by=row.first_by,
        description=row.description,
        session_id=standing.get(row.session_root or "", ""),
        site_ids=tuple(site.id for site in row.sites),
        lots=tuple(dict.fromkeys(site.lot for site in row.sites if site.lot)),
    )


def _papers(uow: UnitOfWork, patient_id: str, standing: Mapping[str, bool]) -> tuple[Paper, ...]:
    """What was printed; of a signed visit that another version replaced, or that was voided, it stands no more."""
    d, i = Document, IssuedDocument
    signed = uow.session.execute(
        select(
            d.id, d.visit_id, d.kind, d.reference, d.language, d.issued_by, d.issued_at, d.sha256, func.length(d.body)
        )
        .join(Visit, (Visit.clinic_id == d.clinic_id) & (Visit.id == d.visit_id))
        .where(Visit.patient_id == patient_id)
    )
    handed = uow.session.execute(
        select(
            i.id, i.visit_id, i.kind, i.title, i.language, i.issued_by, i.issued_at, i.sha256, func.length(i.body),
            i.given_to, i.purpose,
        ).where(i.patient_id == patient_id)
    )  # fmt: skip
    found = [_paper(row, ("", ""), _status(standing.get(row.visit_id))) for row in signed] + [
        _paper(row[:9], row[9:]) for row in handed
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.id)))


def _status(in_error: bool | None) -> str:
    if in_error is None:
        return "superseded"
    return "entered-in-error" if in_error else "current"


def _paper(row: Sequence[Any], handed: Sequence[str], status: str = "current") -> Paper:
    paper_id, visit_id, kind, title, language, by, at, sha256, size = row
    given_to, purpose = handed
    return Paper(paper_id, visit_id, kind, title, language, by, at, sha256, size, given_to, purpose, status)


def _acts(uow: UnitOfWork, patient_id: str) -> tuple[Act, ...]:
    a, name = AuditEvent, func.coalesce(User.name, AuditEvent.username)
    rows = uow.session.execute(
        select(
            a.sequence, a.at, a.user_id, name, a.role, a.action, a.subject, a.outcome, a.reason, a.address, a.request_id
        )
        .outerjoin(User, User.id == a.user_id)
        .where(a.chain == uow.clinic_id, a.patient_id == patient_id)
        .order_by(a.sequence)
    )
    return tuple(Act(*row[:6], code_of(row.action), row.subject, row.outcome == "refused", *row[8:]) for row in rows)


def code_of(action: str) -> str:
    """What an action is in FHIR: create, read, update, delete, or execute."""
    if action in _READS:
        return "R"
    if action in _REFUSALS:
        return "E"  # What was asked for was not done, and an entry does not say what it would have been.
    return _VERBS.get(re.split(r"[._]", action)[-1], "U")
