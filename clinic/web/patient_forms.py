"""Forms handed to the patient, and what came back: the staff's side."""

from __future__ import annotations

import secrets

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from clinic.domain.actors import Permission
from clinic.domain.errors import Frozen, Invalid
from clinic.domain.events import Action, Event
from clinic.domain.patient_forms import Way
from clinic.pdf.qr import qr_code
from clinic.queries import patient_forms as query
from clinic.queries import patients
from clinic.services import patient_forms
from clinic.unit_of_work import UnitOfWork
from clinic.web import form_browsers
from clinic.web.forms.patient_forms import ActForm, NewForm
from clinic.web.security import permission, token_hash
from clinic.web.work import once, reading

blueprint = Blueprint("patient_forms", __name__, url_prefix="/visits/<visit_id>")
Page = str | Response | tuple[str, int]
TOKEN_BYTES = 32
"""Random bytes of a link and of a browser's key: 256 bits."""


@blueprint.get("/forms")
@permission(Permission.VISIT_READ)
def index(visit_id: str) -> Page:
    """Forms handed to the patient, and what came back."""
    return _page(visit_id, NewForm(formdata=None))


def _page(visit_id: str, form: NewForm, status: int = 200, link: str = "") -> Page:
    with reading() as uow:
        found = query.visit_forms(uow, visit_id)
        strip = patients.strip(uow, found.patient_id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", found.patient_id))
    if not found.draft:
        return redirect(url_for("visits.show", visit_id=visit_id))
    form.instruments.choices = [SelectChoice(value=one.key, label=one.title) for one in found.offered]
    if form.instruments.data is None and found.offered:
        form.instruments.data = [found.offered[-1].key]  # Our own follow-up questions, which come last.
    return render_template(
        "patient_forms/index.html",
        visit_id=visit_id,
        patient=strip,
        page=found,
        form=form,
        link=link,
        code=qr_code(link) if link else None,
        no_link=form_browsers.link_refusal(),
    ), status


@blueprint.post("/forms/tablet")
@permission(Permission.VISIT_CHART)
def tablet(visit_id: str) -> Page:
    """Make a form and hand this screen over for it."""
    form, key = NewForm(), secrets.token_urlsafe(TOKEN_BYTES)
    try:
        _check(form)
        answer = once(lambda uow: _handed(uow, visit_id, form, key))
    except Invalid as error:
        form.refuse(error)
        return _page(visit_id, form, 422)
    return _to_patient(visit_id, str(answer["hash"]), key)


def _check(form: NewForm) -> None:
    if not form.validate():
        raise Invalid({})


def _handed(uow: UnitOfWork, visit_id: str, form: NewForm, key: str) -> dict[str, str]:
    form_id = patient_forms.create_form(uow, visit_id, form.instruments.data or [], Way.TABLET)
    patient_forms.hand_over(uow, visit_id, form_id, token_hash(key))
    return {"hash": token_hash(key)}


@blueprint.post("/forms/<form_id>/tablet")
@permission(Permission.VISIT_CHART)
def hand_over(visit_id: str, form_id: str) -> Page:
    """Hand this screen over once more for a form that is not finished; what was answered is still in it."""
    key = secrets.token_urlsafe(TOKEN_BYTES)
    _valid_act()

    def run(uow: UnitOfWork) -> dict[str, str]:
        patient_forms.hand_over(uow, visit_id, form_id, token_hash(key))
        return {"hash": token_hash(key)}

    return _to_patient(visit_id, str(once(run)["hash"]), key)


def _to_patient(visit_id: str, stored: str, key: str) -> Response:
    response = redirect(url_for("patient_answers.show"), 303)
    if stored == token_hash(key):  # Sent twice: the first answer brought the key, and this screen is locked already.
        form_browsers.give_key(response, key)
        response.headers["Clear-Site-Data"] = '"cache"'
    return response


@blueprint.post("/forms/link")
@permission(Permission.VISIT_CHART)
def link(visit_id: str) -> Page:
    """Make a link that works once, and show it once."""
    form, token = NewForm(), secrets.token_urlsafe(TOKEN_BYTES)
    try:
        _check(form)
        answer = once(lambda uow: _linked(uow, visit_id, form, token))
    except Invalid as error:
        form.refuse(error)
        return _page(visit_id, form, 422)
    if answer["hash"] != token_hash(token):
        flash("This link was made already and is shown only once. If it was missed, end it and make another.")
        return redirect(url_for("patient_forms.index", visit_id=visit_id))
    address = url_for("patient_answers.link", token=token, _external=True)
    return _page(visit_id, NewForm(formdata=None), link=address)


def _linked(uow: UnitOfWork, visit_id: str, form: NewForm, token: str) -> dict[str, str]:
    if refusal := form_browsers.link_refusal():
        raise Invalid({"": refusal})
    hashed = token_hash(token)
    patient_forms.create_form(uow, visit_id, form.instruments.data or [], Way.LINK, link_hash=hashed)
    return {"hash": hashed}


@blueprint.post("/forms/<form_id>/end")
@permission(Permission.VISIT_CHART)
def end(visit_id: str, form_id: str) -> Page:
    """End a form that the patient has not sent."""
    _valid_act()
    try:
        once(lambda uow: patient_forms.end_form(uow, visit_id, form_id))
    except Frozen as error:
        flash(error.message, "warn")
    else:
        flash("The form is ended. Nothing of it can be sent any more.")
    return redirect(url_for("patient_forms.index", visit_id=visit_id))


def _valid_act() -> None:
    form = ActForm()
    if not form.validate():
        raise Invalid(form.messages or {"": "The form could not be read. Load the page again."})
