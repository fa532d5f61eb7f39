"""Names that stand with one patient only, looked for in every page, print and table that anybody can open."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator

import pypdf
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from clinic.domain.actors import ROLES, Role
from tests.security.bodies import variants
from tests.security.world import NAMES, Ids, World, send

LISTS_PATIENTS = frozenset({"merges", "visit_moves"})
"""Blueprints whose pages, below one patient, show another one on purpose: is it the same person, whose visit is it."""


def text_of(answer: TestResponse) -> str:
    """What an answer says: text, the text of a PDF, all files of an archive; with its headers."""
    data = answer.get_data()
    if data.startswith(b"%PDF") and len(data) > 100:
        return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages) + str(answer.headers)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as files:
            data = b" ".join(files.read(name) for name in files.namelist())
    return data.decode("utf-8", "replace") + str(answer.headers)


def readable(world: World, role: Role) -> Iterator[Rule]:
    """The routes that a role may open."""
    for rule in world.rules():
        if "GET" in (rule.methods or set()) and role in ROLES[world.needed(rule)]:
            yield rule


def told_to_another_clinic(world: World, roles: Iterable[Role] = Role) -> list[str]:
    """Pages at which a person of the other clinic reads a name of this one: lists as every role, records as one role.

    What this clinic's own ids are answered with is the matrix' to compare, as every role and with every state.
    """
    found, seen = [], set()
    for role in roles:
        client = world.client(world.actor(role, of_other=True))
        for rule in readable(world, role):
            if rule.rule in seen:
                continue
            if rule.arguments:
                seen.add(rule.rule)
            url = world.address(rule, next(variants(rule, world.foreign)) if rule.arguments else {})
            said = text_of(send(client, "GET", url))
            found += [f"{role.value} {rule.rule}: {name}" for name in NAMES.values() if name in said]
    return found


def told_of_another_patient(world: World, own: Ids, name: str) -> list[str]:
    """Pages, prints and files below one patient or visit that hold another patient's name."""
    client, found = world.client(world.actor(Role.PRESCRIBER)), []
    for rule in readable(world, Role.PRESCRIBER):
        if not rule.arguments & {"patient_id", "visit_id"} or rule.endpoint.partition(".")[0] in LISTS_PATIENTS:
            continue
        for ids in variants(rule, own):
            said = text_of(send(client, "GET", world.address(rule, ids)))
            found += [f"{rule.rule}: {other}" for other in NAMES.values() if other != name and other in said]
    return found
