"""The small twin of ``tests.bench.large``: pages cost as many statements in a clinic ten times as large, and look at no more rows."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from clinic.unit_of_work import Work
from tests.bench.large import TODAY, measures
from tests.bench.large_clinic import fill
from tests.bench.originals import make_originals
from tests.factories import Client, ClinicWorld, client_for

FEW, MANY = 4, 40


def counted(app: Flask, work: Work, clinic: ClinicWorld) -> dict[str, int]:
    """The statements of each page."""
    client: Client = client_for(app, clinic.prescriber)
    found: dict[str, int] = {}
    for one in measures(work, clinic.id):
        statements: list[str] = []

        def note(_c: Any, _k: Any, statement: str, *_rest: Any, to: list[str] = statements) -> None:
            to.append(statement)

        event.listen(work.engine, "before_cursor_execute", note)
        answer = client.get(one.address)
        event.remove(work.engine, "before_cursor_execute", note)
        assert answer.status_code == 200, one.what
        found[one.what] = len(statements)
    return found


@pytest.mark.timeout(240)
def test_pages_cost_the_same_in_a_clinic_ten_times_as_large(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    originals = make_originals(work, clinic, clock, count=2, visits=2, sites=3)
    clock.now = TODAY
    small = fill(work.engine.url, clinic.id, originals, FEW, lambda _: None)
    few = counted(app, work, clinic)
    large = fill(work.engine.url, clinic.id, originals, MANY, lambda _: None)
    assert (large.patients, large.visits, large.sites) == (MANY, 2 * MANY, 6 * MANY)
    assert small.patients == FEW
    assert counted(app, work, clinic) == few
