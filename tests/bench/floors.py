"""The least that the same work costs: bare SQL on the raw driver, in the journal mode that ships, durable where it saves.

Each floor reads the rows of the clinic that is measured, in the same run. Saves go to three bare tables beside them.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import psycopg

from clinic.extensions import sqlite_mode
from tests.bench.cases import SEARCHED
from tests.bench.served import Place
from tests.bench.subjects import SITES, Subjects
from tests.bench.timing import Figures, timed

SCORES: Final = 4
DUE_ROWS: Final = 200
Rows = list[tuple[Any, ...]]

_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS bare_visit (id TEXT PRIMARY KEY, patient TEXT NOT NULL, day TEXT NOT NULL)",
    (
        "CREATE TABLE IF NOT EXISTS bare_site (id TEXT PRIMARY KEY, visit TEXT NOT NULL REFERENCES bare_visit (id),"
        " muscle TEXT NOT NULL, side TEXT NOT NULL, x INTEGER NOT NULL, y INTEGER NOT NULL, units INTEGER NOT NULL)"
    ),
    "CREATE INDEX IF NOT EXISTS bare_site_visit ON bare_site (visit)",
    (
        "CREATE TABLE IF NOT EXISTS bare_score (visit TEXT NOT NULL REFERENCES bare_visit (id), score TEXT NOT NULL,"
        " value INTEGER NOT NULL, PRIMARY KEY (visit, score))"
    ),
)
_HISTORY: Final = (
    'SELECT id, "on", state FROM visit WHERE clinic_id = ? AND patient_id = ? ORDER BY "on"',
    (
        "SELECT s.visit_id, s.muscle, s.sub_site, s.side, s.x, s.y, s.units FROM visit v JOIN injection_site s"
        " ON s.clinic_id = v.clinic_id AND s.visit_id = v.id WHERE v.clinic_id = ? AND v.patient_id = ?"
    ),
    (
        "SELECT a.visit_id, a.instrument, s.score, s.value FROM visit v JOIN assessment a ON a.clinic_id = v.clinic_id AND"
        " a.visit_id = v.id JOIN assessment_score s ON s.clinic_id = a.clinic_id AND s.assessment_id = a.id"
        " WHERE v.clinic_id = ? AND v.patient_id = ?"
    ),
)
_COMPARED: Final = (
    "SELECT visit_id, muscle, side, x, y, units FROM injection_site WHERE clinic_id = ? AND visit_id IN (?, ?)"
)
_SEARCH: Final = (
    "SELECT DISTINCT p.id, p.family_name, p.given_names, p.birth_date, p.record_number FROM patient_word w JOIN patient p"
    " ON p.clinic_id = w.clinic_id AND p.id = w.patient_id WHERE w.clinic_id = ? AND w.word >= ? AND w.word < ?"
    " ORDER BY p.family_name, p.given_names LIMIT 26"
)
_RECALL: Final = (
    "WITH used AS (SELECT y.visit_id, count(*) AS sites, sum(s.units) AS units FROM vial i JOIN syringe y"
    " ON y.clinic_id = i.clinic_id AND y.vial_id = i.id JOIN injection_site s ON s.clinic_id = y.clinic_id"
    " AND s.syringe_id = y.id WHERE i.clinic_id = ? AND i.lot_id = ? GROUP BY y.visit_id)"
    ' SELECT p.id, p.family_name, v.id, v."on", used.sites, used.units FROM used JOIN visit v ON v.clinic_id = ?'
    " AND v.id = used.visit_id JOIN patient p ON p.clinic_id = v.clinic_id AND p.id = v.patient_id"
)
_DUE: Final = (
    "SELECT id, family_name, given_names, birth_date, next_due_on FROM patient WHERE clinic_id = ? AND next_due_on <= ?"
    f" ORDER BY next_due_on, id LIMIT {DUE_ROWS}"
)
_YEAR: Final = (
    "SELECT l.product, count(*), sum(s.units) FROM visit v JOIN syringe y ON y.clinic_id = v.clinic_id AND"
    " y.visit_id = v.id JOIN vial i ON i.clinic_id = y.clinic_id AND i.id = y.vial_id JOIN lot l ON"
    " l.clinic_id = i.clinic_id AND l.id = i.lot_id JOIN injection_site s ON s.clinic_id = y.clinic_id AND"
    ' s.syringe_id = y.id WHERE v.clinic_id = ? AND v."on" BETWEEN ? AND ? GROUP BY l.product'
)


class Bare:
    """One raw connection; ``?`` stands for a value on both databases."""

    def __init__(self, at: Place) -> None:
        self._link: Any
        self._is_file = not at.url
        if self._is_file:
            self._link = sqlite3.connect(at.folder / "clinic.sqlite3", isolation_level=None)
            journal, synchronous = sqlite_mode()
            for pragma in (f"journal_mode = {journal}", f"synchronous = {synchronous}", "foreign_keys = ON"):
                self._link.execute(f"PRAGMA {pragma}")
        else:
            self._link = psycopg.connect(at.owner_url.replace("+psycopg", ""), autocommit=True)

    def rows(self, statement: str, values: Sequence[object] = ()) -> Rows:
        """Ask for rows."""
        found: Rows = self._link.execute(self._own(statement), values).fetchall()
        return found

    def _own(self, statement: str) -> Any:
        return statement if self._is_file else statement.replace("?", "%s").encode()

    def run(self, statement: str, values: Sequence[object] = ()) -> None:
        """Run a statement that gives nothing."""
        self._link.execute(self._own(statement), values)

    def many(self, statement: str, rows: Rows) -> None:
        """Insert rows the quickest way of the driver."""
        if self._is_file:
            self._link.executemany(statement, rows)
            return
        head, _, marks = statement.partition(" VALUES ")
        filled = ", ".join([marks.replace("?", "%s")] * len(rows))
        self._link.execute(f"{head} VALUES {filled}".encode(), [value for row in rows for value in row])

    @contextmanager
    def saving(self) -> Iterator[None]:
        """One durable transaction."""
        self._link.execute("BEGIN IMMEDIATE" if self._is_file else b"BEGIN")
        yield
        self._link.execute("COMMIT" if self._is_file else b"COMMIT")

    def close(self) -> None:
        """Hang up."""
        self._link.close()


def measured(at: Place, there: Subjects, lot: str) -> Figures:
    """The floors of reads and saves, as ``floor.<name>``."""
    bare = Bare(at)
    try:
        for table in _TABLES:
            bare.run(table)
        found: Figures = {}
        for name, run in _every(bare, there, lot):
            found |= timed(run).named(f"floor.{name}")
        found["floor.recall.rows"] = len(bare.rows(_RECALL, _recalled(there, lot)))
        return found
    finally:
        bare.close()


def _recalled(there: Subjects, lot: str) -> tuple[object, ...]:
    return (there.clinic.id, lot, there.clinic.id)


def _every(bare: Bare, there: Subjects, lot: str) -> Iterator[tuple[str, Callable[[], object]]]:
    clinic, today = there.clinic.id, datetime.now(UTC).date()
    word, year = SEARCHED.casefold(), (f"{today.year - 1}-01-01", f"{today.year - 1}-12-31")
    after = word[:-1] + chr(ord(word[-1]) + 1)
    number = itertools.count()
    run = f"{today.isoformat()}-{id(bare)}"
    yield "site", lambda: _site(bare, f"{run}-{next(number)}")
    yield "save", lambda: _session(bare, f"{run}-{next(number)}")
    yield "history", lambda: _history(bare, clinic, there.patient_id)
    yield "compare", lambda: bare.rows(_COMPARED, (clinic, there.visits[-2], there.visits[-1]))
    yield "search", lambda: bare.rows(_SEARCH, (clinic, word, after))
    yield "recall", lambda: bare.rows(_RECALL, _recalled(there, lot))
    yield "due", lambda: bare.rows(_DUE, (clinic, today.isoformat()))
    yield "statistics", lambda: bare.rows(_YEAR, (clinic, *year))


def _site(bare: Bare, visit: str) -> None:
    """One row, durable: a visit, for a site needs one."""
    with bare.saving():
        bare.run("INSERT INTO bare_visit VALUES (?, ?, ?)", (visit, "somebody", "2026-11-23"))


def _session(bare: Bare, visit: str) -> None:
    """A visit with its sites and scores, durable."""
    sites: Rows = [(f"{visit}-{n}", visit, "mentalis", "left", 10 * n, 700, 250) for n in range(SITES)]
    with bare.saving():
        bare.run("INSERT INTO bare_visit VALUES (?, ?, ?)", (visit, "somebody", "2026-11-23"))
        bare.many("INSERT INTO bare_site VALUES (?, ?, ?, ?, ?, ?, ?)", sites)
        bare.many("INSERT INTO bare_score VALUES (?, ?, ?)", [(visit, f"s{n}", n) for n in range(SCORES)])


def _history(bare: Bare, clinic: int, patient: str) -> dict[str, list[Rows]]:
    """All visits of a patient with their sites and scores, grouped."""
    visits, sites, scores = (bare.rows(query, (clinic, patient)) for query in _HISTORY)
    found: dict[str, list[Rows]] = {row[0]: [[row], [], []] for row in visits}
    for place, rows in ((1, sites), (2, scores)):
        grouped: dict[str, Rows] = defaultdict(list)
        for row in rows:
            grouped[row[0]].append(row)
        for visit, own in grouped.items():
            found[visit][place] = own
    return found
