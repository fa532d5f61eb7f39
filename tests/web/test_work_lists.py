"""The pages of the work lists: filters in the address, the table for a spreadsheet, what is noted of a reading."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.events import Action
from clinic.domain.plans import PlanEntry, PlanState, Referral, ReferralKind
from clinic.domain.work_lists import WorkList
from clinic.models import AuditEvent
from clinic.services import plan_items
from clinic.unit_of_work import Work
from clinic.web.work_lists import HEADINGS
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.web.statements import counted

STATEMENTS = 8


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber's browser."""
    return client_for(app, clinic.prescriber)


def refer(work: Work, clinic: ClinicWorld, **names: Any) -> str:
    patient_id = make_patient(work, clinic.prescriber, **names)
    with work.writing(clinic.prescriber) as uow:
        entry = PlanEntry(Referral(ReferralKind.PSYCHOLOGY, question="?"), PlanState.AGREED)
        plan_items.add_item(uow, patient_id, entry)
    return patient_id


def rows(client: Client, query: str = "list=referrals") -> list[list[str]]:
    answer = client.get(f"/work-lists/list.csv?{query}")
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def last_event(work: Work, clinic: ClinicWorld) -> AuditEvent:
    with work.reading(clinic.prescriber, scoped=False) as uow:
        return uow.session.scalars(select(AuditEvent).order_by(AuditEvent.sequence.desc())).first()  # type: ignore[return-value]


def test_each_list_is_a_page_and_an_empty_one_says_what_stands_on_it(client: Client) -> None:
    for name, words in {
        "reviews": "Reviews due", "injections": "Re-injections due", "therapy": "Therapy overdue",
        "referrals": "Referrals unanswered", "plans": "Plans not acted on", "nonsense": "Reviews due",
    }.items():  # fmt: skip
        page = client.get(f"/work-lists?list={name}").text
        assert f"<h1>{words}</h1>" in page
        assert "Nothing waits here" in page


def test_a_line_shows_who_and_leads_to_where_it_is_done(client: Client, work: Work, clinic: ClinicWorld) -> None:
    patient_id = refer(work, clinic, given_names="<b>Ann</b>", record_number="R-77")
    page = client.get("/work-lists?list=referrals").text
    assert "Keane, &lt;b&gt;Ann&lt;/b&gt;" in page
    assert "<b>Ann" not in page
    for words in ("3 Feb 1979", "R-77", "Psychological support: not sent yet", "Ada Prescriber", "1 to 1 of 1"):
        assert words in page
    assert f'href="/patients/{patient_id}/referrals"' in page


def test_the_same_filters_hold_for_page_print_and_table(client: Client, work: Work, clinic: ClinicWorld) -> None:
    refer(work, clinic)
    fits, not_yet = "list=referrals&only=due&from=2026-11-22&to=2026-11-22", "list=referrals&only=overdue"
    assert "Keane" in client.get(f"/work-lists?{fits}").text
    assert "Keane" in client.get(f"/work-lists/print?{fits}").text
    assert len(rows(client, fits)) == 2
    page = client.get(f"/work-lists?{not_yet}").text
    assert "Keane" not in page
    assert "Nothing fits these filters" in page
    assert "Keane" not in client.get(f"/work-lists/print?{not_yet}").text
    assert rows(client, not_yet) == [list(HEADINGS)]
    assert f"/work-lists/print?{fits.replace('&', '&amp;')}" in client.get(f"/work-lists?{fits}").text


@pytest.mark.parametrize("query", ["from=yesterday", "to=2026-02-30", "from=0001-01-01", "to=99999-01-01"])
def test_a_day_that_cannot_be_read_is_named_and_left_out(
    client: Client, work: Work, clinic: ClinicWorld, query: str
) -> None:
    refer(work, clinic)
    page = client.get(f"/work-lists?list=referrals&{query}").text
    assert "A filter could not be used" in page
    assert "Keane" in page


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=99999999", "who=x&only=y", "list=", "who=" + "x" * 99]
)
def test_other_nonsense_in_the_address_breaks_nothing(client: Client, query: str) -> None:
    assert client.get(f"/work-lists?{query}").status_code == 200


def test_days_in_the_wrong_order_are_said(client: Client) -> None:
    page = client.get("/work-lists?list=referrals&from=2026-11-22&to=2026-11-01").text
    assert "The last day comes before the first" in page


def test_no_cell_begins_like_a_formula(client: Client, work: Work, clinic: ClinicWorld) -> None:
    families = ["=cmd()", "+1", "-1", "@x", "Plain, “quoted”"]
    given = ["Clara", "Bruno", "Wanda", "Ivo", "Ottilie"]
    for number, (family, name) in enumerate(zip(families, given, strict=True)):
        born = date(1950 + number, 1 + number, 2 + number)
        refer(work, clinic, family_name=family, given_names=name, record_number=f"=R{number}", birth_date=born)
    table = rows(client)
    assert table[0] == list(HEADINGS)
    assert {row[1].partition(",")[0] for row in table[1:]} == {"'=cmd()", "'+1", "'-1", "'@x", "Plain"}
    assert {row[3][0] for row in table[1:]} == {"'"}
    assert all(len(row) == len(HEADINGS) for row in table)
    assert not [one for row in table[1:] for one in row if one[:1] in "=+-@\t" and one]


def test_the_table_is_a_download_that_no_cache_keeps(client: Client, work: Work, clinic: ClinicWorld) -> None:
    patient_id = refer(work, clinic)
    answer = client.get("/work-lists/list.csv?list=referrals")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="referrals-unanswered-2026-11-22.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    event = last_event(work, clinic)
    assert (event.action, event.subject) == (Action.LIST_VIEWED, "work_lists.table")
    assert patient_id in event.values


def test_every_reading_notes_who_was_shown(client: Client, work: Work, clinic: ClinicWorld) -> None:
    shown, hidden = (
        refer(work, clinic),
        make_patient(work, clinic.prescriber, given_names="Other", birth_date=date(1950, 1, 2)),
    )
    for url, subject in {
        "/work-lists?list=referrals": "work_lists",
        "/work-lists/print?list=referrals": "work_lists.print",
    }.items():
        client.get(url)
        event = last_event(work, clinic)
        assert (event.action, event.subject) == (Action.LIST_VIEWED, subject)
        assert shown in event.values
        assert hidden not in event.values


def test_the_print_names_clinic_moment_and_filters(client: Client, work: Work, clinic: ClinicWorld) -> None:
    refer(work, clinic)
    page = client.get("/work-lists/print?list=referrals&only=due&from=2026-11-01").text
    for words in ("Test clinic", "1 waiting", "due from 1 Nov 2026", "due and overdue"):
        assert words in page


def test_today_counts_what_the_lists_hold(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    refer(work, clinic, family_name="Abbott", birth_date=date(1950, 1, 2))
    clock.move(days=43)
    client = client_for(app, clinic.prescriber)
    today = client.get("/").text
    assert 'data-counts="/work-lists/counts"' in today
    assert 'href="/work-lists?list=reviews&amp;only=due">Reviews due</a></dt><dd data-list="reviews">' in today
    counts = client.get("/work-lists/counts").json
    assert (counts["reviews"]["due"], counts["referrals"]["overdue"]) == (1, 1)
    assert set(counts) == {one.value for one in WorkList}
    assert "1 to 1 of 1" in client.get("/work-lists?list=reviews&only=due").text
    assert "1 to 1 of 1" in client.get("/work-lists?list=referrals&only=overdue").text
    assert date(2027, 1, 4) == clock.now.date()


def test_a_page_costs_the_same_statements_whatever_waits(client: Client, work: Work, clinic: ClinicWorld) -> None:
    def statements() -> int:
        client.get("/work-lists?list=referrals")  # Catches the kept lines up with what changed.
        with counted(work.engine) as seen:
            client.get("/work-lists?list=referrals")
        return len(seen)

    few = statements()
    for number in range(6):
        refer(work, clinic, family_name=chr(65 + number) * 5, birth_date=date(1950 + number, 1, 2))
    assert statements() == few <= STATEMENTS


def test_who_holds_no_patients_sees_no_list(app: Flask, clinic: ClinicWorld) -> None:
    for role in (Role.ADMINISTRATOR, Role.AUDITOR):
        client = client_for(app, clinic.people[role])
        assert [
            client.get(url).status_code for url in ("/work-lists", "/work-lists/print", "/work-lists/list.csv")
        ] == [403] * 3
