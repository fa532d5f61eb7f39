"""The demonstration: two clinics of invented patients, told through the real use cases on a clock of their own.

The same seed and day give the same patients, visits and frozen contents; passwords are random every time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import func, select

from clinic import passwords
from clinic.audit_chain import digests
from clinic.config import Settings
from clinic.demo import documents, generated, stories, trust
from clinic.demo.people import FIRST, SECOND, Account, Person, accounts_table, engage, generated_passwords
from clinic.demo.speed import made_durable, quick_engine
from clinic.demo.stage import Stage, StoryClock, Timeline, ids
from clinic.demo.stock import DELIVERIES, Cupboard
from clinic.domain.actors import Role
from clinic.domain.cohorts import Criteria
from clinic.domain.patients import Cause
from clinic.domain.sign_in import SecondFactorRule
from clinic.models import Clinic, Patient
from clinic.queries import accounts as accounts_query
from clinic.services import accounts, clinics
from clinic.services.cohorts import save_cohort
from clinic.unit_of_work import Work

__all__ = ["Account", "accounts_table", "holds_only_demo", "made", "mark", "reset_passwords", "seed"]

SEED = 2026
GENERATED = (30, 6)
"""Invented patients beside the stories: in the first clinic, and in the second."""
_STARTED = "2024-03-04"


@dataclass(frozen=True, slots=True)
class _House:
    """A demo clinic as it is set up."""

    name: str
    zone: str
    address: str
    phone: str
    people: tuple[Person, ...]


HOUSES = (
    _House(
        "Facial Nerve Clinic, demonstration",
        "Europe/London",
        "12 Invented Street\nLondon",
        "+44 20 7946 0000",
        FIRST,
    ),
    _House(
        "Facial Palsy Centre, second demonstration",
        "Europe/Berlin",
        "Erfundene Straße 3\nBerlin",
        "+49 30 000000",
        SECOND,
    ),
)


def seed(
    app: Flask, *, seed: int = SEED, today: date | None = None, counts: tuple[int, int] = GENERATED
) -> list[Account]:
    """Fill an empty installation with both demo clinics; give the accounts with their passwords, a prescriber first.

    ``today`` is the day of seeding, at noon; without it, it is now. ``counts`` are the invented patients of each clinic.
    """
    made: Work = app.extensions["clinic_work"]
    now = datetime.combine(today, time(12), UTC) if today else made.clock()
    clock = StoryClock(now)
    engine = quick_engine(made.engine)
    work = Work(engine, made.key, ids(f"{seed}:ids"), clock)
    secrets = generated_passwords([person.username for house in HOUSES for person in house.people])
    hashes = {name: hashed for name, (_, hashed) in secrets.items()}
    timeline = Timeline(clock)
    first, second = (_open_house(work, timeline, house, hashes, Random(f"{seed}:{house.zone}")) for house in HOUSES)  # noqa: S311 - invented
    _tell_first(first, counts[0])
    _tell_second(second, counts[1])
    digests.disabled = True
    try:
        timeline.play()
    finally:
        digests.disabled = False
    made_durable(engine)
    return [_account(house, person, secrets[person.username][0]) for house in HOUSES for person in house.people]


def _account(house: _House, person: Person, password: str) -> Account:
    name = f"{person.title} {person.name}".strip()
    return Account(house.name, person.username, name, person.role, password)


def _open_house(work: Work, timeline: Timeline, house: _House, hashes: Mapping[str, str], random: Random) -> Stage:
    zone = ZoneInfo(house.zone)
    stage = Stage(work, timeline, 0, zone, timeline.clock.latest.astimezone(zone).date(), {}, random)
    timeline.clock.reach(datetime.combine(stage.day(_STARTED), time(9), zone))
    with work.writing(accounts.SYSTEM, scoped=False) as uow:
        stage.clinic_id = clinics.create_clinic(
            uow,
            name=house.name,
            time_zone=house.zone,
            address=house.address,
            phone=house.phone,
            is_demo=True,
            second_factor=SecondFactorRule.NOBODY,
        )
    stage.people = engage(work, stage.clinic_id, house.people, hashes)
    return stage


def _tell_first(stage: Stage, count: int) -> None:
    cupboard = Cupboard(stage)
    cupboard.expect(DELIVERIES)
    stage.at(stage.day("2024-03-18"), "08:10", lambda: _accept_presets(stage))
    stage.at(stage.today, "08:45", lambda: _look_back(stage, cupboard))
    stories.schedule(stage, cupboard)
    documents.schedule(stage)
    trust.schedule(stage)
    by = ("prescriber", "prescriber", "injector", "second")
    generated.schedule(stage, cupboard, count=count, first_number=1012, by=by)
    for product in ("botox", "xeomin"):
        # The last thing today, so that they keep as long as possible for somebody who tries the record.
        stage.at(stage.today, "23:30", lambda product=product: cupboard.open(product, kept=True))  # type: ignore[misc]


def _tell_second(stage: Stage, count: int) -> None:
    cupboard = Cupboard(stage)
    cupboard.expect(DELIVERIES)
    generated.schedule(stage, cupboard, count=count, first_number=2001, by=("prescriber",))
    stage.at(stage.today, "23:30", lambda: cupboard.open("botox", kept=True))


def _look_back(stage: Stage, cupboard: Cupboard) -> None:
    """Keep a search that the clinic shares, and say what stock there should be."""
    cupboard.set_levels()
    with stage.writing("prescriber") as uow:
        asked = Criteria(causes=(Cause.BELLS_PALSY.value,), muscles=("mentalis",))
        save_cohort(uow, "Bell’s palsy, chin treated", asked, shared=True)


def _accept_presets(stage: Stage) -> None:
    """Enter three habits of the demo prescriber, so that their notes can be seen."""
    habits = (("mentalis", "1.25", "5"), ("depressor_anguli_oris", "1.25", "5"), ("frontalis", "1.25", "5"))
    with stage.writing("prescriber") as uow:
        for muscle, low, high in habits:
            clinics.accept_preset(
                uow,
                product="botox",
                muscle=muscle,
                site_group=None,
                low=Decimal(low),
                high=Decimal(high),
                source="Habit of this demonstration clinic; invented, no recommendation",
            )


def holds_only_demo(app: Flask) -> bool:
    """Whether every clinic is a demonstration and every patient synthetic; an empty installation is."""
    work: Work = app.extensions["clinic_work"]
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        real_clinics = uow.session.scalar(select(func.count()).select_from(Clinic).where(Clinic.is_demo.is_(False)))
        real_patients = uow.session.scalar(
            select(func.count()).select_from(Patient).where(Patient.synthetic.is_(False))
        )
    return not real_clinics and not real_patients


def reset_passwords(app: Flask) -> list[Account]:
    """Give everybody in the demo clinics a new random password; who is signed in is signed out."""
    work: Work = app.extensions["clinic_work"]
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        houses = list(uow.session.execute(select(Clinic.id, Clinic.name).where(Clinic.is_demo).order_by(Clinic.id)))
    made: list[Account] = []
    roles = list(Role)
    for clinic_id, name in houses:
        with work.reading(accounts.system_actor(clinic_id)) as uow:
            rows = accounts_query.people(uow)
        for row in sorted(rows, key=lambda row: (roles.index(row.role), row.username)):
            password = passwords.generated()
            hashed = passwords.hashed(password)
            with work.writing(accounts.system_actor(clinic_id)) as uow:
                accounts.set_password(uow, row.user_id, hashed, must_change=False)
            made.append(Account(name, row.username, f"{row.title} {row.name}".strip(), row.role, password))
    return made


def made(app: Flask, settings: Settings) -> list[Account]:
    """Seed under a mark that stays when it is cut off, so that the next start knows a half-made demo."""
    mark(settings).touch(mode=0o600)
    accounts_made = seed(app)
    mark(settings).unlink()
    return accounts_made


def mark(settings: Settings) -> Path:
    """The file that stands while the demo is being made."""
    return settings.instance / "demo-unfinished"
