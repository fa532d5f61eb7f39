"""What the stock's pages read: vials, lots, and everybody who had a lot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import event

from clinic.domain.anatomy import Side
from clinic.domain.events import Action, Event
from clinic.domain.injections import Purpose
from clinic.domain.inventory import VialState
from clinic.models import InjectionSession, InjectionSite, Syringe, Visit
from clinic.queries import inventory as query
from clinic.queries import ledgers
from clinic.queries.stock_lists import stock
from clinic.services import inventory, lots
from clinic.unit_of_work import UnitOfWork, Work
from tests.factories import ClinicWorld
from tests.services.test_inventory import give, make_lot, make_vial, make_visit


def chart(work: Work, clinic: ClinicWorld, visit_id: str, vial_id: str, units: tuple[str, ...] = ("2.5",)) -> None:
    """Chart sites of the platysma from a vial, the first of them given."""
    with work.writing(clinic.prescriber) as uow:
        syringe = Syringe(
            clinic_id=uow.clinic_id,
            id=uow.new_id(),
            visit_id=visit_id,
            vial_id=vial_id,
            letter="A",
            concentration_units=Decimal(100),
            concentration_microlitres=2500,
        )
        uow.session.add_all([InjectionSession(clinic_id=uow.clinic_id, visit_id=visit_id), syringe])
        uow.session.flush()
        for number, amount in enumerate(units, 1):
            uow.session.add(_site(uow, visit_id, number, amount, syringe.id, given=number == 1))
        uow.record(Event(Action.SITE_SAVED, f"visit:{visit_id}"))


def _site(
    uow: UnitOfWork, visit_id: str, number: int, units: str, syringe_id: str | None, *, given: bool
) -> InjectionSite:
    return InjectionSite(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        visit_id=visit_id,
        number=number,
        purpose=next(iter(Purpose)),
        muscle="platysma",
        side=Side.RIGHT,
        x=0,
        y=0,
        units=Decimal(units),
        syringe_id=syringe_id,
        given_at=uow.now if given else None,
    )


def change_visit(work: Work, clinic: ClinicWorld, visit_id: str, change: Callable[[UnitOfWork, Visit], None]) -> None:
    with work.writing(clinic.prescriber) as uow:
        visit = uow.session.get_one(Visit, {"clinic_id": uow.clinic_id, "id": visit_id})
        change(uow, visit)
        uow.record(Event(Action.VISIT_CHANGED, f"visit:{visit_id}"))


def test_usable_vials_hold_units_and_say_what_stands_against_them(work: Work, clinic: ClinicWorld, clock) -> None:
    good, recalled = make_lot(work, clinic), make_lot(work, clinic, number="R1")
    ids = {"good": make_vial(work, clinic, good), "recalled": make_vial(work, clinic, recalled)}
    ids["old"] = make_vial(work, clinic, good, use_by=clock.now + timedelta(hours=1))
    gone = make_vial(work, clinic, good)
    with work.writing(clinic.prescriber) as uow:
        inventory.discard(uow, gone, "Broken")
        lots.recall(uow, recalled, 1, "Maker's letter")
    clock.move(hours=2)
    with work.reading(clinic.prescriber) as uow:
        shown = stock(uow)
    found, closed = {row.id: row for row in shown.vials}, shown.closed
    assert set(found) == set(ids.values())
    assert found[ids["good"]].fit_for_use
    assert found[ids["good"]].time_left == "22 h 0 min left"
    assert found[ids["recalled"]].recalled
    assert found[ids["old"]].past_use_by
    assert [row.id for row in closed] == [gone]
    assert closed[0].state is VialState.DISCARDED
    assert next(iter(found)) == ids["good"]


def test_an_expiry_day_is_the_clinics_day(work: Work, clinic: ClinicWorld, clock) -> None:
    vial_id = make_vial(work, clinic, make_lot(work, clinic, expires_on="2026-11-22"))
    for hours, expired in ((0, False), (12.9, False), (0.2, True)):
        clock.move(hours=hours)
        with work.reading(clinic.prescriber) as uow:
            assert query.vial(uow, vial_id).expired is expired


def test_a_vial_names_the_patients_who_kept_units(work: Work, clinic: ClinicWorld) -> None:
    vial_id, one, two = make_vial(work, clinic), make_visit(work, clinic, "1"), make_visit(work, clinic, "2")
    give(work, clinic, vial_id, "5", one)
    give(work, clinic, vial_id, "5", two)
    with work.writing(clinic.prescriber) as uow:
        inventory.give_back(
            uow, vial_id, Decimal(5), visit_id=two[1], patient_id=two[0], reason="Wrong patient charted"
        )
        uow.record(Event(Action.SITES_TAKEN_BACK, f"visit:{two[1]}"))
    with work.reading(clinic.prescriber) as uow:
        assert query.vial(uow, vial_id).patients == {one[0]}


def test_the_ledger_balances_line_by_line(work: Work, clinic: ClinicWorld, clock) -> None:
    vial_id, who = make_vial(work, clinic), make_visit(work, clinic)
    for units in ("10", "2.25"):
        clock.move(minutes=1)
        give(work, clinic, vial_id, units, who)
    clock.move(minutes=1)
    with work.writing(clinic.prescriber) as uow:
        inventory.waste(uow, vial_id, Decimal("0.75"), "Left in the needle")
    clock.move(minutes=1)
    with work.writing(clinic.prescriber) as uow:
        inventory.adjust(uow, vial_id, Decimal(-2), "Counted again by two")
    with work.reading(clinic.prescriber) as uow:
        ledger = ledgers.vial_ledger(uow, vial_id)
    assert [line.balance for line in ledger.lines] == [Decimal(n) for n in ("100", "90", "87.75", "87", "85")]
    assert ledger.opened == ledger.given + ledger.wasted - ledger.adjusted + ledger.left
    assert (ledger.given, ledger.wasted, ledger.adjusted) == (Decimal("12.25"), Decimal("0.75"), Decimal(-2))
    assert ledger.lines[1].patient
    assert ledger.lines[1].patient.record_number == "1"


def test_pages_ask_a_fixed_number_of_statements(work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic)
    first = make_vial(work, clinic, lot_id)

    def counted() -> list[int]:
        pages: list[Callable[[UnitOfWork], object]] = [
            stock,
            lambda uow: query.vial_rows(uow, [first]),
            lambda uow: ledgers.vial_ledger(uow, first),
        ]
        return [_statements(work, clinic, one) for one in pages]

    before = counted()
    for number in range(3):
        vial_id, who = make_vial(work, clinic, lot_id), make_visit(work, clinic, str(number))
        give(work, clinic, vial_id, "5", who)
        chart(work, clinic, who[1], vial_id)
    assert counted() == before == [1, 2, 1]


def _statements(work: Work, clinic: ClinicWorld, ask: Callable[[UnitOfWork], object]) -> int:
    seen: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest) -> None:
        seen.append(statement)

    event.listen(work.engine, "before_cursor_execute", note)
    with work.reading(clinic.prescriber) as uow:
        ask(uow)
    event.remove(work.engine, "before_cursor_execute", note)
    return sum(one.lstrip().upper().startswith(("SELECT", "WITH")) for one in seen)
