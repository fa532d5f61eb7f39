"""Writing a therapist's visit into a draft, whole, and taking it out again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, Stale
from clinic.domain.events import Action, Event
from clinic.domain.training import Feedback, Training, problems, texts
from clinic.models import TrainingFeedback, TrainingSession
from clinic.queries.plan_record import TrainingRow
from clinic.queries.visit_record import visit_record
from clinic.services.authority import require
from clinic.services.drafts import held_beside
from clinic.unit_of_work import UnitOfWork


def save_training(uow: UnitOfWork, visit_id: str, training: Training, *, edit_version: int = 0) -> None:
    """Write the therapist's visit of a draft, or change it; rows of feedback are replaced by those given.

    ``edit_version`` is that of the visit as shown, 0 when there was none. Raises NotFound, Frozen, NotPermitted, Invalid
    by field, or Stale.
    """
    visit = held_beside(uow, visit_id, Permission.VISIT_CHART)
    require(uow, Permission.PLAN_WRITE)
    if found := problems(training):
        raise Invalid(found)
    before = visit_record(uow, visit_id).plan.training
    _refuse_stale(before, edit_version)
    _write(uow, visit_id, training)
    old, new = texts(training_of(before)) if before else {}, texts(training)
    changed = [name for name in {**old, **new} if old.get(name, "") != new.get(name, "")]
    uow.record(
        Event(
            Action.TRAINING_SAVED,
            f"visit:{visit_id}",
            visit.patient_id,
            old={name: old[name] for name in changed if name in old},
            new={name: new.get(name, "") for name in changed},
        )
    )


def remove_training(uow: UnitOfWork, visit_id: str, edit_version: int) -> None:
    """Take the therapist's visit out of a draft, for one entered by mistake. Raises as ``save_training`` does."""
    visit = held_beside(uow, visit_id, Permission.VISIT_CHART)
    require(uow, Permission.PLAN_WRITE)
    before = visit_record(uow, visit_id).plan.training
    if before is None:
        raise Stale("There is nothing to take out any more. Nothing was changed.", shown=edit_version, current=0)
    _refuse_stale(before, edit_version)
    _clear_feedback(uow, visit_id)
    uow.session.delete(uow.session.get_one(TrainingSession, (uow.clinic_id, visit_id)))
    uow.record(Event(Action.TRAINING_REMOVED, f"visit:{visit_id}", visit.patient_id, old=texts(training_of(before))))


def training_of(row: TrainingRow) -> Training:
    """A stored visit as it was entered."""
    feedback = tuple(
        Feedback(one.method, one.place, one.brought_down, one.grade_before, one.grade_after, one.note)
        for one in row.feedback
    )
    return Training(row.minutes, row.methods, feedback, row.home_practice, row.note)


def _refuse_stale(before: TrainingRow | None, shown: int) -> None:
    current = before.edit_version if before else 0
    if shown != current:
        who = before.by if before else "Somebody"
        raise Stale(
            f"{who} changed the therapist’s visit meanwhile. Nothing of yours was saved over it: what you typed is kept"
            " here; look at what stands now, and save again if yours is right.",
            shown=shown,
            current=current,
        )


def _write(uow: UnitOfWork, visit_id: str, training: Training) -> None:
    values: dict[str, Any] = {
        "minutes": training.minutes,
        "methods": " ".join(training.methods),
        "home_practice": training.home_practice.strip(),
        "note": training.note.strip(),
        "recorded_by": uow.actor.name,
        "recorded_at": uow.now,
    }
    row = uow.session.get(TrainingSession, (uow.clinic_id, visit_id), populate_existing=True)
    if row is None:
        uow.session.add(TrainingSession(clinic_id=uow.clinic_id, visit_id=visit_id, **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
        row.edit_version += 1
    _clear_feedback(uow, visit_id)
    for number, one in enumerate(training.feedback, 1):
        uow.session.add(
            TrainingFeedback(
                clinic_id=uow.clinic_id,
                visit_id=visit_id,
                number=number,
                method=one.method,
                side=one.place.side,
                movement=one.place.movement,
                muscle_group=one.place.group,
                brought_down=one.brought_down,
                grade_before=one.grade_before,
                grade_after=one.grade_after,
                note=one.note.strip(),
            )
        )


def _clear_feedback(uow: UnitOfWork, visit_id: str) -> None:
    f = TrainingFeedback
    mine = delete(f).where(f.clinic_id == uow.clinic_id, f.visit_id == visit_id)
    uow.session.execute(mine, execution_options={"synchronize_session": False})
    uow.session.expire_all()
