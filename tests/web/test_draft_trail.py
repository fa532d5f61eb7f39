"""P-04: a draft that is edited again and again: every value it ever had stands in the trail and on its page."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from clinic.domain.actors import Role
from clinic.domain.events import Action
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, client_for

UNITS = ("1.25", "2.5", "3.75", "5", "6.25", "7.5")
"""The first dose of a site, and five others after it."""


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


def edited(app: Flask, charting: Charting) -> None:
    """Chart a site and give it another dose five times."""
    client = client_for(app, charting.clinic.prescriber)
    site = ""
    for units in UNITS:
        data = {
            "edit_version": charting.version(),
            "muscle": "mentalis",
            "side": "left",
            "units": units,
            "site_id": site,
        }
        answer = client.send(f"/visits/{charting.visit_id}/sites", data, headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        site = charting.record().sites[-1].id


def steps(work: Work) -> list[tuple[Decimal | None, Decimal]]:
    """Old and new dose of each entry about a site, oldest first."""
    with work.engine.connect() as connection:
        chosen = text('SELECT "values" FROM audit_event WHERE action = :action ORDER BY sequence')
        rows = connection.execute(chosen, {"action": Action.SITE_SAVED.value}).scalars().all()
    found = [(one.get("old", {}).get("units"), one["new"]["units"]) for one in map(json.loads, rows)]
    return [(Decimal(old) if old else None, Decimal(new)) for old, new in found]


def test_all_five_old_and_new_values_stand_in_the_trail_and_on_its_page(
    app: Flask, work: Work, charting: Charting
) -> None:
    """P-04, A-05."""
    edited(app, charting)
    doses = [Decimal(one) for one in UNITS]
    assert steps(work) == list(pairwise([None, *doses]))
    page = client_for(app, charting.clinic.people[Role.AUDITOR]).get("/audit")
    shown = " ".join(page.text.split())
    assert [f"{old} → {new}" for old, new in pairwise(UNITS) if f"{old} → {new}" not in shown] == []
