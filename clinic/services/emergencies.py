"""Emergency access: who may, beginning, ending and reviewing it."""

from __future__ import annotations

from sqlalchemy import select

from clinic.domain import emergencies as rules
from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, NotFound, NotPermitted
from clinic.domain.events import Action, Event
from clinic.models import EmergencyAccess, Membership
from clinic.queries import emergencies as query
from clinic.services.authority import require, require_fresh_password
from clinic.unit_of_work import UnitOfWork


def name_person(uow: UnitOfWork, user_id: str, *, may: bool) -> None:
    """Name a person for emergencies, or take it back. Raises NotFound for nobody of this clinic, Invalid for oneself."""
    require(uow, Permission.ACCOUNTS_MANAGE)
    require_fresh_password(uow)
    if may and user_id == uow.actor.user_id:
        raise Invalid({"may": "Nobody opens the records to themselves. Another administrator can name you."})
    membership = uow.session.get(Membership, (uow.clinic_id, user_id))
    if membership is None:
        raise NotFound
    old, membership.may_break_glass = membership.may_break_glass, may
    uow.record(
        Event(
            Action.USER_CHANGED,
            f"user:{user_id}",
            old={"may_use_emergency_access": old},
            new={"may_use_emergency_access": may},
        )
    )


def begin(uow: UnitOfWork, reason: str) -> str:
    """Open the records for reading, for an hour. Raises NotPermitted for everybody who was not named for it."""
    require(uow, Permission.EMERGENCY_ACCESS)
    if not rules.needs_it(uow.actor.role):
        raise Invalid({"": "You read records by your role. You do not need emergency access; nothing was begun."})
    if not query.may_begin(uow, uow.actor.user_id):
        raise NotPermitted("You are not named for emergency access. An administrator can name you beforehand.")
    require_fresh_password(uow)
    said = rules.checked_reason(reason)
    if query.holding(uow, uow.clinic_id, uow.actor.user_id, uow.actor.session_ref):
        raise Invalid({"": "Your emergency access holds already. It is not made longer."})
    row = EmergencyAccess(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        user_id=uow.actor.user_id,
        user_name=uow.actor.name,
        session_id=uow.actor.session_ref,
        reason=said,
        begun_at=uow.now,
        ends_at=uow.now + rules.LASTS,
    )
    uow.session.add(row)
    uow.record(Event(Action.EMERGENCY_BEGUN, f"emergency:{row.id}", reason=said, new={"ends_at": row.ends_at}))
    return row.id


def end(uow: UnitOfWork) -> None:
    """End the actor's emergency access before its time; without one nothing happens."""
    require(uow, Permission.EMERGENCY_ACCESS)
    end_with_session(uow)


def end_with_session(uow: UnitOfWork) -> None:
    """End what the actor's session still has open, as signing out does."""
    one = EmergencyAccess
    open_ones = select(one).where(
        one.clinic_id == uow.clinic_id,
        one.user_id == uow.actor.user_id,
        one.session_id == uow.actor.session_ref,
        one.ended_at.is_(None),
        one.ends_at > uow.now,
    )
    for row in uow.session.scalars(open_ones):
        row.ended_at = uow.now
        uow.record(Event(Action.EMERGENCY_ENDED, f"emergency:{row.id}", new={"ended_at": uow.now}))


def review(uow: UnitOfWork, access_id: str, note: str) -> None:
    """Note what a review found, once, by somebody else, after its end. Raises NotFound."""
    require(uow, Permission.EMERGENCY_REVIEW)
    row = uow.session.get(EmergencyAccess, (uow.clinic_id, access_id))
    if row is None:
        raise NotFound
    if row.user_id == uow.actor.user_id:
        raise NotPermitted("Nobody reviews their own emergency access. Another auditor or administrator can.")
    if row.reviewed_at is not None:
        raise Invalid({"note": f"{row.reviewed_by} has reviewed this already. Nothing was changed."})
    if rules.is_in_force(row.begun_at, row.ends_at, row.ended_at, uow.now):
        raise Invalid({"note": "It still holds. Review it once it has ended."})
    row.review_note, row.reviewed_at, row.reviewed_by = rules.checked_note(note), uow.now, uow.actor.name
    new = {"by": uow.actor.name, "of": row.user_id}
    uow.record(Event(Action.EMERGENCY_REVIEWED, f"emergency:{row.id}", reason=row.review_note, new=new))
