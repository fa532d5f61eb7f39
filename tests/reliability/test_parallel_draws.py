"""The vial's ledger under many hands, on both databases, each hand with a connection of its own."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from functools import partial
from itertools import accumulate
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, make_url, select

from clinic import audit_chain, extensions, new_id
from clinic.domain.anatomy import Side
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.inventory import EntryKind
from clinic.models import VialEntry
from clinic.queries.inventory import vial_rows
from clinic.services import giving, inventory
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld

HANDS = 20
PROCESSES = 2
ROUNDS = 50
SESSIONS = 5


@pytest.fixture
def hands(work: Work) -> Iterator[Work]:
    """The same database with no pool: every unit of work opens a connection of its own."""
    engine = create_engine(work.engine.url, poolclass=NullPool)
    extensions.prepare(engine)
    yield Work(engine, work.key, work.new_id, work.clock)
    engine.dispose()


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A patient with a draft to draw for."""
    return Charting.begun(work, clinic, clock)


def at_once(run: Callable[[int], str], hands: int = HANDS) -> Counter[str]:
    """Let every hand act at the same moment; count what they came back with."""
    ready = Barrier(hands)

    def one(number: int) -> str:
        ready.wait()
        return run(number)

    with ThreadPoolExecutor(hands) as pool:
        return Counter(pool.map(one, range(hands)))


def taking(hands: Work, charting: Charting, vial_id: str, units: str) -> Callable[[int], str]:
    """A hand that takes units out of a vial, and says whether it got them."""

    def draw() -> None:
        with hands.writing(charting.clinic.prescriber) as uow:
            where = {"visit_id": charting.visit_id, "patient_id": charting.patient_id}
            inventory.draw(uow, vial_id, Decimal(units), **where)
            uow.record(Event(Action.SITES_GIVEN, f"visit:{charting.visit_id}", charting.patient_id))

    def run(_number: int) -> str:
        try:
            hands.retrying(draw)
        except Invalid:
            return "refused"
        return "won"

    return run


def apart(url: str, key: bytes, charting: tuple[Any, ...], ready: Any, vials: list[str], told: Any) -> None:
    """The hands of one process of several: in each round all hands of all processes reach for one vial."""
    actor, visit_id, patient_id, now = charting
    engine = create_engine(make_url(url), poolclass=NullPool)
    extensions.prepare(engine)
    work = Work(engine, key, new_id, lambda: now)

    def draw(vial_id: str) -> None:
        with work.writing(actor) as uow:
            inventory.draw(uow, vial_id, Decimal(5), visit_id=visit_id, patient_id=patient_id)
            uow.record(Event(Action.SITES_GIVEN, f"visit:{visit_id}", patient_id))

    def hand(_number: int) -> list[str]:
        won = []
        for vial_id in vials:
            ready.wait()
            with suppress(Invalid):
                work.retrying(partial(draw, vial_id))
                won.append(vial_id)
        return won

    with ThreadPoolExecutor(HANDS // PROCESSES) as pool:
        told.put([one for won in pool.map(hand, range(HANDS // PROCESSES)) for one in won])


def lines(work: Work, clinic: ClinicWorld, vial_id: str) -> list[tuple[EntryKind, Decimal]]:
    with work.reading(clinic.prescriber) as uow:
        rows = select(VialEntry.kind, VialEntry.units).where(VialEntry.vial_id == vial_id)
        return [(kind, units) for kind, units in uow.session.execute(rows.order_by(VialEntry.units.desc()))]


def left(work: Work, clinic: ClinicWorld, vial_id: str) -> Decimal:
    with work.reading(clinic.prescriber) as uow:
        return vial_rows(uow, [vial_id])[vial_id].units_left


def unbroken(work: Work, clinic: ClinicWorld) -> bool:
    with work.reading(SYSTEM, scoped=False) as uow:
        return list(audit_chain.breaks(uow.session, work.key, clinic.id)) == []


def test_of_twenty_hands_at_the_last_units_one_wins_every_round(
    hands: Work, charting: Charting, database_kind: str
) -> None:
    started = time.monotonic()
    for number in range(ROUNDS):
        vial_id = open_vial(charting.work, charting.clinic, lot=f"L{number}", label=f"V-1{number:03d}")
        assert taking(hands, charting, vial_id, "95")(0) == "won"
        assert at_once(taking(hands, charting, vial_id, "5")) == {"won": 1, "refused": HANDS - 1}, number
        assert left(charting.work, charting.clinic, vial_id) == 0
        assert lines(charting.work, charting.clinic, vial_id) == [
            (EntryKind.OPENED, Decimal(100)),
            (EntryKind.GIVEN, Decimal(-5)),
            (EntryKind.GIVEN, Decimal(-95)),
        ]
    assert unbroken(charting.work, charting.clinic)
    print(f"{database_kind}: {ROUNDS} rounds of {HANDS} hands, one winner each, {time.monotonic() - started:.1f} s")


def test_of_the_hands_of_two_processes_one_wins_every_round(charting: Charting) -> None:
    vials = [
        open_vial(charting.work, charting.clinic, lot=f"P{number}", label=f"V-3{number:03d}")
        for number in range(ROUNDS)
    ]
    for vial_id in vials:
        assert taking(charting.work, charting, vial_id, "95")(0) == "won"
    own = multiprocessing.get_context("spawn")
    ready, told = own.Barrier(HANDS, timeout=60), own.Queue()
    url = charting.work.engine.url.render_as_string(hide_password=False)
    who = (charting.clinic.prescriber, charting.visit_id, charting.patient_id, charting.clock.now)
    processes = [
        own.Process(target=apart, args=(url, charting.work.key, who, ready, vials, told)) for _ in range(PROCESSES)
    ]
    for one in processes:
        one.start()
    won = Counter(vial_id for _ in processes for vial_id in told.get(timeout=120))
    for one in processes:
        one.join(30)
    assert [one.exitcode for one in processes] == [0] * PROCESSES
    assert won == dict.fromkeys(vials, 1)
    assert {left(charting.work, charting.clinic, vial_id) for vial_id in vials} == {Decimal(0)}
    assert unbroken(charting.work, charting.clinic)


def test_draws_waste_and_corrections_at_once_never_go_below_zero(hands: Work, charting: Charting) -> None:
    vial_id = open_vial(charting.work, charting.clinic, lot="MIXED", label="V-2000")
    take = taking(hands, charting, vial_id, "10")

    def other(number: int) -> None:
        with hands.writing(charting.clinic.prescriber) as uow:
            if number % 4 == 1:
                inventory.waste(uow, vial_id, Decimal(10), "spilled")
            else:
                inventory.adjust(uow, vial_id, Decimal(-10), "counted again at noon")

    def run(number: int) -> str:
        if number % 2 == 0:
            return take(number)
        try:
            hands.retrying(lambda: other(number))
        except Invalid:
            return "refused"
        return "won"

    assert at_once(run) == {"won": 10, "refused": HANDS - 10}
    changes = [units for _, units in lines(charting.work, charting.clinic, vial_id)]
    assert sum(changes) == 0
    assert all(balance >= 0 for balance in accumulate(changes))
    assert unbroken(charting.work, charting.clinic)


def test_of_several_sessions_at_the_last_units_one_marks_its_sites_given(hands: Work, charting: Charting) -> None:
    assert taking(hands, charting, charting.vial_id, "95")(0) == "won"
    sessions = [charting]
    while len(sessions) < SESSIONS:
        more = Charting(charting.work, charting.clinic, charting.clock, charting.patient_id, charting.vial_id)
        more.start()
        sessions.append(more)
    for one in sessions:
        one.site(muscle="mentalis", side=Side.LEFT, units="5")

    def run(number: int) -> str:
        mine, record = sessions[number], sessions[number].record()
        late = giving.Late("entered after the power cut", mine.clock.now)
        try:
            with hands.writing(mine.clinic.prescriber) as uow:
                version, sites = record.visit.edit_version, (record.sites[0].id,)
                giving.mark_given(uow, mine.visit_id, version, sites, late)
        except Invalid:
            return "refused"
        return "won"

    assert at_once(run, SESSIONS) == {"won": 1, "refused": SESSIONS - 1}
    assert sum(one.record().sites[0].given_at is not None for one in sessions) == 1
    assert left(charting.work, charting.clinic, charting.vial_id) == 0
