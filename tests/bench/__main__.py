"""``make bench``: measures everything in one run and writes ``docs/performance.md``. CI never asserts a time.

Takes about 25 minutes: SQLite and PostgreSQL at 1× and 10× the data of a busy clinic's year. ``--large`` adds 100×
(25 million sites) on PostgreSQL, about half an hour and 25 GiB more; ``--quick`` is SQLite at 1× with short turns.
``--folder`` keeps the clinics and what was measured already: a run that was cut off goes on, ``--anew`` measures again.
"""

from __future__ import annotations

import argparse
import json
import pickle
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from flask import Flask

from clinic.extensions import db
from clinic.unit_of_work import Work
from tests.bench import browser, cases, counts, floors, load, pages, prints, processes
from tests.bench.browsers import Ticket, ticket
from tests.bench.installation import application, place
from tests.bench.large_clinic import Size as Filled
from tests.bench.large_clinic import fill
from tests.bench.report import Run, page
from tests.bench.served import Place
from tests.bench.sizes import HUNDRED, ONE, TEN, Size
from tests.bench.subjects import Clock, Subjects, new_desks, subjects
from tests.bench.timing import Figures

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
DESKS: Final = 9
SUBJECTS: Final = "subjects.pickle"
QUICK_CLINICIANS: Final = 20
QUICK_THINKING: Final = (0.5, 1.0)
QUICK_REQUESTS: Final = 400


@dataclass
class Bench:
    """One run: where it is kept, what was asked for, and what is known already."""

    folder: Path
    is_quick: bool
    run: Run

    def part(self, name: str, measure: Callable[[], Figures]) -> None:
        """Measure one part, unless an earlier run on this folder did."""
        file = self.folder / "results" / f"{name}.json"
        if file.exists():
            kept = json.loads(file.read_text())
        else:
            print(f"{datetime.now(UTC):%H:%M:%S}  {name}", flush=True)
            started = time.perf_counter()
            kept = {"figures": measure(), "seconds": time.perf_counter() - started}
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(kept, indent=1))
        self.run.results[name], self.run.seconds[name] = kept["figures"], kept["seconds"]


def main() -> None:
    """Measure what is not measured yet, and write the document."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="SQLite at 1× only, short turns")
    asked.add_argument("--large", action="store_true", help="also 100× on PostgreSQL")
    asked.add_argument("--folder", type=Path, help="where clinics and results are kept; else a folder that is removed")
    asked.add_argument("--anew", action="store_true", help="measure again in the clinics of the folder")
    asked.add_argument(
        "--only", default="", help="only parts whose name begins so; for working on the benchmark itself"
    )
    asked.add_argument("--to", type=Path, default=DOCUMENT, help="the document to write")
    given = asked.parse_args()
    folder: Path = given.folder or Path(tempfile.mkdtemp(prefix="clinic-bench-"))
    folder.chmod(0o755) if not given.folder else folder.mkdir(parents=True, exist_ok=True)
    if given.anew:
        _forget(folder / "results")
    bench = Bench(folder, given.quick, Run())
    try:
        wanted: list[tuple[str, Size]] = [("sqlite", ONE)]
        if not given.quick:
            wanted += [("sqlite", TEN), ("postgresql", ONE), ("postgresql", TEN)]
        if given.large:
            wanted.append(("postgresql", HUNDRED))
        if "process".startswith(given.only) or given.only.startswith("process"):
            _alone(bench)
        for kind, size in wanted:
            if f"{kind}.{size.key}".startswith(given.only):
                _measure(bench, kind, size)
        given.to.write_text(page(bench.run, f"{datetime.now(UTC):%-d %b %Y}"))
        print(f"wrote {given.to}")
    finally:
        if not given.folder:
            shutil.rmtree(folder, ignore_errors=True)


def _forget(results: Path) -> None:
    """Forget what was measured, but not how the clinics were made."""
    for file in results.glob("*.json"):
        if not file.stem.endswith(".made"):
            file.unlink()


def _alone(bench: Bench) -> None:
    """What needs no large clinic."""
    bench.part("process.prints", prints.measured)
    bench.part("process.imports", processes.imports)
    bench.part("process.counts", counts.measured)
    bench.part("process.browser", browser.measured)


def _measure(bench: Bench, kind: str, size: Size) -> None:
    name = f"{kind}.{size.key}"
    folder = bench.folder / name
    if folder.exists() and not (folder / SUBJECTS).exists():
        shutil.rmtree(folder)  # It was cut off before there was anything to go on with.
    with place(folder, kind) as at, application(at) as app:
        there, clock = _made(bench, name, app, at, size)
        lot, held = cases.busiest_lot(app.extensions["clinic_work"]), ticket(app, there.desks[0].actor)
        _release(app)
        bench.part(f"{name}.floors", lambda: floors.measured(at, there, lot))
        bench.part(f"{name}.pages", lambda: pages.measured(at, there, lot, held))
        if size is ONE:
            _many(bench, app, at, there, lot, held, clock)


def _many(bench: Bench, app: Flask, at: Place, there: Subjects, lot: str, held: Ticket, clock: Clock) -> None:
    """What is measured once a database: starts, memory, and many at once."""
    bench.part(f"{at.kind}.any.start", lambda: processes.starts(at, there))
    requests = QUICK_REQUESTS if bench.is_quick else processes.MANY
    bench.part(f"{at.kind}.any.memory", lambda: processes.memory(at, there, lot, held, many=requests))
    people, think = (QUICK_CLINICIANS, QUICK_THINKING) if bench.is_quick else (load.CLINICIANS, load.THINKING)

    def charting() -> Figures:
        made: Work = app.extensions["clinic_work"]
        desks = new_desks(replace(made, clock=clock), there.clinic, load.SESSIONS * people)
        tickets = [ticket(app, desk.actor) for desk in desks]
        _release(app)
        found = load.charting(app, at, desks, tickets, think)
        _release(app)
        return found

    def saturated() -> Figures:
        tickets = [ticket(app, desk.actor) for desk in there.desks]
        _release(app)
        return load.saturated(at, there, lot, tickets)

    bench.part(f"{at.kind}.any.load", charting)
    bench.part(f"{at.kind}.any.saturation", saturated)


def _release(app: Flask) -> None:
    """Let go of the database: the server that is measured has it alone."""
    with app.app_context():
        db.engine.dispose()


def _made(bench: Bench, name: str, app: Flask, at: Place, size: Size) -> tuple[Subjects, Clock]:
    """The clinic of this size; one that was begun is gone on with."""
    clock = Clock()
    made: Work = app.extensions["clinic_work"]
    file = at.folder / SUBJECTS

    def make() -> Figures:
        there = subjects(file, replace(made, clock=clock), clock, desks=DESKS)
        started = time.perf_counter()
        filled: Filled = fill(
            made.engine.url, there.clinic.id, there.originals, size.treated, lambda _: None, register=size.register
        )
        return {
            "made.patients": filled.patients,
            "made.visits": filled.visits,
            "made.sites": filled.sites,
            "made.seconds": time.perf_counter() - started,
            "made.mib": _mebibytes(app),
        }

    bench.part(f"{name}.made", make)
    kept: Subjects = pickle.loads(file.read_bytes())
    return kept, clock


def _mebibytes(app: Flask) -> float:
    with app.app_context():
        url = db.engine.url
        if url.get_backend_name() == "sqlite":
            return Path(str(url.database)).stat().st_size / 2**20
        with db.engine.connect() as connection:
            size = connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar()
            return int(size or 0) / 2**20


if __name__ == "__main__":
    main()
