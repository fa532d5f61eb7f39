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
_DATA: Final = coding(f"{TERMINOLOGY}/audit-entity-type", "2", "System Object")
_ROLE: Final = coding(f"{TERMINOLOGY}/object-role", "1", "Patient")
_DATA_ROLE: Final = coding(f"{TERMINOLOGY}/object-role", "4", "Domain Resource")
_REST: Final = coding(f"{TERMINOLOGY}/audit-event-type", "rest", "RESTful Operation")
_SERVER: Final = coding(f"{TERMINOLOGY}/security-source-type", "4", "Application Server")
_REQUEST: Final = coding("https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "XrequestId")
_ACTIVE_ROLES: Final = "http://dicom.nema.org/resources/ontology/DCM"
_GIVES: Final = coding(_ACTIVE_ROLES, "110153", "Source Role ID")
_TAKES: Final = coding(_ACTIVE_ROLES, "110152", "Destination Role ID")
_READER: Final = coding(f"{TERMINOLOGY}/v3-ParticipationType", "IRCP", "information recipient")
_AUTHOR: Final = coding(f"{TERMINOLOGY}/v3-ParticipationType", "AUT", "author (originator)")
_INTERACTIONS: Final = {"C": "create", "R": "read", "U": "update", "D": "delete", "E": "operation"}
_MACHINE_NAME, _IP_ADDRESS, _URI = "1", "2", "5"
"""Kinds of address that FHIR knows."""


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
    address: str = ""
    request_id: str = ""


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
    """One entry of the audit trail, as IHE's Basic Audit Log Patterns lay out what was done with a patient's data."""
    return entry(
        "AuditEvent",
        f"{patient_id}/{clinic_id}/{act.sequence}",
        {
            "type": _REST,
            "subtype": [
                coding("http://hl7.org/fhir/restful-interaction", _INTERACTIONS[act.code], _INTERACTIONS[act.code]),
                coding(f"{OWN}:action", act.action, act.action),
            ],
            "action": act.code,
            "recorded": moment(act.at),
            "outcome": "4" if act.refused else "0",
            "outcomeDesc": act.reason,
            "agent": [_person(act), *_machines(act)],
            "source": {
                "site": clinic,
                "observer": reference("Organization", clinic_id, clinic),
                "type": [_SERVER],
            },
            "entity": [
                {"what": reference("Patient", patient_id), "type": _PATIENT, "role": _ROLE},
                {"what": {"identifier": identifier("subject", act.subject)}, "type": _DATA, "role": _DATA_ROLE},
                *([_request(act.request_id)] if act.request_id else []),
            ],
        },
    )


def _person(act: Act) -> Resource:
    """Who did it: the reader of what was looked at, the author of everything else."""
    return {
        "type": {"coding": [_READER if act.code == "R" else _AUTHOR]},
        "role": [concept(act.role)] if act.role else [],
        "who": {"identifier": identifier("user", act.user_id or "nobody"), "display": act.name or "nobody"},
        "name": act.name,
        "requestor": True,
    }


def _machines(act: Act) -> tuple[Resource, Resource]:
    """The browser and the program; what is read goes from the program to the browser, everything else the other way."""
    browser, program = (_TAKES, _GIVES) if act.code == "R" else (_GIVES, _TAKES)
    # A command is typed on the server itself, which knows no address of its own.
    found = (
        {"address": act.address, "type": _IP_ADDRESS}
        if act.address
        else {"address": "localhost", "type": _MACHINE_NAME}
    )
    return (
        {
            "type": {"coding": [browser]},
            "who": {"identifier": identifier("client", found["address"])},
            "requestor": False,
            "network": found,
        },
        {
            "type": {"coding": [program]},
            "who": {"identifier": identifier("program", OWN)},
            "requestor": False,
            "network": {"address": OWN, "type": _URI},
        },
    )


def _request(request_id: str) -> Resource:
    return {"what": {"identifier": identifier("request", request_id)}, "type": _REQUEST}
