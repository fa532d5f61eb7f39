"""Codes that an administrator hands over in person: for a first or a new password, or for a lost second factor.

A code is looked up by its hash alone: its 138 random bits need no slow one. It never signs anybody in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import select, update

from clinic import passwords
from clinic.domain.actors import Permission
from clinic.domain.clocks import TOLERANCE
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.domain.sign_in import LASTS, SETS_PASSWORD, CodeKind
from clinic.models import Clinic, Membership, OneTimeCode, User
from clinic.services import accounts
from clinic.services.authority import require, require_fresh_password
from clinic.unit_of_work import UnitOfWork

_GROUPS, _GROUP_LENGTH = 7, 4
CODE_MAXIMUM = 80
"""Characters of a typed code, with blanks and dashes as somebody puts them."""


@dataclass(frozen=True, slots=True)
class Usable:
    """A code that can be used now, and what is told of its person, which no new password may be made of."""

    id: str
    kind: CodeKind
    user_id: str
    clinic_id: int
    username: str
    told: tuple[str, ...]


def new_code() -> str:
    """A random code to be read aloud and typed: seven groups of four, 138 bits (S-11, S-17)."""
    return passwords.grouped(_GROUPS, _GROUP_LENGTH)


def code_hash(code: str) -> str:
    """What the database holds of a code; blanks, dashes and capitals do not matter."""
    plain = "".join(letter for letter in code.casefold() if letter.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def issue(uow: UnitOfWork, user_id: str, kind: CodeKind, code: str) -> None:
    """Keep a code for a person of the clinic; it replaces an earlier one of its kind. Never for oneself.

    Raises FreshPasswordNeeded, NotFound, Invalid.
    """
    require(uow, Permission.ACCOUNTS_MANAGE)
    if uow.actor.user_id != accounts.SYSTEM.user_id:
        require_fresh_password(uow)
    if user_id == uow.actor.user_id:
        raise Invalid({"": "Nobody gives oneself a code: another administrator can. Nothing was changed."})
    _check_belongs_here_only(uow, user_id)
    if kind is CodeKind.INVITATION and _has_password(uow, user_id):
        raise Invalid({"": "This person has a password already: make a code for a new one. Nothing was changed."})
    _end_earlier(uow, user_id, kind)
    uow.session.add(
        OneTimeCode(
            id=uow.new_id(),
            clinic_id=uow.clinic_id,
            user_id=user_id,
            kind=kind,
            code_hash=code_hash(code),
            created_by=uow.actor.user_id,
            created_at=uow.now,
            expires_at=uow.now + LASTS[kind],
        )
    )
    new = {"kind": kind.value, "until": (uow.now + LASTS[kind]).isoformat(timespec="minutes")}
    uow.record(Event(Action.CODE_ISSUED, f"user:{user_id}", new=new))


def _check_belongs_here_only(uow: UnitOfWork, user_id: str) -> None:
    """One password opens every clinic of a person, so an administrator of one must not be able to set it for all."""
    clinics = set(uow.session.scalars(select(Membership.clinic_id).where(Membership.user_id == user_id)))
    if uow.clinic_id not in clinics:
        raise NotFound
    if clinics != {uow.clinic_id} and uow.actor.user_id != accounts.SYSTEM.user_id:
        said = (
            "This person belongs to another clinic here too. Whoever runs the server makes the code (docs/access.md)."
        )
        raise Invalid({"": said})


def _has_password(uow: UnitOfWork, user_id: str) -> bool:
    return uow.session.scalar(select(User.password_hash).where(User.id == user_id)) != passwords.NONE


def _end_earlier(uow: UnitOfWork, user_id: str, kind: CodeKind | None) -> None:
    which = [OneTimeCode.user_id == user_id, OneTimeCode.used_at.is_(None)]
    kinds = SETS_PASSWORD if kind is None or kind in SETS_PASSWORD else {kind}
    statement = update(OneTimeCode).where(*which, OneTimeCode.kind.in_(kinds)).values(used_at=uow.now)
    uow.session.execute(statement.execution_options(synchronize_session=False))


def usable(uow: UnitOfWork, username: str, code: str) -> Usable | None:
    """The code of this person for a password, when it can be used now; None says nothing about why not."""
    row = uow.session.execute(
        select(
            OneTimeCode.id, OneTimeCode.kind, User.id.label("user_id"), OneTimeCode.clinic_id, User.username, User.name,
            Clinic.name.label("clinic"),
        )
        .join(User, User.id == OneTimeCode.user_id)
        .join(Clinic, Clinic.id == OneTimeCode.clinic_id)
        .join(Membership, (Membership.user_id == User.id) & (Membership.clinic_id == OneTimeCode.clinic_id))
        .where(
            User.username == username.strip().casefold(),
            OneTimeCode.code_hash == code_hash(code),
            OneTimeCode.kind.in_(SETS_PASSWORD),
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > uow.now,
            OneTimeCode.created_at <= uow.now + TOLERANCE,
            User.disabled_at.is_(None),
            Membership.active,
        )
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    return Usable(row.id, row.kind, row.user_id, row.clinic_id, row.username, (row.name, row.clinic))


def use(uow: UnitOfWork, user_id: str, kind: CodeKind, code: str) -> bool:
    """Use a code up, once even when it comes twice at the same time; False when there was none, and the caller refuses."""
    claimed = uow.session.execute(
        update(OneTimeCode)
        .where(
            OneTimeCode.user_id == user_id,
            OneTimeCode.clinic_id == uow.clinic_id,
            OneTimeCode.kind == kind,
            OneTimeCode.code_hash == code_hash(code),
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > uow.now,
            OneTimeCode.created_at <= uow.now + TOLERANCE,
        )
        .values(used_at=uow.now)
        .returning(OneTimeCode.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if claimed is None:
        return False
    uow.record(Event(Action.CODE_USED, f"user:{user_id}", new={"kind": kind.value}))
    return True


def set_password(uow: UnitOfWork, found: Usable, code: str, password_hash: str) -> bool:
    """Use a code for the password that its person chose; every session of theirs ends. False when it was used meanwhile."""
    if not use(uow, found.user_id, found.kind, code):
        return False
    _end_earlier(uow, found.user_id, None)
    accounts.set_password(uow, found.user_id, password_hash, must_change=False)
    return True
