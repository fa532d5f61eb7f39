"""Searches kept under a name: unique for their owner, stale saves, retired ones, and what the audit trail says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.cohorts import COHORTS_MAXIMUM, NAME_MAXIMUM, Criteria
from clinic.domain.errors import Invalid, NotFound, NotPermitted, Stale
from clinic.models import AuditEvent, Cohort
from clinic.queries.cohorts import cohort
from clinic.services.cohorts import change_cohort, retire_cohort, save_cohort
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld

CHINS = Criteria(muscles=("mentalis",))
NECKS = Criteria(muscles=("platysma",))


def test_a_search_is_saved_changed_and_retired(work: Work, clinic: ClinicWorld) -> None:
    with work.writing(clinic.prescriber) as uow:
        cohort_id = save_cohort(uow, "  Chins   <b> ", CHINS, shared=False)
    with work.writing(clinic.prescriber) as uow:
        change_cohort(uow, cohort_id, 1, "Necks", NECKS, shared=True)
    with work.reading(clinic.prescriber) as uow:
        found = cohort(uow, cohort_id)
        salts = set(uow.session.scalars(select(Cohort.salt)))
        trail = list(uow.session.scalars(select(AuditEvent.values).where(AuditEvent.action == "cohort.saved")))
    assert (found.name, found.criteria, found.shared, found.edit_version) == ("Necks", NECKS, True, 2)
    assert len(salts) == 1
    assert len(salts.pop()) >= 52
    assert "Chins <b>" in trail[0]
    assert "mentalis" in trail[1]
    assert not any("salt" in one for one in trail)
    with work.writing(clinic.prescriber) as uow, pytest.raises(Stale):
        change_cohort(uow, cohort_id, 1, "Chins", CHINS, shared=False)
    with work.writing(clinic.prescriber) as uow, pytest.raises(Stale):
        retire_cohort(uow, cohort_id, 1)
    with work.writing(clinic.prescriber) as uow:
        retire_cohort(uow, cohort_id, 2)
    with work.writing(clinic.prescriber) as uow, pytest.raises(NotFound):
        retire_cohort(uow, cohort_id, 3)
    with work.writing(clinic.prescriber) as uow:
        save_cohort(uow, "Necks", NECKS, shared=False)


def test_names_are_checked_and_counted_for_their_owner(work: Work, clinic: ClinicWorld) -> None:
    with work.writing(clinic.prescriber) as uow:
        for number in range(COHORTS_MAXIMUM - 1):
            save_cohort(uow, f"Search {number}", CHINS, shared=False)
        last = save_cohort(uow, "Last", CHINS, shared=True)
    for name, words in (
        ("One more", "60 searches"),
        ("LAST", "of this name"),
        (" ", "Give"),
        ("x\u202ey", "invisible"),
    ):
        with work.writing(clinic.prescriber) as uow, pytest.raises(Invalid) as refused:
            save_cohort(uow, name, CHINS, shared=False)
        assert words in refused.value.fields["name"], name
    with work.writing(clinic.prescriber) as uow:
        change_cohort(uow, last, 1, "Last", NECKS, shared=True)
    for name, criteria in (("x" * (NAME_MAXIMUM + 1), CHINS), ("Everybody", Criteria(drafts=True))):
        with work.writing(clinic.people[Role.INJECTOR]) as uow, pytest.raises(Invalid):
            save_cohort(uow, name, criteria, shared=False)
    with work.writing(clinic.people[Role.INJECTOR]) as uow, pytest.raises(Invalid) as refused:
        save_cohort(uow, "Strange", replace(CHINS, products=("gold",)), shared=False)
    assert "products" in refused.value.fields
    with work.writing(clinic.people[Role.INJECTOR]) as uow:
        save_cohort(uow, "Last", CHINS, shared=False)


def test_only_the_owner_changes_a_search(work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld) -> None:
    with work.writing(clinic.prescriber) as uow:
        shared = save_cohort(uow, "Ours", CHINS, shared=True)
        private = save_cohort(uow, "Mine", CHINS, shared=False)
    colleague = clinic.people[Role.THERAPIST]
    for actor, cohort_id, refusal in (
        (colleague, shared, NotPermitted),
        (colleague, private, NotFound),
        (other_clinic.prescriber, shared, NotFound),
        (clinic.people[Role.ASSISTANT], shared, NotPermitted),
    ):
        with work.writing(actor) as uow, pytest.raises(refusal):
            change_cohort(uow, cohort_id, 1, "Theirs", NECKS, shared=False)
        with work.writing(actor) as uow, pytest.raises(refusal):
            retire_cohort(uow, cohort_id, 1)
    with work.writing(clinic.people[Role.ASSISTANT]) as uow, pytest.raises(NotPermitted):
        save_cohort(uow, "Theirs", NECKS, shared=False)
