"""Who has a draft open: told to the others, part of no record, and no use of the session."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.models import AuditEvent, DraftViewer
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for

JSON = {"Accept": "application/json"}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with one syringe."""
    return Charting.begun(work, clinic, clock)


def ask(client: Client, charting: Charting) -> Any:
    answer = client.send(f"/visits/{charting.visit_id}/here", headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def people(app: Flask, charting: Charting) -> tuple[Client, Client]:
    """The prescriber's and the assistant's browser."""
    return client_for(app, charting.clinic.prescriber), client_for(app, charting.clinic.people[Role.ASSISTANT])


def test_the_second_person_sees_who_has_it_open_and_since_when(app: Flask, charting: Charting, clock: Any) -> None:
    first, second = people(app, charting)
    page = f"/visits/{charting.visit_id}"
    assert "Open by" not in first.get(page).text
    clock.move(seconds=50)
    assert "Open by Ada Prescriber since 11:00</span>" in second.get(page).text
    assert ask(first, charting)["others"] == [{"name": "Ada Assistant", "since": "11:00"}]


def test_nobody_is_told_of_long_gone_pages_and_reopening_counts_anew(
    app: Flask, charting: Charting, clock: Any
) -> None:
    first, second = people(app, charting)
    ask(first, charting)
    clock.move(seconds=60)
    assert [one["name"] for one in ask(second, charting)["others"]] == ["Ada Prescriber"]
    clock.move(seconds=1)
    assert ask(second, charting)["others"] == []
    clock.move(minutes=5)
    ask(first, charting)
    assert ask(second, charting)["others"] == [{"name": "Ada Prescriber", "since": "11:06"}]


def test_who_leaves_is_gone_at_once(app: Flask, charting: Charting) -> None:
    first, second = people(app, charting)
    ask(first, charting)
    assert len(ask(second, charting)["others"]) == 1
    assert first.send(f"/visits/{charting.visit_id}/gone").status_code == 200
    assert ask(second, charting)["others"] == []


def test_a_change_is_told_with_who_and_when(app: Flask, charting: Charting, clock: Any) -> None:
    first, second = people(app, charting)
    before = ask(first, charting)
    clock.move(seconds=70)
    data = {"edit_version": before["edit_version"], "muscle": "mentalis", "side": "left", "units": "2.5"}
    assert second.send(f"/visits/{charting.visit_id}/sites", data, headers=JSON).status_code == 200
    now = ask(first, charting)
    assert now["edit_version"] == before["edit_version"] + 1
    assert (now["changed_by"], now["changed_at"], now["draft"]) == ("Ada Assistant", "11:01:10", True)


def test_a_signed_visit_is_no_draft_and_keeps_no_viewer(app: Flask, charting: Charting) -> None:
    charting.signed()
    client = client_for(app, charting.clinic.prescriber)
    assert ask(client, charting)["draft"] is False
    with charting.reading() as uow:
        assert uow.session.scalar(select(func.count()).select_from(DraftViewer)) == 0


def test_it_is_no_part_of_the_record(app: Flask, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    client, version = client_for(app, charting.clinic.prescriber), charting.version()

    def entries() -> int:
        with charting.reading() as uow:
            return uow.session.scalar(select(func.count()).select_from(AuditEvent)) or 0

    before = entries()
    for _ in range(3):
        assert "Keane" not in str(ask(client, charting))
    client.send(f"/visits/{charting.visit_id}/gone")
    assert entries() == before
    assert charting.version() == version


def test_a_page_left_open_does_not_keep_its_session(app: Flask, charting: Charting, clock: Any) -> None:
    client = client_for(app, charting.clinic.prescriber)
    for _ in range(14):
        clock.move(minutes=1)
        ask(client, charting)
    clock.move(minutes=1, seconds=1)
    ended = client.send(f"/visits/{charting.visit_id}/here", headers=JSON)
    assert ended.status_code == 401


def test_what_is_a_day_old_is_forgotten(app: Flask, charting: Charting, clock: Any) -> None:
    first, _ = people(app, charting)
    ask(first, charting)
    clock.move(days=1, seconds=1)
    _, second = people(app, charting)
    second.send(f"/visits/{charting.visit_id}/gone")
    with charting.reading() as uow:
        assert uow.session.scalar(select(func.count()).select_from(DraftViewer)) == 0
