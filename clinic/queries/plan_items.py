"""The items of a patient's plan: selects for one statement, and the newest entry of each as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import select

from clinic.domain.assessments.grid import Group
from clinic.domain.plans import DETAILS, Details, Goal, ItemKind, PlanEntry, PlanItem
from clinic.models import (
    PlanAppointment,
    PlanExercise,
    PlanGoal,
    PlanProgramme,
    PlanReferral,
    PlanStep,
    PlanTarget,
)
from clinic.models import PlanEntry as EntryRow
from clinic.models import PlanItem as ItemRow
from clinic.queries.together import AnySelect, together
from clinic.unit_of_work import UnitOfWork

DETAIL_TABLES: Mapping[ItemKind, Any] = {
    ItemKind.GOAL: PlanGoal,
    ItemKind.TARGET: PlanTarget,
    ItemKind.PROGRAMME: PlanProgramme,
    ItemKind.EXERCISE: PlanExercise,
    ItemKind.REFERRAL: PlanReferral,
    ItemKind.APPOINTMENT: PlanAppointment,
    ItemKind.STEP: PlanStep,
}


def plan_selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    """The selects behind ``plan_items``; names begin with "plan_"."""
    i, e = ItemRow, EntryRow
    mine = (i.clinic_id == uow.clinic_id, i.patient_id == patient_id)
    entry = (
        select(
            i.id,
            i.kind,
            i.patient_id,
            i.condition_id,
            i.by.label("first_by"),
            i.at.label("first_at"),
            e.number,
            e.state,
            e.visit_id,
            e.place,
            e.reason,
            e.rules,
            e.note,
            e.by,
            e.at,
        )
        .join(e, (e.clinic_id == i.clinic_id) & (e.item_id == i.id))
        .where(*mine)
    )
    found: dict[str, AnySelect] = {"plan_entry": entry}
    for kind, table in DETAIL_TABLES.items():
        names = [one.name for one in fields(DETAILS[kind])]
        columns = (getattr(table, name) for name in names)
        found[f"plan_{kind}"] = (
            select(table.item_id, table.number, *columns)
            .join(i, (i.clinic_id == table.clinic_id) & (i.id == table.item_id))
            .where(*mine)
        )
    return found


def plan_histories(rows: Mapping[str, list[tuple[Any, ...]]]) -> dict[str, tuple[PlanItem, ...]]:
    """Every entry of every item by the item's id, oldest first, from the rows of ``plan_selects``."""
    details: dict[tuple[str, int], Details] = {}
    for kind in ItemKind:
        for item_id, number, *values in rows[f"plan_{kind}"]:
            details[item_id, number] = _details(kind, values)
    found: dict[str, list[PlanItem]] = {}
    for row in sorted(rows["plan_entry"], key=lambda row: (row[5], row[0], row[6])):
        found.setdefault(row[0], []).append(_item(row, details[row[0], row[6]]))
    return {item_id: tuple(entries) for item_id, entries in found.items()}


def plan_items(
    rows: Mapping[str, list[tuple[Any, ...]]], *, until: datetime | None = None, also: Iterable[str] = ()
) -> tuple[PlanItem, ...]:
    """The items as they stand, by kind, place and age; or as they stood at ``until``, with what visits of ``also`` said."""
    visits = frozenset(also)
    order = {kind: number for number, kind in enumerate(ItemKind)}
    found = []
    for entries in plan_histories(rows).values():
        known = [one for one in entries if until is None or one.at <= until or one.visit_id in visits]
        if known:
            found.append(known[-1])
    return tuple(sorted(found, key=lambda one: (order[one.kind], one.entry.place, one.first_at, one.id)))


def patient_plan(uow: UnitOfWork, patient_id: str) -> tuple[PlanItem, ...]:
    """The items of a patient's plan as they stand, in one statement."""
    return plan_items(together(uow, plan_selects(uow, patient_id)))


def _details(kind: ItemKind, values: list[Any]) -> Details:
    shape = DETAILS[kind]
    named = dict(zip((one.name for one in fields(shape)), values, strict=True))
    if shape is Goal:
        named["groups"] = tuple(Group(key) for key in named["groups"].split())
    return shape(**named)


def _item(row: tuple[Any, ...], details: Details) -> PlanItem:
    item_id, kind, patient_id, condition_id, first_by, first_at, number, state, visit_id = row[:9]
    place, reason, rules, note, by, at = row[9:]
    return PlanItem(
        id=item_id,
        kind=kind,
        patient_id=patient_id,
        condition_id=condition_id,
        number=number,
        entry=PlanEntry(details, state, reason, tuple(rules.split()), place, note),
        visit_id=visit_id,
        by=by,
        at=at,
        first_by=first_by,
        first_at=first_at,
    )
