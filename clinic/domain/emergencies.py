"""Access in an emergency: reading for an hour by somebody whose role does not read records, named for it beforehand."""

from __future__ import annotations

from datetime import datetime, timedelta

from clinic.domain.actors import ROLES, STATES, Actor, Permission, RecordState, Role, permits
from clinic.domain.errors import Invalid

LASTS = timedelta(hours=1)
"""S-40: an hour at most; it is never made longer."""
REASON_MINIMUM = 10
REASON_MAXIMUM = 500
NOTE_MINIMUM = 10
NOTE_MAXIMUM = 500
READABLE = frozenset({Permission.PATIENT_READ, Permission.VISIT_READ, Permission.DOCUMENT_READ})
"""What it opens: never a permission to write."""
MARK = "emergency access"


def needs_it(role: Role) -> bool:
    """Whether a role reads no records by itself."""
    return role not in ROLES[Permission.PATIENT_READ]


def is_in_force(begun_at: datetime, ends_at: datetime, ended_at: datetime | None, now: datetime) -> bool:
    """Whether an access holds: from its beginning until just before its end, also when the clock was set back."""
    return ended_at is None and begun_at <= now < min(ends_at, begun_at + LASTS)


def allows(actor: Actor, permission: Permission, state: RecordState, now: datetime) -> bool:
    """Say whether an actor may use a permission: by role, or for reading while an emergency access holds."""
    if permits(actor.role, permission, state):
        return True
    return state in STATES[permission] and opens(actor, permission, now)


def holds(actor: Actor, permission: Permission, now: datetime) -> bool:
    """Say whether an actor holds a permission for records in some state: what routes and navigation ask."""
    return actor.role in ROLES[permission] or opens(actor, permission, now)


def opens(actor: Actor, permission: Permission, now: datetime) -> bool:
    """Say whether an emergency access, and nothing else, gives an actor this permission now."""
    until = actor.emergency_until
    return until is not None and permission in READABLE and now < until


def why_not(actor: Actor) -> str:
    """Why an actor may not do something: their role, or that an emergency access is for reading alone."""
    if actor.emergency_id:
        return "Emergency access opens records for reading, and this is more than reading. Nothing was changed."
    return f"The role {actor.role.value} may not do this."


def mark(actor: Actor, reason: str) -> str:
    """The reason of a read entry, marked while its actor reads under an emergency access."""
    if not actor.emergency_id:
        return reason
    return f"{MARK} {actor.emergency_id}" + (f": {reason}" if reason else "")


def minutes_left(until: datetime, now: datetime) -> int:
    """Whole minutes until the end, begun ones counted; never less than none."""
    return max(0, -int((now - until).total_seconds() // 60))


def checked_reason(text: str) -> str:
    """Why an access is begun, without blanks around it. Raises Invalid beside ``reason``."""
    return _checked(text, "reason", "Say what happened and whose record is needed", REASON_MINIMUM, REASON_MAXIMUM)


def checked_note(text: str) -> str:
    """What a review found, without blanks around it. Raises Invalid beside ``note``."""
    return _checked(text, "note", "Say what the review found", NOTE_MINIMUM, NOTE_MAXIMUM)


def _checked(text: str, field: str, what: str, minimum: int, maximum: int) -> str:
    said = " ".join(text.split())
    if not minimum <= len(said) <= maximum:
        raise Invalid({field: f"{what}, in {minimum} to {maximum} characters."})
    return said
