"""Signing in and out, one's password, and the clinic's people."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from clinic import passwords
from clinic.audit_chain import INSTALLATION
from clinic.domain.actors import Actor, Permission, Role
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.face_drawing import face
from clinic.queries import accounts as query
from clinic.services import accounts
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import UnitOfWork
from clinic.web.forms.accounts import ChangePasswordForm, MembershipForm, PasswordForm, PersonForm, SignInForm
from clinic.web.forms.base import StrictForm
from clinic.web.saving import attempt
from clinic.web.security import SignedIn, current_actor, new_token, permission, token_hash
from clinic.web.svg import svg
from clinic.web.work import circumstances, once, reading, work, writing

blueprint = Blueprint("accounts", __name__)
Page = str | Response | tuple[str, int]
_INSIDE = re.compile(r"/(?![/\\])[!-~]*")
"""An address on this site: one slash at its start, and none of the blanks and controls that browsers leave out."""


def load_signed_in(token: str) -> SignedIn | None:
    """Flask-Login's loader: the session's row gives a frozen actor; its transaction is closed at once."""
    if g.get("presence_unknown"):
        return None  # The database did not answer before; the page that says so must not wait for it once more.
    g.presence_unknown = True
    settings = current_app.extensions["clinic_settings"]
    idle, absolute = timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.session_hours)
    with work().reading(SYSTEM, scoped=False) as uow:
        found = query.presence(uow, token_hash(token), idle=idle, absolute=absolute)
        now = uow.now
    if found is None:
        g.presence_unknown = False
        return None
    if request.blueprint != "presence" and now - found.seen_at >= timedelta(seconds=60):
        with work().housekeeping() as database:
            accounts.note_seen(database, token_hash(token), found.seen_at, now)
    g.presence_unknown = False
    g.time_zone, g.clinic_name, g.is_demo = found.time_zone, found.clinic_name, found.is_demo
    return SignedIn(found.actor, token)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@permission(Permission.PUBLIC)
def sign_in() -> Page:
    """The sign-in page; one answer for an unknown name, a wrong password and a disabled person."""
    form = SignInForm()
    if form.validate_on_submit():
        actor = _checked(form.username.data, form.password.data)
        if actor is not None:
            _open_session(actor)
            return redirect(_safe_target(request.args.get("next")))
        form.refuse(Invalid({"": "The user name or the password is not right."}))
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/sign_in.html", form=form, plate=_plate()), status


@cache
def _plate() -> Markup:
    return svg(face(), title="A face with its muscles, drawn")


def _checked(username: str, password: str) -> Actor | None:
    with work().reading(SYSTEM, scoped=False) as uow:
        found = query.credentials(uow, username)
    right = passwords.matches(found.password_hash if found else None, password)
    if found and right and not found.disabled and found.actors:
        return found.actors[0]
    chain = found.actors[0].clinic_id if found and found.actors else INSTALLATION
    event = Event(Action.SIGN_IN_REFUSED, f"user:{found.user_id}" if found else "user:unknown")
    work().append(accounts.system_actor(chain), [event], circumstances())
    return None


def _open_session(actor: Actor) -> None:
    token = new_token()
    with work().writing(actor, circumstances()) as uow:
        accounts.sign_in(uow, token_hash(token), address=request.remote_addr or "", agent=request.user_agent.string)
    session.clear()
    login_user(SignedIn(actor, token))


def _safe_target(target: str | None) -> str:
    return target if target and _INSIDE.fullmatch(target) else url_for("pages.today")


@blueprint.post("/sign-out")
@permission(Permission.ACCOUNT)
def sign_out() -> Page:
    """End the session."""
    with writing() as uow:
        accounts.sign_out(uow)
    logout_user()
    session.clear()
    flash("You are signed out.")
    return redirect(url_for("accounts.sign_in"))


@blueprint.route("/account/password", methods=["GET", "POST"])
@permission(Permission.ACCOUNT)
def change_password() -> Page:
    """Change one's own password."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            _change_own_password(form)
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Your password is changed. Your other sessions have ended.")
            return redirect(url_for("pages.today"))
    return render_template("accounts/password.html", form=form), 422 if form.errors else 200


def _change_own_password(form: ChangePasswordForm) -> None:
    actor = current_actor()
    check_own_password(form, "password")
    if form.new_password.data != form.repeated.data:
        raise Invalid({"repeated": "The two new passwords differ."})
    if form.new_password.data == form.password.data:
        raise Invalid({"new_password": "The new password must differ from the present one."})
    passwords.check_new(form.new_password.data, actor.username)
    hashed = passwords.hashed(form.new_password.data)
    with writing() as uow:
        accounts.set_password(uow, actor.user_id, hashed, must_change=False, keep_session=actor.session_id)


def check_own_password(form: StrictForm, field: str = "password") -> None:
    """Check the signed-in person's password from a form. Raises Invalid beside ``field``; a refusal is audited."""
    actor = current_actor()
    with work().reading(actor, circumstances(), scoped=False) as uow:
        stored = query.password_hash(uow, actor.user_id)
    if not passwords.matches(stored, getattr(form, field).data or ""):
        event = Event(Action.REFUSED, f"user:{actor.user_id}", reason="wrong password")
        work().append(actor, [event], circumstances())
        raise Invalid({field: "This is not your password. Nothing was changed."})


def confirm_fresh_password(form: StrictForm, field: str = "password") -> Actor:
    """Check the password and stamp the session; gives the actor as it now is, for the unit of work that follows."""
    check_own_password(form, field)
    with writing() as uow:
        accounts.confirm_password(uow)
    with work().reading(SYSTEM, scoped=False) as uow:
        found = query.presence(uow, current_actor().session_id, idle=timedelta(days=1), absolute=timedelta(days=2))
    if found is None:
        raise Invalid({field: "Your session has ended. Sign in again."})
    current_user.actor = found.actor
    return found.actor


@blueprint.get("/people")
@permission(Permission.ACCOUNTS_MANAGE)
def people() -> Page:
    """The clinic's people."""
    return _people_page(PersonForm(formdata=None))


def _people_page(form: PersonForm, status: int = 200, shown_password: tuple[str, str] | None = None) -> Page:
    with reading() as uow:
        rows = query.people(uow)
        uow.record(Event(Action.ACCOUNTS_VIEWED, "people"))
    form.prescriber.choices = _prescriber_choices(rows)
    return render_template(
        "accounts/people.html", form=form, people=rows, roles=list(Role), shown=shown_password
    ), status


def _prescriber_choices(rows: tuple[query.PersonRow, ...]) -> list[SelectChoice]:
    found = [SelectChoice(value=row.user_id, label=row.name) for row in rows if row.role is Role.PRESCRIBER]
    return [SelectChoice(value="", label="nobody"), *found]


@blueprint.post("/people")
@permission(Permission.ACCOUNTS_MANAGE)
def create_person() -> Page:
    """Add a person with a one-time password, shown once."""
    form = PersonForm()
    if not form.validate():
        return _people_page(form, 422)
    password = passwords.generated()
    hashed = passwords.hashed(password)
    try:
        answer = once(lambda uow: {"id": _create(uow, form, hashed), "hash": token_hash(hashed)})
    except Invalid as error:
        form.refuse(error)
        return _people_page(form, 422)
    if answer["hash"] != token_hash(hashed):
        # The form came twice: the password made just now is nobody's, and showing it would lock the person out.
        flash("This person was added already. If the one-time password was missed, set a new one on the person's page.")
        return redirect(url_for("accounts.people"))
    return _people_page(PersonForm(formdata=None), shown_password=(form.username.data.strip().casefold(), password))


def _create(uow: UnitOfWork, form: PersonForm, password_hash: str) -> str:
    return accounts.create_user(
        uow,
        username=form.username.data,
        name=form.name.data,
        title=form.title.data or "",
        role=Role(form.role.data),
        password_hash=password_hash,
        prescriber_id=form.prescriber.data or None,
    )


@blueprint.route("/people/<user_id>", methods=["GET", "POST"])
@permission(Permission.ACCOUNTS_MANAGE)
def person(user_id: str) -> Page:
    """Change a person's role or membership."""
    with reading() as uow:
        rows = query.people(uow)
        row = query.found(rows, user_id)
        uow.record(Event(Action.ACCOUNTS_VIEWED, f"user:{user_id}"))
    form = MembershipForm(role=row.role.value, prescriber=row.prescriber_id or "", active=row.active)
    form.prescriber.choices = _prescriber_choices(rows)
    outcome = attempt(form, lambda uow: _change(uow, user_id, form))
    if outcome.saved:
        flash("The person is changed; it holds from their next request.")
        return redirect(url_for("accounts.people"))
    return render_template("accounts/person.html", form=form, person=row), outcome.status


def _change(uow: UnitOfWork, user_id: str, form: MembershipForm) -> None:
    accounts.change_membership(
        uow,
        user_id,
        role=Role(form.role.data),
        prescriber_id=form.prescriber.data or None,
        active=form.active.data,
    )


@blueprint.post("/people/<user_id>/password")
@permission(Permission.ACCOUNTS_MANAGE)
def reset_password(user_id: str) -> Page:
    """Give a person a new one-time password, shown once; their sessions end."""
    password = passwords.generated()
    hashed = passwords.hashed(password)
    with reading() as uow:
        row = query.found(query.people(uow), user_id)
    with writing() as uow:
        accounts.set_password(uow, user_id, hashed, must_change=True)
    return _people_page(PersonForm(formdata=None), shown_password=(row.username, password))


@blueprint.route("/account/confirm", methods=["GET", "POST"])
@permission(Permission.ACCOUNT)
def confirm() -> Page:
    """Enter the password again for what needs it fresh."""
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            confirm_fresh_password(form)
            return redirect(_safe_target(request.args.get("next")))
        except Invalid as error:
            form.refuse(error)
    return render_template("accounts/confirm.html", form=form), 422 if form.errors else 200
