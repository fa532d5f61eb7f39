"""How pages grow with the clinic: ``python -m tests.bench.large --patients 10000``. CI never asserts a time.

Makes a clinic of so many patients with ten visits of 25 sites each (``originals``, ``large_clinic``), on SQLite in
``--folder`` or on the PostgreSQL of the development requirements, says how long that took and how large it is, and
measures pages against the bare SQL of the same answer in the same run. On SQLite a run that was cut off is gone on with.
"""

from __future__ import annotations

import argparse
import logging
import pickle
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from clinic import config, create_app
from clinic.extensions import db
from clinic.models import Lot, Patient, Visit
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from tests import factories
from tests.bench.large_clinic import Size, fill
from tests.bench.originals import make_originals
from tests.postgresql import PostgreSQL

ORIGINALS, VISITS, SITES = 4, 10, 25
RUNS, WARM_UP = 15, 3
TODAY = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

_DOSE = "muscles=mentalis&products=botox&dose_at_least=2.5&treated_from=2026-01-01"
_SCORE = "score_1_kind=sunnybrook.composite&score_1_lowest=10"


class Clock:
    """A clock that stands until it is set."""

    now = TODAY

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Measure:
    """One page, the bare SQL of the same answer, and the parameters of both."""

    what: str
    address: str
    sql: str
    values: tuple[object, ...]


def main() -> None:
    """Make the clinic, measure, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--patients", type=int, default=2000)
    asked.add_argument("--folder", type=Path, required=True, help="where keys and a SQLite database lie or are made")
    asked.add_argument("--postgresql", action="store_true", help="use the PostgreSQL server of the tests")
    given = asked.parse_args()
    logging.getLogger("clinic").setLevel(logging.WARNING)
    with _installation(given.folder, postgresql=given.postgresql) as app:
        clock = Clock()
        made: Work = app.extensions["clinic_work"]
        work = Work(made.engine, made.key, made.new_id, clock)
        app.extensions["clinic_work"] = work
        started = time.perf_counter()
        clinic, originals = _begun(given.folder / "made.pickle", work, clock)
        size = fill(made.engine.url, clinic.id, originals, given.patients, lambda there: print(there, "patients"))
        print(f"made in {time.perf_counter() - started:.0f} s, {_bytes(app) / 2**20:.0f} MiB: {size}")
        clock.now = TODAY
        _print(app, clinic, size)


def _begun(file: Path, work: Work, clock: Clock) -> tuple[factories.ClinicWorld, list[str]]:
    """The clinic with its originals; those of an earlier run where there was one."""
    if file.exists():
        kept: tuple[factories.ClinicWorld, list[str]] = pickle.loads(file.read_bytes())
        return kept
    clinic = factories.make_clinic(work)
    originals = make_originals(work, clinic, clock, count=ORIGINALS, visits=VISITS, sites=SITES)
    if work.engine.dialect.name == "sqlite":
        file.write_bytes(pickle.dumps((clinic, originals)))
    return clinic, originals


@contextmanager
def _installation(folder: Path, *, postgresql: bool) -> Iterator[Flask]:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "keys").exists():
        config.create_keys(folder)
    if not postgresql:
        yield from _app(folder, "")
        return
    with PostgreSQL.started() as server:
        server.execute("CREATE DATABASE large")
        yield from _app(folder, server.url("large"))


def _app(folder: Path, url: str) -> Iterator[Flask]:
    app = create_app(config.settings({"CLINIC_INSTANCE": str(folder), "CLINIC_DATABASE_URL": url, "CLINIC_DEMO": "0"}))
    app.test_client_class = factories.Client
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


def _bytes(app: Flask) -> int:
    with app.app_context(), db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            return Path(str(db.engine.url.database)).stat().st_size
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar() or 0)


def measures(work: Work, clinic_id: int) -> list[Measure]:
    """The pages that are measured, about one patient and one lot in the middle of the clinic."""
    with work.reading(SYSTEM, scoped=False) as uow:
        patients = uow.session.scalars(select(Patient.id).order_by(Patient.id)).all()
        patient = patients[len(patients) // 2]
        visits = uow.session.scalars(select(Visit.id).where(Visit.patient_id == patient).order_by(Visit.on)).all()
        lots = uow.session.scalars(select(Lot.id).where(Lot.id.like("lot%")).order_by(Lot.id)).all()
        lot = lots[len(lots) // 2] if lots else uow.session.scalars(select(Lot.id)).first()
        assert uow.session.scalar(select(func.count()).select_from(Visit))
    of_patient = (clinic_id, patient)
    two = (clinic_id, visits[-2], visits[-1])
    history = (
        "SELECT v.id, s.muscle, s.side, s.units FROM visit v JOIN injection_site s"
        " ON s.clinic_id = v.clinic_id AND s.visit_id = v.id WHERE v.clinic_id = ? AND v.patient_id = ?"
    )
    recall = (
        "SELECT p.id, v.id, count(*), sum(s.units) FROM vial i JOIN syringe y ON y.clinic_id = i.clinic_id AND"
        " y.vial_id = i.id JOIN visit v ON v.clinic_id = y.clinic_id AND v.id = y.visit_id JOIN patient p ON"
        " p.clinic_id = v.clinic_id AND p.id = v.patient_id JOIN injection_site s ON s.clinic_id = y.clinic_id AND"
        " s.syringe_id = y.id WHERE i.clinic_id = ? AND i.lot_id = ? GROUP BY p.id, v.id"
    )
    visit_list = 'SELECT id, "on", state FROM visit WHERE clinic_id = ? AND patient_id = ?'
    sites = "SELECT visit_id, muscle, side, x, y, units FROM injection_site WHERE clinic_id = ? AND visit_id IN (?, ?)"
    searched = (
        "SELECT DISTINCT v.patient_id FROM injection_site s JOIN visit v ON v.clinic_id = s.clinic_id AND v.id = s.visit_id"
        " WHERE s.clinic_id = ? AND s.muscle = ?"
    )
    treated = 'SELECT DISTINCT patient_id FROM visit WHERE clinic_id = ? AND "on" >= ?'
    courses = 'SELECT patient_id, count(*), max("on") FROM visit WHERE clinic_id = ? GROUP BY patient_id'
    scored = (
        "SELECT v.patient_id, s.value FROM assessment a JOIN assessment_score s ON s.clinic_id = a.clinic_id AND"
        " s.assessment_id = a.id JOIN visit v ON v.clinic_id = a.clinic_id AND v.id = a.visit_id"
        " WHERE a.clinic_id = ? AND a.instrument = ?"
    )
    compared = f"/patients/{patient}/compare?session={visits[-2]}&session={visits[-1]}"
    return [
        Measure("patient page", f"/patients/{patient}", visit_list, of_patient),
        Measure("timeline", f"/patients/{patient}/timeline", history, of_patient),
        Measure("compare two sessions", compared, sites, two),
        Measure("doses by muscle", f"/patients/{patient}/doses", history, of_patient),
        Measure("dose and effect", f"/patients/{patient}/dose-effect", history, of_patient),
        Measure("a patient's lots", f"/patients/{patient}/lots", history, of_patient),
        Measure("who had a lot", f"/stock/lots/{lot}/recall-list", recall, (clinic_id, lot)),
        Measure("find by muscle", "/cohorts?muscles=mentalis", searched, (clinic_id, "mentalis")),
        Measure("find by dose", f"/cohorts?{_DOSE}", searched, (clinic_id, "mentalis")),
        Measure("find by product", "/cohorts?products=botox", treated, (clinic_id, "1900-01-01")),
        Measure("find by days", "/cohorts?treated_from=2026-06-01", treated, (clinic_id, "2026-06-01")),
        Measure("find by last session", "/cohorts?last_session_until=2026-05-01", courses, (clinic_id,)),
        Measure("find by newest score", f"/cohorts?{_SCORE}", scored, (clinic_id, "sunnybrook")),
    ]


def _print(app: Flask, clinic: factories.ClinicWorld, size: Size) -> None:
    client = factories.client_for(app, clinic.prescriber)
    with app.app_context():
        bare = _bare(db.engine.url)
        found = measures(app.extensions["clinic_work"], clinic.id)
    ping = _median(lambda: client.get("/healthz"))
    print(f"{'page':28} {'ms':>8} {'bare SQL':>9} {'ratio':>7} {'kB':>6}   at {size.sites:,} sites")
    print(f"{'an empty page':28} {ping:8.2f}")
    for one in found:
        answer = client.get(one.address)
        assert answer.status_code == 200, (one.address, answer.status_code)
        page, floor = _median(lambda m=one: client.get(m.address)), _median(lambda m=one: bare(m.sql, m.values))
        print(f"{one.what:28} {page:8.2f} {floor:9.3f} {page / floor:7.1f} {len(answer.data) / 1000:6.1f}")


def _bare(url: Any) -> Callable[[str, tuple[object, ...]], object]:
    if url.get_backend_name() == "sqlite":
        link = sqlite3.connect(url.database)
        return lambda sql, values: link.execute(sql, values).fetchall()
    server = psycopg.connect(url.render_as_string(hide_password=False).replace("+psycopg", ""), autocommit=True)
    return lambda sql, values: server.execute(sql.replace("?", "%s").encode(), values).fetchall()


def _median(run: Callable[[], object]) -> float:
    times = []
    for number in range(WARM_UP + RUNS):
        started = time.perf_counter()
        run()
        if number >= WARM_UP:
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
