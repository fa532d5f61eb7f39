"""A patient's FHIR bundle: valid to two validators, closed in itself, and equal to the record in doses and sides."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.errors import NotFound
from clinic.domain.visits import Disposition
from clinic.queries.fhir_bundles import fhir_bundle
from clinic.services import signing
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld
from tests.queries.fhir_validators import faults

Bundle = dict[str, Any]


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A signed session and a draft after it."""
    return Charting.after_a_session(work, clinic, clock)


def bundle_of(charting: Charting) -> Bundle:
    with charting.reading() as uow:
        found = fhir_bundle(uow, charting.patient_id)
    return json.loads(json.dumps(found, default=float), parse_float=Decimal)  # type: ignore[no-any-return]


def resources(bundle: Bundle, kind: str) -> list[Bundle]:
    return [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == kind]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "reference" in value:
            yield value["reference"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_a_course_is_valid_closed_and_says_what_was_given(charting: Charting) -> None:
    bundle = bundle_of(charting)
    assert faults(bundle) == []
    places = [one["fullUrl"] for one in bundle["entry"]]
    assert len(places) == len(set(places))
    assert set(references(bundle)) <= set(places)
    given = resources(bundle, "MedicationAdministration")
    record = charting.record(charting.first)
    told = Counter((one["dosage"]["site"]["coding"][0]["code"], one["dosage"]["dose"]["value"]) for one in given)
    assert told == Counter((f"{site.muscle}:{site.side}", site.units) for site in record.sites)
    assert {one["status"] for one in given} == {"completed"}
    assert {one["dosage"]["dose"]["unit"] for one in given} == {"units of onabotulinumtoxinA (Botox)"}
    (medication,) = resources(bundle, "Medication")
    assert medication["batch"]["lotNumber"]
    assert len(resources(bundle, "Encounter")) == 1, "a draft is no part of what is told"
    assert resources(bundle, "Provenance")[0]["signature"]
    assert {one["agent"][0]["who"]["display"] for one in resources(bundle, "AuditEvent")}


def test_a_voided_session_is_entered_in_error_and_an_amended_one_is_told_once(charting: Charting) -> None:
    draft = charting.visit_id
    with charting.writing() as uow:
        charting.visit_id = signing.amend(uow, charting.first, "The lot was mistyped")
    charting.sign()
    bundle = bundle_of(charting)
    assert len(resources(bundle, "Encounter")) == 1
    assert len(resources(bundle, "MedicationAdministration")) == 4
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "Another patient's", Disposition.NOT_GIVEN)
    bundle = bundle_of(charting)
    assert faults(bundle) == []
    for kind in ("Encounter", "Procedure", "MedicationAdministration"):
        assert {one["status"] for one in resources(bundle, kind)} == {"entered-in-error"}
    charting.visit_id = draft


def test_what_a_voided_session_gave_all_the_same_is_told_as_given(charting: Charting) -> None:
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.first, "Written under the wrong day", Disposition.GIVEN)
    bundle = bundle_of(charting)
    assert faults(bundle) == []
    assert {one["status"] for one in resources(bundle, "Encounter")} == {"entered-in-error"}
    for kind in ("Procedure", "MedicationAdministration"):
        assert {one["status"] for one in resources(bundle, kind)} == {"completed"}, "the toxin is in the patient"
    assert all("voided" in str(one["note"]) for one in resources(bundle, "MedicationAdministration"))


def test_the_same_record_has_the_same_addresses(charting: Charting) -> None:
    first = [one["fullUrl"] for one in bundle_of(charting)["entry"]]
    assert [one["fullUrl"] for one in bundle_of(charting)["entry"]] == first


def test_another_clinics_patient_is_not_found(work: Work, charting: Charting, other_clinic: ClinicWorld) -> None:
    with work.reading(other_clinic.prescriber) as uow, pytest.raises(NotFound):
        fhir_bundle(uow, charting.patient_id)
