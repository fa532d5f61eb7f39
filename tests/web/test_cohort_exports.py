"""Exporting a saved search over the web: preview, purpose, password, the file, and the same form sent twice."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from clinic.domain.cohorts import Criteria
from clinic.services import cohorts
from clinic.unit_of_work import Work
from tests.factories import PASSWORD, ClinicWorld, client_for, make_patient

PURPOSE = "audit of doses, approved by the board"
NAMES = ("Adelaide", "Brunhilde", "Cornelius", "Dorothea", "Xanthippe")


@pytest.fixture
def cohort_id(work: Work, clinic: ClinicWorld) -> str:
    """A saved search that finds five patients."""
    for number, name in enumerate(NAMES):
        born = date(1950 + 9 * number, 1 + number, 5 + number)
        make_patient(work, clinic.prescriber, family_name=name, given_names=name[::-1], birth_date=born)
    with work.writing(clinic.prescriber) as uow:
        return cohorts.save_cohort(uow, "Women", Criteria(sexes=("female",)), shared=False)


def exported(work: Work) -> list[str]:
    with work.engine.connect() as connection:
        return list(
            connection.execute(text("SELECT \"values\" FROM audit_event WHERE action = 'cohort.exported'")).scalars()
        )


def test_what_it_would_hold_is_shown_before_anything_leaves(
    app: Flask, work: Work, clinic: ClinicWorld, cohort_id: str
) -> None:
    page = client_for(app, clinic.prescriber).get(f"/cohorts/{cohort_id}/export")
    assert page.status_code == 200
    assert "not anonymous" in page.text
    assert '<b class="num">5</b> patients' in page.text
    assert "patients: age_at_first_session" not in page.text
    assert not any(name in page.text for name in NAMES)
    assert exported(work) == []


def test_the_file_comes_once_for_one_form(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any, cohort_id: str
) -> None:
    client = client_for(app, clinic.prescriber)
    url = f"/cohorts/{cohort_id}/export"
    assert client.send(url, {"purpose": " "}).status_code == 422
    clock.move(minutes=6)
    refused = client.send(url, {"purpose": PURPOSE})
    assert refused.status_code == 422
    assert "given more than 5 minutes ago" in refused.text
    assert PURPOSE in refused.text
    wrong = client.send(url, {"purpose": PURPOSE, "password": "wrong"})
    assert (wrong.status_code, exported(work)) == (422, [])
    answer = client.send(url, {"purpose": PURPOSE, "password": PASSWORD}, key="one")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    again = client.send(url, {"purpose": PURPOSE, "password": PASSWORD}, key="one")
    assert again.data == answer.data
    (kept,) = exported(work)
    assert hashlib.sha256(answer.data).hexdigest() in kept
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert not any(name.encode() in archive.read(file) for file in archive.namelist() for name in NAMES)
        assert len(archive.read("patients.csv").splitlines()) == 6


def test_too_few_patients_are_refused_in_words(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    make_patient(work, clinic.prescriber)
    with work.writing(clinic.prescriber) as uow:
        cohort_id = cohorts.save_cohort(uow, "One", Criteria(sexes=("female",)), shared=False)
    client = client_for(app, clinic.prescriber)
    page = client.get(f"/cohorts/{cohort_id}/export")
    assert "finds 1 patient." in page.text
    assert "<textarea" not in page.text
    answer = client.send(f"/cohorts/{cohort_id}/export", {"purpose": PURPOSE})
    assert (answer.status_code, exported(work)) == (422, [])
