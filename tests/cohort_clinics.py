"""A random clinic as plain values: put into the tables, and asked in plain Python what the criteria mean."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement
from clinic.domain.patients import Cause, DatePrecision, Sex
from clinic.domain.reviews import Wearing

TODAY = date(2026, 11, 22)
MUSCLES = {"mentalis": ("belly", None), "platysma": ("jaw_1", "medial_band_1", None), "frontalis": ("medial", None)}
LOTS = (("botox", "C 12a"), ("botox", "X9"), ("dysport", "X9"))
SPELLINGS = ("c12A", "X9", "", "C-12")
SIDES = (Side.RIGHT, Side.LEFT)


@dataclass
class Site:
    """An injection site; ``lot`` is an index of LOTS, None without a syringe."""

    muscle: str
    sub_site: str | None
    side: Side
    purpose: str
    units: Decimal
    lot: int | None
    given: bool


@dataclass
class Scored:
    """A score of an instrument in a visit."""

    instrument: str
    score: str
    side: Side | None
    value: Decimal
    rated_at: datetime


@dataclass
class Cell:
    """A graded cell of the grid."""

    side: Side
    movement: Movement
    group: Group
    grade: int | None
    rated_at: datetime


@dataclass
class Reviewed:
    """A review of a session: (effect or None, worse) by pattern."""

    wearing: Wearing
    worn_off_day: int | None
    effects: list[tuple[int | None, bool]]


@dataclass
class Visit:
    """A visit; ``amends`` and ``parent`` are indexes of the patient's visits."""

    on: date
    state: str
    amends: int | None = None
    voided: bool = False
    parent: int | None = None
    has_session: bool = False
    transcribed: bool = False
    transcribed_product: str | None = None
    transcribed_lot: str = ""
    given_by: str = ""
    sites: list[Site] = field(default_factory=list)
    scores: list[Scored] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    review: Reviewed | None = None


@dataclass
class Palsy:
    """A palsy episode."""

    side: Side
    cause: Cause
    onset_on: date | None
    precision: DatePrecision
    retired: bool


@dataclass
class AdverseEvent:
    """An adverse event by its entries: (kind, grade, relation, reviewed, withdrawn)."""

    entries: list[tuple[str, int, str, bool, bool]]


@dataclass
class Person:
    """A patient with everything that was charted."""

    sex: Sex
    birth_date: date
    retired: bool
    palsies: list[Palsy] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    events: list[AdverseEvent] = field(default_factory=list)
    plan: list[tuple[str, list[str]]] = field(default_factory=list)


def drawn_clinic(chance: random.Random, people: int, injectors: tuple[str, ...]) -> list[Person]:
    """A clinic of so many patients."""
    return [_person(chance, injectors) for _ in range(people)]


def _day(chance: random.Random, first: date = date(2023, 1, 1)) -> date:
    return first + timedelta(days=chance.randrange((TODAY - first).days))


def _moment(chance: random.Random) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(500_000))


def _person(chance: random.Random, injectors: tuple[str, ...]) -> Person:
    born = date(chance.randint(1936, 2008), chance.choice((2, 11, 12)), chance.choice((21, 22, 23, 28)))
    found = Person(chance.choice((Sex.FEMALE, Sex.MALE)), born, retired=chance.random() < 0.08)
    for _ in range(chance.choice((0, 1, 1, 1, 2))):
        precision = chance.choice(tuple(DatePrecision))
        onset = _onset(chance, precision)
        causes = (Cause.BELLS_PALSY, Cause.TRAUMA, Cause.OTHER)
        found.palsies.append(
            Palsy(chance.choice(SIDES), chance.choice(causes), onset, precision, chance.random() < 0.15)
        )
    for _ in range(chance.choice((0, 1, 2, 3, 4))):
        found.visits.append(_visit(chance, found.visits, injectors))
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        found.events.append(AdverseEvent([_entry(chance) for _ in range(chance.choice((1, 1, 2)))]))
    for _ in range(chance.choice((0, 0, 1, 2))):
        states = ["proposed", *chance.choice(([], ["agreed"], ["done"], ["declined", "proposed"]))]
        found.plan.append((chance.choice(("goal", "referral", "exercise", "target")), states))
    return found


def _onset(chance: random.Random, precision: DatePrecision) -> date | None:
    if precision is DatePrecision.UNKNOWN:
        return None
    day = _day(chance, date(2020, 1, 1))
    if precision is DatePrecision.DAY:
        return day
    return day.replace(day=1) if precision is DatePrecision.MONTH else date(day.year, 1, 1)


def _entry(chance: random.Random) -> tuple[str, int, str, bool, bool]:
    kind = chance.choice(("dry_eye", "eyelid_ptosis", "other"))
    return (
        kind,
        chance.randint(1, 3),
        chance.choice(("possible", "probable")),
        chance.random() < 0.5,
        chance.random() < 0.2,
    )


def _visit(chance: random.Random, before: list[Visit], injectors: tuple[str, ...]) -> Visit:
    signed = [number for number, one in enumerate(before) if one.state == "signed"]
    amended = {one.amends for one in before}
    free = [number for number in signed if number not in amended]
    amends = chance.choice(free) if free and chance.random() < 0.25 else None
    on = before[amends].on if amends is not None else _day(chance)
    state = chance.choice(("signed", "signed", "signed", "signed", "draft", "discarded"))
    found = Visit(on, state, amends, voided=state == "signed" and chance.random() < 0.12)
    if chance.random() < 0.8:
        _treat(chance, found, injectors)
        parents = [n for n, one in enumerate(before) if one.has_session and one.parent is None and one.on <= on]
        parents = [n for n in parents if n != amends and _root(before, n) != _root(before, amends)]
        found.parent = chance.choice(parents) if parents and chance.random() < 0.3 else None
    _grade(chance, found)
    if signed and chance.random() < 0.4:
        wearing = chance.choice((Wearing.GONE, Wearing.GONE, Wearing.WORKING, Wearing.NOT_ASKED))
        day = chance.randrange(40, 120) if wearing is Wearing.GONE and chance.random() < 0.9 else None
        effects = [chance.choice(((30, False), (60, False), (None, True))) for _ in range(chance.randrange(3))]
        found.review = Reviewed(wearing, day, effects)
    return found


def _root(visits: list[Visit], number: int | None) -> int | None:
    while number is not None and visits[number].amends is not None:
        number = visits[number].amends
    return number


def _treat(chance: random.Random, found: Visit, injectors: tuple[str, ...]) -> None:
    found.has_session, found.given_by = True, chance.choice((*injectors, "Somebody Else"))
    if chance.random() < 0.3:
        found.transcribed = True
        found.transcribed_product = chance.choice(("botox", "dysport", None))
        found.transcribed_lot = chance.choice(SPELLINGS)
    for _ in range(chance.choice((0, 1, 2, 3, 4))):
        muscle = chance.choice(tuple(MUSCLES))
        lot = None if found.transcribed else chance.randrange(len(LOTS))
        given = not found.transcribed and chance.random() < 0.85
        side = chance.choice((*SIDES, Side.MIDLINE)) if muscle == "mentalis" else chance.choice(SIDES)
        units = Decimal(chance.choice((125, 250, 250, 500, 750))) / 100
        purpose = chance.choice(("synkinesis", "balance"))
        found.sites.append(Site(muscle, chance.choice(MUSCLES[muscle]), side, purpose, units, lot, given))


def _grade(chance: random.Random, found: Visit) -> None:
    if chance.random() < 0.5:
        value = Decimal(chance.choice((20, 45, 6667, 80)))
        value = value / 100 if value > 100 else value
        found.scores.append(Scored("saq", "total", None, value, _moment(chance)))
    for side in SIDES:
        if chance.random() < 0.3:
            value = Decimal(chance.randrange(101))
            found.scores.append(Scored("sunnybrook", "composite", side, value, _moment(chance)))
    if chance.random() < 0.5:
        at = _moment(chance)
        cells = {
            (
                chance.choice(SIDES),
                chance.choice((Movement.PUCKER, Movement.BIG_SMILE)),
                chance.choice((Group.EYE, Group.CHIN)),
            )
            for _ in range(chance.randrange(1, 4))
        }
        for side, movement, group in sorted(cells):
            found.cells.append(Cell(side, movement, group, chance.choice((None, 0, 1, 2, 3)), at))
