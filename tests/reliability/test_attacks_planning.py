"""The plan attacked from outside, on both databases: what is refused leaves nothing, what is sent twice has one effect."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.domain import visit_content
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.errors import Frozen
from clinic.domain.plans import ItemKind, PlanEntry, PlanItem, PlanState, Target
from clinic.domain.visit_content import VisitContent
from clinic.models import Patient, Signature
from clinic.queries.plan_items import patient_plan
from clinic.services import grids, patients, signing, visits
from clinic.services.plan_items import add_item, set_state
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, client_for, windows_of
from tests.planning import ENTRIES, TARGET

L = Side.LEFT
MENTALIS = {"muscle": "mentalis", "side": "left", "purpose": "synkinesis", "state": "proposed", "reason": "she asks"}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with a grid: the eye with smile, the chin with pucker."""
    charting = Charting.begun(work, clinic, clock)
    cells = [Cell(Place(L, Movement.BIG_SMILE, Group.EYE), 2, 3), Cell(Place(L, Movement.PUCKER, Group.CHIN), 3, 2)]
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, cells)
    return charting


def items(charting: Charting, kind: ItemKind) -> list[PlanItem]:
    with charting.reading() as uow:
        return [one for one in patient_plan(uow, charting.patient_id) if one.kind is kind]


def at_once(
    app: Flask, charting: Charting, url: str, body: Callable[[int], dict[str, str]], many: int = 6
) -> list[int]:
    clients = windows_of(app, charting.clinic.prescriber, many)

    def send(number: int) -> int:
        return clients[number].send(url, body(number)).status_code

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(send, range(many)))


@pytest.mark.postgresql_only
def test_a_target_sent_by_many_windows_at_once_stands_once(app: Flask, charting: Charting) -> None:
    answers = at_once(app, charting, f"/visits/{charting.visit_id}/plan/targets", lambda _: dict(MENTALIS))
    assert sorted(answers) == [302] + [422] * 5
    assert len(items(charting, ItemKind.TARGET)) == 1


@pytest.mark.postgresql_only
def test_a_state_set_by_many_windows_at_once_is_set_once(app: Flask, charting: Charting) -> None:
    with charting.writing() as uow:
        item_id = add_item(uow, charting.patient_id, ENTRIES[ItemKind.GOAL])
    url = f"/patients/{charting.patient_id}/plan/items/{item_id}/state"
    body = {"state": "done", "note": "", "edit_version": "1", "visit": ""}
    assert sorted(at_once(app, charting, url, lambda _: dict(body))) == [302] + [409] * 5
    [item] = items(charting, ItemKind.GOAL)
    assert (item.number, item.entry.state) == (2, PlanState.DONE)


@pytest.mark.postgresql_only
def test_two_declined_copies_opened_at_once_leave_one_open(app: Flask, charting: Charting) -> None:
    with charting.writing() as uow:
        ids = [add_item(uow, charting.patient_id, PlanEntry(TARGET, PlanState.AGREED)) for _ in range(5)]
    client = client_for(app, charting.clinic.prescriber)
    for item_id in ids:
        url = f"/patients/{charting.patient_id}/plan/items/{item_id}/state"
        body = {"state": "declined", "note": "not wanted now", "edit_version": "1", "visit": ""}
        assert client.send(url, body).status_code == 302
    clients = windows_of(app, charting.clinic.prescriber, len(ids))

    def open_again(number: int) -> int:
        url = f"/patients/{charting.patient_id}/plan/items/{ids[number]}/state"
        body = {"state": "agreed", "note": "wanted once more", "edit_version": "2", "visit": ""}
        return clients[number].send(url, body).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(open_again, range(5)))
    assert len([one for one in items(charting, ItemKind.TARGET) if one.is_open]) == 1
    assert answers == [302] + [422] * 4


@pytest.mark.postgresql_only
def test_steps_decided_at_once_leave_one_open(app: Flask, charting: Charting) -> None:
    url = f"/patients/{charting.patient_id}/plan/steps/new"
    body = {"step": "training", "state": "agreed", "reason": "nothing was tried yet"}
    at_once(app, charting, url, lambda _: dict(body))
    assert len([one for one in items(charting, ItemKind.STEP) if one.is_open]) == 1


def test_a_retired_record_takes_no_plan(charting: Charting) -> None:
    with charting.writing() as uow:
        ids = [add_item(uow, charting.patient_id, entry) for entry in ENTRIES.values()]
    version = charting.version()
    with charting.writing() as uow:
        visits.discard(uow, charting.visit_id, version, "Entered for the wrong person")
        number = uow.session.get_one(Patient, (uow.clinic_id, charting.patient_id)).edit_version
    with charting.writing() as uow:
        patients.retire_patient(uow, charting.patient_id, number, "A duplicate of another record")
    for item_id, entry in zip(ids, ENTRIES.values(), strict=True):
        with pytest.raises(Frozen), charting.writing() as uow:
            add_item(uow, charting.patient_id, entry)
        with pytest.raises(Frozen), charting.writing() as uow:
            set_state(uow, item_id, 1, PlanState.DECLINED, "not wanted any more")
    with charting.reading() as uow:
        assert [one.number for one in patient_plan(uow, charting.patient_id)] == [1] * len(ids)


def signed_content(charting: Charting) -> VisitContent:
    with charting.reading() as uow:
        row = uow.session.scalar(select(Signature.content).where(Signature.visit_id == charting.visit_id))
    return visit_content.read(row or "")


def test_an_amendment_of_an_amendment_knows_the_plan_as_the_first_version_did(charting: Charting, clock: Any) -> None:
    with charting.writing() as uow:
        add_item(uow, charting.patient_id, PlanEntry(TARGET, PlanState.AGREED), visit_id=charting.visit_id)
        add_item(uow, charting.patient_id, ENTRIES[ItemKind.GOAL], visit_id=charting.visit_id)
    charting.signed()
    versions = []
    for number in range(3):
        clock.move(days=10)
        with charting.writing() as uow:
            add_item(uow, charting.patient_id, PlanEntry(Target("platysma", L, sites=number + 1)))
        with charting.fresh_writing() as uow:
            charting.visit_id = signing.amend(uow, charting.visit_id, "The wrong day was written")
        charting.sign()
        versions.append(signed_content(charting))
    assert [one.muscle for one in versions[0].plan if one.kind == "target"] == ["mentalis"]
    for one in versions[1:]:
        assert one.plan == versions[0].plan
        assert one.planned_given == versions[0].planned_given
