"""What the audit trail says was signed, appended, voided, issued, confirmed and counted, against what is there.

A row that was deleted whole leaves no wrong hash behind; the sealed entry that it was written is what tells.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import select

from clinic.domain.events import Action
from clinic.models import Addendum, AuditEvent, CoSignature, Document, LotCount, Signature, TimeOut, Visit, VisitVoid
from clinic.services.accounts import system_actor
from clinic.unit_of_work import UnitOfWork, Work
from clinic.verification.chains import UNREADABLE
from clinic.verification.report import Problem

Fact = tuple[str, str, str]
"""What was done, to which visit or document, and the value that the audit trail keeps of it."""

_ACTIONS = (
    Action.VISIT_SIGNED,
    Action.ADDENDUM_SIGNED,
    Action.VISIT_CO_SIGNED,
    Action.VISIT_VOIDED,
    Action.DOCUMENT_ISSUED,
    Action.TIME_OUT_TAKEN,
    Action.LOT_COUNTED,
)
_KEPT = {
    Action.VISIT_SIGNED: "sha256",
    Action.ADDENDUM_SIGNED: "text",
    Action.VISIT_CO_SIGNED: "sha256",
    Action.VISIT_VOIDED: "disposition",
    Action.DOCUMENT_ISSUED: "sha256",
    Action.TIME_OUT_TAKEN: "digest",
    Action.LOT_COUNTED: "vials",
}
_WORDS = {
    Action.VISIT_SIGNED: "a signature",
    Action.ADDENDUM_SIGNED: "an addendum",
    Action.VISIT_CO_SIGNED: "a co-signature",
    Action.VISIT_VOIDED: "the voiding",
    Action.DOCUMENT_ISSUED: "a document",
    Action.TIME_OUT_TAKEN: "a time-out",
    Action.LOT_COUNTED: "a count of unopened vials",
}


def check(work: Work, clinic_id: int, counts: Counter[str]) -> Iterator[Problem]:
    """Name everything that the audit trail knows and the record does not, and the other way round."""
    with work.reading(system_actor(clinic_id)) as uow:
        try:
            acts = tuple(_said(uow, clinic_id))
            said, there = Counter(acts), Counter(_there(uow, acts))
        except UNREADABLE:
            yield Problem(f"clinic {clinic_id}", "a signature, voiding or document cannot be read; it was changed")
            return
    counts["acts in the audit trail"] += said.total()
    for action, subject, _ in sorted((said - there).keys()):
        yield Problem(
            subject.replace(":", " "), f"{_WORDS[Action(action)]} in the audit trail is missing here or was changed"
        )
    for action, subject, _ in sorted((there - said).keys()):
        yield Problem(subject.replace(":", " "), f"{_WORDS[Action(action)]} is here that the audit trail does not know")


def _said(uow: UnitOfWork, chain: int) -> Iterator[Fact]:
    rows = select(
        AuditEvent.action, AuditEvent.subject, AuditEvent.reason, AuditEvent.values, AuditEvent.user_id, AuditEvent.at
    ).where(AuditEvent.chain == chain, AuditEvent.action.in_([one.value for one in _ACTIONS]))
    for action, subject, reason, values, by_id, at in uow.session.execute(rows):
        new = json.loads(values).get("new", {})
        kept = str(new.get(_KEPT[Action(action)], ""))
        if action == Action.VISIT_VOIDED:
            yield _void_fact(subject.removeprefix("visit:"), kept, reason, by_id, new.get("by", ""), at)
        else:
            yield action, subject, kept


def _void_fact(visit_id: str, disposition: str, reason: str, by_id: str, by: str, at: datetime) -> Fact:
    """A voiding has no seal of its own: who did it, and when, hangs on its entry."""
    return Action.VISIT_VOIDED.value, f"visit:{visit_id}", f"{disposition} {reason} {by_id} {by} {at.isoformat()}"


def _there(uow: UnitOfWork, acts: Collection[Fact]) -> Iterator[Fact]:
    read = uow.session.execute
    for visit_id, sha256 in read(select(Signature.visit_id, Signature.content_sha256)):
        yield Action.VISIT_SIGNED.value, f"visit:{visit_id}", sha256
    for visit_id, text in read(select(Addendum.visit_id, Addendum.text)):
        yield Action.ADDENDUM_SIGNED.value, f"visit:{visit_id}", text
    for visit_id, sha256 in read(select(CoSignature.visit_id, CoSignature.content_sha256)):
        yield Action.VISIT_CO_SIGNED.value, f"visit:{visit_id}", sha256
    v = VisitVoid
    for visit_id, how, reason, by_id, by, at in read(
        select(v.visit_id, v.disposition, v.reason, v.by_id, v.by_name, v.at)
    ):
        # Entries made before the name stood in them cannot vouch for it.
        nameless = _void_fact(visit_id, how.value, reason, by_id, "", at)
        yield nameless if nameless in acts else _void_fact(visit_id, how.value, reason, by_id, by, at)
    for document_id, sha256 in read(select(Document.id, Document.sha256)):
        yield Action.DOCUMENT_ISSUED.value, f"document:{document_id}", sha256
    for lot_id, vials in read(select(LotCount.lot_id, LotCount.vials)):
        yield Action.LOT_COUNTED.value, f"lot:{lot_id}", str(vials)
    # An amendment copies the time-out of the version that it replaces; only the first one was an act.
    same = (Visit.clinic_id == TimeOut.clinic_id) & (Visit.id == TimeOut.visit_id)
    for visit_id, digest in read(
        select(TimeOut.visit_id, TimeOut.digest).join(Visit, same).where(Visit.amends_id.is_(None))
    ):
        yield Action.TIME_OUT_TAKEN.value, f"visit:{visit_id}", digest
