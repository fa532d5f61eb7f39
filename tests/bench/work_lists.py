"""How long the work lists take in a large clinic: ``python -m tests.bench.work_lists``. CI never asserts a time.

12,000 patients, 6,000 signed sessions of 3,000 of them, each with ten sites; a programme, four targets, a goal and a
referral for every tenth patient. Rows are copied from one session that was charted through the use cases.
"""

from __future__ import annotations

import logging
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade

from clinic import config, create_app
from clinic.domain.anatomy import Side
from clinic.domain.plans import Details, Goal, PlanEntry, PlanState, Programme, Referral, ReferralKind, Target
from clinic.extensions import db
from clinic.services import plan_items
from clinic.unit_of_work import Work
from tests import factories
from tests.charting import Charting

PATIENTS, TREATED, SESSIONS, SITES, PLANNED = 12_000, 3_000, 6_000, 10, 1_200
RUNS = 7
TODAY = date(2026, 11, 22)


class Clock:
    """A clock that stands until it is set."""

    now = datetime(2026, 8, 1, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def main() -> None:
    """Print medians of the pages, an empty page first."""
    logging.getLogger("clinic").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        config.create_keys(Path(name))
        settings = config.settings({"CLINIC_INSTANCE": name, "CLINIC_DEMO": "0"})
        app = create_app(settings)
        app.test_client_class = factories.Client
        with app.app_context():
            upgrade()
        clock, clinic = Clock(), _first_session(app, Clock())
        assert settings.sqlite_file is not None
        _fill(settings.sqlite_file)
        clock.now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
        _work(app, clock)
        _print(app, clinic)
        with app.app_context():
            db.engine.dispose()


def _work(app: Flask, clock: Clock) -> Work:
    made: Work = app.extensions["clinic_work"]
    work = Work(made.engine, made.key, made.new_id, clock)
    app.extensions["clinic_work"] = work
    return work


def _first_session(app: Flask, clock: Clock) -> factories.ClinicWorld:
    work = _work(app, clock)
    clinic = factories.make_clinic(work)
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    details: list[Details] = [Goal("Smile"), Programme(), Referral(ReferralKind.PSYCHOLOGY, question="?")]
    details += [Target(key, Side.LEFT) for key in ("mentalis", "platysma", "frontalis", "buccinator")]
    for one in details:
        with charting.writing() as uow:
            plan_items.add_item(uow, charting.patient_id, PlanEntry(one, PlanState.AGREED))
    return clinic


def _fill(file: Path) -> None:
    """Copy the one patient's rows under new ids; triggers would refuse children of signed visits, so they go first."""
    link = sqlite3.connect(file)
    link.row_factory = sqlite3.Row
    link.execute("PRAGMA foreign_keys = OFF")
    triggers = link.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    link.executescript("".join(f"DROP TRIGGER {row[0]};" for row in triggers))
    _copies(link, "patient", (_patient(number) for number in range(PATIENTS)))
    _copies(link, "visit", (_visit(number) for number in range(SESSIONS)))
    _copies(link, "injection_session", ({"visit_id": f"v{number:05}"} for number in range(SESSIONS)))
    places = ((number, place) for number in range(SESSIONS) for place in range(SITES))
    _copies(link, "injection_site", ({"id": f"s{n:05}-{place}", "visit_id": f"v{n:05}"} for n, place in places))
    for item, kind in [(row["id"], row["kind"]) for row in link.execute("SELECT id, kind FROM plan_item").fetchall()]:
        new = [(f"i{number:05}-{item[:12]}", f"p{number * 10:05}") for number in range(PLANNED)]
        _copies(link, "plan_item", ({"id": one, "patient_id": patient} for one, patient in new), "id", item)
        for table in ("plan_entry", f"plan_{kind}"):
            _copies(link, table, ({"item_id": one} for one, _ in new), "item_id", item)
    link.commit()
    link.close()


def _patient(number: int) -> dict[str, Any]:
    due = (TODAY - timedelta(days=number % 400 - 60)).isoformat() if number < TREATED else None
    return {"id": f"p{number:05}", "record_number": f"R{number:05}", "next_due_on": due}


def _visit(number: int) -> dict[str, Any]:
    earlier = 0 if number < TREATED else 100
    on = TODAY - timedelta(days=number % TREATED % 400 - 60 + 84 + earlier)
    return {"id": f"v{number:05}", "patient_id": f"p{number % TREATED:05}", "on": on.isoformat()}


def _copies(
    link: sqlite3.Connection, table: str, changes: Iterable[dict[str, Any]], key: str = "", value: str = ""
) -> None:
    where = f'WHERE "{key}" = ?' if key else ""
    first = dict(link.execute(f'SELECT * FROM "{table}" {where}', [value] if key else []).fetchone())
    named = ", ".join(f'"{name}"' for name in first)
    marks = ", ".join("?" * len(first))
    rows = (list((first | changed).values()) for changed in changes)
    link.executemany(f'INSERT INTO "{table}" ({named}) VALUES ({marks})', rows)


def _print(app: Flask, clinic: factories.ClinicWorld) -> None:
    client = factories.client_for(app, clinic.prescriber)
    pages = ["/healthz", "/", *(f"/work-lists?list={name}" for name in ("reviews", "injections", "therapy", "plans"))]
    for url in [*pages, "/work-lists?list=injections&page=20", "/work-lists/list.csv?list=injections"]:
        times = []
        for _ in range(RUNS):
            started = time.perf_counter()
            answer = client.get(url)
            times.append((time.perf_counter() - started) * 1000)
            assert answer.status_code == 200, url
        print(f"{url:44} {statistics.median(times):8.1f} ms {len(answer.data) / 1000:8.1f} kB")


if __name__ == "__main__":
    main()
