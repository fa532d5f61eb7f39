"""The clinic's logo: uploaded, shown and removed on the page of the settings."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, abort, flash, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.queries.logos import logo_image
from clinic.services import logos
from clinic.web.clinics import settings_page
from clinic.web.forms.clinics import LogoForm, RetireForm
from clinic.web.saving import Attempt, attempt
from clinic.web.security import permission
from clinic.web.work import reading

blueprint = Blueprint("logos", __name__, url_prefix="/settings")
Page = str | BaseResponse | tuple[str, int]
_INVALID = 422


@blueprint.post("/logo")
@permission(Permission.SETTINGS_MANAGE)
def upload() -> Page:
    """Put a picture on the clinic's prints. It is decoded before the lock is taken."""
    form = LogoForm()
    sent = request.files.get("logo")
    try:
        logo = logos.drawn_anew(sent.read(logos.BYTES_MAXIMUM + 1) if sent else b"")
    except Invalid as error:
        form.refuse(error)
        return settings_page(None, Attempt(_INVALID), form)
    done = attempt(form, lambda uow: logos.change_logo(uow, logo))
    if not done.saved:
        return settings_page(None, done, form)
    flash("The logo is saved. It is printed from now on.")
    return redirect(url_for("clinics.settings", _anchor="logo-part"))


@blueprint.post("/logo/remove")
@permission(Permission.SETTINGS_MANAGE)
def remove() -> Page:
    """Print without a logo."""
    if attempt(RetireForm(), logos.remove_logo).saved:
        flash("The logo is removed. Prints begin with the name of the clinic.")
    return redirect(url_for("clinics.settings", _anchor="logo-part"))


@blueprint.get("/logo.png")
@permission(Permission.SETTINGS_MANAGE)
def image() -> Response:
    """The logo as it is printed."""
    with reading() as uow:
        found = logo_image(uow)
        uow.record(Event(Action.SETTINGS_VIEWED, "logo"))
    if hashlib.sha256(found.body).hexdigest() != found.sha256:
        abort(500)  # Shown to nobody: the stored bytes are not those that were kept.
    response = make_response(found.body)
    response.headers["Content-Type"] = "image/png"
    return response
