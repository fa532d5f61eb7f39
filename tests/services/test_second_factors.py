"""Authenticator codes and recovery codes on both databases: once each, in their time, and unreadable in the database."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from sqlalchemy import text

from clinic.domain.actors import Actor, Role
from clinic.domain.errors import FreshPasswordNeeded, Invalid, NotPermitted, Stale
from clinic.domain.events import Action
from clinic.domain.sign_in import SecondFactorRule, demands_second_factor
from clinic.encryption import Unreadable, decrypted, encrypted, keyed_hash
from clinic.queries import second_factors as query
from clinic.services import recovery_codes, second_factors, sign_in_steps
from clinic.services.accounts import SYSTEM
from clinic.services.sign_in_steps import LASTS, TRIES, Purpose, Step
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld
from tests.postgresql import beside
from tests.second_factor_steps import code_at, give_authenticator, with_session


def claim(work: Work, actor: Actor, seed: str, typed: str) -> bool:
    """Type a code."""
    steps = second_factors.matching_steps(seed, typed, work.clock())
    with work.housekeeping() as database:
        return second_factors.claim_step(database, actor.user_id, steps)


def used(work: Work, actor: Actor, typed: str) -> bool:
    """Use a recovery code; what is none of them changes nothing."""
    try:
        with work.writing(actor) as uow:
            if not recovery_codes.use_code(uow, typed):
                raise Invalid({})
    except Invalid:
        return False
    return True


def events(work: Work, actor: Actor) -> list[tuple[str, str]]:
    """What the audit trail says of a person, with the new values."""
    with work.reading(SYSTEM, scoped=False) as uow:
        rows = uow.session.connection().execute(
            text('SELECT action, "values" FROM audit_event WHERE subject = :who ORDER BY sequence'),
            {"who": f"user:{actor.user_id}"},
        )
        return [(row[0], row[1]) for row in rows]


def test_a_code_works_once_and_an_earlier_one_no_more(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    """S-10: one use a code; a code of an earlier step is dead once a later one was used."""
    actor = clinic.prescriber
    seed, _ = give_authenticator(work, actor)
    clock.move(minutes=5)
    before, now = code_at(seed, clock.now, -1), code_at(seed, clock.now)
    assert claim(work, actor, seed, now)
    assert not claim(work, actor, seed, now)
    assert not claim(work, actor, seed, before)


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_one_step(work: Work, clinic: ClinicWorld, clock: Any, steps: int, taken: bool) -> None:
    """S-10: a 30 second step, and one before or after for clocks that differ; older and future codes are refused."""
    seed, _ = give_authenticator(work, clinic.prescriber)
    clock.move(minutes=5)
    assert claim(work, clinic.prescriber, seed, code_at(seed, clock.now, steps)) is taken


def test_a_code_holds_for_thirty_seconds_and_a_step_each_way(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    """S-10: the same code from a second before its step to a second after the one that follows."""
    seed, _ = give_authenticator(work, clinic.prescriber)
    clock.move(minutes=5)
    clock.move(seconds=-(clock.now.timestamp() % 30))
    typed = code_at(seed, clock.now)
    clock.move(seconds=59)
    assert second_factors.matching_steps(seed, typed, clock.now)
    clock.move(seconds=1)
    assert not second_factors.matching_steps(seed, typed, clock.now)
    clock.move(seconds=-90)
    assert second_factors.matching_steps(seed, typed, clock.now)
    clock.move(seconds=-1)
    assert not second_factors.matching_steps(seed, typed, clock.now)


def test_only_six_plain_digits_are_a_code(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    seed, _ = give_authenticator(work, clinic.prescriber)
    right = code_at(seed, clock.now)
    arabic = right.translate({ord("0") + n: 0x0660 + n for n in range(10)})
    wide = right.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    for typed in (right[:5], right + "0", f"0{right}", arabic, wide, "", "abcdef", f"+{right[1:]}", f"{right}\n1"):
        assert second_factors.matching_steps(seed, typed, clock.now) == (), repr(typed)
    assert second_factors.matching_steps(seed, f"{right[:3]} {right[3:]}", clock.now)


def leaks(work: Work, *needles: str) -> list[str]:
    """The tables that hold one of these texts anywhere in a row, as their driver gives it."""
    from clinic.models import Base

    found = []
    with beside(work.engine).connect() as connection:
        for table in Base.metadata.tables:
            dump = repr([tuple(row) for row in connection.execute(text(f'SELECT * FROM "{table}"'))]).lower()
            found += [table for needle in needles if needle.lower() in dump]
    return found


def test_no_seed_and_no_recovery_code_stands_in_the_database(work: Work, clinic: ClinicWorld) -> None:
    """S-10, O-12: the seed is ciphertext and recovery codes are hashes, in every table of a dump."""
    seed, codes = give_authenticator(work, clinic.prescriber)
    actor = clinic.people[Role.THERAPIST]
    with work.housekeeping() as database:
        pending = second_factors.sealed_seed(work.key, actor.user_id, seed)
        step = Step(actor.user_id, actor.clinic_id, pending)
        sign_in_steps.begin(database, "0" * 64, Purpose.AUTHENTICATOR_NEW, work.clock(), step)
    plain = [code.replace("-", "") for code in codes]
    assert leaks(work, seed, *codes, *plain) == []


def test_the_search_for_secrets_finds_a_planted_one(work: Work, clinic: ClinicWorld) -> None:
    """The tooth: a seed written as it is, is found and its table named."""
    seed, _ = give_authenticator(work, clinic.prescriber)
    with work.housekeeping() as database:
        database.execute(text("UPDATE authenticator SET seed = :seed"), {"seed": seed})
    assert leaks(work, seed) == ["authenticator"]


def test_a_secret_opens_for_its_row_its_purpose_and_its_key_only() -> None:
    key = secrets.token_bytes(32)
    sealed = encrypted(key, "seed", "ada", "secret words")
    assert decrypted(key, "seed", "ada", sealed) == "secret words"
    assert encrypted(key, "seed", "ada", "secret words") != sealed
    flipped = sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]
    attempts = [
        (secrets.token_bytes(32), "seed", "ada", sealed),
        (key, "other", "ada", sealed),
        (key, "seed", "eve", sealed),
        (key, "seed", "ada", flipped),
        (key, "seed", "ada", sealed[:10]),
        (key, "seed", "ada", "not base64 %"),
    ]
    for attempt in attempts:
        with pytest.raises(Unreadable):
            decrypted(*attempt)
    assert keyed_hash(key, "a", "x") != keyed_hash(key, "b", "x")


def test_recovery_codes_work_once_and_say_how_many_are_left(work: Work, clinic: ClinicWorld) -> None:
    """S-10: single use, hashed, at least 80 bits; each use is in the audit trail with the number left."""
    _, codes = give_authenticator(work, clinic.prescriber)
    assert len(set(codes)) == recovery_codes.NUMBER
    assert all(len(code.replace("-", "")) * 5 >= 80 for code in codes)

    def use(typed: str, actor: Actor = clinic.prescriber) -> bool:
        return used(work, actor, typed)

    assert not use(codes[0], clinic.people[Role.THERAPIST])
    assert use(f" {codes[0].upper().replace('0', 'O').replace('1', 'l')} ")
    assert not use(codes[0])
    assert use(codes[1].replace("-", " "))
    assert [new for action, new in events(work, clinic.prescriber) if action == Action.RECOVERY_CODE_USED.value] == [
        '{"new": {"left": 9}, "old": {}}',
        '{"new": {"left": 8}, "old": {}}',
    ]


def test_new_recovery_codes_end_the_old_ones_and_need_a_factor(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    _, old = give_authenticator(work, clinic.prescriber)
    actor, fresh = with_session(work, clinic.prescriber), recovery_codes.new_codes()
    with work.writing(actor) as uow:
        recovery_codes.replace_codes(uow, fresh)
    assert not used(work, actor, old[0])
    assert used(work, actor, fresh[0])
    nobody = with_session(work, clinic.people[Role.THERAPIST])
    with pytest.raises(Invalid), work.writing(nobody) as uow:
        recovery_codes.replace_codes(uow, fresh)
    clock.move(minutes=6)
    with pytest.raises(FreshPasswordNeeded), work.writing(actor) as uow:
        recovery_codes.replace_codes(uow, fresh)


def test_the_last_factor_stays_where_the_clinic_asks_for_one(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    administrator = with_session(work, clinic.people[Role.ADMINISTRATOR])
    with work.writing(administrator) as uow:
        second_factors.change_rule(uow, query.access(uow).edit_version, SecondFactorRule.ADMINISTRATORS)
    give_authenticator(work, administrator)
    administrator = with_session(work, administrator)
    with pytest.raises(Invalid, match="your last one"), work.writing(administrator) as uow:
        second_factors.remove_authenticator(uow)
    give_authenticator(work, clinic.prescriber)
    with work.writing(with_session(work, clinic.prescriber)) as uow:
        second_factors.remove_authenticator(uow)
    with work.reading(clinic.prescriber) as uow:
        left = query.factors(uow, clinic.prescriber.user_id)
        assert (left.number, left.recovery_codes_left) == (0, 0)
    said = [action for action, _ in events(work, clinic.prescriber)]
    assert Action.AUTHENTICATOR_REMOVED.value in said
    clock.move(minutes=6)
    with pytest.raises(FreshPasswordNeeded), work.writing(administrator) as uow:
        second_factors.remove_authenticator(uow)


def test_a_replaced_authenticator_ends_the_old_seed(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    old, codes = give_authenticator(work, clinic.prescriber)
    clock.move(minutes=1)
    new, _ = give_authenticator(work, clinic.prescriber)
    clock.move(minutes=5)
    with work.reading(SYSTEM, scoped=False) as uow:
        sealed = query.seed(uow, clinic.prescriber.user_id) or ""
    assert second_factors.opened_seed(work.key, clinic.prescriber.user_id, sealed) == new != old
    with work.writing(clinic.prescriber) as uow:
        assert recovery_codes.use_code(uow, codes[0]), "the codes on paper stay"


def test_only_administrators_change_the_rule_with_a_fresh_password(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    """S-09: the rule is the clinic's, audited with old and new."""
    with pytest.raises(NotPermitted), work.writing(with_session(work, clinic.prescriber)) as uow:
        second_factors.change_rule(uow, 1, SecondFactorRule.EVERYBODY)
    administrator = with_session(work, clinic.people[Role.ADMINISTRATOR])
    with work.reading(administrator) as uow:
        page = query.access(uow)
    assert len(page.without) == len(Role)
    with pytest.raises(Stale), work.writing(administrator) as uow:
        second_factors.change_rule(uow, page.edit_version + 1, SecondFactorRule.EVERYBODY)
    with work.writing(administrator) as uow:
        second_factors.change_rule(uow, page.edit_version, SecondFactorRule.EVERYBODY)
    clock.move(minutes=6)
    with pytest.raises(FreshPasswordNeeded), work.writing(administrator) as uow:
        second_factors.change_rule(uow, page.edit_version + 1, SecondFactorRule.NOBODY)


def test_who_needs_a_second_factor_is_one_table() -> None:
    """S-09: administrators by default; from outside the clinic's networks everybody, unless the rule is nobody."""
    wanted = {
        (rule, role, outside)
        for rule in SecondFactorRule
        for role in Role
        for outside in (False, True)
        if demands_second_factor(rule, role, outside=outside)
    }
    everybody = {(SecondFactorRule.EVERYBODY, role, outside) for role in Role for outside in (False, True)}
    away = {(SecondFactorRule.ADMINISTRATORS, role, True) for role in Role}
    assert wanted == everybody | away | {(SecondFactorRule.ADMINISTRATORS, Role.ADMINISTRATOR, False)}


def test_a_step_lasts_five_minutes_takes_five_codes_and_is_spent_once(work: Work, clock: Any) -> None:
    def begin(name: str) -> None:
        with work.housekeeping() as database:
            sign_in_steps.begin(database, name, Purpose.SECOND_FACTOR, clock.now, Step("someone", 1, ""))

    def tried(name: str) -> bool:
        with work.housekeeping() as database:
            return sign_in_steps.claim_try(database, name, clock.now)

    def spent(name: str, purpose: Purpose = Purpose.SECOND_FACTOR) -> Step | None:
        with work.housekeeping() as database:
            return sign_in_steps.spend(database, name, purpose, clock.now)

    begin("a")
    assert [tried("a") for _ in range(TRIES + 1)] == [True] * TRIES + [False]
    assert spent("a", Purpose.PASSKEY_USE) is None
    assert spent("a") == Step("someone", 1, "")
    assert spent("a") is None
    begin("b")
    clock.move(seconds=LASTS.total_seconds() - 1)
    assert tried("b")
    clock.move(seconds=1)
    assert not tried("b")
    assert spent("b") is None
    begin("c")
    clock.move(seconds=1)
    begin("d")
    with beside(work.engine).connect() as connection:
        left = connection.execute(text("SELECT token_hash FROM sign_in_step")).scalars().all()
    assert "b" not in left, "steps that are over are swept"
