"""Patients' requests to correct the record, with every step and where the correction stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, select, union_all
from sqlalchemy.orm import aliased

from clinic.domain.amendment_requests import EntryKind, Standing, due_on, possible, standing
from clinic.domain.errors import NotFound
from clinic.domain.visits import VisitState
from clinic.domain.wording import day_text
from clinic.models import AmendmentRequest, AmendmentRequestEntry, Clinic, Patient, Visit
from clinic.queries.aliases import second_name
from clinic.queries.listed import listed
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork

# Made once: every new alias takes its columns apart anew, and pages are asked for often.
_ABOUT, _CARRYING = second_name(Visit), second_name(Visit)
_REQUEST, _ANSWER = second_name(AmendmentRequest), second_name(AmendmentRequestEntry)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One step: what, in which words, by whom, and the addendum or version that carries the correction."""

    number: int
    kind: EntryKind
    text: str
    by_name: str
    at: datetime
    addendum_id: str | None
    visit_id: str | None
    visit_state: VisitState | None

    @property
    def correction(self) -> str:
        """Where the correction of an accepted request stands, in words."""
        if self.kind is not EntryKind.ACCEPTED:
            return ""
        if self.addendum_id:
            return "corrected by an addendum"
        return "corrected in the record" if self.visit_state is None else _AMENDMENT[self.visit_state]


_AMENDMENT = {
    VisitState.SIGNED: "corrected by a new version of the visit",
    VisitState.DRAFT: "a new version of the visit is being written",
    VisitState.DISCARDED: "the new version was discarded: the correction is still to be written",
}


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request with its steps; ``today`` and ``zone`` are the clinic's."""

    id: str
    patient_id: str
    visit_id: str | None
    visit_on: date | None
    asked_on: date
    asked_by: str
    text: str
    entered_by: str
    entered_at: datetime
    entries: tuple[EntryRow, ...]
    today: date
    zone: str

    @property
    def kinds(self) -> tuple[EntryKind, ...]:
        """Its steps so far."""
        return tuple(one.kind for one in self.entries)

    @property
    def standing(self) -> Standing:
        """How it stands."""
        return standing(self.kinds)

    @property
    def due_on(self) -> date:
        """The last day for the answer."""
        return due_on(self.asked_on, self.kinds)

    @property
    def overdue(self) -> bool:
        """Whether it is open past that day."""
        return self.standing is Standing.OPEN and self.today > self.due_on

    @property
    def possible(self) -> frozenset[EntryKind]:
        """The steps that can follow."""
        accepted = [one for one in self.entries if one.kind is EntryKind.ACCEPTED]
        corrected = bool(accepted) and accepted[-1].visit_state is not VisitState.DISCARDED
        return possible(self.asked_on, self.kinds, self.today, corrected=corrected)

    @property
    def status(self) -> str:
        """How it stands, in words for every list and print."""
        if self.standing is Standing.OPEN:
            return f"not answered yet; due {day_text(self.due_on)}{', overdue' if self.overdue else ''}"
        accepted = next((one for one in reversed(self.entries) if one.kind is EntryKind.ACCEPTED), None)
        return f"accepted; {accepted.correction}" if accepted else self.standing.value

    def as_of(self, at: datetime) -> RequestRow:
        """The request with the steps taken by a moment."""
        return replace(self, entries=tuple(one for one in self.entries if one.at <= at))

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The request and its steps for print, as (who, when and what; the words)."""
        about = f", about the visit of {day_text(self.visit_on)}" if self.visit_on else ""
        zone = ZoneInfo(self.zone)
        first = f"Asked by {self.asked_by}, {day_text(self.asked_on)}{about}; {self.status}"
        return (
            (first, self.text),
            *((f"{one.kind.words}, {one.by_name}, {_moment(one.at, zone)}", one.text) for one in self.entries),
        )


def _moment(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{day_text(local.date())}, {local:%H:%M} {local.tzname()}"


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request that waits for its answer, with its patient."""

    request: RequestRow
    patient_name: str
    birth_date: date
    record_number: str


def patient_requests(uow: UnitOfWork, patient_id: str) -> tuple[RequestRow, ...]:
    """All requests of a patient, the newest first. One statement."""
    found = _found(uow, AmendmentRequest.patient_id == patient_id)
    return tuple(sorted(found, key=lambda one: (one.asked_on, one.entered_at), reverse=True))


def visit_requests(uow: UnitOfWork, visit_id: str) -> tuple[RequestRow, ...]:
    """The requests about a visit, or that this version of it answers. One statement."""
    about, answer = _REQUEST, _ANSWER
    # One index after the other: asked for with OR, every request of the clinic is read.
    found = union_all(
        select(about.id).where(about.clinic_id == uow.clinic_id, about.visit_id == visit_id),
        select(answer.request_id).where(answer.clinic_id == uow.clinic_id, answer.visit_id == visit_id),
    )
    return _found(uow, AmendmentRequest.id.in_(found))


def request(uow: UnitOfWork, request_id: str) -> RequestRow:
    """One request. Raises NotFound."""
    found = _found(uow, AmendmentRequest.id == request_id)
    if not found:
        raise NotFound
    return found[0]


def open_requests(uow: UnitOfWork) -> tuple[OpenRequest, ...]:
    """What waits in the clinic for an answer or a correction, the first due on top. Two statements."""
    waiting = [one for one in _grouped(uow, listed(uow, _open())) if EntryKind.ACCEPTED in one.possible]
    if not waiting:
        return ()
    ids = {one.patient_id for one in waiting}
    people = {
        row.id: row
        for row in listed(
            uow,
            select(
                Patient.id, Patient.family_name, Patient.given_names, Patient.birth_date, Patient.record_number
            ).where(Patient.id.in_(ids)),
        )
    }
    rows = (
        OpenRequest(
            one,
            f"{people[one.patient_id].family_name}, {people[one.patient_id].given_names}",
            people[one.patient_id].birth_date,
            people[one.patient_id].record_number,
        )
        for one in waiting
        if one.patient_id in people
    )
    return tuple(sorted(rows, key=lambda one: (one.request.due_on, one.request.entered_at)))


@cache
def _open() -> AnySelect:
    entry = aliased(AmendmentRequestEntry)
    withdrawn_or_denied = exists().where(
        entry.clinic_id == AmendmentRequest.clinic_id,
        entry.request_id == AmendmentRequest.id,
        entry.kind.in_([EntryKind.DENIED, EntryKind.WITHDRAWN]),
    )
    return _rows(~withdrawn_or_denied)


def _found(uow: UnitOfWork, which: ColumnElement[bool]) -> tuple[RequestRow, ...]:
    return _grouped(uow, uow.session.execute(_rows(which)))


def _grouped(uow: UnitOfWork, rows: Iterable[Any]) -> tuple[RequestRow, ...]:
    grouped: dict[str, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.id, []).append(row)
    return tuple(_request_row(uow, rows) for rows in grouped.values())


def _rows(which: ColumnElement[bool]) -> AnySelect:
    r, e, about, carrying = AmendmentRequest, AmendmentRequestEntry, _ABOUT, _CARRYING
    return (
        select(
            r.id,
            r.patient_id,
            r.visit_id,
            about.on.label("visit_on"),
            r.asked_on,
            r.asked_by,
            r.text,
            r.entered_by,
            r.entered_at,
            Clinic.time_zone,
            e.number,
            e.kind,
            e.text.label("said"),
            e.by_name,
            e.at,
            e.addendum_id,
            e.visit_id.label("carried_by"),
            carrying.state,
        )
        .join(Clinic, Clinic.id == r.clinic_id)
        .outerjoin(about, (about.clinic_id == r.clinic_id) & (about.id == r.visit_id))
        .outerjoin(e, (e.clinic_id == r.clinic_id) & (e.request_id == r.id))
        .outerjoin(carrying, (carrying.clinic_id == e.clinic_id) & (carrying.id == e.visit_id))
        .where(which)
        .order_by(r.asked_on, r.id, e.number)
    )


def _request_row(uow: UnitOfWork, rows: list[Any]) -> RequestRow:
    one = rows[0]
    return RequestRow(
        id=one.id,
        patient_id=one.patient_id,
        visit_id=one.visit_id,
        visit_on=one.visit_on,
        asked_on=one.asked_on,
        asked_by=one.asked_by,
        text=one.text,
        entered_by=one.entered_by,
        entered_at=one.entered_at,
        entries=tuple(_entries(rows)),
        today=uow.now.astimezone(ZoneInfo(one.time_zone)).date(),
        zone=one.time_zone,
    )


def _entries(rows: Iterable[Any]) -> Iterable[EntryRow]:
    for row in rows:
        if row.number is not None:
            yield EntryRow(
                row.number, row.kind, row.said, row.by_name, row.at, row.addendum_id, row.carried_by, row.state
            )
