"""Choosing, looking at and handing over documents: one file, kept as printed, and nothing of it where one cannot be."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from clinic.domain.actors import Role
from clinic.domain.documents.kinds import LETTERS, DocumentKind
from clinic.domain.documents.texts import languages
from clinic.domain.events import Action
from clinic.models import AuditEvent, IssuedDocument
from clinic.queries.document_contents import BUILDERS, document_draft
from clinic.queries.document_heads import Ask
from clinic.queries.document_packs import KINDS, OF_VISIT
from clinic.services.patients import retire_patient
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.web.statements import counted
from tests.web.walking import value_of

READING, MASSAGE = "understanding-synkinesis", "facial-massage"
GIVEN = {"given_to": "patient", "who": "", "purpose": "to take home"}
MOST_STATEMENTS = 40


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with one syringe."""
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber's browser."""
    return client_for(app, clinic.prescriber)


def of_patient(charting: Charting) -> str:
    return f"/patients/{charting.patient_id}/documents"


def of_visit(charting: Charting) -> str:
    return f"/visits/{charting.visit_id}/documents"


def text_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)


def issued(charting: Charting) -> list[Any]:
    with charting.reading() as uow:
        one = IssuedDocument
        columns = (one.id, one.kind, one.language, one.edition, one.pack_id, one.given_to, one.purpose, one.content)
        return list(uow.session.execute(select(*columns).order_by(one.kind)))


def offered(page: str, slug: str) -> list[str]:
    return [unescape(key) for key in re.findall(rf'name="offered-{slug}" value="([^"]*)"', page)]


def test_every_kind_is_listed_or_is_a_letter_or_the_blank_chart() -> None:
    assert set(KINDS) == set(DocumentKind) - set(LETTERS) - {DocumentKind.BLANK_CHART, DocumentKind.RECALL_LETTER}
    assert set(KINDS) - OF_VISIT == set(BUILDERS) - set(LETTERS)


def test_a_patients_page_lists_what_can_be_printed_with_language_and_size(client: Client, charting: Charting) -> None:
    page = client.get(of_patient(charting))
    assert page.status_code == 200
    assert "Treatment passport" in page.text
    assert "Visit summary" not in page.text
    for language in languages().values():
        assert f">{language.english}</option>" in page.text
    assert 'name="edition-facial-massage"' in page.text
    assert 'name="edition-treatment-history"' not in page.text
    assert "Not yet approved by your clinic" in page.text


def test_a_visits_page_says_why_a_summary_cannot_be_handed_over_yet(client: Client, charting: Charting) -> None:
    assert "The visit is not signed yet" in client.get(of_visit(charting)).text
    charting.signed()
    assert "The visit is not signed yet" not in client.get(of_visit(charting)).text


def test_one_document_is_kept_and_opened_as_its_very_bytes(client: Client, charting: Charting) -> None:
    answer = client.send(of_patient(charting), GIVEN | {"documents": [MASSAGE]})
    assert answer.status_code == 303, answer.text
    [row] = issued(charting)
    assert answer.location == f"/documents/{row.id}.pdf"
    assert (row.kind, row.pack_id, row.given_to, row.purpose) == ("facial massage", None, "patient", "to take home")
    file = client.get(answer.location)
    assert file.headers["Content-Type"] == "application/pdf"
    assert row.id[:10].upper() in text_of(file.data)
    assert file.data == client.get(f"/documents/{row.id}/original.pdf").data
    page = client.get(of_patient(charting)).text
    assert row.id[:10].upper() in page


def test_several_documents_make_one_file_and_are_kept_each_by_itself(client: Client, charting: Charting) -> None:
    charting.signed()
    chosen = {
        "documents": ["visit-summary", MASSAGE, READING],
        f"language-{READING}": "es",
        f"edition-{READING}": "large",
    }
    answer = client.send(of_visit(charting), GIVEN | chosen)
    assert answer.status_code == 303, answer.text
    rows = {row.kind: row for row in issued(charting)}
    assert set(rows) == {"print pack", "visit summary", "facial massage", "understanding synkinesis"}
    pack = rows.pop("print pack")
    assert answer.location.endswith(f"/documents/{pack.id}.pdf")
    assert {row.pack_id for row in rows.values()} == {pack.id}
    assert (rows["understanding synkinesis"].language, rows["understanding synkinesis"].edition) == ("es", "large")
    assert rows["visit summary"].content == ""
    told = text_of(client.get(answer.location).data)
    for row in rows.values():
        assert row.id[:10].upper() in told


def test_sending_the_form_twice_gives_the_same_file(client: Client, charting: Charting) -> None:
    data = GIVEN | {"documents": [MASSAGE, READING]}
    first, again = (client.send(of_patient(charting), data, key="one-key") for _ in range(2))
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    assert len(issued(charting)) == 3


def test_one_that_cannot_be_handed_over_refuses_all_and_keeps_every_choice(client: Client, charting: Charting) -> None:
    page = client.get(of_patient(charting)).text
    keys = offered(page, READING)
    chosen = {
        "documents": ["visit-summary", READING],
        f"language-{READING}": "es",
        f"offered-{READING}": keys,
        f"parts-{READING}": keys[1:],
        "given_to": "other",
        "who": "Mr <b>Nobody</b>",
        "purpose": "a second opinion",
    }
    answer = client.send(of_visit(charting), chosen)
    assert answer.status_code == 422
    assert issued(charting) == []
    assert "Visit summary: The visit is not signed yet" in answer.text
    assert f'value="{READING}" checked' in answer.text
    assert 'value="Mr &lt;b&gt;Nobody&lt;/b&gt;"' in answer.text
    assert 'value="a second opinion"' in answer.text
    assert f'id="part-{READING}-{keys[0]}" name="parts-{READING}" value="{keys[0]}"><label' in answer.text
    assert f'value="{keys[1]}" checked' in answer.text
    assert '<option selected value="es">' in answer.text


def test_everything_that_is_wrong_is_said_at_once(client: Client, charting: Charting) -> None:
    answer = client.send(
        of_visit(charting), {"documents": ["visit-summary"], "given_to": "other", "who": "", "purpose": ""}
    )
    assert answer.status_code == 422
    assert "Say who it is" in answer.text
    assert "Visit summary: The visit is not signed yet" in answer.text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "Choose at least one document"),
        ({"documents": ["blank-chart"]}, "There is no document"),
        ({"documents": [MASSAGE], "given_to": "other"}, "Say who it is"),
        ({"documents": [MASSAGE], "given_to": "the press"}, "Choose one from the list"),
        ({"documents": [MASSAGE], "purpose": "x" * 401}, "At most 400 characters"),
        ({"documents": [MASSAGE], f"language-{MASSAGE}": "xx"}, "Choose one from the list"),
    ],
)
def test_what_is_not_complete_is_refused_with_words(
    client: Client, charting: Charting, values: dict[str, Any], words: str
) -> None:
    answer = client.send(of_patient(charting), GIVEN | values)
    assert answer.status_code == 422
    assert words in answer.text
    assert issued(charting) == []


def test_looking_at_a_document_keeps_nothing_and_puts_only_keys_of_parts_into_the_address(
    client: Client, charting: Charting
) -> None:
    keys = offered(client.get(of_patient(charting)).text, READING)
    chosen = {"look": READING, f"offered-{READING}": keys, f"parts-{READING}": keys[1:], f"language-{READING}": "es"}
    answer = client.send(of_patient(charting), GIVEN | {"purpose": "secret"} | chosen)
    assert answer.status_code == 303
    assert "secret" not in answer.location
    assert f"without={keys[0]}" in answer.location
    shorter, whole = client.get(answer.location), client.get(f"{of_patient(charting)}/{READING}.pdf?language=es")
    assert "VISTA PREVIA" in text_of(shorter.data).upper()
    assert len(text_of(shorter.data)) < len(text_of(whole.data))
    assert issued(charting) == []


def test_a_part_that_is_always_there_cannot_be_left_out(client: Client, charting: Charting) -> None:
    charting.signed()
    with charting.reading() as uow:
        ask = Ask(DocumentKind.TREATMENT_HANDOUT, charting.patient_id, charting.visit_id)
        fixed = [one.key for one in document_draft(uow, ask).choices if one.fixed]
    assert fixed
    url, slug = of_visit(charting), "treatment-handout"
    forged = "&".join(f"without={key}" for key in fixed)
    whole, less = (client.get(f"{url}/{slug}.pdf?{query}").data for query in ("", forged))
    assert text_of(whole) == text_of(less)
    for keys in ([], fixed):
        values = GIVEN | {"documents": [slug], f"offered-{slug}": keys}
        assert client.send(url, values).status_code == 303
    contents = {row.content for row in issued(charting) if row.content}
    assert len(contents) == 1


@pytest.mark.parametrize(
    "slug", ["nothing", "blank-chart", "visit-summary", "treatment-handout", "letter-to-the-therapist"]
)
def test_a_preview_of_what_the_page_does_not_offer_is_not_found(client: Client, charting: Charting, slug: str) -> None:
    assert client.get(f"{of_patient(charting)}/{slug}.pdf").status_code == 404


def test_the_patients_language_and_size_stand_chosen_beforehand(
    app: Flask, work: Work, clinic: ClinicWorld, client: Client
) -> None:
    patient_id = make_patient(work, clinic.prescriber, handout_language="es", handout_edition="large")
    page = client.get(f"/patients/{patient_id}/documents").text
    assert '<option selected value="es">' in page
    assert '<option selected value="large">' in page


def test_names_at_their_longest_and_markup_in_them_print_and_show(
    work: Work, clinic: ClinicWorld, client: Client
) -> None:
    names = {"family_name": "<b>{{7*7}}</b>" + "x" * 106, "given_names": "y" * 120}
    patient_id = make_patient(work, clinic.prescriber, **names)
    url = f"/patients/{patient_id}/documents"
    page = client.get(url)
    assert "<b>{{7*7}}" not in page.text
    assert "&lt;b&gt;{{7*7}}" in page.text
    assert client.send(url, GIVEN | {"documents": [MASSAGE, "treatment-passport"]}).status_code in {303, 422}
    assert client.send(url, GIVEN | {"documents": [MASSAGE]}).status_code == 303


def test_the_blank_chart_is_about_nobody(client: Client) -> None:
    answer = client.get("/blank-chart.pdf")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF-")


def test_pages_cost_a_fixed_number_of_statements(app: Flask, client: Client, charting: Charting) -> None:
    charting.signed()
    few = page_statements(client, charting)
    for _ in range(2):
        assert client.send(of_visit(charting), GIVEN | {"documents": [MASSAGE, READING]}).status_code == 303
    many = page_statements(client, charting)
    assert len(few) <= MOST_STATEMENTS, len(few)
    assert len(many) == len(few)


def page_statements(client: Client, charting: Charting) -> list[str]:
    with counted(charting.work.engine) as seen:
        assert client.get(of_visit(charting)).status_code == 200
    return seen


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_who_does_not_treat_sees_nothing_of_it(app: Flask, charting: Charting, role: Role) -> None:
    charting.signed()
    with charting.reading() as uow:
        assert uow.session.scalar(select(func.count()).select_from(IssuedDocument)) == 0
    other = client_for(app, charting.clinic.people[role])
    for url in (of_patient(charting), of_visit(charting), f"{of_patient(charting)}/{MASSAGE}.pdf"):
        answer = other.get(url)
        assert answer.status_code == 403
        assert "Keane" not in answer.text


@pytest.mark.parametrize("role", [Role.PRESCRIBER, Role.INJECTOR, Role.THERAPIST, Role.ASSISTANT])
def test_everybody_clinical_may_print(app: Flask, charting: Charting, role: Role) -> None:
    other = client_for(app, charting.clinic.people[role])
    assert other.send(of_patient(charting), GIVEN | {"documents": [MASSAGE]}).status_code == 303


def test_a_patients_language_and_type_are_chosen_on_their_own_form(client: Client, charting: Charting) -> None:
    url = f"/patients/{charting.patient_id}"
    page = client.get(f"{url}/edit").text
    person = {name: value_of(page, name) for name in ("family_name", "given_names", "birth_date", "record_number")}
    person |= {"edit_version": value_of(page, "edit_version"), "sex": "female"}
    refused = client.send(f"{url}/edit", person | {"handout_language": "xx", "handout_edition": "large"})
    assert refused.status_code == 422
    assert 'id="handout_language-errors"' in refused.text
    assert (
        client.send(f"{url}/edit", person | {"handout_language": "es", "handout_edition": "large"}).status_code == 302
    )
    assert "Spanish, large type" in client.get(f"{url}/details").text
    assert '<option selected value="es">' in client.get(of_patient(charting)).text


def refusals(charting: Charting) -> int:
    one = AuditEvent
    with charting.reading() as uow:
        return len(uow.session.scalars(select(one.sequence).where(one.action == Action.REFUSED.value)).all())


def test_a_pack_that_is_refused_leaves_an_entry(client: Client, charting: Charting) -> None:
    before = refusals(charting)
    assert client.send(of_visit(charting), GIVEN | {"documents": "visit-summary"}).status_code == 422
    assert refusals(charting) == before + 1


def test_a_retired_record_is_read_and_nothing_more_is_handed_over(
    client: Client, charting: Charting, clinic: ClinicWorld, work: Work
) -> None:
    patient_id = make_patient(work, clinic.prescriber, family_name="Zimmer")
    url = f"/patients/{patient_id}/documents"
    sent = client.send(url, GIVEN | {"documents": MASSAGE})
    assert sent.status_code == 303
    with work.writing(clinic.prescriber) as uow:
        retire_patient(uow, patient_id, 1, "Entered twice by mistake")
    page = client.get(url)
    assert page.status_code == 200
    assert "This record is retired." in page.text
    assert 'name="given_to"' not in page.text
    assert sent.location in page.text
    assert client.get(sent.location).status_code == 200
    assert client.send(url, GIVEN | {"documents": MASSAGE}).status_code == 409
    assert len(issued(charting)) == 1
