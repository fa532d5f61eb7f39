"""What a form does not have, other clinics' ids in what it has, and hostile values: refused, and nothing changed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator

from clinic.models import Base
from tests.security.bodies import Body, Example
from tests.security.world import Ids, World, send

CRITICAL = (
    "id",
    "clinic_id",
    "role",
    "state",
    "signed_at",
    "author_id",
    "user_id",
    "by_name",
    "created_at",
    "retired_at",
)
"""Columns that nobody sets by a form, tried at every route that has no field of the name."""
AT_ONCE = 4
LONGEST_SECONDS = 2.0
"""Of processor time, for one answer to one hostile value (S-41)."""
HOSTILE = (
    "NaN", "1e999", "-0", "2,5", "x" * 10_000, "\u202eevil\u2066", b"a\xed\xa0\x80b", b"\xc0\xaf..", "__proto__",
    "' OR '1'='1", "{{7*7}}{% x %}", "<b>x</b>\"'&", "9" * 400, "0001-01-01", "9999-12-31", "[]", "a\x08\x1b", "٣٫٥",
    ["a", "b"], "../../etc/passwd", "=1+1", "2026-02-30", "\ud800".encode("utf-8", "surrogatepass"), "   ", "-1",
)  # fmt: skip
"""Values; over all fields of all forms each comes up. Nothing at all is tried in every field."""
UNTOUCHED = frozenset({"accounts.sign_in", "accounts.sign_out", "accounts.change_password"})
"""Routes that end or throttle the session itself; they have tests of their own."""

PLAIN = frozenset({"csrf_token", "idempotency_key", "password", "new_password", "repeated"})
"""Fields that every form treats alike, with tests of their own."""

IGNORING = frozenset({"sessions", "passkeys", "second_factors"})
"""Blueprints of one's own sessions and second factors: a strange name may be ignored there, and still changes no row."""


def columns() -> list[str]:
    """The names of all columns of all tables."""
    return sorted({column.name for table in Base.metadata.tables.values() for column in table.columns})


def attacked(world: World, examples: Iterable[Example]) -> Iterator[Example]:
    """The examples that are attacked field by field: one of each route."""
    seen: set[str] = set()
    for one in examples:
        if one.endpoint not in seen and one.endpoint not in UNTOUCHED:
            seen.add(one.endpoint)
            yield one


def foreign_names(world: World, examples: list[Example]) -> list[str]:
    """Routes that take a column which their form does not have: by itself, beside the whole of a valid body."""
    found, turn, before = [], itertools.cycle(columns()), world.rows()
    for one in attacked(world, examples):
        names = [*CRITICAL, *itertools.islice(turn, AT_ONCE)]
        for name in (name for name in names if name not in one.form.kinds):
            value = world.ids["patient_id"] if name.endswith("id") else "1"
            answer = send(world.client(one.actor), "POST", one.url, one.body | {name: value})
            if answer.status_code < 400 and one.endpoint.partition(".")[0] not in IGNORING:
                found.append(f"{one.endpoint} {name}: {answer.status_code}")
        found += changes(world, before, f"{one.endpoint}, one of {', '.join(names)}")
    return found


def changes(world: World, before: dict[str, str], where: str) -> list[str]:
    """The tables whose rows are others now, put back; asked once a route, because it reads every row."""
    changed = world.changed(before)
    if changed:
        world.restore()
    return [f"{where}: rows of {', '.join(changed)} were changed"] if changed else []


def references(body: Body, kinds: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The fields of a body that hold an id of the record, with the kind of the id."""
    for name, value in body.items():
        if isinstance(value, str) and value in kinds:
            yield name, kinds[value]


def foreign_ids(world: World, examples: list[Example], owned: Iterable[Ids], foreign: Ids) -> list[str]:
    """Routes that take another clinic's id in a field in which they take one of their own."""
    kinds = {value: name for ids in owned for name, value in ids.items() if len(value) == 26}
    found, before = [], world.rows()
    for one in examples:
        for name, kind in references(one.body, kinds):
            answer = send(world.client(one.actor), "POST", one.url, one.body | {name: foreign.get(kind, "0" * 26)})
            if answer.status_code < 400 and answer.status_code != 200:
                found.append(f"{one.endpoint} {name}: {answer.status_code}")
        if any(references(one.body, kinds)):
            found += changes(world, before, f"{one.endpoint}, one of {', '.join(one.body)}")
    return found


def faults(world: World, examples: list[Example], *, each: int = 1) -> list[str]:
    """Fields at which a hostile value makes a fault, or an answer takes long."""
    found, turn = [], itertools.cycle(HOSTILE)
    for one in attacked(world, examples):
        for name in sorted(one.form.kinds.keys() - PLAIN):
            for value in ("", *itertools.islice(turn, each)):
                began = time.process_time()
                answer = send(world.client(one.actor), "POST", one.url, one.body | {name: value})
                took = time.process_time() - began
                if answer.status_code >= 500 or took > LONGEST_SECONDS:
                    found.append(f"{one.endpoint} {name} {value!r:.30}: {answer.status_code}, {took:.1f} s")
        world.restore()
    return found
