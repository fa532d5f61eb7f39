"""Walks through every page that an installation has: its routes with real ids, and then what its pages link to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from werkzeug.exceptions import HTTPException

from clinic.domain.actors import Role
from tests.attacks import poison
from tests.attacks.addresses import SPREAD, Place

if TYPE_CHECKING:
    from tests.attacks.conftest import World

LINK = re.compile(r"""(?:href|src|formaction|data-url)=["'](/[^"'#]*)""")
FOLLOWED = 2
"""Links that are followed for a route beside its own places."""
OPEN_FORM = "SELECT id FROM patient_form WHERE clinic_id = 1 ORDER BY id LIMIT 1"
UNTOUCHED_FORM = (
    "started_at = NULL, sent_at = NULL, ended_at = NULL, way = 'tablet', expires_at = '2999-01-01 00:00:00'"
)
SHUT = (
    (
        ("UPDATE server_session SET locked_at = created_at WHERE user_id = :user",),
        ("/account/unlock", "/patients"),
    ),
    (
        (
            f"UPDATE patient_form SET {UNTOUCHED_FORM} WHERE id = ({OPEN_FORM})",
            f"UPDATE server_session SET locked_at = NULL, locked_form_id = ({OPEN_FORM}) WHERE user_id = :user",
        ),
        ("/form", "/form/staff"),
    ),
    (
        (f"UPDATE patient_form SET started_at = created_at WHERE id = ({OPEN_FORM})",),
        ("/form/questions/1", "/form/questions/2", "/form/answers", "/form/help-now", "/form/help-now/1", "/patients"),
    ),
)
"""Changes to the rows, one after the other, and the pages that then can be seen."""
LEFT_OUT = re.compile(r"^/static/|^/face-")


def walk(world: World, spread: int = SPREAD, only: str = "") -> Iterator[tuple[Place, Any]]:
    """Every page with its answer, opened by a role that may; ``only`` the routes that begin so."""
    waiting = [place for place in world.places(spread) if place.rule.startswith(only)]
    known = {place.url for place in waiting}
    followed: Counter[str] = Counter()
    while waiting:
        place = waiting.pop(0)
        answer: Any = world.client(place.role).get(place.url)
        with answer:
            answer.get_data()
            yield place, answer
            if only or answer.mimetype != "text/html":
                continue
            for url in map(unescape, LINK.findall(answer.text)):
                rule = rule_of(world, url)
                if url not in known and rule and followed[rule] < FOLLOWED and not LEFT_OUT.match(url):
                    known.add(url)
                    followed[rule] += 1
                    waiting.append(Place(rule, url, place.role))


def rule_of(world: World, url: str) -> str:
    """The rule of an address, or nothing."""
    try:
        rule, _ = world.app.url_map.bind("localhost").match(url.partition("?")[0], return_rule=True)
    except HTTPException:
        return ""
    return str(rule.rule)


def shut(world: World) -> Iterator[tuple[Place, Any]]:
    """What a session shows that waits for its owner's password, and what a screen shows in a patient's hands."""
    client, user_id = world.client(Role.PRESCRIBER), world.clinic.prescriber.user_id
    for change, urls in SHUT:
        with poison.behind(world.instance) as connection:
            for one in change:
                connection.execute(text(one), {"user": user_id})
            connection.commit()
        for url in urls:
            with client.get(url) as answer:
                answer.get_data()
                yield Place(rule_of(world, url), url, Role.PRESCRIBER), answer
