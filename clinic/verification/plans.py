"""The plan: every entry is what the audit trail says, of the same patient, by the same person then.

It freezes with no visit: the audit entry is what seals it. What a signature froze of plans is compared with its content.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from clinic.domain.events import Action
from clinic.domain.plan_entries import texts
from clinic.domain.visit_content import VisitContent
from clinic.models import AuditEvent, PlanEntry, PlanItem
from clinic.queries import merges
from clinic.queries.plan_items import plan_histories, plan_selects
from clinic.queries.together import together
from clinic.services.accounts import system_actor
from clinic.unit_of_work import UnitOfWork, Work
from clinic.verification.chains import UNREADABLE
from clinic.verification.report import Problem, compared

Entries = dict[tuple[str, int], Mapping[str, object]]
"""What is known of an entry by name, by the item's id and the entry's number."""

_ACTIONS = (Action.PLAN_ITEM_ADDED.value, Action.PLAN_ITEM_CHANGED.value)
_KEPT = ("planning_answers", "question"), ("goal_ratings", "goal"), ("blocks", "id"), ("training", "at")


def check(work: Work, clinic_id: int, counts: Counter[str]) -> Iterator[Problem]:
    """Name every entry of a plan that differs from the audit trail, is missing, or is unknown to it."""
    with work.reading(system_actor(clinic_id)) as uow:
        try:
            said, there = _said(uow, clinic_id), _there(uow)
        except UNREADABLE:
            yield Problem(f"plans of clinic {clinic_id}", "an entry cannot be read; it was changed")
            return
    counts["entries of plans"] += len(there)
    yield from compared(said, there, lambda one: f"plan item {one[0]}, entry {one[1]}")


def check_plans(now: VisitContent, then: VisitContent) -> Iterator[str]:
    """Name every planning answer, rating, test block and therapist's visit that is not as it was signed."""
    for part, key in _KEPT:
        ours = {getattr(one, key): one for one in getattr(now, part)}
        signed = {getattr(one, key): one for one in getattr(then, part)}
        for name in sorted(ours.keys() | signed.keys(), key=str):
            if name not in ours or name not in signed:
                yield f"{part} {name} was {'added' if name in ours else 'removed'} after signing"
            elif ours[name] != signed[name]:
                yield f"{part} {name} differs from what was signed"


def _said(uow: UnitOfWork, chain: int) -> Entries:
    """Each entry as the audit trail tells it: the first in full, a later one by what it changed."""
    a = AuditEvent
    rows = (
        select(a.subject, a.patient_id, a.user_id, a.at, a.values)
        .where(a.chain == chain, a.action.in_(_ACTIONS))
        .order_by(a.sequence)
    )
    found: Entries = {}
    known: dict[str, dict[str, object]] = {}
    standing = merges.standing(uow)
    for subject, patient_id, by_id, at, values in uow.session.execute(rows):
        item_id = subject.removeprefix("plan_item:")
        new = dict(json.loads(values).get("new", {}))
        if not new:
            continue  # Saved again without a change: there is no entry.
        number = new.pop("entry", 1)
        known[item_id] = known.get(item_id, {}) | new
        if number == 1:
            known[item_id] |= {"begun_by": new["author"], "begun_at": at, "begun_in": new["visit"]}
        patient = standing.now(PlanItem.__tablename__, item_id, patient_id or "")
        found[item_id, number] = known[item_id] | {"patient": patient, "author_id": by_id, "written_at": at}
    return found


def _there(uow: UnitOfWork) -> Entries:
    by_ids = {(item_id, number): by_id for item_id, number, by_id in uow.session.execute(_authors())}
    begun_in = {item_id: visit_id or "" for item_id, visit_id in uow.session.execute(_begun())}
    found: Entries = {}
    for patient_id in uow.session.scalars(select(PlanItem.patient_id).distinct().order_by(PlanItem.patient_id)):
        rows: Mapping[str, list[tuple[Any, ...]]] = together(uow, plan_selects(uow, patient_id))
        for entries in plan_histories(rows).values():
            for item in entries:
                key = (item.id, item.number)
                found[key] = {
                    **texts(item.entry),
                    "item": item.kind.value,
                    "condition": item.condition_id or "",
                    "visit": item.visit_id or "",
                    "patient": item.patient_id,
                    "author": item.by,
                    "author_id": by_ids[key],
                    "written_at": item.at,
                    "begun_by": item.first_by,
                    "begun_at": item.first_at,
                    "begun_in": begun_in[item.id],
                }
    return found


def _authors() -> Any:
    return select(PlanEntry.item_id, PlanEntry.number, PlanEntry.by_id)


def _begun() -> Any:
    return select(PlanItem.id, PlanItem.visit_id)
