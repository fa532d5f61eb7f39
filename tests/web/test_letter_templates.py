"""A clinic's own words for letters: listed, written, looked at, changed, retired."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.queries.letter_pages import TemplateRow, letter_templates
from clinic.unit_of_work import Work
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.web.walking import value_of

URL = "/letter-templates"
WORDS = {
    "kind": "letter to the therapist",
    "name": "For <therapists>",
    "opening": "Hello {{recipient}}",
    "closing": "Bye",
}


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.prescriber)


def rows(work: Work, clinic: ClinicWorld) -> tuple[TemplateRow, ...]:
    with work.reading(clinic.prescriber) as uow:
        return letter_templates(uow)


def test_the_page_begins_with_the_words_of_the_program(client: Client) -> None:
    page = client.get(URL).text
    assert "No words of your own yet" in page
    assert "With this program" in page
    assert "{{recipient}}" in page


def test_words_are_written_changed_used_and_retired(client: Client, work: Work, clinic: ClinicWorld) -> None:
    assert client.send(f"{URL}/new", WORDS).status_code == 302
    (row,) = rows(work, clinic)
    assert "For &lt;therapists&gt;" in client.get(URL).text
    page = client.get(f"{URL}/{row.id}").text
    changed = WORDS | {"opening": "Good day {{recipient}}", "edit_version": value_of(page, "edit_version")}
    assert client.send(f"{URL}/{row.id}", changed).status_code == 302
    patient_id = make_patient(work, clinic.prescriber)
    letter = client.send(f"/patients/{patient_id}/letters/new/letter-to-the-therapist", {"recipient": "Ms Ray"})
    assert "Good day Ms Ray" in client.get(letter.location).text
    assert client.send(f"{URL}/{row.id}/retire").status_code == 302
    assert rows(work, clinic)[0].retired_at is not None
    assert "Good day Ms Ray" in client.get(letter.location).text
    assert client.send(f"{URL}/{row.id}", changed).status_code == 404


def test_words_are_looked_at_without_saving(client: Client, work: Work, clinic: ClinicWorld) -> None:
    page = client.send(f"{URL}/new", WORDS | {"opening": "About {{patient}} {{7*7}} <i>", "look": "look"})
    assert page.status_code == 200
    assert "About Alex Example" in page.text
    assert '<mark class="stop-text">{{7*7}}' in page.text
    assert "&lt;i&gt;" in page.text
    assert "About {{patient}} {{7*7}} &lt;i&gt;</textarea>" in page.text
    assert rows(work, clinic) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"opening": "{{7*7}} kept"}, "is not a placeholder that this program knows"),
        ({"opening": "{{patient kept"}, "belongs to no placeholder"),
        ({"kind": "visit summary", "opening": "kept"}, "Choose one from the list."),
        ({"name": "", "opening": "kept"}, "Name is needed."),
        ({"closing": "x" * 6001, "opening": "kept"}, "At most 6,000 characters."),
    ],
)
def test_what_cannot_be_used_is_refused_and_kept(
    client: Client, work: Work, clinic: ClinicWorld, change: dict[str, Any], words: str
) -> None:
    refused = client.send(f"{URL}/new", WORDS | change)
    assert refused.status_code == 422
    assert words in refused.text
    assert "kept</textarea>" in refused.text
    assert rows(work, clinic) == ()


def test_a_stale_change_keeps_what_was_typed(client: Client, work: Work, clinic: ClinicWorld) -> None:
    client.send(f"{URL}/new", WORDS)
    (row,) = rows(work, clinic)
    assert client.send(f"{URL}/{row.id}", WORDS | {"edit_version": "1", "name": "First"}).status_code == 302
    late = client.send(f"{URL}/{row.id}", WORDS | {"edit_version": "1", "opening": "My words"})
    assert late.status_code == 409
    assert "My words</textarea>" in late.text
    assert rows(work, clinic)[0].name == "First"


def test_only_prescribers_of_the_clinic(app: Flask, client: Client, work: Work, clinic: Any, other_clinic: Any) -> None:
    client.send(f"{URL}/new", WORDS)
    (row,) = rows(work, clinic)
    for role in (Role.THERAPIST, Role.ASSISTANT, Role.ADMINISTRATOR):
        assert client_for(app, clinic.people[role]).get(URL).status_code == 403
    stranger = client_for(app, other_clinic.prescriber)
    assert "therapists" not in stranger.get(URL).text
    assert stranger.get(f"{URL}/{row.id}").status_code == 404
    assert stranger.send(f"{URL}/{row.id}/retire").status_code == 404
