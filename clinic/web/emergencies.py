"""Access in an emergency: begun with a reason, ended by time, reviewed afterwards."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from clinic.domain import emergencies as rules
from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, NotPermitted
from clinic.domain.events import Action, Event
from clinic.queries import accounts as accounts_query
from clinic.queries import emergencies as query
from clinic.services import emergencies
from clinic.web.accounts import confirm_fresh_password
from clinic.web.forms.emergencies import BeginForm, EndForm, NamedForm, ReviewForm
from clinic.web.saving import attempt
from clinic.web.security import current_actor, permission
from clinic.web.work import once, reading, writing

blueprint = Blueprint("emergencies", __name__)
Page = str | Response | tuple[str, int]


@blueprint.route("/emergency", methods=["GET", "POST"])
@permission(Permission.EMERGENCY_ACCESS)
def begin() -> Page:
    """Begin an emergency access, or be told why there is no need of one."""
    actor, form = current_actor(), BeginForm()
    needed = rules.needs_it(actor.role)
    if needed and not actor.may_break_glass:
        raise NotPermitted("You are not named for emergency access. An administrator can name you beforehand.")
    status = 200
    if needed and form.is_submitted():
        status = _begun(form)
        if status == 303:
            flash("Records are open to you for reading, for one hour. Every look is marked and reviewed.", "warn")
            return redirect(url_for("patients.index"))
    return render_template("emergencies/begin.html", form=form, needed=needed), status


def _begun(form: BeginForm) -> int:
    if not form.validate():
        return 422
    try:
        rules.checked_reason(form.reason.data or "")
        confirm_fresh_password(form)
    except Invalid as error:
        form.refuse(error)
        return 422
    return attempt(form, lambda uow: emergencies.begin(uow, form.reason.data or "")).status


@blueprint.post("/emergency/end")
@permission(Permission.EMERGENCY_ACCESS)
def end() -> Page:
    """End it before its time."""
    form = EndForm()
    if not form.validate():
        raise Invalid({"": " ".join(map(str, form.form_errors))})
    with writing() as uow:
        emergencies.end(uow)
    flash("The emergency access has ended.")
    return redirect(url_for("pages.today"))


@blueprint.get("/emergencies")
@permission(Permission.EMERGENCY_REVIEW)
def index() -> Page:
    """Every emergency access: why, what was opened, and who looked at it afterwards."""
    return _list(ReviewForm(formdata=None))


def _list(form: ReviewForm, refused: str = "", status: int = 200) -> Page:
    with reading() as uow:
        rows = query.accesses(uow)
        uow.record(Event(Action.AUDIT_VIEWED, "emergencies"))
    return render_template("emergencies/index.html", rows=rows, form=form, refused=refused), status


@blueprint.post("/emergencies/<access_id>/review")
@permission(Permission.EMERGENCY_REVIEW)
def review(access_id: str) -> Page:
    """Note what the review found."""
    form = ReviewForm()

    outcome = attempt(form, lambda uow: emergencies.review(uow, access_id, form.note.data or ""))
    if outcome.saved:
        flash("The review is noted.")
        return redirect(url_for(".index"))
    return _list(form, access_id, outcome.status)


@blueprint.route("/people/<user_id>/emergency", methods=["GET", "POST"])
@permission(Permission.ACCOUNTS_MANAGE)
def person(user_id: str) -> Page:
    """Say whether a person is named for emergencies."""
    with reading() as uow:
        row = accounts_query.found(accounts_query.people(uow), user_id)
        may = query.may_begin(uow, user_id)
        uow.record(Event(Action.ACCOUNTS_VIEWED, f"user:{user_id}"))
    form = NamedForm(may=may)
    status = _named(form, user_id) if form.is_submitted() else 200
    if status == 303:
        flash("Noted. It holds from the person's next request.")
        return redirect(url_for("accounts.person", user_id=user_id))
    return render_template("emergencies/person.html", form=form, person=row, needed=rules.needs_it(row.role)), status


def _named(form: NamedForm, user_id: str) -> int:
    if not form.validate():
        return 422
    try:
        confirm_fresh_password(form)
        once(lambda uow: emergencies.name_person(uow, user_id, may=bool(form.may.data)))
    except Invalid as error:
        form.refuse(error)
        return 422
    return 303
