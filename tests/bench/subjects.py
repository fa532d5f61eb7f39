"""Whom the benchmarks are about: a patient of 40 sessions with an open draft, and desks at which people can chart.

All of it is made through the use cases and kept beside the database, so that a later run can go on with it.
"""

from __future__ import annotations

import pickle
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event, select

from clinic import passwords
from clinic.domain.actors import Actor, Role
from clinic.models import Visit
from clinic.models.visits import VisitState
from clinic.services import shorthand
from clinic.unit_of_work import Work
from tests.bench.originals import APART, line_of, make_original, make_originals, version_of
from tests.charting import Charting, open_vial
from tests.factories import PASSWORD, ClinicWorld, make_clinic, make_condition, make_patient, make_person

ORIGINALS: Final = 4
VISITS: Final = 10
LONG: Final = 40
"""Sessions of the patient with the long history."""
SITES: Final = 25
DRAFTED: Final = 24
LAST: Final = timedelta(days=90)
"""So long ago the last session of the long history was."""


class Clock:
    """A clock that stands where it is set, and runs with the real one before that."""

    def __init__(self) -> None:
        self.set: datetime | None = None

    @property
    def now(self) -> datetime:
        """The moment that it shows."""
        return self.set or datetime.now(UTC)

    @now.setter
    def now(self, moment: datetime) -> None:
        self.set = moment

    def run(self) -> None:
        """Show the real time again."""
        self.set = None

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Desk:
    """A prescriber with a patient who has no session yet, and a full vial."""

    actor: Actor
    patient_id: str
    vial_id: str


@dataclass(frozen=True)
class Subjects:
    """What the cases ask for. ``visits`` are those of the long history, oldest first; ``draft_id`` is its open draft."""

    clinic: ClinicWorld
    originals: list[str]
    patient_id: str
    visits: tuple[str, ...]
    draft_id: str
    syringe_id: str
    desks: tuple[Desk, ...]


def subjects(file: Path, work: Work, clock: Clock, *, desks: int, long: int = LONG) -> Subjects:
    """Those of an earlier run, or new ones; the clock runs when they are made."""
    if file.exists():
        kept: Subjects = pickle.loads(file.read_bytes())
        return kept
    event.listen(work.engine, "connect", _without_waiting)
    work.engine.dispose()
    try:
        made = _made(work, clock, desks, long)
    finally:
        event.remove(work.engine, "connect", _without_waiting)
        work.engine.dispose()
    file.write_bytes(pickle.dumps(made))
    return made


def _without_waiting(connection: Any, _record: object) -> None:
    """While they are made nobody waits for the disk; what is measured afterwards does."""
    is_file = isinstance(connection, sqlite3.Connection)
    connection.execute("PRAGMA synchronous = OFF" if is_file else "SET SESSION synchronous_commit = off")
    if not is_file:
        connection.commit()


def _made(work: Work, clock: Clock, desks: int, long: int) -> Subjects:
    clinic = make_clinic(work)
    originals = make_originals(work, clinic, clock, count=ORIGINALS, visits=VISITS, sites=SITES)
    first = datetime.now(UTC).replace(microsecond=0) - LAST - (long - 1) * APART
    patient_id = make_original(work, clinic, clock, ORIGINALS, long, SITES, first=first)
    clock.run()
    draft = Charting(work, clinic, clock, patient_id, open_vial(work, clinic, label="B-1", lot="BENCH"))
    draft.start()
    with draft.writing() as uow:
        version = version_of(uow, draft.visit_id)
        shorthand.chart_line(uow, draft.visit_id, version, line_of(ORIGINALS, DRAFTED), draft.syringe_id)
    return Subjects(
        clinic,
        originals,
        patient_id,
        _visits(work, clinic.prescriber, patient_id),
        draft.visit_id,
        draft.syringe_id,
        new_desks(work, clinic, desks),
    )


def _visits(work: Work, actor: Actor, patient_id: str) -> tuple[str, ...]:
    with work.reading(actor) as uow:
        signed = select(Visit.id).where(Visit.patient_id == patient_id, Visit.state == VisitState.SIGNED)
        return tuple(uow.session.scalars(signed.order_by(Visit.on)).all())


def new_desks(work: Work, clinic: ClinicWorld, many: int) -> tuple[Desk, ...]:
    """So many desks at which nobody has charted yet."""
    return tuple(_desk(work, clinic, secrets.token_hex(4)) for _ in range(many))


def _desk(work: Work, clinic: ClinicWorld, name: str) -> Desk:
    actor = make_person(work, clinic.id, Role.PRESCRIBER, username=f"desk-{name}", password_hash=_real_hash())
    letters = "".join(chr(ord("a") + int(digit, 16)) for digit in name)
    patient_id = make_patient(work, actor, family_name=f"K{letters}")
    make_condition(work, actor, patient_id)
    return Desk(actor, patient_id, open_vial(work, clinic, lot=f"D{name}", label=f"D-{name}"))


@cache
def _real_hash() -> str:
    """One hash for everybody, as dear to check as the program makes them."""
    return passwords.hashed(PASSWORD)
