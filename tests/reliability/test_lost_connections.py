"""The server of the database ends a connection at any step of a page: 503 with the form, then all is well again (D-23)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, event

from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, client_for
from tests.postgresql import owners

pytestmark = pytest.mark.postgresql_only
STEPS = ("begin", "before_cursor_execute", "after_cursor_execute", "commit", "rollback")


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with one syringe."""
    return Charting.begun(work, clinic, clock)


@contextmanager
def losing(engine: Engine, number: int) -> Iterator[list[str]]:
    """End the server's side of the connection that takes the step of that number; the steps taken are listed."""
    taken: list[str] = []
    address = owners(engine.url).set(drivername="postgresql").render_as_string(hide_password=False)

    def listening(step: str) -> Any:
        def lose(connection: Any, *rest: Any) -> None:
            taken.append(step)
            if len(taken) != number:
                return
            with psycopg.connect(address, autocommit=True) as other:
                pid = connection.connection.driver_connection.info.backend_pid
                assert other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,)).fetchone() == (True,)

        return lose

    listeners = [(step, listening(step)) for step in STEPS]
    for step, lose in listeners:
        # Before the program's own, as if it had been lost just before.
        event.listen(engine, step, lose, insert=True)
    try:
        yield taken
    finally:
        for step, lose in listeners:
            event.remove(engine, step, lose)


def steps_of(engine: Engine, ask: Any) -> int:
    """How many steps it takes."""
    ask()
    with losing(engine, 0) as taken:
        ask()
    return len(taken)


def test_a_connection_lost_at_any_step_of_a_page(
    app: Flask, work: Work, clinic: ClinicWorld, charting: Charting
) -> None:
    client = client_for(app, clinic.prescriber)
    page = f"/visits/{charting.visit_id}"
    wrong = []
    steps = steps_of(work.engine, lambda: client.get(page))
    for number in range(1, steps + 1):
        with losing(work.engine, number) as taken:
            status = client.get(page).status_code
        if status not in {200, 503} or client.get(page).status_code != 200:
            wrong.append((number, taken[number - 1], status))
    assert wrong == []


def test_a_connection_lost_at_any_step_of_a_save(
    app: Flask, work: Work, clinic: ClinicWorld, charting: Charting
) -> None:
    """Sent again with its key it is there once."""
    client = client_for(app, clinic.prescriber)

    def save(key: str) -> Any:
        data = {"edit_version": charting.version(), "muscle": "mentalis", "side": "left", "units": "2.5"}
        return client.send(f"/visits/{charting.visit_id}/sites", data, key=key)

    keys = iter(f"warm-{number}" for number in range(9))
    steps = steps_of(work.engine, lambda: save(next(keys)))
    there = len(charting.record().sites)
    wrong = []
    for number in range(1, steps + 1):
        data = {"edit_version": charting.version(), "muscle": "mentalis", "side": "left", "units": "2.5"}
        with losing(work.engine, number) as taken:
            answer = client.send(f"/visits/{charting.visit_id}/sites", data, key=f"key-{number}")
        again = client.send(f"/visits/{charting.visit_id}/sites", data, key=f"key-{number}")
        kept = answer.status_code == 302 or re.search(rf'value="key-{number}"', answer.text) is not None
        sites = len(charting.record().sites)
        if answer.status_code not in {302, 503} or again.status_code != 302 or not kept or sites != there + number:
            wrong.append((number, taken[number - 1], answer.status_code, again.status_code, kept, sites - there))
    assert wrong == []
