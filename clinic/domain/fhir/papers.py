"""What was handed over, and who did what with the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clinic.domain.fhir.people import who
from clinic.domain.fhir.resources import (
    OWN,
    TERMINOLOGY,
    Resource,
    coding,
    concept,
    entry,
    identifier,
    joined,
    moment,
    reference,
)

_PATIENT: Final = coding(f"{TERMINOLOGY}/audit-entity-type", "1", "Person")
_ROLE: Final = coding(f"{TERMINOLOGY}/object-role", "1", "Patient")
_REST: Final = coding(f"{TERMINOLOGY}/audit-event-type", "rest", "RESTful Operation")


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that is kept: a signed summary, or what was handed over."""

    id: str
    visit_id: str | None
    kind: str
    title: str
    language: str
    by: str
    at: datetime
    sha256: str
    size: int
    given_to: str
    purpose: str
    status: str = "current"
    media_type: str = "application/pdf"


@dataclass(frozen=True, slots=True)
class Act:
    """One entry of the audit trail about a patient."""

    sequence: int
    at: datetime
    user_id: str
    name: str
    role: str
    action: str
    code: str
    subject: str
    refused: bool
    reason: str


def document(paper: Paper, patient_id: str, visits: frozenset[str]) -> Resource:
    """A document, by its title and hash; the bytes stay with the record."""
    context = {"encounter": [reference("Encounter", paper.visit_id)]} if paper.visit_id in visits else {}
    attachment = {
        "contentType": paper.media_type,
        "language": paper.language,
        "title": paper.title,
        "creation": moment(paper.at),
        "size": paper.size,
    }
    return entry(
        "DocumentReference",
        paper.id,
        {
            "identifier": [identifier("document", paper.id), identifier("sha256", paper.sha256)],
            "status": paper.status,
            "type": concept(paper.kind),
            "subject": reference("Patient", patient_id),
            "date": moment(paper.at),
            "author": [who(paper.by)],
            "description": joined((f"given to {paper.given_to}" if paper.given_to else "", paper.purpose), ", for: "),
            "content": [{"attachment": attachment}],
            "context": context,
        },
    )


def audit_event(act: Act, patient_id: str, clinic_id: str, clinic: str) -> Resource:
    """One entry of the audit trail."""
    return entry(
        "AuditEvent",
        f"{patient_id}/{clinic_id}/{act.sequence}",
        {
            "type": _REST,
            "subtype": [coding(f"{OWN}:action", act.action, act.action)],
            "action": act.code,
            "recorded": moment(act.at),
            "outcome": "4" if act.refused else "0",
            "outcomeDesc": act.reason,
            "agent": [
                {
                    "role": [concept(act.role)] if act.role else [],
                    "who": {"identifier": identifier("user", act.user_id or "nobody"), "display": act.name or "nobody"},
                    "requestor": True,
                }
            ],
            "source": {"site": clinic, "observer": reference("Organization", clinic_id, clinic)},
            "entity": [
                {"what": reference("Patient", patient_id), "type": _PATIENT, "role": _ROLE, "description": act.subject}
            ],
        },
    )
