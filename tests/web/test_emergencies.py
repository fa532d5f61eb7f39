"""Emergency access as the pages give it: named, begun, seen on every page, marked, ended and reviewed."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.models import AuditEvent
from clinic.services import accounts
from clinic.unit_of_work import Work
from tests.conftest import Clock
from tests.factories import PASSWORD, Client, ClinicWorld, client_for, make_patient

WHY = "Patient in the hall cannot swallow; nobody clinical is here."
BANNER = "<strong>Emergency access</strong> until"


@pytest.fixture
def patient_id(work: Work, clinic: ClinicWorld) -> str:
    return make_patient(work, clinic.prescriber, record_number="R-1")


@pytest.fixture
def administrator(app: Flask, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.people[Role.ADMINISTRATOR])


@pytest.fixture
def auditor(app: Flask, clinic: ClinicWorld, administrator: Client) -> Client:
    """The auditor's browser, after an administrator named the auditor."""
    user_id = clinic.people[Role.AUDITOR].user_id
    named = administrator.send(f"/people/{user_id}/emergency", {"may": "y", "password": PASSWORD})
    assert named.location == f"/people/{user_id}"
    return client_for(app, clinic.people[Role.AUDITOR])


def begin(client: Client, reason: str = WHY, password: str = PASSWORD) -> object:
    return client.send("/emergency", {"reason": reason, "password": password})


def marked(work: Work, patient_id: str) -> list[str]:
    """The reasons of all reads of one record."""
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        rows = select(AuditEvent.reason).where(
            AuditEvent.patient_id == patient_id, AuditEvent.action == "patient.viewed"
        )
        return list(uow.session.scalars(rows.order_by(AuditEvent.sequence)))


def test_records_open_for_an_hour_with_a_banner_and_marked_entries(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Clock, auditor: Client, patient_id: str
) -> None:
    """S-40, O-06, R-03: named, reason, an hour, on every page, every look marked, reviewed, gone."""
    page = f"/patients/{patient_id}"
    assert auditor.get(page).status_code == 403
    assert begin(auditor).location == "/patients"
    shown = auditor.get(page)
    assert shown.status_code == 200
    assert BANNER in shown.text
    assert "60 minutes left" in shown.text
    assert "Start a visit" not in shown.text
    assert [one.startswith("emergency access ") for one in marked(work, patient_id)] == [True]
    for _ in range(5):
        clock.move(minutes=10)  # An idle session is locked sooner than the hour ends.
        assert auditor.get(page).status_code == 200
    clock.move(minutes=9, seconds=59)
    assert "1 minute left" in auditor.get(page).text
    clock.move(seconds=1)
    assert auditor.get(page).status_code == 403
    review = client_for(app, clinic.people[Role.ADMINISTRATOR]).get("/emergencies").text
    assert WHY in review
    assert "record R-1" in review
    assert "to be reviewed" in review


def test_it_opens_no_writing(auditor: Client, patient_id: str) -> None:
    begin(auditor)
    for address in (f"/patients/{patient_id}/edit", f"/patients/{patient_id}/visits", "/patients/new"):
        refused = auditor.send(address, {"family_name": "X"})
        assert refused.status_code == 403, address
        assert "opens records for reading" in refused.text


def test_ending_and_signing_out_close_it(auditor: Client, patient_id: str) -> None:
    begin(auditor)
    auditor.send("/emergency/end")
    assert auditor.get(f"/patients/{patient_id}").status_code == 403
    begin(auditor)
    auditor.send("/sign-out")
    assert auditor.get(f"/patients/{patient_id}").status_code == 302


@pytest.mark.parametrize(
    ("reason", "password", "words"), [("too short", PASSWORD, "10 to 500"), (WHY, "wrong", "not your password")]
)
def test_a_refused_beginning_keeps_what_was_typed(
    auditor: Client, patient_id: str, reason: str, password: str, words: str
) -> None:
    refused = begin(auditor, reason, password)
    assert refused.status_code == 422
    assert words in refused.text
    assert reason in refused.text
    assert auditor.get(f"/patients/{patient_id}").status_code == 403


def test_who_is_not_named_is_refused_and_noted(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    client = client_for(app, clinic.people[Role.AUDITOR])
    refused = [client.get("/emergency"), begin(client)]
    assert [one.status_code for one in refused] == [403, 403]
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        noted = uow.session.scalars(select(AuditEvent.subject).where(AuditEvent.action == "request.refused")).all()
    assert noted == ["emergencies.begin"] * 2


def test_a_clinician_is_told_that_there_is_no_need(app: Flask, clinic: ClinicWorld) -> None:
    page = client_for(app, clinic.prescriber).get("/emergency")
    assert page.status_code == 200
    assert "Your role reads records already" in page.text
    assert "<textarea" not in page.text


def test_what_waits_for_review_stands_before_administrators_until_it_is_done(
    work: Work, clock: Clock, auditor: Client, administrator: Client
) -> None:
    begin(auditor)
    auditor.send("/emergency/end")
    for page in ("/audit", "/people"):
        assert "1 emergency access waits for a review" in " ".join(administrator.get(page).text.split())
    own = auditor.get("/emergencies").text
    assert "This was yours" in own
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        subject = uow.session.scalar(select(AuditEvent.subject).where(AuditEvent.action == "emergency.begun"))
    address = f"/emergencies/{subject.partition(':')[2]}/review"
    assert auditor.send(address, {"note": "It was all in order."}).status_code == 403
    refused = administrator.send(address, {"note": "fine"})
    assert refused.status_code == 422
    assert "fine</textarea>" in refused.text
    administrator.send(address, {"note": "It was all in order."})
    assert not any("for a review" in administrator.get(page).text for page in ("/audit", "/people"))
    assert "It was all in order." in administrator.get("/emergencies").text
