"""The safety answers of two merged records: the more cautious one stays, and an undoing puts back what stood before."""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import select

from clinic.domain.injections import Answer
from clinic.domain.patients import SafetyFactKind
from clinic.models import PatientMerge, SafetyFact
from clinic.unit_of_work import UnitOfWork

_CAUTION = {Answer.YES: 3, Answer.UNKNOWN: 2, Answer.NO: 1, Answer.NOT_APPLICABLE: 0}
"""Of two answers to a safety question the one with the higher number is kept: yes before unknown before no."""
Fact = dict[str, str] | None


def take_up_facts(uow: UnitOfWork, kept_id: str, merged_id: str) -> dict[str, dict[str, Fact]]:
    """Give the kept record the more cautious answer to each question; what stood is given back for an undoing."""
    rows = uow.session.scalars(select(SafetyFact).where(SafetyFact.patient_id.in_((kept_id, merged_id)))).all()
    mine = {row.kind: row for row in rows if row.patient_id == kept_id}
    changed: dict[str, dict[str, Fact]] = {}
    for theirs in sorted((row for row in rows if row.patient_id == merged_id), key=lambda row: row.kind.value):
        own = mine.get(theirs.kind)
        before = _fact(own)
        if own is None:
            own = SafetyFact(
                clinic_id=uow.clinic_id,
                patient_id=kept_id,
                kind=theirs.kind,
                answer=theirs.answer,
                detail=theirs.detail,
                asked_on=theirs.asked_on,
            )
            uow.session.add(own)
        else:
            _join(own, theirs)
        if before != _fact(own):
            changed[theirs.kind.value] = {"before": before, "after": _fact(own)}
    return changed


def _join(own: SafetyFact, theirs: SafetyFact) -> None:
    """Let the more cautious answer stand; a contradiction is said in words, and the older day makes it due sooner."""
    details = [own.detail, theirs.detail]
    if own.answer is not theirs.answer:
        cautious, other = sorted((own, theirs), key=lambda row: -_CAUTION[row.answer])
        details = [cautious.detail, f"Ask again: the two merged records said {cautious.answer} and {other.answer}"]
        if other.detail:
            details.append(f"({other.answer}: {other.detail})")
        own.answer = cautious.answer
    own.detail = "; ".join(dict.fromkeys(one for one in details if one))
    own.asked_on = min(own.asked_on, theirs.asked_on)


def give_back_facts(uow: UnitOfWork, row: PatientMerge) -> None:
    """Put back what the kept record answered before, where nobody answered since."""
    for kind, said in json.loads(row.facts).items():
        own = uow.session.get(SafetyFact, (uow.clinic_id, row.kept_id, SafetyFactKind(kind)))
        if own is None or _fact(own) != said["after"]:
            continue
        if said["before"] is None:
            uow.session.delete(own)
        else:
            before = said["before"]
            own.answer, own.detail = Answer(before["answer"]), before["detail"]
            own.asked_on = date.fromisoformat(before["asked_on"])


def _fact(row: SafetyFact | None) -> Fact:
    if row is None:
        return None
    return {"answer": row.answer.value, "detail": row.detail, "asked_on": row.asked_on.isoformat()}
