"""People and their sessions."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic import passwords
from clinic.domain.actors import Actor, Permission, Role
from clinic.domain.errors import Invalid, NotFound, NotPermitted
from clinic.domain.events import Action, Event
from clinic.models import Membership, ServerSession, User
from clinic.services.authority import require, require_fresh_password
from clinic.services.emergencies import end_with_session
from clinic.services.sessions import keep_to_limit
from clinic.services.sign_in_steps import forget
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
    password_hash: str = passwords.NONE,
    title: str = "",
    prescriber_id: str | None = None,
    must_change_password: bool = False,
) -> str:
    """Create a person with a membership in the actor's clinic, without a password unless one is given.

    Raises Invalid for a name that is or was taken.
    """
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
    """Change a person's role or membership; it takes effect on that person's next request.

    Raises FreshPasswordNeeded, NotFound, Invalid; NotPermitted when the actor is no administrator any more.
    """
    require(uow, Permission.ACCOUNTS_MANAGE)
    if uow.actor.user_id != SYSTEM.user_id:
        require_fresh_password(uow)
    administrators = _locked_administrators(uow)
    membership = uow.session.get(Membership, (uow.clinic_id, user_id), with_for_update=True, populate_existing=True)
    if membership is None:
        raise NotFound
    if user_id == uow.actor.user_id and (role is not Role.ADMINISTRATOR or not active):
        raise Invalid({"role": "You cannot take your own administrator role away; another administrator can."})
    if (role is not Role.ADMINISTRATOR or not active) and administrators == {user_id}:
        raise Invalid({"role": "A clinic keeps at least one administrator. Make somebody else one first."})
    _check_prescriber(uow, role, prescriber_id)
    old = {"role": membership.role.value, "active": membership.active, "prescriber": membership.prescriber_id or ""}
    membership.role, membership.prescriber_id, membership.active = role, prescriber_id, active
    new = {"role": role.value, "active": active, "prescriber": prescriber_id or ""}
    uow.record(Event(Action.USER_CHANGED, f"user:{user_id}", old=old, new=new))


def _locked_administrators(uow: UnitOfWork) -> set[str]:
    """Who may administer the clinic now, held until the end: two who change each other at once come one by one."""
    found = uow.session.execute(
        select(Membership.user_id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.clinic_id == uow.clinic_id,
            Membership.role == Role.ADMINISTRATOR,
            Membership.active,
            User.disabled_at.is_(None),
        )
        .order_by(Membership.user_id)
        .with_for_update(of=Membership)
    )
    administrators = {row.user_id for row in found}
    if uow.actor.user_id not in {*administrators, SYSTEM.user_id}:
        raise NotPermitted("Your administrator role was taken away a moment ago. Nothing was changed.")
    return administrators


def set_password(
    uow: UnitOfWork, user_id: str, password_hash: str, *, must_change: bool, keep_session: str = ""
) -> None:
    """Set a new password; the person's other sessions end, and so do sign-ins that wait for their second factor."""
    if user_id != uow.actor.user_id:
        require(uow, Permission.ACCOUNTS_MANAGE)
        if uow.session.get(Membership, (uow.clinic_id, user_id)) is None:
            raise NotFound
    user = uow.session.get_one(User, user_id)
    user.password_hash, user.must_change_password = password_hash, must_change
    _revoke(uow, ServerSession.user_id == user_id, ServerSession.id != keep_session)
    forget(uow.session, user_id)
    uow.record(Event(Action.PASSWORD_CHANGED, f"user:{user_id}"))


def renew_hash(session: Session, user_id: str, old: str, new: str) -> None:
    """Keep the same password in a hash of today's cost (S-06), unless it was changed meanwhile."""
    statement = update(User).where(User.id == user_id, User.password_hash == old).values(password_hash=new)
    session.execute(statement.execution_options(synchronize_session=False))


def sign_in(
    uow: UnitOfWork, token_hash: str, *, address: str, agent: str, second_factor: bool = False, by: str = "password"
) -> None:
    """Open a session for the actor, whose password (and second factor, ``by`` which) was checked just before."""
    session_ref = uow.new_id()
    uow.session.add(
        ServerSession(
            token_hash=token_hash,
            id=session_ref,
            user_id=uow.actor.user_id,
            clinic_id=uow.clinic_id,
            created_at=uow.now,
            seen_at=uow.now,
            password_at=uow.now,
            second_factor_at=uow.now if second_factor else None,
            address=address[:60],
            agent=agent[:200],
        )
    )
    new = {"session": session_ref, "device": agent[:200], "by": by}
    uow.record(Event(Action.SIGNED_IN, f"user:{uow.actor.user_id}", new=new))
    keep_to_limit(uow)


def sign_out(uow: UnitOfWork) -> None:
    """End the actor's session."""
    end_with_session(uow)
    _revoke(uow, ServerSession.id == uow.actor.session_ref)
    uow.record(Event(Action.SIGNED_OUT, f"user:{uow.actor.user_id}"))


def note_seen(session: Session, session_ref: str, seen_at: datetime, now: datetime) -> None:
    """Move a session's idle stamp, at most once a minute."""
    if now - seen_at >= _SEEN_EVERY:
        statement = update(ServerSession).where(ServerSession.id == session_ref).values(seen_at=now)
        session.execute(statement.execution_options(synchronize_session=False))


def _revoke(uow: UnitOfWork, *which: object) -> None:
    statement = update(ServerSession).where(*which, ServerSession.revoked_at.is_(None))  # type: ignore[arg-type]
    uow.session.execute(statement.values(revoked_at=uow.now).execution_options(synchronize_session=False))
