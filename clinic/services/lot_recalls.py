"""Writing the letters of a recall: one document in each patient's record, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select

from clinic.domain.actors import Permission
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.errors import Invalid, NotFound, Stale
from clinic.domain.lot_recalls import RecallList
from clinic.models import IssuedDocument, Lot
from clinic.services.authority import require
from clinic.services.issued_documents import Print, hand_over
from clinic.unit_of_work import UnitOfWork

BY_POST: Final = "patient, by post"
NO_ADDRESS: Final = "patient; no address on record"


def write_letters(
    uow: UnitOfWork, listed: RecallList, seen: int, letters: Sequence[tuple[str, Print]], batch_id: str
) -> str:
    """Keep a letter for each patient under one batch; ``seen`` is how many were written when ``listed`` was shown.

    Gives the batch's id. Raises NotFound, Stale when letters were written meanwhile, Frozen for a record that was
    retired, Invalid for a lot that is not marked as recalled and for nobody to write to.
    """
    require(uow, Permission.DOCUMENT_ISSUE)
    row = uow.session.get(Lot, (uow.clinic_id, listed.lot.id), with_for_update=True)
    if row is None:
        raise NotFound
    if row.recalled_at is None:
        raise Invalid({"": "Mark the lot as recalled first; the letters say that it is."})
    if not letters:
        raise Invalid({"who": "Nobody on this list gets a letter this way. Choose others, or look who was written to."})
    written = _written(uow, listed)
    if written != seen:
        message = "Letters about this lot were written meanwhile. Look at the list again; no letter was written twice."
        raise Stale(message, shown=seen, current=written)
    reached = {one.person.id for one in listed.patients if one.person.contact.address.strip()}
    for patient_id, letter in letters:
        given_to = BY_POST if patient_id in reached else NO_ADDRESS
        hand_over(uow, patient_id, [letter], given_to=given_to, purpose=listed.lot.purpose, batch_id=batch_id)
    return batch_id


def _written(uow: UnitOfWork, listed: RecallList) -> int:
    one = IssuedDocument
    whom = [patient.person.id for patient in listed.patients]
    kept = select(func.count()).where(one.clinic_id == uow.clinic_id, one.patient_id.in_(whom))
    about = kept.where(one.kind == DocumentKind.RECALL_LETTER.value, one.purpose == listed.lot.purpose)
    return uow.session.scalar(about) or 0
