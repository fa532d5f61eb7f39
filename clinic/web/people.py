"""The clinic's people: who may sign in, as what, and the codes with which they choose a password."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from clinic.domain.actors import Permission, Role
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.sign_in import CodeKind
from clinic.queries import accounts as query
from clinic.queries import emergencies
from clinic.services import accounts, one_time_codes
from clinic.unit_of_work import UnitOfWork
from clinic.web.accounts import blueprint
from clinic.web.forms.accounts import CodeKindForm, MembershipForm, PersonForm
from clinic.web.saving import attempt
from clinic.web.security import fresh_password, permission
from clinic.web.work import once, reading

__all__ = ["blueprint"]
Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code on the one page that shows it."""

    username: str
    kind: CodeKind
    code: str


@blueprint.get("/people")
@permission(Permission.ACCOUNTS_MANAGE)
def people() -> Page:
    """The clinic's people."""
    return _people_page(PersonForm(formdata=None))


def _people_page(form: PersonForm, status: int = 200, shown: ShownCode | None = None) -> Page:
    with reading() as uow:
        rows, to_review = query.people(uow), emergencies.to_review(uow)
        uow.record(Event(Action.ACCOUNTS_VIEWED, "people"))
    form.prescriber.choices = _prescriber_choices(rows)
    page = render_template(
        "accounts/people.html", form=form, people=rows, roles=list(Role), shown=shown, to_review=to_review
    )
    return page, status


def _prescriber_choices(rows: tuple[query.PersonRow, ...]) -> list[SelectChoice]:
    found = [SelectChoice(value=row.user_id, label=row.name) for row in rows if row.role is Role.PRESCRIBER]
    return [SelectChoice(value="", label="nobody"), *found]


@blueprint.post("/people")
@permission(Permission.ACCOUNTS_MANAGE)
@fresh_password
def create_person() -> Page:
    """Add a person with an invitation, whose code is shown once."""
    form, code = PersonForm(), one_time_codes.new_code()
    if not form.validate():
        return _people_page(form, 422)
    made = one_time_codes.code_hash(code)
    try:
        answer = once(lambda uow: {"id": _create(uow, form, code), "made": made})
    except Invalid as error:
        form.refuse(error)
        return _people_page(form, 422)
    if answer["made"] != made:
        # The form came twice: the code made just now is nobody's.
        flash("This person was added already. If the code was missed, make a new one on the person's page.")
        return redirect(url_for("accounts.people"))
    username = form.username.data.strip().casefold()
    return _people_page(PersonForm(formdata=None), shown=ShownCode(username, CodeKind.INVITATION, code))


def _create(uow: UnitOfWork, form: PersonForm, code: str) -> str:
    user_id = accounts.create_user(
        uow,
        username=form.username.data,
        name=form.name.data,
        title=form.title.data or "",
        role=Role(form.role.data),
        prescriber_id=form.prescriber.data or None,
    )
    one_time_codes.issue(uow, user_id, CodeKind.INVITATION, code)
    return user_id


@blueprint.route("/people/<user_id>", methods=["GET", "POST"])
@permission(Permission.ACCOUNTS_MANAGE)
def person(user_id: str) -> Page:
    """Change a person's role or membership."""
    rows, row = _person(user_id)
    form = MembershipForm(role=row.role.value, prescriber=row.prescriber_id or "", active=row.active)
    form.prescriber.choices = _prescriber_choices(rows)
    outcome = attempt(form, lambda uow: _change(uow, user_id, form))
    if outcome.saved:
        flash("The person is changed; it holds from their next request.")
        return redirect(url_for("accounts.people"))
    return render_template("accounts/person.html", form=form, person=row, kinds=CodeKind), outcome.status


def _person(user_id: str) -> tuple[tuple[query.PersonRow, ...], query.PersonRow]:
    with reading() as uow:
        rows = query.people(uow)
        row = query.found(rows, user_id)
        uow.record(Event(Action.ACCOUNTS_VIEWED, f"user:{user_id}"))
    return rows, row


def _change(uow: UnitOfWork, user_id: str, form: MembershipForm) -> None:
    accounts.change_membership(
        uow,
        user_id,
        role=Role(form.role.data),
        prescriber_id=form.prescriber.data or None,
        active=form.active.data,
    )


@blueprint.post("/people/<user_id>/code")
@permission(Permission.ACCOUNTS_MANAGE)
@fresh_password
def issue_code(user_id: str) -> Page:
    """Make a one-time code for a person, shown once."""
    _, row = _person(user_id)
    form, code = CodeKindForm(), one_time_codes.new_code()
    made = one_time_codes.code_hash(code)
    try:
        if not form.validate():
            raise Invalid(form.messages)
        kind = CodeKind(form.kind.data)
        answer = once(lambda uow: _issue(uow, user_id, kind, code))
    except Invalid as error:
        return _refused_code(error)
    if answer["made"] != made:
        flash("This code was made and shown already. If it was missed, make a new one.")
        return redirect(url_for("accounts.person", user_id=user_id))
    return _people_page(PersonForm(formdata=None), shown=ShownCode(row.username, kind, code))


def _issue(uow: UnitOfWork, user_id: str, kind: CodeKind, code: str) -> dict[str, str]:
    one_time_codes.issue(uow, user_id, kind, code)
    return {"made": one_time_codes.code_hash(code)}


def _refused_code(error: Invalid) -> Page:
    page = PersonForm(formdata=None)
    page.refuse(Invalid({"": error.message}))
    return _people_page(page, 422)
