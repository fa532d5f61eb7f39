"""Passkeys: added, used to sign in or to confirm who one is, and removed. They need a script; everything else does not."""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, current_app, flash, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from clinic.audit_chain import INSTALLATION
from clinic.domain.actors import Actor, Permission
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.sign_in import TryKind
from clinic.queries import second_factors as query
from clinic.services import passkeys, recovery_codes, sign_in_steps
from clinic.services.accounts import SYSTEM, system_actor
from clinic.services.authority import require_fresh_password
from clinic.services.passkeys import Party, Refused
from clinic.services.sign_in_steps import Purpose, Step
from clinic.unit_of_work import UnitOfWork
from clinic.web import sign_in_limits as limits
from clinic.web.forms.second_factors import PasskeyAnswerForm, PasskeyForm
from clinic.web.security import current_actor, fresh_password, new_token, permission, token_hash
from clinic.web.work import circumstances, once, work

blueprint = Blueprint("passkeys", __name__)
Page = str | BaseResponse | tuple[str, int]
CEREMONY = "ceremony"
_LOCAL = "localhost"
NO_HOST = "Passkeys need the clinic’s own host name over https. Use another way here."
OVER = "This took longer than 5 minutes. Try again."


def relying_party() -> Party | None:
    """The host that passkeys are bound to: this one, when it is a trusted name over https (or localhost); else None."""
    name, _, _ = request.host.partition(":")
    if name not in current_app.config["TRUSTED_HOSTS"] or ("." not in name.strip(".") and name != _LOCAL):
        return None
    if name.replace(".", "").isdigit() or not (request.is_secure or name == _LOCAL):
        return None
    return Party(name, f"{request.scheme}://{request.host}")


def _party() -> Party:
    found = relying_party()
    if found is None:
        raise Invalid({"": NO_HOST})
    return found


@blueprint.post("/passkeys/challenge")
@permission(Permission.PUBLIC)
def challenge() -> BaseResponse:
    """What the browser needs to answer with a passkey: of this person where one is known, else of whoever has one here."""
    from clinic.web import second_factors  # It shows passkeys on its pages, so it knows this module.

    actor: Actor | None = getattr(current_user, "actor", None)
    if actor is None:
        limits.refuse_address(limits.claim((TryKind.CHALLENGE, limits.here())))
        pending = second_factors.pending()
        actor = pending[0] if pending else None
    party = _party()
    known: tuple[tuple[str, str], ...] = ()
    if actor is not None:
        with work().reading(SYSTEM, scoped=False) as uow:
            known = query.credential_ids(uow, actor.user_id)
    return _json(passkeys.request_options(party, _begun(Purpose.PASSKEY_USE, actor), known))


@blueprint.post("/account/security/passkeys/challenge")
@permission(Permission.ACCOUNT)
def new_challenge() -> BaseResponse:
    """What the browser needs to make a passkey."""
    actor, party = current_actor(), _party()
    with work().reading(actor, circumstances(), scoped=False) as uow:
        require_fresh_password(uow)
        known = query.credential_ids(uow, actor.user_id)
    made = _begun(Purpose.PASSKEY_NEW, actor)
    return _json(passkeys.creation_options(party, actor.user_id, actor.username, actor.name, made, known))


def _begun(purpose: Purpose, actor: Actor | None) -> bytes:
    token, made = new_token(), secrets.token_bytes(passkeys.CHALLENGE_BYTES)
    step = Step(actor.user_id if actor else "", actor.clinic_id if actor else 0, made.hex())
    with work().housekeeping() as database:
        sign_in_steps.begin(database, token_hash(token), purpose, work().clock(), step)
    session[CEREMONY] = token
    return made


def _json(options: str) -> Response:
    return Response(options, mimetype="application/json")


def _spent() -> Step:
    token = token_hash(str(session.pop(CEREMONY, "")))
    with work().housekeeping() as database:
        step = sign_in_steps.spend(database, token, Purpose.PASSKEY_USE, work().clock())
    if step is None:
        raise Invalid({"": OVER})
    return step


@blueprint.post("/account/security/passkeys")
@permission(Permission.ACCOUNT)
def add() -> Page:
    """Keep a new passkey."""
    from clinic.web import second_factors

    form, codes, mine = PasskeyForm(), recovery_codes.new_codes(), new_token()[:16]
    try:
        if not form.validate():
            raise Invalid({})
        answer = once(lambda uow: {"made": mine, "codes": _added(uow, form, codes)})
        return second_factors.shown_once(answer, mine, codes)
    except Invalid as error:
        form.refuse(error)
    return second_factors.security_page(form, 422)


def _added(uow: UnitOfWork, form: PasskeyForm, codes: tuple[str, ...]) -> bool:
    require_fresh_password(uow)
    token = token_hash(str(session.get(CEREMONY)))
    step = sign_in_steps.spend(uow.session, token, Purpose.PASSKEY_NEW, uow.now)
    if step is None or step.user_id != uow.actor.user_id:
        raise Invalid({"": OVER})
    made = bytes.fromhex(step.challenge)
    return passkeys.add_passkey(uow, _party(), made, form.answer.data or "", form.name.data or "", codes)


@blueprint.post("/account/security/passkeys/<passkey_id>/remove")
@permission(Permission.ACCOUNT)
@fresh_password
def remove(passkey_id: str) -> Page:
    """Stop taking a passkey."""
    from clinic.web import second_factors

    words = "The passkey is removed. Your other sessions have ended."
    return second_factors.removed(lambda uow: passkeys.remove_passkey(uow, passkey_id), words)


@blueprint.post("/sign-in/passkey")
@permission(Permission.PUBLIC)
def sign_in() -> Page:
    """Sign in with a passkey, alone or after the password."""
    from clinic.web import second_factors

    pending, tried = second_factors.pending(), limits.claim((TryKind.ADDRESS, limits.here()))
    limits.refuse_address(tried)
    try:
        actor = proved(pending[0].user_id if pending else "", pending[0].clinic_id if pending else 0)
    except Invalid as error:
        flash(error.message, "warn")
        endpoint = "second_factors.second_step" if pending else "accounts.sign_in"
        return redirect(url_for(endpoint, next=request.args.get("next")), 303)
    limits.give_back(tried)
    return second_factors.enter(actor, "password and passkey" if pending else "passkey")


@blueprint.post("/account/confirm/passkey")
@permission(Permission.ACCOUNT)
def confirm() -> Page:
    """Confirm with a passkey who one is, as the password does."""
    from clinic.web import security, sessions

    actor, target = current_actor(), request.args.get("next")
    try:
        proved(actor.user_id, actor.clinic_id)
    except Invalid as error:
        flash(error.message, "warn")
        return redirect(url_for("accounts.confirm", next=target), 303)
    sessions.renewed(by="passkey")
    return redirect(security.safe_target(target), 303)


def proved(user_id: str = "", clinic_id: int = 0) -> Actor:
    """Whoever the posted answer proves: the person named, where one is. Raises Invalid; a refusal is audited."""
    form = PasskeyAnswerForm()
    if not form.validate():
        raise Invalid({"": passkeys.NOT_TAKEN})
    party, step = _party(), _spent()
    try:
        return _proved(form.answer.data or "", party, step, user_id, clinic_id)
    except Refused as refusal:
        _note(str(refusal), user_id or step.user_id)
        raise Invalid({"": passkeys.NOT_TAKEN}) from refusal


def _proved(answer: str, party: Party, step: Step, user_id: str, clinic_id: int) -> Actor:
    credential_id, named = passkeys.credential_named(answer)
    with work().reading(SYSTEM, scoped=False) as uow:
        stored = query.stored_passkey(uow, credential_id)
        actor = query.person(uow, stored.user_id, clinic_id) if stored else None
        now = uow.now
    if stored is None or actor is None:
        raise Refused("passkey refused: unknown, removed, or of somebody who may not sign in")
    if any(one not in {"", stored.user_id} for one in (named, user_id, step.user_id)):
        raise Refused("passkey refused: it is another person's")
    found = passkeys.proof(party, bytes.fromhex(step.challenge), answer, stored)
    with work().housekeeping() as database:
        counted = passkeys.claim_count(database, found, now)
    if not counted:
        _note(passkeys.CLONED, stored.user_id)
        raise Invalid({"": passkeys.NOT_TAKEN})
    return actor


def _note(reason: str, user_id: str) -> None:
    with work().reading(SYSTEM, scoped=False) as uow:
        actor = query.person(uow, user_id) if user_id else None
    chain = actor.clinic_id if actor else INSTALLATION
    event = Event(Action.SIGN_IN_REFUSED, f"user:{user_id or 'unknown'}", reason=reason)
    work().append(system_actor(chain), [event], circumstances())
