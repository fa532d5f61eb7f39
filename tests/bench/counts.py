"""Statements and commits of each page and save, on a small clinic: what CI asserts of some of them, for all.

A count is the same whatever the size, so it needs no large clinic (``tests/reliability/test_growth.py``).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from clinic.unit_of_work import Work
from tests.bench.browsers import InProcess
from tests.bench.cases import Case, busiest_lot, checked, every
from tests.bench.installation import application
from tests.bench.served import Place
from tests.bench.subjects import Clock, subjects
from tests.bench.timing import Figures
from tests.web.statements import counted

SESSIONS = 3


@contextmanager
def commits(engine: Engine) -> Iterator[list[None]]:
    """Collect the durable commits inside the block: those of transactions that may write."""
    seen: list[None] = []

    def note(connection: Connection) -> None:
        if connection.get_execution_options().get("clinic_mode") == "writing":
            seen.append(None)

    event.listen(engine, "commit", note)
    try:
        yield seen
    finally:
        event.remove(engine, "commit", note)


def of(work: Work, case: Case) -> tuple[int, int]:
    """Statements and durable commits of one case, once it is warm."""
    checked(case)
    case.before()
    with counted(work.engine) as statements, commits(work.engine) as committed:
        case.run()
    case.after()
    return len(statements), len(committed)


def measured() -> Figures:
    """Statements and commits of every case on SQLite."""
    found: Figures = {}
    with tempfile.TemporaryDirectory() as name, application(Place(Path(name))) as app:
        clock = Clock()
        made: Work = app.extensions["clinic_work"]
        work = Work(made.engine, made.key, made.new_id, clock)
        there = subjects(Path(name) / "subjects.pickle", work, clock, desks=2, long=SESSIONS)
        for key, case in every(InProcess(app, there.desks[0].actor), there, busiest_lot(made)).items():
            found[f"count.{key}"], found[f"commits.{key}"] = of(made, case)
    return found
