"""The pages of duplicates, comparing, merging and parting, as requests."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from clinic.domain.actors import Role
from clinic.domain.injections import Answer
from clinic.domain.patients import SafetyFactKind
from clinic.queries import duplicates
from clinic.services import merges
from clinic.unit_of_work import Work
from tests.factories import PASSWORD, Client, ClinicWorld, client_for, make_patient
from tests.merging import GONE_NUMBER, KEPT_NUMBER, REASON, Two


@pytest.fixture
def two(work: Work, clinic: ClinicWorld, clock: Any) -> Two:
    return Two.made(work, clinic, clock)


@pytest.fixture
def client(app: Flask, two: Two) -> Client:
    return client_for(app, two.clinic.prescriber)


def address(two: Two) -> str:
    return f"/patients/{two.kept.patient_id}/merge/{two.gone.patient_id}"


def body(two: Two, **values: str) -> dict[str, str]:
    given = {
        "edit_version": str(two.version(two.kept.patient_id)),
        "merged_version": str(two.version(two.gone.patient_id)),
        "record_number": GONE_NUMBER,
        "reason": REASON,
        "password": PASSWORD,
    }
    return given | values


def test_a_pair_is_listed_with_why_and_settled_as_two_people(two: Two, client: Client) -> None:
    page = client.get("/patients/duplicates").text
    assert KEPT_NUMBER in page
    assert GONE_NUMBER in page
    assert "the same birth date" in page
    pair = {"one": two.gone.patient_id, "other": two.kept.patient_id}
    assert client.send("/patients/duplicates", pair).status_code == 302
    assert GONE_NUMBER not in client.get("/patients/duplicates").text
    assert client.send("/patients/duplicates", pair | {"other": "0" * 26}).status_code == 404
    assert client.send("/patients/duplicates", pair | {"other": "x"}).status_code == 422


def test_another_clinics_record_is_in_no_pair(two: Two, client: Client, work: Work, other_clinic: ClinicWorld) -> None:
    """S-08: candidates are of this clinic only; another clinic's id is not found in the body either."""
    foreign = make_patient(work, other_clinic.prescriber, family_name="Keane", record_number="OTHER-1")
    assert "OTHER-1" not in client.get("/patients/duplicates").text
    pair = {"one": two.gone.patient_id, "other": foreign}
    assert client.send("/patients/duplicates", pair).status_code == 404
    assert client.get(f"/patients/{two.kept.patient_id}/merge/{foreign}").status_code == 404


def test_both_records_stand_side_by_side_with_what_speaks_against_it(two: Two, client: Client) -> None:
    two.fact(two.kept.patient_id, SafetyFactKind.TOXIN_ALLERGY, Answer.NO)
    two.fact(two.gone.patient_id, SafetyFactKind.TOXIN_ALLERGY, Answer.YES)
    two.draft(two.gone.patient_id)
    page = client.get(address(two)).text
    for said in ("Kean, Margaret", "Keane, Margaret", "more cautious answer", "is not signed", "judged anew"):
        assert said in page, said
    assert client.get(f"/patients/{two.kept.patient_id}/merge/{two.kept.patient_id}").status_code == 404


def test_merging_wants_number_reason_and_password_and_keeps_what_was_typed(two: Two, client: Client) -> None:
    """S-22: the password is asked for at the merge itself."""
    for wrong in ({"record_number": KEPT_NUMBER}, {"reason": "short"}, {"password": "not it at all"}, {"password": ""}):
        answer = client.send(address(two), body(two, **wrong))
        assert answer.status_code == 422, wrong
        assert wrong.get("reason", REASON) in answer.text
    assert two.rows("patient_merge") == []
    assert client.send(address(two), body(two, merged_version="0")).status_code == 409
    done = client.send(address(two), body(two))
    assert done.status_code == 302
    assert done.location.endswith(two.kept.patient_id)


def test_the_merged_records_page_says_where_it_went_and_parts_again(two: Two, client: Client) -> None:
    client.send(address(two), body(two))
    gone, kept = (client.get(f"/patients/{one}").text for one in (two.gone.patient_id, two.kept.patient_id))
    assert f"merged into record {KEPT_NUMBER}" in gone
    assert f"/patients/{two.gone.patient_id}/part" in gone
    assert f"They stand in record {KEPT_NUMBER} now." in gone
    assert "retired before a visit" not in gone
    assert f"Holds what was record {GONE_NUMBER}" in kept
    signed = client.get(f"/visits/{two.gone.visit_id}/signed").text
    assert f"Signed under record number {GONE_NUMBER}" in signed
    assert client.get(address(two)).status_code == 409
    found = client.send("/patients/search", {"q": GONE_NUMBER}).text
    assert f"was {GONE_NUMBER}" in found
    part = f"/patients/{two.gone.patient_id}/part"
    assert "1 visit" in client.get(part).text
    values = {"edit_version": str(two.version(two.kept.patient_id)), "reason": "Two people after all"}
    assert client.send(part, values | {"password": "not it at all"}).status_code == 422
    assert client.send(part, values | {"password": PASSWORD}).status_code == 302
    assert client.get(part).status_code == 409
    assert "merged into" not in client.get(f"/patients/{two.gone.patient_id}").text


def test_a_form_sent_twice_merges_once_and_says_so_twice(two: Two, client: Client) -> None:
    sent = body(two)
    answers = [client.send(address(two), sent, key="0123456789abcdef") for _ in range(2)]
    assert [one.status_code for one in answers] == [302, 302]
    assert len(two.rows("patient_merge")) == 1
    part = f"/patients/{two.gone.patient_id}/part"
    values = {"edit_version": str(two.version(two.kept.patient_id)), "reason": "Two people after all"}
    answers = [client.send(part, values | {"password": PASSWORD}, key="fedcba9876543210") for _ in range(2)]
    assert [one.status_code for one in answers] == [302, 302]


def test_a_print_made_anew_says_whose_record_it_is_now(two: Two, client: Client) -> None:
    """What was kept keeps its bytes; the copy of today says where the visit belongs."""
    summary, original = (f"/visits/{two.gone.visit_id}/{one}.pdf" for one in ("summary", "original"))
    kept = client.get(original).data
    client.send(address(two), body(two))
    said = f"It belongs to record {KEPT_NUMBER} now"
    assert said in written(client.get(summary).data)
    assert client.get(original).data == kept
    assert said not in written(client.get(f"/visits/{two.kept.visit_id}/summary.pdf").data)


def written(body: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages).split())


def test_the_other_record_is_found_by_its_number(two: Two, client: Client) -> None:
    choose = f"/patients/{two.kept.patient_id}/merge"
    assert client.send(choose, {"record_number": "nobody"}).status_code == 422
    assert client.send(choose, {"record_number": KEPT_NUMBER}).status_code == 422
    answer = client.send(choose, {"record_number": GONE_NUMBER.lower()})
    assert answer.location.endswith(address(two))


def test_only_a_prescriber_merges_and_reception_settles_pairs(app: Flask, two: Two) -> None:
    for role in (Role.ASSISTANT, Role.ADMINISTRATOR, Role.AUDITOR):
        client = client_for(app, two.clinic.people[role])
        assert client.get(address(two)).status_code == 403
        assert client.send(address(two), body(two)).status_code == 403
    assert client_for(app, two.clinic.people[Role.ASSISTANT]).get("/patients/duplicates").status_code == 200


def test_the_entry_of_a_name_that_sounds_the_same_is_asked_about(client: Client) -> None:
    """C-25: the warning on entry hears names, and knows a birth date one slip off."""
    form = {"family_name": "Kiene", "given_names": "Margarete", "birth_date": "3 Feb 1979", "record_number": "N-1"}
    page = client.send("/patients/new", form | {"sex": "female"})
    assert page.status_code == 422
    assert KEPT_NUMBER in page.text


def test_the_strip_warns_of_a_name_that_sounds_the_same(client: Client, work: Work, clinic: ClinicWorld) -> None:
    """C-02: a look-alike by sound alone, with another birth date."""
    first = make_patient(
        work, clinic.prescriber, family_name="Meyer", given_names="Stephen", birth_date=date(1950, 1, 1)
    )
    make_patient(work, clinic.prescriber, family_name="Mayr", given_names="Steven", birth_date=date(1971, 12, 31))
    assert "Another patient: Mayr, Steven" in client.get(f"/patients/{first}").text


def test_the_list_of_pairs_costs_the_same_in_a_larger_clinic(two: Two, work: Work, clinic: ClinicWorld) -> None:
    from sqlalchemy import event

    from clinic.queries.duplicates import possible_duplicates

    def statements() -> int:
        seen: list[str] = []
        listen = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(work.engine, "before_cursor_execute", listen)
        with work.reading(clinic.prescriber) as uow:
            possible_duplicates(uow)
        event.remove(work.engine, "before_cursor_execute", listen)
        return len(seen)

    few = statements()
    for number in range(12):
        make_patient(
            work,
            clinic.prescriber,
            family_name="Abel" + "b" * number,
            given_names=f"Ada{number}",
            birth_date=date(1940 + number, 1, 1),
        )
    assert statements() == few


def test_pairs_that_are_no_duplicates_hide_no_older_one(
    two: Two, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people born on one day are compared and never shown; older pairs stand in the next stretch."""
    two.clock.move(minutes=1)
    for number, name in enumerate(("Abel", "Brandt", "Cole")):
        make_patient(
            two.work, two.clinic.prescriber, family_name=name, given_names=f"{name}a", record_number=f"N{number}{name}"
        )
    monkeypatch.setattr(duplicates, "PAIRS_READ", 2)
    pages = [client.get(f"/patients/duplicates?stretch={number}").text for number in range(1, 9)]
    assert GONE_NUMBER not in pages[0]
    assert "stretch=2" in pages[0]
    assert sum(GONE_NUMBER in page for page in pages) == 1


def test_a_query_that_forgot_what_was_settled_would_be_seen(two: Two, client: Client) -> None:
    """The tooth of the list: without the note of two people the pair is there."""
    with two.work.writing(two.clinic.prescriber) as uow:
        merges.mark_distinct(uow, two.kept.patient_id, two.gone.patient_id)
    assert GONE_NUMBER not in client.get("/patients/duplicates").text
    two.merge()
    assert KEPT_NUMBER not in client.get("/patients/duplicates").text
