"""Putting a target for botulinum toxin into the plan, and changing one: what planning blocks or guards is asked again here."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from clinic.domain.actors import Permission
from clinic.domain.anatomy import MUSCLES
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.plan_entries import NOTE_MINIMUM
from clinic.domain.planning import restriction
from clinic.domain.plans import PlanEntry, PlanItem, PlanState, Target
from clinic.domain.proposals import ProposedTarget
from clinic.queries.plan_items import patient_plan
from clinic.queries.planning_facts import planning_facts
from clinic.queries.proposals import Proposed, proposed
from clinic.services.authority import require
from clinic.services.drafts import held_beside
from clinic.services.patients import active_patient
from clinic.services.plan_items import add_item, change_item, held_item
from clinic.unit_of_work import UnitOfWork

REASON_MINIMUM = NOTE_MINIMUM
_IN_PLAN = "This muscle is in the plan already, on this side: change what stands there."
_RED_FLAG = "A red flag stands open: {words}. It is settled first; nothing was added to the plan."


def add_target(
    uow: UnitOfWork, visit_id: str, target: Target, *, reason: str, state: PlanState = PlanState.PROPOSED
) -> str:
    """Add a target in a draft; gives its id. The proposal is made again from what stands now.

    Raises NotFound, NotPermitted, Frozen, or Invalid by field: a red flag, a block, a guard or a stop without a typed
    reason, a muscle that planning does not propose without a reason in words, or one that is in the plan already.
    """
    require(uow, Permission.TARGET_WRITE)
    patient_id = held_beside(uow, visit_id, Permission.VISIT_CHART).patient_id
    active_patient(uow, patient_id)  # Before the plan is read: two windows that add the same target come one by one.
    now = proposed(uow, patient_id, visit_id)
    line = proposed_line(now, target)
    if found := _problems(now, line, target, reason):
        raise Invalid(found)
    against = restriction(now.planning.facts, target.muscle, target.side)
    named = dict.fromkeys((*(line.rules if line else ()), *against.rules))
    entry = PlanEntry(target, state, reason, rules=tuple(named))
    return add_item(uow, patient_id, entry, visit_id=visit_id, condition_id=_condition(now, target))


def change_target(
    uow: UnitOfWork,
    patient_id: str,
    item_id: str,
    number: int,
    target: Target,
    *,
    reason: str,
    note: str = "",
    visit_id: str | None = None,
) -> None:
    """Change dose, sites, purpose or reasons of a target; another muscle or side is another target.

    Raises NotFound, NotPermitted, Stale, Frozen, or Invalid by field: a guard that holds now asks for its typed reason.
    """
    require(uow, Permission.TARGET_WRITE)
    item = held_item(uow, item_id, number, patient_id=patient_id)
    before = item.entry.details
    if not isinstance(before, Target):
        raise NotFound
    if (before.muscle, before.side) != (target.muscle, target.side):
        raise Invalid({"muscle": "Another muscle or side is another target: decline this one and add that one."})
    held_back = restriction(planning_facts(uow, patient_id, visit_id), target.muscle, target.side)
    found = _guard_problem(held_back.to_justify or before.guard_reason, target)
    if before.site_group != target.site_group and _is_there(uow, item, target):
        found["site_group"] = _IN_PLAN
    if visit_id and held_back.blocked:
        found["muscle"] = held_back.blocked  # Outside a visit nobody can have answered today's eye questions.
    if found:
        raise Invalid(found)
    if _dose(before) == _dose(target):
        target = replace(target, basis=before.basis)  # Where an unchanged dose came from stays said.
    entry = replace(item.entry, details=target, reason=reason, note=note)
    change_item(uow, item_id, number, entry, visit_id=visit_id)


def check_reopened(uow: UnitOfWork, item: PlanItem, target: Target, visit_id: str | None) -> None:
    """Ask of a target that is taken up again what is asked of a new one. Raises Invalid by field of its state."""
    now = proposed(uow, item.patient_id, visit_id)
    held_back = restriction(now.planning.facts, target.muscle, target.side)
    if red_flag := _red_flag(now):
        raise Invalid({"state": red_flag})
    if _is_there(uow, item, target):
        raise Invalid({"state": _IN_PLAN})
    if visit_id and held_back.blocked:
        raise Invalid({"state": held_back.blocked})
    if found := _guard_problem(held_back.to_justify, target):
        raise Invalid({"state": f"{found['guard_reason']} Change what it says first."})


def proposed_line(now: Proposed, target: Target) -> ProposedTarget | None:
    """What planning proposes for a muscle on a side, if it does."""
    place = (target.muscle, target.side)
    return next((one for one in now.proposal.targets if (one.muscle, one.side) == place), None)


def _problems(now: Proposed, line: ProposedTarget | None, target: Target, reason: str) -> dict[str, str]:
    if red_flag := _red_flag(now):
        return {"": red_flag}
    if target.muscle not in MUSCLES:
        return {"muscle": "Choose a muscle from the list."}
    if any(_is_same(one, target) for one in now.planning.items):
        return {"muscle": _IN_PLAN}
    held_back = restriction(now.planning.facts, target.muscle, target.side)
    if held_back.blocked:
        return {"muscle": held_back.blocked}
    found = _guard_problem(held_back.to_justify, target)
    if line is None and len(reason.strip()) < REASON_MINIMUM:
        found["reason"] = f"Planning does not propose this muscle: say why, in at least {REASON_MINIMUM} characters."
    return found


def _red_flag(now: Proposed) -> str:
    flags = now.proposal.red_flags
    return _RED_FLAG.format(words=flags[0].words.rstrip(".")) if flags else ""


def _is_there(uow: UnitOfWork, item: PlanItem, target: Target) -> bool:
    return any(_is_same(one, target) for one in patient_plan(uow, item.patient_id) if one.id != item.id)


def _is_same(item: PlanItem, target: Target) -> bool:
    one = item.entry.details
    if not (isinstance(one, Target) and item.is_open and (one.muscle, one.side) == (target.muscle, target.side)):
        return False
    # The muscle as a whole holds each of its parts: both in the plan would be that part twice.
    return one.site_group == target.site_group or None in {one.site_group, target.site_group}


def _guard_problem(guard: str, target: Target) -> dict[str, str]:
    if not guard or len(target.guard_reason.strip()) >= REASON_MINIMUM:
        return {}
    return {
        "guard_reason": f"{guard.rstrip('.')}. Say why it is used all the same, in at least {REASON_MINIMUM} characters."
    }


def _dose(target: Target) -> tuple[str | None, int, Decimal]:
    return target.product, target.sites, target.units_per_site


def _condition(now: Proposed, target: Target) -> str | None:
    """The palsy that a target is about, where only one can be meant."""
    palsies = now.planning.facts.palsies
    mine = [one.id for one in palsies if one.side is target.side] or [one.id for one in palsies]
    return mine[0] if len(mine) == 1 else None
