"""The answer after the last site: whether there was an adverse event during the session."""

from __future__ import annotations

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, WrongStep
from clinic.domain.events import Action, Event
from clinic.domain.safety_events import AN_EVENT, EVENT, NO_EVENT
from clinic.models import FindingOverride
from clinic.queries.facts import judged
from clinic.queries.visit_record import visit_record
from clinic.services.drafts import held, session_of
from clinic.unit_of_work import UnitOfWork


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
