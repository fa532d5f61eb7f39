"""Adding to a patient's plan and changing what it says: each change is a further entry, in full."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from clinic.domain.actors import Permission
from clinic.domain.errors import Frozen, Invalid, NotFound, Stale
from clinic.domain.events import Action, Event
from clinic.domain.plan_entries import kind_of, problems, state_problems, texts
from clinic.domain.plans import Goal, ItemKind, PlanEntry, PlanItem, PlanState
from clinic.models import Condition
from clinic.models import PlanEntry as EntryRow
from clinic.models import PlanItem as ItemRow
from clinic.queries.plan_items import DETAIL_TABLES, plan_histories, plan_selects
from clinic.queries.together import together
from clinic.services.authority import require
from clinic.services.drafts import held_beside
from clinic.services.patients import active_patient
from clinic.unit_of_work import UnitOfWork


def add_item(
    uow: UnitOfWork,
    patient_id: str,
    entry: PlanEntry,
    *,
    visit_id: str | None = None,
    condition_id: str | None = None,
) -> str:
    """Add an item to a patient's plan; gives its id.

    ``visit_id`` is the draft in which it is planned. Raises NotFound (also for a visit or condition of somebody else),
    NotPermitted, Frozen for a visit that is no draft or a retired record, or Invalid by field.
    """
    kind = kind_of(entry)
    require(uow, permission_for(kind))
    _check_visit(uow, patient_id, visit_id)
    active_patient(uow, patient_id)
    if condition_id is not None:
        condition = uow.session.get(Condition, (uow.clinic_id, condition_id))
        if condition is None or condition.patient_id != patient_id:
            raise NotFound
    if entry.state not in {PlanState.PROPOSED, PlanState.AGREED}:
        raise Invalid({"state": "A new item is proposed or agreed."})
    if found := problems(entry):
        raise Invalid(found)
    item = ItemRow(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        patient_id=patient_id,
        condition_id=condition_id,
        visit_id=visit_id,
        kind=kind,
        by=uow.actor.name,
        at=uow.now,
    )
    uow.session.add(item)
    uow.session.flush()  # Its entries need it.
    _append(uow, item, 1, entry, visit_id)
    new = texts(entry) | {
        "item": kind.value,
        "condition": condition_id or "",
        "visit": visit_id or "",
        "author": uow.actor.name,
    }
    uow.record(Event(Action.PLAN_ITEM_ADDED, f"plan_item:{item.id}", patient_id, new=new))
    return item.id


def change_item(uow: UnitOfWork, item_id: str, number: int, entry: PlanEntry, *, visit_id: str | None = None) -> None:
    """Add an entry that says what an item is from now on; its kind stays.

    ``number`` is that of the entry shown. Raises NotFound, NotPermitted, Stale, Frozen for a superseded item, Invalid.
    """
    item = held_item(uow, item_id, number)
    require(uow, permission_for(item.kind))
    _check_visit(uow, item.patient_id, visit_id)
    if kind_of(entry) is not item.kind:
        raise NotFound
    before = item.entry
    if before.state is PlanState.SUPERSEDED:
        raise Frozen("This item was replaced by another one and takes no change.")
    found = problems(entry) | state_problems(before.state, entry.state, entry.note)
    if found:
        raise Invalid(found)
    old, new = texts(before), texts(entry)
    changed = [name for name in new if old[name] != new[name]]
    if not changed:
        uow.record(Event(Action.PLAN_ITEM_CHANGED, f"plan_item:{item_id}", item.patient_id))
        return
    row = uow.session.get_one(ItemRow, (uow.clinic_id, item_id))
    _append(uow, row, number + 1, entry, visit_id)
    uow.record(
        Event(
            Action.PLAN_ITEM_CHANGED,
            f"plan_item:{item_id}",
            item.patient_id,
            reason=entry.note,
            old={name: old[name] for name in changed},
            new={name: new[name] for name in changed}
            | {"entry": number + 1, "visit": visit_id or "", "author": uow.actor.name},
        )
    )


def set_state(
    uow: UnitOfWork, item_id: str, number: int, state: PlanState, note: str = "", *, visit_id: str | None = None
) -> None:
    """Say how an item stands from now on; everything else of it stays. Raises as ``change_item``."""
    item = held_item(uow, item_id, number)
    change_item(uow, item_id, number, replace(item.entry, state=state, note=note.strip()), visit_id=visit_id)


def held_item(uow: UnitOfWork, item_id: str, number: int, *, patient_id: str | None = None) -> PlanItem:
    """Lock a patient's plan for a change of an item, and give the item as it stands.

    Raises NotFound, also for an item of another patient than ``patient_id`` where it is given, Frozen for a retired record, or Stale when it was changed meanwhile.
    """
    row = uow.session.get(ItemRow, (uow.clinic_id, item_id))
    if row is None or patient_id not in {None, row.patient_id}:
        raise NotFound
    # The whole plan, and not the item alone: what may be open at once is counted over all items of the patient.
    active_patient(uow, row.patient_id)
    item = plan_histories(together(uow, plan_selects(uow, row.patient_id)))[item_id][-1]
    if item.number != number:
        raise Stale(
            f"{item.by} changed this part of the plan meanwhile. Nothing of yours was saved over it: what you typed is"
            " kept here; look at what stands now, and save again if yours is right.",
            shown=number,
            current=item.number,
        )
    return item


def permission_for(kind: ItemKind) -> Permission:
    """What it takes to write an item of a kind: targets for toxin belong to those who inject."""
    return Permission.TARGET_WRITE if kind is ItemKind.TARGET else Permission.PLAN_WRITE


def _check_visit(uow: UnitOfWork, patient_id: str, visit_id: str | None) -> None:
    if visit_id and held_beside(uow, visit_id, Permission.VISIT_CHART).patient_id != patient_id:
        raise NotFound


def _append(uow: UnitOfWork, item: ItemRow, number: int, entry: PlanEntry, visit_id: str | None) -> None:
    uow.session.add(
        EntryRow(
            clinic_id=uow.clinic_id,
            item_id=item.id,
            number=number,
            state=entry.state,
            visit_id=visit_id,
            place=entry.place,
            reason=entry.reason.strip(),
            rules=" ".join(entry.rules),
            note=entry.note.strip(),
            by_id=uow.actor.user_id,
            by=uow.actor.name,
            at=uow.now,
        )
    )
    uow.session.flush()  # Its details need it.
    values: dict[str, Any] = {one.name: getattr(entry.details, one.name) for one in fields(entry.details)}
    if isinstance(entry.details, Goal):
        values["groups"] = " ".join(entry.details.groups)
    uow.session.add(DETAIL_TABLES[item.kind](clinic_id=uow.clinic_id, item_id=item.id, number=number, **values))
    uow.session.flush()
