"""The stock's books of a day: every unit is somewhere, and what does not balance is said."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from clinic.domain.anatomy import Side
from clinic.domain.visits import Disposition
from clinic.models import InjectionSite, Vial, VialEntry
from clinic.queries.reconciliation import Books, StockDay, stock_day
from clinic.services import giving, injections, inventory, signing
from clinic.services.giving import Waste
from clinic.unit_of_work import Work
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld

NBSP = "\u00a0"


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with one syringe."""
    return Charting.begun(work, clinic, clock)


def day(charting: Charting, **back: int) -> StockDay:
    with charting.reading() as uow:
        return stock_day(uow, uow.now.date() - timedelta(**back))


def books(*units: str) -> Books:
    return Books(*map(Decimal, units))


def test_a_day_says_where_every_unit_is(charting: Charting) -> None:
    charting.given()
    version = charting.version()
    with charting.writing() as uow:
        wastes = {charting.syringe_id: Waste(Decimal("2.5"), "left in the needle")}
        giving.settle(uow, charting.visit_id, version, wastes)
    with charting.writing() as uow:
        inventory.adjust(uow, charting.vial_id, Decimal(-5), "counted again at noon")
    [lot] = day(charting).lots
    assert lot.books == books("0", "100", "12.5", "2.5", "-5", "80")
    assert lot.books.balanced
    assert lot.problems == ()


def test_given_units_of_drafts_are_named_until_they_are_signed(charting: Charting) -> None:
    charting.settled()
    [vial] = day(charting).lots[0].vials
    assert vial.drafts == f"12.5{NBSP}units in 1 draft not signed yet"
    charting.sign()
    [vial] = day(charting).lots[0].vials
    assert vial.drafts == ""


def test_the_next_day_begins_with_what_was_left(charting: Charting, clock: Any) -> None:
    charting.signed()
    clock.move(days=1)
    assert day(charting).lots[0].books == books("87.5", "0", "0", "0", "0", "87.5")
    assert day(charting, days=1).lots[0].books == books("0", "100", "12.5", "0", "0", "87.5")
    assert day(charting, days=2).lots == ()


def test_a_discarded_vial_leaves_the_books_the_day_after(charting: Charting, clock: Any) -> None:
    with charting.writing() as uow:
        inventory.discard(uow, charting.vial_id, "end of the session")
    assert day(charting).lots[0].books == books("0", "100", "0", "100", "0", "0")
    clock.move(days=1)
    assert day(charting).lots == ()


def test_two_dilutions_of_one_lot_are_two_vials_of_one_sum(charting: Charting) -> None:
    other = second_dilution(charting)
    charting.site(muscle="mentalis", side=Side.LEFT, units="4")
    charting.site(muscle="platysma", sub_site="medial_band_1", side=Side.LEFT, units="6", syringe_id=other)
    charting.answer_all()
    charting.consent()
    charting.prepare()
    charting.take_time_out()
    charting.give_all()
    [lot] = day(charting).lots
    assert [vial.books.given for vial in lot.vials] == [Decimal(4), Decimal(6)]
    assert lot.books == books("0", "200", "10", "0", "0", "190")
    volumes = {site.syringe_id: charting.record().vial_of(site).per_tenth for site in charting.record().sites}
    assert sorted(volumes.values()) == ["2.5", "5"]


def second_dilution(charting: Charting) -> str:
    """A second vial of the same lot, mixed twice as strong, in a syringe of its own."""
    with charting.writing() as uow:
        first = uow.session.get_one(Vial, (uow.clinic_id, charting.vial_id))
        vial_id = inventory.open_vial(
            uow,
            first.lot_id,
            labelled_units=Decimal(100),
            diluent="0.9 % sodium chloride",
            microlitres=2000,
            mixed_at=uow.now,
            mixed_by="Ada Assistant",
        )
    version = charting.version()
    with charting.writing() as uow:
        return injections.add_syringe(uow, charting.visit_id, version, vial_id)


def test_voided_and_amended_sessions_balance(charting: Charting) -> None:
    charting.signed()
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "charted on the wrong patient", Disposition.NOT_GIVEN)
    [lot] = day(charting).lots
    assert lot.books == books("0", "100", "0", "0", "0", "100")
    assert lot.problems == ()


def test_voided_as_given_stays_counted(charting: Charting) -> None:
    charting.signed()
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "charted on the wrong patient", Disposition.GIVEN)
    [lot] = day(charting).lots
    assert lot.books.given == Decimal("12.5")
    assert lot.problems == ()


def test_an_open_amendment_changes_nothing_yet(charting: Charting) -> None:
    charting.signed()
    with charting.fresh_writing() as uow:
        signing.amend(uow, charting.visit_id, "a dose was mistyped")
    [lot] = day(charting).lots
    assert lot.problems == ()
    assert lot.vials[0].drafts == ""


def test_what_does_not_balance_is_said(charting: Charting, work: Work) -> None:
    charting.given()
    with charting.writing() as uow:
        row = uow.session.get_one(InjectionSite, (uow.clinic_id, charting.record().sites[0].id))
        row.units = Decimal(5)  # Not through the services: a fault that the books must show.
        uow.record(giving.Event(giving.Action.SITES_GIVEN, f"visit:{charting.visit_id}"))
    [lot] = day(charting).lots
    said = f"its ledger says 12.5{NBSP}units were given, the charted sites say 15{NBSP}units"
    assert lot.problems == (f"V-0001: {said}",)


def test_drawn_up_and_neither_given_nor_wasted_is_said(charting: Charting) -> None:
    charting.chart_usual_sites()
    charting.answer_all()
    charting.consent()
    version = charting.version()
    with charting.writing() as uow:
        giving.prepare(uow, charting.visit_id, version, {charting.syringe_id: Decimal(15)})
    charting.take_time_out()
    charting.give_all()
    assert day(charting).lots[0].problems == ()
    charting.settle()
    [said] = day(charting).lots[0].problems
    assert f"2.5{NBSP}units are not accounted for" in said


def test_a_vial_kept_past_its_use_by_is_said(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.begun(work, clinic, clock)
    open_vial(work, clinic, lot="LATE", label="V-0002", use_by=clock.now + timedelta(hours=2))
    clock.move(hours=3)
    problems = [one for lot in day(charting).lots for one in lot.problems]
    assert [one[:38] for one in problems] == [f"V-0002: past its use-by with 100{NBSP}units"]


def test_the_ledgers_entries_are_what_is_summed(charting: Charting) -> None:
    charting.signed()
    with charting.reading() as uow:
        total = sum(uow.session.scalars(select(VialEntry.units)), Decimal(0))
    assert day(charting).lots[0].books.left == total
