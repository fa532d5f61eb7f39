"""Entering, changing, retiring and restoring patients; record numbers and likely duplicates."""

from __future__ import annotations

import json
import threading
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from clinic import audit_chain
from clinic.domain.actors import Role
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale
from clinic.domain.patients import Sex
from clinic.models import AuditEvent, Patient, PatientWord
from clinic.services import patients
from clinic.services.patients import LikelyDuplicate, PatientValues
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld, make_patient

MARGARET: dict[str, Any] = {
    "family_name": "Keane",
    "given_names": "Margaret",
    "birth_date": date(1978, 2, 3),
    "record_number": "K-01042",
    "sex": Sex.FEMALE,
}


def values(**overrides: Any) -> PatientValues:
    return PatientValues(**(MARGARET | overrides))


def create(work: Work, clinic: ClinicWorld, **overrides: Any) -> str:
    with work.writing(clinic.prescriber) as uow:
        return patients.create_patient(uow, values(**overrides))


def refused(work: Work, clinic: ClinicWorld, **overrides: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as found:
        create(work, clinic, **overrides)
    return found.value.fields


def stored(work: Work, clinic: ClinicWorld, patient_id: str) -> Patient:
    with work.reading(clinic.prescriber) as uow:
        return uow.session.get_one(Patient, (clinic.id, patient_id))


def last_event(work: Work, clinic: ClinicWorld) -> AuditEvent:
    with work.reading(clinic.prescriber, scoped=False) as uow:
        newest = select(AuditEvent).where(AuditEvent.chain == clinic.id).order_by(AuditEvent.sequence.desc()).limit(1)
        return uow.session.scalars(newest).one()


def test_a_patient_is_entered_with_tidy_blanks_and_one_event(work: Work, clinic: ClinicWorld) -> None:
    patient_id = create(work, clinic, family_name="  Keane   Smith ", record_number=" K-1 ")
    row = stored(work, clinic, patient_id)
    assert (row.family_name, row.record_number, row.edit_version) == ("Keane Smith", "K-1", 1)
    event = last_event(work, clinic)
    assert (event.action, event.patient_id) == ("patient.created", patient_id)
    assert json.loads(event.values)["new"]["birth_date"] == "1978-02-03"
    with work.reading(clinic.prescriber, scoped=False) as uow:
        assert list(audit_chain.breaks(uow.session, work.key, clinic.id)) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"family_name": "  "}, "family_name"),
        ({"given_names": "-"}, "given_names"),
        ({"family_name": "x" * 121}, "family_name"),
        ({"birth_date": date(2026, 11, 23)}, "birth_date"),
        ({"birth_date": date(1905, 11, 22)}, "birth_date"),
        ({"record_number": " "}, "record_number"),
        ({"record_number": "9" * 41}, "record_number"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    work: Work, clinic: ClinicWorld, wrong: dict[str, Any], field: str
) -> None:
    assert list(refused(work, clinic, **wrong)) == [field]


@pytest.mark.parametrize(
    "allowed",
    [
        {"family_name": "x" * 120},
        {"birth_date": date(2026, 11, 22)},
        {"birth_date": date(1905, 11, 23)},
        {"given_names": "李"},
    ],
)
def test_the_ends_of_what_is_allowed(work: Work, clinic: ClinicWorld, allowed: dict[str, Any]) -> None:
    create(work, clinic, **allowed)


def test_every_fault_is_told_at_once(work: Work, clinic: ClinicWorld) -> None:
    assert set(
        refused(work, clinic, family_name="", given_names="", record_number="", birth_date=date(2030, 1, 1))
    ) == {
        "family_name",
        "given_names",
        "record_number",
        "birth_date",
    }


def test_a_record_number_is_one_patients_in_a_clinic(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    create(work, clinic)
    assert "record_number" in refused(work, clinic, family_name="Brandt", record_number="k-01042")
    create(work, other_clinic)


def test_two_people_who_take_one_record_number_at_once(work: Work, clinic: ClinicWorld) -> None:
    entered, outcome = threading.Event(), []

    def second() -> None:
        entered.wait(5)
        try:
            create(work, clinic, family_name="Brandt", given_names="Sabine")
        except Invalid as error:
            outcome.append(error.fields)

    other = threading.Thread(target=second)
    other.start()
    with work.writing(clinic.prescriber) as uow:
        patients.create_patient(uow, values())
        entered.set()
        other.join(0.5)  # The second one waits for this transaction, or is refused after it.
    other.join(10)
    assert [list(fields) for fields in outcome] == [["record_number"]]


@pytest.mark.parametrize(
    "again",
    [
        {"family_name": "Margaret", "given_names": "Keane"},
        {"given_names": "Margarét"},
        {"birth_date": date(1978, 3, 2)},
        {"given_names": "Peter"},
        {"family_name": "Kean", "given_names": "Peter"},
    ],
)
def test_a_likely_duplicate_changes_nothing_until_confirmed(
    work: Work, clinic: ClinicWorld, again: dict[str, Any]
) -> None:
    first = create(work, clinic)
    with pytest.raises(LikelyDuplicate) as asked:
        create(work, clinic, record_number="K-2", **again)
    assert [candidate.id for candidate in asked.value.candidates] == [first]
    with work.reading(clinic.prescriber) as uow:
        assert uow.session.scalars(select(Patient.id)).all() == [first]
    with work.writing(clinic.prescriber) as uow:
        second = patients.create_patient(uow, values(record_number="K-2", **again), other_people=[first])
    assert second != first
    assert json.loads(last_event(work, clinic).values)["new"]["confirmed_other_people"] == first


def test_every_candidate_must_be_confirmed(work: Work, clinic: ClinicWorld) -> None:
    first = create(work, clinic)
    with work.writing(clinic.prescriber) as uow:
        second = patients.create_patient(uow, values(record_number="K-2"), other_people=[first])
    with pytest.raises(LikelyDuplicate) as asked, work.writing(clinic.prescriber) as uow:
        patients.create_patient(uow, values(record_number="K-3"), other_people=[second])
    assert {candidate.id for candidate in asked.value.candidates} == {first, second}


def test_another_clinics_patients_are_no_candidates(work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld) -> None:
    create(work, other_clinic)
    create(work, clinic)


def test_a_retired_record_is_still_a_candidate(work: Work, clinic: ClinicWorld) -> None:
    first = create(work, clinic)
    with work.writing(clinic.prescriber) as uow:
        patients.retire_patient(uow, first, 1, "Entered by mistake.")
    with pytest.raises(LikelyDuplicate) as asked:
        create(work, clinic, record_number="K-2")
    assert asked.value.candidates[0].retired


def test_a_change_is_told_with_old_and_new(work: Work, clinic: ClinicWorld) -> None:
    patient_id = create(work, clinic)
    with work.writing(clinic.prescriber) as uow:
        patients.change_patient(uow, patient_id, 1, values(phone="+49 30 1", record_number="K-7"))
    assert stored(work, clinic, patient_id).edit_version == 2
    told = json.loads(last_event(work, clinic).values)
    assert told == {"old": {"record_number": "K-01042"}, "new": {"phone": "+49 30 1", "record_number": "K-7"}}


def test_a_stale_change_is_refused(work: Work, clinic: ClinicWorld) -> None:
    patient_id = create(work, clinic)
    with work.writing(clinic.prescriber) as uow:
        patients.change_patient(uow, patient_id, 1, values(phone="1"))
    with pytest.raises(Stale) as stale, work.writing(clinic.prescriber) as uow:
        patients.change_patient(uow, patient_id, 1, values(phone="2"))
    assert (stale.value.shown, stale.value.current) == (1, 2)
    assert stored(work, clinic, patient_id).phone == "1"


def test_a_new_name_or_birth_date_is_compared_again_and_other_changes_are_not(work: Work, clinic: ClinicWorld) -> None:
    create(work, clinic)
    second = create(work, clinic, family_name="Brandt", given_names="Sabine", record_number="K-2")
    brandt = {"family_name": "Brandt", "given_names": "Sabine", "record_number": "K-2"}
    with work.writing(clinic.prescriber) as uow:
        patients.change_patient(uow, second, 1, values(**brandt, phone="1"))
    with pytest.raises(LikelyDuplicate), work.writing(clinic.prescriber) as uow:
        patients.change_patient(uow, second, 2, values(**brandt | {"family_name": "Keane"}))


def test_the_words_of_the_search_follow_the_names(work: Work, clinic: ClinicWorld) -> None:
    patient_id = create(work, clinic)
    with work.writing(clinic.prescriber) as uow:
        patients.change_patient(uow, patient_id, 1, values(family_name="Weiß-Marín", record_number="007"))
    with work.reading(clinic.prescriber) as uow:
        found = {word for word in uow.session.scalars(select(PatientWord.word)) if not word.startswith("=")}
    assert found == {"weiss", "marin", "margaret", "007", "7"}


def test_a_retired_record_takes_no_change_until_restored(work: Work, clinic: ClinicWorld) -> None:
    patient_id = create(work, clinic)
    with work.writing(clinic.prescriber) as uow:
        patients.retire_patient(uow, patient_id, 1, " Entered twice. ")
    assert last_event(work, clinic).reason == "Entered twice."
    with pytest.raises(Frozen), work.writing(clinic.prescriber) as uow:
        patients.change_patient(uow, patient_id, 2, values(phone="1"))
    with work.writing(clinic.prescriber) as uow:
        patients.restore_patient(uow, patient_id, 2, "It was somebody else.")
    row = stored(work, clinic, patient_id)
    assert (row.retired_at, row.retired_reason, row.edit_version) == (None, "", 3)
    with pytest.raises(Frozen), work.writing(clinic.prescriber) as uow:
        patients.restore_patient(uow, patient_id, 3, "Again.")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_retiring_needs_a_reason(work: Work, clinic: ClinicWorld, reason: str) -> None:
    patient_id = create(work, clinic)
    with pytest.raises(Invalid) as found, work.writing(clinic.prescriber) as uow:
        patients.retire_patient(uow, patient_id, 1, reason)
    assert "reason" in found.value.fields


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_who_has_no_chart_enters_nobody(work: Work, clinic: ClinicWorld, role: Role) -> None:
    with pytest.raises(NotPermitted), work.writing(clinic.people[role]) as uow:
        patients.create_patient(uow, values())


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PRESCRIBER])
def test_only_a_prescriber_retires(work: Work, clinic: ClinicWorld, role: Role) -> None:
    patient_id = create(work, clinic)
    with pytest.raises(NotPermitted), work.writing(clinic.people[role]) as uow:
        patients.retire_patient(uow, patient_id, 1, "No.")


def test_another_clinics_patient_is_not_there(work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld) -> None:
    patient_id = make_patient(work, other_clinic.prescriber)
    with pytest.raises(NotFound), work.writing(clinic.prescriber) as uow:
        patients.change_patient(uow, patient_id, 1, values())
    with pytest.raises(NotFound), work.writing(clinic.prescriber) as uow:
        patients.retire_patient(uow, patient_id, 1, "No.")
