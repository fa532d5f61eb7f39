"""A select that is made once serves every clinic in turn, and each sees its own rows only (S-38)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Select, bindparam, select
from sqlalchemy.exc import StatementError

from clinic.clinic_scope import CLINIC, ScopeMissing
from clinic.domain.actors import Actor, Role
from clinic.models import Patient, PatientWord
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld, make_patient

NOBODY = Actor(user_id="", username="", name="", role=Role.AUDITOR, clinic_id=0)
NAMED = Patient.family_name == bindparam("name")


def leaks(work: Work, statement: Select[Any], worlds: tuple[ClinicWorld, ...], *, scoped: bool = True) -> list[int]:
    """Clinics that were given another clinic's patient by a statement that they run in turn, twice each."""
    found = []
    for world in worlds * 2:
        with work.reading(world.prescriber, scoped=scoped) as uow:
            rows = uow.session.execute(statement, {"name": "Keane"}).scalars().all()
        if set(rows) != {world.id}:
            found.append(world.id)
    return found


@pytest.fixture
def worlds(work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld) -> tuple[ClinicWorld, ...]:
    """Two clinics with a patient of one name."""
    for world in (clinic, other_clinic):
        make_patient(work, world.prescriber)
    return clinic, other_clinic


def test_clinics_that_share_a_statement_share_no_rows(work: Work, worlds: tuple[ClinicWorld, ...]) -> None:
    once = select(Patient.clinic_id).where(NAMED)
    assert leaks(work, once, worlds) == []
    # One that was made from it, after it ran, is bound as well.
    assert leaks(work, once.where(Patient.retired_at.is_(None)), worlds) == []
    with work.reading(NOBODY) as uow, pytest.raises(ScopeMissing):
        uow.session.execute(once, {"name": "Keane"})


def test_without_the_scope_the_check_names_both(work: Work, worlds: tuple[ClinicWorld, ...]) -> None:
    """The tooth: unscoped, the same statement gives everybody's rows."""
    once = select(Patient.clinic_id).where(NAMED)
    assert set(leaks(work, once, worlds, scoped=False)) == {world.id for world in worlds}


def test_the_clinic_of_a_statement_is_filled_in_by_its_session_alone(
    work: Work, worlds: tuple[ClinicWorld, ...]
) -> None:
    first, second = worlds
    once = select(Patient.clinic_id).where(
        Patient.id.in_(select(PatientWord.patient_id).where(PatientWord.clinic_id == CLINIC)), NAMED
    )
    assert leaks(work, once, worlds) == []
    with work.reading(first.prescriber) as uow:
        told = {"name": "Keane", "of_clinic": second.id}
        assert set(uow.session.execute(once, told).scalars()) == {first.id}
    with work.reading(first.prescriber, scoped=False) as uow, pytest.raises(StatementError):
        uow.session.execute(once, {"name": "Keane"})
