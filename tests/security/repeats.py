"""Each form sent again as an impatient hand, a broken line or another body under an old key would send it (D-13)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from werkzeug.test import TestResponse

from tests.factories import Client
from tests.security.bodies import Body, Example
from tests.security.world import World, send

SAVED = (200, 302)
"""Answers that may mean: saved."""


@dataclass(frozen=True)
class Sent:
    """A form that changed something: its key, where its answer leads, the rows after it, and its browser before it."""

    example: Example
    key: str
    place: tuple[int, str]
    after: Mapping[str, str]
    browser: Client = field(repr=False)


@dataclass
class Tried:
    """What was found, and which routes were tried with and without a key."""

    leaks: list[str] = field(default_factory=list)
    with_key: set[str] = field(default_factory=set)
    without_key: set[str] = field(default_factory=set)


Check = Callable[[World, Sent], list[str]]


def place(answer: TestResponse) -> tuple[int, str]:
    """Where an answer leads."""
    with answer:
        return answer.status_code, answer.headers.get("Location", "")


def posted(browser: Client, example: Example, key: str, body: Body) -> tuple[int, str]:
    """Send a form with a key of ours; where the answer leads."""
    return place(send(browser, "POST", example.url, {**body, "idempotency_key": key}))


def kept(world: World, key: str) -> bool:
    """Whether an answer is stored under the key."""
    asked = world.store.connection.execute("SELECT count(*) FROM idempotency_key WHERE key = ?", (key,))
    return bool(asked.fetchone()[0])


def repeated(world: World, bodies: list[Example], *checks: Check, keyed: Callable[[World, str], bool] = kept) -> Tried:
    """Send each form that saves, and let the checks send it again."""
    tried = Tried()
    for sent in _saving(world, bodies):
        if not keyed(world, sent.key):
            tried.without_key.add(sent.example.endpoint)
            continue
        tried.with_key.add(sent.example.endpoint)
        for check in checks:
            found = check(world, sent)
            tried.leaks += [f"{sent.example.endpoint} ({sent.example.state}): {leak}" for leak in found]
    return tried


def _saving(world: World, bodies: list[Example]) -> Iterator[Sent]:
    done: set[str] = set()
    for example in bodies:
        if example.endpoint in done:
            continue
        world.restore()
        before, key = world.rows(), secrets.token_hex(8)
        led = posted(world.client(example.actor), example, key, example.body)
        after = world.rows()
        if led[0] in SAVED and after != before:
            done.add(example.endpoint)
            # A browser whose answer was lost has the cookies from before it.
            yield Sent(example, key, led, after, world.client(example.actor))


def same_again(world: World, sent: Sent) -> list[str]:
    """The same post once more: it leads to the same place, and nothing is changed by it."""
    led = posted(sent.browser, sent.example, sent.key, sent.example.body)
    changed = world.changed(dict(sent.after))
    return [f"sent again it changed {changed}"] * bool(changed) + (
        [f"sent again it leads to {led}, not {sent.place}"] if led != sent.place else []
    )


def other_body(world: World, sent: Sent) -> list[str]:
    """Another body under the same key: 422, and nothing is changed."""
    another = {"edit_version": "98765" if "edit_version" in sent.example.body else "1"}
    status, _ = posted(sent.browser, sent.example, sent.key, sent.example.body | another)
    changed = world.changed(dict(sent.after))
    return [f"another body changed {changed}"] * bool(changed) + (
        [f"another body answers {status}"] if status != 422 else []
    )
