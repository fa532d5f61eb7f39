"""The signed world on each database, and copies of it to tamper with."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clinic import create_app, new_id
from clinic.unit_of_work import Work
from tests.conftest import Clock, make_settings
from tests.reliability.tampering import World, built, copied


@pytest.fixture(scope="session")
def worlds(
    template_instance: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], World]]:
    """The signed world on each database, made once."""
    made: dict[str, World] = {}

    def world(kind: str) -> World:
        if kind not in made:
            instance = tmp_path_factory.mktemp(f"sealed-{kind}") / "instance"
            shutil.copytree(template_instance, instance)
            url = request.getfixturevalue("postgresql").fresh_database()[0] if kind == "postgresql" else ""
            app = create_app(make_settings(instance, url))
            clock = Clock()
            base: Work = app.extensions["clinic_work"]
            made[kind] = built(Work(base.engine, base.key, new_id, clock), clock, instance / "anchors")
            assert made[kind].verify() == ()
            base.engine.dispose()  # A database with a connection cannot be copied.
        return made[kind]

    yield world
    for one in made.values():
        one.work.engine.dispose()


@pytest.fixture
def copy(
    worlds: Callable[[str], World], database_kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], World]]:
    """Copies of the world, each by a name of its own."""
    world = worlds(database_kind)
    made: list[World] = []
    server = request.getfixturevalue("postgresql") if database_kind == "postgresql" else None

    def copy_of(name: str = "copy") -> World:
        if server is None:
            file = tmp_path / f"{name}.sqlite3"
            shutil.copy(world.file, file)
            url = f"sqlite:///{file}"
        else:
            database = f"tampered_{new_id()}"
            server.execute(f"CREATE DATABASE {database} TEMPLATE {world.work.engine.url.database}")
            url = server.url(database)
        made.append(copied(world, url, tmp_path / f"{name}-anchors"))
        return made[-1]

    yield copy_of
    for one in made:
        one.work.engine.dispose()
        if server is not None:
            server.execute(f"DROP DATABASE {one.work.engine.url.database} WITH (FORCE)")
