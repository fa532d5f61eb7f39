"""Invitations and forgotten passwords, as a browser asks for them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from clinic.domain.actors import Role
from clinic.models import IdempotencyKey, User
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from tests.conftest import Clock
from tests.factories import PASSWORD, Client, ClinicWorld, client_for
from tests.hashing import cheap_hashing
from tests.second_factor_steps import give_authenticator

NEW = {"title": "Dr", "name": "Grace Hopper", "username": "Grace", "role": "therapist", "prescriber": ""}
CHOSEN = "seven otters under glass"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here is about the cost of a hash."""
    cheap_hashing(monkeypatch)


def administrator(app: Flask, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.people[Role.ADMINISTRATOR])


def stranger(app: Flask) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    return client


def shown_code(page: Any) -> str:
    found = re.search(r"<code[^>]*>([a-z0-9-]+)</code>", page.text)
    assert found, page.text
    return found[1]


def choose(client: Client, username: str, code: str, password: str = CHOSEN, **more: Any) -> Any:
    typed = {"username": username, "code": code, "new_password": password, "repeated": password} | more
    return client.send("/code", typed, key="the same")


def code_for(app: Flask, clinic: ClinicWorld, role: Role) -> str:
    url = f"/people/{clinic.people[role].user_id}/code"
    return shown_code(administrator(app, clinic).send(url, {"kind": "new password"}))


def test_an_invitation_is_shown_once_and_leads_to_a_first_password(app: Flask, clinic: ClinicWorld) -> None:
    """S-11: shown in the answer that made it, on no other page; used once; then its person signs in."""
    client = administrator(app, clinic)
    added = client.send("/people", NEW, key="same")
    code = shown_code(added)
    assert added.headers["Cache-Control"] == "no-store"
    assert code not in client.get("/people").text
    assert "no password yet" in client.get("/people").text
    again = client.send("/people", NEW, key="same")
    assert again.status_code == 302
    assert "added already" in client.get("/people").text
    newcomer = stranger(app)
    assert newcomer.send("/sign-in", {"username": "grace", "password": "!"}).status_code == 422
    assert choose(newcomer, "Grace", code.upper()).location == "/sign-in"
    assert newcomer.get("/people").location.startswith("/sign-in")
    assert choose(newcomer, "grace", code).status_code == 422
    assert newcomer.send("/sign-in", {"username": "grace", "password": CHOSEN}).status_code == 302


def test_a_code_is_in_no_address_no_stored_answer_and_no_trail(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    """S-11, O-12: after it was made and used, no row of the database holds it."""
    code = code_for(app, clinic, Role.AUDITOR)
    answer = choose(stranger(app), "auditor", code)
    assert code not in str(answer.headers)
    assert leaks(work, code) == []


def test_a_stored_code_would_be_found(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    code = code_for(app, clinic, Role.AUDITOR)
    with work.housekeeping() as database:
        row = IdempotencyKey(user_id="x", key="x", body_hash="x", answer=f'"{code}"', created_at=work.clock())
        database.add(row)
    assert leaks(work, code) == ["idempotency_key"]


def leaks(work: Work, code: str) -> list[str]:
    """The tables in which a code stands as it is read or as it is typed."""
    found = []
    with work.reading(SYSTEM, scoped=False) as uow:
        for table in sorted(User.metadata.tables):
            rows = str(uow.session.connection().execute(text(f'SELECT * FROM "{table}"')).all())
            if code in rows or code.replace("-", "") in rows:
                found.append(table)
    return found


def test_using_a_code_ends_the_sessions_and_the_old_password(app: Flask, clinic: ClinicWorld) -> None:
    theirs = client_for(app, clinic.people[Role.AUDITOR])
    code = code_for(app, clinic, Role.AUDITOR)
    assert theirs.get("/account/password").status_code == 200
    newcomer = stranger(app)
    assert choose(newcomer, "auditor", code).status_code == 302
    assert theirs.get("/account/password").location.startswith("/sign-in")
    assert newcomer.send("/sign-in", {"username": "auditor", "password": PASSWORD}).status_code == 422
    assert newcomer.send("/sign-in", {"username": "auditor", "password": CHOSEN}).status_code == 302


def test_a_second_factor_is_asked_for_after_a_code(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    """S-11: a new password by a code skips no second factor."""
    give_authenticator(work, clinic.people[Role.AUDITOR])
    code, client = code_for(app, clinic, Role.AUDITOR), stranger(app)
    assert choose(client, "auditor", code).status_code == 302
    answer = client.send("/sign-in", {"username": "auditor", "password": CHOSEN})
    assert answer.location.startswith("/sign-in/second")
    assert client.get("/account/password").location.startswith("/sign-in")


def test_every_code_that_does_not_hold_is_answered_alike(
    app: Flask, clinic: ClinicWorld, work: Work, clock: Clock
) -> None:
    """S-11, S-12: unknown, another person's, wrong, used and too old: the same status and bytes."""
    used, old = code_for(app, clinic, Role.AUDITOR), code_for(app, clinic, Role.THERAPIST)
    assert choose(stranger(app), "auditor", used).status_code == 302
    clock.move(minutes=10)
    tries = [("nobody", used), ("auditor", used), ("auditor", "wrong"), ("therapist", old), ("therapist", used)]
    pages = [choose(stranger(app), name, code) for name, code in tries]
    assert {page.status_code for page in pages} == {422}
    assert len({bare(page.text, typed) for page, typed in zip(pages, tries, strict=True)}) == 1


def bare(page: str, typed: tuple[str, str]) -> str:
    """A page without what was typed and what is random."""
    for word in typed:
        page = page.replace(f'value="{word}"', 'value=""')
    return re.sub(r'name="(csrf_token|idempotency_key)"[^>]*', "", page)


def test_a_code_page_is_not_tried_without_end(app: Flask, clinic: ClinicWorld) -> None:
    """S-08: ten tries a name, then even the right code waits; sign-in is not touched by it."""
    code = code_for(app, clinic, Role.AUDITOR)
    client = stranger(app)
    for _ in range(10):
        assert choose(client, "auditor", "wrong").status_code == 422
    assert choose(client, "auditor", code).status_code == 422
    assert client.send("/sign-in", {"username": "auditor", "password": PASSWORD}).status_code == 302


def test_nobody_elsewhere_uses_up_the_tries_of_who_holds_a_code(app: Flask, clinic: ClinicWorld) -> None:
    """S-08: a code of 10 minutes is not blocked for 15 by somebody who knows a user name."""
    code, elsewhere = code_for(app, clinic, Role.AUDITOR), stranger(app)
    typed = {"username": "auditor", "code": "wrong", "new_password": CHOSEN, "repeated": CHOSEN}
    for _ in range(11):
        wrong = elsewhere.send("/code", typed, environ_overrides={"REMOTE_ADDR": "203.0.113.7"})
        assert wrong.status_code == 422
    assert choose(stranger(app), "auditor", code).status_code == 302


def test_a_refused_password_uses_up_no_code(app: Flask, clinic: ClinicWorld) -> None:
    code = code_for(app, clinic, Role.AUDITOR)
    client = stranger(app)
    assert "differ" in choose(client, "auditor", code, repeated="something else").text
    assert "easy to guess" in choose(client, "auditor", code, "password1234").text
    assert "testclinic" in choose(client, "auditor", code, "at the Test clinic x9").text
    assert choose(client, "auditor", code).status_code == 302


def test_nobody_makes_a_code_for_oneself(app: Flask, clinic: ClinicWorld) -> None:
    own = clinic.people[Role.ADMINISTRATOR].user_id
    client = administrator(app, clinic)
    answer = client.send(f"/people/{own}/code", {"kind": "new password"})
    assert answer.status_code == 422
    assert "Nobody gives oneself a code" in answer.text
    assert "<button" not in client.get(f"/people/{own}").text.split('id="codes-title"')[1].split("</section>")[0]


def test_a_code_and_a_role_need_a_fresh_password(app: Flask, work: Work, clinic: ClinicWorld, clock: Clock) -> None:
    """S-22: eleven minutes after the password, neither a code nor a person nor a role is given."""
    client = administrator(app, clinic)
    clock.move(minutes=11)
    url = f"/people/{clinic.people[Role.AUDITOR].user_id}"
    role = {"role": "prescriber", "prescriber": "", "active": "y"}
    asked = [client.send(f"{url}/code", {"kind": "new password"}), client.send("/people", NEW), client.send(url, role)]
    assert [page.status_code for page in asked] == [401] * 3
    with work.reading(SYSTEM, scoped=False) as uow:
        assert uow.session.scalar(select(User.id).where(User.username == "grace")) is None


def test_the_code_page_is_calm_and_complete(app: Flask) -> None:
    page = stranger(app).get("/code").text
    for word in ("username", "one-time-code", "new-password"):
        assert f'autocomplete="{word}"' in page
    assert 'type="password"' in page


def test_the_host_of_a_request_is_in_nothing_that_is_handed_over(app: Flask, clinic: ClinicWorld) -> None:
    """S-11: a false host is refused before any page, and no page names the host."""
    client = administrator(app, clinic)
    url = f"/people/{clinic.people[Role.AUDITOR].user_id}/code"
    assert "localhost" not in client.send(url, {"kind": "new password"}).text
    assert stranger(app).get("/code", headers={"Host": "evil.example"}).status_code == 400


def test_the_command_line_invites_and_gives_codes(app: Flask, clinic: ClinicWorld) -> None:
    """S-01, S-13: no password is made by anybody but its owner."""
    runner = app.test_cli_runner()
    made = runner.invoke(args=["clinic", "create-user", "--username", "grace", "--name", "G", "--role", "auditor"])
    first = re.search(r"code: (\S+)", made.output)
    assert first, made.output
    assert "72 hours" in made.output
    again = runner.invoke(args=["clinic", "new-password", "grace"])
    second = re.search(r"code: (\S+)", again.output)
    assert second, again.output
    assert "10 minutes" in again.output
    assert runner.invoke(args=["clinic", "new-password", "nobody"]).exit_code == 1
