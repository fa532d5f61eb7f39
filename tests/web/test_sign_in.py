"""Guessing passwords from outside: how many guesses are looked at, and what the answers give away."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select

from clinic import passwords
from clinic.domain.actors import Role
from clinic.domain.events import Action
from clinic.models import AuditEvent, Membership, ServerSession, SignInTries, User
from clinic.services import sign_in_limits
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from tests.conftest import Clock
from tests.factories import PASSWORD, ClinicWorld, client_for, password_hash
from tests.hashing import CountingHasher, cheap_hashing
from tests.signing_in import ONE_PLACE, VICTIM, browser, sign_in, usual_browser

GUESSES = 1_000


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> CountingHasher:
    """Real hashes of the least cost, counted."""
    return cheap_hashing(monkeypatch)


def from_everywhere(number: int) -> str:
    """Another address for each guess."""
    return f"2001:db8:{number:x}::1"


def storm(app: Flask, clock: Clock, address: Callable[[int], str], guesses: int = GUESSES) -> list[int]:
    """So many guesses at one account, spread over ten minutes; gives their statuses."""
    client, found = browser(app), []
    for number in range(guesses):
        found.append(sign_in(client, VICTIM, f"guess number {number}", address(number)).status_code)
        clock.move(seconds=600 / guesses)
    return found


@pytest.mark.parametrize("address", [lambda _: ONE_PLACE, from_everywhere], ids=["one address", "a thousand addresses"])
def test_of_a_thousand_guesses_in_ten_minutes_at_most_twenty_are_looked_at(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Clock, hasher: CountingHasher, address: Callable[[int], str]
) -> None:
    """S-08: the victim works on, signs in at once in the usual browser, and elsewhere when the window is over."""
    usual, working = usual_browser(app), client_for(app, clinic.prescriber)
    hasher.verified.clear()
    found = storm(app, clock, address)
    assert hasher.evaluated <= 20
    assert set(found) <= {422, 429}
    assert working.get("/").status_code == 200
    assert sign_in(browser(app), VICTIM, PASSWORD).status_code == 422
    assert sign_in(usual, VICTIM, PASSWORD, ONE_PLACE).status_code == 302
    clock.move(minutes=5)
    assert sign_in(browser(app), VICTIM, PASSWORD).status_code == 302


def test_a_storm_without_limits_would_be_seen(
    app: Flask, work: Work, clock: Clock, clinic: ClinicWorld, hasher: CountingHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count above can fail: with limits a hundred times as wide, every guess is looked at."""
    wide = {kind: 100 * tries for kind, tries in sign_in_limits.TRIES.items()}
    monkeypatch.setattr(sign_in_limits, "TRIES", wide)
    storm(app, clock, from_everywhere, guesses=40)
    assert hasher.evaluated == 40


@pytest.mark.parametrize("username", [VICTIM, "nobody"])
def test_an_account_takes_ten_tries(app: Flask, clinic: ClinicWorld, hasher: CountingHasher, username: str) -> None:
    """S-08: a name that nobody has is counted as any other."""
    for number in range(12):
        assert sign_in(browser(app), username, "wrong", from_everywhere(number)).status_code == 422
    assert hasher.evaluated == (10 if username == VICTIM else 0)
    assert len(hasher.verified) == 12


def test_an_address_takes_twenty_tries_then_says_how_long_to_wait(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Clock, hasher: CountingHasher
) -> None:
    """S-08, S-79: honest, quick, the same for every name, and once in the audit trail."""
    client = browser(app)
    answers = [sign_in(client, f"name{number}", "wrong", ONE_PLACE) for number in range(20)]
    assert {one.status_code for one in answers} == {422}
    hasher.verified.clear()
    clock.move(minutes=5)
    above = [sign_in(client, name, PASSWORD, ONE_PLACE) for name in (VICTIM, "nobody", VICTIM)]
    assert {one.status_code for one in above} == {429}
    assert len({bare(one.text) for one in above}) == 1
    assert above[0].headers["Retry-After"] == "600"
    assert "Wait 10 minutes" in above[0].text
    assert hasher.verified == []
    assert sum("one address" in one.reason for one in refusals(work)) == 1
    assert sign_in(client, VICTIM, PASSWORD, "192.0.2.9").status_code == 302


def test_right_passwords_use_up_nobodys_tries(app: Flask, clinic: ClinicWorld, hasher: CountingHasher) -> None:
    """S-08: a whole clinic behind one address signs in on Monday morning."""
    for _ in range(25):
        assert sign_in(browser(app), VICTIM, PASSWORD, ONE_PLACE).status_code == 302


def test_signing_in_pays_for_no_guesses_at_others(app: Flask, clinic: ClinicWorld, hasher: CountingHasher) -> None:
    """S-08: own right passwords between the guesses do not empty the bucket of the address."""
    found = []
    for number in range(25):
        assert sign_in(browser(app), "auditor", PASSWORD, ONE_PLACE).status_code in {302, 429}
        found.append(sign_in(browser(app), f"name{number}", "wrong", ONE_PLACE).status_code)
    assert found.count(422) == 20


def test_unknown_wrong_disabled_and_locked_are_answered_alike(
    app: Flask, work: Work, clinic: ClinicWorld, hasher: CountingHasher
) -> None:
    """S-12: the same status, the same bytes, one verification of the same cost; by hand: medians within 10 %."""
    with work.housekeeping() as database:
        database.get_one(User, clinic.people[Role.AUDITOR].user_id).disabled_at = work.clock()
        database.get_one(Membership, (clinic.id, clinic.people[Role.THERAPIST].user_id)).active = False
        database.get_one(User, clinic.people[Role.ASSISTANT].user_id).password_hash = passwords.NONE
    for number in range(10):
        sign_in(browser(app), "injector", "wrong", from_everywhere(number))
    hasher.verified.clear()
    tries = [
        ("nobody", PASSWORD), (VICTIM, "wrong"), ("auditor", PASSWORD), ("auditor", "wrong"), ("therapist", PASSWORD),
        ("assistant", "!"), ("injector", PASSWORD), ("injector", "wrong"),
    ]  # fmt: skip
    assert differences([(name, sign_in(browser(app), name, given, "192.0.2.77")) for name, given in tries]) == []
    assert len(hasher.verified) == len(tries)
    assert len({one.rsplit("$", 2)[0] for one in hasher.verified}) == 1, "hashes of different costs"


def test_an_answer_that_gives_a_name_away_would_be_seen(
    app: Flask, clinic: ClinicWorld, hasher: CountingHasher
) -> None:
    unlike = browser(app).get("/sign-in")
    assert differences([("nobody", sign_in(browser(app), "nobody", "wrong")), (VICTIM, unlike)]) == [VICTIM]


def differences(answers: list[tuple[str, Any]]) -> list[str]:
    """Which names are answered unlike the first."""
    first = (answers[0][1].status_code, bare(answers[0][1].text, answers[0][0]))
    return [name for name, one in answers if (one.status_code, bare(one.text, name)) != first]


def bare(page: str, typed: str = "") -> str:
    """A page without what was typed and what is random."""
    page = page.replace(f'value="{typed}"', 'value=""') if typed else page
    page = re.sub(rf">({VICTIM}|nobody)<", "><", page)
    return re.sub(r'name="(csrf_token|idempotency_key)"[^>]*|>[0-9a-f]{16}<', "", page)


def test_a_hash_of_yesterdays_cost_is_made_anew(app: Flask, work: Work, clinic: ClinicWorld, monkeypatch: Any) -> None:
    """S-06: at the next sign-in, under the same password, with today's parameters."""
    today = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", today)
    assert sign_in(browser(app), VICTIM, PASSWORD).status_code == 302
    with work.reading(SYSTEM, scoped=False) as uow:
        stored = uow.session.scalars(select(User.password_hash).where(User.username == VICTIM)).one()
    assert stored != password_hash()
    assert "m=16,t=2,p=1" in stored
    client = browser(app)
    assert sign_in(client, VICTIM, PASSWORD).status_code == 302


def test_the_passwords_of_a_year_ago_still_open(
    app: Flask, clinic: ClinicWorld, clock: Clock, hasher: CountingHasher
) -> None:
    """S-03: nobody has to change a password because time has passed."""
    clock.move(days=400)
    client = browser(app)
    assert sign_in(client, VICTIM, PASSWORD).location == "/"
    assert client.get("/").status_code == 200


def test_passwords_that_share_their_first_72_bytes_are_two(
    app: Flask, work: Work, clinic: ClinicWorld, hasher: CountingHasher
) -> None:
    """S-05: through the sign-in page, trailing blanks too."""
    stem = "ж" * 36
    with work.housekeeping() as database:
        database.get_one(User, clinic.prescriber.user_id).password_hash = passwords.hashed(stem + " one ")
    for wrong in (stem + " two ", stem, stem + " one", (stem + " one ").upper()):
        assert sign_in(browser(app), VICTIM, wrong).status_code == 422
    assert sign_in(browser(app), VICTIM, stem + " one ").status_code == 302


def test_signing_in_gives_a_new_session_and_tells_the_trail(
    app: Flask, work: Work, clinic: ClinicWorld, hasher: CountingHasher
) -> None:
    """S-16, S-79: a cookie fixed before is of no use; refusals and sign-ins stand in the trail."""
    client = browser(app)
    with client.session_transaction(base_url="https://localhost") as session:
        session.update({"_user_id": "fixed by somebody else", "mark": "of somebody else"})
    sign_in(client, VICTIM, "wrong")
    assert sign_in(client, VICTIM, PASSWORD).status_code == 302
    with client.session_transaction(base_url="https://localhost") as session:
        first = session["_user_id"]
        assert "mark" not in session
    assert first != "fixed by somebody else"
    sign_in(client, VICTIM, PASSWORD)
    with client.session_transaction(base_url="https://localhost") as session:
        assert session["_user_id"] != first
    assert [one.subject for one in refusals(work)] == [f"user:{clinic.prescriber.user_id}"]
    assert len(trail(work, Action.SIGNED_IN)) == 2


def test_no_session_and_no_code_is_guessed(app: Flask) -> None:
    """S-17: 10,000 tokens of 256 bits, all different, and 43 letters long."""
    from clinic.web.security import new_token

    made = {new_token() for _ in range(10_000)}
    assert len(made) == 10_000
    assert min(map(len, made)) >= 43


def test_a_fresh_password_is_not_tried_without_end(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Clock, hasher: CountingHasher
) -> None:
    """S-08: ten tries a session; the session itself goes on, and other sessions have tries of their own."""
    client = client_for(app, clinic.prescriber)
    for _ in range(10):
        assert client.send("/account/confirm", {"password": "wrong"}).status_code == 422
    hasher.verified.clear()
    late = client.send("/account/confirm", {"password": PASSWORD})
    assert (late.status_code, hasher.verified) == (422, [])
    assert "Wait 15 minutes" in late.text
    assert client.get("/").status_code == 200
    clock.move(minutes=14)
    assert client.get("/").status_code == 200
    clock.move(minutes=1)
    assert client.send("/account/confirm", {"password": PASSWORD}).status_code == 302


def test_a_new_password_ends_the_other_sessions(
    app: Flask, work: Work, clinic: ClinicWorld, hasher: CountingHasher
) -> None:
    """S-07, S-15: with the present password only; the second browser is out, this one stays."""
    here, there = browser(app), browser(app)
    assert sign_in(here, VICTIM, PASSWORD).status_code == sign_in(there, VICTIM, PASSWORD).status_code == 302
    typed = {"password": "wrong", "new_password": "seven otters under glass", "repeated": "seven otters under glass"}
    assert here.send("/account/password", typed).status_code == 422
    assert there.get("/").status_code == 200
    assert here.send("/account/password", typed | {"password": PASSWORD}).status_code == 302
    assert here.get("/").status_code == 200
    assert there.get("/").location.startswith("/sign-in")
    with work.reading(SYSTEM, scoped=False) as uow:
        assert uow.session.query(ServerSession).filter(ServerSession.revoked_at.is_(None)).count() == 1


def test_a_storm_leaves_the_other_pages_usable(
    app: Flask, work: Work, clinic: ClinicWorld, hasher: CountingHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-08: while every seat of strangers is taken the record answers, and who finds none is told so and keeps the try."""
    turn = threading.Event()
    unhurried = hasher.verify

    def slow(stored: str, password: str) -> bool:
        turn.wait(20)
        return bool(unhurried(stored, password))

    monkeypatch.setattr(hasher, "verify", slow)
    working = client_for(app, clinic.prescriber)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(sign_in, browser(app), "nobody", "x", from_everywhere(n)) for n in range(8)]
        early = [one.result() for one in islice(as_completed(asked, 20), 8 - passwords.STRANGERS)]
        assert working.get("/").status_code == 200
        assert browser(app).get("/sign-in").status_code == 200
        turn.set()
        late = [one.result(20).status_code for one in asked if one.result(20) not in early]
    assert [(one.status_code, one.headers["Retry-After"]) for one in early] == [(503, "2")] * 4
    assert late == [422] * passwords.STRANGERS
    with work.reading(SYSTEM, scoped=False) as uow:
        assert uow.session.query(func.sum(SignInTries.tries)).scalar() == 2 * passwords.STRANGERS


def refusals(work: Work) -> list[AuditEvent]:
    return trail(work, Action.SIGN_IN_REFUSED)


def trail(work: Work, action: Action) -> list[AuditEvent]:
    with work.reading(SYSTEM, scoped=False) as uow:
        return list(uow.session.scalars(select(AuditEvent).where(AuditEvent.action == action)))


def test_a_window_is_as_long_as_the_page_says() -> None:
    from clinic.domain.sign_in import TRIES, WINDOW, TryKind
    from clinic.web.accounts import NOT_RIGHT

    assert timedelta(minutes=15) == WINDOW
    assert f"After {TRIES[TryKind.ACCOUNT]} tries" in NOT_RIGHT
    assert "15 minutes" in NOT_RIGHT
