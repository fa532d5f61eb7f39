"""D-13, D-14: a form that is sent twice has one effect and one answer; its key takes no other body."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, redirect

from clinic.domain.actors import Permission, Role
from clinic.web.security import permission
from tests.factories import client_for
from tests.security.bodies import Example, Form, examples
from tests.security.keyed import Calls, unkeyed
from tests.security.repeats import other_body, posted, repeated, same_again
from tests.security.world import World

pytestmark = pytest.mark.timeout(300)
ROUTES_THAT_SAVE = 60
"""So many routes at least are sent again; the world's forms fit no more of them as they stand."""
SHOWN_ONCE = "accounts.issue_code (signed): sent again it leads to "
"""A code is shown to who made it, once: sent again, the page of the person says that there is one."""

SIGN_IN = (
    "It is about who is at the screen, not about a record; sent again it asks for what proves it, or changes nothing."
)
LOOK = "It changes no row of the record: it finds, scores or shows, and its look is in the trail each time."
STATE = "It says what is so from now on; said again it is still so, and no second row can come of it."
NO_KEY: Mapping[str, str] = {
    "accounts.change_password": SIGN_IN,
    "accounts.confirm": SIGN_IN,
    "accounts.sign_in": SIGN_IN,
    "accounts.sign_out": SIGN_IN,
    "assessments.score": LOOK,
    "assessments.show_others": LOOK,
    "audit.find_patient": LOOK,
    "emergencies.end": STATE,
    "merges.choose": LOOK,
    "one_time_codes.show": SIGN_IN,
    "passkeys.challenge": SIGN_IN,
    "passkeys.confirm": SIGN_IN,
    "passkeys.new_challenge": SIGN_IN,
    "passkeys.remove": "It goes through second_factors.removed, which claims the key.",
    "passkeys.sign_in": SIGN_IN,
    "patient_answers.link": "A link opens one form; opened again it is the same form.",
    "patient_answers.question": "An answer is kept under its question; sent again it is the same answer.",
    "patient_answers.send": "A form is handed in once, whatever is sent after it.",
    "patient_answers.staff": STATE,
    "patient_answers.start": STATE,
    "patients.search": LOOK,
    "presence.gone": STATE,
    "presence.here": STATE,
    "second_factors.new_authenticator": SIGN_IN,
    "second_factors.second_step": SIGN_IN,
    "sessions.active": STATE,
    "sessions.leave": SIGN_IN,
    "sessions.lock": SIGN_IN,
    "sessions.unlock": SIGN_IN,
    "shorthand.echo": LOOK,
    "visit_moves.choose": LOOK,
}
"""Unsafe routes that claim no key, each with its reason."""


@pytest.fixture
def bodies(world: World) -> list[Example]:
    """A body for every form of every page."""
    return examples(world)


def test_no_form_that_saves_has_two_effects(world: World, bodies: list[Example]) -> None:
    """D-13, D-14: the same post again leads to the same place and changes no row; another body is 422 and changes none."""
    tried = repeated(world, bodies, same_again, other_body)
    assert [leak for leak in tried.leaks if not leak.startswith(SHOWN_ONCE)] == []
    assert tried.without_key <= NO_KEY.keys()
    assert len(tried.with_key) >= ROUTES_THAT_SAVE


def test_a_planted_form_that_saves_twice_is_named(world: World) -> None:
    """The tooth: a view that claims a key of each post anew, and answers by how often it was asked."""
    count = 0

    def save() -> object:
        nonlocal count
        count += 1
        execute = world.store.connection.execute
        execute("UPDATE lot SET supplier = ?", (str(count),))
        world.store.connection.commit()
        return redirect(f"/{count}")

    world.app.view_functions["planted.save"] = permission(Permission.ACCOUNT)(save)
    world.app.add_url_rule("/planted", endpoint="planted.save", methods=["POST"])
    example = Example("planted.save", world.actor(Role.PRESCRIBER), "/planted", {}, {}, Form("/planted", "post"))
    tried = repeated(world, [example], same_again, other_body)
    assert tried.without_key == {"planted.save"}
    found = repeated(world, [example], same_again, other_body, keyed=lambda *_: True).leaks
    assert any("sent again it changed ['lot']" in leak for leak in found)
    assert any("leads to" in leak for leak in found)
    assert any("another body answers 302" in leak for leak in found)


def test_routes_without_a_key_are_known(app: Flask) -> None:
    """D-13: an unsafe route claims a key, or stands in the list with its reason."""
    assert unkeyed(app, Calls.read()) == NO_KEY.keys()


def test_a_route_that_claims_no_key_is_named(app: Flask) -> None:
    """The tooth: a view of ours whose call of ``once`` is gone."""
    known = Calls.read()
    known.mentioned["visits", "sign"] = set()
    known.mentioned["visits", "review"] = {"render_template"}
    assert "visits.review" in unkeyed(app, known)


@pytest.mark.parametrize("key", ["k" * 65, "", "a\x1bb", "\u202ekey", "ключ"])
def test_a_key_that_no_page_gave_saves_nothing(world: World, bodies: list[Example], key: str) -> None:
    """D-13: too long, empty, with control signs: 422, what was typed stays, and nothing is changed."""
    example = next(one for one in bodies if one.endpoint == "visits.start")
    world.restore()
    before = world.rows()
    assert posted(world.client(example.actor), example, key, example.body)[0] == 422
    assert world.changed(before) == []


def test_a_key_is_of_one_person_and_one_route(world: World, bodies: list[Example]) -> None:
    """D-13: somebody else's same key is another key; the same key at another route is refused."""
    start = next(one for one in bodies if one.endpoint == "visits.start")
    other = replace(start, url=f"/patients/{world.second['patient_id']}/visits")
    world.restore()
    mine = posted(world.client(start.actor), start, "a-key", start.body)
    assert mine[0] == 302
    after = world.rows()
    assert posted(world.client(start.actor), other, "a-key", other.body)[0] == 422
    assert world.changed(after) == []
    theirs = posted(world.client(world.actor(Role.INJECTOR)), start, "a-key", start.body)
    assert theirs[0] == 302
    assert theirs != mine
    foreign = world.actor(Role.PRESCRIBER, of_other=True)
    after = world.rows()
    assert posted(world.client(foreign), start, "a-key", start.body)[0] == 404
    assert world.changed(after) == []


def test_another_file_under_the_same_key_is_refused(world: World) -> None:
    """D-13: a page gone back to, and another picture chosen: it is never said to be saved when it is not."""
    browser = client_for(world.app, world.actor(Role.ADMINISTRATOR))
    answers = [_sent_logo(browser, colour) for colour in ("red", "red", "blue")]
    assert answers == [302, 302, 422]


def _sent_logo(browser: Any, colour: str) -> int:
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (40, 20), colour).save(picture, "PNG")
    data = {"logo": (io.BytesIO(picture.getvalue()), "logo.png")}
    with browser.send("/settings/logo", data, key="logo", content_type="multipart/form-data") as answer:
        return int(answer.status_code)
