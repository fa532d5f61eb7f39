"""The therapy programme of a patient: exercises with their limits, never more than five at once, and what holds for all."""

from __future__ import annotations

from dataclasses import replace

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, NotFound, Stale
from clinic.domain.exercises import exercise_title, library
from clinic.domain.plans import Exercise, ItemKind, Mirror, PlanEntry, PlanItem, PlanState, Programme
from clinic.domain.therapy import MOST_AT_ONCE, refused
from clinic.models import Visit
from clinic.queries.plan_items import patient_plan
from clinic.queries.planning_facts import planning_facts
from clinic.services.authority import require
from clinic.services.drafts import held_beside
from clinic.services.patients import active_patient
from clinic.services.plan_items import add_item, change_item, held_item, set_state
from clinic.unit_of_work import UnitOfWork


def add_exercise(uow: UnitOfWork, visit_id: str, exercise: Exercise, *, agreed: bool = False, reason: str = "") -> str:
    """Give an exercise of the library to the patient of a draft; gives the item's id.

    Raises NotFound, Frozen, NotPermitted, or Invalid: also for a sixth open exercise, one that is open already, and one
    for control in a flaccid face or before day 100.
    """
    visit = _held(uow, visit_id)
    if exercise.exercise not in library():
        raise NotFound
    require_fit(uow, visit.patient_id, exercise.exercise, visit_id)
    require_room(uow, visit.patient_id, exercise.exercise)
    state = PlanState.AGREED if agreed else PlanState.PROPOSED
    return add_item(uow, visit.patient_id, PlanEntry(exercise, state, reason), visit_id=visit_id)


def change_exercise(
    uow: UnitOfWork,
    visit_id: str,
    item_id: str,
    number: int,
    exercise: Exercise,
    note: str = "",
    *,
    agreed: bool = False,
) -> None:
    """Change the dose, limit, cue or stop rule of an open exercise; which exercise it is stays.

    ``number`` is that of the entry shown. Raises NotFound, Frozen, NotPermitted, Stale, Invalid.
    """
    visit = _held(uow, visit_id)
    item = _held_exercise(uow, visit, item_id, number)
    if not item.is_open:
        raise Invalid({"": "This exercise is not open any more. Open it again first."})
    state = PlanState.AGREED if agreed else item.entry.state
    kept = replace(exercise, exercise=_details(item).exercise)
    require_fit(uow, visit.patient_id, kept.exercise, visit_id)
    entry = replace(item.entry, details=kept, state=state, note=note.strip())
    change_item(uow, item_id, number, entry, visit_id=visit_id)


def set_exercise_state(
    uow: UnitOfWork, visit_id: str, item_id: str, number: int, state: PlanState, note: str = ""
) -> None:
    """Agree on an exercise, stop it (done, or declined with a reason), or open it again while there is room.

    Raises as ``change_exercise`` does.
    """
    visit = _held(uow, visit_id)
    item = _held_exercise(uow, visit, item_id, number)
    if state.is_open:
        require_fit(uow, visit.patient_id, _details(item).exercise, visit_id)
    if state.is_open and not item.is_open:
        require_room(uow, visit.patient_id, _details(item).exercise)
    set_state(uow, item_id, number, state, note, visit_id=visit_id)


def save_programme(uow: UnitOfWork, visit_id: str, programme: Programme, *, number: int = 0) -> None:
    """Write what holds for all exercises of the patient; there is at most one open programme.

    ``number`` is that of the entry shown, 0 when there was none. Raises NotFound, Frozen, NotPermitted, Stale, Invalid.
    """
    visit = _held(uow, visit_id)
    if problem := _mirror_problem(programme):
        raise Invalid({"mirror_reason": problem})
    items = patient_plan(uow, visit.patient_id)
    standing = next((one for one in items if one.kind is ItemKind.PROGRAMME and one.is_open), None)
    if standing is None:
        if number:
            raise Stale("The programme was closed meanwhile. What you typed is kept here.", shown=number, current=0)
        add_item(uow, visit.patient_id, PlanEntry(programme, PlanState.AGREED), visit_id=visit_id)
    else:
        entry = replace(standing.entry, details=programme, note="")
        change_item(uow, standing.id, number, entry, visit_id=visit_id)


def require_fit(uow: UnitOfWork, patient_id: str, exercise_id: str, visit_id: str | None) -> None:
    """Refuse an exercise for control in a flaccid face or before day 100, as known in a visit or today. Raises Invalid."""
    if words := refused(planning_facts(uow, patient_id, visit_id), exercise_id):
        raise Invalid({"": words})


def require_room(uow: UnitOfWork, patient_id: str, exercise_id: str) -> None:
    """Refuse one more open exercise where five are open, or this one is; the caller holds the patient. Raises Invalid."""
    _refuse_crowd(_open_exercises(uow, patient_id), exercise_id)


def _held(uow: UnitOfWork, visit_id: str) -> Visit:
    """The draft, and the lock on its patient: two visits of one patient count their exercises one after the other."""
    visit = held_beside(uow, visit_id, Permission.VISIT_CHART)
    require(uow, Permission.PLAN_WRITE)
    active_patient(uow, visit.patient_id)
    return visit


def _held_exercise(uow: UnitOfWork, visit: Visit, item_id: str, number: int) -> PlanItem:
    item = held_item(uow, item_id, number, patient_id=visit.patient_id)
    if item.kind is not ItemKind.EXERCISE:
        raise NotFound
    return item


def _details(item: PlanItem) -> Exercise:
    if not isinstance(item.entry.details, Exercise):
        raise NotFound
    return item.entry.details


def _open_exercises(uow: UnitOfWork, patient_id: str) -> tuple[str, ...]:
    items = patient_plan(uow, patient_id)
    return tuple(_details(one).exercise for one in items if one.kind is ItemKind.EXERCISE and one.is_open)


def _refuse_crowd(open_ids: tuple[str, ...], wanted: str) -> None:
    if wanted in open_ids:
        raise Invalid({"": f"“{exercise_title(wanted)}” is open already: change that one."})
    if len(open_ids) >= MOST_AT_ONCE:
        raise Invalid(
            {"": f"There are {len(open_ids)} open exercises, and no more than {MOST_AT_ONCE} at once: stop one first."}
        )


def _mirror_problem(programme: Programme) -> str:
    """Practice with or without a mirror is somebody's choice, so it comes with why."""
    if programme.mirror is not Mirror.OPEN and not programme.mirror_reason.strip():
        return "Say in a few words why: experts disagree, so it is your choice for this patient."
    return ""
