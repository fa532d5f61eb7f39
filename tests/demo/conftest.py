"""The demo with all its stories and a few invented patients, made once a test process."""

from __future__ import annotations

import os
import pickle
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from clinic import create_app, demo
from clinic.demo import Account
from clinic.extensions import db
from clinic.unit_of_work import Work
from tests import compiled, factories
from tests.conftest import make_settings, without_syncing

TODAY = date(2027, 2, 9)
"""Not the reference day: every date of the stories must move."""


@dataclass
class Made:
    """A demo with its accounts and its instance folder."""

    app: Flask
    accounts: list[Account]
    instance: Path

    @property
    def work(self) -> Work:
        """The application's maker of units of work, on the real clock."""
        work: Work = self.app.extensions["clinic_work"]
        return work


def make(template: Path, instance: Path, counts: tuple[int, int] = (3, 2)) -> Made:
    """Seed a fresh installation."""
    shutil.copytree(template, instance)
    app = _app(instance)
    return Made(app, demo.seed(app, today=TODAY, counts=counts), instance)


def _app(instance: Path) -> Flask:
    app = create_app(make_settings(instance))
    app.config["TESTING"] = True
    app.test_client_class = factories.Client
    compiled.share(app)
    with app.app_context():
        event.listen(db.engine, "connect", without_syncing)
    return app


@pytest.fixture(scope="session")
def made(template_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """The demo; tests of this fixture only read it. It is seeded once for all processes of a run, and copied."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    seeded = shared / "seeded-demo"
    with closing(sqlite3.connect(shared / "seeded-demo.lock", timeout=110, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")  # A lock that every system has.
        if not (seeded / "accounts").exists():
            first = make(template_instance, seeded / "instance")
            with first.app.app_context():
                db.engine.dispose()
            (seeded / "accounts").write_bytes(pickle.dumps(first.accounts))
    instance = tmp_path_factory.mktemp("demo") / "instance"
    shutil.copytree(seeded / "instance", instance)
    one = Made(_app(instance), pickle.loads((seeded / "accounts").read_bytes()), instance)
    yield one
    with one.app.app_context():
        db.engine.dispose()


@pytest.fixture
def own(made: Made, tmp_path: Path) -> Iterator[Made]:
    """A copy of the demo that the test may change."""
    instance = tmp_path / "instance"
    shutil.copytree(made.instance, instance)
    app = _app(instance)
    yield Made(app, made.accounts, instance)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def again(template_instance: Path, tmp_path: Path) -> Iterator[Callable[[], Made]]:
    """Seeds a second time, elsewhere."""
    seeded: list[Made] = []

    def seed() -> Made:
        seeded.append(make(template_instance, tmp_path / "again"))
        return seeded[-1]

    yield seed
    for one in seeded:
        with one.app.app_context():
            db.engine.dispose()
