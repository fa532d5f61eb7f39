"""Signed-in sessions: loaded, listed, ended, and locked after a time without use."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, current_app, flash, g, jsonify, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from clinic import passwords
from clinic.domain import errors
from clinic.domain.actors import Actor, Permission
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.wording import plural
from clinic.queries import accounts as account_query
from clinic.queries import sessions as query
from clinic.services import accounts
from clinic.services import sessions as service
from clinic.services.accounts import SYSTEM
from clinic.web.errors import answer, wants_json
from clinic.web.form_browsers import on_own_network
from clinic.web.forms.sessions import UnlockForm
from clinic.web.security import (
    CLEARED,
    SignedIn,
    current_actor,
    fresh_password,
    locked_session,
    new_token,
    permission,
    safe_target,
    token_hash,
)
from clinic.web.work import circumstances, once, reading, work, writing

blueprint = Blueprint("sessions", __name__)
Page = str | Response | tuple[str, int]
AUTOMATIC = "X-Automatic"
"""Header of a request that no person caused. It only takes away, so the page may be trusted with it."""
_POLLS = frozenset({"archives.progress", "csv_imports.progress", "work_lists.counts"})
WRONG = "This is not the password of this session. It stays locked; after 5 wrong ones it is signed out."
OTHER = "Somebody else is signed in now. What stands on this page was not sent under another name."
ENDED = "This session has ended. Sign in again, as the same person, to go on."


class SessionOver(Exception):
    """The tries of a session's password are used up, and it was ended."""


def load_signed_in(token: str) -> SignedIn | None:
    """Flask-Login's loader: the session's row gives a frozen actor; its transaction is closed at once.

    A locked session gives nobody, so no view can take it for a signed-in one; it stands in ``g.locked_session``.
    """
    if g.get("presence_unknown"):
        return None  # The database did not answer before; the page that says so must not wait for it once more.
    g.presence_unknown = True
    found, now = _presence(token)
    if found is None or found.locked:
        g.presence_unknown = False
        g.locked_session = SignedIn(found.actor, token) if found else None
        return None
    if is_use() and now - found.seen_at >= timedelta(seconds=60):
        with work().housekeeping() as database:
            accounts.note_seen(database, found.actor.session_ref, found.seen_at, now)
    g.presence_unknown = False
    g.time_zone, g.clinic_name, g.is_demo = found.time_zone, found.clinic_name, found.is_demo
    return SignedIn(found.actor, token)


def _presence(token: str) -> tuple[account_query.Presence | None, datetime]:
    (idle, absolute), outside = _limits(), not on_own_network()
    with work().reading(SYSTEM, scoped=False) as uow:
        found = account_query.presence(uow, token_hash(token), idle=idle, absolute=absolute, outside=outside)
        return found, uow.now


def _limits() -> tuple[timedelta, timedelta]:
    settings = current_app.extensions["clinic_settings"]
    return timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.session_hours)


def is_use() -> bool:
    """Whether a person caused this request; what a page asks by itself does not put off the lock."""
    if request.headers.get(AUTOMATIC) == "1" or request.blueprint == "presence":
        return False
    return request.endpoint not in _POLLS


def prove(one: SignedIn, password: str) -> Actor:
    """Check the password of a session's owner, locked or not, and go on with it under a new token.

    Raises Invalid beside ``password`` for a wrong one, SessionOver when it was the last that is looked at.
    """
    if not _is_password(one.actor, password):
        with writing(one.actor) as uow:
            over = service.end_after_tries(uow)
        if over:
            logout_user()
            session.clear()
            raise SessionOver
        raise Invalid({"password": WRONG})
    return renewed(one)


def _is_password(actor: Actor, password: str) -> bool:
    with work().housekeeping() as database:
        claimed = service.claim_try(database, actor.session_ref)
    with work().reading(actor, circumstances(), scoped=False) as uow:
        stored = account_query.password_hash(uow, actor.user_id)
    try:
        if claimed and passwords.matches(stored, password):
            return True
    except errors.Busy:  # It was not looked at, so it was no try.
        with work().housekeeping() as database:
            service.give_back_try(database, actor.session_ref)
        raise
    event = Event(Action.REFUSED, f"user:{actor.user_id}", reason="wrong password on a locked screen")
    work().append(actor, [event], circumstances())
    return False


def renewed(one: SignedIn | None = None, *, by: str = "password") -> Actor:
    """Give this browser's session a new token, after its owner proved who they are; gives the actor as they now are."""
    was_locked = one is not None and one is locked_session()
    actor, token = (one.actor if one else current_actor()), new_token()
    with writing(actor) as uow:
        (service.resume if was_locked else service.confirm)(uow, token_hash(token), by=by)
    found, _ = _presence(token)
    if found is None:
        raise Invalid({"password": ENDED})
    g.locked_session = None
    g.time_zone, g.clinic_name, g.is_demo = found.time_zone, found.clinic_name, found.is_demo
    login_user(SignedIn(found.actor, token))
    return found.actor


@blueprint.route("/account/unlock", methods=["GET", "POST"])
@permission(Permission.PUBLIC)
def unlock() -> Page:
    """Go on with a locked session: the password of its owner, and of nobody else."""
    one = locked_session() or (current_user if current_user.is_authenticated else None)
    form = UnlockForm()
    if one is None:
        return answer(401, ENDED, {"ended": True}) if wants_json() else redirect(url_for("accounts.sign_in"), 303)
    if request.method == "POST" and (form.user.data or one.actor.user_id) != one.actor.user_id:
        return answer(409, OTHER, {"other": True})
    try:
        if form.validate_on_submit():
            prove(one, form.password.data)
            return jsonify({"unlocked": True}) if wants_json() else redirect(safe_target(form.next.data), 303)
    except SessionOver:
        return answer(401, ENDED, {"ended": True}) if wants_json() else redirect(url_for("accounts.sign_in"), 303)
    except Invalid as error:
        form.refuse(error)
    return _lock_page(one.actor, form)


def _lock_page(actor: Actor, form: UnlockForm) -> Page:
    status = 422 if form.errors else 200
    if wants_json():
        return answer(status, " ".join(form.messages.values()), {"fields": form.messages})
    page = render_template(
        "sessions/locked.html",
        owner=actor,
        locked=True,
        files=False,
        kept="",
        action=url_for("sessions.unlock"),
        password_name="password",  # noqa: S106 - the name of a field
        next=safe_target(form.next.data),
        wrong=" ".join(form.messages.values()),
    )
    return page, status


@blueprint.post("/account/lock")
@permission(Permission.ACCOUNT)
def lock() -> Page:
    """Lock this session now: by hand, or because the page saw first that nobody was there."""
    with work().housekeeping() as database:
        service.lock(database, current_actor().session_ref, work().clock())
    return jsonify({"locked": True}) if wants_json() else redirect(url_for("sessions.unlock"), 303)


@blueprint.post("/account/active")
@permission(Permission.ACCOUNT)
def active() -> Response:
    """Note that a person is doing something on a page that needs no request; sent at most once a minute."""
    with work().housekeeping() as database:
        service.note_used(database, current_actor().session_ref, work().clock())
    return jsonify({"active": True})


@blueprint.post("/account/leave")
@permission(Permission.PUBLIC)
def leave() -> Response:
    """End this browser's session, locked or not, so that somebody else can sign in."""
    one = locked_session() or (current_user if current_user.is_authenticated else None)
    if one is not None:
        with writing(one.actor) as uow:
            accounts.sign_out(uow)
    return signed_out()


def signed_out() -> Response:
    """The answer that follows the end of a session: the sign-in page, and a browser that has forgotten what it showed."""
    logout_user()
    session.clear()
    flash("You are signed out.")
    response = redirect(url_for("accounts.sign_in"))
    response.headers["Clear-Site-Data"] = CLEARED
    return response


@blueprint.get("/account/sessions")
@permission(Permission.ACCOUNT)
def index() -> Page:
    """One's own sessions."""
    idle, absolute = _limits()
    with reading() as uow:
        rows = query.open_sessions(uow, uow.actor.user_id, idle=idle, absolute=absolute)
        uow.record(Event(Action.ACCOUNTS_VIEWED, f"user:{uow.actor.user_id}.sessions"))
    return render_template("sessions/index.html", rows=rows, person=None, maximum=service.MAXIMUM)


@blueprint.post("/account/sessions/<session_ref>/end")
@permission(Permission.ACCOUNT)
def end(session_ref: str) -> Page:
    """End one of one's own sessions."""
    once(lambda uow: service.end_own(uow, session_ref))
    if session_ref == current_actor().session_ref:
        return signed_out()
    flash("The session is ended.")
    return redirect(url_for("sessions.index"), 303)


@blueprint.post("/account/sessions/end-others")
@permission(Permission.ACCOUNT)
def end_others() -> Page:
    """End all of one's sessions but this one."""
    found = once(lambda uow: {"ended": service.end_others(uow)})
    flash(f"{plural(found['ended'], 'other session')} ended.")
    return redirect(url_for("sessions.index"), 303)


@blueprint.get("/people/<user_id>/sessions")
@permission(Permission.ACCOUNTS_MANAGE)
def of_person(user_id: str) -> Page:
    """The open sessions of a person of the clinic."""
    idle, absolute = _limits()
    with reading() as uow:
        person = account_query.found(account_query.people(uow), user_id)
        rows = query.open_sessions(uow, user_id, idle=idle, absolute=absolute)
        uow.record(Event(Action.ACCOUNTS_VIEWED, f"user:{user_id}.sessions"))
    return render_template("sessions/index.html", rows=rows, person=person, maximum=service.MAXIMUM)


@blueprint.post("/people/<user_id>/sessions/<session_ref>/end")
@permission(Permission.ACCOUNTS_MANAGE)
def end_one_of_person(user_id: str, session_ref: str) -> Page:
    """End one session of a person."""
    once(lambda uow: {"ended": service.end_of_person(uow, user_id, session_ref)})
    flash("The session is ended.")
    return redirect(url_for("sessions.of_person", user_id=user_id), 303)


@blueprint.post("/people/<user_id>/sessions/end")
@permission(Permission.ACCOUNTS_MANAGE)
def end_of_person(user_id: str) -> Page:
    """End all sessions of a person."""
    found = once(lambda uow: {"ended": service.end_of_person(uow, user_id)})
    flash(f"{plural(found['ended'], 'session')} ended.")
    return redirect(url_for("sessions.of_person", user_id=user_id), 303)


@blueprint.post("/people/sessions/end")
@permission(Permission.ACCOUNTS_MANAGE)
@fresh_password
def end_of_everybody() -> Page:
    """End every session of the clinic but one's own."""
    found = once(lambda uow: {"ended": service.end_of_everybody(uow)})
    flash(f"{plural(found['ended'], 'session')} of others ended.")
    return redirect(url_for("accounts.people"), 303)
