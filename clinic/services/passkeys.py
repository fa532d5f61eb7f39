"""Passkeys (WebAuthn): added, used and removed. The ceremonies' cryptography is py_webauthn's; what it may mean is here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.domain.errors import Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.models import Passkey
from clinic.queries import second_factors as query
from clinic.services import second_factors
from clinic.services.authority import require_fresh_password
from clinic.unit_of_work import UnitOfWork

CHALLENGE_BYTES: Final = 32
ANSWER_MAXIMUM: Final = 16_000
"""Characters of a browser's answer; real ones have fewer than 4,000."""
NAME_MAXIMUM: Final = 80
MOST: Final = 10
"""Passkeys of one person: more are a list that nobody looks through."""
NOT_TAKEN: Final = "This passkey was not taken. Nothing was changed; try again, or use another way."
CLONED: Final = "passkey refused: its counter went back, so there may be a copy of it"


@dataclass(frozen=True, slots=True)
class Party:
    """Who asks for a passkey: the host that it is bound to, and the one address that may ask."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A passkey's answer that holds: its signature, origin, host and challenge are right and the person was verified."""

    passkey_id: str
    user_id: str
    sign_count: int


class Refused(Exception):
    """A passkey's answer that does not hold; the text is for the audit trail."""


def creation_options(
    party: Party, user_id: str, username: str, name: str, challenge: bytes, known: tuple[tuple[str, str], ...]
) -> str:
    """What the browser needs to make a passkey, as JSON."""
    import webauthn  # Slow to load (0.3 s), and needed by few requests.
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name="Synkinesis",
        user_id=user_id.encode(),
        user_name=username,
        user_display_name=name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_descriptors(known),
    )
    return webauthn.options_to_json(options)


def request_options(party: Party, challenge: bytes, known: tuple[tuple[str, str], ...]) -> str:
    """What the browser needs to answer with a passkey, as JSON; without ``known`` it offers those that it has."""
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    options = webauthn.generate_authentication_options(
        rp_id=party.host,
        challenge=challenge,
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def _descriptors(known: tuple[tuple[str, str], ...]) -> list[Any]:
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import AuthenticatorTransport, PublicKeyCredentialDescriptor

    sorts = {sort.value: sort for sort in AuthenticatorTransport}
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(credential_id),
            transports=[sorts[one] for one in transports.split() if one in sorts] or None,
        )
        for credential_id, transports in known
    ]


def add_passkey(
    uow: UnitOfWork, party: Party, challenge: bytes, answer: str, name: str, codes: tuple[str, ...]
) -> bool:
    """Keep a new passkey of the actor; says whether ``codes`` are kept as recovery codes, as with the first factor.

    Raises FreshPasswordNeeded, and Invalid for an answer that does not hold.
    """
    require_fresh_password(uow)
    before = second_factors.held_factors(uow)
    if len(before.passkeys) >= MOST:
        raise Invalid({"name": f"You have {MOST} passkeys. Remove one first."})
    made = _registered(party, challenge, answer)
    same = select(Passkey.id).where(Passkey.credential_id == made["credential_id"])
    if uow.session.scalar(same) is not None:
        raise Invalid({"": "This passkey is known already. Nothing was changed."})
    passkey = Passkey(
        id=uow.new_id(), user_id=uow.actor.user_id, name=name.strip() or "Passkey", created_at=uow.now, **made
    )
    uow.session.add(passkey)
    uow.record(Event(Action.PASSKEY_ADDED, f"user:{uow.actor.user_id}", new={"name": passkey.name}))
    return second_factors.note_added(uow, before, codes)


def _registered(party: Party, challenge: bytes, answer: str) -> dict[str, Any]:
    import webauthn
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        sent = _sent(answer)
        made = webauthn.verify_registration_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (Refused, WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Invalid({"": NOT_TAKEN}) from error
    transports = sent.get("response", {}).get("transports") or []
    return {
        "credential_id": bytes_to_base64url(made.credential_id),
        "public_key": bytes_to_base64url(made.credential_public_key),
        "sign_count": made.sign_count,
        "transports": " ".join(one for one in transports if isinstance(one, str))[:120],
    }


def credential_named(answer: str) -> tuple[str, str]:
    """The credential and the person (empty when not said) that an answer names; nothing of it is proved yet."""
    from webauthn.helpers import base64url_to_bytes

    sent = _sent(answer)
    response = sent.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    try:
        person = base64url_to_bytes(handle).decode() if handle else ""
    except (ValueError, TypeError) as error:
        raise Refused("an answer that cannot be read") from error
    return str(sent.get("id", "")), person


def proof(party: Party, challenge: bytes, answer: str, stored: query.StoredPasskey) -> Proof:
    """Check a passkey's answer against its stored public half. Raises Refused."""
    import webauthn
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        verified = webauthn.verify_authentication_response(
            credential=_sent(answer),
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(stored.public_key),
            credential_current_sign_count=0,  # The counter is compared where it is moved on: see claim_count.
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused(f"passkey refused: {type(error).__name__}") from error
    return Proof(stored.id, stored.user_id, verified.new_sign_count)


def claim_count(session: Session, found: Proof, now: datetime) -> bool:
    """Move a passkey's counter on, once also in parallel; False when it did not rise, unless it never counts."""
    rises = Passkey.sign_count < found.sign_count
    if found.sign_count == 0:
        rises = Passkey.sign_count == 0
    statement = (
        update(Passkey)
        .where(Passkey.id == found.passkey_id, Passkey.retired_at.is_(None), rises)
        .values(sign_count=found.sign_count, last_used_at=now)
        .returning(Passkey.id)
    )
    return session.execute(statement.execution_options(synchronize_session=False)).scalar() is not None


def remove_passkey(uow: UnitOfWork, passkey_id: str) -> None:
    """Stop taking a passkey of the actor. Raises FreshPasswordNeeded, and Invalid for the last factor asked for."""
    require_fresh_password(uow)
    passkey = uow.session.get(Passkey, passkey_id, with_for_update=True)
    if passkey is None or passkey.user_id != uow.actor.user_id or passkey.retired_at is not None:
        raise NotFound
    before = second_factors.held_factors(uow)
    second_factors.check_may_remove(uow, before)
    passkey.retired_at = uow.now
    uow.record(Event(Action.PASSKEY_REMOVED, f"user:{uow.actor.user_id}", old={"name": passkey.name}))
    second_factors.note_removed(uow, before)


def _sent(answer: str) -> dict[str, Any]:
    if len(answer) > ANSWER_MAXIMUM:
        raise Refused("an answer that is too long")
    try:
        sent = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise Refused("an answer that cannot be read") from error
    if not isinstance(sent, dict):
        raise Refused("an answer that cannot be read")
    return sent
