"""The pages of adverse events: a patient's list, one event with its entries, and the sites that it may have come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from clinic.domain.adverse_event_entries import EventEntry
from clinic.domain.adverse_events import GRADES, KINDS, Kind, KindFacts, suspects, urgent_words
from clinic.domain.anatomy import Side
from clinic.domain.errors import NotFound
from clinic.domain.visits import VisitState
from clinic.domain.wording import day_text
from clinic.models import AdverseEvent, AdverseEventEntry, Clinic
from clinic.queries.adverse_events import EventRow, event_rows, event_selects
from clinic.queries.given_sessions import GivenSession, given_selects, sessions_given
from clinic.queries.outcomes import first_versions
from clinic.queries.together import together
from clinic.unit_of_work import UnitOfWork

_ENTRY = (
    "event_id",
    "number",
    "kind",
    "grade",
    "side",
    "onset_on",
    "ended_on",
    "relation",
    "serious",
    "description",
    "action",
    "reported_to",
    "reviewed",
    "withdrawn",
    "reason",
    "by",
    "at",
)
_LABELS: Mapping[str, str] = {
    "kind": "What happened",
    "grade": "Grade",
    "side": "Side",
    "onset_on": "Began",
    "ended_on": "Ended",
    "relation": "Relation",
    "serious": "Serious",
    "description": "Description",
    "action": "Done",
    "reported_to": "Reported to",
    "sites": "Sites",
}


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry of an event: what was done, and what it changed as (what, before, now)."""

    number: int
    done: str
    by: str
    at: datetime
    reason: str
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class PatientEvents:
    """All adverse events of a patient, newest first, and the sessions that they can have followed.

    ``draft`` is a visit in the making whose given sites count as a session too. ``emergency_phone`` is the clinic's.
    ``visit_ids`` are all visits of the patient.
    """

    patient_id: str
    rows: tuple[EventRow, ...]
    sessions: tuple[GivenSession, ...]
    draft: str
    today: date
    emergency_phone: str
    visit_ids: frozenset[str]
    entries: Mapping[str, tuple[EntryView, ...]]

    @property
    def open(self) -> tuple[EventRow, ...]:
        """Those that nobody has reviewed."""
        return tuple(row for row in self.rows if row.is_open)

    def event(self, event_id: str) -> EventRow:
        """One event. Raises NotFound."""
        found = next((row for row in self.rows if row.id == event_id), None)
        if found is None:
            raise NotFound
        return found

    def meant(self, session_id: str | None) -> GivenSession | None:
        """The session of an id, whichever version or touch-up of it the id names; None when it does not stand."""
        return next((one for one in self.sessions if session_id in one.versions | one.visit_ids), None)

    def session(self, session_id: str) -> GivenSession:
        """The session of an id. Raises NotFound."""
        found = self.meant(session_id)
        if found is None:
            raise NotFound
        return found

    def linkable(self, session: GivenSession | None) -> frozenset[str]:
        """The sites that an entry can link: of signed visits, because a draft's may still be removed."""
        sites = session.sites if session else ()
        return frozenset(site.id for site in sites if site.visit_id != self.draft)


@dataclass(frozen=True, slots=True)
class KindPanel:
    """A kind as the form asks about it; ``urgent`` is heading and words of a red flag.

    ``suspects`` are (number, site in words, lot, why it is named).
    """

    kind: Kind
    facts: KindFacts
    urgent: tuple[str, str] | None
    suspects: tuple[tuple[str, str, str, str], ...]


def patient_events(uow: UnitOfWork, patient_id: str, *, draft: str = "") -> PatientEvents:
    """A patient's events and sessions, in two statements; of nobody's patient there are none."""
    clinic = uow.session.execute(
        select(Clinic.time_zone, Clinic.emergency_phone).where(Clinic.id == uow.clinic_id)
    ).one()
    found = together(uow, event_selects(uow, patient_id) | given_selects(uow, patient_id))
    rows = event_rows(found, first_versions(found["outcome_version"]))
    in_the_making = any(row[1] == draft and row[16] is VisitState.DRAFT for row in found["given_site"])
    return PatientEvents(
        patient_id=patient_id,
        rows=tuple(reversed(rows)),
        sessions=sessions_given(found, draft=draft),
        draft=draft if in_the_making else "",
        today=uow.now.astimezone(ZoneInfo(clinic.time_zone)).date(),
        emergency_phone=clinic.emergency_phone,
        visit_ids=frozenset(row[0] for row in found["outcome_version"]),
        entries={row.id: _entries(found, row.id) for row in rows},
    )


def events_around(uow: UnitOfWork, event_id: str) -> PatientEvents:
    """The events of the patient whom one event is about. Raises NotFound."""
    of_event = select(AdverseEvent.patient_id, AdverseEvent.visit_id).where(AdverseEvent.id == event_id)
    row = uow.session.execute(of_event).one_or_none()
    if row is None:
        raise NotFound
    return patient_events(uow, row.patient_id, draft=row.visit_id or "")


def panels(known: PatientEvents, session: GivenSession | None) -> tuple[KindPanel, ...]:
    """What each kind asks for, and the sites of a session near its danger zones or in its usual muscles."""
    return tuple(panel(kind, known, session) for kind in Kind)


def panel(kind: Kind, known: PatientEvents, session: GivenSession | None, side: Side | None = None) -> KindPanel:
    """One kind's panel; with the side of the event, only sites of that side and of the midline are named."""
    sites = {site.id: site for site in session.sites} if session else {}
    named = []
    for one in suspects(kind, sites.values(), side):
        site = sites[one.site_id]
        named.append((str(site.number), site.words, site.lot_words, "; ".join(one.reasons)))
    urgency = KINDS[kind].urgency
    urgent = urgent_words(urgency, known.emergency_phone) if urgency else None
    return KindPanel(kind, KINDS[kind], urgent, tuple(named))


def event_entry(row: AdverseEventEntry, site_ids: tuple[str, ...]) -> EventEntry:
    """A stored entry as it would be entered again."""
    names = (name for name in _LABELS if name != "sites")
    return EventEntry(**{name: getattr(row, name) for name in names}, site_ids=site_ids)


def _entries(rows: Mapping[str, list[tuple[Any, ...]]], event_id: str) -> tuple[EntryView, ...]:
    entries = sorted((row for row in rows["event_entry"] if row[0] == event_id), key=lambda row: int(row[1]))
    sites: dict[int, list[int]] = {}
    for event, number, _, site_number, *_ in rows["event_site"]:
        if event == event_id:
            sites.setdefault(number, []).append(site_number)
    found: list[EntryView] = []
    before: dict[str, str] = {}
    for row in entries:
        said = dict(zip(_ENTRY, row, strict=True))
        now = _shown(said, sites.get(said["number"], []))
        changes = tuple(
            (_LABELS[name], before.get(name, ""), now[name]) for name in now if before.get(name) != now[name]
        )
        done = (
            "withdrawn" if said["withdrawn"] else "reviewed" if said["reviewed"] else "changed" if found else "entered"
        )
        found.append(EntryView(said["number"], done, said["by"], said["at"], said["reason"], changes if found else ()))
        before = now
    return tuple(reversed(found))


def _shown(said: Mapping[str, Any], sites: list[int]) -> dict[str, str]:
    values = {name: said[name] for name in _LABELS if name != "sites"}
    words = {name: "" if value is None else str(value) for name, value in values.items()}
    words["kind"] = KINDS[said["kind"]].label
    words["grade"] = f"{said['grade']}, {GRADES[said['grade']]}"
    words["serious"] = "yes" if said["serious"] else "no"
    for name in ("onset_on", "ended_on"):
        words[name] = day_text(said[name]) if said[name] else ""
    words["sites"] = ", ".join(str(number) for number in sorted(sites))
    return words
