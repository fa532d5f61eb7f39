"""Who saw a record, and what was given out of it: pages, tables, paper and commands."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.documents.kinds import Edition
from clinic.domain.events import Action, Event
from clinic.models import AuditEvent, PatientMerge
from clinic.queries.audit import actions
from clinic.services import accounts
from clinic.services.issued_documents import Print, hand_over
from clinic.unit_of_work import Work
from tests.conftest import Clock
from tests.factories import Client, ClinicWorld, client_for, make_patient


@pytest.fixture
def auditor(app: Flask, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.people[Role.AUDITOR])


@pytest.fixture
def patient_id(work: Work, clinic: ClinicWorld) -> str:
    return make_patient(work, clinic.prescriber, record_number="R-1")


def seen(work: Work, clinic: ClinicWorld, patient_id: str, role: Role = Role.THERAPIST) -> None:
    work.append(clinic.people[role], [Event(Action.PATIENT_VIEWED, "patient", patient_id=patient_id)])


def hand(work: Work, clinic: ClinicWorld, patient_id: str, given_to: str) -> None:
    with work.writing(clinic.prescriber) as uow:
        one = Print(uow.new_id(), "letter", "Letter", "en", Edition.NORMAL, "A4", None, "", "0" * 64, b"%PDF-1.7")
        hand_over(uow, patient_id, [one], given_to=given_to, purpose="to go on with the care")


def table_of(answer: object) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))


def test_two_clicks_from_the_audit_page_say_who_saw_a_record(
    work: Work, clinic: ClinicWorld, auditor: Client, patient_id: str
) -> None:
    """R-06: audit, record number, and the page says who, how often, first and last; each line opens the entries."""
    seen(work, clinic, patient_id)
    found = auditor.send("/audit/patient", {"record_number": "R-1"})
    page = auditor.get(found.location).text
    assert "Who saw record R-1" in page
    assert "Ada Therapist" in page
    assert f"/audit?patient={patient_id}&amp;person={clinic.people[Role.THERAPIST].user_id}" in page


def test_the_report_is_for_days_of_the_clinic(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Clock, patient_id: str
) -> None:
    clock.move(hours=13.5)  # 23:30 UTC on the 22nd is the 23rd in Berlin.
    seen(work, clinic, patient_id)
    auditor = client_for(app, clinic.people[Role.AUDITOR])
    address = f"/audit/patients/{patient_id}?since=2026-11-%s&until=2026-11-%s"
    assert "Ada Therapist" in auditor.get(address % (23, 23)).text
    assert "Ada Therapist" not in auditor.get(address % (22, 22)).text


def test_a_merged_record_counts(work: Work, clinic: ClinicWorld, auditor: Client, patient_id: str) -> None:
    merged = make_patient(
        work, clinic.prescriber, record_number="R-2", family_name="Osterberg", birth_date=date(1950, 1, 1)
    )
    seen(work, clinic, merged)
    with work.writing(clinic.prescriber) as uow:
        uow.session.add(
            PatientMerge(
                clinic_id=clinic.id, id=uow.new_id(), merged_id=merged, kept_id=patient_id, reason="one person",
                by_id=clinic.prescriber.user_id, by_name="x", at=uow.now, moved="{}",
            )
        )  # fmt: skip
        uow.record(Event(Action.PATIENTS_MERGED, "patient"))
    page = auditor.get(f"/audit/patients/{patient_id}").text
    assert "Ada Therapist" in page
    assert "merged record R-2" in " ".join(page.split())


def test_an_export_of_the_whole_clinic_counts_for_every_record(
    work: Work, clinic: ClinicWorld, auditor: Client, patient_id: str
) -> None:
    """O-11: who took everything took this record too, and the purpose is said."""
    begun = Event(Action.EXPORT_BEGUN, "export:abc", reason="moving to another machine")
    work.append(clinic.prescriber, [begun, Event(Action.RECORD_EXPORTED, "export:abc", new={"rows": 5})])
    page = auditor.get(f"/audit/patients/{patient_id}/given-out").text
    assert "Export of the clinic’s whole record" in page
    assert "moving to another machine" in page
    lines = {line[0]: line for line in table_of(auditor.get(f"/audit/patients/{patient_id}/who-saw.csv"))}
    assert lines["Ada Prescriber"][5] == "2"


def test_what_was_handed_over_is_accounted_for(
    work: Work, clinic: ClinicWorld, auditor: Client, patient_id: str
) -> None:
    """O-11: date, time, patient, person, description, to whom and what for; on the page, as a table and on paper."""
    hand(work, clinic, patient_id, "=HYPERLINK(1)")
    page = auditor.get(f"/audit/patients/{patient_id}/given-out").text
    assert "=HYPERLINK(1)" in page
    assert "to go on with the care" in page
    [heading, line] = table_of(auditor.get(f"/audit/patients/{patient_id}/given-out.csv"))
    assert heading == ["when", "what", "reference", "given to", "what for", "by"]
    assert line[0] == "2026-11-22 11:00:00+01:00"
    assert line[3] == "'=HYPERLINK(1)"
    paper = auditor.get(f"/audit/patients/{patient_id}/given-out.pdf")
    assert paper.mimetype == "application/pdf"
    assert paper.data.startswith(b"%PDF-")


def test_another_clinics_record_is_not_there(
    app: Flask, clinic: ClinicWorld, other_clinic: ClinicWorld, patient_id: str
) -> None:
    stranger = client_for(app, other_clinic.people[Role.AUDITOR])
    for page in ("", "/who-saw.csv", "/given-out", "/given-out.csv", "/given-out.pdf"):
        assert stranger.get(f"/audit/patients/{patient_id}{page}").status_code == 404, page


def test_the_commands_say_the_same(app: Flask, work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    """R-06: one command; it leaves its own entry."""
    seen(work, clinic, patient_id)
    hand(work, clinic, patient_id, "patient")
    run = app.test_cli_runner().invoke
    saw = run(args=["clinic", "who-saw", "R-1", "--since", "2026-11-22"]).output
    assert "Ada Therapist,therapist,1,0,0,0,0" in saw
    assert "Ada" not in run(args=["clinic", "who-saw", "R-1", "--until", "2026-11-21"]).output
    assert ",patient,to go on with the care," in run(args=["clinic", "given-out", "R-1"]).output
    assert run(args=["clinic", "who-saw", "R-9"]).exit_code == 1
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        said = uow.session.scalars(select(AuditEvent.subject).where(AuditEvent.action == "audit.viewed")).all()
    assert said.count("audit.who saw, command line") == 2


SORTED = {"person": 3, "role": 5, "patient": 6, "action": 7, "outcome": 9, "address": 12, "session": 13}


@pytest.mark.parametrize("order", SORTED)
def test_the_entries_of_a_span_are_sorted_by_each_element(
    work: Work, clinic: ClinicWorld, auditor: Client, patient_id: str, order: str
) -> None:
    """O-03: person, role, patient, action, outcome, device and session; newest first within each."""
    seen(work, clinic, patient_id)
    work.append(clinic.people[Role.ASSISTANT], [Event(Action.REFUSED, "x")])
    lines = table_of(auditor.get(f"/audit.csv?since=2026-11-22&sort={order}"))[1:]
    codes = {words: code for code, words in actions()}
    column = [codes.get(line[SORTED[order]], line[SORTED[order]].casefold()) for line in lines]
    blanks_last = order == "patient"
    key = (lambda one: (one == "", one)) if blanks_last else (lambda one: one)
    assert column == sorted(column, key=key, reverse=order == "outcome")
    assert len(set(column)) > 1 or order in {"address", "session"}
    assert auditor.get(f"/audit?sort={order}").status_code == 200


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2026-03-29", "2026-03-28T23:00:00", "2026-03-29T21:59:59"),
        ("2026-10-25", "2026-10-24T22:00:00", "2026-10-25T22:59:59"),
        ("2026-12-31", "2026-12-30T23:00:00", "2026-12-31T22:59:59"),
        ("2027-01-01", "2026-12-31T23:00:00", "2027-01-01T22:59:59"),
    ],
)
def test_a_day_of_23_or_25_hours_and_the_ends_of_a_year_are_whole(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Clock, day: str, first: str, last: str
) -> None:
    """O-03: Berlin's clock changes and New Year, to the second before, at and after."""
    start, end = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (first, last))
    for number, moment in enumerate((start.timestamp() - 1, start.timestamp(), end.timestamp(), end.timestamp() + 1)):
        clock.now = datetime.fromtimestamp(moment, UTC)
        work.append(clinic.prescriber, [Event(Action.STOCK_VIEWED, f"look {number}")])
    auditor = client_for(app, clinic.people[Role.AUDITOR])
    lines = table_of(auditor.get(f"/audit.csv?since={day}&until={day}&action=stock.viewed"))[1:]
    assert [line[8] for line in lines] == ["look 2", "look 1"]


def test_the_table_carries_its_digest_and_neutral_cells(work: Work, clinic: ClinicWorld, auditor: Client) -> None:
    work.append(clinic.prescriber, [Event(Action.PATIENT_RETIRED, "patient", reason="=1+1")])
    answer = auditor.get("/audit.csv?action=patient.retired")
    assert table_of(answer)[1][10] == "'=1+1"
    digest = hashlib.sha256(answer.data)
    assert answer.headers["Content-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        values = uow.session.scalar(select(AuditEvent.values).where(AuditEvent.subject == "audit.table"))
    assert digest.hexdigest() in values


def test_an_administrators_table_holds_no_clinical_values(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    work.append(clinic.prescriber, [Event(Action.PATIENT_CHANGED, "patient", new={"phone": "0441"}, reason="moved")])
    text = client_for(app, clinic.people[Role.ADMINISTRATOR]).get("/audit.csv").get_data(as_text=True)
    assert "0441" not in text
    assert "moved" not in text


def test_a_name_of_somebody_who_left_is_never_given_again(
    app: Flask, work: Work, clinic: ClinicWorld, auditor: Client, patient_id: str
) -> None:
    """R-02: the old entries still show the old person, whoever comes later."""
    from clinic.domain.errors import Invalid
    from tests.factories import make_person

    seen(work, clinic, patient_id)
    old = clinic.people[Role.THERAPIST]
    with work.writing(accounts.system_actor(clinic.id)) as uow:
        accounts.change_membership(uow, old.user_id, role=Role.THERAPIST, prescriber_id=None, active=False)
    with pytest.raises(Invalid, match="never given again"):
        make_person(work, clinic.id, Role.ASSISTANT, username="THERAPIST", name="Somebody Else")
    page = auditor.get(f"/audit/patients/{patient_id}").text
    assert "Ada Therapist" in page
    assert "Somebody Else" not in page
