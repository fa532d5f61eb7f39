"""What was handed over, opened again: the very bytes, or once superseded a copy that says so."""

from __future__ import annotations

import hashlib

from flask import Blueprint, abort, redirect, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Permission
from clinic.domain.events import Action, Event
from clinic.queries.issued_documents import IssuedFile, issued_file
from clinic.web import print_sheets, prints
from clinic.web.costly import costly
from clinic.web.documents import sent
from clinic.web.security import permission
from clinic.web.work import reading

blueprint = Blueprint("issued_documents", __name__, url_prefix="/documents")


@blueprint.get("/<document_id>.pdf")
@permission(Permission.DOCUMENT_READ)
@costly
def show(document_id: str) -> Response:
    """A document as it was handed over; once superseded, printed anew from what was kept, with its mark."""
    with reading() as uow:
        file = issued_file(uow, document_id)
        settings = prints.settings_of(uow)
        again = print_sheets.again(uow, settings, file) if file.row.superseded and file.can_be_laid_out else None
        uow.record(Event(Action.DOCUMENT_READ, f"document:{document_id}", file.patient_id))
    if file.row.superseded and not file.can_be_laid_out:
        abort(500)  # Shown to nobody: what is kept is not what was handed over. `verify` names it.
    if again is not None:
        return sent(again(), f"superseded-{file.row.reference}")
    if file.row.superseded:
        return redirect(url_for(".original", document_id=document_id))
    return _original(file)


@blueprint.get("/<document_id>/original.pdf")
@permission(Permission.DOCUMENT_READ)
@costly
def original(document_id: str) -> Response:
    """A document as it was handed over, byte for byte, whatever came later."""
    with reading() as uow:
        file = issued_file(uow, document_id)
        uow.record(Event(Action.DOCUMENT_READ, f"document:{document_id}", file.patient_id))
    return _original(file)


def _original(file: IssuedFile) -> Response:
    if hashlib.sha256(file.body).hexdigest() != file.sha256:
        abort(500)  # Shown to nobody: the stored bytes are not those that were handed over. `verify` names them.
    return sent(file.body, file.row.reference)
