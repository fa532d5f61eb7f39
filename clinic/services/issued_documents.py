"""Handing documents over: the bytes once rendered are kept for ever, with what they came from, for whom and what for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.documents.kinds import Edition
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.models import IssuedDocument, Visit
from clinic.services.authority import require
from clinic.services.patients import active_patient
from clinic.unit_of_work import UnitOfWork

GIVEN_TO_MAXIMUM = 200
PURPOSE_MAXIMUM = 400


@dataclass(frozen=True, slots=True)
class Print:
    """A rendered document that waits to be kept. ``id`` was drawn before it was rendered: its reference is printed on it.

    ``content`` is the canonical JSON of its ``DocumentContent``, for a draw-up sheet of the visit's content, "" for a visit
    summary, whose content is kept with the signature; ``content_sha256`` is the hash of what the bytes came from.
    """

    id: str
    kind: str
    title: str
    language: str
    edition: Edition
    paper: str
    visit_id: str | None
    content: str
    content_sha256: str
    body: bytes


def reference(document_id: str) -> str:
    """The reference printed on every page: short, and found again by its letters."""
    return document_id[:10].upper()


def hand_over(
    uow: UnitOfWork,
    patient_id: str,
    prints: Sequence[Print],
    *,
    given_to: str,
    purpose: str,
    pack: Print | None = None,
    batch_id: str | None = None,
) -> str:
    """Keep what was handed over and say to whom; ``pack`` is all of ``prints`` as one file. Gives the id of the file.

    ``batch_id`` binds prints of several patients that were made at once: there is no file of them in any record.
    Raises NotFound for another clinic's patient or a visit that is not this patient's, Frozen for a retired record,
    Invalid beside a field.
    """
    require(uow, Permission.DOCUMENT_ISSUE)
    active_patient(uow, patient_id)
    if not prints:
        raise Invalid({"kind": "Choose at least one document."})
    if not given_to.strip():
        raise Invalid({"given_to": "Say who gets it, for example “patient”."})
    if len(given_to) > GIVEN_TO_MAXIMUM or len(purpose) > PURPOSE_MAXIMUM:
        field = "given_to" if len(given_to) > GIVEN_TO_MAXIMUM else "purpose"
        raise Invalid({field: f"At most {GIVEN_TO_MAXIMUM if field == 'given_to' else PURPOSE_MAXIMUM} characters."})
    visits = {one.visit_id for one in prints if one.visit_id}
    known = select(Visit.id).where(Visit.id.in_(visits), Visit.patient_id == patient_id)
    if set(uow.session.scalars(known)) != visits:
        raise NotFound
    for one in (*prints, *([pack] if pack else [])):
        _keep(uow, patient_id, one, given_to.strip(), purpose.strip(), pack.id if pack else batch_id)
    return (pack or prints[0]).id


def _keep(uow: UnitOfWork, patient_id: str, one: Print, given_to: str, purpose: str, pack_id: str | None) -> None:
    sha256 = hashlib.sha256(one.body).hexdigest()
    uow.session.add(
        IssuedDocument(
            clinic_id=uow.clinic_id,
            id=one.id,
            patient_id=patient_id,
            visit_id=one.visit_id,
            pack_id=pack_id,
            kind=one.kind,
            title=one.title,
            language=one.language,
            edition=one.edition,
            paper=one.paper,
            reference=reference(one.id),
            given_to=given_to,
            purpose=purpose,
            issued_by=uow.actor.name,
            issued_at=uow.now,
            content=one.content,
            content_sha256=one.content_sha256,
            sha256=sha256,
            body=one.body,
        )
    )
    new = {
        "kind": one.kind,
        "title": one.title,
        "visit": one.visit_id or "",
        "language": one.language,
        "edition": one.edition.value,
        "paper": one.paper,
        "given_to": given_to,
        "purpose": purpose,
        "pack": pack_id or "",
        "by": uow.actor.name,
        "content_sha256": one.content_sha256,
        "sha256": sha256,
    }
    uow.record(Event(Action.DOCUMENT_HANDED_OVER, f"document:{one.id}", patient_id, new=new))
