"""A prescriber's signature over what an injector signed: over the same hash, appended, never instead of the first."""

from __future__ import annotations

import hmac

from sqlalchemy import select

from clinic.domain.actors import Permission, Role
from clinic.domain.errors import Frozen, Invalid, NotPermitted, Stale
from clinic.domain.events import Action, Event
from clinic.domain.visits import CO_SIGNED
from clinic.models import CoSignature, Signature
from clinic.services import signing
from clinic.services.authority import require_fresh_password
from clinic.unit_of_work import UnitOfWork

NOTE_MAXIMUM = 1000


def co_sign(uow: UnitOfWork, visit_id: str, shown_sha256: str, note: str = "") -> str:
    """Co-sign exactly the content that was shown; gives the co-signature's id.

    Raises FreshPasswordNeeded, NotPermitted for the signer's own visit, Frozen when the visit was amended, voided or
    co-signed meanwhile or waits for nobody, Stale when what was shown is not what was signed.
    """
    require_fresh_password(uow)
    visit = signing.held_signed(uow, visit_id, Permission.VISIT_CO_SIGN)
    signature = uow.session.scalars(select(Signature).where(Signature.visit_id == visit_id)).one()
    _refuse(uow, signature)
    if not hmac.compare_digest(signature.content_sha256, shown_sha256):
        raise Stale("This is not the record that was shown to you. Read it again, then co-sign.", shown=0, current=0)
    if len(note.strip()) > NOTE_MAXIMUM:
        raise Invalid({"note": f"At most {NOTE_MAXIMUM} characters."})
    row = CoSignature(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        visit_id=visit_id,
        signature_id=signature.id,
        content_sha256=signature.content_sha256,
        signer_id=uow.actor.user_id,
        signer_name=uow.actor.name,
        signer_role=uow.actor.role,
        meaning=CO_SIGNED,
        note=note.strip(),
        signed_at=uow.now,
        time_zone=visit.time_zone,
        seal="",
    )
    row.seal = signing.seal(uow.key, row)
    uow.session.add(row)
    new = {"sha256": row.content_sha256, "meaning": row.meaning, "note": row.note, "signed by": signature.signer_name}
    uow.record(Event(Action.VISIT_CO_SIGNED, f"visit:{visit_id}", visit.patient_id, new=new))
    return row.id


def _refuse(uow: UnitOfWork, signature: Signature) -> None:
    if signature.signer_id == uow.actor.user_id:
        raise NotPermitted("You signed this visit yourself; somebody else co-signs it.")
    if signature.signer_role is not Role.INJECTOR or not signature.under:
        raise Frozen("This visit was not signed under a prescriber: it takes no co-signature.")
    kept = select(CoSignature.signer_name).where(CoSignature.visit_id == signature.visit_id)
    if by := uow.session.scalar(kept):
        raise Frozen(f"{by} co-signed this visit already. Nothing was added.")
