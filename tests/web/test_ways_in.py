"""Who can get in at all: a new installation, and docs/access.md against the routes and commands that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.domain.actors import Permission, Role
from clinic.models import OneTimeCode, User
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from clinic.web.security import declared_permission
from tests.factories import PASSWORD, Client, ClinicWorld, make_person
from tests.hashing import cheap_hashing

DOCUMENT = (Path(__file__).parents[2] / "docs" / "access.md").read_text(encoding="utf-8")
GUESSED = [(name, given) for name in ("admin", "administrator", "demo", "test", "root") for given in ("admin", "password", "demo", "test")]  # fmt: skip
INIT = ("clinic", "init", "--name", "Riverside", "--time-zone", "Europe/Berlin", "--administrator", "ada")
GIVES_A_CODE = frozenset({"init", "create-user", "new-password", "reset-second-factor"})


def browser(app: Flask) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    return client


def test_a_new_installation_has_nobody_in_it(app: Flask, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-01: no default account; the first administrator is invited by a code that works once."""
    cheap_hashing(monkeypatch)
    answers = {browser(app).send("/sign-in", {"username": a, "password": b}).status_code for a, b in GUESSED}
    assert answers <= {422, 429}
    with work.reading(SYSTEM, scoped=False) as uow:
        assert uow.session.scalars(select(User)).all() == []
        assert uow.session.scalars(select(OneTimeCode)).all() == []
    made = app.test_cli_runner().invoke(args=list(INIT))
    found = re.search(r"code: (\S+)", made.output)
    assert found, made.output
    chosen = "seven otters under glass"
    typed = {"username": "ada", "code": found[1], "new_password": chosen, "repeated": chosen}
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.44"}}
    assert browser(app).send("/code", typed, **elsewhere).status_code == 302
    assert browser(app).send("/code", typed, **elsewhere).status_code == 422


def test_a_password_that_must_be_changed_opens_its_own_page_only(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    """People of an installation from before one-time codes."""
    make_person(work, clinic.id, Role.PRESCRIBER, username="old", must_change_password=True)
    client = browser(app)
    assert client.send("/sign-in", {"username": "old", "password": PASSWORD}).status_code == 302
    assert client.get("/patients").location == "/account/password"
    assert "Choose your own to go on" in client.get("/account/password").text


def undocumented_routes(app: Flask, document: str) -> list[str]:
    """Ways for somebody who is not signed in to send anything, that the document does not name."""
    found = []
    for rule in app.url_map.iter_rules():
        is_public = declared_permission(app, rule.endpoint) is Permission.PUBLIC
        if is_public and "POST" in (rule.methods or set()) and rule.rule not in document:
            found.append(rule.rule)
    return found


def undocumented_commands(app: Flask, document: str) -> list[str]:
    """Commands that the document does not name."""
    return [name for name in app.cli.commands["clinic"].commands if f"`{name}`" not in document]  # type: ignore[attr-defined]


def test_every_way_in_is_listed_with_its_strength(app: Flask) -> None:
    """S-13: the routes that answer nobody in particular, and the commands, are those of docs/access.md."""
    assert undocumented_routes(app, DOCUMENT) == []
    assert undocumented_commands(app, DOCUMENT) == []


def test_a_way_in_that_is_not_listed_would_be_named(app: Flask) -> None:
    assert undocumented_routes(app, DOCUMENT.replace("/code", "")) == ["/code"]
    assert undocumented_commands(app, DOCUMENT.replace("`new-password`", "")) == ["new-password"]


def test_no_command_prints_or_takes_a_password(app: Flask) -> None:
    """S-13: the command line gives codes; only the demo has passwords, and says so."""
    takes = {
        name: [option for parameter in command.params for option in parameter.opts if "password" in option]
        for name, command in app.cli.commands["clinic"].commands.items()  # type: ignore[attr-defined]
    }
    assert {name: options for name, options in takes.items() if options} == {"demo": ["--reset-passwords"]}
    assert set(takes) >= GIVES_A_CODE
