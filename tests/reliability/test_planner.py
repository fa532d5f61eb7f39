"""How SQLite finds the rows of each page: by what it is told of a clinic in use, never by reading a whole clinic (D-28)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from clinic.models import Base, planner
from clinic.unit_of_work import Work
from tests.bench import cases
from tests.bench.browsers import InProcess
from tests.bench.cases import checked
from tests.factories import ClinicWorld
from tests.reliability.test_growth import begun

pytestmark = pytest.mark.sqlite_only
LARGE = 20_000
OF_A_PATIENT = (
    "patient", "chart", "state", "review", "signed", "timeline", "compare", "doses", "dose-effect", "patient-lots", "search",
)  # fmt: skip
WHOLE = re.compile(r"(?:SCAN (\S+)(?! CONSTANT)|SEARCH (\S+) USING .*\(clinic_id=\?\))")


def whole_clinics(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> set[str]:
    """Each page about a patient with every large table that it reads as a whole."""
    there = begun(work, clinic, clock, number=0, visits=2)
    every = {case.key: case for case in cases.pages(InProcess(app, clinic.prescriber), there, cases.busiest_lot(work))}
    found = set()
    for key in OF_A_PATIENT:
        asked: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any, to: Any = asked) -> None:
            if re.match(r"\s*(SELECT|WITH)", statement):
                to.append((statement, values))

        event.listen(work.engine, "before_cursor_execute", note)
        checked(every[key])
        event.remove(work.engine, "before_cursor_execute", note)
        assert asked
        with work.engine.connect() as connection:
            for statement, values in asked:
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
                found |= {f"{key}: {row[3]}" for row in rows if of_large(str(row[3]), statement)}
    return found


def of_large(step: str, statement: str) -> bool:
    """Whether a step of a plan reads all rows that a clinic has of a large table."""
    said = WHOLE.match(step)
    if not said:
        return False
    name = said[1] or said[2]
    alias = re.search(rf'\b(\w+)"? AS {re.escape(name)}\b', statement)
    table = Base.metadata.tables.get(alias[1] if alias else name)
    return table is not None and planner.rows(table) >= LARGE


def test_no_page_about_a_patient_reads_a_whole_clinic(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    assert whole_clinics(app, work, clinic, clock) == set()


def test_without_the_sizes_they_would(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    """The tooth, and why they are written: SQLite's own guess is ten rows of a clinic."""
    with work.engine.execution_options(clinic_mode="writing").begin() as connection:
        connection.execute(text("DELETE FROM sqlite_stat1"))
    work.engine.dispose()
    assert whole_clinics(app, work, clinic, clock)


def test_every_index_has_its_sizes(work: Work) -> None:
    with work.engine.connect() as connection:
        known = {name: stat for _, name, stat in connection.exec_driver_sql("SELECT tbl, idx, stat FROM sqlite_stat1")}
        for table in Base.metadata.tables:
            for _, index, is_unique, *_ in connection.exec_driver_sql(f'PRAGMA index_list("{table}")').all():
                rows, *shared = map(int, known.pop(index).split())
                assert len(shared) == len(connection.exec_driver_sql(f'PRAGMA index_info("{index}")').all())
                assert [rows, *shared] == sorted([rows, *shared], reverse=True)
                assert shared[-1] >= 1
                assert not is_unique or shared[-1] == 1
    assert known == {}
