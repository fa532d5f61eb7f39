"""The letters of a recall: one for each patient in the patient's own language and size of type, and a batch once written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from clinic.domain.documents import content as contents
from clinic.domain.documents.content import DocumentContent
from clinic.domain.documents.kinds import DocumentKind, Edition
from clinic.domain.documents.recall_letter import TEXT, Recalled, recall_blocks
from clinic.domain.documents.texts import text
from clinic.domain.documents.treatment_handout import Phones
from clinic.domain.errors import NotFound
from clinic.domain.lot_recalls import RecalledLot, RecallPatient
from clinic.models import IssuedDocument
from clinic.queries.document_heads import Ask, patient_heads
from clinic.unit_of_work import UnitOfWork

KIND = DocumentKind.RECALL_LETTER


@dataclass(frozen=True, slots=True)
class RecallLetter:
    """One letter before it is laid out."""

    patient_id: str
    edition: Edition
    content: DocumentContent


@dataclass(frozen=True, slots=True)
class WrittenLetter:
    """One letter of a batch as it was handed over."""

    patient_id: str
    reference: str
    edition: Edition
    issued_at: datetime
    content: DocumentContent


def recall_letters(
    uow: UnitOfWork, lot: RecalledLot, patients: Sequence[RecallPatient], typed: str
) -> tuple[RecallLetter, ...]:
    """The letters to these patients, in their order, in three statements whatever their number."""
    heads = patient_heads(uow, [one.person.id for one in patients])
    found = []
    for one in patients:
        head = heads[one.person.id]
        about = Recalled(lot.product_name, lot.number, one.treatment_days, one.given)
        phones = Phones(head.clinic.phone, head.emergency_phone)
        title = text(TEXT, head.language.code).title
        ask = Ask(KIND, one.person.id)
        to = (f"{head.patient.given_names} {head.patient.family_name}", *one.person.contact.address.splitlines())
        recipient = tuple(filter(None, map(str.strip, to)))
        draft = head.draft(ask, title, recall_blocks(about, head.language, phones, typed), recipient=recipient)
        found.append(RecallLetter(one.person.id, head.edition, draft.content))
    return tuple(found)


def written_letters(uow: UnitOfWork, purpose: str, batch_id: str) -> tuple[WrittenLetter, ...]:
    """A batch of letters in the order in which they were written, in one statement.

    Raises NotFound for a batch of another lot or clinic; ValueError for a content that is not what was kept.
    """
    one = IssuedDocument
    rows = uow.session.execute(
        select(one.patient_id, one.reference, one.edition, one.issued_at, one.content, one.content_sha256)
        .where(one.pack_id == batch_id, one.kind == KIND.value, one.purpose == purpose)
        .order_by(one.id)
    ).all()
    if not rows:
        raise NotFound
    for row in rows:
        if hashlib.sha256(row.content.encode()).hexdigest() != row.content_sha256:
            raise ValueError(f"What letter {row.reference} was laid out from is not what was kept.")
    return tuple(WrittenLetter(*row[:4], contents.read(row.content)) for row in rows)
