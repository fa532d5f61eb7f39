"""People, sessions, and the rules of names and memberships."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clinic.domain.actors import Role
from clinic.domain.errors import Invalid, NotPermitted
from clinic.models import User
from clinic.queries import accounts as query
from clinic.services import accounts
from clinic.unit_of_work import EventMissing, Work, WriteRefused
from tests.factories import ClinicWorld, fresh, make_person


def test_a_user_name_is_never_given_twice(work: Work, clinic: ClinicWorld) -> None:
    with pytest.raises(Invalid) as refused, work.writing(clinic.people[Role.ADMINISTRATOR]) as uow:
        accounts.create_user(uow, username="PRESCRIBER", name="X", role=Role.AUDITOR, password_hash="x")
    assert "username" in refused.value.fields


def test_only_an_administrator_creates_people(work: Work, clinic: ClinicWorld) -> None:
    with pytest.raises(NotPermitted), work.writing(clinic.prescriber) as uow:
        accounts.create_user(uow, username="new", name="X", role=Role.AUDITOR, password_hash="x")


def test_a_session_is_locked_after_its_idle_time_and_ends_after_its_longest(
    work: Work, clinic: ClinicWorld, clock
) -> None:
    """S-18: the idle time and the longest time, each at its limit and just above it."""
    with work.writing(clinic.prescriber) as uow:
        accounts.sign_in(uow, "hash", address="", agent="")
    assert _locked(work) is False
    clock.move(minutes=15)
    assert _locked(work) is False
    clock.move(seconds=1)
    assert _locked(work) is True
    clock.move(hours=11, minutes=44, seconds=59)
    assert _locked(work) is True
    clock.move(seconds=1)
    assert _locked(work) is None


def test_a_disabled_membership_takes_effect_at_once(work: Work, clinic: ClinicWorld) -> None:
    with work.writing(clinic.prescriber) as uow:
        accounts.sign_in(uow, "hash", address="", agent="")
    with work.writing(fresh(work, clinic.people[Role.ADMINISTRATOR])) as uow:
        accounts.change_membership(
            uow, clinic.prescriber.user_id, role=Role.PRESCRIBER, prescriber_id=None, active=False
        )
    assert not _present(work)


def test_an_injector_signs_under_a_prescriber_of_the_same_clinic(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    with pytest.raises(Invalid):
        make_person(work, clinic.id, Role.INJECTOR, prescriber_id=other_clinic.prescriber.user_id)


def test_a_write_without_an_event_is_refused(work: Work, clinic: ClinicWorld) -> None:
    with pytest.raises(EventMissing), work.writing(clinic.prescriber) as uow:
        uow.session.get_one(User, clinic.prescriber.user_id).name = "Changed"


def test_a_write_in_a_reading_unit_of_work_is_refused(work: Work, clinic: ClinicWorld) -> None:
    with work.reading(clinic.prescriber) as uow:
        uow.session.get_one(User, clinic.prescriber.user_id).name = "Changed"
        with pytest.raises(WriteRefused):
            uow.session.flush()


def _present(work: Work) -> bool:
    return _locked(work) is False


def _locked(work: Work) -> bool | None:
    """Whether the session waits for its owner's password; None when there is none."""
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        limits = {"idle": timedelta(minutes=15), "absolute": timedelta(hours=12)}
        found = query.presence(uow, "hash", **limits)
        return found and found.locked
