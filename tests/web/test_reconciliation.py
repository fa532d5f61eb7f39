"""The page of a day's books, and its table."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.unit_of_work import Work
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld, client_for
from tests.web.statements import counted


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with one syringe."""
    return Charting.begun(work, clinic, clock)


def test_the_page_and_its_table(app: Flask, charting: Charting, clock: Any) -> None:
    charting.settled()
    client = client_for(app, charting.clinic.prescriber)
    page = client.get("/stock/day").text
    assert "Stock on 22 Nov 2026" in page
    assert "balances" in page
    assert "in 1 draft not signed yet" in page
    assert "Keane" not in page
    assert "Later" not in page
    table = client.get("/stock/day.csv?on=2026-11-22")
    assert table.mimetype == "text/csv"
    [heads, row] = csv.reader(io.StringIO(table.text))
    assert dict(zip(heads, row, strict=True))["left"] == "87.5"
    assert "Nothing in the books" in client.get("/stock/day?on=2026-11-21").text
    for strange in ("?on=tomorrow", "?on=2999-01-01", "?on=0001-01-01"):
        assert client.get(f"/stock/day{strange}").status_code == 200


def test_a_lot_number_is_no_formula(app: Flask, charting: Charting, work: Work, clinic: ClinicWorld) -> None:
    typed = ("=1+1", "\t=1+1", "＝1+1")
    for number, lot in enumerate(typed, start=2):
        open_vial(work, clinic, lot=lot, label=f"V-000{number}")
    table = client_for(app, clinic.prescriber).get("/stock/day.csv").text
    assert all(f",'{lot}," in table for lot in typed)


def test_it_costs_the_same_whatever_the_stock_holds(app: Flask, charting: Charting) -> None:
    client = client_for(app, charting.clinic.prescriber)
    with counted(charting.work.engine) as few:
        client.get("/stock/day")
    charting.signed()
    for number in range(2, 6):
        open_vial(charting.work, charting.clinic, lot=f"L{number}", label=f"V-000{number}")
    with counted(charting.work.engine) as many:
        client.get("/stock/day")
    assert len(many) == len(few)


def test_another_clinic_sees_nothing_of_it(app: Flask, charting: Charting, other_clinic: ClinicWorld) -> None:
    charting.signed()
    page = client_for(app, other_clinic.prescriber).get("/stock/day").text
    assert "Nothing in the books" in page
    assert client_for(app, other_clinic.people[Role.AUDITOR]).get("/stock/day").status_code == 403
