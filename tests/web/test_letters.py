"""Letters through real requests: begun, written, looked at, issued once, read; what is refused and what is kept."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.documents.kinds import LETTERS, DocumentKind
from clinic.domain.events import Action
from clinic.domain.plans import Referral, ReferralKind
from clinic.domain.reviews import Wearing
from clinic.models import AuditEvent, LetterState
from clinic.queries.letter_pages import LetterPage, letter_page, patient_letters
from clinic.services.patients import retire_patient
from clinic.services.referrals import make_referral
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.pdf import layout
from tests.pdf.reading import reader
from tests.trending import CHIN, EYE, Course, saq
from tests.web.statements import counted
from tests.web.test_issued_documents import drop_triggers
from tests.web.walking import value_of

WORDS = {
    "recipient": "Dr <b>Green</b>",
    "address": "1 High Street\r\nTown",
    "opening": "About {{patient}}, last seen {{last session}}. <b>Bold</b>",
    "closing": "Yours",
    "keep": ["last session", "scores", "plan"],
}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A patient with one signed session, and a new draft 90 days later."""
    return Charting.after_a_session(work, clinic, clock)


@pytest.fixture
def client(app: Flask, charting: Charting) -> Client:
    return client_for(app, charting.clinic.prescriber)


def start_url(charting: Charting, kind: DocumentKind = DocumentKind.REFERRER_LETTER) -> str:
    return f"/patients/{charting.patient_id}/letters/new/{kind.slug}"


def begun(client: Client, charting: Charting, kind: DocumentKind = DocumentKind.REFERRER_LETTER) -> str:
    """The address of a new letter."""
    answer = client.send(start_url(charting, kind), {"recipient": "Dr R. Green"})
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def written(client: Client, charting: Charting, **changes: Any) -> str:
    """The address of a letter with words of its own."""
    url = begun(client, charting)
    assert save(client, url, **changes).status_code == 302
    return url


def save(client: Client, url: str, **changes: Any) -> Any:
    version = changes.pop("edit_version", None) or value_of(client.get(url).text, "edit_version")
    return client.send(url, WORDS | {"edit_version": version} | changes)


def issue_values(page: str) -> dict[str, str]:
    return {
        "edit_version": value_of(page, "edit_version"),
        "shown": re.search(r'name="shown"[^>]*value="([0-9a-f]{64})"', page)[1],  # type: ignore[index]
        "given_to": "Dr Green, by post",
        "purpose": "Referral",
    }


def stood(charting: Charting, url: str) -> LetterPage:
    with charting.reading() as uow:
        return letter_page(uow, url.rpartition("/")[2])


@pytest.mark.parametrize("kind", LETTERS)
def test_every_kind_is_begun_shown_and_previewed(client: Client, charting: Charting, kind: DocumentKind) -> None:
    url = begun(client, charting, kind)
    page = client.get(url).text
    assert "Dear Dr R. Green," in page
    assert "Margaret Keane, born 3" in unescape(page).replace("\u00a0", " ")
    pdf = client.get(f"{url}/preview.pdf")
    assert pdf.mimetype == "application/pdf"
    assert pdf.data.startswith(b"%PDF")


def test_words_are_saved_shown_as_text_and_never_as_markup(client: Client, charting: Charting) -> None:
    url = written(client, charting)
    page = client.get(url).text
    assert "About Margaret Keane, last seen 22 Nov 2026. &lt;b&gt;Bold&lt;/b&gt;" in page
    assert "Dr &lt;b&gt;Green&lt;/b&gt;" in page
    assert "<b>Bold</b>" not in page
    assert stood(charting, url).letter.left_out == {"outcome", "sessions", "adverse events"}
    assert stood(charting, url).letter.address == "1 High Street\nTown"


def test_an_unknown_placeholder_is_red_and_cannot_be_issued(client: Client, charting: Charting) -> None:
    url = written(client, charting, opening="{{7*7}} and {{pateint}}")
    for shown in (client.get(url).text, client.get(f"{url}/issue").text):
        assert re.search(r'<mark class="stop-text">\{\{7\*7\}\}', shown)
        assert "{{pateint}} is not a placeholder that this program knows" in unescape(shown)
        assert "49 and" not in shown
    assert "Issue the letter" not in client.get(f"{url}/issue").text
    refused = client.send(f"{url}/issue", {"given_to": "x", "purpose": "", "shown": "", "edit_version": "2"})
    assert refused.status_code == 422
    assert stood(charting, url).is_open


def test_a_stale_save_keeps_what_was_typed(client: Client, charting: Charting) -> None:
    url = written(client, charting)
    late = save(client, url, edit_version="1", opening="My words of an hour", keep=["plan"])
    assert late.status_code == 409
    assert "My words of an hour</textarea>" in late.text
    assert "changed this letter meanwhile" in late.text
    assert "About Margaret Keane" in late.text
    assert stood(charting, url).letter.opening == WORDS["opening"]
    assert save(client, url, edit_version=value_of(late.text, "edit_version"), opening="Mine").status_code == 302


def test_what_is_too_long_is_refused_beside_its_field_and_kept(client: Client, charting: Charting) -> None:
    url = begun(client, charting)
    refused = save(client, url, closing="x" * 6001)
    assert refused.status_code == 422
    assert "At most 6,000 characters." in refused.text
    assert "x" * 6001 in refused.text
    assert save(client, url, keep=["course"]).status_code == 422
    assert save(client, url, opening="a\u202eb").status_code == 422


def test_it_is_issued_once_whatever_is_pressed_twice(client: Client, charting: Charting) -> None:
    url = written(client, charting)
    values = issue_values(client.get(f"{url}/issue").text)
    first = client.send(f"{url}/issue", values, key="one")
    assert first.status_code == 302, first.text
    for key in ("one", "two"):
        again = client.send(f"{url}/issue", values, key=key, follow_redirects=True)
        assert "Nothing was done a second time" in again.text
    with charting.reading() as uow:
        assert len(patient_letters(uow, charting.patient_id).issued) == 1
    document = client.get(client.get(f"{url}/preview.pdf").location)
    assert document.data.startswith(b"%PDF")
    listed = client.get(f"/patients/{charting.patient_id}/documents").text
    assert "Dr Green, by post" in listed


def test_an_issued_letter_is_read_only(client: Client, charting: Charting) -> None:
    url = written(client, charting)
    client.send(f"{url}/issue", issue_values(client.get(f"{url}/issue").text))
    page = client.get(url).text
    assert "<textarea" not in page
    assert "About Margaret Keane" in page
    assert client.send(url, WORDS | {"edit_version": "3"}).status_code == 409
    assert client.send(f"{url}/discard", {"edit_version": "3"}).status_code == 409
    assert stood(charting, url).letter.state is LetterState.ISSUED


def test_a_record_that_changed_while_it_was_read_is_shown_again(client: Client, charting: Charting) -> None:
    url = written(client, charting)
    values = issue_values(client.get(f"{url}/issue").text)
    charting.signed()
    late = client.send(f"{url}/issue", values)
    assert late.status_code == 409
    assert "The record changed since this letter was shown" in late.text
    assert "Dr Green, by post" in late.text
    assert stood(charting, url).is_open
    assert client.send(f"{url}/issue", issue_values(late.text)).status_code == 302


def test_nothing_is_issued_without_a_recipient(client: Client, charting: Charting) -> None:
    url = written(client, charting)
    values = issue_values(client.get(f"{url}/issue").text)
    refused = client.send(f"{url}/issue", values | {"given_to": " ", "purpose": "kept words"})
    assert refused.status_code == 422
    assert "Given to is needed." in refused.text
    assert "kept words" in refused.text


def test_saving_can_go_on_to_issuing(client: Client, charting: Charting) -> None:
    url = begun(client, charting)
    assert save(client, url, then="issue").location.endswith("/issue")


def test_a_discarded_letter_is_taken_back_from_the_list(client: Client, charting: Charting) -> None:
    url = written(client, charting)
    gone = client.send(f"{url}/discard", {"edit_version": "2"}, follow_redirects=True)
    assert "Take it back" in gone.text
    assert client.send(f"{url}/restore").location == url
    assert stood(charting, url).is_open
    assert "Take it back" not in client.get(f"/patients/{charting.patient_id}/letters").text


def test_a_referral_lends_its_recipient_and_question(client: Client, charting: Charting) -> None:
    with charting.writing() as uow:
        referral = Referral(ReferralKind.OPHTHALMOLOGY, "Eye clinic", "Is {{7*7}} the cornea safe?")
        item_id = make_referral(uow, charting.patient_id, referral)
    page = client.get(f"/patients/{charting.patient_id}/referrals/{item_id}").text
    link = unescape(re.search(r'href="([^"]*letters/new[^"]*)"', page)[1])  # type: ignore[index]
    assert 'value="Eye clinic"' in client.get(link).text
    url = str(client.send(link, {"recipient": "Eye clinic"}).location)
    shown = client.get(url).text
    assert "the cornea safe?" in shown
    assert '<mark class="stop-text">{{7*7}}' in shown
    wrong = start_url(charting, DocumentKind.THERAPIST_LETTER)
    assert client.get(f"{wrong}?referral={item_id}").status_code == 404
    stranger = make_patient(charting.work, charting.clinic.prescriber, family_name="Other")
    kind = DocumentKind.OPHTHALMOLOGY_LETTER.slug
    assert client.get(f"/patients/{stranger}/letters/new/{kind}?referral={item_id}").status_code == 404


def test_only_letters_can_be_begun(client: Client, charting: Charting) -> None:
    for slug in (DocumentKind.VISIT_SUMMARY.slug, "nothing", "7*7"):
        assert client.get(f"/patients/{charting.patient_id}/letters/new/{slug}").status_code == 404
    other = make_patient(charting.work, charting.clinic.prescriber, family_name="Other")
    url = f"/patients/{other}/letters/new/{DocumentKind.REFERRER_LETTER.slug}?visit={charting.visit_id}"
    assert client.send(url, {"recipient": ""}).status_code == 404


def test_a_therapist_writes_and_an_assistant_reads(app: Flask, client: Client, charting: Charting) -> None:
    url = written(client, charting)
    therapist = client_for(app, charting.clinic.people[Role.THERAPIST])
    assert "<textarea" in therapist.get(url).text
    assert save(therapist, url, opening="Mine").status_code == 302
    assistant = client_for(app, charting.clinic.people[Role.ASSISTANT])
    page = assistant.get(url)
    assert page.status_code == 200
    assert "<textarea" not in page.text
    assert assistant.send(url, WORDS | {"edit_version": "3"}).status_code == 403
    assert assistant.get(f"{url}/issue").status_code == 403
    assert "Write a letter" not in assistant.get(f"/patients/{charting.patient_id}/letters").text


def test_the_list_begins_with_the_next_step_and_titles_hold_no_patient(client: Client, charting: Charting) -> None:
    page = client.get(f"/patients/{charting.patient_id}/letters").text
    assert "No letter yet" in page
    url = written(client, charting)
    for shown in (client.get(url).text, client.get(f"{url}/issue").text, page):
        assert "Keane" not in re.search(r"<title>(.*?)</title>", shown, re.DOTALL)[1]  # type: ignore[index]
    start = client.get(start_url(charting)).text
    assert "Already being written" in start


def test_a_letters_page_reads_a_fixed_number_of_statements(app: Flask, client: Client, charting: Charting) -> None:
    url = written(client, charting)

    def count() -> int:
        reader = client_for(app, charting.clinic.prescriber)
        with counted(charting.work.engine) as seen:
            assert reader.get(url).status_code == 200
        return len(seen)

    count()
    before = count()
    charting.signed()
    charting.clock.move(days=1)
    charting.start()
    assert count() <= before


def test_long_names_other_scripts_and_emoji_make_a_pdf(app: Flask, charting: Charting, client: Client) -> None:
    names = {"family_name": "ح" * 60, "given_names": "🙂 Zoë {{7*7}}"}
    charting.patient_id = make_patient(charting.work, charting.clinic.prescriber, **names)
    url = begun(client, charting, DocumentKind.NEUROLYSIS_REFERRAL)
    save(client, url, opening="🙂 {{patient}} " + "x" * 500, recipient="ح" * 200, keep=[])
    assert client.get(f"{url}/preview.pdf").data.startswith(b"%PDF")
    assert stood(charting, url).draft.content.unknown == ()


def test_the_neurolysis_pack_is_complete_in_three_accessible_pages(app: Flask, charting: Charting) -> None:
    course, before = Course(charting), charting.first
    for grade in (3, 2, 2):
        linked = (("orbicularis_oculi", Side.LEFT),)
        course.review(before, [(EYE, 50, False, linked)], wearing=Wearing.GONE, worn_off_day=63)
        course.grade({EYE: grade, CHIN: 1})
        course.rate("saq", saq(30 - grade))
        charting.signed()
        before = charting.visit_id
        charting.clock.move(days=91)
        charting.start()
    client = client_for(app, charting.clinic.prescriber)
    answers = dict.fromkeys(("branches_intact", "zygomatic_active"), "yes")
    shown = value_of(client.get(f"/visits/{charting.visit_id}/neurolysis").text, "shown")
    assert (
        client.send(f"/visits/{charting.visit_id}/neurolysis/criteria", answers | {"shown": shown}).status_code == 302
    )
    url = begun(client, charting, DocumentKind.NEUROLYSIS_REFERRAL)
    data = client.get(f"{url}/preview.pdf").data
    layout.check(data)
    pages = [unescape(page.extract_text()).replace("\u00a0", " ") for page in reader(data).pages]
    assert len(pages) <= 3
    assert "whether selective neurolysis" in pages[0]
    told = " ".join(" ".join(pages[1:]).split())
    for words in ("yes (", "not asked", "Doses by muscle", "50 % better", "2.5 units", "smallest detectable change"):
        assert words in told, words
    assert "Consent to share" in pages[0]
    for verdict in ("not met", "not known", "Consider", "criteria:"):
        assert verdict not in told


def test_letters_of_a_retired_record_are_read_and_not_written(client: Client, charting: Charting, work: Work) -> None:
    patient_id = make_patient(work, charting.clinic.prescriber, family_name="Zimmer")
    new = f"/patients/{patient_id}/letters/new/{DocumentKind.REFERRER_LETTER.slug}"
    url = str(client.send(new, {"recipient": "Dr R. Green"}).location)
    with work.writing(charting.clinic.prescriber) as uow:
        retire_patient(uow, patient_id, 1, "Entered twice by mistake")
    body = {"edit_version": "1", "given_to": "Dr R. Green", "purpose": "", "shown": "0" * 64}
    assert client.send(f"{url}/issue", body).status_code == 409
    assert client.send(url, WORDS | {"edit_version": "1"}).status_code == 409
    assert client.send(new, {"recipient": "Dr R. Green"}).status_code == 409
    assert client.send(f"{url}/discard", {"edit_version": "1"}).status_code == 409
    for address in (url, f"/patients/{patient_id}/letters"):
        page = client.get(address).text
        assert "This record is retired." in page
        assert "/letters/new/" not in page
        assert 'name="opening"' not in page


@pytest.mark.sqlite_only
def test_an_issued_letter_is_never_read_from_what_was_changed(client: Client, charting: Charting, work: Work) -> None:
    url = written(client, charting)
    form = client.get(f"{url}/issue").text
    body = {name: value_of(form, name) for name in ("shown", "edit_version")} | {"given_to": "Dr Green", "purpose": ""}
    assert client.send(f"{url}/issue", body).status_code == 302
    assert "Keane" in client.get(url).text
    drop_triggers(work)
    with work.engine.connect().execution_options(clinic_mode="writing") as connection:
        connection.execute(text("UPDATE issued_document SET content = replace(content, 'Yours', 'Forged')"))
        connection.commit()
    answer = client.get(url)
    assert answer.status_code == 500
    assert "Forged" not in answer.text


def test_a_letter_that_cannot_be_issued_leaves_an_entry(client: Client, charting: Charting) -> None:
    url = written(client, charting, opening="{{7*7}}")
    version = value_of(client.get(url).text, "edit_version")
    body = {"edit_version": version, "given_to": "Dr Green", "purpose": "", "shown": ""}
    with charting.reading() as uow:
        query = select(func.count()).where(AuditEvent.action == Action.REFUSED.value)
        before = uow.session.scalar(query) or 0
    assert client.send(f"{url}/issue", body).status_code == 422
    with charting.reading() as uow:
        assert uow.session.scalar(query) == before + 1
