"""Routes × roles × two clinics × states × methods (S-26…S-29, S-34, S-35, S-69, S-70, V-01…V-06)."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule

from clinic.domain.actors import ROLES, Permission, Role
from clinic.web.security import permission
from tests.architecture.generated_docs import permissions_table, shown
from tests.security.bodies import Example, examples
from tests.security.matrix import flipped, method_leaks, nesting_leaks, object_leaks, role_leaks
from tests.security.world import NAMES, World, send

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def bodies(world: World) -> list[Example]:
    """A body for every form of every page."""
    return examples(world)


def test_most_unsafe_routes_are_attacked_with_a_body_of_their_own(world: World, bodies: list[Example]) -> None:
    """The bodies come from the pages; a route that no page of this world has a form for is attacked without."""
    unsafe = {rule.endpoint for rule in world.rules() if "POST" in (rule.methods or set())}
    assert len({one.endpoint for one in bodies} & unsafe) >= 120


def test_no_role_gets_past_the_table(world: World, bodies: list[Example]) -> None:
    """S-26, S-27, S-34, V-05, V-06: 403 with a valid body, on GET, HEAD and POST; nothing told, nothing changed."""
    assert [leak for role in Role for leak in role_leaks(world, role, bodies)] == []


def test_another_clinics_record_is_no_different_from_none(world: World, bodies: list[Example]) -> None:
    """S-28, S-34, V-01, V-03, V-04: same status, headers, length and bytes, with bodies that this clinic takes."""
    assert [leak for role in Role for leak in object_leaks(world, role, bodies)] == []


def test_no_state_of_a_visit_opens_it_to_another_clinic(world: World, bodies: list[Example]) -> None:
    """S-28: drafts, signed, amended, voided, discarded visits, and those of a retired patient."""
    assert object_leaks(world, Role.PRESCRIBER, bodies, [state for state in world.states if state != "signed"]) == []


def test_a_child_belongs_to_the_parent_in_the_address(world: World, bodies: list[Example]) -> None:
    """S-29, V-01, V-02: own patient + another patient's child, own patient + another clinic's child."""
    own = world.states["following"]
    pairs = [(own, world.second), (own, world.foreign)]
    assert nesting_leaks(world, pairs, bodies) == []


def test_no_route_takes_another_method_or_an_override(world: World) -> None:
    """S-69: PUT, PATCH, DELETE and the override headers reach no view."""
    assert method_leaks(world) == []


def hole(app: Flask, rule: str, view: object, methods: tuple[str, ...] = ("GET",)) -> Rule:
    """Plant a route that declares that everybody with PATIENT_READ may come."""
    endpoint = f"planted.{len(app.view_functions)}"
    app.view_functions[endpoint] = permission(Permission.PATIENT_READ)(view)  # type: ignore[type-var]
    planted = Rule(rule, endpoint=endpoint, methods=list(methods))
    app.url_map.add(planted)
    return planted


def test_a_planted_route_without_a_clinics_check_is_named(world: World) -> None:
    """The tooth of S-28: a page that looks up an id in any clinic."""

    def show(visit_id: str) -> tuple[str, int]:
        found = world.store.connection.execute("SELECT 1 FROM visit WHERE id = ?", (visit_id,)).fetchone()
        return ("here", 200) if found else ("none", 404)

    hole(world.app, "/planted/<visit_id>", show)
    assert any("/planted/" in leak for leak in object_leaks(world, Role.PRESCRIBER, []))


def test_a_planted_child_that_is_not_compared_with_its_parent_is_named(world: World) -> None:
    """The tooth of S-29."""
    hole(world.app, "/planted/<patient_id>/<visit_id>", lambda **_: "a visit")
    assert any("/planted/" in leak for leak in nesting_leaks(world, [(world.ids, world.second)], []))


def test_a_planted_refusal_that_tells_a_name_is_named(world: World) -> None:
    """The tooth of S-34 and V-05."""
    rule = hole(world.app, "/planted", lambda: (f"Not permitted: {NAMES['draft']}", 403))
    world.app.view_functions["planted.name"] = world.app.view_functions[rule.endpoint]
    world.app.before_request_funcs[None].insert(0, lambda: (f"Not permitted: {NAMES['draft']}", 403))
    assert any(f"tells {NAMES['draft']}" in leak for leak in role_leaks(world, Role.AUDITOR, [], only=[rule]))


MORE_IS_ASKED = {
    Permission.PUBLIC: "nobody is asked",
    Permission.EMERGENCY_ACCESS: "the membership's own mark is asked too",
    Permission.VISIT_MOVE: "what it takes to read and to chart the visit is asked too",
}
"""Permissions whose pages refuse some roles for another reason as well."""


def test_each_mark_of_the_table_is_one_that_a_request_notices(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-26: with any role of any permission flipped in the program, a request is answered otherwise than before."""
    rules = {world.needed(rule): rule for rule in world.rules() if "GET" in (rule.methods or set())}
    unnoticed = []
    for permission_, role, flipped_roles in flipped():
        rule = rules.get(permission_)
        if rule is None or permission_ in MORE_IS_ASKED:
            continue
        refused = [send(world.client(world.actor(role)), "GET", world.address(rule, world.ids)).status_code == 403]
        with monkeypatch.context() as changed:
            changed.setitem(ROLES, permission_, flipped_roles)  # type: ignore[arg-type]
            answer = send(world.client(world.actor(role)), "GET", world.address(rule, world.ids))
            refused.append(answer.status_code == 403)
        if refused[0] == refused[1]:
            unnoticed.append(f"{permission_.value} {role.value} {rule.rule}")
    assert unnoticed == [], "\n".join(unnoticed)


def test_each_mark_of_the_table_stands_in_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """S-26: with any role or state of any permission flipped, docs/permissions.md no longer agrees."""
    written = shown("permissions.md", "permissions").strip()
    assert permissions_table().strip() == written
    for permission_, _, roles in flipped():
        with monkeypatch.context() as changed:
            changed.setitem(ROLES, permission_, roles)  # type: ignore[arg-type]
            assert permissions_table().strip() != written, permission_
