"""The patients' pages as a browser uses them."""

from __future__ import annotations

import html
import json
import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from clinic.domain.actors import Role
from clinic.models import AuditEvent, Patient, SafetyFact
from clinic.services import patients
from clinic.unit_of_work import Work
from tests.factories import Client, ClinicWorld, client_for, make_condition, make_patient

NEW: dict[str, Any] = {
    "family_name": "Brandt",
    "given_names": "Sabine",
    "birth_date": "3 Feb 1960",
    "record_number": "K-7",
    "sex": "female",
}


@pytest.fixture
def client(app: Flask, work: Work, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.prescriber)


@pytest.fixture
def patient_id(work: Work, clinic: ClinicWorld) -> str:
    found = make_patient(work, clinic.prescriber, record_number="K-1")
    make_condition(work, clinic.prescriber, found)
    return found


def text_of(page: TestResponse) -> str:
    return html.unescape(page.text)


def version_in(page: TestResponse) -> str:
    found = re.search(r'name="edit_version" value="(\d+)"', page.text)
    assert found
    return found[1]


def events(work: Work, clinic: ClinicWorld) -> list[AuditEvent]:
    with work.reading(clinic.prescriber, scoped=False) as uow:
        return list(
            uow.session.scalars(select(AuditEvent).where(AuditEvent.chain == clinic.id).order_by(AuditEvent.sequence))
        )


def count(work: Work, clinic: ClinicWorld) -> int:
    with work.reading(clinic.prescriber) as uow:
        return len(uow.session.scalars(select(Patient.id)).all())


def test_the_list_is_audited_with_who_was_on_it(
    client: Client, work: Work, clinic: ClinicWorld, patient_id: str
) -> None:
    page = client.get("/patients")
    assert page.status_code == 200
    assert "Keane, Margaret" in page.text
    assert "1 on record" in page.text
    last = events(work, clinic)[-1]
    assert (last.action, last.subject, json.loads(last.values)["new"]["patients"]) == (
        "list.viewed",
        "patients",
        patient_id,
    )


def test_the_empty_list_names_the_next_step(client: Client) -> None:
    assert "No patients yet" in client.get("/patients").text
    assert "Nobody has a next date" in client.get("/patients?order=due").text
    assert "No retired records" in client.get("/patients?retired=1").text


@pytest.mark.parametrize("query", ["page=0", "page=-3", "page=x", "page=99", "order=x", "retired=x"])
def test_odd_addresses_of_the_list_still_show_it(client: Client, patient_id: str, query: str) -> None:
    assert "Keane, Margaret" in client.get(f"/patients?{query}").text


def test_search_works_without_scripts_and_never_puts_the_term_in_an_address(
    client: Client, work: Work, clinic: ClinicWorld, patient_id: str
) -> None:
    page = client.send("/patients/search", {"q": "marg"})
    assert page.status_code == 200
    assert "Keane, Margaret" in page.text
    assert 'value="marg"' in page.text
    assert client.get("/patients/search?q=marg").location == "/patients", "a term in an address finds nothing"
    assert "marg" not in re.findall(r'(?:href|action)="([^"]*)"', page.text)
    last = events(work, clinic)[-1]
    assert json.loads(last.values)["new"] == {"term": "marg", "patients": patient_id}


def test_search_answers_scripts_in_json(client: Client, patient_id: str) -> None:
    answer = client.send("/patients/search", {"q": "K-1"}, headers={"Accept": "application/json"})
    assert answer.json == {
        "rows": [
            {
                "url": f"/patients/{patient_id}",
                "display_name": "Keane, Margaret",
                "birth_date_text": "3 Feb 1979",
                "age": 47,
                "record_number": "K-1",
                "condition_text": "Bell's palsy, left, 14 Mar 2024",
                "retired": False,
                "was": "",
            }
        ],
        "more": False,
        "note": "",
        "searched": True,
    }


def test_search_explains_a_date_and_an_empty_result(client: Client, patient_id: str) -> None:
    assert "both were searched" in client.send("/patients/search", {"q": "11/12/1979"}).text
    assert "Nobody found" in client.send("/patients/search", {"q": "zz"}).text
    assert "Nothing to search for" in client.send("/patients/search", {"q": " "}).text
    assert client.send("/patients/search", {"q": "x" * 121}).status_code == 422
    assert client.post("/patients/search", data={"q": "marg"}).status_code == 400, "without its token"


def test_a_patient_is_entered_once_for_one_form(client: Client, work: Work, clinic: ClinicWorld) -> None:
    first = client.send("/patients/new", NEW, key="one")
    again = client.send("/patients/new", NEW, key="one")
    assert first.status_code == again.status_code == 302
    assert first.location == again.location
    assert count(work, clinic) == 1
    page = client.get(first.location)
    assert "Brandt, Sabine" in page.text
    assert "No condition yet" in page.text
    assert "<title>Patient ·" in page.text
    assert "Brandt" not in first.location


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"birth_date": "3.2.2060"}, "3 Feb 2060 is in the future."),
        ({"birth_date": "11/12/1979"}, "12 Nov 1979 or 11 Dec 1979"),
        ({"birth_date": "soon"}, "Write a whole date"),
        ({"birth_date": ""}, "Birth date is needed."),
        ({"family_name": " "}, "Family name is needed."),
        ({"record_number": ""}, "Record number is needed."),
        ({"sex": "both"}, "Choose one."),
        ({"weight": "60"}, "something that it does not have"),
    ],
)
def test_what_was_typed_is_kept_with_the_message_beside_it(
    client: Client, work: Work, clinic: ClinicWorld, wrong: dict[str, str], message: str
) -> None:
    page = client.send("/patients/new", NEW | {"address": "Lindenweg 4\nBerlin"} | wrong)
    assert page.status_code == 422
    assert message in text_of(page)
    assert "Lindenweg 4\nBerlin" in text_of(page).replace("\r\n", "\n")
    assert f'value="{wrong.get("given_names", "Sabine")}"' in page.text
    assert count(work, clinic) == 0


@pytest.mark.parametrize("written", ["1960-02-03", "3.2.1960", "3 February 1960", "Feb 3, 1960"])
def test_a_birth_date_may_be_written_in_many_ways(
    client: Client, work: Work, clinic: ClinicWorld, written: str
) -> None:
    assert client.send("/patients/new", NEW | {"birth_date": written}).status_code == 302
    with work.reading(clinic.prescriber) as uow:
        assert uow.session.scalars(select(Patient.birth_date)).one() == date(1960, 2, 3)


def test_a_taken_record_number_is_said_beside_it(client: Client, patient_id: str) -> None:
    page = client.send("/patients/new", NEW | {"record_number": "k-1"})
    assert page.status_code == 422
    assert "Another patient of this clinic has this record number." in page.text
    assert 'value="k-1"' in page.text


def test_a_likely_duplicate_is_shown_and_saved_only_when_said_to_be_another(
    client: Client, work: Work, clinic: ClinicWorld, patient_id: str
) -> None:
    twin = NEW | {"family_name": "Margaret", "given_names": "Keane", "birth_date": "3 Feb 1979"}
    page = client.send("/patients/new", twin)
    assert page.status_code == 422
    assert f'href="/patients/{patient_id}"' in page.text
    assert f'name="other_people" id="other-{patient_id}" value="{patient_id}"' in page.text
    assert count(work, clinic) == 1
    assert client.send("/patients/new", twin | {"other_people": "somebody"}).status_code == 422
    assert client.send("/patients/new", twin | {"other_people": patient_id}).status_code == 302
    assert count(work, clinic) == 2


def edited(**overrides: str) -> dict[str, str]:
    return {
        "family_name": "Keane",
        "given_names": "Margaret",
        "birth_date": "3 Feb 1979",
        "record_number": "K-1",
        "sex": "female",
    } | overrides


def test_a_stale_form_keeps_what_was_typed_and_shows_what_was_saved(
    client: Client, work: Work, clinic: ClinicWorld, patient_id: str
) -> None:
    page = client.get(f"/patients/{patient_id}/edit")
    assert 'value="3 Feb 1979"' in page.text
    mine = edited(phone="222", edit_version=version_in(page))
    assert client.send(f"/patients/{patient_id}/edit", edited(phone="111", edit_version="1")).status_code == 302
    stale = client.send(f"/patients/{patient_id}/edit", mine)
    assert stale.status_code == 409
    assert 'value="222"' in stale.text
    assert "Meanwhile saved by somebody else: “111”" in text_of(stale)
    assert version_in(stale) == "2"
    assert client.send(f"/patients/{patient_id}/edit", mine | {"edit_version": "2"}).status_code == 302
    with work.reading(clinic.prescriber) as uow:
        assert uow.session.scalars(select(Patient.phone)).one() == "222"


def test_a_refused_form_keeps_the_version_that_was_shown(
    client: Client, work: Work, clinic: ClinicWorld, patient_id: str
) -> None:
    assert client.send(f"/patients/{patient_id}/edit", edited(phone="111", edit_version="1")).status_code == 302
    page = client.send(f"/patients/{patient_id}/edit", edited(birth_date="", edit_version="1"))
    assert page.status_code == 422
    assert version_in(page) == "1", "else a typing error would let a stale form win"


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999", "²"])
def test_a_broken_version_is_stale(client: Client, patient_id: str, version: str) -> None:
    assert client.send(f"/patients/{patient_id}/edit", edited(edit_version=version)).status_code == 409


def test_retire_and_restore_need_a_reason_and_a_prescriber(
    app: Flask, client: Client, work: Work, clinic: ClinicWorld, patient_id: str
) -> None:
    assistant = client_for(app, clinic.people[Role.ASSISTANT])
    assert assistant.get(f"/patients/{patient_id}/retire").status_code == 403
    assert client.send(f"/patients/{patient_id}/retire", {"edit_version": "1"}).status_code == 422
    assert client.send(f"/patients/{patient_id}/retire", {"edit_version": "1", "reason": "Twice."}).status_code == 302
    page = client.get(f"/patients/{patient_id}")
    assert "This record was retired" in page.text
    assert "Start a visit" not in page.text
    assert "Keane" not in client.get("/patients").text
    assert client.send(f"/patients/{patient_id}/edit", edited(edit_version="2")).status_code == 409
    version = version_in(client.get(f"/patients/{patient_id}/restore"))
    assert client.send(f"/patients/{patient_id}/restore", {"edit_version": version, "reason": "No."}).status_code == 302
    assert "Keane" in client.get("/patients").text


PAGES = (
    "", "/details", "/edit", "/retire", "/restore", "/safety", "/conditions/new", "/muscles/new", "/toxins/new",
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_audited_and_another_clinics_patient_is_not_there(
    client: Client, work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, patient_id: str, page: str
) -> None:
    assert client.get(f"/patients/{patient_id}{page}").status_code == 200
    last = events(work, clinic)[-1]
    assert (last.action, last.patient_id) == ("patient.viewed", patient_id)
    foreign = make_patient(work, other_clinic.prescriber)
    hidden, missing = client.get(f"/patients/{foreign}{page}"), client.get(f"/patients/nobody{page}")
    assert hidden.status_code == missing.status_code == 404


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
@pytest.mark.parametrize("page", PAGES)
def test_who_has_no_chart_sees_no_patient(
    app: Flask, work: Work, clinic: ClinicWorld, patient_id: str, role: Role, page: str
) -> None:
    assert client_for(app, clinic.people[role]).get(f"/patients/{patient_id}{page}").status_code == 403


def test_a_condition_is_added_changed_and_taken_out(
    client: Client, work: Work, clinic: ClinicWorld, patient_id: str
) -> None:
    url = f"/patients/{patient_id}"
    refused = client.send(f"{url}/conditions/new", {"cause": "", "onset": "Mar 2031", "note": "kept"})
    assert refused.status_code == 422
    assert "Choose the cause." in refused.text
    assert "kept" in refused.text
    given = {"side": "right", "cause": "Lyme disease", "onset": "Mar 2023", "worst_house_brackmann": "4"}
    assert client.send(f"{url}/conditions/new", given).status_code == 302
    page = text_of(client.get(f"{url}/details"))
    assert "Lyme disease, right, Mar 2023" in page
    assert "House–Brackmann IV" in page
    edit = next(found for found in re.findall(r'href="([^"]+/edit)"', page) if "conditions" in found)
    shown = client.get(edit)
    changed = {"side": "left", "cause": "trauma", "onset": "2023", "edit_version": version_in(shown)}
    assert client.send(edit, changed).status_code == 302
    stale = client.send(edit, changed | {"side": "right"})
    assert stale.status_code == 409
    assert "patient’s left" in text_of(stale)
    assert client.send(edit.replace("/edit", "/take-out"), {"reason": "Wrong patient."}).status_code == 302
    assert client.get(edit).status_code == 404


def test_parts_are_added_and_taken_out(client: Client, patient_id: str) -> None:
    url = f"/patients/{patient_id}"
    toxin = {"product": "botox", "units": "37.5", "on": "2026-08-14", "place": "Leeds"}
    assert client.send(f"{url}/toxins/new", toxin | {"units": "37,5"}).status_code == 422
    assert client.send(f"{url}/toxins/new", toxin).status_code == 302
    assert (
        client.send(f"{url}/muscles/new", {"muscle": "platysma", "side": "midline", "state": "absent"}).status_code
        == 422
    )
    assert (
        client.send(f"{url}/muscles/new", {"muscle": "platysma", "side": "left", "state": "absent"}).status_code == 302
    )
    page = client.get(f"{url}/details")
    add = re.search(r'href="([^"]+/treatments/new)"', page.text)
    assert add
    assert client.send(add[1], {"kind": "surgery", "on": "2024", "detail": "Neurectomy."}).status_code == 302
    page = client.get(f"{url}/details")
    assert "37.5\u00a0units" in text_of(page)
    assert "Platysma, left" in page.text
    assert "surgery, 2024" in page.text
    gone = [found for found in re.findall(r'href="([^"]+/take-out)"', page.text) if "conditions" not in found]
    assert len(gone) == 3
    for link in gone:
        assert client.get(link).status_code == 200
        assert client.send(link, {"reason": ""}).status_code == 422
        assert client.send(link, {"reason": "Wrong patient."}).status_code == 302
        assert client.get(link).status_code == 404


def stored_facts(work: Work, clinic: ClinicWorld) -> dict[str, tuple[str, date]]:
    with work.reading(clinic.prescriber) as uow:
        return {row.kind.value: (row.answer.value, row.asked_on) for row in uow.session.scalars(select(SafetyFact))}


def test_only_answers_that_changed_or_were_asked_again_get_the_day(
    client: Client, work: Work, clinic: ClinicWorld, patient_id: str
) -> None:
    url, first, later = f"/patients/{patient_id}/safety", date(2025, 1, 1), date(2026, 11, 22)
    assert "not asked" in client.get(url).text
    given = {"breathing": "no", "swallowing": "no", "anticoagulant": "no"}
    assert client.send(url, given | {"asked_on": "2025-01-01", "edit_version": "1"}).status_code == 302
    assert "asked over a year ago" in client.get(url).text
    again = given | {"swallowing_again": "y", "anticoagulant": "yes", "anticoagulant_detail": "Apixaban."}
    assert client.send(url, again | {"asked_on": "2026-11-22", "edit_version": "2"}).status_code == 302
    assert stored_facts(work, clinic) == {
        "breathing": ("no", first),
        "swallowing": ("no", later),
        "anticoagulant": ("yes", later),
    }


def test_safety_answers_that_cannot_be_saved_are_kept(
    client: Client, work: Work, clinic: ClinicWorld, patient_id: str
) -> None:
    url = f"/patients/{patient_id}/safety"
    future = client.send(url, {"breathing": "yes", "asked_on": "2099-01-01", "edit_version": "1"})
    assert future.status_code == 422
    assert "in the future" in future.text
    assert re.search(r'<input checked[^>]*name="breathing"[^>]*value="yes"', future.text)
    lost = client.send(url, {"breathing_detail": "at night", "asked_on": "2026-11-22", "edit_version": "1"})
    assert "Choose an answer" in lost.text
    assert "at night" in lost.text
    assert "Nothing was answered" in client.send(url, {"asked_on": "2026-11-22", "edit_version": "1"}).text
    assert (
        client.send(url, {"swallowing": "not applicable", "asked_on": "2026-11-22", "edit_version": "1"}).status_code
        == 422
    )
    assert stored_facts(work, clinic) == {}


def test_no_patient_data_in_titles_addresses_or_flashes(
    client: Client, work: Work, clinic: ClinicWorld, patient_id: str
) -> None:
    with work.writing(clinic.prescriber) as uow:
        patients.change_patient(
            uow, patient_id, 1, patients.PatientValues("Keane", "Margaret", date(1979, 2, 3), "K-1", phone="030 555")
        )
    for page in ("", "/details", "/edit", "/safety"):
        shown = client.get(f"/patients/{patient_id}{page}")
        title = re.search(r"<title>(.*?)</title>", shown.text)
        assert title
        assert "Keane" not in title[1]
        for address in re.findall(r'(?:href|action|src)="([^"]*)"', shown.text):
            assert not re.search(r"keane|margaret|1979|K-1|555", address.split("/static/")[0], re.IGNORECASE)
