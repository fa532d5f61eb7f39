"""Encounters, the palsies they are about, and the signatures over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from clinic.domain.fhir.people import who
from clinic.domain.fhir.resources import (
    HPO,
    TERMINOLOGY,
    Resource,
    coding,
    concept,
    day,
    entry,
    identifier,
    joined,
    moment,
    note,
    own,
    reference,
    terminology,
)
from clinic.domain.visit_content import VisitContent

_SYNKINESIS: Final = coding(HPO, "HP:0034979", "Facial synkinesis")
_SIGNED: Final = coding("urn:iso-astm:E1762-95:2013", "1.2.840.10065.1.12.1.1", "Author's Signature")


@dataclass(frozen=True, slots=True)
class SignedVisit:
    """A signed visit in force, what was signed, and whether it was voided and what became of its units then."""

    content: VisitContent
    signer: str
    meaning: str
    signed_at: datetime
    content_sha256: str
    voided: str = ""
    units_stand: bool = True

    @property
    def in_error(self) -> bool:
        """Whether it was entered in error."""
        return bool(self.voided)

    @property
    def none_given(self) -> bool:
        """Whether what it says was given was not: units of a voided visit may be in the patient all the same."""
        return self.in_error and not self.units_stand


@dataclass(frozen=True, slots=True)
class Palsy:
    """One palsy episode; ``onset`` is its date in words, ``on`` the date where it is known to the day."""

    id: str
    cause: str
    side: str
    on: date | None
    onset: str
    detail: str
    worst_grade: str
    note: str


def condition(palsy: Palsy, patient_id: str, *, synkinesis: bool = False) -> Resource:
    """A facial palsy; with the code of synkinesis where some was graded on its side."""
    words = f"Facial palsy, patient’s {palsy.side} side: {joined((palsy.cause, palsy.detail), ', ')}"
    onset: dict[str, Any] = {"onsetDateTime": day(palsy.on)} if palsy.on else {"onsetString": palsy.onset}
    return entry(
        "Condition",
        palsy.id,
        {
            "clinicalStatus": terminology("condition-clinical", "active"),
            "verificationStatus": terminology("condition-ver-status", "confirmed"),
            "code": concept(words, *([_SYNKINESIS] if synkinesis else [])),
            "bodySite": [own("side", palsy.side, f"face, patient’s {palsy.side}")],
            "subject": reference("Patient", patient_id),
            **(onset if palsy.on or palsy.onset else {}),
            **note(f"Worst House–Brackmann grade: {palsy.worst_grade}" if palsy.worst_grade else "", palsy.note),
        },
    )


def encounter(visit: SignedVisit, palsies: tuple[str, ...], clinic_id: str) -> Resource:
    """A visit."""
    content = visit.content
    return entry(
        "Encounter",
        content.id,
        {
            "identifier": [identifier("visit", content.id)],
            "status": "entered-in-error" if visit.in_error else "finished",
            "class": coding(f"{TERMINOLOGY}/v3-ActCode", "AMB", "ambulatory"),
            "subject": reference("Patient", content.patient.id),
            "participant": [{"individual": who(content.author)}],
            "period": {"start": day(content.on), "end": day(content.on)},
            "diagnosis": [{"condition": reference("Condition", one)} for one in palsies],
            "serviceProvider": reference("Organization", clinic_id),
        },
    )


def provenance(visit: SignedVisit) -> Resource:
    """Who signed a visit, when, and the hash of what was signed."""
    content = visit.content
    return entry(
        "Provenance",
        content.id,
        {
            "target": [reference("Encounter", content.id)],
            "recorded": moment(visit.signed_at),
            "activity": concept(f"{visit.meaning}; SHA-256 of the signed content: {visit.content_sha256}"),
            "agent": [{"who": who(visit.signer)}],
            "signature": [{"type": [_SIGNED], "when": moment(visit.signed_at), "who": who(visit.signer)}],
        },
    )
