"""Signing in and out, and one's own password."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask_login import login_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from clinic import passwords
from clinic.audit_chain import INSTALLATION
from clinic.domain.actors import Actor, Permission
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.face_drawing import face
from clinic.domain.sign_in import TryKind
from clinic.queries import accounts as query
from clinic.services import accounts
from clinic.services.accounts import SYSTEM
from clinic.web import known_browsers
from clinic.web import sign_in_limits as limits
from clinic.web.forms.accounts import ChangePasswordForm, PasswordForm, SignInForm
from clinic.web.forms.base import StrictForm
from clinic.web.security import SignedIn, current_actor, new_token, permission, safe_target, token_hash
from clinic.web.sessions import renewed, signed_out
from clinic.web.svg import svg
from clinic.web.work import circumstances, work, writing

blueprint = Blueprint("accounts", __name__)
Page = str | Response | tuple[str, int]
NOT_RIGHT = (
    "The user name or the password is not right, or there were too many tries. After 10 tries a name takes none for"
    " 15 minutes, except in a browser in which its owner signed in before."
)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@permission(Permission.PUBLIC)
def sign_in() -> Page:
    """The sign-in page; one answer for an unknown name, a wrong password, a disabled person and too many tries."""
    form = SignInForm()
    if form.validate_on_submit():
        actor = checked(form.username.data, form.password.data)
        if actor is not None:
            target = safe_target(request.args.get("next"))
            return _second_step(actor, target) or enter(actor, target)
        form.refuse(Invalid({"": NOT_RIGHT}))
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/sign_in.html", form=form, plate=_plate()), status


@cache
def _plate() -> Markup:
    return svg(face(), title="A face with its muscles, drawn")


def checked(username: str, password: str) -> Actor | None:
    """Who may go on with this name and password; the try is counted first. Raises TooManyTries for the address, Busy."""
    with work().reading(SYSTEM, scoped=False) as uow:
        found = query.credentials(uow, username)
    known = found is not None and known_browsers.is_known(found.user_id, found.password_hash)
    tried = _claimed(username, found.user_id if found and known else None)
    with limits.given_back_when_busy(tried):
        # A full account is verified against nobody's hash: it takes the same path and time as a wrong password.
        stored = found.password_hash if found and tried.allowed else None
        right = passwords.matches(stored, password, stranger=not known)
    if found is None or not right or found.disabled or not found.actors:
        _note_refused(found, "too many tries" if not tried.allowed else "")
        return None
    limits.give_back(tried)
    if passwords.is_outdated(found.password_hash):
        anew = passwords.hashed(password)
        with work().housekeeping() as database:
            accounts.renew_hash(database, found.user_id, found.password_hash, anew)
    return found.actors[0]


def _claimed(username: str, known_user: str | None) -> limits.Tried:
    if known_user is not None:
        return limits.claim((TryKind.BROWSER, known_user))
    tried = limits.claim((TryKind.ADDRESS, limits.here()), (TryKind.ACCOUNT, username.strip().casefold()))
    limits.refuse_address(tried)
    return tried


def _note_refused(found: query.Credentials | None, reason: str) -> None:
    chain = found.actors[0].clinic_id if found and found.actors else INSTALLATION
    event = Event(Action.SIGN_IN_REFUSED, f"user:{found.user_id}" if found else "user:unknown", reason=reason)
    work().append(accounts.system_actor(chain), [event], circumstances())


def _second_step(actor: Actor, target: str) -> Response | None:
    from clinic.web import second_factors  # It ends in enter(), so it imports this module.

    return second_factors.begin(actor, target)


def enter(actor: Actor, target: str, *, second_factor: bool = False, by: str = "password") -> Response:
    """Open a session under a new token for somebody whose every factor was right; from now on the browser is known."""
    token = new_token()
    with work().writing(actor, circumstances()) as uow:
        address, agent = request.remote_addr or "", request.user_agent.string
        accounts.sign_in(uow, token_hash(token), address=address, agent=agent, second_factor=second_factor, by=by)
        stored = query.password_hash(uow, actor.user_id)
    session.clear()
    login_user(SignedIn(actor, token))
    response = redirect(target)
    known_browsers.remember(response, actor.user_id, stored or "")
    return response


@blueprint.post("/sign-out")
@permission(Permission.ACCOUNT)
def sign_out() -> Page:
    """End the session."""
    with writing() as uow:
        accounts.sign_out(uow)
    return signed_out()


@blueprint.route("/account/password", methods=["GET", "POST"])
@permission(Permission.ACCOUNT)
def change_password() -> Page:
    """Change one's own password."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            hashed = _change_own_password(form)
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Your password is changed. Your other sessions have ended.")
            renewed()
            response = redirect(url_for("pages.today"))
            known_browsers.remember(response, current_actor().user_id, hashed)
            return response
    return render_template("accounts/password.html", form=form), 422 if form.errors else 200


def _change_own_password(form: ChangePasswordForm) -> str:
    actor = current_actor()
    check_own_password(form, "password")
    if form.new_password.data != form.repeated.data:
        raise Invalid({"repeated": "The two new passwords differ."})
    if form.new_password.data == form.password.data:
        raise Invalid({"new_password": "The new password must differ from the present one."})
    passwords.check_new(form.new_password.data, actor.username, (actor.name, g.get("clinic_name", "")))
    hashed = passwords.hashed(form.new_password.data)
    with writing() as uow:
        accounts.set_password(uow, actor.user_id, hashed, must_change=False, keep_session=actor.session_ref)
    return hashed


def check_own_password(form: StrictForm, field: str = "password") -> None:
    """Check the signed-in person's password from a form. Raises Invalid beside ``field``; a refusal is audited."""
    actor = current_actor()
    tried = limits.claim_confirmation(TryKind.CONFIRMATION, actor.session_ref, field, actor)
    with work().reading(actor, circumstances(), scoped=False) as uow:
        stored = query.password_hash(uow, actor.user_id)
    with limits.given_back_when_busy(tried):
        right = passwords.matches(stored, getattr(form, field).data or "")
    if not right:
        event = Event(Action.REFUSED, f"user:{actor.user_id}", reason="wrong password")
        work().append(actor, [event], circumstances())
        raise Invalid({field: "This is not your password. Nothing was changed."})
    limits.give_back(tried)


def confirm_fresh_password(form: StrictForm, field: str = "password") -> Actor:
    """Check the password and give the session a new token; gives the actor as it now is, for the unit of work that follows."""
    check_own_password(form, field)
    return renewed()


@blueprint.route("/account/confirm", methods=["GET", "POST"])
@permission(Permission.ACCOUNT)
def confirm() -> Page:
    """Enter the password again for what needs it fresh."""
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            confirm_fresh_password(form)
            return redirect(safe_target(request.args.get("next")))
        except Invalid as error:
            form.refuse(error)
    return render_template("accounts/confirm.html", form=form), 422 if form.errors else 200
