"""Two records of one person brought together, and parted again: only the pointer from a row to its patient moves.

Nothing that was signed, hashed or sealed changes a byte; the triggers let no other change through, and only between
two records that a merge in force links.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Table, or_, select, update

from clinic.domain.actors import Permission
from clinic.domain.errors import Frozen, Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.domain.visits import REASON_MINIMUM, VisitState
from clinic.domain.wording import day_text
from clinic.models import (
    Condition,
    GoalRating,
    InjectionSession,
    InjectionSite,
    Patient,
    PatientDistinct,
    PatientMerge,
    PlanItem,
    TimeOut,
    Visit,
    VisitCondition,
)
from clinic.models.moving import PATIENT, hanging, moving_tables
from clinic.queries.merges import read_moved
from clinic.services.authority import require, require_fresh_password
from clinic.services.drafts import refresh_patient_dates
from clinic.services.merged_facts import give_back_facts, take_up_facts
from clinic.services.patients import REASON_MAXIMUM, active_patient, check_version, index_words
from clinic.unit_of_work import UnitOfWork

_AT_ONCE = 500
Keys = dict[str, list[str]]
_POINTERS: tuple[tuple[Any, Any, Any], ...] = (
    (VisitCondition, VisitCondition.condition_id, Condition),
    (GoalRating, GoalRating.item_id, PlanItem),
    (InjectionSite, InjectionSite.from_planned_target, PlanItem),
    (InjectionSession, InjectionSession.touch_up_of, Visit),
)
"""By what else rows of a draft point to rows of its patient, and to whose."""


def mark_distinct(uow: UnitOfWork, one_id: str, other_id: str) -> None:
    """Say that two similar records are of two people. Raises NotFound, and Invalid for a record and itself."""
    require(uow, Permission.PATIENT_WRITE)
    first, second = _pair(uow, one_id, other_id)
    key = (uow.clinic_id, first.id, second.id)
    if uow.session.get(PatientDistinct, key) is not None:
        return
    uow.session.add(
        PatientDistinct(
            clinic_id=uow.clinic_id, one_id=first.id, other_id=second.id, by_name=uow.actor.name, at=uow.now
        )
    )
    for one, other in ((first, second), (second, first)):
        uow.record(
            Event(Action.PATIENTS_DISTINCT, f"patient:{one.id}", one.id, new={"other": other.id, "by": uow.actor.name})
        )


def merge(
    uow: UnitOfWork,
    kept_id: str,
    merged_id: str,
    *,
    kept_version: int,
    merged_version: int,
    record_number: str,
    reason: str,
) -> str:
    """Take one record up into another and give the merge's id; ``record_number`` is that of the one that goes, typed.

    Raises FreshPasswordNeeded, NotFound, Stale, Invalid, and Frozen for a retired record or while an injection is under way.
    """
    require(uow, Permission.PATIENT_MERGE)
    require_fresh_password(uow)
    _pair(uow, kept_id, merged_id)
    kept, merged = active_patient(uow, kept_id), active_patient(uow, merged_id)
    check_version(kept.edit_version, kept_version)
    check_version(merged.edit_version, merged_version)
    _check_typed(merged, record_number, reason)
    _refuse_under_way(uow, (kept_id, merged_id))
    keys = _keys_of(uow, merged_id)
    facts = take_up_facts(uow, kept_id, merged_id)
    row = PatientMerge(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        merged_id=merged_id,
        kept_id=kept_id,
        reason=reason.strip(),
        by_id=uow.actor.user_id,
        by_name=uow.actor.name,
        at=uow.now,
        moved=_text(keys),
        facts=_text(facts),
    )
    uow.session.add(row)
    uow.session.flush()  # The triggers ask for it.
    _point(uow, keys, merged_id, kept_id)
    merged.retired_at = uow.now
    merged.retired_reason = f"Merged into record {kept.record_number}: {row.reason}"
    _after(uow, kept, merged)
    _tell(uow, Action.PATIENTS_MERGED, row, keys, row.reason)
    return row.id


def part(uow: UnitOfWork, merged_id: str, reason: str, *, kept_version: int) -> str:
    """Undo the merge of a record and give the id of the one that had taken it up.

    What was moved goes back, with what was hung on it since; everything else that was entered since stays. Raises
    FreshPasswordNeeded, NotFound, Stale, Invalid, and Frozen when a later merge has to be undone first.
    """
    require(uow, Permission.PATIENT_MERGE)
    require_fresh_password(uow)
    row = _in_force(uow, merged_id)
    first, second = _pair(uow, row.kept_id, merged_id)
    kept, merged = (first, second) if first.id == row.kept_id else (second, first)
    check_version(kept.edit_version, kept_version)
    _check_reason(reason)
    _refuse_out_of_order(uow, row)
    _refuse_under_way(uow, (row.kept_id,))
    keys = _with_hanging(uow, row.kept_id, {table: sorted(ids) for table, ids in read_moved(row.moved).items()})
    _point(uow, keys, row.kept_id, merged_id)
    _let_go(uow, (row.kept_id, merged_id))
    give_back_facts(uow, row)
    row.moved = _text(keys)
    row.undone_at, row.undone_by, row.undone_reason = uow.now, uow.actor.name, reason.strip()
    merged.retired_at, merged.retired_reason = None, ""
    uow.session.flush()
    _after(uow, kept, merged)
    _tell(uow, Action.PATIENTS_UNMERGED, row, keys, row.undone_reason)
    return row.kept_id


def _pair(uow: UnitOfWork, one_id: str, other_id: str) -> tuple[Patient, Patient]:
    """Both rows, locked in the order of their ids so that two requests never wait for each other."""
    if one_id == other_id:
        raise Invalid({"": "These are one record and itself. Choose two."})
    found = [
        uow.session.get(Patient, (uow.clinic_id, patient_id), with_for_update=True, populate_existing=True)
        for patient_id in sorted((one_id, other_id))
    ]
    if found[0] is None or found[1] is None:
        raise NotFound
    return found[0], found[1]


def _check_typed(merged: Patient, record_number: str, reason: str) -> None:
    wrong = {}
    if "".join(record_number.split()).casefold() != "".join(merged.record_number.split()).casefold():
        wrong["record_number"] = (
            "This is not the record number of the record that goes. Type the number as it stands above it."
        )
    wrong |= _wrong_reason(reason)
    if wrong:
        raise Invalid(wrong)


def _check_reason(reason: str) -> None:
    if wrong := _wrong_reason(reason):
        raise Invalid(wrong)


def _wrong_reason(reason: str) -> dict[str, str]:
    if not REASON_MINIMUM <= len(reason.strip()) <= REASON_MAXIMUM:
        return {"reason": f"Say why in {REASON_MINIMUM} to {REASON_MAXIMUM} characters."}
    return {}


def _refuse_under_way(uow: UnitOfWork, patient_ids: tuple[str, ...]) -> None:
    """Refuse while a time-out or a given site stands in a draft: what was confirmed must not change under the needle."""
    drafts = select(Visit.id).where(Visit.patient_id.in_(patient_ids), Visit.state == VisitState.DRAFT)
    # Whoever takes a time-out or marks a site holds its visit: wait for them, then look.
    uow.session.scalars(drafts.order_by(Visit.id).with_for_update()).all()
    same = (TimeOut.clinic_id == Visit.clinic_id) & (TimeOut.visit_id == Visit.id)
    given = select(InjectionSite.id).where(
        InjectionSite.clinic_id == Visit.clinic_id,
        InjectionSite.visit_id == Visit.id,
        InjectionSite.given_at.is_not(None),
    )
    days = uow.session.scalars(
        select(Visit.on)
        .where(Visit.patient_id.in_(patient_ids), Visit.state == VisitState.DRAFT, Visit.amends_id.is_(None))
        .where(or_(select(TimeOut.id).where(same).exists(), given.exists()))
        .order_by(Visit.on)
    ).all()
    if days:
        said = ", ".join(dict.fromkeys(day_text(day) for day in days))
        raise Frozen(
            f"An injection session is under way in a draft ({said}): its time-out confirmed one record. Nothing was"
            " changed. Finish and sign that session, or discard it, then come back."
        )


def _in_force(uow: UnitOfWork, merged_id: str) -> PatientMerge:
    if uow.session.get(Patient, (uow.clinic_id, merged_id)) is None:
        raise NotFound
    row = uow.session.scalar(
        select(PatientMerge).where(PatientMerge.merged_id == merged_id, PatientMerge.undone_at.is_(None))
    )
    if row is None:
        raise Frozen("This record is part of no merge now; there is nothing to part.")
    return row


def _refuse_out_of_order(uow: UnitOfWork, row: PatientMerge) -> None:
    later = uow.session.scalar(
        select(Patient.record_number)
        .join(PatientMerge, (PatientMerge.clinic_id == Patient.clinic_id) & (PatientMerge.kept_id == Patient.id))
        .where(PatientMerge.merged_id == row.kept_id, PatientMerge.undone_at.is_(None))
    )
    if later is not None:
        raise Frozen(
            f"The record that took this one up was itself merged into record {later} since. Part those two first."
        )
    newest = uow.session.execute(
        select(PatientMerge.id, Patient.record_number)
        .join(Patient, (PatientMerge.clinic_id == Patient.clinic_id) & (PatientMerge.merged_id == Patient.id))
        .where(PatientMerge.kept_id == row.kept_id, PatientMerge.undone_at.is_(None), PatientMerge.at > row.at)
        .order_by(PatientMerge.at.desc())
    ).first()
    if newest is not None:
        raise Frozen(f"Record {newest.record_number} was merged into the same record later. Part that one first.")


def _keys_of(uow: UnitOfWork, patient_id: str) -> Keys:
    found: Keys = {}
    for table in moving_tables():
        ids = select(table.c.id).where(table.c.clinic_id == uow.clinic_id, table.c[PATIENT] == patient_id)
        if keys := list(uow.session.scalars(ids.order_by(table.c.id))):
            found[table.name] = keys
    return found


def _with_hanging(uow: UnitOfWork, kept_id: str, keys: Keys) -> Keys:
    """The keys and those of rows that were hung on them since: an amendment goes where its visit goes."""
    found = {table: set(ids) for table, ids in keys.items()}
    while True:
        new = [(table.name, one) for table in moving_tables() for one in _hung(uow, table, kept_id, found)]
        if not new:
            return {table: sorted(ids) for table, ids in sorted(found.items())}
        for name, one in new:
            found.setdefault(name, set()).add(one)


def _hung(uow: UnitOfWork, table: Table, kept_id: str, found: Mapping[str, set[str]]) -> set[str]:
    ids: set[str] = set()
    for column, target in hanging(table):
        for some in _parts(sorted(found.get(target, ()))):
            mine = select(table.c.id).where(table.c.clinic_id == uow.clinic_id, table.c[PATIENT] == kept_id)
            ids.update(uow.session.scalars(mine.where(column.in_(some))))
    return ids - found.get(table.name, set())


def _point(uow: UnitOfWork, keys: Keys, old_id: str, new_id: str) -> None:
    for table in moving_tables():
        for some in _parts(keys.get(table.name, [])):
            uow.session.execute(
                update(table)
                .where(table.c.clinic_id == uow.clinic_id, table.c.id.in_(some), table.c[PATIENT] == old_id)
                .values({PATIENT: new_id})
            )
    uow.session.flush()
    for row in uow.session.identity_map.values():
        if not isinstance(row, (Patient, PatientMerge)):
            uow.session.expire(row)


def _let_go(uow: UnitOfWork, patient_ids: tuple[str, ...]) -> None:
    """Take out of open drafts what they were given of the other record: its conditions, goals, plan and sessions."""
    drafts = select(Visit.id, Visit.patient_id).where(
        Visit.patient_id.in_(patient_ids), Visit.state == VisitState.DRAFT
    )
    for visit_id, patient_id in uow.session.execute(drafts).all():
        for model, column, of in _POINTERS:
            own = select(of.id).where(of.clinic_id == uow.clinic_id, of.patient_id == patient_id)
            strange = select(model).where(model.visit_id == visit_id, column.is_not(None), column.not_in(own))
            for row in uow.session.scalars(strange):
                if column.nullable:
                    setattr(row, column.key, None)
                else:
                    uow.session.delete(row)


def _parts(keys: list[str]) -> Iterable[list[str]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))


def _after(uow: UnitOfWork, kept: Patient, merged: Patient) -> None:
    """What follows from rows that moved: versions, the dates of lists, the words of the search."""
    drafts = select(Visit).where(Visit.patient_id.in_((kept.id, merged.id)), Visit.state == VisitState.DRAFT)
    for draft in uow.session.scalars(drafts):
        draft.edit_version += 1
        draft.changed_at, draft.changed_by = uow.now, uow.actor.name
    for patient in (kept, merged):
        patient.edit_version += 1
        refresh_patient_dates(uow, patient.id)
        index_words(uow, patient)


def _tell(uow: UnitOfWork, action: Action, row: PatientMerge, keys: Keys, reason: str) -> None:
    """One entry in the trail of each of the two; the hash holds what moved to what was noted."""
    told: dict[str, Any] = {table: len(ids) for table, ids in keys.items()}
    told |= {"merge": row.id, "kept": row.kept_id, "merged": row.merged_id}
    told |= {"moved_sha256": kept_sha256(row.moved), "facts_sha256": kept_sha256(row.facts), "by": uow.actor.name}
    for patient_id in (row.kept_id, row.merged_id):
        uow.record(Event(action, f"patient:{patient_id}", patient_id, reason=reason, new=told))


def kept_sha256(text: str) -> str:
    """The hash by which the audit trail knows what a merge moved, and which safety answers stood before it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _text(values: Mapping[str, object]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True)
