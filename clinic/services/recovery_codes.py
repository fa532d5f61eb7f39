"""Recovery codes: on paper, for the day the second factor is not at hand; each opens the door once."""

from __future__ import annotations

import re
import secrets

from sqlalchemy import delete, func, select, update

from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.encryption import keyed_hash
from clinic.models import Authenticator, Passkey, RecoveryCode
from clinic.services.authority import require_fresh_password
from clinic.unit_of_work import UnitOfWork

NUMBER = 10
GROUPS = 5
GROUP_LENGTH = 4
"""Twenty signs of 5 bits are 100 bits a code; S-10 and its source ask for codes that nobody guesses (at least 80)."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ALIKE = str.maketrans("oil", "011")
_PURPOSE = "recovery code"


def new_codes() -> tuple[str, ...]:
    """Codes as they are shown, once: five groups of four, without letters that look like digits."""
    return tuple("-".join(_group() for _ in range(GROUPS)) for _ in range(NUMBER))


def _group() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(GROUP_LENGTH))


def replace_codes(uow: UnitOfWork, codes: tuple[str, ...]) -> None:
    """Keep new recovery codes of the actor; all earlier ones are worth nothing. Raises Invalid without a factor."""
    require_fresh_password(uow)
    if not _has_factor(uow):
        raise Invalid({"": "Set up an authenticator app or a passkey first. Nothing was changed."})
    store(uow, codes)


def store(uow: UnitOfWork, codes: tuple[str, ...]) -> None:
    """Write the keyed hashes of new codes in the place of all earlier ones; whoever calls has asked who may."""
    forget(uow, uow.actor.user_id)
    for code in codes:
        uow.session.add(
            RecoveryCode(
                user_id=uow.actor.user_id,
                code_hash=_hash(uow, uow.actor.user_id, code) or "",
                created_at=uow.now,
            )
        )
    uow.record(Event(Action.RECOVERY_CODES_MADE, f"user:{uow.actor.user_id}", new={"codes": len(codes)}))


def forget(uow: UnitOfWork, user_id: str) -> None:
    """Take all recovery codes of a person away."""
    statement = delete(RecoveryCode).where(RecoveryCode.user_id == user_id)
    uow.session.execute(statement.execution_options(synchronize_session=False))


def use_code(uow: UnitOfWork, typed: str) -> bool:
    """Use one of the actor's recovery codes up, once also in parallel; says whether it was one."""
    code_hash = _hash(uow, uow.actor.user_id, typed)
    if code_hash is None:
        return False
    used = (
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == uow.actor.user_id,
            RecoveryCode.code_hash == code_hash,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=uow.now)
        .returning(RecoveryCode.user_id)
    )
    if uow.session.execute(used.execution_options(synchronize_session=False)).scalar() is None:
        return False
    left = uow.session.scalar(
        select(func.count()).where(RecoveryCode.user_id == uow.actor.user_id, RecoveryCode.used_at.is_(None))
    )
    uow.record(Event(Action.RECOVERY_CODE_USED, f"user:{uow.actor.user_id}", new={"left": left or 0}))
    return True


def _hash(uow: UnitOfWork, user_id: str, typed: str) -> str | None:
    text = re.sub(r"[\s-]", "", typed).lower().translate(_ALIKE)
    if len(text) != GROUPS * GROUP_LENGTH or set(text) - set(_ALPHABET):
        return None
    return keyed_hash(uow.key, _PURPOSE, f"{user_id}\0{text}")


def _has_factor(uow: UnitOfWork) -> bool:
    mine = uow.actor.user_id
    app = select(Authenticator.user_id).where(Authenticator.user_id == mine, Authenticator.confirmed_at.is_not(None))
    key = select(Passkey.id).where(Passkey.user_id == mine, Passkey.retired_at.is_(None))
    return uow.session.scalar(app) is not None or uow.session.scalar(key.limit(1)) is not None
