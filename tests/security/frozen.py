"""Signed, amended and voided visits under every form of the program: what of them is another afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from werkzeug.routing import Rule

from clinic.domain.actors import ROLES, Role
from clinic.models.triggers import FROZEN_WITH_VISIT
from tests.security.bodies import Body, Example
from tests.security.world import World, send

FROZEN_STATES = ("signed", "amended", "voided", "retired")
APPENDED = ("signature", "co_signature", "addendum", "visit_void")


def frozen_leaks(
    world: World,
    role: Role,
    examples: list[Example],
    *,
    states: Iterable[str] = FROZEN_STATES,
    only: Iterable[Rule] | None = None,
) -> list[str]:
    """Routes at which a role changes or takes away a row of a signed visit, with every form that leads there."""
    client, found, before = world.client(world.actor(role)), [], frozen_rows(world)
    for rule in world.rules() if only is None else only:
        if "visit_id" not in rule.arguments or "POST" not in (rule.methods or set()):
            continue
        if role not in ROLES[world.needed(rule)]:
            continue
        for state in states:
            url = world.address(rule, world.states[state])
            for body in bodies(world, rule, state, examples):
                answer = send(client, "POST", url, body)
                where = f"{role.value} {rule.rule} {state}"
                if answer.status_code >= 500:
                    found.append(f"{where}: {answer.status_code}")
                lost = before - frozen_rows(world)
                found += [f"{where}: a row of {table} is another or gone" for table, _ in sorted(lost)]
                world.restore()
    return found


def bodies(world: World, rule: Rule, state: str, examples: list[Example]) -> list[Body]:
    """The bodies of a route's forms, under the version that the visit has."""
    visit_id = world.states[state]["visit_id"]
    asked = "SELECT edit_version FROM visit WHERE id = ?"
    (version,) = world.store.connection.execute(asked, (visit_id,)).fetchone()
    forms = [one.body for one in examples if one.endpoint == rule.endpoint] or [{}]
    return [{**body, **({"edit_version": version} if "edit_version" in body else {})} for body in forms]


def frozen_rows(world: World) -> frozenset[tuple[str, str]]:
    """Every row of a signed visit, with its table; what is appended to it later is one more."""
    run = world.store.connection.execute
    found = {("visit", repr(row)) for row in run("SELECT * FROM visit WHERE state = 'signed'")}
    for table in APPENDED:
        found |= {(table, repr(row)) for row in run(f'SELECT * FROM "{table}"')}
    for table in FROZEN_WITH_VISIT:
        whose = f'SELECT child.* FROM "{table}" child JOIN visit ON visit.clinic_id = child.clinic_id'
        rows = run(f"{whose} AND visit.id = child.visit_id WHERE visit.state = 'signed'")
        found |= {(table, repr(row)) for row in rows}
    return frozenset(found)
