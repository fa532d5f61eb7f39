"""Counts that do not depend on the machine (performance goals, section 5), on both databases.

Pages cost as many statements in a clinic ten times as large and after twelve sessions as after one; a save is one durable
commit, whatever the number of sites. The figures in milliseconds are ``make bench``'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint, event, select

from clinic.models import Base, Visit
from clinic.queries.co_signatures import awaited
from clinic.queries.inventory import open_vials_select
from clinic.queries.stock_lists import stock
from clinic.unit_of_work import Work
from tests.bench import cases, counts
from tests.bench.browsers import Answer, InProcess
from tests.bench.cases import Case
from tests.bench.large_clinic import fill
from tests.bench.originals import line_of, make_original, make_originals
from tests.bench.subjects import LAST, ORIGINALS, SITES, Subjects
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld, make_patient
from tests.postgresql import owners

FEW, MANY = 4, 40
SAVE = 15
"""Statements of a save of any number of sites (section 5)."""
CHART = 12
"""Statements of the default chart, which is the patient page (section 5)."""
CHARTING = 13
"""Statements of the page on which a session is charted."""
FRAME = 4
"""Statements of every page that reads: one for who is signed in, three for the audit entry in its own transaction."""
SEARCH = FRAME + 3
"""Three statements of its own (section 5)."""
SAVE_COMMITS = 1
OK = 200
UNASKED = frozenset({"ping", "summary-pdf", "original-pdf", "handout-pdf"})


def begun(work: Work, clinic: ClinicWorld, clock: Any, *, number: int, visits: int) -> Subjects:
    """A patient with so many signed sessions and an open draft, who stands for the long history."""
    patient_id = make_original(work, clinic, clock, number, visits, 3)
    signed = Charting(work, clinic, clock, patient_id, "")
    with signed.reading() as uow:
        known = tuple(uow.session.scalars(select(Visit.id).where(Visit.patient_id == patient_id).order_by(Visit.on)))
    clock.now += LAST
    draft = Charting(work, clinic, clock, patient_id, open_vial(work, clinic, label=f"D-{number}", lot=f"D{number}"))
    draft.start()
    return Subjects(clinic, [], patient_id, known, draft.visit_id, draft.syringe_id, ())


def counted_pages(app: Flask, work: Work, there: Subjects, keys: Iterable[str] = ()) -> dict[str, int]:
    """The statements of each page that reads, or of some."""
    browser = InProcess(app, there.clinic.prescriber)
    every = {case.key: case for case in cases.pages(browser, there, cases.busiest_lot(work))}
    return {key: counts.of(work, every[key])[0] for key in keys or every.keys() - UNASKED}


@pytest.mark.timeout(240)
def test_pages_cost_the_same_in_a_clinic_ten_times_as_large_and_after_more_sessions(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    originals = make_originals(work, clinic, clock, count=2, visits=2, sites=3)
    there = begun(work, clinic, clock, number=ORIGINALS, visits=2)
    small = fill(owners(work.engine.url), clinic.id, originals, FEW, lambda _: None, register=1)
    few = counted_pages(app, work, there)
    large = fill(owners(work.engine.url), clinic.id, originals, MANY, lambda _: None, register=5)
    assert (small.patients, large.patients) == (FEW + 1, MANY + 5)
    assert counted_pages(app, work, there) == few


@pytest.mark.timeout(240)
def test_the_chart_and_the_search_cost_what_the_design_allows(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    once = counted_pages(app, work, begun(work, clinic, clock, number=0, visits=1), PAGES)
    twelve = counted_pages(app, work, begun(work, clinic, clock, number=1, visits=12), PAGES)
    assert twelve == once
    assert dear(once, PAGES) == []


def test_a_save_is_one_durable_commit_whatever_the_number_of_sites(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    patient_id = make_patient(work, clinic.prescriber)
    vial = open_vial(work, clinic)
    found = {}
    for sites in (1, SITES):
        charting = Charting(work, clinic, clock, patient_id, vial)
        charting.start()
        found[sites] = saved(app, work, charting, sites)
    assert found[1] == found[SITES]
    assert dear(dict(zip(("save", "commits"), found[SITES], strict=True)), SAVES) == []


def saved(app: Flask, work: Work, charting: Charting, sites: int) -> tuple[int, int]:
    """Statements and durable commits of charting so many sites with one line."""
    browser = InProcess(app, charting.clinic.prescriber)
    values = {"shorthand": line_of(0, sites), "syringe_id": charting.syringe_id}
    return counts.of(work, line_case(browser, charting, values))


def line_case(browser: InProcess, charting: Charting, values: dict[str, Any]) -> Case:
    """The save of a line that is taken back each time, so that it can be run again."""
    address, known = f"/visits/{charting.visit_id}", {"edit_version": 0}

    def look() -> None:
        known["edit_version"] = charting.version()

    def send(end: str, more: dict[str, Any]) -> Answer:
        return browser.send(f"{address}/{end}", known | more, as_json=True)

    def take_back() -> None:
        look()
        assert send("undo", {}).status == OK

    return Case("save", "a line", lambda: send("shorthand", values), look, take_back)


PAGES = {"patient": CHART, "chart": CHARTING, "search": SEARCH}
SAVES = {"save": SAVE, "commits": SAVE_COMMITS}


def test_what_belongs_to_a_patient_or_a_visit_is_found_by_an_index() -> None:
    """Each key to them leads an index, but for the few that only a merge of records or a list of the day asks for."""
    without = set()
    for table in Base.metadata.tables.values():
        keyed = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint | PrimaryKeyConstraint)]
        leading = {frozenset(list(one.keys())[:2]) for one in (*keyed, *(index.columns for index in table.indexes))}
        for key in table.foreign_key_constraints:
            owner = key.referred_table.name
            if owner in {"patient", "condition", "visit"} and frozenset(key.column_keys) not in leading:
                without.add((table.name, *key.column_keys[1:]))
    assert without == {
        ("adverse_event", "session_id"),
        ("adverse_event", "visit_id"),
        ("injection_session", "touch_up_of"),
        ("letter", "visit_id"),
        ("patient_distinct", "other_id"),
        ("plan_entry", "visit_id"),
        ("plan_item", "condition_id"),
        ("plan_item", "visit_id"),
        ("vial_entry", "patient_id"),
        ("visit_condition", "condition_id"),
    }


@pytest.mark.sqlite_only
def test_what_every_page_asks_for_is_found_by_an_index_of_a_few(work: Work, clinic: ClinicWorld) -> None:
    """The open vials and what waits for a co-signature: however many vials and signed visits there ever were."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append((statement, values))

    with work.reading(clinic.prescriber) as uow:
        event.listen(work.engine, "before_cursor_execute", note)
        uow.session.execute(open_vials_select(uow.clinic_id)).all()
        awaited(uow)
        stock(uow)
        event.remove(work.engine, "before_cursor_execute", note)
        plans = [
            " ".join(
                str(row[3]) for row in uow.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", values)
            )
            for one, values in seen
        ]
    assert len(plans) == 3
    assert "ix_vial_spent (" in plans[0]  # Not that of all vials, although nothing says how few these are.
    assert "ix_signature_role" in plans[1]
    assert {"ix_vial_spent", "ix_vial_opened"} <= set(plans[2].split())


def dear(found: dict[str, int], most: dict[str, int]) -> list[str]:
    """What costs more than it may."""
    return [f"{key}: {found[key]}" for key, allowed in most.items() if found[key] > allowed]


def test_one_statement_too_many_is_noticed(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    there = begun(work, clinic, clock, number=0, visits=1)
    fine = counted_pages(app, work, there, PAGES)

    def ask_more(connection: Any) -> None:
        if connection.get_execution_options().get("clinic_mode") == "writing":
            for _ in range(CHART):
                connection.exec_driver_sql("SELECT 1")

    event.listen(work.engine, "commit", ask_more)
    found = counted_pages(app, work, there, PAGES)
    event.remove(work.engine, "commit", ask_more)
    assert all(found[key] >= fine[key] + CHART for key in found)
    assert [one.partition(":")[0] for one in dear(found, PAGES)] == list(PAGES)
