"""Answering the outcome of a session in a visit, and taking such an answer out again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete

from clinic.domain.actors import Permission, RecordState, permits
from clinic.domain.errors import Invalid, NotPermitted, Stale
from clinic.domain.events import Action, Event
from clinic.domain.review_entries import ReviewEntry, muscle_key, problems
from clinic.models import Review, ReviewEffect, ReviewEffectMuscle, ReviewImpression
from clinic.queries.outcomes import ImpressionRow, ReviewRow
from clinic.queries.reviews import own_review, session_to_review
from clinic.queries.visit_record import visit_record
from clinic.services.drafts import held_beside
from clinic.unit_of_work import UnitOfWork

__all__ = ["ReviewEntry", "remove_review", "save_review"]

_NOTE_MAXIMUM = 4000
_VALUES = (
    "contact",
    "first_noticed_day",
    "best_day",
    "wearing",
    "worn_off_day",
    "adverse_event",
    "note",
)


def save_review(uow: UnitOfWork, visit_id: str, session_id: str, entry: ReviewEntry, *, edit_version: int = 0) -> str:
    """Write the review of a session into a visit, or change it; gives its id.

    ``edit_version`` is that of the review as shown, 0 when there was none. Impressions belong to people who inject;
    anybody else's save leaves those that stand. Raises NotFound, Frozen, NotPermitted, Invalid by field, or Stale.
    """
    visit = held_beside(uow, visit_id, Permission.VISIT_CHART)
    record = visit_record(uow, visit_id)
    session = session_to_review(uow, record, session_id)
    may_judge = permits(uow.actor.role, Permission.INJECTION_GIVE, RecordState.DRAFT)
    if entry.impressions and not may_judge:
        raise NotPermitted("The impression of a muscle belongs to those who inject.")
    found = problems(entry, (visit.on - session.on).days, session.treated.keys())
    if len(entry.note) > _NOTE_MAXIMUM:
        found["note"] = f"At most {_NOTE_MAXIMUM} characters."
    if found:
        raise Invalid(found)
    before = own_review(record, session)
    _refuse_stale(before, edit_version)
    values = {name: getattr(entry, name) for name in _VALUES} | {"note": entry.note.strip()}
    review = _row(uow, visit_id, before, session.id, values)
    _write_effects(uow, review, entry)
    if may_judge:
        _write_impressions(uow, review, entry, before.impressions if before else ())
    old, new = _described(before), _said(entry, values)
    if not may_judge:
        old.pop("impressions", None)
        new.pop("impressions", None)
    changed = [name for name in {**old, **new} if old.get(name, "") != new.get(name, "")]
    uow.record(
        Event(
            Action.REVIEW_SAVED,
            f"visit:{visit_id}",
            visit.patient_id,
            old={name: old[name] for name in changed if name in old},
            new={name: new.get(name, "") for name in changed} | {"session": session.id},
        )
    )
    return review.id


def remove_review(uow: UnitOfWork, visit_id: str, session_id: str, edit_version: int) -> None:
    """Take a review out of a draft, for one that was answered by mistake. Raises as ``save_review`` does."""
    visit = held_beside(uow, visit_id, Permission.VISIT_CHART)
    record = visit_record(uow, visit_id)
    before = own_review(record, session_to_review(uow, record, session_id))
    if before is None:
        raise Stale("This review is not there any more. Nothing was changed.", shown=edit_version, current=0)
    if before.impressions and not permits(uow.actor.role, Permission.INJECTION_GIVE, RecordState.DRAFT):
        raise NotPermitted("This review holds an injector’s impressions. Ask one of those who inject to take it out.")
    _refuse_stale(before, edit_version)
    for child in (ReviewEffectMuscle, ReviewEffect, ReviewImpression):
        _clear(uow, child, before.id)
    uow.session.delete(uow.session.get_one(Review, (uow.clinic_id, before.id)))
    old = _described(before) | {"session": before.session_id}
    uow.record(Event(Action.REVIEW_REMOVED, f"visit:{visit_id}", visit.patient_id, old=old))


def _refuse_stale(before: ReviewRow | None, shown: int) -> None:
    current = before.edit_version if before else 0
    if shown != current:
        who = before.answered_by if before else "Somebody"
        raise Stale(
            f"{who} changed this review meanwhile. Nothing of yours was saved over it: what you typed is kept here;"
            " look at what stands now, and save again if yours is right.",
            shown=shown,
            current=current,
        )


def _row(uow: UnitOfWork, visit_id: str, before: ReviewRow | None, session_id: str, values: dict[str, Any]) -> Review:
    stamp: dict[str, Any] = {"answered_by": uow.actor.name, "answered_at": uow.now, "session_id": session_id}
    if before is None:
        review = Review(clinic_id=uow.clinic_id, id=uow.new_id(), visit_id=visit_id, **values, **stamp)
        uow.session.add(review)
    else:
        review = uow.session.get_one(Review, (uow.clinic_id, before.id), populate_existing=True)
        for name, value in (values | stamp).items():
            setattr(review, name, value)
        review.edit_version += 1
    uow.session.flush()  # Its children need it.
    return review


def _clear(uow: UnitOfWork, child: Any, review_id: str) -> None:
    mine = (child.clinic_id == uow.clinic_id, child.review_id == review_id)
    uow.session.execute(delete(child).where(*mine), execution_options={"synchronize_session": False})


def _write_effects(uow: UnitOfWork, review: Review, entry: ReviewEntry) -> None:
    _clear(uow, ReviewEffectMuscle, review.id)
    _clear(uow, ReviewEffect, review.id)
    for place, effect, worse, muscles in entry.effects:
        of_pattern: dict[str, Any] = {
            "clinic_id": uow.clinic_id,
            "review_id": review.id,
            "visit_id": review.visit_id,
            "side": place.side,
            "movement": place.movement,
            "muscle_group": place.group,
        }
        uow.session.add(ReviewEffect(**of_pattern, effect=effect, worse=worse))
        for muscle, side in muscles:
            uow.session.add(ReviewEffectMuscle(**of_pattern, muscle=muscle, muscle_side=side))


def _write_impressions(uow: UnitOfWork, review: Review, entry: ReviewEntry, before: tuple[ImpressionRow, ...]) -> None:
    stood = {(one.muscle, one.side, one.impression): one.by for one in before}
    _clear(uow, ReviewImpression, review.id)
    for muscle, side, impression in entry.impressions:
        uow.session.add(
            ReviewImpression(
                clinic_id=uow.clinic_id,
                review_id=review.id,
                visit_id=review.visit_id,
                muscle=muscle,
                side=side,
                impression=impression,
                by=stood.get((muscle, side, impression), uow.actor.name),
            )
        )


def _described(row: ReviewRow | None) -> dict[str, object]:
    if row is None:
        return {}
    entry = ReviewEntry(
        effects=tuple((one.place, one.effect, one.worse, one.muscles) for one in row.effects),
        impressions=tuple((one.muscle, one.side, one.impression) for one in row.impressions),
    )
    return _said(entry, {name: getattr(row, name) for name in _VALUES})


def _said(entry: ReviewEntry, values: dict[str, Any]) -> dict[str, object]:
    said: dict[str, object] = {name: "" if value is None else str(value) for name, value in values.items()}
    for place, effect, worse, muscles in entry.effects:
        linked = " ".join(sorted(muscle_key(*one) for one in muscles))
        said[f"effect {place.key}"] = f"{'worse' if worse else effect} ({linked})"
    said["impressions"] = ", ".join(
        sorted(f"{muscle_key(muscle, side)} {what}" for muscle, side, what in entry.impressions)
    )
    return said
