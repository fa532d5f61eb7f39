"""When a guard itself fails, nothing is shown and nothing is saved (S-84): real faults, on reading and on writing."""

from __future__ import annotations

import pytest

from clinic.domain.actors import ROLES, Role
from tests.factories import Client
from tests.security.matrix import told
from tests.security.world import World, send

PAGES = (
    "/patients/{patient_id}",
    "/visits/{visit_id}",
    "/visits/{visit_id}/summary.pdf",
    "/visits/{visit_id}/chart.json",
)
REFUSE = "CREATE TRIGGER planted BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'planted'); END"

VERSION = "SELECT edit_version FROM visit WHERE id = ?"


def shows(client: Client, method: str, url: str, body: dict[str, str] | None = None) -> bool:
    """Whether an answer is anything but a refusal that tells nothing; a fault that reaches the server shows nothing."""
    try:
        answer = send(client, method, url, body)
    except KeyError:
        return False
    return answer.status_code < 400 or bool(told(answer))


def shown_anyway(world: World) -> list[str]:
    """Pages of patients and saves that are answered, told of or stored."""
    client, before, found = world.client(world.actor(Role.PRESCRIBER)), world.rows(), []
    for page in PAGES:
        url = page.format(**world.states["signed"])
        if shows(client, "GET", url):
            found.append(f"GET {url}")
    draft = world.states["draft"]
    version = str(world.store.connection.execute(VERSION, (draft["visit_id"],)).fetchone()[0])
    for url in (f"/visits/{draft['visit_id']}/notes", f"/patients/{draft['patient_id']}/visits"):
        if shows(client, "POST", url, {"plan": "x", "edit_version": version} if url.endswith("notes") else {}):
            found.append(f"POST {url}")
    return found + [f"rows of {table} were changed" for table in world.changed(before)]


def test_a_trail_that_cannot_be_written_shows_and_saves_nothing(world: World) -> None:
    """S-84: the database refuses every audit entry."""
    world.store.connection.execute(REFUSE)
    assert shown_anyway(world) == []


def test_a_table_of_roles_that_cannot_be_read_shows_and_saves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-84: the permission check raises for every permission."""
    for needed in list(ROLES):
        monkeypatch.delitem(ROLES, needed)  # type: ignore[arg-type]
    assert shown_anyway(world) == []


def test_a_csrf_check_that_fails_saves_nothing(world: World) -> None:
    """S-84: the secret that signs the tokens is gone."""
    draft, before = world.states["draft"], world.rows()
    client = world.client(world.actor(Role.PRESCRIBER))
    body = {
        "plan": "x",
        "edit_version": str(world.store.connection.execute(VERSION, (draft["visit_id"],)).fetchone()[0]),
    }
    world.app.config["WTF_CSRF_SECRET_KEY"] = b""
    assert send(client, "POST", f"/visits/{draft['visit_id']}/notes", body).status_code in {400, 500}
    assert world.changed(before) == []
    del world.app.config["WTF_CSRF_SECRET_KEY"]
    assert send(client, "POST", f"/visits/{draft['visit_id']}/notes", body).status_code == 302


def test_the_same_requests_without_a_fault_are_named(world: World) -> None:
    """The tooth: with nothing broken the check names every page and the save."""
    found = shown_anyway(world)
    assert len([one for one in found if one.startswith("GET")]) == len(PAGES)
    assert any(one.startswith("rows of") for one in found)
