"""How far a goal is reached at a visit, and which goal comes first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, NotFound, Stale
from clinic.domain.events import Action, Event
from clinic.domain.plan_words import level_text
from clinic.domain.plans import ItemKind, PlanItem
from clinic.domain.shown_values import digest
from clinic.models import GoalRating
from clinic.queries.plan_items import patient_plan
from clinic.services.authority import require
from clinic.services.drafts import held_beside
from clinic.services.plan_items import change_item, held_item
from clinic.unit_of_work import UnitOfWork

LEVELS = range(-2, 3)


def rate_goals(uow: UnitOfWork, visit_id: str, levels: Mapping[str, int | None], *, shown: str | None = None) -> None:
    """Say in a draft how far goals are reached, by their ids, -2 to +2; None takes a rating out.

    ``shown`` is the digest of the visit's ratings as the form showed them. Raises NotFound (also for a goal of somebody
    else), Frozen, NotPermitted, Stale, or Invalid by ``level-<id>``.
    """
    visit = held_beside(uow, visit_id, Permission.VISIT_CHART)
    require(uow, Permission.PLAN_WRITE)
    known = {one.id for one in patient_plan(uow, visit.patient_id) if one.kind is ItemKind.GOAL}
    if levels.keys() - known:
        raise NotFound
    if shown is not None:
        _refuse_stale(uow, visit_id, shown)
    found = {f"level-{one}": "From −2 to +2." for one, level in levels.items() if level not in (None, *LEVELS)}
    if found:
        raise Invalid(found)
    old: dict[str, object] = {}
    new: dict[str, object] = {}
    for item_id, level in levels.items():
        row = uow.session.get(GoalRating, (uow.clinic_id, visit_id, item_id))
        before = row.level if row else None
        if before == level:
            continue
        old[f"plan_item:{item_id}"] = "" if before is None else level_text(before)
        new[f"plan_item:{item_id}"] = "" if level is None else level_text(level)
        _write(uow, visit_id, item_id, row, level)
    uow.record(Event(Action.GOAL_RATED, f"visit:{visit_id}", visit.patient_id, old=old, new=new))


def _refuse_stale(uow: UnitOfWork, visit_id: str, shown: str) -> None:
    rows = list(uow.session.scalars(select(GoalRating).where(GoalRating.visit_id == visit_id)))
    if digest({row.item_id: str(row.level) for row in rows}) != shown:
        last = max(rows, key=lambda row: row.rated_at, default=None)
        raise Stale(
            f"{last.rated_by if last else 'Somebody'} rated goals of this visit meanwhile. Nothing of yours was saved over"
            " that: what you chose is kept here; look at what stands now, and save again if yours is right.",
            shown=0,
            current=len(rows),
        )


def _write(uow: UnitOfWork, visit_id: str, item_id: str, row: GoalRating | None, level: int | None) -> None:
    if level is None:
        uow.session.delete(row)
        return
    stamp: dict[str, Any] = {"rated_by": uow.actor.name, "rated_at": uow.now}
    if row is None:
        uow.session.add(GoalRating(clinic_id=uow.clinic_id, visit_id=visit_id, item_id=item_id, level=level, **stamp))
    else:
        row.level, row.rated_by, row.rated_at = level, uow.actor.name, uow.now


def next_place(items: tuple[PlanItem, ...]) -> int:
    """The place of a goal that comes after all others."""
    return max((one.entry.place for one in items if one.kind is ItemKind.GOAL), default=0) + 1


def move_goal(
    uow: UnitOfWork, patient_id: str, item_id: str, number: int, *, up: bool, visit_id: str | None = None
) -> None:
    """Put an open goal before the one above it, or after the one below.

    Every goal whose place changes gets an entry. Raises as ``change_item`` does, and Invalid at either end.
    """
    require(uow, Permission.PLAN_WRITE)
    item = held_item(uow, item_id, number, patient_id=patient_id)
    if item.kind is not ItemKind.GOAL:
        raise NotFound
    goals = [one for one in patient_plan(uow, patient_id) if one.kind is ItemKind.GOAL and one.is_open]
    at = next((place for place, one in enumerate(goals) if one.id == item_id), None)
    if at is None:
        raise Invalid({"": "Only an open goal has a place in the order."})
    other = at - 1 if up else at + 1
    if not 0 <= other < len(goals):
        raise Invalid({"": "This goal is at the end of the order already. Nothing was changed."})
    goals[at], goals[other] = goals[other], goals[at]
    for place, one in enumerate(goals, 1):
        if one.entry.place != place:
            change_item(uow, one.id, one.number, replace(one.entry, place=place, note=""), visit_id=visit_id)
