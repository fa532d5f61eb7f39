"""Pages cost a fixed number of statements, whatever the record holds (docs/architecture.md)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, client_for
from tests.web.statements import counted

CHART = 13
SAVE = 18


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft after two signed sessions."""
    charting = Charting.begun(work, clinic, clock)
    for _ in range(2):
        charting.signed()
        clock.move(days=90)
        charting.start()
    return charting


def test_the_chart_page_costs_at_most_thirteen_statements(app: Flask, charting: Charting) -> None:
    client = client_for(app, charting.clinic.prescriber)
    few = page_statements(client, charting)
    for _ in range(3):
        charting.chart_usual_sites()
    many = page_statements(client, charting)
    assert len(few) <= CHART, "\n".join(few)
    assert len(many) == len(few)


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
