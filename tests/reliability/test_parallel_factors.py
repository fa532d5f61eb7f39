"""One code, one passkey answer, one step: used by many at the same moment, each works once on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask
from sqlalchemy import text

from clinic.domain.actors import Role
from clinic.domain.errors import Invalid
from clinic.domain.sign_in import SecondFactorRule
from clinic.services import passkeys, recovery_codes, second_factors, sign_in_steps
from clinic.services.accounts import SYSTEM
from clinic.services.passkeys import Proof
from clinic.services.sign_in_steps import Purpose, Step
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld
from tests.second_factor_steps import code_at, give_authenticator, half_signed_in, with_session

AT_ONCE = 6


def at_once(run: Callable[[int], bool]) -> int:
    """How many of several that start at the same moment succeed."""
    gate = threading.Barrier(AT_ONCE)

    def one(number: int) -> bool:
        gate.wait()
        return run(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(one, range(AT_ONCE)))


def test_the_same_code_in_parallel_signs_in_once(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    """S-10: the same authenticator code from several browsers at once: one success."""
    seed, _ = give_authenticator(work, clinic.prescriber)
    clock.move(minutes=2)
    browsers = [half_signed_in(app, work, clinic.prescriber) for _ in range(AT_ONCE)]
    typed = {"code": code_at(seed, clock.now)}
    assert at_once(lambda number: browsers[number].send("/sign-in/second", typed).status_code == 302) == 1


def test_the_same_recovery_code_in_parallel_signs_in_once(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    """S-10: a recovery code is single use also in parallel."""
    _, codes = give_authenticator(work, clinic.prescriber)

    def use(_: int) -> bool:
        try:
            with work.writing(clinic.prescriber) as uow:
                if not recovery_codes.use_code(uow, codes[0]):
                    raise Invalid({})
        except Invalid:
            return False
        return True

    assert at_once(use) == 1


def test_a_passkeys_count_and_a_step_are_claimed_once(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    with work.housekeeping() as database:
        values = {"who": clinic.prescriber.user_id, "now": "2026-11-22 10:00:00+00:00"}
        database.execute(
            text(
                "INSERT INTO passkey (id, user_id, credential_id, public_key, sign_count, name, transports, created_at)"
                " VALUES ('key', :who, 'c', 'p', 3, 'Laptop', '', :now)"
            ),
            values,
        )
        sign_in_steps.begin(database, "step", Purpose.PASSKEY_USE, clock.now, Step("", 0, "00"))

    def count(_: int) -> bool:
        with work.housekeeping() as database:
            return passkeys.claim_count(database, Proof("key", clinic.prescriber.user_id, 4), clock.now)

    def spend(_: int) -> bool:
        with work.housekeeping() as database:
            return sign_in_steps.spend(database, "step", Purpose.PASSKEY_USE, clock.now) is not None

    assert at_once(count) == 1
    assert at_once(spend) == 1


def test_two_removals_at_once_leave_the_factor_that_is_demanded(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-09: of an authenticator and a passkey, removed at the same moment, one stays."""
    administrator = clinic.people[Role.ADMINISTRATOR]
    give_authenticator(work, administrator)
    actors = [with_session(work, administrator), with_session(work, administrator)]
    with work.housekeeping() as database:
        database.execute(
            text(
                "INSERT INTO passkey (id, user_id, credential_id, public_key, sign_count, name, transports, created_at)"
                " VALUES ('key', :who, 'c', 'p', 3, 'Laptop', '', :now)"
            ),
            {"who": administrator.user_id, "now": "2026-11-22 10:00:00+00:00"},
        )
        database.execute(text("UPDATE clinic SET second_factor = :rule"), {"rule": SecondFactorRule.EVERYBODY.value})

    def remove(number: int) -> bool:
        try:
            with work.writing(actors[number % 2]) as uow:
                if number % 2:
                    second_factors.remove_authenticator(uow)
                else:
                    passkeys.remove_passkey(uow, "key")
        except Exception:  # noqa: BLE001 - refused, or gone already: what is left is what counts
            return False
        return True

    assert at_once(remove) == 1
    with work.reading(SYSTEM, scoped=False) as uow:
        apps = uow.session.connection().execute(text("SELECT count(*) FROM authenticator")).scalar_one()
        keys = (
            uow.session.connection().execute(text("SELECT count(*) FROM passkey WHERE retired_at IS NULL")).scalar_one()
        )
    assert apps + keys == 1
