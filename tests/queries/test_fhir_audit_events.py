"""A-08: the audit trail of a FHIR bundle keeps the field rules of IHE's Basic Audit Log Patterns (BALP 1.1)."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clinic.domain.events import READS, REFUSALS, Action
from clinic.domain.fhir.papers import Act, audit_event
from clinic.queries.fhir_bundles import code_of, fhir_bundle
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld
from tests.queries.fhir_validators import faults

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TERMS = "http://terminology.hl7.org/CodeSystem"
INTERACTION = {"C": "create", "R": "read", "U": "update", "D": "delete", "E": "operation"}
SOURCE, DESTINATION = "110153", "110152"
Event = dict[str, Any]


def balp_faults(event: Event) -> list[str]:
    """The rules of PatientCreate, -Read, -Update and -Delete that an entry breaks; operations keep the common ones."""
    rules: dict[str, Callable[[], bool]] = {
        "type": lambda: event["type"]["code"] == "rest" and event["type"]["system"] == f"{TERMS}/audit-event-type",
        "subtype": lambda: INTERACTION[event["action"]] in {one["code"] for one in event["subtype"]},
        "recorded": lambda: datetime.fromisoformat(event["recorded"]).tzinfo is not None,
        "outcome": lambda: event["outcome"] in {"0", "4"},
        "source": lambda: bool(event["source"]["observer"]["reference"] and event["source"]["type"]),
        "patient": lambda: one_entity(event, "1")["role"]["code"] == "1",
        "whose": lambda: one_entity(event, "1")["what"]["type"] == "Patient",
        "data": lambda: one_entity(event, "2")["role"]["code"] in {"3", "4", "20"},
        "which": lambda: bool(one_entity(event, "2")["what"]["identifier"]["value"]),
        "browser": lambda: is_machine(event, DESTINATION if event["action"] == "R" else SOURCE, ("1", "2")),
        "program": lambda: is_machine(event, SOURCE if event["action"] == "R" else DESTINATION, ("5",)),
        "person": lambda: is_person(event, "IRCP" if event["action"] == "R" else "AUT"),
    }
    return [name for name, rule in rules.items() if not kept(rule)]


def kept(rule: Callable[[], bool]) -> bool:
    try:
        return rule()
    except (KeyError, ValueError, IndexError, TypeError):
        return False


def one_entity(event: Event, kind: str) -> Event:
    (found,) = [one for one in event["entity"] if one["type"]["code"] == kind]
    return dict(found)


def one_agent(event: Event, code: str) -> Event:
    (found,) = [one for one in event["agent"] if one["type"]["coding"][0]["code"] == code]
    return dict(found)


def is_machine(event: Event, code: str, kinds: tuple[str, ...]) -> bool:
    agent = one_agent(event, code)
    where = agent["network"]
    return bool(agent["who"]) and agent["requestor"] is False and where["type"] in kinds and bool(where["address"])


def is_person(event: Event, code: str) -> bool:
    agent = one_agent(event, code)
    return agent["requestor"] is True and "network" not in agent and bool(agent["who"]["identifier"]["value"])


def act(number: int, action: Action) -> Act:
    """An entry as the trail holds one; every other was made by a command, which has no address."""
    code, refused = code_of(action.value), action in REFUSALS
    address, request = ("203.0.113.9", f"r{number}") if number % 2 else ("", "")
    moment = AT + timedelta(seconds=number)
    return Act(
        number, moment, "u1", "Ada", "prescriber", action.value, code, "visit:v1", refused, "why", address, request
    )


def made(number: int, action: Action) -> Event:
    return dict(audit_event(act(number, action), "p1", "c1", "Clinic")["resource"])


def test_a_thousand_entries_of_every_action_keep_the_rules() -> None:
    """A-08: create, read, update, delete and operation; by a browser and by a command."""
    actions = itertools.islice(itertools.cycle(Action), 1000)
    events = [made(number, action) for number, action in enumerate(actions)]
    assert [event for event in events if balp_faults(event)] == []
    assert {event["action"] for event in events} == set(INTERACTION)


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (Action.PATIENT_VIEWED, "R"),
        (Action.EXPORT_TAKEN, "R"),
        (Action.VISIT_STARTED, "C"),
        (Action.TREATMENT_ADDED, "C"),
        (Action.ADDENDUM_SIGNED, "C"),
        (Action.DOCUMENT_HANDED_OVER, "C"),
        (Action.SITE_SAVED, "U"),
        (Action.VISIT_VOIDED, "U"),
        (Action.SITE_REMOVED, "D"),
        (Action.MUSCLE_STATUS_RETIRED, "D"),
        (Action.RECORD_EXPORTED, "E"),
        (Action.REFUSED, "E"),
    ],
)
def test_an_action_is_told_as_what_it_was(action: Action, code: str) -> None:
    assert code_of(action.value) == code
    assert made(1, action)["outcome"] == ("4" if action in REFUSALS else "0")


def test_every_look_is_a_read_and_nothing_else_is() -> None:
    assert {action for action in Action if code_of(action.value) == "R"} == READS


BROKEN: dict[str, Callable[[Event], Any]] = {
    "subtype": lambda event: event["subtype"].pop(0),
    "outcome": lambda event: event.pop("outcome"),
    "source": lambda event: event["source"].pop("type"),
    "patient": lambda event: event["entity"].pop(0),
    "data": lambda event: event["entity"].pop(1),
    "browser": lambda event: event["agent"][1].pop("network"),
    "program": lambda event: event["agent"].pop(2),
    "person": lambda event: event["agent"][0].update(requestor=False),
    "which": lambda event: event["entity"][1].pop("what"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_entry_that_breaks_a_rule_is_found(name: str) -> None:
    """The tooth."""
    event = copy.deepcopy(made(1, Action.PATIENT_VIEWED))
    BROKEN[name](event)
    assert name in balp_faults(event)


def test_the_entries_of_a_record_keep_the_rules_and_both_validators(
    work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """A-08: of a real trail, with its addresses."""
    charting = Charting.after_a_session(work, clinic, clock)
    with charting.reading() as uow:
        found = json.loads(json.dumps(fhir_bundle(uow, charting.patient_id), default=float))
    events = [one["resource"] for one in found["entry"] if one["resource"]["resourceType"] == "AuditEvent"]
    assert faults(found) == []
    assert len(events) > 5
    assert [event for event in events if balp_faults(event)] == []
