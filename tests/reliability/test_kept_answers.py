"""Answers kept for repeated requests go when they are old, in small steps, and only by a clock that stands (D-13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from clinic.health import watching
from clinic.models import IdempotencyKey
from clinic.services import kept_answers
from clinic.unit_of_work import Work
from tests.conftest import Clock

SECOND = timedelta(seconds=1)


def keep(work: Work, many: int, age: timedelta) -> None:
    """Store answers of such an age."""
    rows = [
        {
            "user_id": "u" * 26,
            "key": f"{age}-{number}",
            "body_hash": "0" * 64,
            "answer": "{}",
            "created_at": work.clock() - age,
        }
        for number in range(many)
    ]
    with work.housekeeping() as session:
        session.execute(insert(IdempotencyKey), rows)


def kept(work: Work) -> list[str]:
    """The ages under which answers are kept, each once."""
    with work.housekeeping() as session:
        return sorted({key.rpartition("-")[0] for key in session.scalars(select(IdempotencyKey.key))})


def test_an_answer_below_at_and_above_its_time(work: Work) -> None:
    for age in (kept_answers.KEPT - SECOND, kept_answers.KEPT, kept_answers.KEPT + SECOND):
        keep(work, 1, age)
    with work.housekeeping() as session:
        assert kept_answers.sweep(session, work.clock()) == 1
    assert kept(work) == sorted([str(kept_answers.KEPT - SECOND), str(kept_answers.KEPT)])


def test_so_many_go_at_once_and_the_oldest_first(work: Work) -> None:
    keep(work, kept_answers.BATCH, kept_answers.KEPT + 2 * SECOND)
    keep(work, 1, kept_answers.KEPT + SECOND)
    with work.housekeeping() as session:
        assert kept_answers.sweep(session, work.clock()) == kept_answers.BATCH
    assert kept(work) == [str(kept_answers.KEPT + SECOND)]


def test_the_hourly_look_lets_go_of_all_that_is_old(app: Flask, work: Work) -> None:
    keep(work, 2 * kept_answers.BATCH + 1, kept_answers.KEPT + SECOND)
    keep(work, 3, SECOND)
    watching.Watch(app.extensions["clinic_settings"]).look_after(work)
    with work.housekeeping() as session:
        assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 3


def test_by_a_clock_that_was_moved_nothing_is_old(
    app: Flask, work: Work, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D-26: a year ahead by mistake, and a form that is sent again would be taken for a new one."""
    watch = watching.Watch(app.extensions["clinic_settings"])
    keep(work, 3, SECOND)
    clock.move(days=365)
    real: Any = watching._wall
    monkeypatch.setattr(watching, "_wall", lambda: real() + 365 * 86400)
    watch.look_after(work)
    assert kept(work) == [str(SECOND)]
