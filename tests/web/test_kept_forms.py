"""A form that comes too late for its session or its password: kept in the answer, and sent on with the password."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from clinic import passwords
from clinic.domain.actors import Permission, Role
from clinic.unit_of_work import Work
from clinic.web.security import needs_fresh_password, permission
from tests import stages
from tests.factories import PASSWORD, Client, ClinicWorld, client_for
from tests.web.test_permissions import address, checksum, one_of_every_kind


@pytest.fixture
def browser(app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber's browser."""
    return client_for(app, clinic.prescriber)


def test_a_form_sent_from_an_idle_session_is_kept_and_sent_on_with_the_password(
    browser: Client, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-19: nothing typed is lost, nothing is shown, and it is saved once under its own key."""
    page, sent = late_form(browser, clock)
    assert page.status_code == 401
    assert "Brandywine" not in page.text
    assert people_named(work, "Brandywine") == 0
    kept = hidden(page, "kept_form")
    wrong = browser.send("/patients/new", {"kept_form": kept, "kept_password": "not it"})
    assert wrong.status_code == 422
    assert hidden(wrong, "kept_form") == kept
    done = browser.send("/patients/new", {"kept_form": kept, "kept_password": PASSWORD})
    assert done.status_code in {302, 303}
    assert people_named(work, "Brandywine") == 1
    again = browser.send("/patients/new", sent, key="late")
    assert again.location == done.location
    assert people_named(work, "Brandywine") == 1


def test_a_kept_form_goes_on_for_nobody_else_and_nowhere_else(
    app: Flask, browser: Client, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-19: not in another person's session, not in another session, not to another address."""
    kept = hidden(late_form(browser, clock)[0], "kept_form")
    other = client_for(app, clinic.people[Role.ASSISTANT])
    for client, url in ((other, "/patients/new"), (browser, "/stock/lots/new"), (browser, "/account/password")):
        answer = client.send(url, {"kept_form": kept, "kept_password": PASSWORD})
        assert answer.status_code in {400, 404}, url
    assert people_named(work, "Brandywine") == 0


def test_a_kept_form_keeps_the_session_that_its_address_names(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-19: a form that waited for the password goes on to its whole address, and to no other."""
    browser = client_for(app, clinic.prescriber)
    clock.move(minutes=20)
    page = browser.send("/patients/new?session=none", {"family_name": "Brandywine"})
    assert 'action="/patients/new?session=none"' in page.text
    sent = {"kept_form": hidden(page, "kept_form"), "kept_password": PASSWORD}
    assert browser.send("/patients/new?session=another", sent).status_code == 400
    assert browser.send("/patients/new", sent).status_code == 400
    assert "Brandywine" in browser.send("/patients/new?session=none", sent).text, "refused by the form itself"


def test_a_kept_form_is_still_kept_while_the_record_is_busy(
    app: Flask, browser: Client, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-19: a password that could not be looked at costs neither the form nor a try."""
    kept = hidden(late_form(browser, clock)[0], "kept_form")
    with ExitStack() as taken:
        for _ in range(passwords.SEATS):
            taken.enter_context(passwords._seats)
        busy = browser.send("/patients/new", {"kept_form": kept, "kept_password": PASSWORD})
    assert hidden(busy, "kept_form") == kept
    assert "busy" in busy.text
    assert browser.send("/patients/new", {"kept_form": kept, "kept_password": PASSWORD}).status_code in {302, 303}
    assert people_named(work, "Brandywine") == 1


def test_a_kept_form_of_an_ended_session_says_so(browser: Client, clock: Any) -> None:
    kept = hidden(late_form(browser, clock)[0], "kept_form")
    clock.move(hours=12)
    gone = browser.send("/patients/new", {"kept_form": kept, "kept_password": PASSWORD})
    assert gone.status_code == 401
    assert "ended with it" in gone.text
    assert kept not in gone.text


def late_form(browser: Client, clock: Any) -> tuple[TestResponse, dict[str, Any]]:
    """A patient typed for 20 minutes, and sent."""
    sent = {
        "family_name": "Brandywine",
        "given_names": "Ruth",
        "born-day": "3",
        "born-month": "2",
        "born-year": "1979",
        "birth_date": "1979-02-03",
        "record_number": "X-1",
        "sex": "female",
    }
    fields = set(re.findall(r'name="([^"]+)"', browser.get("/patients/new").text))
    sent = {name: value for name, value in sent.items() if name in fields}
    clock.move(minutes=20)
    return browser.send("/patients/new", sent, key="late"), sent


def hidden(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text
    return found[1]


def people_named(work: Work, name: str) -> int:
    with work.engine.connect() as connection:
        counted = text("SELECT count(*) FROM patient WHERE family_name = :name")
        return int(connection.execute(counted, {"name": name}).scalar_one())


# Fresh passwords.


TRIED_ELSEWHERE = {"second_factors", "passkeys"}
"""Blueprints whose marked views need a second factor to take away: tests/web/test_second_factors.py, test_passkeys.py."""


@pytest.fixture
def signed(work: Work, clinic: ClinicWorld, clock: Any) -> dict[str, str]:
    """Ids of one record of every kind."""
    return dict(stages.once(work, ("one of every kind", clinic.id), lambda: one_of_every_kind(work, clinic, clock)))


def test_an_act_that_needs_a_fresh_password_asks_for_it_and_goes_on(
    app: Flask, clinic: ClinicWorld, work: Work, clock: Any
) -> None:
    """S-22: just at five minutes it is done; above, it is asked for, nothing is changed, and then the same form goes on."""
    administrator = client_for(app, clinic.people[Role.ADMINISTRATOR])
    url = f"/people/{clinic.people[Role.ASSISTANT].user_id}"
    clock.move(minutes=5)
    assert administrator.send(url, {"role": "therapist", "prescriber": "", "active": "y"}).status_code == 302
    clock.move(seconds=1)
    asked = administrator.send(url, {"role": "auditor", "prescriber": "", "active": "y"})
    assert asked.status_code == 401
    assert "Enter your password again" in asked.text
    assert roles(work)["assistant"] == "therapist"
    kept = hidden(asked, "kept_form")
    assert administrator.send(url, {"kept_form": kept, "kept_password": PASSWORD}).status_code == 302
    assert roles(work)["assistant"] == "auditor"


def roles(work: Work) -> dict[str, str]:
    with work.engine.connect() as connection:
        rows = connection.execute(
            text(
                'SELECT "user".username, membership.role FROM membership JOIN "user" ON "user".id = membership.user_id'
            )
        )
        return {row.username: row.role for row in rows}


NEWCOMER = {"title": "", "name": "Grace Hopper", "username": "grace", "role": "therapist", "prescriber": ""}
ACTS: tuple[tuple[str, Role, dict[str, str]], ...] = (
    ("accounts.change_password", Role.ASSISTANT, {}),
    ("accounts.person", Role.ADMINISTRATOR, {"role": "therapist", "prescriber": "", "active": "y"}),
    ("accounts.create_person", Role.ADMINISTRATOR, NEWCOMER),
    ("accounts.issue_code", Role.ADMINISTRATOR, {"kind": "new password"}),
    ("sessions.end_of_everybody", Role.ADMINISTRATOR, {}),
    ("visits.addendum", Role.PRESCRIBER, {"text": "He called back."}),
    ("visits.void", Role.PRESCRIBER, {"reason": "Entered for the wrong day", "disposition": "given"}),
    ("archives.index", Role.PRESCRIBER, {"purpose": "moving to another program"}),
    ("archives.patient", Role.PRESCRIBER, {"purpose": "moving to another program", "what": "fhir"}),
    ("csv_imports.carry_out", Role.PRESCRIBER, {}),
    ("audit.table", Role.AUDITOR, {}),
    ("second_factors.new_recovery_codes", Role.PRESCRIBER, {}),
)
"""What needs a fresh password (S-22), by whom, and a form that lacks nothing else."""


def test_every_act_that_needs_a_fresh_password_asks_for_it(
    app: Flask, clinic: ClinicWorld, work: Work, signed: dict[str, str], clock: Any
) -> None:
    """S-22, P-10: each from a session whose password is 10 minutes old is asked for it, and changes nothing."""
    clients = {role: client_for(app, person) for role, person in clinic.people.items()}
    clock.move(minutes=10)
    before = checksum(work)
    assert unasked(app, clients, signed) == []
    assert checksum(work) == before


def test_an_act_that_forgets_to_ask_is_named(
    app: Flask, clinic: ClinicWorld, signed: dict[str, str], clock: Any
) -> None:
    clients = {role: client_for(app, person) for role, person in clinic.people.items()}
    clock.move(minutes=10)
    app.view_functions["sessions.end_of_everybody"] = permission(Permission.ACCOUNTS_MANAGE)(lambda: "done")
    assert unasked(app, clients, signed) == ["sessions.end_of_everybody: 200"]


def test_every_view_that_is_marked_stands_in_the_table(app: Flask) -> None:
    """S-22: whoever marks a view is made to try it here."""
    marked = {name for name in app.view_functions if needs_fresh_password(app, name)}
    tried = {name for name, _, _ in ACTS}
    assert {name for name in marked - tried if name.partition(".")[0] not in TRIED_ELSEWHERE} == set()


def unasked(app: Flask, clients: dict[Role, Client], ids: dict[str, str]) -> list[str]:
    """The acts that do not ask for the password."""
    found = []
    for endpoint, role, body in ACTS:
        rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
        url = address(app, rule, ids)
        answer = clients[role].send(url, body) if "POST" in (rule.methods or set()) else clients[role].get(url)
        if not asks(answer):
            found.append(f"{endpoint}: {answer.status_code}")
    return found


def asks(answer: TestResponse) -> bool:
    """Whether an answer asks for the password: the page with the kept form, the form's own field, or the page of it."""
    if answer.status_code == 302:
        return (answer.location or "").startswith("/account/confirm?next=")
    return answer.status_code in {401, 422} and 'type="password"' in answer.text
