"""Patients' requests to correct the record: each and every step is what the audit trail says, by the same person then."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from sqlalchemy import select

from clinic.domain.events import Action
from clinic.models import AmendmentRequest, AmendmentRequestEntry, AuditEvent
from clinic.queries.merges import standing
from clinic.services.accounts import system_actor
from clinic.unit_of_work import UnitOfWork, Work
from clinic.verification.chains import UNREADABLE
from clinic.verification.report import Problem, compared

Steps = dict[tuple[str, int], Mapping[str, object]]
"""What is known of a request (step 0) and of each step after it, by the request's id and the step's number."""

_REQUEST = ("asked_on", "asked_by", "text", "visit_id", "entered_by")
_STEP = ("number", "kind", "text", "addendum_id", "visit_id", "by_name")


def check(work: Work, clinic_id: int, counts: Counter[str]) -> Iterator[Problem]:
    """Name every request and step that differs from the audit trail, is missing, or is unknown to it."""
    with work.reading(system_actor(clinic_id)) as uow:
        try:
            said, there = _said(uow, clinic_id), _there(uow)
        except UNREADABLE:
            yield Problem(f"requests of clinic {clinic_id}", "a request cannot be read; it was changed")
            return
    counts["requests to correct the record, with their steps"] += len(there)
    yield from compared(said, there, lambda one: f"request {one[0]}, step {one[1]}")


def _said(uow: UnitOfWork, chain: int) -> Steps:
    a = AuditEvent
    actions = (Action.AMENDMENT_REQUESTED.value, Action.AMENDMENT_REQUEST_ANSWERED.value)
    rows = select(a.subject, a.patient_id, a.user_id, a.at, a.values).where(a.chain == chain, a.action.in_(actions))
    merged = standing(uow)
    found: Steps = {}
    for subject, patient_id, by_id, at, values in uow.session.execute(rows):
        request_id = subject.removeprefix("amendment_request:")
        new = json.loads(values)["new"]
        number = new.get("number", 0)
        now = merged.now(AmendmentRequest.__tablename__, request_id, patient_id or "") if not number else ""
        found[request_id, number] = {**new, "patient": now, "by_id": by_id, "at": at}
    return found


def _there(uow: UnitOfWork) -> Steps:
    found: Steps = {}
    for one in uow.session.scalars(select(AmendmentRequest)):
        about = {"patient": one.patient_id, "by_id": one.entered_by_id, "at": one.entered_at}
        found[one.id, 0] = {**_texts(one, _REQUEST), **about}
    for step in uow.session.scalars(select(AmendmentRequestEntry)):
        about = {"patient": "", "by_id": step.by_id, "at": step.at}
        found[step.request_id, step.number] = {**_texts(step, _STEP), **about}
    return found


def _texts(row: object, names: tuple[str, ...]) -> dict[str, object]:
    """The values as the audit trail writes them."""
    return dict(json.loads(json.dumps({name: getattr(row, name) for name in names}, default=str)))
