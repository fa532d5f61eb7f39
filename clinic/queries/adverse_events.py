"""Adverse events of a patient as rows: each as its newest entry says, with the sites linked to it and their lots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from clinic.domain.adverse_event_entries import event_words
from clinic.domain.adverse_events import GRADES, KINDS, Kind, Relation
from clinic.domain.anatomy import Side, full_label
from clinic.domain.wording import side_words
from clinic.models import (
    AdverseEvent,
    AdverseEventEntry,
    AdverseEventSite,
    InjectionSession,
    InjectionSite,
    Lot,
    Syringe,
    Vial,
    Visit,
)
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class EventSiteRow:
    """A site linked to an adverse event, with the lot that it was given from ("" when unknown)."""

    id: str
    number: int
    muscle: str
    sub_site: str | None
    side: Side
    x: int
    y: int
    lot: str

    @property
    def words(self) -> str:
        """``Platysma, medial band 1, patient’s left``."""
        return f"{full_label(self.muscle, self.sub_site)}, {side_words(self.side.value)}"


@dataclass(frozen=True, slots=True)
class EventRow:
    """An adverse event as its newest entry says. ``first_at`` and ``first_by`` are of the first entry.

    ``session_root`` and ``visit_root`` are the first versions of the session that it followed and of the visit in which
    it was entered. ``reviewed_by`` is empty until somebody weighed it; a change after that asks again.
    """

    id: str
    number: int
    session_id: str | None
    session_root: str | None
    session_on: date | None
    visit_root: str | None
    kind: Kind
    grade: int
    side: Side | None
    onset_on: date | None
    ended_on: date | None
    relation: Relation
    serious: bool
    description: str
    action: str
    reported_to: str
    reviewed: bool
    reviewed_by: str
    withdrawn: bool
    reason: str
    by: str
    at: datetime
    first_by: str
    first_at: datetime
    sites: tuple[EventSiteRow, ...]

    @property
    def label(self) -> str:
        """What happened."""
        return KINDS[self.kind].label

    @property
    def is_open(self) -> bool:
        """Whether it waits for its review."""
        return not self.reviewed and not self.withdrawn

    @property
    def words(self) -> str:
        """It in one line."""
        return event_words(self.kind, self.grade, self.side, self.onset_on, self.ended_on)

    @property
    def grade_words(self) -> str:
        """What its grade means."""
        return GRADES[self.grade]


def event_selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    """All adverse events of a patient, their entries and sites, and which visit is a version of which."""
    a, e, s, site = AdverseEvent, AdverseEventEntry, AdverseEventSite, InjectionSite
    event = (
        select(a.id, a.session_id, Visit.on, a.visit_id)
        .outerjoin(Visit, (Visit.clinic_id == a.clinic_id) & (Visit.id == a.session_id))
        .where(a.clinic_id == uow.clinic_id, a.patient_id == patient_id)
    )
    of_patient = (a.clinic_id == uow.clinic_id, a.patient_id == patient_id)
    entry = (
        select(
            e.event_id,
            e.number,
            e.kind,
            e.grade,
            e.side,
            e.onset_on,
            e.ended_on,
            e.relation,
            e.serious,
            e.description,
            e.action,
            e.reported_to,
            e.reviewed,
            e.withdrawn,
            e.reason,
            e.by,
            e.at,
        )
        .join(a, (a.clinic_id == e.clinic_id) & (a.id == e.event_id))
        .where(*of_patient)
    )
    sites = (
        select(
            s.event_id,
            s.number,
            site.id,
            site.number.label("site_number"),
            site.muscle,
            site.sub_site,
            site.side,
            site.x,
            site.y,
            Lot.number.label("lot"),
            InjectionSession.transcribed_lot,
        )
        .join(a, (a.clinic_id == s.clinic_id) & (a.id == s.event_id))
        .join(site, (site.clinic_id == s.clinic_id) & (site.id == s.site_id))
        .join(
            InjectionSession,
            (InjectionSession.clinic_id == site.clinic_id) & (InjectionSession.visit_id == site.visit_id),
        )
        .outerjoin(Syringe, (Syringe.clinic_id == site.clinic_id) & (Syringe.id == site.syringe_id))
        .outerjoin(Vial, (Vial.clinic_id == Syringe.clinic_id) & (Vial.id == Syringe.vial_id))
        .outerjoin(Lot, (Lot.clinic_id == Vial.clinic_id) & (Lot.id == Vial.lot_id))
        .where(*of_patient)
    )
    version = select(Visit.id, Visit.amends_id).where(Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
    return {"event": event, "event_entry": entry, "event_site": sites, "outcome_version": version}


def event_rows(rows: Mapping[str, list[tuple[Any, ...]]], roots: Mapping[str, str]) -> tuple[EventRow, ...]:
    """Adverse events as their newest entries say, oldest first."""
    found = []
    for event_id, session_id, session_on, visit_id in rows["event"]:
        entries = sorted(of_parent(rows["event_entry"], event_id), key=lambda row: int(row[1]))
        first, last = entries[0], entries[-1]
        _, number, *values, by, at = last
        sites = sorted(one[2:] for one in of_parent(rows["event_site"], event_id) if one[1] == number)
        names = ("kind", "grade", "side", "onset_on", "ended_on", "relation", "serious", "description", "action")
        said = dict(zip((*names, "reported_to", "reviewed", "withdrawn", "reason"), values, strict=True))
        found.append(
            EventRow(
                id=event_id,
                number=number,
                session_id=session_id,
                session_root=roots.get(session_id, session_id) if session_id else None,
                session_on=session_on,
                visit_root=roots.get(visit_id, visit_id) if visit_id else None,
                **said,
                reviewed_by=by if said["reviewed"] else "",
                by=by,
                at=at,
                first_by=first[-2],
                first_at=first[-1],
                sites=tuple(EventSiteRow(*one[:7], lot=one[7] or one[8] or "") for one in sites),  # type: ignore[misc]
            )
        )
    return tuple(sorted(found, key=lambda row: (row.first_at, row.id)))


def of_parent(rows: list[tuple[Any, ...]], parent: str) -> list[tuple[Any, ...]]:
    """The rows whose first column is the parent's id."""
    return [row for row in rows if row[0] == parent]
