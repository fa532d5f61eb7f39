"""Random sessions put straight into the tables: what they hold is known, whatever shows it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from clinic.domain.anatomy import MUSCLES, Side, muscle_label, position, site_label
from clinic.domain.events import Action, Event
from clinic.domain.injections import Depth, Purpose
from clinic.domain.patients import Sex
from clinic.domain.products import product_name
from clinic.domain.quantities import format_number
from clinic.models import InjectionSession, InjectionSite, Patient, Syringe, Visit
from clinic.unit_of_work import UnitOfWork, Work
from tests.charting import open_vial
from tests.factories import ClinicWorld
from tests.web import surfaces

MANY, USUAL = 25, 7
"""Sites of the second session, and of the others at most."""
PRODUCTS = ("botox", "dysport", "xeomin")
PLACES = tuple(
    (muscle.key, site.key, side)
    for muscle in MUSCLES.values()
    for site in muscle.sites
    for side in ((Side.MIDLINE,) if site.x == 0 else (Side.RIGHT, Side.LEFT))
)


@dataclass(frozen=True)
class Injected:
    """A site as it was put into the record."""

    number: int
    muscle: str
    sub_site: str | None
    side: Side
    units: Decimal
    product: str
    letter: str

    @property
    def shown(self) -> surfaces.Site:
        """What every surface for staff has to say."""
        sub_site = site_label(self.muscle, self.sub_site) if self.sub_site else ""
        where = surfaces.place(muscle_label(self.muscle), sub_site)
        return self.number, where, self.side.value, format_number(self.units)


@dataclass(frozen=True)
class Made:
    """A session in the record and what was put into it."""

    visit_id: str
    patient_id: str
    sites: tuple[Injected, ...]
    given: bool

    @property
    def marks(self) -> dict[int, surfaces.Mark]:
        """Where each number stands on the face, and its dose."""
        places = {one.number: position(one.muscle, one.sub_site, one.side) for one in self.sites}
        return {one.number: (*places[one.number], format_number(one.units)) for one in self.sites}

    @property
    def shown(self) -> list[surfaces.Site]:
        """Its sites in order."""
        return [one.shown for one in self.sites]

    @property
    def totals(self) -> surfaces.Totals:
        """Units by product and side."""
        found: surfaces.Totals = {}
        for one in self.sites:
            key = (product_name(one.product), one.side.value)
            found[key] = found.get(key, Decimal(0)) + one.units
        return found


def drawn(chance: random.Random, count: int) -> tuple[Injected, ...]:
    """A random session of so many sites; doses in hundredths; one to three products."""
    products = chance.sample(PRODUCTS, chance.choice((1, 1, 1, 2, 3)))
    found = []
    for number, (muscle, sub_site, side) in enumerate(chance.sample(PLACES, count), start=1):
        product = chance.choice(products)
        units = Decimal(chance.choice((50, 125, 250, 250, 275, 500, 1001, 1200, 12345))) / 100
        found.append(Injected(number, muscle, sub_site, side, units, product, "ABC"[products.index(product)]))
    return tuple(found)


def insert(uow: UnitOfWork, world: ClinicWorld, made: Made, vials: dict[str, str]) -> None:
    """Put a draft with its syringes and sites into the tables."""
    own = partial(dict, clinic_id=uow.clinic_id)
    head = {"patient_id": made.patient_id, "author_id": world.prescriber.user_id, "author_name": "Ada Prescriber"}
    head |= {"on": uow.now.date(), "time_zone": "Europe/Berlin", "created_at": uow.now, "changed_at": uow.now}
    uow.session.add(Visit(**own(id=made.visit_id), **head))
    uow.session.flush()
    uow.session.add(InjectionSession(**own(visit_id=made.visit_id, given_by="Ada Prescriber")))
    syringes = {one.letter: (uow.new_id(), one.product) for one in made.sites}
    for letter, (syringe_id, product) in syringes.items():
        strength = {"concentration_units": Decimal(500), "concentration_microlitres": 2500}
        whose = {"id": syringe_id, "visit_id": made.visit_id, "vial_id": vials[product], "letter": letter}
        uow.session.add(Syringe(**own(**whose, **strength)))
    uow.session.flush()
    for one in made.sites:
        x, y = position(one.muscle, one.sub_site, one.side)
        where = {"muscle": one.muscle, "sub_site": one.sub_site, "side": one.side, "x": x, "y": y}
        how = {"purpose": Purpose.SYNKINESIS, "depth": Depth.INTRAMUSCULAR, "units": one.units}
        at = {"given_at": uow.now, "given_by": "Ada Prescriber", "given_recorded_at": uow.now} if made.given else {}
        ids = {"id": uow.new_id(), "visit_id": made.visit_id, "syringe_id": syringes[one.letter][0]}
        uow.session.add(InjectionSite(**own(**ids, number=one.number), **where, **how, **at))


def one_made(uow: UnitOfWork, chance: random.Random, number: int) -> Made:
    """A session of a patient of its own."""
    who = {"record_number": f"R-{number}", "family_name": f"Family{number}", "given_names": f"Given{number}"}
    born = date(1950, 1, 1) + timedelta(days=17 * number)
    patient = Patient(
        clinic_id=uow.clinic_id, id=uow.new_id(), birth_date=born, sex=Sex.FEMALE, created_at=uow.now, **who
    )
    uow.session.add(patient)
    uow.session.flush()
    return Made(
        uow.new_id(),
        patient.id,
        drawn(chance, MANY if number == 1 else chance.randint(1, USUAL)),
        given=number % 2 == 0,
    )


def random_sessions(work: Work, world: ClinicWorld, count: int, seed: int = 20261122) -> tuple[Made, ...]:
    """Random sessions of one patient each, every other one given; the seed makes them the same every time."""
    chance = random.Random(seed)
    vials = {
        product: open_vial(work, world, product=product, label=f"V-{product}", units=Decimal(9999), lot=f"L{product}")
        for product in PRODUCTS
    }
    with work.writing(world.prescriber) as uow:
        made = tuple(one_made(uow, chance, number) for number in range(count))
        for one in made:
            insert(uow, world, one, vials)
        uow.record(Event(Action.VISIT_STARTED, f"visit:{made[0].visit_id}", made[0].patient_id))
    return made
