"""Searches kept under a name: saved, changed and retired by whoever owns them; they hold criteria, never patients."""

from __future__ import annotations

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.cohort_checks import problems
from clinic.domain.cohort_json import to_json
from clinic.domain.cohorts import COHORTS_MAXIMUM, NAME_MAXIMUM, SCHEMA, Criteria
from clinic.domain.errors import Invalid, NotFound, NotPermitted, Stale
from clinic.domain.events import Action, Event
from clinic.models import Cohort, Membership
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork


def save_cohort(uow: UnitOfWork, name: str, criteria: Criteria, *, shared: bool) -> str:
    """Keep a search under a name of one's own; gives its id. Raises NotPermitted, or Invalid by field."""
    require(uow, Permission.COHORT_SEARCH)
    name = _checked(uow, name, criteria, None)
    row = Cohort(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        name=name,
        criteria=to_json(criteria),
        schema_number=SCHEMA,
        owner_id=uow.actor.user_id,
        owner_name=uow.actor.name,
        shared=shared,
        salt=uow.new_id() + uow.new_id(),
        created_at=uow.now,
        changed_at=uow.now,
    )
    uow.session.add(row)
    uow.record(Event(Action.COHORT_SAVED, f"cohort:{row.id}", new=_told(row)))
    return row.id


def change_cohort(
    uow: UnitOfWork, cohort_id: str, edit_version: int, name: str, criteria: Criteria, *, shared: bool
) -> None:
    """Give one's own search another name, other criteria, or share it. Raises NotFound, NotPermitted, Stale, Invalid."""
    row = _owned(uow, cohort_id)
    _check_version(row, edit_version)
    name = _checked(uow, name, criteria, cohort_id)
    old = _told(row)
    row.name, row.criteria, row.schema_number, row.shared = name, to_json(criteria), SCHEMA, shared
    row.edit_version, row.changed_at = row.edit_version + 1, uow.now
    new = _told(row)
    changed = {key for key in new if new[key] != old[key]}
    kept = ({key: values[key] for key in sorted(changed)} for values in (old, new))
    uow.record(Event(Action.COHORT_SAVED, f"cohort:{cohort_id}", old=next(kept), new=next(kept)))


def retire_cohort(uow: UnitOfWork, cohort_id: str, edit_version: int) -> None:
    """Stop using one's own search; it stays on record. Raises NotFound, NotPermitted, Stale."""
    row = _owned(uow, cohort_id)
    _check_version(row, edit_version)
    row.retired_at, row.edit_version = uow.now, row.edit_version + 1
    uow.record(Event(Action.COHORT_RETIRED, f"cohort:{cohort_id}", old=_told(row)))


def _told(row: Cohort) -> dict[str, object]:
    return {"name": row.name, "criteria": row.criteria, "shared": row.shared}


def _owned(uow: UnitOfWork, cohort_id: str) -> Cohort:
    require(uow, Permission.COHORT_SEARCH)
    row = uow.session.get(Cohort, (uow.clinic_id, cohort_id), with_for_update=True)
    is_mine = row is not None and row.owner_id == uow.actor.user_id
    if row is None or row.retired_at is not None or not (is_mine or row.shared):
        raise NotFound
    if not is_mine:
        raise NotPermitted(f"{row.owner_name} keeps this search. Save it under a name of your own to change it.")
    return row


def _check_version(row: Cohort, shown: int) -> None:
    if row.edit_version != shown:
        raise Stale(
            "This search was changed since it was shown. What you chose is still here; nothing was saved."
            " Compare it with the saved one, and save again.",
            shown=shown,
            current=row.edit_version,
        )


def _checked(uow: UnitOfWork, name: str, criteria: Criteria, cohort_id: str | None) -> str:
    """The name as it is kept. Raises Invalid beside ``name``, or by criterion."""
    if found := problems(criteria):
        raise Invalid(found)
    if criteria.is_empty:
        raise Invalid({"name": "Choose at least one criterion first: a search that asks nothing need not be kept."})
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAXIMUM:
        raise Invalid({"name": f"Give the search a name of at most {NAME_MAXIMUM} characters."})
    if not name.isprintable():
        raise Invalid({"name": "The name holds an invisible sign. Delete it and type it by hand."})
    # The person's own row is the lock under which the names are counted and compared.
    uow.session.get(Membership, (uow.clinic_id, uow.actor.user_id), with_for_update=True)
    mine = select(Cohort.id, Cohort.name).where(Cohort.owner_id == uow.actor.user_id, Cohort.retired_at.is_(None))
    others = {row.name.casefold() for row in uow.session.execute(mine) if row.id != cohort_id}
    if name.casefold() in others:
        raise Invalid({"name": "You keep a search of this name already. Choose another name, or change that one."})
    if len(others) >= COHORTS_MAXIMUM:
        raise Invalid({"name": f"You keep {COHORTS_MAXIMUM} searches already. Retire one first."})
    return name
