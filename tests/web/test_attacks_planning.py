"""The pages of the plan attacked with days, texts and addresses that nobody means."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.plans import ItemKind
from clinic.queries.plan_items import patient_plan
from clinic.services import visits
from clinic.services.plan_items import add_item
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.planning import ENTRIES


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft whose patient has a plan with one item of every kind."""
    charting = Charting.begun(work, clinic, clock)
    with charting.writing() as uow:
        for entry in ENTRIES.values():
            add_item(uow, charting.patient_id, entry, visit_id=charting.visit_id)
    return charting


@pytest.fixture
def client(app: Flask, charting: Charting) -> Client:
    """The prescriber."""
    return client_for(app, charting.clinic.prescriber)


def numbers(charting: Charting) -> dict[ItemKind, int]:
    with charting.reading() as uow:
        return {one.kind: one.number for one in patient_plan(uow, charting.patient_id)}


@pytest.mark.parametrize("day", ["9999-12-31", "31 Dec 9999", "0001-01-01"])
def test_a_day_out_of_any_calendar_never_breaks_the_patients_dates(
    client: Client, charting: Charting, day: str
) -> None:
    patient = f"/patients/{charting.patient_id}"
    with charting.reading() as uow:
        ids = {one.kind: one.id for one in patient_plan(uow, charting.patient_id)}
    sends = {
        f"{patient}/plan/dates/new": {"occasion": "review", "on": day, "at": "", "reason": ""},
        f"{patient}/referrals/new?kind=psychology": {
            "kind": "psychology", "recipient": "", "question": "How does she cope?", "reason": "", "sent_on": day,
        },
        f"{patient}/referrals/{ids[ItemKind.REFERRAL]}/sent": {"sent_on": day, "answer_by": "", "edit_version": "1"},
        f"/visits/{charting.visit_id}/therapy/programme": {
            "mirror": "open", "visit_from": day, "visit_to": day, "edit_version": "1",
        },
    }  # fmt: skip
    for url, body in sends.items():
        answer = client.send(url, body)
        assert answer.status_code == 422, (url, answer.status_code)
    assert client.get(f"{patient}/dates.ics").status_code == 200
    assert set(numbers(charting).values()) == {1}


def test_nothing_of_another_patient_or_visit_is_reached(client: Client, charting: Charting) -> None:
    """Items under another patient's address, and another patient's visit in the address or in the form."""
    with charting.reading() as uow:
        ids = {one.kind: one.id for one in patient_plan(uow, charting.patient_id)}
    other = make_patient(charting.work, charting.clinic.prescriber, family_name="Kerr", birth_date=date(1979, 7, 1))
    with charting.writing() as uow:
        theirs = visits.start(uow, other, with_injections=False)
    mine, wrong = f"/patients/{charting.patient_id}", f"/patients/{other}"
    goal, referral = ids[ItemKind.GOAL], ids[ItemKind.REFERRAL]
    exercise = {"excursion": "a", "cue": "b", "stop_rule": "c", "dose": "d", "why": "", "edit_version": "1"}
    state = {"state": "done", "note": "", "edit_version": "1"}
    words = {"words": "to sing", "edit_version": "1"}
    sent = {"sent_on": "2026-11-20", "answer_by": "", "edit_version": "1"}
    sends = [
        (f"{wrong}/plan/items/{goal}/state", state | {"visit": ""}),
        (f"{wrong}/plan/items/{goal}/move", {"up": "y", "edit_version": "1", "visit": ""}),
        (f"{wrong}/plan/items/{goal}", words | {"visit": ""}),
        (f"{wrong}/referrals/{referral}/sent", sent),
        (f"{wrong}/referrals/{referral}/decline", {"reason": "not wanted any more", "edit_version": "1"}),
        (f"/visits/{theirs}/therapy/items/{ids[ItemKind.EXERCISE]}", exercise),
        (f"/visits/{theirs}/therapy/items/{ids[ItemKind.EXERCISE]}/state", state),
        (f"{mine}/plan/items/{goal}/state", state | {"visit": theirs}),
        (f"{mine}/plan/items/{goal}", words | {"visit": theirs}),
        (f"{mine}/plan/goals/new", {"words": "to sing", "visit": theirs}),
        (f"{mine}/referrals/{referral}/sent?visit={theirs}", sent),
    ]
    answers = {url: client.send(url, body).status_code for url, body in sends}
    assert set(answers.values()) == {404}, answers
    assert set(numbers(charting).values()) == {1}
    for page in (f"{wrong}/plan/items/{goal}", f"{wrong}/referrals/{referral}", f"{mine}/referrals?visit={theirs}"):
        assert client.get(page).status_code == 404, page


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.ASSISTANT])
def test_a_target_is_out_of_reach_by_every_door(app: Flask, charting: Charting, role: Role) -> None:
    client = client_for(app, charting.clinic.people[role])
    with charting.reading() as uow:
        target = next(one.id for one in patient_plan(uow, charting.patient_id) if one.kind is ItemKind.TARGET)
    body = {"muscle": "mentalis", "side": "left", "purpose": "synkinesis", "state": "agreed", "reason": "she asks"}
    plan, item = f"/visits/{charting.visit_id}/plan", f"/patients/{charting.patient_id}/plan/items/{target}"
    block = {"muscle": "mentalis", "side": "left", "agent": "lidocaine"}
    for url, sent in (
        (f"{plan}/targets", body | {"muscle": "platysma"}),
        (item, body | {"sites": "9", "product": "botox", "units": "9", "edit_version": "1"}),
        (f"{item}/state", {"state": "declined", "note": "not wanted any more", "edit_version": "1", "visit": ""}),
        (f"/visits/{charting.visit_id}/neurolysis/blocks", block),
    ):
        assert client.send(url, sent).status_code == 403, url
    assert numbers(charting) == dict.fromkeys(ItemKind, 1)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_treats_nobody_reads_no_plan(app: Flask, charting: Charting, role: Role) -> None:
    client = client_for(app, charting.clinic.people[role])
    patient, visit = f"/patients/{charting.patient_id}", f"/visits/{charting.visit_id}"
    for url in (
        f"{patient}/plan", f"{patient}/plan/shared", f"{patient}/dates.ics", f"{patient}/diary", f"{patient}/referrals",
        f"{visit}/plan", f"{visit}/therapy", f"{visit}/neurolysis", "/work-lists", "/work-lists/print", "/work-lists/list.csv?list=plans",
    ):  # fmt: skip
        assert client.get(url).status_code == 403, url
