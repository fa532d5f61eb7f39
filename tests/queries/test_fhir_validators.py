"""Each kind of fault is seen by at least one of the validators: a test over them can fail."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from clinic.domain.fhir.bundle import FhirRecord, bundle
from clinic.domain.fhir.people import Person
from clinic.domain.fhir.visits import Palsy
from tests.queries.fhir_validators import faults

PERSON = Person("p1", "77", "Keane", "Margaret Ann", date(1979, 2, 3), "female", "", "", "", False, True)
PALSY = Palsy("c1", "Bell's palsy", "left", date(2024, 3, 14), "14 Mar 2024", "", "V", "")
RECORD = FhirRecord("1", "Clinic", "", "", PERSON, (PALSY,), (), {}, (), (), (), ())
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
Change = Callable[[dict[str, Any]], Any]
FAULTS: dict[str, Change] = {
    "an unknown element": lambda patient: patient.update(foo=1),
    "a day that is not": lambda patient: patient.update(birthDate="1970-02-30"),
    "a month that is not": lambda patient: patient.update(birthDate="1970-13-01"),
    "a gender in short": lambda patient: patient.update(gender="f"),
    "an object for a list": lambda patient: patient.update(name=patient["name"][0]),
    "an id with blanks": lambda patient: patient.update(id="a b"),
    "a text for a truth": lambda patient: patient.update(active="yes"),
    "an unknown resource": lambda patient: patient.update(resourceType="Person2"),
}


def test_a_small_record_is_valid() -> None:
    assert faults(bundle(RECORD, AT)) == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_seen(name: str) -> None:
    broken = copy.deepcopy(bundle(RECORD, AT))
    FAULTS[name](next(one["resource"] for one in broken["entry"] if one["resource"]["resourceType"] == "Patient"))
    assert faults(broken)
