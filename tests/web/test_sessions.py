"""Sessions: locked, gone on with, listed, ended, and what a copied cookie is worth afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from flask import Flask, request
from sqlalchemy import text

from clinic.domain.actors import Permission, Role
from clinic.services import sessions as service
from clinic.unit_of_work import Work
from clinic.web.security import SignedIn, declared_permission, permission
from clinic.web.sessions import load_signed_in
from tests.charting import Charting
from tests.factories import PASSWORD, Client, ClinicWorld, client_for, make_patient

COOKIE = "__Host-clinic"
MISSING = "0" * 26
JSON = {"Accept": "application/json"}


def cookie(client: Client) -> str:
    found = client.get_cookie(COOKIE, domain="localhost")
    assert found is not None
    return found.value


def copied(app: Flask, value: str) -> Client:
    """Another browser with a copy of a session's cookie."""
    client = app.test_client()
    assert isinstance(client, Client)
    client.set_cookie(COOKIE, value, domain="localhost", secure=True)
    return client


def columns(work: Work, what: str, where: str = "1 = 1") -> list[Any]:
    with work.engine.connect() as connection:
        return list(
            connection.execute(text(f"SELECT {what} FROM server_session WHERE {where} ORDER BY created_at, id"))
        )


def actions(work: Work) -> list[str]:
    with work.engine.connect() as connection:
        return list(connection.execute(text("SELECT action FROM audit_event")).scalars())


@pytest.fixture
def browser(app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber's browser."""
    return client_for(app, clinic.prescriber)


# The idle lock.


def test_an_idle_session_is_locked_and_the_same_password_goes_on_with_it(
    browser: Client, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-18, R-04, O-05: locked just above the idle time, by the server; the password of its owner goes on with it."""
    make_patient(work, clinic.prescriber)
    clock.move(minutes=15)
    assert browser.get("/patients", headers={"X-Automatic": "1"}).status_code == 200
    clock.move(seconds=1)
    locked = browser.get("/patients")
    assert locked.status_code == 401
    assert "Ada Prescriber is signed in here" in locked.text
    assert "Keane" not in locked.text
    assert browser.get("/patients", headers=JSON).get_json()["locked"] is True
    answer = browser.send(
        "/account/unlock", {"password": PASSWORD, "user": clinic.prescriber.user_id, "next": "/stock"}
    )
    assert (answer.status_code, answer.location) == (303, "/stock")
    assert "Keane" in browser.get("/patients").text
    assert actions(work).count("session.resumed") == 1


def test_what_a_page_asks_by_itself_does_not_put_off_the_lock(browser: Client, clock: Any) -> None:
    """S-18: polling and saves that a timer sent; a person's own request does put it off."""
    for _ in range(4):
        clock.move(minutes=4)
        answer = browser.get("/patients", headers={"X-Automatic": "1"})
    assert answer.status_code == 401
    browser.send("/account/unlock", {"password": PASSWORD})
    for _ in range(4):
        clock.move(minutes=4)
        answer = browser.get("/patients")
    assert answer.status_code == 200


def test_a_hand_on_the_page_puts_off_the_lock_without_a_page_being_asked_for(browser: Client, clock: Any) -> None:
    for _ in range(4):
        clock.move(minutes=4)
        assert browser.send("/account/active", headers=JSON).get_json() == {"active": True}
    assert browser.get("/patients").status_code == 200


def test_a_page_locks_its_session_before_the_idle_time_is_over(browser: Client, work: Work) -> None:
    assert browser.send("/account/lock", headers=JSON).get_json() == {"locked": True}
    assert browser.get("/patients").status_code == 401
    assert browser.send("/account/active", headers=JSON).status_code == 401
    assert browser.send("/account/unlock", {"password": PASSWORD}, headers=JSON).get_json() == {"unlocked": True}
    assert browser.get("/patients").status_code == 200


def test_a_locked_session_opens_nothing(app: Flask, browser: Client) -> None:
    """S-18: every route that is not for everybody, with every method."""
    browser.send("/account/lock")
    assert answered(app, browser) == []


def test_a_route_that_forgets_the_lock_is_named(app: Flask, browser: Client, clinic: ClinicWorld) -> None:
    app.view_functions["stray"] = permission(Permission.PATIENT_READ)(lambda: "Keane")
    app.url_map.add(app.url_rule_class("/stray", endpoint="stray", methods=["GET"]))
    app.before_request_funcs[None].insert(0, lambda: "Keane" if request.path == "/stray" else None)
    browser.send("/account/lock")
    assert answered(app, browser) == ["GET /stray"]


def answered(app: Flask, client: Client) -> list[str]:
    """The routes that answer somebody who has not proved who they are with anything but a question for it."""
    found = []
    for rule in app.url_map.iter_rules():
        if declared_permission(app, rule.endpoint) is Permission.PUBLIC:
            continue
        url = _url(app, rule)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = client.get(url) if method == "GET" else client.send(url)
            to_sign_in = answer.status_code == 302 and (answer.location or "").startswith("/sign-in")
            if answer.status_code != 401 and not to_sign_in:
                found.append(f"{method} {rule.rule}")
    return found


def _url(app: Flask, rule: Any) -> str:
    from flask import url_for

    with app.test_request_context(base_url="https://localhost"):
        return url_for(rule.endpoint, **dict.fromkeys(rule.arguments, MISSING))


def test_wrong_passwords_end_a_locked_session(browser: Client, work: Work) -> None:
    """S-18: four wrong ones are said, the fifth ends the session; the right one is then worth nothing."""
    browser.send("/account/lock")
    for _ in range(service.ATTEMPTS - 1):
        assert "This is not the password" in browser.send("/account/unlock", {"password": "not it"}).text
    assert browser.send("/account/unlock", {"password": "not it"}).location == "/sign-in"
    assert browser.send("/account/unlock", {"password": PASSWORD}).location == "/sign-in"
    assert browser.get("/patients").status_code == 302
    assert "session.ended" in actions(work)


def test_one_wrong_password_less_is_forgotten_after_the_right_one(browser: Client, work: Work) -> None:
    browser.send("/account/lock")
    for _ in range(service.ATTEMPTS - 1):
        browser.send("/account/unlock", {"password": "not it"})
    assert browser.send("/account/unlock", {"password": PASSWORD}).status_code == 303
    assert columns(work, "unlock_failures") == [(0,)]


def test_somebody_elses_password_or_page_does_not_unlock(browser: Client, clinic: ClinicWorld) -> None:
    """S-19: a page of one person is not gone on with in a session of another."""
    browser.send("/account/lock")
    other = clinic.people[Role.ASSISTANT].user_id
    answer = browser.send("/account/unlock", {"password": PASSWORD, "user": other}, headers=JSON)
    assert (answer.status_code, answer.get_json()["other"]) == (409, True)
    assert browser.get("/patients").status_code == 401


def test_signing_in_as_somebody_else_ends_the_locked_session(browser: Client, app: Flask) -> None:
    copy = copied(app, cookie(browser))
    browser.send("/account/lock")
    answer = browser.send("/account/leave")
    assert answer.location == "/sign-in"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert copy.get("/patients").status_code == 302


def test_a_session_ends_at_its_longest_time_however_it_is_used(browser: Client, clock: Any) -> None:
    """S-18: 12 hours."""
    for _ in range(72):
        clock.move(minutes=10)
        assert browser.get("/account/sessions").status_code == 200
    clock.move(seconds=1)
    assert browser.get("/account/sessions").status_code == 302


# New tokens, copies, ends.


def test_giving_the_password_again_changes_the_cookie_and_the_copy_dies(
    app: Flask, browser: Client, clock: Any
) -> None:
    """S-16: re-authentication gives a new token; the old one answers 20 seconds more, for what was under way."""
    old = cookie(browser)
    clock.move(minutes=6)
    assert browser.send("/account/confirm", {"password": PASSWORD}).status_code == 302
    assert cookie(browser) != old
    clock.move(seconds=19)
    assert copied(app, old).get("/patients").status_code == 200
    clock.move(seconds=1)
    assert copied(app, old).get("/patients").status_code == 302
    assert browser.get("/patients").status_code == 200


def test_the_token_before_the_newest_signs_nothing(app: Flask, browser: Client, clock: Any) -> None:
    """P-10: a stolen cookie has no fresh password, even in the moment after its owner gave it."""
    old = cookie(browser)
    browser.send("/account/confirm", {"password": PASSWORD})
    thief = copied(app, old)
    assert thief.get("/patients").status_code == 200
    with thief.session_transaction(base_url="https://localhost") as held:
        token = held["_user_id"]
    with app.test_request_context():
        found = load_signed_in(token)
    assert isinstance(found, SignedIn)
    assert found.actor.password_at is None


def test_an_autosave_under_way_while_the_token_changes_is_saved(
    app: Flask, browser: Client, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-16 loses nothing: what was sent with the token before arrives."""
    charting = Charting.begun(work, clinic, clock)
    old = cookie(browser)
    browser.send("/account/confirm", {"password": PASSWORD})
    late = copied(app, old)
    sent = {"complaints": "Mouth pulls", "edit_version": str(charting.record().visit.edit_version)}
    answer = late.send(f"/visits/{charting.visit_id}/notes", sent, headers=JSON)
    assert answer.status_code == 200, answer.text


def test_a_cookie_fixed_before_the_sign_in_is_worth_nothing(app: Flask, clinic: ClinicWorld) -> None:
    """S-16: the attacker's own anonymous cookie does not become the victim's session."""
    victim = app.test_client()
    assert isinstance(victim, Client)
    victim.get("/sign-in")
    fixed = cookie(victim)
    assert victim.send("/sign-in", {"username": "prescriber", "password": PASSWORD}).status_code == 302
    assert cookie(victim) != fixed
    assert copied(app, fixed).get("/patients").status_code == 302


def test_a_copied_cookie_is_dead_after_signing_out(app: Flask, browser: Client) -> None:
    """S-15, V-22: every route."""
    copy = copied(app, cookie(browser))
    answer = browser.send("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert answered(app, copy) == []


def test_a_disabled_or_changed_person_is_refused_at_the_next_request(
    app: Flask, browser: Client, clinic: ClinicWorld
) -> None:
    """S-20: role and membership, from the next request."""
    administrator = client_for(app, clinic.people[Role.ADMINISTRATOR])
    url = f"/people/{clinic.prescriber.user_id}"
    assert browser.get("/patients").status_code == 200
    administrator.send(url, {"role": "auditor", "prescriber": "", "active": "y"})
    assert browser.get("/patients").status_code == 403
    administrator.send(url, {"role": "auditor", "prescriber": ""})
    assert browser.get("/patients").status_code == 302


# Lists and limits.


def test_the_sixth_session_ends_the_oldest(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    """S-25: at the limit all are open; one more ends the one opened first, with an entry."""
    clients = []
    for _ in range(service.MAXIMUM):
        clock.move(minutes=1)
        clients.append(client_for(app, clinic.prescriber))
    assert [client.get("/account/sessions").status_code for client in clients] == [200] * service.MAXIMUM
    clock.move(minutes=1)
    clients.append(client_for(app, clinic.prescriber))
    assert [client.get("/account/sessions").status_code for client in clients] == [302] + [200] * service.MAXIMUM
    assert actions(work).count("session.ended") == 1


def test_own_sessions_are_listed_and_ended(app: Flask, clinic: ClinicWorld, work: Work, clock: Any) -> None:
    """S-21: one, then all others; never somebody else's."""
    first = client_for(app, clinic.prescriber)
    clock.move(minutes=1)
    second = client_for(app, clinic.prescriber)
    clock.move(minutes=1)
    third = client_for(app, clinic.prescriber)
    clock.move(minutes=1)
    stranger = client_for(app, clinic.people[Role.ASSISTANT])
    page = third.get("/account/sessions")
    assert page.text.count('/end"') == 3
    assert "this one" in page.text
    refs = [row[0] for row in columns(work, "id")]
    assert third.send(f"/account/sessions/{refs[0]}/end").status_code == 303
    assert first.get("/patients").status_code == 302
    assert third.send(f"/account/sessions/{refs[3]}/end").status_code == 404
    assert third.send("/account/sessions/end-others").status_code == 303
    assert [one.get("/patients").status_code for one in (second, third, stranger)] == [302, 200, 200]


def test_an_administrator_ends_the_sessions_of_one_and_of_all(
    app: Flask, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    """S-21: a person's, then everybody's but one's own; never those of another clinic."""
    administrator = client_for(app, clinic.people[Role.ADMINISTRATOR])
    theirs = client_for(app, clinic.people[Role.ASSISTANT])
    others = client_for(app, clinic.people[Role.AUDITOR])
    foreign = client_for(app, other_clinic.prescriber)
    url = f"/people/{clinic.people[Role.ASSISTANT].user_id}/sessions"
    assert "End all of these" in administrator.get(url).text
    assert administrator.send(f"{url}/end").status_code == 303
    assert theirs.get("/patients").status_code == 302
    assert administrator.send("/people/sessions/end").status_code == 303
    assert others.get("/audit").status_code == 302
    assert administrator.get("/people").status_code == 200
    assert foreign.get("/patients").status_code == 200
    assert administrator.get(f"/people/{other_clinic.prescriber.user_id}/sessions").status_code == 404


def test_the_session_cookie_is_bound_to_this_host(app: Flask, clinic: ClinicWorld) -> None:
    """S-24."""
    client = app.test_client()
    assert isinstance(client, Client)
    answer = client.send("/sign-in", {"username": "prescriber", "password": PASSWORD})
    [one] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith(f"{COOKIE}=")]
    parts = set(one.split("; ")[1:])
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
    assert not any(part.startswith("Domain") for part in parts)


def test_signing_in_and_out_need_the_token_of_this_browser(app: Flask, browser: Client, work: Work) -> None:
    """S-67: nobody is signed in or out by another site's form."""
    stranger = app.test_client()
    assert stranger.post("/sign-in", data={"username": "prescriber", "password": PASSWORD}).status_code == 400
    assert browser.post("/sign-out").status_code == 400
    assert browser.post("/account/leave").status_code == 400
    assert browser.get("/patients").status_code == 200


def test_every_page_leads_to_signing_out(browser: Client) -> None:
    """S-23."""
    assert without_sign_out(browser, ("/", "/patients", "/stock", "/account/sessions", "/no-such-page")) == []


def without_sign_out(client: Client, urls: Iterable[str]) -> list[str]:
    return [url for url in urls if 'action="/sign-out"' not in client.get(url).text]
