"""D-08, S-08: a disk that fails while a right password is given shuts nobody out, and lends nobody a guess."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from clinic.domain.sign_in import TRIES, Claim, TryKind
from clinic.unit_of_work import Work
from clinic.web.sign_in_limits import Owed, Tried
from tests.charting import Charting
from tests.factories import PASSWORD, Client, ClinicWorld, client_for
from tests.web.walking import Walk

CONFIRM = "/account/confirm"
MANY = TRIES[TryKind.CONFIRMATION] + 2
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINE, OTHER = (TryKind.CONFIRMATION, "mine"), (TryKind.CONFIRMATION, "another")


@contextmanager
def failing(engine: Engine, start: str) -> Iterator[None]:
    """Let every statement with this start fail as a disk does."""

    def fail(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(start):
            raise OperationalError(statement, None, sqlite3.OperationalError("disk I/O error"))

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)


@pytest.fixture
def browser(app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber's, where a fault of the program would be a page."""
    return client_for(app, clinic.prescriber)


def statuses(browser: Client, password: str) -> list[int]:
    """What a form says that is sent again and again."""
    return [browser.send(CONFIRM, {"password": password}).status_code for _ in range(MANY)]


def test_a_signature_sent_again_after_many_errors_is_taken(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """Each right password was once counted as a wrong one where the disk failed, and the eleventh was refused."""
    walk = Walk(client_for(app, clinic.prescriber), Charting.begun(work, clinic, clock))
    walk.until_reviewed()
    signature = walk.signature()
    with failing(work.engine, "UPDATE sign_in_tries"):
        assert {walk.send("review", signature).status_code for _ in range(MANY)} == {503}
    assert walk.send("review", signature).status_code == 302
    assert statuses(walk.client, "wrong").count(422) == MANY


def test_what_is_owed_lends_no_guess(browser: Client, work: Work) -> None:
    """The tooth: a wrong password counts whatever the disk does, and after ten the right one is not looked at."""
    with failing(work.engine, "UPDATE sign_in_tries"):
        assert set(statuses(browser, "wrong")) == {422}
    late = browser.send(CONFIRM, {"password": PASSWORD})
    assert late.status_code == 422
    assert "too many tries" in late.text


def test_what_is_owed_ends_with_its_window() -> None:
    """A try of this window must not loosen the next one."""
    owed = Owed()
    owed.add(Tried((MINE,), Claim(True, False, NOW)))
    assert owed.taken((MINE,), NOW) is None
    owed.add(Tried((MINE,), Claim(True, False, NOW + timedelta(microseconds=1))))
    assert owed.taken((OTHER,), NOW) is None
    found = owed.taken((MINE, OTHER), NOW)
    assert found is not None
    assert found.buckets == (MINE,)
    assert owed.taken((MINE,), NOW) is None
