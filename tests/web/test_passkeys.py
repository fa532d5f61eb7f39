"""Passkeys by a software authenticator: made, used, and every way to answer falsely."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from clinic.domain.actors import Actor, Role
from clinic.domain.sign_in import TRIES, TryKind
from clinic.services import sign_in_limits
from clinic.services.accounts import SYSTEM
from clinic.services.passkeys import ANSWER_MAXIMUM, CLONED
from clinic.unit_of_work import Work
from tests.factories import Client, ClinicWorld, client_for
from tests.second_factor_steps import browser, give_authenticator, half_signed_in, shown_codes
from tests.software_authenticator import PRESENT, SoftwareAuthenticator

ADD = "/account/security/passkeys"
CHALLENGE = "/passkeys/challenge"
SIGN_IN = "/sign-in/passkey"
MADE = {"Accept": "application/json"}


def options(client: Client, address: str = CHALLENGE, **kwargs: Any) -> dict[str, Any]:
    """What the server asks the browser for."""
    answer = client.send(address, headers=MADE, **kwargs)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def add(app: Flask, actor: Actor, key: SoftwareAuthenticator) -> Any:
    """Add a passkey on the account page of a person."""
    client = client_for(app, actor)
    return client.send(ADD, {"name": "Laptop", "answer": key.made(options(client, f"{ADD}/challenge"))})


def signed_in(client: Client) -> bool:
    """Whether the browser may see the clinic's pages."""
    return bool(client.get("/patients").status_code == 200)


def why(work: Work) -> list[str]:
    """Why passkeys were refused, as the audit trail has it."""
    with work.reading(SYSTEM, scoped=False) as uow:
        rows = uow.session.connection().execute(
            text("SELECT reason FROM audit_event WHERE reason LIKE 'passkey%' ORDER BY sequence")
        )
        return list(rows.scalars())


@pytest.fixture
def key(app: Flask, clinic: ClinicWorld) -> SoftwareAuthenticator:
    """A passkey of the prescriber."""
    made = SoftwareAuthenticator()
    assert add(app, clinic.prescriber, made).status_code == 200
    return made


def test_a_passkey_is_added_with_recovery_codes_and_asks_for_the_person(app: Flask, clinic: ClinicWorld) -> None:
    client = client_for(app, clinic.prescriber)
    asked = options(client, f"{ADD}/challenge")
    assert asked["rp"]["id"] == "localhost"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    made = SoftwareAuthenticator()
    page = client.send(ADD, {"name": "Room 2", "answer": made.made(asked)})
    assert len(shown_codes(page.text)) == 10
    listed = client.get("/account/security").text
    assert "Room 2" in listed
    assert "10 of your codes are left" in listed
    again = client.send(ADD, {"name": "Once more", "answer": made.made(asked)})
    assert again.status_code == 422, "a challenge is used once"
    same = made.made(options(client, f"{ADD}/challenge"))
    assert client.send(ADD, {"name": "Copy", "answer": same}).status_code == 422, "known already"


def test_an_address_begins_with_a_passkey_a_hundred_times(app: Flask, clinic: ClinicWorld, work: Work) -> None:
    """S-08: who is not signed in writes no rows without end; who is goes on."""
    limit = TRIES[TryKind.CHALLENGE]
    with work.housekeeping() as database:
        for _ in range(limit - 1):
            sign_in_limits.claim(database, work.key, TryKind.CHALLENGE, "127.0.0.1", work.clock())
    client = browser(app)
    assert client.send(CHALLENGE, headers=MADE).status_code == 200
    refused = client.send(CHALLENGE, headers=MADE)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
    assert client_for(app, clinic.prescriber).send(CHALLENGE, headers=MADE).status_code == 200


def test_a_passkey_alone_signs_in_without_a_user_name(
    app: Flask, work: Work, clinic: ClinicWorld, key: SoftwareAuthenticator
) -> None:
    """S-09: possession and verification are two factors; the session says so."""
    client = browser(app)
    asked = options(client)
    assert asked.get("allowCredentials", []) == [], "nothing is said of anybody"
    assert asked["userVerification"] == "required"
    answer = client.send(f"{SIGN_IN}?next=/work-lists", {"answer": key.used(asked)})
    assert (answer.status_code, answer.location) == (302, "/work-lists")
    assert signed_in(client)
    with work.reading(SYSTEM, scoped=False) as uow:
        stamps = uow.session.connection().execute(
            text("SELECT second_factor_at FROM server_session ORDER BY created_at DESC, id")
        )
        assert any(stamps.scalars())


def test_a_passkey_is_the_second_step_after_a_password(
    app: Flask, work: Work, clinic: ClinicWorld, key: SoftwareAuthenticator
) -> None:
    client = half_signed_in(app, work, clinic.prescriber)
    asked = options(client)
    assert len(asked["allowCredentials"]) == 1
    assert client.send(SIGN_IN, {"answer": key.used(asked)}).location == "/"
    assert signed_in(client)
    theirs = SoftwareAuthenticator()
    add(app, clinic.people[Role.THERAPIST], theirs)
    other = half_signed_in(app, work, clinic.prescriber)
    refused = other.send(SIGN_IN, {"answer": theirs.used(options(other))})
    assert refused.location.startswith("/sign-in/second")
    assert not signed_in(other)
    assert why(work)[-1] == "passkey refused: it is another person's"


def test_a_passkey_counts_as_a_fresh_password_of_its_owner(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any, key: SoftwareAuthenticator
) -> None:
    client = client_for(app, clinic.prescriber)
    clock.move(minutes=6)
    assert client.send(f"{ADD}/challenge", headers=MADE).status_code == 401
    theirs = SoftwareAuthenticator()
    add(app, clinic.people[Role.THERAPIST], theirs)
    wrong = client.send("/account/confirm/passkey?next=/account/security", {"answer": theirs.used(options(client))})
    assert wrong.location.startswith("/account/confirm")
    assert client.send(f"{ADD}/challenge", headers=MADE).status_code == 401
    right = client.send("/account/confirm/passkey?next=/account/security", {"answer": key.used(options(client))})
    assert right.location == "/account/security"
    assert client.send(f"{ADD}/challenge", headers=MADE).status_code == 200


FALSE_ANSWERS: dict[str, Callable[[SoftwareAuthenticator], SoftwareAuthenticator]] = {
    "wrong origin": lambda key: replace(key, origin="https://evil.example"),
    "wrong scheme": lambda key: replace(key, origin="http://localhost"),
    "wrong port": lambda key: replace(key, origin="https://localhost:8443"),
    "wrong host": lambda key: replace(key, host="evil.example"),
    "person not verified": lambda key: replace(key, flags=PRESENT),
    "nobody present": lambda key: replace(key, flags=0),
    "another key": lambda key: replace(key, key=SoftwareAuthenticator().key),
    "unknown credential": lambda key: replace(key, id=b"unknown" * 4),
}


@pytest.mark.parametrize("what", FALSE_ANSWERS)
def test_a_false_answer_signs_nobody_in(
    app: Flask, work: Work, clinic: ClinicWorld, key: SoftwareAuthenticator, what: str
) -> None:
    """S-09: origin, host, verification and signature are all looked at; each refusal is in the audit trail."""
    client = browser(app)
    answer = client.send(SIGN_IN, {"answer": FALSE_ANSWERS[what](key).used(options(client))})
    assert answer.location.startswith("/sign-in")
    assert not signed_in(client)
    assert len(why(work)) == 1
    right = browser(app)
    assert right.send(SIGN_IN, {"answer": key.used(options(right))}).location == "/", "the key itself goes on working"


@pytest.mark.parametrize("what", [name for name in FALSE_ANSWERS if name not in {"another key", "unknown credential"}])
def test_a_false_answer_adds_no_passkey(app: Flask, work: Work, clinic: ClinicWorld, what: str) -> None:
    client = client_for(app, clinic.prescriber)
    made = FALSE_ANSWERS[what](SoftwareAuthenticator()).made(options(client, f"{ADD}/challenge"))
    assert client.send(ADD, {"name": "x", "answer": made}).status_code == 422
    with work.reading(SYSTEM, scoped=False) as uow:
        assert uow.session.connection().execute(text("SELECT count(*) FROM passkey")).scalar_one() == 0


def test_a_challenge_is_used_once_by_the_browser_that_asked_within_five_minutes(
    app: Flask, clinic: ClinicWorld, clock: Any, key: SoftwareAuthenticator
) -> None:
    client = browser(app)
    said = key.used(options(client))
    assert client.send(SIGN_IN, {"answer": said}).location == "/"
    thief = browser(app)
    assert thief.send(SIGN_IN, {"answer": said}).location.startswith("/sign-in"), "no challenge of its own"
    options(thief)
    assert thief.send(SIGN_IN, {"answer": said}).location.startswith("/sign-in"), "another challenge"
    late = browser(app)
    said = key.used(options(late))
    clock.move(minutes=5)
    assert late.send(SIGN_IN, {"answer": said}).location.startswith("/sign-in")
    assert not signed_in(thief)
    assert not signed_in(late)


def test_a_counter_that_goes_back_is_refused_and_audited(
    app: Flask, work: Work, clinic: ClinicWorld, key: SoftwareAuthenticator
) -> None:
    """S-09: a copy of a passkey lags behind; the refusal names the suspicion."""
    key.count = 7
    first = browser(app)
    assert first.send(SIGN_IN, {"answer": key.used(options(first))}).location == "/"
    for lagging in (6, 7):  # It answers with 7, which is below, and with 8, which was used.
        key.count = lagging
        client = browser(app)
        assert client.send(SIGN_IN, {"answer": key.used(options(client))}).location.startswith("/sign-in")
    assert why(work) == [CLONED, CLONED]
    key.count = 8
    client = browser(app)
    assert client.send(SIGN_IN, {"answer": key.used(options(client))}).location == "/"


def test_a_removed_passkey_and_a_disabled_person_stay_outside(
    app: Flask, work: Work, clinic: ClinicWorld, key: SoftwareAuthenticator
) -> None:
    """P-11: a lost credential is revoked at once."""
    owner = client_for(app, clinic.prescriber)
    with work.reading(SYSTEM, scoped=False) as uow:
        passkey_id = uow.session.connection().execute(text("SELECT id FROM passkey")).scalar_one()
    stranger = client_for(app, clinic.people[Role.THERAPIST])
    assert stranger.send(f"{ADD}/{passkey_id}/remove").status_code == 404
    assert owner.send(f"{ADD}/{passkey_id}/remove").status_code == 303
    client = browser(app)
    assert client.send(SIGN_IN, {"answer": key.used(options(client))}).location.startswith("/sign-in")
    theirs = SoftwareAuthenticator()
    add(app, clinic.people[Role.THERAPIST], theirs)
    with work.housekeeping() as database:
        who = clinic.people[Role.THERAPIST].user_id
        database.execute(text("UPDATE membership SET active = false WHERE user_id = :who"), {"who": who})
    assert client.send(SIGN_IN, {"answer": theirs.used(options(client))}).location.startswith("/sign-in")


def test_hostile_answers_are_refused_calmly(app: Flask, clinic: ClinicWorld, key: SoftwareAuthenticator) -> None:
    client = browser(app)
    deep = "[" * 5_000
    real = json.loads(key.used(options(client)))
    bent = [
        json.dumps({**real, "response": None}),
        json.dumps({**real, "id": 7}),
        json.dumps({**real, "response": {**real["response"], "userHandle": 5}}),
        json.dumps({**real, "response": {**real["response"], "userHandle": "//79"}}),
        json.dumps({**real, "response": {**real["response"], "authenticatorData": "AAAA"}}),
        json.dumps({**real, "response": {**real["response"], "clientDataJSON": "AAAA"}}),
        json.dumps({**real, "response": {**real["response"], "signature": ""}}),
    ]
    for answer in ("", "{}", "[]", "null", "1e999", deep, '"x"', "é", "x" * (ANSWER_MAXIMUM + 1), *bent):
        options(client)
        refused = client.send(SIGN_IN, {"answer": answer})
        assert refused.status_code == 303, answer[:80]
        assert refused.location.startswith("/sign-in")
    assert not signed_in(client)


def test_no_passkey_for_a_host_that_is_only_an_address(app: Flask, clinic: ClinicWorld) -> None:
    """S-09: bound to an exact trusted name, over https or on this computer; else it is not offered."""
    client = browser(app)
    client.send("/sign-in", {}, base_url="https://127.0.0.1")
    with app.test_request_context("/", base_url="https://127.0.0.1"):
        from clinic.web.passkeys import relying_party

        assert relying_party() is None
    app.config["TRUSTED_HOSTS"] = ["clinic.example", ".wild.example"]
    for url, fits in (
        ("https://clinic.example", True),
        ("https://clinic.example:8443", True),
        ("http://clinic.example", False),
        ("https://ward.wild.example", False),
    ):
        with app.test_request_context("/", base_url=url):
            found = relying_party()
            assert (found is not None) is fits, url
            assert found is None or (found.host, found.origin) == ("clinic.example", url)


def test_removing_the_last_passkey_is_refused_where_a_factor_is_demanded(
    app: Flask, work: Work, clinic: ClinicWorld, key: SoftwareAuthenticator
) -> None:
    client = client_for(app, clinic.prescriber)
    with work.housekeeping() as database:
        database.execute(text("UPDATE clinic SET second_factor = 'everybody'"))
        database.execute(text("UPDATE server_session SET second_factor_at = seen_at"))
        passkey_id = database.execute(text("SELECT id FROM passkey")).scalar_one()
    assert client.send(f"{ADD}/{passkey_id}/remove").status_code == 422
    give_authenticator(work, clinic.prescriber)
    assert client.send(f"{ADD}/{passkey_id}/remove").status_code == 303
