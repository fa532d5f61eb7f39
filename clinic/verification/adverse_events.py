"""Adverse events: every entry is what the audit trail says, of the same patient and session, by the same person then.

An entry lifts or sets a stop for the next session, and it freezes with no visit: its audit entry is what seals it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from sqlalchemy import select

from clinic.domain.events import Action
from clinic.models import AdverseEvent, AdverseEventEntry, AdverseEventSite, AuditEvent
from clinic.queries import merges
from clinic.queries.patient_events import event_entry
from clinic.services.accounts import system_actor
from clinic.unit_of_work import UnitOfWork, Work
from clinic.verification.chains import UNREADABLE
from clinic.verification.report import Problem, compared

Entries = dict[tuple[str, int], Mapping[str, object]]
"""What is known of an entry by name, by the event's id and the entry's number."""

_DONE = {
    Action.ADVERSE_EVENT_RECORDED: "entered",
    Action.ADVERSE_EVENT_CHANGED: "entered",
    Action.ADVERSE_EVENT_REVIEWED: "reviewed",
    Action.ADVERSE_EVENT_WITHDRAWN: "withdrawn",
}
_REASON_KEPT = 500
"""Characters of a reason that the audit trail keeps."""


def check(work: Work, clinic_id: int, counts: Counter[str]) -> Iterator[Problem]:
    """Name every entry of an adverse event that differs from the audit trail, is missing, or is unknown to it."""
    with work.reading(system_actor(clinic_id)) as uow:
        try:
            said, there = _said(uow, clinic_id), _there(uow)
        except UNREADABLE:
            yield Problem(f"adverse events of clinic {clinic_id}", "an entry cannot be read; it was changed")
            return
    counts["entries of adverse events"] += len(there)
    yield from compared(said, there, lambda one: f"adverse event {one[0]}, entry {one[1]}")


def _said(uow: UnitOfWork, chain: int) -> Entries:
    """Each entry as the audit trail tells it: the first in full, a later one by what it changed."""
    a = AuditEvent
    rows = (
        select(a.action, a.subject, a.patient_id, a.user_id, a.at, a.reason, a.values)
        .where(a.chain == chain, a.action.in_([one.value for one in _DONE]))
        .order_by(a.sequence)
    )
    found: Entries = {}
    known: dict[str, dict[str, object]] = {}
    standing = merges.standing(uow)
    for action, subject, patient_id, by_id, at, reason, values in uow.session.execute(rows):
        event_id = subject.removeprefix("adverse_event:")
        new = dict(json.loads(values)["new"])
        number = new.pop("entry", 1)
        known[event_id] = known.get(event_id, {}) | new
        patient = standing.now(AdverseEvent.__tablename__, event_id, patient_id or "")
        about = {"patient": patient, "by": by_id, "at": at, "reason": reason, "done": _DONE[Action(action)]}
        found[event_id, number] = known[event_id] | about
    return found


def _there(uow: UnitOfWork) -> Entries:
    sites: dict[tuple[str, int], list[str]] = {}
    linked = select(AdverseEventSite.event_id, AdverseEventSite.number, AdverseEventSite.site_id)
    for event_id, number, site_id in uow.session.execute(linked.order_by(AdverseEventSite.site_id)):
        sites.setdefault((event_id, number), []).append(site_id)
    events = {row.id: row for row in uow.session.scalars(select(AdverseEvent))}
    found: Entries = {}
    for row in uow.session.scalars(select(AdverseEventEntry)):
        key, event = (row.event_id, row.number), events.get(row.event_id)
        found[key] = {
            **event_entry(row, tuple(sites.get(key, ()))).texts,
            "session": (event.session_id or "none") if event else "",
            "patient": event.patient_id if event else "",
            "by": row.by_id,
            "at": row.at,
            "reason": row.reason[:_REASON_KEPT],
            "done": "withdrawn" if row.withdrawn else "reviewed" if row.reviewed else "entered",
        }
    return found
