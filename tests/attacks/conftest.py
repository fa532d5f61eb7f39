"""The demo of the whole program with a row in every table: copied for each attack."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, text

from clinic import create_app
from clinic.domain.actors import Actor, Role
from clinic.extensions import db
from clinic.queries import accounts as accounts_query
from clinic.services import accounts
from clinic.unit_of_work import Work
from tests import compiled, factories
from tests.attacks import filling, poison
from tests.attacks.addresses import Place, places
from tests.conftest import make_settings, without_syncing
from tests.demo.conftest import Made, made
from tests.factories import Client, ClinicWorld

__all__ = ["Made", "made"]


@dataclass
class World:
    """An installation that may be attacked: the application, its first clinic, and one browser a person."""

    app: Flask
    instance: Path
    clinic: ClinicWorld
    clients: dict[Role, Client] = field(default_factory=dict)

    @property
    def work(self) -> Work:
        """The application's maker of units of work."""
        work: Work = self.app.extensions["clinic_work"]
        return work

    def client(self, role: Role) -> Client:
        """A signed-in browser of a role."""
        if role not in self.clients:
            self.clients[role] = factories.client_for(self.app, self.clinic.people[role])
        return self.clients[role]

    def places(self, spread: int) -> list[Place]:
        """All pages with ids of records that are there."""
        with self.work.engine.connect() as connection:
            return places(self.app, connection, self.clinic.id, spread)


def opened(instance: Path, clinic: ClinicWorld | None = None) -> Iterator[World]:
    """The application on an instance; its people are those of the first clinic."""
    app = create_app(make_settings(instance))
    app.config["TESTING"] = True
    app.config["PROPAGATE_EXCEPTIONS"] = False  # A fault must answer as it does in the clinic.
    app.test_client_class = factories.Client
    compiled.share(app)
    with app.app_context():
        event.listen(db.engine, "connect", without_syncing)
    yield World(app, instance, clinic or ClinicWorld(1, {}))
    with app.app_context():
        db.engine.dispose()


def people_of(work: Work, clinic_id: int) -> dict[Role, Actor]:
    """One person of each role in a clinic."""
    with work.engine.connect() as connection:
        sql = (
            'SELECT "user".username FROM "user" JOIN membership ON membership.user_id = "user".id WHERE clinic_id = :id'
        )
        names = connection.execute(text(sql), {"id": clinic_id}).scalars().all()
    found: dict[Role, Actor] = {}
    for name in names:
        with work.reading(accounts.SYSTEM, scoped=False) as uow:
            account = accounts_query.credentials(uow, name)
        for actor in account.actors if account else ():
            if actor.clinic_id == clinic_id:
                found.setdefault(actor.role, actor)
    return found


@pytest.fixture(scope="session")
def full_instance(made: Made, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ClinicWorld]:
    """The demo, with what its stories do not have; nothing of it is hostile yet."""
    instance = tmp_path_factory.mktemp("full") / "instance"
    shutil.copytree(made.instance, instance)
    for world in opened(instance):
        clinic = ClinicWorld(1, people_of(world.work, 1))
    with poison.behind(instance) as connection:
        poison.disarm(connection)
        filling.fill(connection, 1)
    return instance, clinic


@pytest.fixture
def world(full_instance: tuple[Path, ClinicWorld], tmp_path: Path) -> Iterator[World]:
    """A copy to attack."""
    shutil.copytree(full_instance[0], tmp_path / "instance")
    yield from opened(tmp_path / "instance", full_instance[1])
