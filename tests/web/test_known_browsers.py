"""Browsers in which somebody signed in before: tries of their own, and a cookie that opens nothing."""

from __future__ import annotations

import pytest
from flask import Flask

from clinic.models import SignInTries, User
from clinic.unit_of_work import Work
from tests.conftest import Clock
from tests.factories import PASSWORD, ClinicWorld
from tests.hashing import CountingHasher, cheap_hashing
from tests.signing_in import ONE_PLACE, VICTIM, browser, sign_in, usual_browser


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> CountingHasher:
    """Real hashes of the least cost, counted."""
    return cheap_hashing(monkeypatch)


def test_a_known_browser_has_ten_tries_of_its_own(app: Flask, clinic: ClinicWorld, hasher: CountingHasher) -> None:
    client = usual_browser(app)
    for _ in range(10):
        assert sign_in(client, VICTIM, "wrong", ONE_PLACE).status_code == 422
    assert sign_in(client, VICTIM, PASSWORD, ONE_PLACE).status_code == 422
    assert sign_in(browser(app), VICTIM, PASSWORD, ONE_PLACE).status_code == 302


def test_the_cookie_of_a_known_browser_is_sealed_and_opens_nothing(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Clock, hasher: CountingHasher
) -> None:
    """S-08: it is of use to its person alone, for a year, until the password changes; it signs nobody in."""
    client = usual_browser(app)
    cookie = client.get_cookie("__Host-clinic-browser", domain="localhost")
    assert cookie is not None
    assert (cookie.secure, cookie.http_only, cookie.same_site, cookie.path) == (True, True, "Lax", "/")
    assert clinic.prescriber.user_id not in cookie.value
    assert client.get("/").location.startswith("/sign-in")
    assert is_known(app, work, clinic, VICTIM, cookie.value)
    assert not is_known(app, work, clinic, "auditor", cookie.value)
    assert not is_known(app, work, clinic, VICTIM, cookie.value[:-1] + ("0" if cookie.value[-1] != "0" else "1"))
    clock.move(days=365)
    assert is_known(app, work, clinic, VICTIM, cookie.value)
    clock.move(days=1)
    assert not is_known(app, work, clinic, VICTIM, cookie.value)
    clock.move(days=-300)
    with work.housekeeping() as database:
        database.get_one(User, clinic.prescriber.user_id).password_hash = hasher.hash("another password")
    assert not is_known(app, work, clinic, VICTIM, cookie.value)


def is_known(app: Flask, work: Work, clinic: ClinicWorld, username: str, value: str) -> bool:
    """Whether a browser with this cookie has tries of its own for this name."""
    client = browser(app)
    client.set_cookie("__Host-clinic-browser", value, domain="localhost", secure=True)
    with work.housekeeping() as database:
        database.query(SignInTries).delete()
    sign_in(client, username, "wrong")
    with work.housekeeping() as database:
        return database.query(SignInTries).count() == 1


def test_nine_people_of_one_computer_and_only_the_last_eight_are_known(
    app: Flask, work: Work, clinic: ClinicWorld, hasher: CountingHasher
) -> None:
    client = browser(app)
    for username in ("prescriber", "auditor", "therapist", "assistant"):
        assert sign_in(client, username, PASSWORD).status_code == 302
    value = client.get_cookie("__Host-clinic-browser", domain="localhost").value
    assert len(value.split(".")) == 4
    assert sign_in(client, "auditor", PASSWORD).status_code == 302
    value = client.get_cookie("__Host-clinic-browser", domain="localhost").value
    assert len(value.split(".")) == 4
    client.set_cookie("__Host-clinic-browser", ".".join([value] * 3), domain="localhost", secure=True)
    assert sign_in(client, "injector", PASSWORD).status_code == 302
    assert len(client.get_cookie("__Host-clinic-browser", domain="localhost").value.split(".")) <= 8
