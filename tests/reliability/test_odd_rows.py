"""D-30: one row of each table made odd behind the program's back; the lists on which others stand are still shown.

The tables and columns are taken from the schema itself, so a new one is attacked without a line here.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from clinic.domain.work_lists import WorkList
from clinic.models import Base
from clinic.queries import (
    amendment_requests,
    co_signatures,
    patient_forms,
    patient_search,
    stock_lists,
    visit_lists,
    work_lists,
)
from clinic.queries import visits as visit_query
from clinic.queries.patient_records import patient_record
from clinic.unit_of_work import UnitOfWork, Work
from tests import stages
from tests.every_kind import one_of_every_kind
from tests.factories import ClinicWorld, client_for, make_condition, make_patient
from tests.postgresql import by_owner

by_the_file = pytest.mark.sqlite_only
"""PostgreSQL takes no odd day, number or moment; a word past its CHECK it takes from an owner, which has its own test."""
ODD = "\u202e\x01{}"
"""Neither a word of the program, nor a date, nor a number, nor JSON."""
OF_THE_INSTALLATION = frozenset(
    (
        *("clinic", "user", "membership", "supervision", "server_session", "audit_event", "audit_head"),
        *("idempotency_key", "backup_run", "alembic_version", "waiting_line", "waiting_mark", "patient_word"),
    )
)
"""What everybody's pages rest on, and what is made anew from the rest. Verification and the start answer for them."""
OTHER = "Okafor"
LEAST = 100
"""Values that are made odd, at least."""
WORDS = "is damaged and is not shown"
List = Callable[[UnitOfWork], object]


def every_list(other: str) -> dict[str, List]:
    """Each list of many people's records, as the pages ask for it, and what stands on the page of somebody else."""
    of_work = {f"work list {kind.value}": partial(_work_list, kind) for kind in WorkList}
    return {
        "patients": patient_search.patient_list,
        "patients due": lambda uow: patient_search.patient_list(uow, due_first=True),
        "search": lambda uow: patient_search.search(uow, OTHER[:3]),
        "search of all": lambda uow: patient_search.search(uow, "K"),
        "today": visit_query.today,
        "requests": amendment_requests.open_requests,
        "urgent": patient_forms.urgent_answers,
        "to co-sign": co_signatures.awaited,
        "stock": stock_lists.stock,
        "somebody else's record": lambda uow: patient_record(uow, other),
        "somebody else's visits": lambda uow: visit_lists.timeline(uow, other),
        **of_work,
    }


def _work_list(kind: WorkList, uow: UnitOfWork) -> object:
    return work_lists.work_page(uow, work_lists.Filters(kind))


def read_by(work: Work, clinic: ClinicWorld, lists: dict[str, List]) -> dict[str, dict[str, List]]:
    """The lists that read each table, by what they send to the database."""
    found: dict[str, dict[str, List]] = {table: {} for table in Base.metadata.tables}
    name = ""

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        for table in found.keys() & set(re.findall(r"\w+", statement)):
            found[table][name] = lists[name]

    event.listen(work.engine, "before_cursor_execute", note)
    try:
        for name, one in lists.items():
            assert broken(work, clinic, {name: one}) == []
    finally:
        event.remove(work.engine, "before_cursor_execute", note)
    return {table: of for table, of in found.items() if of and table not in OF_THE_INSTALLATION}


@pytest.fixture
def file(work: Work, clinic: ClinicWorld, clock: Any) -> Path:
    """A clinic with one record of every kind, and somebody else in it."""
    stages.once(work, ("one of every kind", clinic.id), lambda: one_of_every_kind(work, clinic, clock))
    make_patient(work, clinic.prescriber, family_name=OTHER, given_names="Ngozi")
    return Path(str(work.engine.url.database))


def made_odd(file: Path, tables: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Make each value of the tables' first rows odd, one after the other, and put it back; gives where."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.executescript("PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for table in sorted(tables):
            for column in _values(table):
                yield from ((table, column) for _ in _made_odd(connection, table, column))


def _made_odd(connection: sqlite3.Connection, table: str, column: str) -> Iterator[None]:
    found = connection.execute(f'SELECT rowid, "{column}" FROM "{table}" ORDER BY rowid LIMIT 1').fetchone()
    if found is None or found[1] is None:
        return
    update = f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?'
    try:
        connection.execute(update, [ODD, found[0]])
    except sqlite3.Error:
        return  # The schema itself does not take it.
    yield
    connection.execute(update, [found[1], found[0]])


def _values(table: str) -> list[str]:
    """Columns that hold words, dates, numbers or JSON; what points to other rows is another record, not an odd one."""
    every = Base.metadata.tables[table].columns
    return [one.name for one in every if not one.primary_key and not one.foreign_keys and not one.name.endswith("_id")]


def broken(work: Work, clinic: ClinicWorld, lists: dict[str, List]) -> list[str]:
    """The lists that cannot be read."""
    found = []
    for name, read in lists.items():
        try:
            with work.reading(clinic.prescriber) as uow:
                read(uow)
        except Exception as error:  # noqa: BLE001 - whatever it is, it would be a page of its own
            found.append(f"{name}: {type(error).__name__} {error}"[:200])
    return found


@by_the_file
def test_an_odd_value_breaks_no_list(work: Work, clinic: ClinicWorld, file: Path) -> None:
    with work.reading(clinic.prescriber) as uow:
        other = patient_search.search(uow, OTHER).rows[0].id
    lists = read_by(work, clinic, every_list(other))
    assert lists.keys() >= {"patient", "condition", "visit", "amendment_request", "vial", "lot", "plan_item"}
    tried, found = 0, []
    for table, column in made_odd(file, lists):
        tried += 1
        found += [f"{table}.{column} {what}" for what in broken(work, clinic, lists[table])]
    assert found == []
    assert tried > LEAST


@by_the_file
@pytest.mark.parametrize(
    ("page", "table", "column"),
    [
        ("/patients", "patient", "birth_date"),
        ("/patients", "condition", "cause"),
        ("/", "amendment_request", "asked_on"),
    ],
)
def test_the_page_says_what_it_leaves_out(
    app: Flask, clinic: ClinicWorld, file: Path, page: str, table: str, column: str
) -> None:
    """The others are on the page, and so is the note; with the row whole again the note is gone."""
    client = client_for(app, clinic.prescriber)
    assert WORDS not in client.get(page).text
    looked = [client.get(page) for _, odd in made_odd(file, [table]) if odd == column]
    assert [one.status_code for one in looked] == [200]
    assert WORDS in looked[0].text
    assert page == "/" or OTHER in looked[0].text
    assert WORDS not in client.get(page).text


@by_the_file
def test_a_search_says_what_it_leaves_out(app: Flask, clinic: ClinicWorld, file: Path) -> None:
    """Whoever types a name that is not found would enter the person anew."""
    client = client_for(app, clinic.prescriber)
    json = {"Accept": "application/json"}
    said = [
        client.send("/patients/search", {"q": "M"}, headers=json).json
        for _, odd in made_odd(file, ["patient"])
        if odd == "birth_date"
    ]
    assert WORDS in said[0]["note"]


@by_the_file
def test_a_list_that_an_odd_row_breaks_is_named(work: Work, clinic: ClinicWorld, file: Path) -> None:
    """The tooth, and the other half: who writes is never given a list with a row left out."""

    def all_or_nothing(uow: UnitOfWork) -> object:
        uow.writes = True
        return patient_search.patient_list(uow)

    lists: dict[str, List] = {"patients": all_or_nothing}
    found = [broken(work, clinic, lists) for _, odd in made_odd(file, ["patient"]) if odd == "birth_date"]
    assert [one.partition(":")[0] for one in found[0]] == ["patients"]


@pytest.mark.postgresql_only
def test_an_odd_word_breaks_no_list_on_postgresql(work: Work, clinic: ClinicWorld) -> None:
    """The patient with the odd word is left out and counted, the other one is listed; each word of a list is tried."""
    theirs = make_patient(work, clinic.prescriber)
    make_condition(work, clinic.prescriber, theirs)
    other = make_patient(work, clinic.prescriber, family_name=OTHER, given_names="Ngozi")
    seen = []
    for column in ("cause", "side", "onset_precision"):
        with odd_word(work, "condition", column), work.reading(clinic.prescriber) as uow:
            seen.append(([row.id for row in patient_search.patient_list(uow).rows], uow.left_out))
    assert seen == [([other], 1)] * 3
    with work.reading(clinic.prescriber) as uow:
        assert {row.id for row in patient_search.patient_list(uow).rows} == {theirs, other}
        assert uow.left_out == 0


@contextmanager
def odd_word(work: Work, table: str, column: str) -> Iterator[None]:
    """Let the rows of a table hold a word that its CHECK forbids, while the block runs."""
    checks = text(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
        " AND conrelid = CAST(:table AS regclass)"
    )
    with by_owner(work.engine) as owner:
        kept = owner.execute(checks, {"table": table}).all()
        [before] = owner.execute(text(f"SELECT {column} FROM {table}")).scalars()
        for name, _ in kept:
            owner.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
        owner.execute(text(f"UPDATE {table} SET {column} = 'odd'"))
    try:
        yield
    finally:
        with by_owner(work.engine) as owner:
            owner.execute(text(f"UPDATE {table} SET {column} = :before"), {"before": before})
            for name, rule in kept:
                owner.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}"))
