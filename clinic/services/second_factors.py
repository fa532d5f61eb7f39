"""A person's second factors: an authenticator app, the first and the last factor, a lost one; and the clinic's rule."""

from __future__ import annotations

import hmac
import re
from datetime import datetime
from typing import Final

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, Stale
from clinic.domain.events import Action, Event
from clinic.domain.sign_in import SecondFactorRule
from clinic.encryption import Unreadable, decrypted, encrypted
from clinic.models import Authenticator, Clinic, Passkey, ServerSession, User
from clinic.queries import second_factors as query
from clinic.services import recovery_codes
from clinic.services.authority import require, require_fresh_password
from clinic.services.sessions import own
from clinic.unit_of_work import UnitOfWork

STEP_SECONDS: Final = 30
STEPS_AROUND: Final = 1
"""Codes of the step before and after are taken too, for clocks that differ (RFC 6238 section 5.2; S-10)."""
AHEAD: Final = 10
"""A last step further ahead than this (five minutes) was used under a clock that has been put back."""
SEED_LENGTH: Final = 32
"""Base32 letters: 160 bits, the length of the hash that RFC 4226 asks for."""
_PURPOSE: Final = "authenticator seed"
_CODE: Final = re.compile(r"[0-9]{6}", re.ASCII)
WRONG: Final = "This code is not right. It changes every 30 seconds, and each code works once: wait for the next one."
LAST: Final = (
    "Your clinic asks for a second factor, and this is your last one. Set up another first. Nothing was changed."
)


def new_seed() -> str:
    """A random seed as authenticator apps take it."""
    import pyotp  # Loaded where it is needed only: no other page pays for it.

    return pyotp.random_base32(SEED_LENGTH)


def sealed_seed(key: bytes, user_id: str, seed: str) -> str:
    """A seed as the database holds it: encrypted, and bound to its person."""
    return encrypted(key, _PURPOSE, user_id, seed)


def opened_seed(key: bytes, user_id: str, sealed: str) -> str | None:
    """A person's seed; None when this installation's key does not open it."""
    try:
        return decrypted(key, _PURPOSE, user_id, sealed)
    except Unreadable:
        return None


def matching_steps(seed: str, typed: str, now: datetime) -> tuple[int, ...]:
    """The time steps around ``now`` whose code was typed; empty for a wrong, an old or a future one."""
    import pyotp

    code = re.sub(r"[ \u00a0]", "", typed)
    if not _CODE.fullmatch(code):
        return ()
    present, codes = int(now.timestamp()) // STEP_SECONDS, pyotp.HOTP(seed)
    around = range(present - STEPS_AROUND, present + STEPS_AROUND + 1)
    return tuple(step for step in around if hmac.compare_digest(codes.at(step), code))


def claim_step(session: Session, user_id: str, steps: tuple[int, ...]) -> bool:
    """Use a step of a person's authenticator up, once also in parallel; an earlier one is worth nothing after it.

    A last step that lies ahead was used while the clock was wrong: it must not shut the person out until then (D-26).
    """
    for step in steps:
        statement = (
            update(Authenticator)
            .where(
                Authenticator.user_id == user_id,
                Authenticator.confirmed_at.is_not(None),
                (Authenticator.last_step < step) | (Authenticator.last_step > step + AHEAD),
            )
            .values(last_step=step)
            .returning(Authenticator.last_step)
        )
        if session.execute(statement.execution_options(synchronize_session=False)).scalar() is not None:
            return True
    return False


def add_authenticator(uow: UnitOfWork, sealed: str, typed: str, codes: tuple[str, ...]) -> bool:
    """Keep an authenticator whose code was typed, in the place of an earlier one; says whether ``codes`` are kept too.

    They are with the first factor. Raises FreshPasswordNeeded, and Invalid for a wrong code.
    """
    require_fresh_password(uow)
    seed = opened_seed(uow.key, uow.actor.user_id, sealed)
    steps = matching_steps(seed, typed, uow.now) if seed else ()
    if not steps:
        raise Invalid({"code": WRONG})
    before = held_factors(uow)
    _forget_authenticator(uow, uow.actor.user_id)
    uow.session.add(
        Authenticator(
            user_id=uow.actor.user_id,
            seed=sealed,
            created_at=uow.now,
            confirmed_at=uow.now,
            last_step=max(steps),
        )
    )
    replaced = {"authenticator": "replaced"} if before.authenticator_since else {}
    uow.record(Event(Action.AUTHENTICATOR_ADDED, f"user:{uow.actor.user_id}", old=replaced))
    return note_added(uow, before, codes)


def remove_authenticator(uow: UnitOfWork) -> None:
    """Take the actor's authenticator away. Raises FreshPasswordNeeded, and Invalid for the last factor asked for."""
    require_fresh_password(uow)
    before = held_factors(uow)
    if before.authenticator_since is None:
        raise Invalid({"": "There is no authenticator app to remove. Nothing was changed."})
    check_may_remove(uow, before)
    _forget_authenticator(uow, uow.actor.user_id)
    uow.record(Event(Action.AUTHENTICATOR_REMOVED, f"user:{uow.actor.user_id}"))
    note_removed(uow, before)


def held_factors(uow: UnitOfWork) -> query.Factors:
    """The actor's factors, held until the unit of work ends: two removals at once must not both leave another one."""
    uow.session.get_one(User, uow.actor.user_id, with_for_update=True, populate_existing=True)
    return query.factors(uow, uow.actor.user_id)


def check_may_remove(uow: UnitOfWork, before: query.Factors) -> None:
    """Refuse to take the last factor away where a clinic of the person asks for one."""
    if before.number <= 1 and query.demanded(uow, uow.actor.user_id):
        raise Invalid({"": LAST})


def note_added(uow: UnitOfWork, before: query.Factors, codes: tuple[str, ...]) -> bool:
    """After a factor was added: this session has proved it; with the first one come recovery codes."""
    own(uow).second_factor_at = uow.now
    if before.number:
        return False
    end_other_sessions(uow)
    recovery_codes.store(uow, codes)
    return True


def note_removed(uow: UnitOfWork, before: query.Factors) -> None:
    """After a factor was removed: it may be in other hands, so the other sessions end; without one, no recovery codes."""
    end_other_sessions(uow)
    if before.number <= 1:
        recovery_codes.forget(uow, uow.actor.user_id)


def end_other_sessions(uow: UnitOfWork) -> None:
    """End every session of the actor but the one that acts."""
    statement = update(ServerSession).where(
        ServerSession.user_id == uow.actor.user_id,
        ServerSession.id != uow.actor.session_ref,
        ServerSession.revoked_at.is_(None),
    )
    uow.session.execute(statement.values(revoked_at=uow.now).execution_options(synchronize_session=False))


def forget_factors(uow: UnitOfWork) -> None:
    """Take every factor of the actor away, who gave an administrator's code for a lost one; new ones must follow."""
    before = held_factors(uow)
    _forget_authenticator(uow, uow.actor.user_id)
    retired = update(Passkey).where(Passkey.user_id == uow.actor.user_id, Passkey.retired_at.is_(None))
    uow.session.execute(retired.values(retired_at=uow.now).execution_options(synchronize_session=False))
    recovery_codes.forget(uow, uow.actor.user_id)
    end_other_sessions(uow)
    old = {
        "authenticator": before.authenticator_since is not None,
        "passkeys": len(before.passkeys),
        "recovery_codes": before.recovery_codes_left,
    }
    uow.record(Event(Action.SECOND_FACTOR_RESET, f"user:{uow.actor.user_id}", old=old))


def change_rule(uow: UnitOfWork, edit_version: int, rule: SecondFactorRule) -> None:
    """Set who of the clinic needs a second factor. Raises FreshPasswordNeeded, and Stale when changed meanwhile."""
    require(uow, Permission.SETTINGS_MANAGE)
    require_fresh_password(uow)
    clinic = uow.session.get_one(Clinic, uow.clinic_id, with_for_update=True, populate_existing=True)
    if clinic.edit_version != edit_version:
        words = "The settings were changed by somebody else meanwhile."
        raise Stale(words, shown=edit_version, current=clinic.edit_version)
    old = clinic.second_factor
    clinic.second_factor = rule.value
    clinic.edit_version += 1
    change = Event(
        Action.CLINIC_CHANGED, f"clinic:{clinic.id}", old={"second_factor": old}, new={"second_factor": rule.value}
    )
    uow.record(change)


def _forget_authenticator(uow: UnitOfWork, user_id: str) -> None:
    statement = delete(Authenticator).where(Authenticator.user_id == user_id)
    uow.session.execute(statement.execution_options(synchronize_session=False))
