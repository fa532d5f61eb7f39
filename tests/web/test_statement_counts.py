"""Pages cost a fixed number of statements, whatever the record holds (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from clinic.domain.actors import Role
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.domain.test_shorthand import USUAL
from tests.factories import ClinicWorld, client_for
from tests.web.statements import counted

CHART = 12
SAVE = 15
PATIENT = 12


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft after two signed sessions."""
    charting = Charting.begun(work, clinic, clock)
    for _ in range(2):
        charting.signed()
        clock.move(days=90)
        charting.start()
    return charting


def test_the_chart_page_costs_at_most_twelve_statements(app: Flask, charting: Charting) -> None:
    client = client_for(app, charting.clinic.prescriber)
    few = page_statements(client, charting)
    for _ in range(3):
        charting.chart_usual_sites()
    many = page_statements(client, charting)
    assert len(few) <= CHART, "\n".join(few)
    assert len(many) == len(few)


@contextmanager
def committed(work: Work) -> Iterator[list[object]]:
    """The commits of a block that wrote something."""
    found: list[object] = []

    def note(connection: Any) -> None:
        if connection.info.get("clinic_wrote"):
            found.append(connection)

    event.listen(work.engine, "commit", note)
    yield found
    event.remove(work.engine, "commit", note)


def test_a_chart_is_shown_with_one_durable_commit(app: Flask, charting: Charting) -> None:
    """D-51: the entry that it was read and the sign that it is open are one commit, and both are there."""
    client = client_for(app, charting.clinic.prescriber)
    page_statements(client, charting)
    with committed(charting.work) as commits:
        page_statements(client, charting)
    assert len(commits) == 1
    charting.clock.move(seconds=5)
    page = client_for(app, charting.clinic.people[Role.ASSISTANT]).get(f"/visits/{charting.visit_id}").text
    assert f"Open by {charting.clinic.prescriber.name} since" in page


def test_a_second_commit_is_noticed(app: Flask, charting: Charting) -> None:
    """The tooth: a sign of life of its own is a second commit."""
    client = client_for(app, charting.clinic.prescriber)
    with committed(charting.work) as commits:
        page_statements(client, charting)
        client.send(f"/visits/{charting.visit_id}/here", {}, headers={"Accept": "application/json"})
    assert len(commits) == 2


def page_statements(client: Any, charting: Charting) -> list[str]:
    with counted(charting.work.engine) as seen:
        assert client.get(f"/visits/{charting.visit_id}").status_code == 200
    return seen


def test_a_saved_site_costs_the_same_whatever_the_number_of_sites(app: Flask, charting: Charting) -> None:
    client = client_for(app, charting.clinic.prescriber)
    few = save_statements(client, charting)
    for _ in range(3):
        charting.chart_usual_sites()
    many = save_statements(client, charting)
    assert len(few) <= SAVE, "\n".join(few)
    assert len(many) == len(few)


def save_statements(client: Any, charting: Charting) -> list[str]:
    data = {
        "edit_version": charting.version(),
        "x": "-345",
        "y": "729",
        "units": "2.5",
        "syringe_id": charting.record().syringes[0].id,
    }
    with counted(charting.work.engine) as seen:
        answer = client.send(f"/visits/{charting.visit_id}/sites", data, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return seen


def test_the_patient_page_costs_the_same_whatever_the_number_of_visits(app: Flask, charting: Charting) -> None:
    """D-28: at most twelve statements, whatever the history."""
    client = client_for(app, charting.clinic.prescriber)
    few = patient_statements(client, charting)
    charting.signed()
    many = patient_statements(client, charting)
    assert len(few) <= PATIENT, "\n".join(few)
    assert len(many) == len(few)


def patient_statements(client: Any, charting: Charting) -> list[str]:
    with counted(charting.work.engine) as seen:
        assert client.get(f"/patients/{charting.patient_id}").status_code == 200
    return seen


def test_a_whole_session_is_one_commit_and_costs_what_one_site_costs(app: Flask, charting: Charting) -> None:
    """D-51: a line of many sites is written in as many statements as one site, with one durable commit."""
    client = client_for(app, charting.clinic.prescriber)
    data = {"shorthand": USUAL, "edit_version": charting.version(), "syringe_id": charting.record().syringes[0].id}
    with counted(charting.work.engine) as seen, committed(charting.work) as commits:
        answer = client.send(f"/visits/{charting.visit_id}/shorthand", data, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    assert len(charting.record().sites) > 10
    assert len(seen) <= SAVE, "\n".join(seen)
    assert len(commits) == 1
