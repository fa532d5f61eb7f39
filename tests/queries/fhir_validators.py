"""Two validators that know nothing of each other, and the codes that neither of them compares.

``fhirkit`` has the structure definitions of R4. ``fhir.resources`` has R4B, which is R4 for every resource that we write;
it also knows which days exist and what an id may hold.
"""

from __future__ import annotations

import json
from typing import Any, Final

import fhirkit
from fhir.resources.R4B.bundle import Bundle
from pydantic import ValidationError

_CODES: Final = {
    ("Encounter", "status"): {"finished", "entered-in-error"},
    ("Procedure", "status"): {"completed", "entered-in-error"},
    ("MedicationAdministration", "status"): {"completed", "entered-in-error"},
    ("Observation", "status"): {"final", "entered-in-error"},
    ("Patient", "gender"): {"male", "female", "other", "unknown"},
    ("CarePlan", "status"): {"active", "completed"},
    ("Goal", "lifecycleStatus"): {"proposed", "accepted", "completed", "rejected", "cancelled"},
    ("DocumentReference", "status"): {"current"},
    ("AdverseEvent", "actuality"): {"actual"},
    ("AuditEvent", "action"): {"C", "R", "U", "D", "E"},
    ("AuditEvent", "outcome"): {"0", "4"},
}
"""Required bindings of hl7.org/fhir/R4, as far as we use them."""


def faults(bundle: dict[str, Any]) -> list[str]:
    """Everything that is wrong with a bundle, in words."""
    text = json.dumps(bundle, default=float)
    found = [str(issue) for issue in fhirkit.validate(text)]
    try:
        Bundle.model_validate(json.loads(text))
    except (ValidationError, KeyError) as error:  # An unknown kind of resource is a KeyError there.
        found.append(str(error)[:500])
    return found + [fault for one in bundle["entry"] for fault in _coded(one["resource"])]


def _coded(resource: dict[str, Any]) -> list[str]:
    kind = resource["resourceType"]
    return [
        f"{kind}.{name} is {resource.get(name)!r}"
        for (of, name), codes in _CODES.items()
        if of == kind and resource.get(name) not in codes
    ]
