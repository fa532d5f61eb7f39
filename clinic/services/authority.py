"""The one question that every use case asks first."""

from __future__ import annotations

from datetime import datetime

from clinic.domain.actors import STATES, Actor, Permission, RecordState, permits
from clinic.domain.clocks import is_within
from clinic.domain.emergencies import opens, why_not
from clinic.domain.errors import FreshPasswordNeeded, Frozen, NotPermitted
from clinic.domain.visits import FRESH_PASSWORD
from clinic.unit_of_work import UnitOfWork

_FROZEN_WORDS = {
    RecordState.SIGNED: "This visit is signed and takes no change. Amend it, add an addendum, or void it.",
    RecordState.AMENDED: "This visit was amended by a newer version and takes no change.",
    RecordState.VOIDED: "This visit is voided and takes no change.",
    RecordState.DISCARDED: "This draft was discarded. Restore it to go on with it.",
    RecordState.DRAFT: "This is a draft: sign it first.",
}


def require(uow: UnitOfWork, permission: Permission, state: RecordState = RecordState.NONE) -> None:
    """Check role and record state. Raises NotPermitted for the role, Frozen for the state."""
    if uow.actor.form_id:
        raise NotPermitted("A patient's form may do nothing but be answered.")
    if state not in STATES[permission]:
        raise Frozen(_FROZEN_WORDS.get(state, "This record takes no change."))
    # What an emergency access opens is never written with, also where an act asks for no more than reading.
    by_role = permits(uow.actor.role, permission, state)
    if not by_role and (uow.writes or not opens(uow.actor, permission, uow.now)):
        raise NotPermitted(why_not(uow.actor))


def require_fresh_password(uow: UnitOfWork) -> None:
    """Check that the password was given within the last five minutes. Raises FreshPasswordNeeded."""
    require_fresh(uow.actor, uow.now)


def require_fresh(actor: Actor, now: datetime) -> None:
    """Check that an actor's password was given within the last five minutes. Raises FreshPasswordNeeded."""
    if actor.password_at is None or not is_within(actor.password_at, now, FRESH_PASSWORD):
        raise FreshPasswordNeeded("Enter your password again: it was given more than 5 minutes ago.")
