"""Issuing documents: the bytes once rendered are kept for ever, with the hash of what they were rendered from."""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from clinic.domain.actors import Permission, RecordState
from clinic.domain.errors import NotFound
from clinic.domain.events import Action, Event
from clinic.models import Document, Signature, Visit
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork

SUMMARY = "visit summary"


def reference(visit_id: str, revision: int) -> str:
    """The reference printed on every page: short, and found again by its first letters."""
    return f"{visit_id[:8].upper()}-{revision}"


def issue(uow: UnitOfWork, visit_id: str, kind: str, body: bytes, content_sha256: str) -> str:
    """Keep a rendered document of a signed visit; a second one of the kind gives the first one's id.

    Raises NotFound unless the visit is signed with exactly this content.
    """
    require(uow, Permission.DOCUMENT_READ, RecordState.SIGNED)
    visit = uow.session.get(Visit, (uow.clinic_id, visit_id), with_for_update=True)
    signed = uow.session.scalar(
        select(Signature.id).where(Signature.visit_id == visit_id, Signature.content_sha256 == content_sha256)
    )
    if visit is None or signed is None:
        raise NotFound
    kept = uow.session.scalar(select(Document.id).where(Document.visit_id == visit_id, Document.kind == kind))
    if kept is not None:
        return kept
    document = Document(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        visit_id=visit_id,
        kind=kind,
        reference=reference(visit_id, visit.revision),
        sha256=hashlib.sha256(body).hexdigest(),
        content_sha256=content_sha256,
        issued_by=uow.actor.name,
        issued_at=uow.now,
        body=body,
    )
    uow.session.add(document)
    new = {"kind": kind, "sha256": document.sha256}
    uow.record(Event(Action.DOCUMENT_ISSUED, f"document:{document.id}", visit.patient_id, new=new))
    return document.id
