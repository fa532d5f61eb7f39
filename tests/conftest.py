"""One migrated database a test, on real engines: a copied SQLite file, or a PostgreSQL database from a template."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Engine, event, make_url

from clinic import config, create_app
from clinic.config import Settings
from clinic.extensions import db
from clinic.unit_of_work import Work
from tests import compiled, factories, stages
from tests.chromium import chromium
from tests.green import pytest_runtest_logreport, pytest_sessionfinish
from tests.postgresql import PostgreSQL, owners

__all__ = ["chromium", "pytest_runtest_logreport", "pytest_sessionfinish"]

# Each process that a test starts would compile the whole program anew, a second of processor every time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

BOTH = ("services", "queries", "archives", "migrations", "reliability", "fault")
"""Folders whose tests run on both databases."""
BORROWING = ("services", "queries")
"""Folders whose tests change rows only and open no page: one PostgreSQL database can be put back for each."""

THAW = 100
"""After so many applications memory is swept: each one freezes itself when it is made, and would stay for ever."""
_applications = itertools.count(1)


FAULTS = Path(__file__).parent / "fault"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the faults, which take half an hour, unless they were named: `make fault` names them."""
    named = any(FAULTS in (path := Path(one.partition("::")[0]).resolve(), *path.parents) for one in config.args)
    return True if collection_path == FAULTS and not named else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on both databases where its folder says so, unless it asks for one by a marker."""
    if "database_kind" not in metafunc.fixturenames:
        return
    folder = Path(str(metafunc.definition.fspath)).parent.name
    kinds = ["sqlite", "postgresql"] if folder in BOTH else ["sqlite"]
    if metafunc.definition.get_closest_marker("sqlite_only"):
        kinds = ["sqlite"]
    if metafunc.definition.get_closest_marker("postgresql_only"):
        kinds = ["postgresql"]
    metafunc.parametrize("database_kind", kinds, indirect=True)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """``sqlite`` or ``postgresql``."""
    return str(request.param)


def make_settings(instance: Path, url: str = "", owner_url: str = "") -> Settings:
    """Settings of a test's own installation."""
    environment = {"CLINIC_INSTANCE": str(instance), "CLINIC_DATABASE_URL": url, "CLINIC_DEMO": "0"}
    environment["CLINIC_OWNER_DATABASE_URL"] = owner_url
    return config.settings(environment)


@pytest.fixture(scope="session")
def template_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with keys and a migrated, empty SQLite database."""
    instance = tmp_path_factory.mktemp("template")
    config.create_keys(instance)
    app = create_app(make_settings(instance))
    with app.app_context():
        upgrade()
        compiled.keep(db.engine)
        db.engine.dispose()
    return instance


@pytest.fixture(scope="session")
def furnished_instance(
    template_instance: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, factories.ClinicWorld]:
    """An installation like ``template_instance`` with the people of the test clinic."""
    instance = tmp_path_factory.mktemp("furnished") / "instance"
    shutil.copytree(template_instance, instance)
    return instance, furnish(make_settings(instance))


def furnish(settings: Settings) -> factories.ClinicWorld:
    """Make the test clinic in an empty database, at the moment at which every test begins."""
    app = create_app(settings)
    made: Work = app.extensions["clinic_work"]
    world = factories.make_clinic(Work(made.engine, made.key, made.new_id, Clock()))
    made.engine.dispose()
    return world


@pytest.fixture(scope="session")
def postgresql(template_instance: Path) -> Iterator[PostgreSQL]:
    """A PostgreSQL server of this test process, with a migrated template database and one with the test clinic."""
    with PostgreSQL.started() as server:
        server.migrate_template(template_instance, make_settings)
        server.furnish_template(lambda url: furnish(make_settings(template_instance, url)))
        yield server


@pytest.fixture
def app(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application on a fresh database, which has the test clinic already where the test asks for it."""
    make = on_sqlite if database_kind == "sqlite" else on_borrowed if borrows(request) else on_postgresql
    if next(_applications) % THAW == 0:
        gc.unfreeze()
        gc.collect()
    yield from make(tmp_path / "instance", request, furnished="clinic" in request.fixturenames)


def borrows(request: pytest.FixtureRequest) -> bool:
    """Whether a test can do without pages, and on PostgreSQL without a database of its own."""
    return request.path.parent.name in BORROWING


def on_sqlite(instance: Path, request: pytest.FixtureRequest, *, furnished: bool) -> Iterator[Flask]:
    """On a copy of the prepared file."""
    template, world = request.getfixturevalue("template_instance"), None
    if furnished:
        template, world = request.getfixturevalue("furnished_instance")
    shutil.copytree(template, instance)
    with compiled.without_pages() if borrows(request) else nullcontext():
        application, engine = application_on(make_settings(instance), world)
    event.listen(engine, "connect", without_syncing)
    file = stages.File(Path(str(engine.url.database)))
    stages.begin(engine, file, template)
    yield application
    engine.dispose()
    file.connection.close()


def on_borrowed(instance: Path, request: pytest.FixtureRequest, *, furnished: bool) -> Iterator[Flask]:
    """On the PostgreSQL database that most tests have after each other."""
    server: PostgreSQL = request.getfixturevalue("postgresql")
    shutil.copytree(request.getfixturevalue("template_instance"), instance)
    loan = server.borrow(furnished=furnished)
    with compiled.without_pages():
        application, engine = application_on(make_settings(instance, loan.url), loan.world)
    server.connect(engine)
    stages.begin(engine, loan.tables, loan.rows)
    yield application


def on_postgresql(instance: Path, request: pytest.FixtureRequest, *, furnished: bool) -> Iterator[Flask]:
    """On a PostgreSQL database of its own."""
    server: PostgreSQL = request.getfixturevalue("postgresql")
    shutil.copytree(request.getfixturevalue("template_instance"), instance)
    url, world = server.fresh_database(furnished=furnished)
    application, engine = application_on(
        make_settings(instance, url, owners(make_url(url)).render_as_string(hide_password=False)), world
    )
    yield application
    engine.dispose()
    server.drop(url)


def application_on(settings: Settings, world: factories.ClinicWorld | None) -> tuple[Flask, Engine]:
    """The application of a test, and its engine."""
    application = create_app(settings)
    application.config["TESTING"] = True
    application.test_client_class = factories.Client
    application.extensions["test_clinic"] = world
    compiled.share(application)
    with application.app_context():
        return application, db.engine


def without_syncing(connection: sqlite3.Connection, _record: object) -> None:
    """Nothing of a test outlives the machine; a killed process loses nothing by it."""
    connection.execute("PRAGMA synchronous = OFF")


class Clock:
    """A clock that stands until it is moved; aware UTC."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Move on (or back, with negative numbers) by a timedelta's keywords."""
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    """The clock of ``work``."""
    return Clock()


@pytest.fixture
def work(app: Flask, clock: Clock) -> Work:
    """The application's maker of units of work, on the test's clock."""
    made: Work = app.extensions["clinic_work"]
    mine = Work(made.engine, made.key, made.new_id, clock)
    app.extensions["clinic_work"] = mine
    return mine


@pytest.fixture
def clinic(app: Flask, work: Work) -> factories.ClinicWorld:
    """A clinic with one person of every role."""
    world: factories.ClinicWorld = app.extensions["test_clinic"]
    return replace(world, people=dict(world.people))


@pytest.fixture
def other_clinic(work: Work, clinic: factories.ClinicWorld) -> factories.ClinicWorld:
    """A second clinic in the same installation."""
    world = stages.once(work, "other clinic", lambda: factories.make_clinic(work, name="Other clinic", prefix="other-"))
    return replace(world, people=dict(world.people))
