"""One case at a time, in this process: ``python -m tests.bench.quick autosave`` prints milliseconds of the processor,
statements and where the time goes. ``python -m tests.bench.quick`` prints all cases in short, ``--postgresql`` on that.

The clinic is made once in ``--folder`` (about a minute) and copied for each run, so several people can measure at once.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from flask import Flask

from clinic.unit_of_work import Work
from tests.bench import counts
from tests.bench.browsers import InProcess
from tests.bench.cases import Case, busiest_lot, checked, every
from tests.bench.installation import application, place
from tests.bench.large_clinic import fill
from tests.bench.served import Place
from tests.bench.subjects import Clock, Subjects, subjects
from tests.web.statements import counted

PATIENTS: Final = 400
RUNS, WARM_UP, PROFILED = 25, 3, 20
SHOWN: Final = 25


def main() -> None:
    """Print what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("cases", nargs="*", help="keys of cases; none for all in short")
    asked.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "clinic-quick")
    asked.add_argument("--postgresql", action="store_true")
    asked.add_argument("--runs", type=int, default=RUNS)
    asked.add_argument("--sort", default="tottime", help="tottime or cumulative")
    asked.add_argument("--statements", action="store_true", help="print every statement of the case")
    given = asked.parse_args()
    with prepared(given.folder, postgresql=given.postgresql) as (app, there):
        work: Work = app.extensions["clinic_work"]
        found = every(InProcess(app, there.desks[0].actor), there, busiest_lot(work))
        print(f"{'case':14} {'CPU ms':>8} {'wall ms':>8} {'statements':>10} {'commits':>8} {'kB':>7}")
        for key in given.cases or found:
            _report(work, found[key], given.runs if given.cases else 9)
        for key in given.cases:
            _profile(work, found[key], given.sort, statements=given.statements)


@contextmanager
def prepared(folder: Path, *, postgresql: bool) -> Iterator[tuple[Flask, Subjects]]:
    """A small clinic to measure in: a copy of the one in the folder, or one made on PostgreSQL for this run."""
    if postgresql:
        folder = folder.with_name(folder.name + "-postgresql")
        with place(folder, "postgresql") as at, application(at) as app:
            yield app, _filled(app, folder)
        return
    if not (folder / "filled").exists():
        print(f"making the clinic in {folder} …", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        with application(Place(folder)) as app:
            _filled(app, folder)
        (folder / "filled").touch()
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(folder, name, dirs_exist_ok=True)
        with application(Place(Path(name))) as app:
            yield app, subjects(Path(name) / "subjects.pickle", app.extensions["clinic_work"], Clock(), desks=0)


def _filled(app: Flask, folder: Path) -> Subjects:
    clock = Clock()
    made: Work = app.extensions["clinic_work"]
    work = Work(made.engine, made.key, made.new_id, clock)
    there = subjects(folder / "subjects.pickle", work, clock, desks=2)
    fill(made.engine.url, there.clinic.id, there.originals, PATIENTS, lambda _: None)
    return there


def _report(work: Work, case: Case, runs: int) -> None:
    answer = checked(case)
    statements, committed = counts.of(work, case)
    processor, wall = [], []
    for _ in range(runs + WARM_UP):
        case.before()
        began, started = time.process_time(), time.perf_counter()
        case.run()
        wall.append((time.perf_counter() - started) * 1000)
        processor.append((time.process_time() - began) * 1000)
        case.after()
    cpu, ms = statistics.median(processor[WARM_UP:]), statistics.median(wall[WARM_UP:])
    size = len(answer.body) / 1000
    print(f"{case.key:14} {cpu:8.2f} {ms:8.2f} {statements:10} {committed:8} {size:7.1f}", flush=True)


def _profile(work: Work, case: Case, sort: str, *, statements: bool) -> None:
    profile = cProfile.Profile()
    with counted(work.engine) as seen:
        for _ in range(PROFILED):
            case.before()
            del seen[:]
            profile.enable()
            case.run()
            profile.disable()
            ran = list(seen)
            case.after()
    print(f"\n== {case.key}: {PROFILED} runs; divide by that")
    pstats.Stats(profile).strip_dirs().sort_stats(sort).print_stats(SHOWN)
    for one in ran if statements else ():
        print("  ", " ".join(one.split())[:220])


if __name__ == "__main__":
    main()
