"""Giving a locked screen back to the person whose session it is."""

from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response

from clinic import passwords
from clinic.domain.actors import Actor, Permission
from clinic.domain.errors import Busy, Invalid
from clinic.domain.events import Action, Event
from clinic.queries import accounts as query
from clinic.services import screen_locks, sessions
from clinic.web import form_browsers
from clinic.web.forms.patient_forms import UnlockForm
from clinic.web.security import permission
from clinic.web.work import circumstances, work, writing

Page = str | Response | tuple[str, int]
WRONG = "This is not the password. The screen stays locked; after 5 wrong ones it is signed out."


def locked_actor() -> Actor | None:
    """The person whose screen this is, while it is in a patient's hands."""
    actor: Actor | None = getattr(current_user, "actor", None)
    return actor if actor is not None and actor.locked_form_id is not None else None


@permission(Permission.PUBLIC)
def staff() -> Page:
    """Unlock the screen with its owner's password; without a locked session there is only the way to sign in."""
    actor, form = locked_actor(), UnlockForm()
    if actor is None or request.method != "POST":
        return render_template("patient_forms/staff.html", owner=actor, form=form)
    if form.validate():
        if _is_password(actor, form.password.data):
            return _unlocked(actor)
        if _is_over(actor):
            return _signed_out()
        form.refuse(Invalid({"password": WRONG}))
    return render_template("patient_forms/staff.html", owner=actor, form=form), 422


def _is_password(actor: Actor, password: str) -> bool:
    with work().housekeeping() as database:
        claimed = sessions.claim_try(database, actor.session_ref)
    with work().reading(actor, circumstances(), scoped=False) as uow:
        stored = query.password_hash(uow, actor.user_id)
    try:
        if claimed and passwords.matches(stored, password):
            return True
    except Busy:  # It was not looked at, so it was no try.
        with work().housekeeping() as database:
            sessions.give_back_try(database, actor.session_ref)
        raise
    event = Event(Action.REFUSED, f"user:{actor.user_id}", reason="wrong password on a screen that was handed over")
    work().append(actor, [event], circumstances())
    return False


def _is_over(actor: Actor) -> bool:
    with writing(actor) as uow:
        return screen_locks.close_session(uow)


def _unlocked(actor: Actor) -> Response:
    with writing(actor) as uow:
        visit_id = screen_locks.unlock(uow)
    target = url_for("patient_forms.index", visit_id=visit_id) if visit_id else url_for("pages.today")
    response = redirect(target, 303)
    form_browsers.take_key(response)
    return response


def _signed_out() -> Response:
    logout_user()
    session.clear()
    return redirect(url_for("patient_answers.staff"), 303)
