"""Adverse events: entered, changed, reviewed and withdrawn, each an entry of its own; what they stop until then."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import DatabaseError

from clinic.domain.actors import Role
from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale, Stopped, WrongStep
from clinic.domain.safety_events import NOT_REVIEWED
from clinic.models import AdverseEvent, AdverseEventEntry, AuditEvent
from clinic.queries.adverse_events import EventRow
from clinic.queries.patient_events import PatientEvents, patient_events
from clinic.queries.visit_contents import visit_content
from clinic.services import adverse_events, signing
from clinic.services.adverse_events import EventEntry
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient
from tests.postgresql import by_owner

WORDS = "lid measured again, no change of plan"
ENTRY = EventEntry(
    Kind.EYELID_PTOSIS, 2, Relation.PROBABLE, Side.LEFT, onset_on=date(2026, 11, 25), description=" <b>heavy</b> lid "
)


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A new draft, 90 days after a signed session of four sites."""
    return Charting.after_a_session(work, clinic, clock)


def first(charting: Charting) -> str:
    return charting.first


def record(charting: Charting, entry: EventEntry = ENTRY, role: Role = Role.PRESCRIBER, **values: Any) -> str:
    about = {"session_id": first(charting)} | values
    patient_id = about.pop("patient_id", charting.patient_id)
    with charting.work.writing(charting.clinic.people[role]) as uow:
        return adverse_events.record_event(uow, patient_id, entry, **about)


def known(charting: Charting) -> PatientEvents:
    with charting.reading() as uow:
        return patient_events(uow, charting.patient_id)


def event(charting: Charting) -> EventRow:
    (row,) = known(charting).rows
    return row


def act(charting: Charting, verb: Any, *values: Any, role: Role = Role.PRESCRIBER) -> None:
    with charting.work.writing(charting.clinic.people[role]) as uow:
        verb(uow, *values)


def test_an_event_is_kept_with_its_session_and_its_sites(charting: Charting) -> None:
    sites = {site.id for site in charting.record(first(charting)).sites[:2]}
    record(charting, replace(ENTRY, site_ids=tuple(sites)), Role.ASSISTANT, visit_id=charting.visit_id)
    row = event(charting)
    assert (row.kind, row.grade, row.side, row.relation) == (Kind.EYELID_PTOSIS, 2, Side.LEFT, Relation.PROBABLE)
    assert (row.session_id, row.session_on, row.description) == (
        first(charting),
        date(2026, 11, 22),
        "<b>heavy</b> lid",
    )
    assert {site.id for site in row.sites} == sites
    assert {site.lot for site in row.sites} == {"C4821A2"}
    assert (row.first_by, row.number, row.is_open, row.serious) == ("Ada Assistant", 1, True, False)
    assert event(charting).words == "Drooping of the upper lid, patient’s left, grade\u00a02, since 25 Nov 2026"


def test_a_site_is_linked_once(charting: Charting) -> None:
    with charting.reading() as uow:
        (site, *_) = patient_events(uow, charting.patient_id).session(first(charting)).sites
    with pytest.raises(Invalid) as refused:
        record(charting, replace(ENTRY, site_ids=(site.id, site.id)))
    assert set(refused.value.fields) == {"site_ids"}
    assert known(charting).rows == ()


def test_a_life_threatening_event_is_serious_whatever_was_ticked(charting: Charting) -> None:
    record(charting, replace(ENTRY, kind=Kind.ALLERGIC, grade=4))
    assert event(charting).serious


def test_an_event_needs_no_session(charting: Charting) -> None:
    record(charting, replace(ENTRY, onset_on=date(2020, 1, 1)), session_id=None)
    assert event(charting).session_id is None


def test_a_touch_ups_sites_count_and_another_sessions_do_not(charting: Charting) -> None:
    charting.signed()
    other = charting.record().sites[0].id
    with pytest.raises(Invalid) as refused:
        record(charting, replace(ENTRY, site_ids=(other,)))
    assert set(refused.value.fields) == {"site_ids"}
    with pytest.raises(Invalid) as refused:
        record(charting, replace(ENTRY, site_ids=(other,)), session_id=None)
    assert set(refused.value.fields) == {"site_ids"}


def test_what_is_of_another_patient_or_clinic_is_not_found(charting: Charting, other_clinic: ClinicWorld) -> None:
    other = make_patient(charting.work, charting.clinic.prescriber, family_name="Other", given_names="Olga")
    for values in (
        {"patient_id": other},
        {"patient_id": other, "session_id": None, "visit_id": charting.visit_id},
        {"session_id": "0" * 26},
        {"visit_id": "0" * 26},
        {"patient_id": "0" * 26, "session_id": None},
    ):
        with pytest.raises(NotFound):
            record(charting, **values)
    with pytest.raises(NotFound), charting.work.writing(other_clinic.prescriber) as uow:
        adverse_events.record_event(uow, charting.patient_id, ENTRY)
    event_id = record(charting)
    for verb, values in (
        (adverse_events.change_event, (event_id, ENTRY, 1)),
        (adverse_events.review_event, (event_id, 1, WORDS)),
        (adverse_events.withdraw_event, (event_id, 1, WORDS)),
    ):
        with pytest.raises(NotFound), charting.work.writing(other_clinic.prescriber) as uow:
            verb(uow, *values)
    assert event(charting).number == 1


def test_a_signed_visit_takes_no_event_but_the_patient_does(charting: Charting) -> None:
    with pytest.raises(Frozen):
        record(charting, visit_id=first(charting))
    record(charting)
    assert event(charting).is_open


def test_during_the_session_the_event_follows_the_draft_and_links_no_site_of_it(charting: Charting) -> None:
    charting.given()
    today = replace(ENTRY, onset_on=None)
    site_id = charting.record().sites[0].id
    with pytest.raises(NotFound):
        record(charting, today, session_id=charting.visit_id)
    with pytest.raises(Invalid):
        record(charting, replace(today, site_ids=(site_id,)), session_id=charting.visit_id, visit_id=charting.visit_id)
    event_id = record(charting, today, session_id=charting.visit_id, visit_id=charting.visit_id)
    content = visit_content(charting.record())
    assert [one.id for one in content.adverse_events] == [event_id]
    act(charting, adverse_events.review_event, event_id, 1, WORDS)
    charting.settle()
    charting.sign()
    act(charting, adverse_events.change_event, event_id, replace(today, site_ids=(site_id,)), 2)
    assert [site.id for site in event(charting).sites] == [site_id]


def test_a_change_adds_an_entry_and_asks_for_a_review_again(charting: Charting) -> None:
    event_id = record(charting)
    act(charting, adverse_events.review_event, event_id, 1, WORDS)
    assert (event(charting).reviewed_by, event(charting).is_open) == ("Ada Prescriber", False)
    act(
        charting,
        adverse_events.change_event,
        event_id,
        replace(ENTRY, ended_on=date(2027, 1, 3)),
        2,
        role=Role.THERAPIST,
    )
    row = event(charting)
    assert (row.number, row.is_open, row.reviewed_by, row.ended_on) == (3, True, "", date(2027, 1, 3))
    entries = known(charting).entries[event_id]
    assert [(one.number, one.done, one.by) for one in entries] == [
        (3, "changed", "Ada Therapist"),
        (2, "reviewed", "Ada Prescriber"),
        (1, "entered", "Ada Prescriber"),
    ]
    assert entries[0].changes == (("Ended", "", "3 Jan 2027"),)
    assert entries[1].reason == WORDS


def test_the_audit_names_what_changed(charting: Charting) -> None:
    event_id = record(charting)
    act(charting, adverse_events.change_event, event_id, replace(ENTRY, grade=3), 1)
    with charting.reading() as uow:
        last = uow.session.scalars(select(AuditEvent).order_by(AuditEvent.sequence.desc()).limit(1)).one()
    values = json.loads(last.values)
    assert (last.action, values["old"]) == ("adverse_event.changed", {"grade": "2"})
    assert values["new"] == {"grade": "3", "entry": 2}


@pytest.mark.parametrize("verb", ["change_event", "review_event", "withdraw_event"])
def test_a_stale_act_changes_nothing(charting: Charting, verb: str) -> None:
    event_id = record(charting)
    act(charting, adverse_events.change_event, event_id, replace(ENTRY, grade=3), 1)
    values = (ENTRY, 1) if verb == "change_event" else (1, WORDS)
    with pytest.raises(Stale):
        act(charting, getattr(adverse_events, verb), event_id, *values)
    assert (event(charting).number, event(charting).grade) == (2, 3)


@pytest.mark.parametrize(("words", "taken"), [("too short", False), (" 9 chars.  ", False), ("ten chars.", True)])
def test_a_review_needs_words(charting: Charting, words: str, taken: bool) -> None:
    event_id = record(charting)
    if taken:
        act(charting, adverse_events.review_event, event_id, 1, words)
    else:
        with pytest.raises(Invalid):
            act(charting, adverse_events.review_event, event_id, 1, words)
    assert event(charting).is_open is not taken


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.ASSISTANT, Role.AUDITOR, Role.ADMINISTRATOR])
def test_only_those_who_inject_review_or_withdraw(charting: Charting, role: Role) -> None:
    event_id = record(charting)
    for verb in (adverse_events.review_event, adverse_events.withdraw_event):
        with pytest.raises(NotPermitted):
            act(charting, verb, event_id, 1, WORDS, role=role)
    assert event(charting).is_open
    act(charting, adverse_events.review_event, event_id, 1, WORDS, role=Role.INJECTOR)


def test_a_review_is_given_once_and_a_withdrawn_event_takes_no_change(charting: Charting) -> None:
    event_id = record(charting)
    act(charting, adverse_events.review_event, event_id, 1, WORDS)
    with pytest.raises(WrongStep):
        act(charting, adverse_events.review_event, event_id, 2, WORDS)
    act(charting, adverse_events.withdraw_event, event_id, 2, "another patient’s")
    for verb, values in (
        (adverse_events.change_event, (ENTRY, 3)),
        (adverse_events.review_event, (3, WORDS)),
        (adverse_events.withdraw_event, (3, WORDS)),
    ):
        with pytest.raises(Frozen):
            act(charting, verb, event_id, *values)
    assert event(charting).withdrawn


def test_an_event_that_nobody_reviewed_stops_the_time_out_and_the_signature(charting: Charting) -> None:
    event_id = record(charting)
    charting.ready_for_time_out()
    with pytest.raises(Stopped) as stopped:
        charting.take_time_out()
    assert [one.code for one in stopped.value.findings] == [NOT_REVIEWED]
    act(charting, adverse_events.review_event, event_id, 1, WORDS)
    charting.take_time_out()
    charting.give_all()
    charting.settle()
    act(charting, adverse_events.change_event, event_id, replace(ENTRY, grade=3), 2)
    with pytest.raises(Stopped) as stopped:
        charting.sign()
    assert [one.code for one in stopped.value.findings] == [NOT_REVIEWED]
    act(charting, adverse_events.withdraw_event, event_id, 3, "entered for another patient")
    charting.sign()


def test_an_amendment_of_the_session_is_not_stopped_and_keeps_the_links(charting: Charting) -> None:
    site_id = charting.record(first(charting)).sites[0].id
    event_id = record(charting, replace(ENTRY, site_ids=(site_id,)))
    with charting.fresh_writing() as uow:
        newer = signing.amend(uow, first(charting), "the dose was mistyped")
    charting.visit_id = newer
    charting.sign()
    assert [one.id for one in visit_content(charting.record()).adverse_events] == [event_id]
    act(charting, adverse_events.change_event, event_id, replace(ENTRY, grade=3, site_ids=(site_id,)), 1)
    assert [site.id for site in event(charting).sites] == [site_id]


def test_entries_are_never_changed_or_deleted(charting: Charting) -> None:
    record(charting)
    for model in (AdverseEvent, AdverseEventEntry):
        with pytest.raises(DatabaseError, match="append-only"):
            delete_one(charting, model)
    assert event(charting).number == 1


def delete_one(charting: Charting, model: Any) -> None:
    with by_owner(charting.work.engine) as connection:
        connection.execute(delete(model))
