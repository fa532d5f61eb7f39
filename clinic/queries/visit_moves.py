"""Visits charted in the wrong record: where one went, and where one came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from clinic.domain.actors import RecordState
from clinic.domain.errors import NotFound
from clinic.domain.visits import VisitState, record_state
from clinic.domain.wording import day_text
from clinic.models import InjectionSession, InjectionSite, Patient, Visit, VisitMove, VisitVoid
from clinic.queries.patients import PatientStrip, strip
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class MoveNote:
    """The other side of a move: its visit, the number of the record that it stands in, whether it opens, when, why."""

    visit_id: str
    patient_id: str
    record_number: str
    opens: bool
    at: datetime
    by_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class MoveNotes:
    """Where a visit was charted anew, and the visit that it was charted first as."""

    to: MoveNote | None
    came_from: MoveNote | None


@dataclass(frozen=True, slots=True)
class MovableVisit:
    """A visit that may belong to another patient; ``given`` counts sites marked given."""

    visit_id: str
    patient: PatientStrip
    state: RecordState
    edit_version: int
    on_text: str
    author: str
    sites: int
    given: int
    has_session: bool


def move_notes(uow: UnitOfWork, visit_id: str) -> MoveNotes:
    """Both sides of a visit's moves, in one statement."""
    other = aliased(Visit)
    went = VisitMove.from_visit_id == visit_id
    rows = uow.session.execute(
        select(
            VisitMove.from_visit_id,
            other.id,
            other.patient_id,
            Patient.record_number,
            other.state != VisitState.DISCARDED,
            VisitMove.at,
            VisitMove.by_name,
            VisitMove.reason,
        )
        .join(
            other,
            (other.clinic_id == VisitMove.clinic_id)
            & (other.id.in_((VisitMove.from_visit_id, VisitMove.to_visit_id)))
            & (other.id != visit_id),
        )
        .join(Patient, (Patient.clinic_id == other.clinic_id) & (Patient.id == other.patient_id))
        .where(went | (VisitMove.to_visit_id == visit_id))
    ).all()
    notes = {row.from_visit_id == visit_id: MoveNote(*row[1:]) for row in rows}
    return MoveNotes(notes.get(True), notes.get(False))


def movable_visit(uow: UnitOfWork, visit_id: str) -> MovableVisit:
    """A visit as the page of moving it shows it. Raises NotFound."""
    newer = aliased(Visit)
    row = uow.session.execute(
        select(
            Visit.patient_id,
            Visit.edit_version,
            Visit.on,
            Visit.author_name,
            Visit.state,
            InjectionSession.visit_id.label("session"),
            VisitVoid.visit_id.label("void"),
            newer.id.label("newer"),
        )
        .outerjoin(VisitVoid, (VisitVoid.clinic_id == Visit.clinic_id) & (VisitVoid.visit_id == Visit.id))
        .outerjoin(
            newer,
            (newer.clinic_id == Visit.clinic_id) & (newer.amends_id == Visit.id) & (newer.state == VisitState.SIGNED),
        )
        .outerjoin(
            InjectionSession,
            (InjectionSession.clinic_id == Visit.clinic_id) & (InjectionSession.visit_id == Visit.id),
        )
        .where(Visit.id == visit_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    given = uow.session.scalars(select(InjectionSite.given_at).where(InjectionSite.visit_id == visit_id)).all()
    return MovableVisit(
        visit_id=visit_id,
        patient=strip(uow, row.patient_id),
        state=record_state(row.state, voided=row.void is not None, amended=row.newer is not None),
        edit_version=row.edit_version,
        on_text=day_text(row.on),
        author=row.author_name,
        sites=len(given),
        given=sum(one is not None for one in given),
        has_session=row.session is not None,
    )
