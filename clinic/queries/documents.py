"""Stored documents, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from clinic.domain.errors import NotFound
from clinic.models import Document, Visit
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document with its bytes and the hash they must have."""

    id: str
    visit_id: str
    patient_id: str
    kind: str
    reference: str
    sha256: str
    body: bytes


def document(uow: UnitOfWork, document_id: str) -> StoredDocument:
    """One document of the clinic. Raises NotFound."""
    return _one(uow, Document.id == document_id)


def original(uow: UnitOfWork, visit_id: str, kind: str) -> StoredDocument | None:
    """The document of a kind that was issued for a visit, or None."""
    try:
        return _one(uow, (Document.visit_id == visit_id) & (Document.kind == kind))
    except NotFound:
        return None


def _one(uow: UnitOfWork, which: object) -> StoredDocument:
    row = uow.session.execute(
        select(
            Document.id,
            Document.visit_id,
            Visit.patient_id,
            Document.kind,
            Document.reference,
            Document.sha256,
            Document.body,
        )
        .join(Visit, (Visit.clinic_id == Document.clinic_id) & (Visit.id == Document.visit_id))
        .where(which)  # type: ignore[arg-type]
        .order_by(Document.issued_at)
    ).first()
    if row is None:
        raise NotFound
    return StoredDocument(*row)
