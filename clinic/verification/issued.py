"""Documents that were handed over: their bytes, what they were laid out from, and what the audit trail says of them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from clinic.domain import visit_content
from clinic.domain.documents import content as contents
from clinic.domain.documents.kinds import WITHOUT_CONTENT, DocumentKind
from clinic.domain.events import Action
from clinic.models import AuditEvent, IssuedDocument
from clinic.queries import merges
from clinic.queries.merges import Standing
from clinic.services.accounts import system_actor
from clinic.services.issued_documents import reference
from clinic.unit_of_work import UnitOfWork, Work
from clinic.verification.chains import UNREADABLE
from clinic.verification.report import Problem, compared

Values = Mapping[str, Any]
_TABLE = IssuedDocument.__tablename__


def check(work: Work, clinic_id: int, counts: Counter[str]) -> Iterator[Problem]:
    """Name every document of a clinic that is not as it was handed over, is missing, or is unknown to the audit trail."""
    with work.reading(system_actor(clinic_id)) as uow:
        try:
            standing = merges.standing(uow)
            said = _said(uow, clinic_id, standing)
        except UNREADABLE:
            yield Problem(f"documents of clinic {clinic_id}", "what was handed over cannot be read; it was changed")
            return
        there: dict[str, Values] = {}
        for document_id in list(uow.session.scalars(select(IssuedDocument.id).order_by(IssuedDocument.id))):
            counts["documents handed over"] += 1
            try:
                row = _row(uow, document_id)
                yield from _problems(row, standing)
            except UNREADABLE:
                yield Problem(f"document {document_id}", "cannot be read; it was changed")
                said.pop(document_id, None)
                continue
            there[document_id] = _values(row)
            uow.session.expunge(row)  # Only one document's bytes in memory at a time.
    yield from compared(said, there, lambda one: f"document {one}")


def _row(uow: UnitOfWork, document_id: str) -> IssuedDocument:
    query = select(IssuedDocument).where(IssuedDocument.id == document_id)
    return uow.session.execute(
        query.options(undefer(IssuedDocument.body), undefer(IssuedDocument.content))
    ).scalar_one()


def _problems(row: IssuedDocument, standing: Standing) -> Iterator[Problem]:
    where = f"document {row.id}"
    if hashlib.sha256(row.body).hexdigest() != row.sha256:
        yield Problem(where, "its bytes do not have the hash with which it was handed over")
    if row.reference != reference(row.id):
        yield Problem(where, "its printed reference is not its own")
    if row.kind in WITHOUT_CONTENT and not row.content:
        return
    if hashlib.sha256(row.content.encode()).hexdigest() != row.content_sha256:
        yield Problem(where, "what it was laid out from does not have the hash that was kept")
    if row.kind == DocumentKind.DRAW_UP_SHEET:
        visit = visit_content.read(row.content)
        if (visit.id, standing.now(_TABLE, row.id, visit.patient.id)) != (row.visit_id, row.patient_id):
            yield Problem(where, "was laid out for another visit")
        return
    content = contents.read(row.content)
    if content.patient is not None and standing.now(_TABLE, row.id, content.patient.id) != row.patient_id:
        yield Problem(where, "was laid out for another patient")
    if (content.kind, content.language, content.visit_id) != (row.kind, row.language, row.visit_id):
        yield Problem(where, "was laid out as another document")


def _values(row: IssuedDocument) -> Values:
    return {
        "patient": row.patient_id,
        "visit": row.visit_id or "",
        "title": row.title,
        "pack": row.pack_id or "",
        "kind": row.kind,
        "language": row.language,
        "edition": row.edition.value,
        "paper": row.paper,
        "given_to": row.given_to,
        "purpose": row.purpose,
        "content_sha256": row.content_sha256,
        "sha256": row.sha256,
        "by": row.issued_by,
        "at": row.issued_at,
    }


def _said(uow: UnitOfWork, chain: int, standing: Standing) -> dict[str, Values]:
    a = AuditEvent
    rows = select(a.subject, a.patient_id, a.at, a.values).where(
        a.chain == chain, a.action == Action.DOCUMENT_HANDED_OVER.value
    )
    found: dict[str, Values] = {}
    for subject, patient_id, at, values in uow.session.execute(rows):
        document_id = subject.removeprefix("document:")
        patient = standing.now(_TABLE, document_id, patient_id or "")
        found[document_id] = json.loads(values)["new"] | {"patient": patient, "at": at}
    return found
