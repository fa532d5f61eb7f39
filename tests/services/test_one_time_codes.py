"""One-time codes: who makes them for whom, how long they last, and that each is used once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from clinic import passwords
from clinic.domain.actors import Actor, Role
from clinic.domain.errors import FreshPasswordNeeded, Invalid, NotFound, NotPermitted
from clinic.domain.events import Action
from clinic.domain.sign_in import LASTS, CodeKind
from clinic.models import AuditEvent, Membership, OneTimeCode, User
from clinic.services import one_time_codes
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from tests.conftest import Clock
from tests.factories import ClinicWorld

PASSWORD_CODE = CodeKind.NEW_PASSWORD


def administrator(work: Work, clinic: ClinicWorld) -> Actor:
    return replace(clinic.people[Role.ADMINISTRATOR], password_at=work.clock())


def issued(work: Work, clinic: ClinicWorld, kind: CodeKind = PASSWORD_CODE, *, to: Role = Role.PRESCRIBER) -> str:
    code = one_time_codes.new_code()
    with work.writing(administrator(work, clinic)) as uow:
        one_time_codes.issue(uow, clinic.people[to].user_id, kind, code)
    return code


def is_usable(work: Work, username: str, code: str) -> bool:
    with work.reading(SYSTEM, scoped=False) as uow:
        return one_time_codes.usable(uow, username, code) is not None


def test_only_its_hash_is_kept_and_the_trail_names_the_kind_alone(work: Work, clinic: ClinicWorld) -> None:
    """S-11, O-12: neither the row nor the audit trail holds the code."""
    code = issued(work, clinic)
    with work.reading(SYSTEM, scoped=False) as uow:
        row = uow.session.scalars(select(OneTimeCode)).one()
        told = uow.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.CODE_ISSUED)).one()
    assert code not in str(vars(row)) + str(vars(told))
    assert code.replace("-", "") not in str(vars(row)) + str(vars(told))
    assert row.code_hash == one_time_codes.code_hash(code)


def without_password(work: Work, clinic: ClinicWorld) -> None:
    """Let the prescriber be somebody who was invited and has chosen no password yet."""
    with work.housekeeping() as database:
        database.execute(update(User).where(User.id == clinic.prescriber.user_id).values(password_hash=passwords.NONE))


def test_nobody_who_has_a_password_is_invited(work: Work, clinic: ClinicWorld) -> None:
    """S-11: a way to another password lasts 10 minutes, so the 72 hours of an invitation are for a first one only."""
    with pytest.raises(Invalid, match="has a password already"):
        issued(work, clinic, CodeKind.INVITATION)


@pytest.mark.parametrize("kind", [CodeKind.INVITATION, CodeKind.NEW_PASSWORD])
def test_a_code_lasts_as_long_as_it_says(work: Work, clinic: ClinicWorld, clock: Clock, kind: CodeKind) -> None:
    """S-11: a second before its end it can be used, at its end it cannot."""
    if kind is CodeKind.INVITATION:
        without_password(work, clinic)
    code = issued(work, clinic, kind)
    assert is_usable(work, "prescriber", code)
    clock.move(seconds=LASTS[kind].total_seconds() - 1)
    assert is_usable(work, "Prescriber ", code.upper().replace("-", " "))
    clock.move(seconds=1)
    assert not is_usable(work, "prescriber", code)


def test_a_way_back_in_lasts_at_most_ten_minutes() -> None:
    """S-11."""
    assert LASTS[CodeKind.NEW_PASSWORD] <= timedelta(minutes=10)
    assert LASTS[CodeKind.SECOND_FACTOR] <= timedelta(minutes=10)


def test_a_code_belongs_to_its_person_and_its_kind(work: Work, clinic: ClinicWorld) -> None:
    code = issued(work, clinic)
    factor = issued(work, clinic, CodeKind.SECOND_FACTOR)
    assert not is_usable(work, "assistant", code)
    assert not is_usable(work, "prescriber", factor)
    with work.writing(clinic.prescriber) as uow:
        assert not one_time_codes.use(uow, clinic.prescriber.user_id, CodeKind.SECOND_FACTOR, code)
        assert one_time_codes.use(uow, clinic.prescriber.user_id, CodeKind.SECOND_FACTOR, factor)
        assert not one_time_codes.use(uow, clinic.prescriber.user_id, CodeKind.SECOND_FACTOR, factor)


def test_a_newer_code_ends_the_earlier_one(work: Work, clinic: ClinicWorld) -> None:
    without_password(work, clinic)
    first = issued(work, clinic, CodeKind.INVITATION)
    second = issued(work, clinic)
    assert not is_usable(work, "prescriber", first)
    assert is_usable(work, "prescriber", second)


def test_who_was_put_out_of_the_clinic_has_no_code(work: Work, clinic: ClinicWorld) -> None:
    code = issued(work, clinic)
    with work.housekeeping() as database:
        database.get_one(Membership, (clinic.id, clinic.prescriber.user_id)).active = False
    assert not is_usable(work, "prescriber", code)


def test_nobody_makes_a_code_for_oneself_for_strangers_or_without_the_right(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    """S-14, S-22: an administrator, with a fresh password, for somebody else of this clinic alone."""
    actor = administrator(work, clinic)
    refused = [
        (actor, actor.user_id, Invalid),
        (actor, other_clinic.prescriber.user_id, NotFound),
        (actor, "0" * 26, NotFound),
        (clinic.prescriber, clinic.people[Role.ASSISTANT].user_id, NotPermitted),
        (clinic.people[Role.ADMINISTRATOR], clinic.prescriber.user_id, FreshPasswordNeeded),
    ]
    for who, whom, error in refused:
        with pytest.raises(error), work.writing(who) as uow:
            one_time_codes.issue(uow, whom, PASSWORD_CODE, one_time_codes.new_code())
    with work.reading(SYSTEM, scoped=False) as uow:
        assert uow.session.scalars(select(OneTimeCode)).all() == []


def test_an_administrator_of_one_clinic_gets_nobodys_way_into_another(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    """One password opens both clinics of a person: neither clinic's administrator can set it."""
    both = other_clinic.prescriber.user_id
    with work.housekeeping() as database:
        database.add(Membership(clinic_id=clinic.id, user_id=both, role=Role.AUDITOR))
    with pytest.raises(Invalid, match="another clinic"), work.writing(administrator(work, clinic)) as uow:
        one_time_codes.issue(uow, both, PASSWORD_CODE, one_time_codes.new_code())


def test_a_code_has_138_random_bits(work: Work) -> None:
    """S-17: 28 letters of 31; ten thousand are all different."""
    made = {one_time_codes.new_code() for _ in range(10_000)}
    assert len(made) == 10_000
    assert {len(code.replace("-", "")) for code in made} == {28}
    assert len({letter for code in made for letter in code} - {"-"}) == 31
