"""Signing in and the people page, as a browser asks for them."""

from __future__ import annotations

import re

from flask import Flask

from clinic.domain.actors import Role
from clinic.unit_of_work import Work
from tests.factories import PASSWORD, Client, ClinicWorld, client_for, make_person


def administrator(app: Flask, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.people[Role.ADMINISTRATOR])


def test_the_sign_in_page_is_calm_and_complete(app: Flask) -> None:
    page = app.test_client().get("/sign-in")
    assert page.status_code == 200
    assert 'autocomplete="current-password"' in page.text


def test_signing_in_and_a_wrong_password(app: Flask, clinic: ClinicWorld) -> None:
    client = app.test_client()
    assert isinstance(client, Client)
    wrong = client.send("/sign-in", {"username": "prescriber", "password": "wrong"})
    unknown = client.send("/sign-in", {"username": "nobody", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 422
    assert "user name or the password is not right" in wrong.text
    assert "wrong" not in re.sub(r"<title>.*?</title>", "", wrong.text)
    right = client.send("/sign-in", {"username": "PRESCRIBER", "password": PASSWORD})
    assert right.status_code == 302


def test_a_role_changes_and_ones_own_does_not(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    client = administrator(app, clinic)
    other = make_person(work, clinic.id, Role.ASSISTANT)
    assert client.get(f"/people/{other.user_id}").status_code == 200
    changed = {"role": "therapist", "prescriber": "", "active": "y"}
    assert client.send(f"/people/{other.user_id}", changed).status_code == 302
    own = client.send(f"/people/{clinic.people[Role.ADMINISTRATOR].user_id}", changed)
    assert own.status_code == 422
    assert "your own administrator role" in own.text


def test_people_of_another_clinic_do_not_exist(app: Flask, clinic: ClinicWorld, other_clinic: ClinicWorld) -> None:
    client = administrator(app, clinic)
    stranger = other_clinic.prescriber.user_id
    assert client.get(f"/people/{stranger}").status_code == 404
    assert client.send(f"/people/{stranger}/code", {"kind": "new password"}).status_code == 404
    assert client.get(f"/people/{'x' * 300}").status_code == 404


def test_an_error_page_says_what_happened_and_leads_on(app: Flask, clinic: ClinicWorld) -> None:
    page = client_for(app, clinic.prescriber).get("/no-such-page")
    assert page.status_code == 404
    assert "There is no such page or record" in page.text
    assert "To the first page" in page.text


def test_changing_ones_password(app: Flask, clinic: ClinicWorld) -> None:
    client = client_for(app, clinic.prescriber)
    typed = {"password": PASSWORD, "new_password": "a wholly new phrase", "repeated": "a wholly other phrase"}
    assert "differ" in client.send("/account/password", typed).text
    assert client.send("/account/password", typed | {"repeated": "a wholly new phrase"}).status_code == 302


def test_everybody_signed_in_finds_the_page_of_their_password(app: Flask, clinic: ClinicWorld) -> None:
    for role, path in ((Role.THERAPIST, "/"), (Role.ADMINISTRATOR, "/people")):
        assert '<a href="/account/security">' in client_for(app, clinic.people[role]).get(path).text
    assert "/account/password" not in app.test_client().get("/sign-in").text
