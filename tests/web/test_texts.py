"""The pages of texts: every sentence to be read, accepted as it was shown, withdrawn with a reason."""

from __future__ import annotations

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.documents.texts import languages
from clinic.unit_of_work import Work
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.web.statements import counted
from tests.web.walking import value_of

URL = "/texts/en/facial_massage"


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    """The therapist's browser."""
    return client_for(app, clinic.people[Role.THERAPIST])


def shown(client: Client, url: str = URL) -> dict[str, str]:
    page = client.get(url).text
    return {name: value_of(page, name) for name in ("version", "sha256")}


def test_the_list_names_every_text_with_version_kind_reading_age_and_standing(client: Client) -> None:
    page = client.get("/texts")
    assert page.status_code == 200
    for language in languages().values():
        for text in language.texts.values():
            assert f'href="/texts/{language.code}/{text.id}"' in page.text
    assert "not accepted yet" in page.text
    assert "years (Flesch" in page.text
    assert "therapist or prescriber" in page.text


def test_a_page_shows_every_sentence_with_its_strength_and_sources(client: Client) -> None:
    text = languages()["en"].texts["facial_massage"]
    page = client.get(URL).text.replace("&#39;", "'").replace("&#34;", '"')
    for part in text.parts.values():
        for line in part.body:
            assert line.removeprefix("- ").removeprefix("1. ") in page
        assert part.strength in page
        assert all(source in page.replace("&amp;", "&") for source in part.sources)


def test_every_text_of_every_language_has_its_page(client: Client) -> None:
    for language in languages().values():
        for text in language.texts.values():
            assert client.get(f"/texts/{language.code}/{text.id}").status_code == 200


def test_accepting_takes_the_note_from_the_documents_and_withdrawing_brings_it_back(
    client: Client, work: Work, clinic: ClinicWorld
) -> None:
    documents = f"/patients/{make_patient(work, clinic.prescriber)}/documents"
    link = f'href="{URL}"'
    assert link in client.get(documents).text
    assert client.send(f"{URL}/accept", shown(client)).status_code == 302
    assert link not in client.get(documents).text
    page = client.get(URL).text
    assert "Ada Therapist" in page
    assert "Withdraw" in page
    refused = client.send(f"{URL}/withdraw", {"reason": " "})
    assert refused.status_code == 422
    assert "Reason is needed" in refused.text
    assert client.send(f"{URL}/withdraw", {"reason": "The <b>third</b> step"}).status_code == 302
    assert "The &lt;b&gt;third&lt;/b&gt; step" in client.get(URL).text
    assert link in client.get(documents).text


def test_a_hash_that_was_not_shown_is_a_conflict_and_the_text_stands_to_be_read_again(client: Client) -> None:
    answer = client.send(f"{URL}/accept", shown(client) | {"sha256": "0" * 64})
    assert answer.status_code == 409
    assert "changed since it was shown" in answer.text
    assert "Accept version" in answer.text
    assert "not accepted yet" in client.get(URL).text


def test_a_therapist_reads_a_treatment_text_and_cannot_accept_it(client: Client) -> None:
    url = "/texts/en/emergency"
    text = languages()["en"].texts["emergency"]
    assert "Accept version" not in client.get(url).text
    answer = client.send(f"{url}/accept", {"version": text.version, "sha256": text.sha256})
    assert answer.status_code == 403
    assert "not accepted yet" in client.get(url).text


@pytest.mark.parametrize("url", ["/texts/xx/emergency", "/texts/en/nothing", "/texts/en/labels"])
def test_a_text_that_is_not_there_is_not_found(client: Client, url: str) -> None:
    assert client.get(url).status_code == 404


def test_who_may_accept_finds_the_texts_in_the_navigation(app: Flask, clinic: ClinicWorld) -> None:
    for role, there in ((Role.PRESCRIBER, True), (Role.THERAPIST, True), (Role.ASSISTANT, False)):
        page = client_for(app, clinic.people[role]).get("/texts").text
        assert ('<a href="/texts" aria-current="page">Texts</a>' in page) is there


def test_the_list_costs_the_same_however_often_something_was_accepted(client: Client, work: Work) -> None:
    few = statements(client, work)
    client.send(f"{URL}/accept", shown(client))
    assert len(statements(client, work)) == len(few) <= 6, few


def statements(client: Client, work: Work) -> list[str]:
    with counted(work.engine) as seen:
        assert client.get("/texts").status_code == 200
    return seen
