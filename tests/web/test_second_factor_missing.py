"""What a browser without its second factor can reach, walked over every route of the program: nothing of any patient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from flask import Flask, url_for
from werkzeug.routing import Rule

from clinic.domain.actors import Permission
from clinic.domain.sign_in import SecondFactorRule
from clinic.unit_of_work import Work
from clinic.web.security import SETTING_UP, declared_permission, permission
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.second_factor_steps import give_authenticator, half_signed_in, set_rule

MISSING = "0" * 26


def opens(app: Flask, client: Client, name: str, **kwargs: Any) -> list[str]:
    """The routes that show a patient's name or answer as to somebody signed in; public ones may answer, without a name."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = reached(app, client, rule, method, **kwargs)
            shut = answer.status_code in {302, 303, 400, 401, 403}
            allowed = declared_permission(app, rule.endpoint) is Permission.PUBLIC or rule.endpoint in SETTING_UP
            if name in answer.text or not (shut or allowed):
                found.append(f"{method} {rule.rule}")
    return found


def reached(app: Flask, client: Client, rule: Rule, method: str, **kwargs: Any) -> Any:
    """The answer of a route, for the ids that are known."""
    with app.test_request_context(base_url="https://localhost"):
        address = url_for(rule.endpoint, **{one: app.extensions["ids"].get(one, MISSING) for one in rule.arguments})
    return client.get(address, **kwargs) if method == "GET" else client.send(address, **kwargs)


@pytest.fixture
def named(app: Flask, work: Work, clinic: ClinicWorld) -> str:
    """A patient's name to look for, with the record's id for every route that asks for one."""
    app.extensions["ids"] = {"patient_id": make_patient(work, clinic.prescriber, family_name="Zwingli-Aldous")}
    return "Zwingli"


def leaving_out(app: Flask, endpoints: Iterable[str]) -> None:
    """Make views answer nothing, because walking through them would end the walk's own session or step."""
    for endpoint in endpoints:
        view = app.view_functions[endpoint]
        app.view_functions[endpoint] = permission(declared_permission(app, endpoint) or Permission.PUBLIC)(
            lambda **_: ""
        )
        assert declared_permission(app, endpoint) is getattr(view, "clinic_permission", None)


def test_half_signed_in_nothing_but_the_public_pages_answers(
    app: Flask, work: Work, clinic: ClinicWorld, named: str
) -> None:
    """S-09: with the right password and no second factor, every route of the program is shut, GET and POST."""
    give_authenticator(work, clinic.prescriber)
    client = half_signed_in(app, work, clinic.prescriber)
    leaving_out(app, ["second_factors.second_step", "accounts.sign_in", "passkeys.sign_in"])
    assert opens(app, client, named) == []


def test_a_session_without_the_demanded_factor_reaches_its_set_up_only(
    app: Flask, work: Work, clinic: ClinicWorld, named: str
) -> None:
    """S-09: everybody must, the person has none: no route gives a patient's name or answers, GET and POST."""
    set_rule(work, clinic, SecondFactorRule.EVERYBODY)
    client = client_for(app, clinic.prescriber)
    assert client.get("/").location == "/account/security"
    page = client.get("/account/security").text
    assert "Set one up to go on" in page
    assert "Work lists" not in page
    leaving_out(app, ["accounts.sign_out", "sessions.leave", "sessions.lock"])
    assert opens(app, client, named) == []
    assert client.get("/account/security").status_code == 200, "the walk did not end the session"


def test_the_walk_names_a_route_that_was_forgotten(app: Flask, work: Work, clinic: ClinicWorld, named: str) -> None:
    """The tooth: a page that shows a patient to a half signed-in browser is named."""
    view = permission(Permission.PUBLIC)(lambda: "Zwingli-Aldous")
    app.view_functions["forgotten"] = view
    app.url_map.add(Rule("/forgotten", endpoint="forgotten", methods=["GET"]))
    give_authenticator(work, clinic.prescriber)
    client = half_signed_in(app, work, clinic.prescriber)
    leaving_out(app, ["second_factors.second_step", "accounts.sign_in", "passkeys.sign_in"])
    assert opens(app, client, named) == ["GET /forgotten"]
