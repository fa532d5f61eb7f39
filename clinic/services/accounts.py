"""People and their sessions."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.domain.actors import Actor, Permission, Role
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.models import Membership, ServerSession, User
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork

SYSTEM = Actor(user_id="system", username="system", name="System", role=Role.ADMINISTRATOR, clinic_id=0)
USERNAME_MAXIMUM = 80
"""Characters of a user name as it is kept: folding makes some letters two."""
_SEEN_EVERY = timedelta(seconds=60)


def system_actor(clinic_id: int) -> Actor:
    """The actor of the command line and of set-up, acting for one clinic."""
    return Actor(user_id="system", username="system", name="System", role=Role.ADMINISTRATOR, clinic_id=clinic_id)


def create_user(
    uow: UnitOfWork,
    *,
    username: str,
    name: str,
    role: Role,
    password_hash: str,
    title: str = "",
    prescriber_id: str | None = None,
    must_change_password: bool = True,
) -> str:
    """Create a person with a membership in the actor's clinic. Raises Invalid for a name that is or was taken."""
    require(uow, Permission.ACCOUNTS_MANAGE)
    folded = username.strip().casefold()
    if not folded or any(letter.isspace() for letter in folded):
        raise Invalid({"username": "A user name has no blanks."})
    if len(folded) > USERNAME_MAXIMUM:
        raise Invalid({"username": f"A user name has at most {USERNAME_MAXIMUM} characters."})
    if uow.session.scalar(select(User.id).where(User.username == folded)):
        raise Invalid({"username": "This user name is or was somebody's and is never given again."})
    _check_prescriber(uow, role, prescriber_id)
    user = User(
        id=uow.new_id(),
        username=folded,
        name=name.strip(),
        title=title.strip(),
        password_hash=password_hash,
        must_change_password=must_change_password,
        created_at=uow.now,
    )
    uow.session.add(user)
    uow.session.flush()  # The membership's foreign key needs the person.
    uow.session.add(Membership(clinic_id=uow.clinic_id, user_id=user.id, role=role, prescriber_id=prescriber_id))
    uow.record(Event(Action.USER_CREATED, f"user:{user.id}", new={"username": folded, "role": role.value}))
    return user.id


def _check_prescriber(uow: UnitOfWork, role: Role, prescriber_id: str | None) -> None:
    if prescriber_id is None:
        return
    found = uow.session.get(Membership, (uow.clinic_id, prescriber_id))
    if role is not Role.INJECTOR or found is None or found.role is not Role.PRESCRIBER or not found.active:
        raise Invalid({"prescriber": "Only an injector has a prescriber, who must be one of this clinic."})


def change_membership(uow: UnitOfWork, user_id: str, *, role: Role, prescriber_id: str | None, active: bool) -> None:
    """Change a person's role or membership; it takes effect on that person's next request."""
    require(uow, Permission.ACCOUNTS_MANAGE)
    membership = uow.session.get(Membership, (uow.clinic_id, user_id))
    if membership is None:
        raise NotFound
    if user_id == uow.actor.user_id and (role is not Role.ADMINISTRATOR or not active):
        raise Invalid({"role": "You cannot take your own administrator role away; another administrator can."})
    _check_prescriber(uow, role, prescriber_id)
    old = {"role": membership.role.value, "active": membership.active, "prescriber": membership.prescriber_id or ""}
    membership.role, membership.prescriber_id, membership.active = role, prescriber_id, active
    new = {"role": role.value, "active": active, "prescriber": prescriber_id or ""}
    uow.record(Event(Action.USER_CHANGED, f"user:{user_id}", old=old, new=new))


def set_password(
    uow: UnitOfWork, user_id: str, password_hash: str, *, must_change: bool, keep_session: str = ""
) -> None:
    """Set a new password and end the person's other sessions."""
    if user_id != uow.actor.user_id:
        require(uow, Permission.ACCOUNTS_MANAGE)
        if uow.session.get(Membership, (uow.clinic_id, user_id)) is None:
            raise NotFound
    user = uow.session.get_one(User, user_id)
    user.password_hash, user.must_change_password = password_hash, must_change
    _revoke(uow, ServerSession.user_id == user_id, ServerSession.token_hash != keep_session)
    uow.record(Event(Action.PASSWORD_CHANGED, f"user:{user_id}"))


def sign_in(uow: UnitOfWork, token_hash: str, *, address: str, agent: str) -> None:
    """Open a session for the actor, whose password was checked just before."""
    uow.session.add(
        ServerSession(
            token_hash=token_hash,
            user_id=uow.actor.user_id,
            clinic_id=uow.clinic_id,
            created_at=uow.now,
            seen_at=uow.now,
            password_at=uow.now,
            address=address[:60],
            agent=agent[:200],
        )
    )
    uow.record(Event(Action.SIGNED_IN, f"user:{uow.actor.user_id}"))


def sign_out(uow: UnitOfWork) -> None:
    """End the actor's session."""
    _revoke(uow, ServerSession.token_hash == uow.actor.session_id)
    uow.record(Event(Action.SIGNED_OUT, f"user:{uow.actor.user_id}"))


def confirm_password(uow: UnitOfWork) -> None:
    """Note that the actor has just given the password again."""
    row = uow.session.get_one(ServerSession, uow.actor.session_id)
    row.password_at = uow.now
    uow.record(Event(Action.SESSION_CONFIRMED, f"user:{uow.actor.user_id}"))


def note_seen(session: Session, token_hash: str, seen_at: datetime, now: datetime) -> None:
    """Move a session's idle stamp, at most once a minute."""
    if now - seen_at >= _SEEN_EVERY:
        statement = update(ServerSession).where(ServerSession.token_hash == token_hash).values(seen_at=now)
        session.execute(statement.execution_options(synchronize_session=False))


def _revoke(uow: UnitOfWork, *which: object) -> None:
    statement = update(ServerSession).where(*which, ServerSession.revoked_at.is_(None))  # type: ignore[arg-type]
    uow.session.execute(statement.values(revoked_at=uow.now).execution_options(synchronize_session=False))
