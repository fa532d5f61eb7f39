"""The pages of the reports: a period that is typed, tables as CSV, links only for whom they lead, every reading on record."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from clinic.domain.actors import Role
from clinic.domain.clinic_reports import Report
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for
from tests.trending import at
from tests.web.statements import counted

YEAR = "from=2025-01-01&to=2025-12-31"


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """One signed session in January 2025."""
    clock.now = at(2025, 1, 20)
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    clock.now = at(2026, 11, 22)
    return charting


def test_every_report_is_shown_says_what_it_counts_and_names_nobody(
    app: Flask, charting: Charting, clinic: ClinicWorld, work: Work
) -> None:
    client = client_for(app, clinic.prescriber)
    for one in Report:
        with counted(work.engine) as seen:
            page = client.get(f"/reports/{one.value}?{YEAR}")
        assert page.status_code == 200, one
        assert "1 Jan 2025 to 31 Dec 2025" in page.text
        assert "Counted from signed visits in force." in page.text
        assert "Keane" not in page.text
        assert len(seen) <= 12, one
    assert read_events(work)[-1] == ("report.viewed", "reports.record-keeping")
    doses = client.get(f"/reports/doses?{YEAR}").text
    assert "<svg" in doses
    assert "Depressor labii inferioris" in doses
    assert "/cohorts?treated_from=2025-01-01&amp;treated_until=2025-12-31" in doses


def read_events(work: Work) -> list[tuple[str, str]]:
    with work.engine.connect() as connection:
        return [
            tuple(row) for row in connection.execute(text("SELECT action, subject FROM audit_event ORDER BY sequence"))
        ]


def test_a_period_without_sessions_and_presets(app: Flask, charting: Charting, clinic: ClinicWorld) -> None:
    client = client_for(app, clinic.prescriber)
    assert "Nothing in this period" in client.get("/reports/doses?period=this-year").text
    assert "1 Jan 2025 to 31 Dec 2025" in client.get("/reports/sessions?period=last-year").text
    assert "23 Nov 2025 to 22 Nov 2026" in client.get("/reports").text


def test_a_bad_day_is_said_beside_its_field_and_kept(app: Flask, charting: Charting, clinic: ClinicWorld) -> None:
    client = client_for(app, clinic.prescriber)
    page = client.get("/reports/sessions?from=31.31.2025&to=2025-12-31")
    assert page.status_code == 422
    assert 'value="31.31.2025"' in page.text
    assert 'id="from-errors"' in page.text
    assert 'id="to-errors"' not in page.text
    assert "Patients treated" not in page.text
    assert client.get("/reports/sessions/totals.csv?from=31.31.2025&to=2025-12-31").status_code == 404
    assert client.get("/reports/nothing").status_code == 404
    assert client.get(f"/reports/sessions/nothing.csv?{YEAR}").status_code == 404


def test_a_table_for_a_spreadsheet_has_plain_numbers(app: Flask, charting: Charting, clinic: ClinicWorld) -> None:
    client = client_for(app, clinic.prescriber)
    answer = client.get(f"/reports/doses/doses-1.csv?{YEAR}")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="doses-doses-1-2025-01-01-2025-12-31.csv"'
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][:3] == ["Muscle", "Side", "n"]
    assert ["Mentalis", "patient’s left", "1", "2.50", "2.5", "2.5", "2.5", "2.50"] in rows


def test_who_may_not_search_gets_no_link_to_a_search(app: Flask, charting: Charting, clinic: ClinicWorld) -> None:
    assert client_for(app, clinic.people[Role.ASSISTANT]).get("/reports").status_code == 403
    assert isinstance(client_for(app, clinic.people[Role.THERAPIST]), Client)
    assert client_for(app, clinic.people[Role.THERAPIST]).get("/reports").status_code == 200
