"""Every route × role × clinic × state of the record × method: who gets through, and what another clinic can tell apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from clinic.domain.actors import ROLES, Permission, Role
from tests.security.bodies import Body, Example
from tests.security.world import MISSING, NAMES, UNSAFE, Ids, World, send

PATIENT_WORDS = ("Keane", "Margaret", *NAMES.values())
"""Words of patients that no refusal may hold."""
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


NO_CHILDREN = {"merges": {"other_id"}, "repeats": {"pattern_id"}, "visit_moves": {"patient_id"}}
"""Blueprint → second ids of its addresses that stand on their own: another patient's record, a person's own pattern."""


def methods(rule: Rule) -> list[str]:
    """The methods that a route knows, without OPTIONS."""
    return sorted((rule.methods or set()) - {"OPTIONS"})


def bodies_of(rule: Rule, examples: Iterable[Example]) -> Body:
    """An example body for a route, or nothing where no page has a form for it."""
    return next((one.body for one in examples if one.endpoint == rule.endpoint), {})


def role_leaks(world: World, role: Role, examples: list[Example], *, only: Iterable[Rule] | None = None) -> list[str]:
    """Routes at which a role without the permission is not refused with 403, or is told something, or changes something."""
    client, before, found = world.client(world.actor(role)), world.rows(), []
    for rule in world.rules() if only is None else only:
        if role in ROLES[world.needed(rule)]:
            continue
        body = bodies_of(rule, examples)
        for method in methods(rule):
            answer = send(client, method, world.address(rule, world.ids), body)
            where = f"{role.value} {method} {rule.rule}"
            if answer.status_code != 403:
                found.append(f"{where}: {answer.status_code}")
            found += [f"{where} tells {word}" for word in told(answer, body)]
    found += [f"{role.value}: rows of {table} were changed" for table in world.changed(before)]
    return found


def told(answer: TestResponse, body: Body | None = None) -> list[str]:
    """Words of patients in what came back, headers included, but for what was sent."""
    held = answer.text + str(answer.headers)
    sent = repr(body)
    return [word for word in PATIENT_WORDS if word in held and word not in sent]


def object_leaks(world: World, role: Role, examples: list[Example], states: Iterable[str] = ("signed",)) -> list[str]:
    """Where a person of the other clinic can tell this clinic's id from none, or reaches it."""
    client, before, found = world.client(world.actor(role, of_other=True)), world.rows(), []
    for rule in world.rules():
        if not record_arguments(rule) or role not in ROLES[world.needed(rule)]:
            continue
        none = without_records(rule, world.ids)
        for method in methods(rule):
            if method == "HEAD" and role is not Role.PRESCRIBER:
                continue
            body = bodies_of(rule, examples) if method in UNSAFE else None
            missing = send(client, method, world.address(rule, none), body)
            for state in states if "visit_id" in rule.arguments else ("signed",):
                foreign = send(client, method, world.address(rule, world.states[state]), body)
                where = f"{role.value} {method} {rule.rule} {state}"
                found += differences(where, foreign, missing, body)
    found += [f"{role.value} of the other clinic: rows of {table} were changed" for table in world.changed(before)]
    return found


def record_arguments(rule: Rule) -> set[str]:
    """The arguments of a route that name records, not words of the program."""
    return {name for name in rule.arguments if name.endswith("_id") and name not in {"exercise_id", "text_id"}}


def without_records(rule: Rule, ids: Ids) -> Ids:
    """The same words with ids of records that are not there."""
    return {
        name: MISSING if name in record_arguments(rule) else value for name, value in ids.items() if ":" not in name
    }


def differences(where: str, foreign: TestResponse, missing: TestResponse, body: Body | None) -> list[str]:
    """What tells one answer from the other: status, headers, length, bytes; or that it was no refusal at all.

    A form that is refused as such, 422, never got as far as the record.
    """
    found = []
    if foreign.status_code != missing.status_code:
        found.append(f"{where}: {foreign.status_code} for a record, {missing.status_code} for none")
    elif foreign.status_code != 404 and not (body is not None and foreign.status_code == 422):
        found.append(f"{where}: {foreign.status_code}, not 404")
    if bare_headers(foreign) != bare_headers(missing):
        found.append(f"{where}: headers differ")
    if bare(foreign.text) != bare(missing.text):
        found.append(f"{where}: bytes differ")
    return found + [f"{where} tells {word}" for word in told(foreign, body)]


def bare_headers(answer: TestResponse) -> list[tuple[str, str]]:
    """The headers without what differs between any two answers; the length counts."""
    return sorted(pair for pair in answer.headers if pair[0] not in {"X-Request-Id", "Set-Cookie", "Date"})


def bare(page: str) -> str:
    """A page without what differs between any two answers: tokens, request ids, and the ids asked for."""
    page = re.sub(r"\b[0-9a-z]{26}\b", MISSING, page)
    page = re.sub(r'name="(csrf_token|idempotency_key)" value="[^"]*"', "", page)
    return re.sub(r"[0-9a-f]{16}", "", page)


def method_leaks(world: World) -> list[str]:
    """Routes that take a method they do not declare, by its own name or under another one."""
    client, before, found = world.client(world.actor(Role.PRESCRIBER)), world.rows(), []
    for rule in world.rules():
        url = world.address(rule, world.ids)
        for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
            answer = client.open(url, method=method)
            if method not in methods(rule) and answer.status_code not in {400, 405}:
                found.append(f"{method} {rule.rule}: {answer.status_code}")
        if methods(rule) == ["POST"]:
            for name in OVERRIDES:
                plain = client.get(f"{url}?_method=POST")
                answer = client.get(f"{url}?_method=POST", headers={name: "POST"})
                if answer.status_code != plain.status_code:
                    found.append(f"{name} {rule.rule}: {answer.status_code}")
    found += [f"rows of {table} were changed" for table in world.changed(before)]
    return found


def nesting_leaks(world: World, pairs: Iterable[tuple[Ids, Ids]], examples: list[Example]) -> list[str]:
    """Nested addresses at which one parent's page opens or changes another parent's child."""
    client, before, found = world.client(world.actor(Role.PRESCRIBER)), world.rows(), []
    for rule in world.rules():
        children = record_arguments(rule) - {parent(rule)} - NO_CHILDREN.get(rule.endpoint.partition(".")[0], set())
        if len(record_arguments(rule)) < 2 or not children or Role.PRESCRIBER not in ROLES[world.needed(rule)]:
            continue
        for own, other in pairs:
            mixed = {**own, **{name: value for name, value in other.items() if name.partition(":")[0] in children}}
            none = {name: MISSING if name.partition(":")[0] in children else value for name, value in own.items()}
            for method in methods(rule):
                body = bodies_of(rule, examples)
                answer = send(client, method, world.address(rule, mixed), body)
                missing = send(client, method, world.address(rule, none), body)
                if method in {"GET", "HEAD"} and answer.status_code != 404:
                    found.append(f"{method} {rule.rule}: {answer.status_code}")
                elif (answer.status_code, bare(answer.text)) != (missing.status_code, bare(missing.text)):
                    found.append(f"{method} {rule.rule}: {answer.status_code} for it, {missing.status_code} for none")
    found += [f"rows of {table} were changed" for table in world.changed(before)]
    return found


def parent(rule: Rule) -> str:
    """The first record that an address names."""
    return next(iter(re.findall(r"<(?:\w+:)?(\w+_id)>", rule.rule)), "")


def flipped() -> Iterator[tuple[Permission, Role, tuple[Role, ...]]]:
    """Every permission and role, with the roles that hold it when this one is added or taken away."""
    for permission in Permission:
        for role in Role:
            held = ROLES[permission]
            yield permission, role, tuple(one for one in held if one != role) if role in held else (*held, role)
