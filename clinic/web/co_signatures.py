"""A supervisor's signature over what an injector signed."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.errors import Frozen, Invalid, Stale
from clinic.domain.events import Action, Event
from clinic.queries import patients, visit_review
from clinic.queries import visit_revisions as revisions
from clinic.services import co_signatures
from clinic.services.authority import require
from clinic.web import chart_face
from clinic.web.accounts import confirm_fresh_password
from clinic.web.errors import STATUS
from clinic.web.forms.co_signatures import CoSignForm
from clinic.web.security import permission
from clinic.web.work import once, reading

blueprint = Blueprint("co_signatures", __name__)
Page = str | Response | tuple[str, int]


@blueprint.route("/visits/<visit_id>/co-sign", methods=["GET", "POST"])
@permission(Permission.VISIT_CO_SIGN)
def co_sign(visit_id: str) -> Page:
    """Everything that was signed, once more, and the box for the co-signature under the same hash."""
    form = CoSignForm()
    status, message = 200, ""
    if form.validate_on_submit():
        try:
            confirm_fresh_password(form)
            once(lambda uow: {"id": co_signatures.co_sign(uow, visit_id, form.shown.data, form.note.data or "")})
        except Invalid as error:
            form.refuse(error)
            status = STATUS[Invalid]
        except Stale as error:
            status, message = STATUS[Stale], error.message
        else:
            flash("The visit is co-signed.")
            return redirect(url_for("visits.signed", visit_id=visit_id))
    elif request.method == "POST":
        status = STATUS[Invalid]
    return _page(visit_id, form, status, message)


def _page(visit_id: str, form: CoSignForm, status: int, message: str) -> Page:
    with reading() as uow:
        version = revisions.signed_version(uow, visit_id)
        require(uow, Permission.VISIT_CO_SIGN, version.state)
        if not version.takes_co_signature:
            raise Frozen("This visit waits for no co-signature. It is unchanged.")
        strip = patients.strip(uow, version.patient_id)
        uow.record(Event(Action.VISIT_VIEWED, f"visit:{visit_id}", version.patient_id))
    # After a wrong password still the hash of what the person read, so that nothing slips in between.
    kept = status == STATUS[Invalid] and form.shown.data and not form.shown.errors
    shown = form.shown.data if kept else version.signature.content_sha256
    face, sums = chart_face.still(version.content), visit_review.product_sums(version.content)
    page = {"version": version, "patient": strip, "form": form, "shown": shown, "message": message}
    return render_template("co_signatures/co_sign.html", **page, face=face, sums=sums), status
