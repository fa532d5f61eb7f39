"""What every FHIR resource is written with: ids, references, codes, quantities.

Source of shapes and code systems: HL7 FHIR R4 (4.0.1), hl7.org/fhir/R4. Codes of our own stand under ``OWN``; every coded
value also has its words, so that nobody needs our code systems to read it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.wording import side_words

Resource = dict[str, Any]

OWN: Final = "urn:synkinesis"
UBERON: Final = "http://purl.obolibrary.org/obo/uberon.owl"
HPO: Final = "http://human-phenotype-ontology.org"
UCUM: Final = "http://unitsofmeasure.org"
TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"
ARBITRARY_UNIT: Final = "[arb'U]"
"""UCUM's unit for amounts that no standard compares: units of one botulinum toxin are not those of another."""
_NAMESPACE: Final = uuid.UUID("5f2c0d0e-6a83-4b53-9d0e-3f9f5c1b7a11")


def urn(kind: str, key: str) -> str:
    """The address of a resource in a bundle: the same for the same record, on any machine."""
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, f'{kind}/{key}')}"


def reference(kind: str, key: str, words: str = "") -> Resource:
    """A reference to a resource of the same bundle."""
    found: Resource = {"reference": urn(kind, key), "type": kind}
    return found | {"display": words} if words else found


def identifier(system: str, value: str) -> Resource:
    """An identifier under a system of ours."""
    return {"system": f"{OWN}:{system}", "value": value}


def coding(system: str, code: str, words: str = "") -> Resource:
    """One code."""
    found = {"system": system, "code": code}
    return found | {"display": words} if words else found


def concept(words: str, *codes: Resource) -> Resource:
    """Something in words, with its codes where it has some."""
    return {"coding": list(codes), "text": words} if codes else {"text": words}


def own(system: str, code: str, words: str) -> Resource:
    """A concept with a code of ours."""
    return concept(words, coding(f"{OWN}:{system}", code, words))


def terminology(system: str, code: str) -> Resource:
    """A concept of HL7's own terminology."""
    return {"coding": [coding(f"{TERMINOLOGY}/{system}", code)]}


def place(muscle: str, label: str, side: str, sub_site: str = "") -> Resource:
    """A muscle of one side of the face; the side is the patient's."""
    words = ", ".join(part for part in (label, sub_site, side_words(Side(side)) if side else "") if part)
    known = MUSCLES.get(muscle)
    codes = [coding(f"{OWN}:muscle", f"{muscle}:{side}" if side else muscle, words)]
    if known is not None and known.uberon:
        codes.append(coding(UBERON, known.uberon, known.label))
    return concept(words, *codes)


def units(value: Decimal, product: str) -> Resource:
    """Units of a product: its name stands beside the number."""
    return {"value": value, "unit": f"units of {product}", "system": UCUM, "code": ARBITRARY_UNIT}


def day(value: date) -> str:
    """A date."""
    return value.isoformat()


def moment(value: datetime) -> str:
    """A moment, in UTC."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds")


def note(*texts: str) -> Resource:
    """The texts that are not empty, as annotations; nothing when all are."""
    found = [{"text": text} for text in texts if text.strip()]
    return {"note": found} if found else {}


def filled(value: Any) -> Any:
    """A value without what is empty in it, at any depth: FHIR knows no empty lists, texts or objects."""
    if isinstance(value, dict):
        inner = {key: filled(one) for key, one in value.items()}
        return {key: one for key, one in inner.items() if not _is_empty(one)}
    if isinstance(value, list):
        return [one for one in map(filled, value) if not _is_empty(one)]
    return value


def _is_empty(value: Any) -> bool:
    return not value.strip() if isinstance(value, str) else value in (None, [], {})


def entry(kind: str, key: str, resource: Resource) -> Resource:
    """A resource with its address, as a bundle lists it."""
    return {"fullUrl": urn(kind, key), "resource": {"resourceType": kind, **filled(resource)}}


def joined(parts: Iterable[str], by: str = "; ") -> str:
    """The parts that say something, as one text."""
    return by.join(part for part in parts if part)
