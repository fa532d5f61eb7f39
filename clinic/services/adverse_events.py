"""Adverse events: the answer after the last site, and the events themselves, which are only ever added to.

What is known of an event stands in its newest entry. A change, a review and a withdrawal each add one, in full.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.adverse_event_entries import REASON_MINIMUM, EventEntry, problems
from clinic.domain.errors import Frozen, Invalid, NotFound, Stale, WrongStep
from clinic.domain.events import Action, Event
from clinic.domain.safety_events import AN_EVENT, EVENT, NO_EVENT
from clinic.models import AdverseEvent, AdverseEventEntry, AdverseEventSite, FindingOverride
from clinic.queries.facts import judged
from clinic.queries.patient_events import PatientEvents, event_entry, patient_events
from clinic.queries.visit_record import visit_record
from clinic.services.authority import require
from clinic.services.drafts import clinic_of, held, held_beside, session_of
from clinic.services.patients import unmerged_patient
from clinic.unit_of_work import UnitOfWork

__all__ = [
    "EventEntry",
    "answer_adverse_event",
    "change_event",
    "record_event",
    "review_event",
    "withdraw_event",
]


def answer_adverse_event(uow: UnitOfWork, visit_id: str, edit_version: int, *, happened: bool, what: str = "") -> None:
    """Record whether there was an adverse event, by whom and now; it can be corrected until the visit is signed.

    Raises WrongStep before every site is given, Invalid for an event without words, or words without an event.
    """
    visit = held(uow, visit_id, Permission.INJECTION_SIGN, edit_version)
    session_of(uow, visit)
    _, findings = judged(visit_record(uow, visit_id), uow.now)
    asked = next((one for one in findings if one.code == EVENT), None)
    if asked is None:
        raise WrongStep("This is answered after the last site is marked given.")
    if happened and not what.strip():
        raise Invalid({"what": "Say what happened, when, and what was done."})
    if not happened and what.strip():
        raise Invalid({"what": "This says that something happened. Answer yes, or delete it."})
    text = f"{AN_EVENT}{what.strip()}" if happened else NO_EVENT
    old = asked.override.reason if asked.override else ""
    _keep(uow, visit_id, asked.key, text)
    new = {"adverse_event": text}
    uow.record(
        Event(Action.ANSWERS_CHANGED, f"visit:{visit_id}", visit.patient_id, old={"adverse_event": old}, new=new)
    )


def _keep(uow: UnitOfWork, visit_id: str, key: str, text: str) -> None:
    mine = (FindingOverride.visit_id == visit_id, FindingOverride.finding_key == key)
    row = uow.session.scalar(select(FindingOverride).where(*mine))
    if row is not None:
        row.reason, row.by, row.at = text, uow.actor.name, uow.now
        return
    uow.session.add(
        FindingOverride(
            clinic_id=uow.clinic_id,
            id=uow.new_id(),
            visit_id=visit_id,
            finding_key=key,
            code=EVENT,
            reason=text,
            by=uow.actor.name,
            at=uow.now,
        )
    )


def record_event(
    uow: UnitOfWork,
    patient_id: str,
    entry: EventEntry,
    *,
    session_id: str | None = None,
    visit_id: str | None = None,
) -> str:
    """Enter an adverse event of a patient; gives its id.

    ``session_id`` is the session that it followed (a touch-up means its parent), or the draft ``visit_id`` in which the
    sites were given today. Raises NotFound, NotPermitted, Frozen for a visit that is no draft, or Invalid by field.
    """
    require(uow, Permission.ADVERSE_EVENT_WRITE)
    unmerged_patient(uow, patient_id)
    if visit_id and held_beside(uow, visit_id, Permission.VISIT_CHART).patient_id != patient_id:
        raise NotFound
    known = patient_events(uow, patient_id, draft=visit_id or "")
    session = known.session(session_id) if session_id else None
    _check(uow, known, entry, session.id if session else None)
    event = AdverseEvent(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        patient_id=patient_id,
        session_id=session.id if session else None,
        visit_id=visit_id,
        recorded_by=uow.actor.name,
        recorded_at=uow.now,
    )
    uow.session.add(event)
    uow.session.flush()  # Its entries need it.
    _append(uow, event, 1, entry)
    new = entry.settled.texts | {"session": event.session_id or "none"}
    uow.record(Event(Action.ADVERSE_EVENT_RECORDED, f"adverse_event:{event.id}", patient_id, new=new))
    return event.id


def change_event(uow: UnitOfWork, event_id: str, entry: EventEntry, number: int) -> None:
    """Add an entry that says what is known now; it asks for a review again, also when the one before was reviewed.

    ``number`` is that of the entry shown. Raises NotFound, NotPermitted, Stale, Frozen when withdrawn, Invalid.
    """
    require(uow, Permission.ADVERSE_EVENT_WRITE)
    event, last = _held_event(uow, event_id, number)
    linked = _sites(uow, last)
    known = patient_events(uow, event.patient_id, draft=event.visit_id or "")
    _check(uow, known, entry, event.session_id, linked)
    old, new = event_entry(last, linked).texts, entry.settled.texts
    _append(uow, event, number + 1, entry)
    changed = [name for name in new if old[name] != new[name]]
    uow.record(
        Event(
            Action.ADVERSE_EVENT_CHANGED,
            f"adverse_event:{event_id}",
            event.patient_id,
            old={name: old[name] for name in changed},
            new={name: new[name] for name in changed} | {"entry": number + 1},
        )
    )


def review_event(uow: UnitOfWork, event_id: str, number: int, reason: str) -> None:
    """Say that an event was weighed, in words, so that it no longer stands in the way of the next session."""
    require(uow, Permission.ADVERSE_EVENT_REVIEW)
    _settle(uow, event_id, number, reason, Action.ADVERSE_EVENT_REVIEWED)


def withdraw_event(uow: UnitOfWork, event_id: str, number: int, reason: str) -> None:
    """Say that an event was entered by mistake, in words; its entries stay. It lifts a stop, so reviewers alone may."""
    require(uow, Permission.ADVERSE_EVENT_REVIEW)
    _settle(uow, event_id, number, reason, Action.ADVERSE_EVENT_WITHDRAWN)


def _settle(uow: UnitOfWork, event_id: str, number: int, reason: str, action: Action) -> None:
    event, last = _held_event(uow, event_id, number)
    if len(reason.strip()) < REASON_MINIMUM:
        raise Invalid({"reason": f"At least {REASON_MINIMUM} characters: what was found, and what follows from it."})
    withdrawn = action is Action.ADVERSE_EVENT_WITHDRAWN
    if last.reviewed and not withdrawn:
        raise WrongStep(f"{last.by} reviewed this event already. Nothing was changed.")
    entry = event_entry(last, _sites(uow, last))
    _append(uow, event, number + 1, entry, reviewed=not withdrawn, withdrawn=withdrawn, reason=reason.strip())
    said = reason.strip()[:500]
    uow.record(Event(action, f"adverse_event:{event_id}", event.patient_id, reason=said, new={"entry": number + 1}))


def _held_event(uow: UnitOfWork, event_id: str, number: int) -> tuple[AdverseEvent, AdverseEventEntry]:
    key = (uow.clinic_id, event_id)
    event = uow.session.get(AdverseEvent, key, with_for_update=True, populate_existing=True)
    if event is None:
        raise NotFound
    e = AdverseEventEntry
    last = uow.session.scalars(select(e).where(e.event_id == event_id).order_by(e.number.desc()).limit(1)).one()
    if last.number != number:
        raise Stale(
            f"{last.by} changed this event meanwhile. Nothing of yours was saved over it: what you typed is kept here;"
            " look at what stands now, and save again if yours is right.",
            shown=number,
            current=last.number,
        )
    if last.withdrawn:
        raise Frozen("This event was withdrawn and takes no change. Enter it anew if it did happen.")
    return event, last


def _sites(uow: UnitOfWork, entry: AdverseEventEntry) -> tuple[str, ...]:
    s = AdverseEventSite
    mine = select(s.site_id).where(s.event_id == entry.event_id, s.number == entry.number)
    return tuple(uow.session.scalars(mine.order_by(s.site_id)))


def _check(
    uow: UnitOfWork, known: PatientEvents, entry: EventEntry, session_id: str | None, linked: tuple[str, ...] = ()
) -> None:
    session = known.meant(session_id)
    today = uow.now.astimezone(ZoneInfo(clinic_of(uow).time_zone)).date()
    found = problems(entry, today, session.on if session else None, known.linkable(session) | set(linked))
    if found:
        raise Invalid(found)


def _append(
    uow: UnitOfWork,
    event: AdverseEvent,
    number: int,
    entry: EventEntry,
    *,
    reviewed: bool = False,
    withdrawn: bool = False,
    reason: str = "",
) -> None:
    kept = entry.settled
    uow.session.add(
        AdverseEventEntry(
            clinic_id=uow.clinic_id,
            event_id=event.id,
            number=number,
            kind=kept.kind,
            grade=kept.grade,
            side=kept.side,
            onset_on=kept.onset_on,
            ended_on=kept.ended_on,
            relation=kept.relation,
            serious=kept.serious,
            description=kept.description,
            action=kept.action,
            reported_to=kept.reported_to,
            reviewed=reviewed,
            withdrawn=withdrawn,
            reason=reason,
            by_id=uow.actor.user_id,
            by=uow.actor.name,
            at=uow.now,
        )
    )
    for site_id in kept.site_ids:
        link = AdverseEventSite(clinic_id=uow.clinic_id, event_id=event.id, number=number, site_id=site_id)
        uow.session.add(link)
