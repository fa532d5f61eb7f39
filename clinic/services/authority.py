"""The one question that every use case asks first."""

from __future__ import annotations

from clinic.domain.actors import STATES, Permission, RecordState, permits
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
    if not permits(uow.actor.role, permission, state):
        raise NotPermitted(f"The role {uow.actor.role.value} may not do this.")


def require_fresh_password(uow: UnitOfWork) -> None:
    """Check that the password was given within the last five minutes. Raises FreshPasswordNeeded."""
    given = uow.actor.password_at
    if given is None or uow.now - given > FRESH_PASSWORD:
        raise FreshPasswordNeeded("Enter your password again: it was given more than 5 minutes ago.")
