"""The demo with all its stories and a few invented patients, made once a test process."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from clinic import create_app, demo
from clinic.demo import Account
from clinic.extensions import db
from clinic.unit_of_work import Work
from tests import factories
from tests.conftest import make_settings

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
    app = create_app(make_settings(instance))
    app.config["TESTING"] = True
    app.test_client_class = factories.Client
    return Made(app, demo.seed(app, today=TODAY, counts=counts), instance)


@pytest.fixture(scope="session")
def made(template_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """The demo; tests of this fixture only read it."""
    one = make(template_instance, tmp_path_factory.mktemp("demo") / "instance")
    yield one
    with one.app.app_context():
        db.engine.dispose()


@pytest.fixture
def own(made: Made, tmp_path: Path) -> Iterator[Made]:
    """A copy of the demo that the test may change."""
    instance = tmp_path / "instance"
    shutil.copytree(made.instance, instance)
    app = create_app(make_settings(instance))
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
