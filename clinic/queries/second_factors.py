"""What a person can prove themselves with beside the password, and who of the clinic has nothing yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select

from clinic.domain.actors import Actor, Role
from clinic.domain.sign_in import SecondFactorRule, demands_second_factor
from clinic.models import Authenticator, Clinic, Membership, Passkey, RecoveryCode, SignInStep, User
from clinic.queries.accounts import credentials
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """One passkey of a person, as its list shows it."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """What one person has."""

    authenticator_since: datetime | None
    passkeys: tuple[PasskeyRow, ...]
    recovery_codes_left: int

    @property
    def number(self) -> int:
        """How many factors; recovery codes only stand in for one."""
        return len(self.passkeys) + (self.authenticator_since is not None)


@dataclass(frozen=True, slots=True)
class StoredPasskey:
    """What the check of a passkey's answer needs."""

    id: str
    user_id: str
    username: str
    public_key: str


@dataclass(frozen=True, slots=True)
class AccessPage:
    """The clinic's rule, and the people who may sign in and have no second factor yet."""

    edit_version: int
    rule: SecondFactorRule
    without: tuple[tuple[str, Role], ...]


def factors(uow: UnitOfWork, user_id: str) -> Factors:
    """A person's second factors. Three statements."""
    since = uow.session.scalar(
        select(Authenticator.confirmed_at).where(
            Authenticator.user_id == user_id, Authenticator.confirmed_at.is_not(None)
        )
    )
    rows = uow.session.execute(
        select(Passkey.id, Passkey.name, Passkey.created_at, Passkey.last_used_at)
        .where(Passkey.user_id == user_id, Passkey.retired_at.is_(None))
        .order_by(Passkey.created_at, Passkey.id)
    )
    left = uow.session.scalar(
        select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    )
    return Factors(since, tuple(PasskeyRow(*row) for row in rows), left or 0)


def seed(uow: UnitOfWork, user_id: str) -> str | None:
    """The encrypted seed of a person's authenticator, or None."""
    return uow.session.scalar(
        select(Authenticator.seed).where(Authenticator.user_id == user_id, Authenticator.confirmed_at.is_not(None))
    )


def rule(uow: UnitOfWork, clinic_id: int) -> SecondFactorRule:
    """Who of a clinic must have a second factor."""
    return SecondFactorRule(
        uow.session.execute(select(Clinic.second_factor).where(Clinic.id == clinic_id)).scalar_one()
    )


def demanded(uow: UnitOfWork, user_id: str) -> bool:
    """Whether any clinic that a person works in demands a second factor of them."""
    rows = uow.session.execute(
        select(Clinic.second_factor, Membership.role)
        .join(Membership, Membership.clinic_id == Clinic.id)
        .where(Membership.user_id == user_id, Membership.active)
    )
    return any(demands_second_factor(SecondFactorRule(row.second_factor), row.role) for row in rows)


def person(uow: UnitOfWork, user_id: str, clinic_id: int = 0) -> Actor | None:
    """Who a step or a passkey stands for, in a clinic or the first one; None when they may not sign in (any more)."""
    username = uow.session.scalar(select(User.username).where(User.id == user_id))
    found = credentials(uow, username) if username else None
    if found is None or found.disabled:
        return None
    return next((actor for actor in found.actors if clinic_id in {0, actor.clinic_id}), None)


def step_owner(uow: UnitOfWork, token_hash: str, purpose: str) -> tuple[str, int, str] | None:
    """Person, clinic and challenge of a step that is still open, or None."""
    row = uow.session.execute(
        select(SignInStep.user_id, SignInStep.clinic_id, SignInStep.challenge).where(
            SignInStep.token_hash == token_hash,
            SignInStep.purpose == purpose,
            SignInStep.used_at.is_(None),
            SignInStep.expires_at > uow.now,
        )
    ).one_or_none()
    return (row.user_id or "", row.clinic_id or 0, row.challenge) if row else None


def credential_ids(uow: UnitOfWork, user_id: str) -> tuple[tuple[str, str], ...]:
    """The credentials of a person's passkeys with their transports, for the browser to choose among."""
    rows = uow.session.execute(
        select(Passkey.credential_id, Passkey.transports).where(
            Passkey.user_id == user_id, Passkey.retired_at.is_(None)
        )
    )
    return tuple((row.credential_id, row.transports) for row in rows)


def stored_passkey(uow: UnitOfWork, credential_id: str) -> StoredPasskey | None:
    """A passkey by the name its browser gives it, or None."""
    row = uow.session.execute(
        select(Passkey.id, Passkey.user_id, User.username, Passkey.public_key)
        .join(User, User.id == Passkey.user_id)
        .where(Passkey.credential_id == credential_id, Passkey.retired_at.is_(None))
    ).one_or_none()
    return StoredPasskey(*row) if row else None


def access(uow: UnitOfWork) -> AccessPage:
    """The clinic's rule for the settings' page. Two statements."""
    clinic = uow.session.execute(
        select(Clinic.edit_version, Clinic.second_factor).where(Clinic.id == uow.clinic_id)
    ).one()
    rows = uow.session.execute(
        select(User.name, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.clinic_id == uow.clinic_id, Membership.active, User.disabled_at.is_(None), ~_has_factor(User.id)
        )
        .order_by(User.name)
    )
    return AccessPage(
        clinic.edit_version, SecondFactorRule(clinic.second_factor), tuple((row.name, row.role) for row in rows)
    )


def _has_factor(user_id: object) -> ColumnElement[bool]:
    app = exists().where(Authenticator.user_id == user_id, Authenticator.confirmed_at.is_not(None))
    key = exists().where(Passkey.user_id == user_id, Passkey.retired_at.is_(None))
    return app | key
