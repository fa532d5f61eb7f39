"""The settings page of licensed wording, as a browser asks for it."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from clinic.domain import assessments
from clinic.domain.actors import Role
from tests.domain.test_instrument_wordings import own_answers, questions
from tests.factories import Client, ClinicWorld, client_for

SAQ = assessments.instrument("saq")
URL = "/settings/questionnaires/saq"
FORM = {
    "edit_version": "0",
    "statement": "Licence of 3 May 2026 (invented)",
    "version": "English 1",
    "intro": "Hello",
    **questions(SAQ),
    **{f"{key}_answers": lines for key, lines in own_answers(SAQ).items()},
}


@pytest.fixture
def administrator(app: Flask, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.people[Role.ADMINISTRATOR])


def mark(page: str) -> str:
    """The version that a form was shown with."""
    found = re.search(r'name="edit_version" value="(\d+)"', page)
    assert found
    return found[1]


def test_the_settings_lead_to_it_and_no_wording_ships(administrator: Client) -> None:
    assert "/settings/questionnaires/" in administrator.get("/settings").text
    page = administrator.get("/settings/questionnaires/").text
    assert page.count("none: numbers from paper only") == 3
    empty = administrator.get(URL).text
    assert re.findall(r"<textarea[^>]*>\s*([^<\s][^<]*)</textarea>", empty) == []


def test_wording_is_pasted_shown_again_and_taken_out(administrator: Client) -> None:
    assert administrator.send(URL, FORM).status_code == 302
    page = administrator.get("/settings/questionnaires/").text
    assert "in use" in page
    assert FORM["statement"] in page
    shown = administrator.get(URL).text
    assert "Invented q4" in shown
    assert "q4 is 1\nq4 is 2\nq4 is 3" in shown.replace("\r", "")
    assert administrator.send(f"{URL}/retire", {"edit_version": mark(page)}).status_code == 302
    assert "in use" not in administrator.get("/settings/questionnaires/").text


def test_what_was_pasted_stays_when_it_is_refused(administrator: Client) -> None:
    refused = administrator.send(URL, FORM | {"q2": "", "q3_answers": "only one", "statement": "short", "version": ""})
    assert refused.status_code == 422
    assert "Paste the wording of this question" in refused.text
    assert "5 answers are needed" in refused.text
    assert "Name the version" in refused.text
    assert "Say in your own words" in refused.text
    assert "only one</textarea>" in refused.text
    assert "Invented q9" in refused.text
    assert "in use" not in administrator.get("/settings/questionnaires/").text


def test_a_stale_form_overwrites_nothing(administrator: Client) -> None:
    administrator.send(URL, FORM)
    stale = administrator.send(URL, FORM | {"intro": "Another hello"})
    assert stale.status_code == 409
    assert "Another hello" in stale.text
    assert "In use now" in stale.text
    assert "Hello</textarea>" in administrator.get(URL).text.replace("\r\n", "")
    assert administrator.send(URL, FORM | {"intro": "Another", "edit_version": mark(stale.text)}).status_code == 302
    refused = administrator.send(f"{URL}/retire", {"edit_version": "1"}, follow_redirects=True).text
    assert "Nothing was changed" in refused
    assert FORM["statement"] in refused


def test_the_same_form_sent_twice_is_saved_once(administrator: Client) -> None:
    form = FORM | {"idempotency_key": "twice"}
    assert [administrator.send(URL, form).status_code for _ in range(2)] == [302, 302]


def test_pasted_markup_is_text(administrator: Client) -> None:
    bold = "<b>q1</b><script>1</script>"
    administrator.send(URL, FORM | {"q1": bold, "statement": f"{bold} licence"})
    for page in (administrator.get(URL).text, administrator.get("/settings/questionnaires/").text):
        assert bold not in page
        assert "&lt;b&gt;q1&lt;/b&gt;" in page


@pytest.mark.parametrize("key", ["sunnybrook", "follow_up", "nothing"])
def test_only_licensed_questionnaires_have_a_page(administrator: Client, key: str) -> None:
    assert administrator.get(f"/settings/questionnaires/{key}").status_code == 404
    assert administrator.send(f"/settings/questionnaires/{key}", FORM).status_code == 404
    assert administrator.send(f"/settings/questionnaires/{key}/retire", {"edit_version": "0"}).status_code == 404


def test_another_clinics_wording_is_never_seen(app: Flask, administrator: Client, other_clinic: ClinicWorld) -> None:
    administrator.send(URL, FORM)
    other = client_for(app, other_clinic.people[Role.ADMINISTRATOR])
    assert "Invented" not in other.get(URL).text
    assert "in use" not in other.get("/settings/questionnaires/").text
    assert other.send(f"{URL}/retire", {"edit_version": "0"}).status_code == 404
    assert "in use" in administrator.get("/settings/questionnaires/").text


def test_a_prescriber_has_no_such_page(app: Flask, clinic: ClinicWorld) -> None:
    prescriber = client_for(app, clinic.prescriber)
    assert prescriber.get(URL).status_code == 403
    assert prescriber.send(URL, FORM).status_code == 403
