"""Benchmarks as ratios within one run: ``make bench`` or ``python -m tests.bench``. CI never asserts a time.

Each figure is the median of repeated requests through the real application on a fresh SQLite database, next to a floor
measured in the same run: an empty page for reads, a bare durable insert for writes.
"""

from __future__ import annotations

import logging
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask_migrate import upgrade

from clinic import config, create_app
from clinic.domain.anatomy import hit
from clinic.domain.visit_content import canonical
from clinic.extensions import db, sqlite_mode
from clinic.queries.facts import judged
from clinic.unit_of_work import Work
from tests import factories
from tests.bench import prints
from tests.charting import Charting

RUNS = 40
WARM_UP = 5


def median_ms(run: Callable[[], object]) -> float:
    """The median of ``RUNS`` timed runs in milliseconds, after a warm-up."""
    for _ in range(WARM_UP):
        run()
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        run()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def bare_save(folder: Path) -> Callable[[], object]:
    """One durable insert with the application's own journal settings: the floor of a save."""
    connection = sqlite3.connect(folder / "floor.sqlite3", isolation_level=None)
    journal, synchronous = sqlite_mode()
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("CREATE TABLE site (id INTEGER PRIMARY KEY, units INTEGER)")
    return lambda: connection.execute("INSERT INTO site (units) VALUES (250)")


def anatomy_ms() -> float:
    """Reading the anatomy in a fresh interpreter, over what the program takes by itself; the best of five."""
    code = (
        "import time, clinic.domain.errors\n"
        "start = time.perf_counter()\n"
        "import clinic.domain.anatomy\n"
        "print(1000 * (time.perf_counter() - start))"
    )
    runs = (subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(5))
    return min(float(run.stdout) for run in runs)


def main() -> None:
    """Print a table of medians and ratios."""
    logging.getLogger("clinic").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config.create_keys(folder)
        app = create_app(config.settings({"CLINIC_INSTANCE": name, "CLINIC_DEMO": "0"}))
        app.test_client_class = factories.Client
        with app.app_context():
            upgrade()
        rows = measured(app, folder)
        with app.app_context():
            db.engine.dispose()
    print(f"{'what':44} {'ms':>8} {'× floor':>8}")
    for what, ms, floor in rows:
        print(f"{what:44} {ms:8.2f} {ms / floor:8.1f}")
    print()
    prints.main()


def measured(app: Any, folder: Path) -> list[tuple[str, float, float]]:
    """The figures: (what, median ms, its floor in ms)."""
    from datetime import UTC, datetime

    class Now:
        now = datetime.now(UTC)

        def __call__(self) -> datetime:
            return datetime.now(UTC)

    clock = Now()
    made: Work = app.extensions["clinic_work"]
    work = Work(made.engine, made.key, made.new_id, clock)
    app.extensions["clinic_work"] = work
    clinic = factories.make_clinic(work)
    charting = Charting.begun(work, clinic, clock)
    for _ in range(6):
        charting.chart_usual_sites()
    client = factories.client_for(app, clinic.prescriber)
    ping = median_ms(lambda: client.get("/healthz"))
    save = median_ms(bare_save(folder))
    content, _ = judged(charting.record(), clock())
    syringe = charting.record().syringes[0].id

    def chart_site() -> None:
        data = {"edit_version": charting.version(), "x": "-345", "y": "729", "units": "2.5", "syringe_id": syringe}
        answer = client.send(f"/visits/{charting.visit_id}/sites", data, headers={"Accept": "application/json"})
        site = answer.get_json()["sites"][-1]["id"]
        data = {"edit_version": answer.get_json()["edit_version"]}
        client.send(f"/visits/{charting.visit_id}/sites/{site}/remove", data)

    def summary() -> None:
        from clinic.pdf import visit_summary
        from clinic.pdf.stamps import Stamp

        visit_summary.render(content, Stamp(reference="BENCH", printed_at="now", status="draft"))

    return [
        ("an empty page (floor of reads)", ping, ping),
        ("a bare durable insert (floor of saves)", save, save),
        ("chart page, 24 sites", median_ms(lambda: client.get(f"/visits/{charting.visit_id}")), ping),
        ("patient page", median_ms(lambda: client.get(f"/patients/{charting.patient_id}")), ping),
        ("stock page", median_ms(lambda: client.get("/stock")), ping),
        ("chart a site and remove it: two saves", median_ms(chart_site), 2 * save),
        ("judge and freeze the visit", median_ms(lambda: canonical(judged(charting.record(), clock())[0])), ping),
        ("visit summary as PDF", median_ms(summary), ping),
        ("reading the anatomy, once a process", anatomy_ms(), ping),
        ("1,000 hit tests", median_ms(lambda: [hit(x * 7 % 900 - 450, x % 2000 - 1200) for x in range(1000)]), ping),
    ]


if __name__ == "__main__":
    main()
