"""A code handed over by an administrator, used once for a first or new password."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from clinic import passwords
from clinic.audit_chain import INSTALLATION
from clinic.domain.actors import Actor, Permission
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.sign_in import TryKind
from clinic.queries import accounts as query
from clinic.services import accounts, one_time_codes
from clinic.services.one_time_codes import Usable
from clinic.web import sign_in_limits as limits
from clinic.web.forms.accounts import OneTimeCodeForm
from clinic.web.security import permission
from clinic.web.work import circumstances, work, writing

blueprint = Blueprint("one_time_codes", __name__)
Page = str | Response | tuple[str, int]
NOT_RIGHT = (
    "This user name and code do not go together, or the code was used or is too old, or there were too many tries."
    " Ask your administrator for a new code."
)


@blueprint.route("/code", methods=["GET", "POST"])
@permission(Permission.PUBLIC)
def show() -> Page:
    """Choose a password with a one-time code; it signs nobody in."""
    form = OneTimeCodeForm()
    if form.validate_on_submit():
        try:
            _choose_password(form)
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Your password is set. Sign in with it.")
            return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/code.html", form=form), 422 if form.errors else 200


def _choose_password(form: OneTimeCodeForm) -> None:
    username, password = form.username.data, form.new_password.data
    here = limits.here()
    # From one address: nobody guesses 138 bits, and nobody elsewhere may use up the tries of whoever holds the code.
    tried = limits.claim((TryKind.ADDRESS, here), (TryKind.CODE, f"{username.strip().casefold()} {here}"))
    limits.refuse_address(tried)
    if password != form.repeated.data:
        raise Invalid({"repeated": "The two new passwords differ. The code can still be used."})
    # What only a right code may tell (is there such a person, in which clinic) is looked at after it.
    passwords.check_new(password, username.strip())
    found = _usable(form) if tried.allowed else None
    if found is None:
        raise _refused(username)
    passwords.check_new(password, found.username, found.told)
    hashed = passwords.hashed(password)
    with writing(_owner(found)) as uow:
        if not one_time_codes.set_password(uow, found, form.code.data, hashed):
            raise Invalid({"code": NOT_RIGHT})  # Another request used it in the meantime.
    limits.give_back(tried)


def _usable(form: OneTimeCodeForm) -> Usable | None:
    with work().reading(accounts.SYSTEM, scoped=False) as uow:
        return one_time_codes.usable(uow, form.username.data, form.code.data)


def _owner(found: Usable) -> Actor:
    with work().reading(accounts.SYSTEM, scoped=False) as uow:
        credentials = query.credentials(uow, found.username)
    actors = credentials.actors if credentials else ()
    actor = next((one for one in actors if one.clinic_id == found.clinic_id), None)
    if actor is None:
        raise _refused(found.username)
    return actor


def _refused(username: str) -> Invalid:
    with work().reading(accounts.SYSTEM, scoped=False) as uow:
        found = query.credentials(uow, username)
    chain = found.actors[0].clinic_id if found and found.actors else INSTALLATION
    event = Event(Action.SIGN_IN_REFUSED, f"user:{found.user_id}" if found else "user:unknown", reason="one-time code")
    work().append(accounts.system_actor(chain), [event], circumstances())
    return Invalid({"code": NOT_RIGHT})
