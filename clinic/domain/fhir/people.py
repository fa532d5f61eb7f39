"""The clinic, its people and the patient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from clinic.domain.fhir.resources import Resource, entry, identifier, reference
from clinic.domain.patients import Sex

_GENDERS: Final = {Sex.FEMALE.value: "female", Sex.MALE.value: "male", Sex.OTHER.value: "other"}


@dataclass(frozen=True, slots=True)
class Person:
    """The patient as the record stands now."""

    id: str
    record_number: str
    family_name: str
    given_names: str
    birth_date: date
    sex: str
    phone: str
    email: str
    address: str
    retired: bool
    synthetic: bool


def organization(clinic_id: str, name: str, address: str, phone: str) -> Resource:
    """The clinic."""
    return entry(
        "Organization",
        clinic_id,
        {
            "name": name,
            "address": [{"text": address}] if address else [],
            "telecom": [{"system": "phone", "value": phone}] if phone else [],
        },
    )


def practitioner(name: str) -> Resource:
    """A person of the clinic, known by name only: that is what was signed."""
    return entry("Practitioner", name, {"name": [{"text": name}]})


def who(name: str) -> Resource:
    """A reference to a person of the clinic; where nobody is named it says so."""
    return reference("Practitioner", name, name) if name.strip() else {"display": "not recorded"}


def patient(person: Person, clinic_id: str) -> Resource:
    """The patient; an invented one says so."""
    contacts = (("phone", person.phone), ("email", person.email))
    return entry(
        "Patient",
        person.id,
        {
            "meta": {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}
            if person.synthetic
            else {},
            "identifier": [identifier("record-number", person.record_number)] if person.record_number else [],
            "active": not person.retired,
            "name": [{"family": person.family_name, "given": person.given_names.split() or [person.given_names]}],
            "telecom": [{"system": system, "value": value} for system, value in contacts if value],
            "gender": _GENDERS.get(person.sex, "unknown"),
            "birthDate": person.birth_date.isoformat(),
            "address": [{"text": person.address}] if person.address else [],
            "managingOrganization": reference("Organization", clinic_id),
        },
    )
