"""Repeating and patterns through real requests: as JSON for the script, and as plain forms without it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.models import AuditEvent
from clinic.services import injections
from clinic.unit_of_work import Work
from tests.charting import Charting, open_vial
from tests.factories import Client, ClinicWorld, client_for, make_patient

JSON = {"Accept": "application/json"}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft, 90 days after a signed session of four sites."""
    return Charting.after_a_session(work, clinic, clock)


@pytest.fixture
def client(app: Flask, charting: Charting) -> Client:
    return client_for(app, charting.clinic.prescriber)


def post(client: Client, charting: Charting, step: str, *, plain: bool = False, **data: Any) -> Any:
    body = {"edit_version": charting.version()} | data
    return client.send(f"/visits/{charting.visit_id}/{step}", body, headers={} if plain else JSON)


def repeat(client: Client, charting: Charting, **data: Any) -> Any:
    return post(client, charting, "repeat", **{"source": charting.first, "syringe_id": charting.syringe_id} | data)


def draw_other_product(charting: Charting) -> str:
    vial_id = open_vial(charting.work, charting.clinic, product="dysport", label="V-0002", lot="D1")
    version = charting.version()
    with charting.writing() as uow:
        return injections.add_syringe(uow, charting.visit_id, version, vial_id)


def test_a_repetition_answers_with_the_charts_state(client: Client, charting: Charting) -> None:
    state = repeat(client, charting).get_json()
    assert [one["status_text"] for one in state["sites"]] == ["from 22 Nov 2026"] * 4
    assert {one["status"] for one in state["sites"]} == {"copied"}
    assert state["undo"] == "4 sites repeated from 22 Nov 2026"
    assert state["edit_version"] == charting.version()


def test_a_resent_repetition_brings_nothing_twice(client: Client, charting: Charting) -> None:
    body = {"edit_version": charting.version(), "source": charting.first, "syringe_id": charting.syringe_id}
    url = f"/visits/{charting.visit_id}/repeat"
    first = client.send(url, body, key="k1", headers=JSON)
    again = client.send(url, body, key="k1", headers=JSON)
    assert first.get_json() == again.get_json()
    assert len(charting.record().sites) == 4


def test_one_site_is_taken(client: Client, charting: Charting) -> None:
    earlier = client.get(f"/visits/{charting.visit_id}/earlier/{charting.first}", headers=JSON).get_json()
    assert set(earlier) == {"id", "on_text", "products", "sites"}
    wanted = [earlier["sites"][1]["id"], earlier["sites"][3]["id"]]
    state = repeat(client, charting, site=wanted).get_json()
    assert [one["muscle"] for one in state["sites"]] == ["mentalis", "depressor_labii_inferioris"]


def test_looking_at_an_earlier_session_is_in_the_audit_trail(client: Client, charting: Charting) -> None:
    client.get(f"/visits/{charting.visit_id}/earlier/{charting.first}")
    with charting.reading() as uow:
        seen = select(AuditEvent).where(
            AuditEvent.action == "visit.viewed", AuditEvent.subject == f"visit:{charting.first}"
        )
        assert [one.patient_id for one in uow.session.scalars(seen)] == [charting.patient_id]


def test_another_product_is_asked_about_in_words(client: Client, charting: Charting) -> None:
    other = draw_other_product(charting)
    answer = repeat(client, charting, syringe_id=other)
    assert answer.status_code == 422
    assert "bring the places without doses?" in answer.get_json()["fields"]["without_doses"]
    state = repeat(client, charting, syringe_id=other, without_doses="y").get_json()
    assert {one["units"] for one in state["sites"]} == {""}


def test_without_a_script_the_page_says_it_and_keeps_what_was_chosen(client: Client, charting: Charting) -> None:
    other = draw_other_product(charting)
    answer = repeat(client, charting, plain=True, syringe_id=other)
    assert answer.status_code == 422
    page = answer.text
    assert "bring the places without doses?" in page
    assert '<details id="repeat" open>' in page
    assert f'<option value="{charting.first}" selected>' in page
    assert f'<option value="{other}" selected>' in page
    assert charting.record().sites == ()
    answer = repeat(client, charting, plain=True, syringe_id=other, without_doses="y")
    assert answer.status_code == 302
    assert answer.location.endswith(f"/visits/{charting.visit_id}#sites")


def test_a_stale_plain_form_is_shown_again_on_what_stands(client: Client, charting: Charting) -> None:
    answer = repeat(client, charting, plain=True, edit_version=charting.version() - 1)
    assert answer.status_code == 409
    assert "changed this visit meanwhile" in answer.text
    assert charting.record().sites == ()


def test_the_page_offers_the_last_session_first(client: Client, charting: Charting) -> None:
    page = client.get(f"/visits/{charting.visit_id}").text
    assert "Repeat the session of 22 Nov 2026</button>" in page
    assert "4 sites, 12.5\u00a0units" in page
    assert "on the patient’s other side" not in page


def test_a_first_session_offers_patterns_only(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.begun(work, clinic, clock)
    page = client_for(app, clinic.prescriber).get(f"/visits/{charting.visit_id}").text
    assert "Repeat the session of" not in page
    assert "Save today’s sites as a pattern of mine" in page


def test_a_pattern_is_saved_laid_and_retired_without_a_script(client: Client, charting: Charting) -> None:
    charting.chart_usual_sites()
    answer = post(client, charting, "patterns", plain=True, name="<b>usual</b> left")
    assert (answer.status_code, answer.location.rpartition("#")[2]) == (302, "repeat")
    again = post(client, charting, "patterns", plain=True, name="<B>usual</B> LEFT")
    assert again.status_code == 422
    assert "a pattern of this name already" in again.text
    assert 'value="&lt;B&gt;usual&lt;/B&gt; LEFT"' in again.text
    charting.start()
    pattern_id = only_pattern(charting)
    other = draw_other_product(charting)
    refused = post(client, charting, f"patterns/{pattern_id}/lay", plain=True, syringe_id=other)
    assert refused.status_code == 422
    assert "&lt;b&gt;usual&lt;/b&gt; left” used onabotulinumtoxinA" in refused.text
    laid = post(client, charting, f"patterns/{pattern_id}/lay", syringe_id=charting.syringe_id, other_side="y")
    assert {one["status_text"] for one in laid.get_json()["sites"]} == {"from the pattern “<b>usual</b> left”"}
    assert post(client, charting, f"patterns/{pattern_id}/retire", plain=True).status_code == 302
    assert "<b>usual" not in client.get(f"/visits/{charting.visit_id}").text


def only_pattern(charting: Charting) -> str:
    from clinic.queries.patterns import own_patterns

    with charting.reading() as uow:
        (row,) = own_patterns(uow)
    return row.id


def test_a_colleagues_pattern_is_as_if_it_were_none(app: Flask, charting: Charting, client: Client) -> None:
    charting.chart_usual_sites()
    post(client, charting, "patterns", name="usual left")
    pattern_id = only_pattern(charting)
    colleague = client_for(app, charting.clinic.people[Role.INJECTOR])
    assert "usual left" not in colleague.get(f"/visits/{charting.visit_id}").text
    for act in ("lay", "retire"):
        theirs = post(colleague, charting, f"patterns/{pattern_id}/{act}")
        none = post(colleague, charting, f"patterns/{'0' * 26}/{act}")
        assert (theirs.status_code, none.status_code) == (404, 404)
        assert bare(theirs) == bare(none)


def bare(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in json.loads(answer.text).items() if name != "request_id"}


def test_other_patients_and_other_clinics_sessions_answer_alike(
    app: Flask, client: Client, charting: Charting, work: Work, other_clinic: ClinicWorld, clock: Any
) -> None:
    stranger = Charting.begun(work, other_clinic, clock)
    stranger.signed()
    patient_id = make_patient(work, charting.clinic.prescriber, family_name="Lund", given_names="Ida")
    neighbour = replace(charting, patient_id=patient_id)
    neighbour.start()
    ids = ["0" * 26, stranger.visit_id, neighbour.visit_id, charting.visit_id]
    answers = [repeat(client, charting, source=one) for one in ids]
    answers += [client.get(f"/visits/{charting.visit_id}/earlier/{one}", headers=JSON) for one in ids]
    theirs = client_for(app, other_clinic.prescriber)
    answers.append(theirs.get(f"/visits/{charting.visit_id}/earlier/{charting.first}", headers=JSON))
    assert {one.status_code for one in answers} == {404}
    assert len({json.dumps(bare(one)) for one in answers}) == 1
    assert charting.record().sites == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("other_side", "yes"),
        ("without_doses", "1"),
        ("source", "../x"),
        ("syringe_id", "A B"),
        ("site", "Ä"),
        ("lot", "1"),
    ],
)
def test_what_a_form_does_not_have_is_refused(client: Client, charting: Charting, name: str, value: str) -> None:
    assert repeat(client, charting, **{name: value}).status_code == 422
    assert charting.record().sites == ()
