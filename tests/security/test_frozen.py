"""Signed records under every form (S-35, P-06), and every step of a session left out (S-43)."""

from __future__ import annotations

import pytest
from werkzeug.routing import Rule

from clinic.domain.actors import Permission, Role
from clinic.web.security import permission
from tests.security.bodies import Example, examples
from tests.security.frozen import bodies, frozen_leaks
from tests.security.world import World, send

pytestmark = pytest.mark.timeout(300)
SIGNERS = (Role.PRESCRIBER, Role.INJECTOR)
REFUSED = {401, 404, 409, 422}
"""401 asks for the password again; 404 is a site or syringe of another visit."""


@pytest.fixture
def forms(world: World) -> list[Example]:
    """A body for every form of every page."""
    return examples(world)


def test_no_form_changes_a_signed_amended_or_voided_visit(world: World, forms: list[Example]) -> None:
    """S-35: every route about a visit, with every form that any page has for it."""
    assert frozen_leaks(world, Role.PRESCRIBER, forms) == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PRESCRIBER])
def test_no_role_changes_a_signed_visit(world: World, forms: list[Example], role: Role) -> None:
    """S-35: administrators included."""
    assert frozen_leaks(world, role, forms, states=("signed",)) == []


def test_a_planted_change_of_a_signed_visit_is_named(world: World) -> None:
    """The tooth of S-35: a route that writes where the trigger is gone."""

    def change(visit_id: str) -> str:
        with world.store.connection as connection:
            connection.execute("DROP TRIGGER IF EXISTS visit_frozen_update")
            connection.execute("UPDATE visit SET complaints = 'none' WHERE id = ?", (visit_id,))
        return "changed"

    world.app.view_functions["planted"] = permission(Permission.VISIT_CHART)(change)
    rule = Rule("/planted/<visit_id>", endpoint="planted", methods=["POST"])
    world.app.url_map.add(rule)
    assert any("visit is another" in leak for leak in frozen_leaks(world, Role.PRESCRIBER, [], only=[rule]))


STEPS = {
    "draft": ("injections.give", "chair.act", "giving.settle", "visits.review"),
    "timed out": ("giving.settle", "visits.review"),
}
"""State → routes of the steps that come later than the next one."""


@pytest.mark.parametrize("role", SIGNERS)
@pytest.mark.parametrize("state", list(STEPS))
def test_no_step_of_a_session_is_left_out(world: World, forms: list[Example], state: str, role: Role) -> None:
    """S-43, P-06: charted → given, settled or signed without what comes between is refused, and changes nothing."""
    client, before = world.client(world.actor(role)), world.rows()
    tried = 0
    for rule in world.rules():
        if rule.endpoint not in STEPS[state] or "POST" not in (rule.methods or set()):
            continue
        for body in bodies(world, rule, state, forms):
            answer = send(client, "POST", world.address(rule, world.states[state]), body)
            assert answer.status_code in REFUSED, f"{rule.rule}: {answer.status_code}"
            tried += 1
    assert tried >= len(STEPS[state])
    assert world.changed(before) == []
