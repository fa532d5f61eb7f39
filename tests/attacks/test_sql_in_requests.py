"""S-46, V-07: statements in every argument of every address: true and false give the same, and nothing fails."""

from __future__ import annotations

import ast
import re
import time
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from flask import request
from sqlalchemy import text

from clinic.domain.actors import Permission
from clinic.web.security import permission
from tests.architecture.sources import python_files, tree
from tests.attacks.addresses import NOT_READY, Place
from tests.attacks.conftest import World

PAIRS = (
    ("x' OR '1'='1", "x' AND '1'='2"),
    ("1) OR (1=1", "1) AND (1=2"),
    ("id DESC--", "id ASC --"),
)
"""What is true and what is false where it reaches a statement; the last for names of columns."""
PLAIN = "qqxzq"
"""What names nothing: a page that answers it as it answers what is true everywhere need not be asked what is false."""
TIME = "x'||(SELECT pg_sleep(2))||randomblob(300000000)||'"
ERRORS = re.compile(
    r"syntax error|unrecognized token|no such column|sqlite3|psycopg|SQLSTATE|OperationalError", re.IGNORECASE
)
SLOW = 1.5


def argument_names() -> list[str]:
    """Every name that a page reads from its address, as the source says it, and those that attackers try."""
    found = {"sort", "order", "page", "limit", "offset", "filter", "q", "id", "before", "dir", "column"}
    for file in python_files("clinic/web"):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Call) and "args" in ast.unparse(node.func) and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return sorted(found)


def leaks(world: World, only: str = "") -> list[str]:
    """Pages on which it matters what a statement in the address would mean."""
    names, found, seen = argument_names(), [], set()
    for place in world.places(1):
        if place.rule in seen or not place.rule.startswith(only) or place.rule.endswith((".pdf", ".png")):
            continue
        seen.add(place.rule)
        plain = told(world, place.role, with_arguments(place.url, names, PLAIN), PLAIN)
        for pair in PAIRS:
            answer = told(world, place.role, with_arguments(place.url, names, pair[0]), pair[0])
            if answer != plain and differs(world, place, names, pair):
                found.append(f"{place.rule}: {pair[0]}")
            if (answer[0] >= 500 and place.rule not in NOT_READY) or ERRORS.search(answer[1]):
                found.append(f"{place.rule}: fails")
        began = time.process_time()
        told(world, place.role, with_arguments(place.url, names, TIME), TIME)
        if time.process_time() - began > SLOW:
            found.append(f"{place.rule}: {TIME}")
    return sorted(set(found))


def differs(world: World, place: Place, names: list[str], pair: tuple[str, str]) -> bool:
    """Whether it matters what is sent: not what a flash says once, nor a list that grows with each look at it."""
    answers = [told(world, place.role, with_arguments(place.url, names, one), one) for one in (*pair, pair[0])]
    return answers[0] != answers[1] and answers[0] == answers[2]


def with_arguments(url: str, names: list[str], value: str) -> str:
    """The address with one value for every argument."""
    return f"{url.partition('?')[0]}?" + "&".join(f"{name}={quote(value)}" for name in names)


def told(world: World, role: Any, url: str, sent: str) -> tuple[int, str]:
    """An answer without what differs between any two: tokens, numbers, and what was sent."""
    answer: Any = world.client(role).get(url)
    with answer:
        body = answer.text if answer.mimetype.startswith(("text/", "application/json")) else ""
    written = [sent, quote(sent), quote(sent, safe=""), quote_plus(sent), quote_plus(sent, safe="()'")]
    for one in written:
        body = body.replace(one, "").replace(one.replace("'", "&#39;"), "")
    body = re.sub(r'name="(csrf_token|idempotency_key)" value="[^"]*"', "", body)
    return answer.status_code, re.sub(r"[0-9a-f]{16}|next=[^\"]*|href=\"[^\"]*\"", "", body)


@pytest.mark.timeout(200)
def test_no_argument_of_any_page_reaches_a_statement(world: World) -> None:
    """S-46, V-07: true and false, other columns to sort by, and waiting, in every argument of every page."""
    assert len(argument_names()) > 20
    assert leaks(world) == []


@pytest.mark.parametrize(
    "sql", ["SELECT family_name FROM patient WHERE record_number = '{}'", "SELECT id FROM patient ORDER BY {}"]
)
def test_a_planted_statement_made_of_text_is_found(world: World, sql: str) -> None:
    """S-46, the tooth."""

    @permission(Permission.PATIENT_READ)
    def planted() -> str:
        with world.work.engine.connect() as connection:
            return str(connection.execute(text(sql.format(request.args["q"]))).scalars().all())

    world.app.add_url_rule("/planted", "planted", planted)
    assert leaks(world, only="/planted")
