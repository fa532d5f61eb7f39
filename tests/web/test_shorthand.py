"""The shorthand line over HTTP: the echo, charting as JSON and as a plain form, and what was typed stays."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.models import AuditEvent
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.domain.test_shorthand import USUAL
from tests.factories import Client, ClinicWorld, client_for

JSON = {"Accept": "application/json"}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with one syringe and no site."""
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld, charting: Charting) -> Client:
    """The prescriber's browser."""
    return client_for(app, clinic.prescriber)


def send(client: Client, charting: Charting, text: str, path: str = "", **more: Any) -> Any:
    """Post a line for the version that stands."""
    data = {"shorthand": text, "edit_version": charting.version(), **more.pop("data", {})}
    return client.send(f"/visits/{charting.visit_id}/shorthand{path}", data, **more)


def echo(client: Client, charting: Charting, text: str) -> Any:
    """What the server reads in a text with the cursor at its end."""
    url = f"/visits/{charting.visit_id}/shorthand/echo"
    return client.send(url, {"shorthand": text, "cursor": str(len(text))}, headers=JSON)


def events(charting: Charting) -> int:
    """How many entries the audit trail has."""
    with charting.reading() as uow:
        return uow.session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def test_the_echo_reads_names_and_completes_and_changes_nothing(client: Client, charting: Charting) -> None:
    before = events(charting), charting.version()
    found = echo(client, charting, "l dao 5; r oo").json
    assert (events(charting), charting.version()) == before
    assert [one["words"] for one in found["items"]] == ["Depressor anguli oris, belly, patient’s left: 5\u00a0units"]
    problem = found["problems"][0]
    assert (problem["text"], problem["start"], problem["end"]) == ("oo", 11, 13)
    assert found["total"] == "1 site, 5\u00a0units"
    assert [one["text"] for one in found["completion"]["candidates"]] == ["ooc", "oor"] or [
        one["text"] for one in found["completion"]["candidates"]
    ] == ["ooc"]
    assert found["completion"]["start"] == 11


def test_the_echo_offers_what_may_stand_at_the_cursor(client: Client, charting: Charting) -> None:
    def offered(text: str) -> list[str]:
        return [one["text"] for one in echo(client, charting, text).json["completion"]["candidates"]]

    assert offered("")[:4] == ["r", "l", "m", "b"]
    assert offered("r pla ")[:3] == ["jaw", "medial_band", "lateral_band"]
    assert "2.5" in offered("r dao ")
    assert offered("r ooc lat 2.5 ")[0] == "x3"
    assert offered("m ") == ["men", "pro"]


@pytest.mark.parametrize("text", ["2.5 ", "r 2.5 ", "x3 ", "r dao 1; 2.5 x", "\ufeffr dao", "# "])
def test_the_echo_reads_a_dose_before_any_muscle(client: Client, charting: Charting, text: str) -> None:
    assert echo(client, charting, text).json["problems"]


def test_the_echo_refuses_a_strange_form(client: Client, charting: Charting) -> None:
    url = f"/visits/{charting.visit_id}/shorthand/echo"
    assert client.send(url, {"shorthand": "r", "cursor": "-1"}, headers=JSON).status_code == 422
    assert client.send(url, {"shorthand": "r", "cursor": "1", "more": "x"}, headers=JSON).status_code == 422
    assert client.send(url, {"shorthand": "x" * 2001, "cursor": "1"}, headers=JSON).status_code == 422


def test_a_line_is_charted_and_answered_with_the_chart(client: Client, charting: Charting) -> None:
    answer = send(client, charting, USUAL, data={"syringe_id": charting.syringe_id}, headers=JSON)
    assert answer.status_code == 200
    assert len(answer.json["sites"]) == 12
    assert sum(Decimal(site["units"]) for site in answer.json["sites"]) == Decimal("23.75")
    assert {site["syringe"] for site in answer.json["sites"]} == {"A"}


def test_a_plain_form_charts_and_a_refused_one_keeps_what_was_typed(client: Client, charting: Charting) -> None:
    assert send(client, charting, "l dao 5").status_code == 302
    answer = send(client, charting, "l men 2; r oo 5 <b>")
    assert answer.status_code == 422
    assert "l men 2; r oo 5 &lt;b&gt;" in answer.text
    assert "<mark>oo</mark>" in answer.text
    assert "Mentalis, patient’s left" in answer.text
    assert len(charting.record().sites) == 1
    stale = client.send(f"/visits/{charting.visit_id}/shorthand", {"shorthand": "l men 2", "edit_version": "1"})
    assert stale.status_code == 409
    assert "l men 2" in stale.text


def test_a_refused_line_keeps_where_its_sites_come_from(client: Client, charting: Charting) -> None:
    syringe = charting.record().syringes[0].id
    for chosen, kept in (("", False), (syringe, True)):
        answer = send(client, charting, "r oo 5", data={"syringe_id": chosen})
        assert answer.status_code == 422
        assert (f'value="{syringe}" selected' in answer.text) is kept


def test_the_kept_line_stands_on_the_chart_again(client: Client, charting: Charting) -> None:
    assert send(client, charting, 'l dao 5; "xx', "/keep").status_code == 302
    page = client.get(f"/visits/{charting.visit_id}").text
    assert 'value="l dao 5; &#34;xx"' in page
    assert "holds text that is not charted" in page
    assert send(client, charting, "", "/keep", headers=JSON).json["shorthand"] == ""


def test_today_is_shown_and_rewritten_without_a_script(client: Client, charting: Charting) -> None:
    send(client, charting, "l dao 5; men 2")
    url = f"/visits/{charting.visit_id}/shorthand"
    assert client.get(url, headers=JSON).json["line"] == "l dao 5; men 2"
    page = client.get(url).text
    assert 'name="was" value="l dao 5; men 2"' in page
    assert send(client, charting, "l dao 4", "/rewrite", data={"was": "l dao 9"}).status_code == 422
    assert send(client, charting, "l dao 4", "/rewrite").status_code == 422
    done = send(client, charting, "l dao 4; r dli 1", "/rewrite", data={"was": "l dao 5; men 2"})
    assert done.status_code == 302
    assert client.get(url, headers=JSON).json["line"] == "l dao 4; r dli 1"


def test_a_signed_visit_has_no_line(client: Client, charting: Charting) -> None:
    charting.signed()
    assert client.get(f"/visits/{charting.visit_id}/shorthand").status_code == 409
    assert send(client, charting, "l dao 5").status_code in {403, 409}
