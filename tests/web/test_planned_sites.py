"""The plan on the chart page and on the review page, with real requests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from clinic.domain.anatomy import Side
from clinic.domain.plans import PlanEntry, Target
from clinic.domain.quantities import NBSP
from clinic.services.plan_items import add_item
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for

JSON = {"Accept": "application/json"}
CHIN = Target("mentalis", Side.LEFT, product="botox", units_per_site=Decimal(5), guard_reason="Chin is strong <enough>")


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with a syringe of Botox."""
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber."""
    return client_for(app, clinic.prescriber)


def planned(charting: Charting, target: Target = CHIN) -> str:
    """A target in the patient's plan."""
    with charting.writing() as uow:
        return add_item(uow, charting.patient_id, PlanEntry(target, reason="Chin dimples with pucker"))


def send(client: Client, charting: Charting, *, plain: bool = False, **values: Any) -> Any:
    """Post to the chart of the plan."""
    body = {"edit_version": charting.version(), "syringe_id": charting.syringe_id} | values
    return client.send(f"/visits/{charting.visit_id}/plan/chart", body, headers={} if plain else JSON)


def test_without_a_plan_nothing_of_it_is_shown(client: Client, charting: Charting) -> None:
    page = client.get(f"/visits/{charting.visit_id}").text
    assert "Chart the plan" not in page
    assert 'data-layer="plan"' not in page
    assert "Planned against charted" not in client.get(f"/visits/{charting.visit_id}/review").text


def test_the_plan_lies_over_an_empty_chart_and_steps_back_once_it_is_charted(
    client: Client, charting: Charting
) -> None:
    item_id = planned(charting)
    page = client.get(f"/visits/{charting.visit_id}").text
    assert f"plan{NBSP}5{NBSP}units</text>" in page
    assert 'id="chartplan" data-layer="plan">' in page
    assert "Needed by a weak movement; used because: Chin is strong &lt;enough&gt;" in page
    assert "Chin dimples with pucker" in page
    state = send(client, charting, item=[item_id]).get_json()
    assert [(one["muscle"], one["units"], one["status"], one["status_text"]) for one in state["sites"]] == [
        ("mentalis", "5", "copied", "from the plan")
    ]
    assert 'id="chartplan" data-layer="plan" display="none">' in client.get(f"/visits/{charting.visit_id}").text


def test_without_a_script_it_leads_back_to_the_sites(client: Client, charting: Charting) -> None:
    answer = send(client, charting, plain=True, item=planned(charting))
    assert (answer.status_code, answer.location.rpartition("#")[2]) == (302, "sites")
    assert len(charting.record().sites) == 1


def test_a_refusal_keeps_what_was_chosen(client: Client, charting: Charting) -> None:
    other = planned(charting, Target("platysma", Side.LEFT, "jaw", product="dysport", units_per_site=Decimal(5)))
    planned(charting)
    answer = send(client, charting, plain=True, item=other)
    assert answer.status_code == 422
    assert "bring the places without doses?" in answer.text
    assert f'value="{other}" checked>' in answer.text
    assert answer.text.count(" checked>") == 1
    assert charting.record().sites == ()
    assert send(client, charting, plain=True).status_code == 422
    assert send(client, charting, plain=True, item=other, edit_version=0).status_code == 409
    assert send(client, charting, item="0" * 26).status_code == 404
    assert charting.record().sites == ()


def test_the_plan_is_compared_on_the_way_and_the_signature_says_what_it_marks(
    client: Client, charting: Charting
) -> None:
    planned(charting)
    planned(charting, Target("procerus", Side.MIDLINE, product="botox", units_per_site=Decimal(2)))
    charting.chart_usual_sites()
    page = client.get(f"/visits/{charting.visit_id}/prepare").text
    assert f"less by 2.5{NBSP}units" in page
    assert "planned, not charted" in page
    charting.answer_all()
    charting.consent()
    charting.prepare()
    charting.take_time_out()
    charting.give_all()
    assert "planned, not charted" in client.get(f"/visits/{charting.visit_id}/settle").text
    charting.settle()
    page = client.get(f"/visits/{charting.visit_id}/review").text
    assert f"less by 2.5{NBSP}units" in page
    marks = page[page.index("Targets given today") : page.index('id="signature"')]
    assert "Mentalis" in marks
    assert "Procerus" not in marks
