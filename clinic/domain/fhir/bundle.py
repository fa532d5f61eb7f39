"""One patient's record as a FHIR bundle: every resource once, every reference within it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from clinic.domain.fhir import injections, outcomes, papers, people, plans, visits
from clinic.domain.fhir.outcomes import Event
from clinic.domain.fhir.papers import Act, Paper
from clinic.domain.fhir.people import Person
from clinic.domain.fhir.resources import Resource, moment, urn
from clinic.domain.fhir.visits import Palsy, SignedVisit
from clinic.domain.plan_content import PlanItemContent


@dataclass(frozen=True, slots=True)
class FhirRecord:
    """What a bundle is made of; ``palsies_of`` names for each visit the palsies that it is about."""

    clinic_id: str
    clinic: str
    address: str
    phone: str
    person: Person
    palsies: tuple[Palsy, ...]
    visits: tuple[SignedVisit, ...]
    palsies_of: dict[str, tuple[str, ...]]
    plan: tuple[PlanItemContent, ...]
    events: tuple[Event, ...]
    papers: tuple[Paper, ...]
    acts: tuple[Act, ...]


def bundle(record: FhirRecord, made_at: datetime) -> Resource:
    """The record as a bundle of the kind *collection*."""
    entries = list(_entries(record))
    entries += [people.practitioner(name) for name in _names(entries)]
    found: dict[str, Resource] = {}
    for one in entries:
        found.setdefault(one["fullUrl"], one)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": moment(made_at),
        "entry": list(found.values()),
    }


def _entries(record: FhirRecord) -> Iterator[Resource]:
    patient_id = record.person.id
    yield people.organization(record.clinic_id, record.clinic, record.address, record.phone)
    yield people.patient(record.person, record.clinic_id)
    graded = _graded_sides(record)
    yield from (visits.condition(one, patient_id, synkinesis=one.side in graded) for one in record.palsies)
    known: set[str] = set()
    for visit in record.visits:
        yield visits.encounter(visit, record.palsies_of.get(visit.content.id, ()), record.clinic_id)
        yield visits.provenance(visit)
        for one in (*injections.session(visit), *outcomes.observations(visit)):
            known.add(one["fullUrl"])
            yield one
    yield from (outcomes.adverse_event(one, patient_id, known) for one in record.events)
    yield from plans.plan(patient_id, record.plan)
    there = frozenset(visit.content.id for visit in record.visits)
    yield from (papers.document(one, patient_id, there) for one in record.papers)
    yield from (papers.audit_event(one, patient_id, record.clinic_id, record.clinic) for one in record.acts)


def _graded_sides(record: FhirRecord) -> frozenset[str]:
    """The sides on which synkinesis was seen: a palsy alone does not say so."""
    grids = (grid for visit in record.visits if not visit.in_error for grid in visit.content.grids)
    return frozenset(cell.side for grid in grids for cell in grid.cells if cell.grade)


def _names(entries: list[Resource]) -> list[str]:
    """The people whom the resources refer to, each by name."""
    names: dict[str, None] = {}

    def look(value: object) -> None:
        if isinstance(value, dict):
            if value.get("type") == "Practitioner" and value.get("reference") == urn(
                "Practitioner", value.get("display", "")
            ):
                names[value["display"]] = None
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(entries)
    return list(names)
