"""Writing a patient's plan from its pages: goals, dates, the next step, and how an item stands."""

from __future__ import annotations

from dataclasses import replace

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.plan_entries import NOTE_MINIMUM
from clinic.domain.plans import Appointment, Exercise, Goal, ItemKind, PlanEntry, PlanItem, PlanState, Step, Target
from clinic.queries.plan_items import patient_plan
from clinic.services.authority import require
from clinic.services.goals import next_place
from clinic.services.patients import active_patient
from clinic.services.plan_items import add_item, change_item, held_item, permission_for, set_state
from clinic.services.plan_targets import check_reopened
from clinic.services.therapy import require_fit, require_room
from clinic.unit_of_work import UnitOfWork


def add_goal(uow: UnitOfWork, patient_id: str, goal: Goal, *, visit_id: str | None = None) -> str:
    """Add a goal after those that stand; gives its id. Raises as ``add_item``."""
    require(uow, Permission.PLAN_WRITE)
    active_patient(uow, patient_id)
    entry = PlanEntry(goal, PlanState.AGREED, place=next_place(patient_plan(uow, patient_id)))
    return add_item(uow, patient_id, entry, visit_id=visit_id)


def change_goal(
    uow: UnitOfWork,
    patient_id: str,
    item_id: str,
    number: int,
    goal: Goal,
    *,
    note: str = "",
    visit_id: str | None = None,
) -> None:
    """Change what a goal says. Raises as ``change_item``; NotFound for another patient's."""
    require(uow, Permission.PLAN_WRITE)
    item = held_item(uow, item_id, number, patient_id=patient_id)
    if item.kind is not ItemKind.GOAL:
        raise NotFound
    change_item(uow, item_id, number, replace(item.entry, details=goal, note=note), visit_id=visit_id)


def add_date(uow: UnitOfWork, patient_id: str, appointment: Appointment, *, reason: str = "") -> str:
    """Add a date of the patient's; gives its id. Raises as ``add_item``."""
    return add_item(uow, patient_id, PlanEntry(appointment, PlanState.AGREED, reason))


def decide_step(
    uow: UnitOfWork, patient_id: str, step: Step, *, reason: str, state: PlanState = PlanState.PROPOSED
) -> str:
    """Say which step of care comes next, and why; the step that stood until now is superseded. Gives the new one's id.

    Raises as ``add_item``, and Invalid without a reason in words.
    """
    require(uow, Permission.PLAN_WRITE)
    if len(reason.strip()) < NOTE_MINIMUM:
        raise Invalid({"reason": f"Say why this comes next, in at least {NOTE_MINIMUM} characters."})
    item_id = add_item(uow, patient_id, PlanEntry(step, state, reason))
    for one in patient_plan(uow, patient_id):
        if one.kind is ItemKind.STEP and one.is_open and one.id != item_id:
            set_state(uow, one.id, one.number, PlanState.SUPERSEDED, "Another step was decided on.")
    return item_id


def settle_item(
    uow: UnitOfWork,
    patient_id: str,
    item_id: str,
    number: int,
    state: PlanState,
    note: str = "",
    *,
    visit_id: str | None = None,
) -> None:
    """Say how an item of this patient stands. Raises as ``set_state``; NotFound for another patient's.

    What is taken up again is asked about as if it were new: a target's guard and block, the number of exercises.
    """
    item = held_item(uow, item_id, number, patient_id=patient_id)
    require(uow, permission_for(item.kind))
    if item.kind is ItemKind.REFERRAL and state is PlanState.DONE:
        raise Invalid({"state": "A referral is done by its answer: enter the answer and its day under Referrals."})
    if state.is_open and isinstance(item.entry.details, Exercise):
        require_fit(uow, patient_id, item.entry.details.exercise, visit_id)
    if state.is_open and not item.is_open:
        _check_reopened(uow, item, visit_id)
    set_state(uow, item_id, number, state, note, visit_id=visit_id)


def _check_reopened(uow: UnitOfWork, item: PlanItem, visit_id: str | None) -> None:
    details = item.entry.details
    if isinstance(details, Target):
        check_reopened(uow, item, details, visit_id)
    elif isinstance(details, Exercise):
        require_room(uow, item.patient_id, details.exercise)
