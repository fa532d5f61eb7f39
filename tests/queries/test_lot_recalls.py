"""Who had a lot, and which lots a patient had: nobody is missed, and it is one statement."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.errors import NotFound
from clinic.domain.events import Action, Event
from clinic.domain.lot_recalls import Given, RecallList
from clinic.domain.visits import VisitState
from clinic.models import InjectionSession, ToxinElsewhere, Visit
from clinic.queries.lot_recalls import recall_list
from clinic.queries.patient_lots import PatientLots, patient_lots
from clinic.services import inventory, lots
from clinic.unit_of_work import UnitOfWork, Work
from tests.factories import ClinicWorld
from tests.queries.test_inventory import _site, change_visit, chart
from tests.services.test_inventory import give, make_lot, make_vial, make_visit
from tests.web.statements import counted


def transcribe(
    work: Work, clinic: ClinicWorld, visit_id: str, lot: str, product: str | None = "botox", on: date | None = None
) -> None:
    """Make a visit an older record's session with one site."""
    with work.writing(clinic.prescriber) as uow:
        visit = uow.session.get_one(Visit, (uow.clinic_id, visit_id))
        visit.on = on or visit.on
        uow.session.add(
            InjectionSession(
                clinic_id=uow.clinic_id,
                visit_id=visit_id,
                transcribed=True,
                transcribed_product=product,
                transcribed_lot=lot,
                transcribed_source="letter",
            )
        )
        uow.session.flush()
        uow.session.add(_site(uow, visit_id, 1, "5", None, given=False))
        uow.record(Event(Action.SITE_SAVED, f"visit:{visit_id}"))


def listed(work: Work, clinic: ClinicWorld, lot_id: str) -> RecallList:
    with work.reading(clinic.prescriber) as uow:
        return recall_list(uow, lot_id)


def lots_of(work: Work, clinic: ClinicWorld, patient_id: str) -> PatientLots:
    with work.reading(clinic.prescriber) as uow:
        return patient_lots(uow, patient_id)


def discard(uow: UnitOfWork, visit: Visit) -> None:
    visit.state = VisitState.DISCARDED


def numbers(found: RecallList) -> set[str]:
    return {one.person.record_number for one in found.patients}


def test_everybody_who_had_a_lot_or_may_have_had_it(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, clock: Any
) -> None:
    lot_id = make_lot(work, clinic, number="C8021")
    vial_id = make_vial(work, clinic, lot_id)
    people = {number: make_visit(work, clinic, number) for number in map(str, range(1, 12))}
    visit = {number: ids[1] for number, ids in people.items()}
    chart(work, clinic, visit["1"], vial_id, ("2.5", "4"))
    chart(work, clinic, visit["2"], vial_id, ())  # A syringe was drawn, nothing is charted.
    chart(work, clinic, visit["3"], vial_id, ())
    change_visit(work, clinic, visit["3"], discard)
    give(work, clinic, vial_id, "5", people["4"])  # Only the ledger knows.
    transcribe(work, clinic, visit["5"], "c 8021")
    transcribe(work, clinic, visit["6"], "Ｃ8021")  # Full width, as copied from a form.
    transcribe(work, clinic, visit["7"], "C8021", product=None)
    transcribe(work, clinic, visit["8"], "C8021", product="xeomin")
    transcribe(work, clinic, visit["9"], "C80211")
    transcribe(work, clinic, visit["10"], "")
    transcribe(work, clinic, visit["11"], "", on=date(2027, 4, 1))  # After the lot's expiry.

    found = listed(work, clinic, lot_id)
    assert numbers(found) == {"1", "2", "3", "4", "5", "6", "7"}
    said = {one.person.record_number: one.visits[0].given for one in found.patients}
    assert {said["1"], said["4"]} == {Given.DRAFT}
    assert {said["2"], said["3"]} == {Given.NOTHING}
    assert {said["5"], said["6"], said["7"]} == {Given.DRAFT}  # Nobody has signed these older records yet.
    first = next(one for one in found.patients if one.person.record_number == "1")
    assert (first.units, first.visits[0].sites_words) == (Decimal("2.5"), "2 sites, 1 given")
    assert first.visits[0].sites[1].text == "Platysma, patient’s right, 4\u00a0units"
    unknown = {one.person.record_number: (one.lot_words, one.product) for one in found.unknown}
    assert unknown == {
        "8": ("lot C8021: compare", "xeomin"),
        "9": ("lot C80211: compare", "botox"),
        "10": ("no lot number", "botox"),
    }
    assert numbers(found.given_only()) == {"1", "4", "5", "6", "7"}
    with work.reading(other_clinic.prescriber) as uow, pytest.raises(NotFound):
        recall_list(uow, lot_id)
    the_other_way_round(work, clinic, lot_id, people)


def the_other_way_round(work: Work, clinic: ClinicWorld, lot_id: str, people: dict[str, tuple[str, str]]) -> None:
    """Each patient's page names the same lot, and says when it is recalled."""
    with work.writing(clinic.prescriber) as uow:
        lots.recall(uow, lot_id, 1, "Maker's letter")
    for number in "1234567":
        of_patient = lots_of(work, clinic, people[number][0])
        assert [lot.number.replace("Ｃ", "C").replace("c ", "C") for lot in of_patient.recalled] == ["C8021"], number
    assert lots_of(work, clinic, people["8"][0]).recalled == ()
    [copied] = lots_of(work, clinic, people["9"][0]).lots
    assert (copied.id, copied.number, copied.recalled_at) == ("", "C80211", None)
    [unknown] = lots_of(work, clinic, people["10"][0]).unknown
    assert (unknown.product_words, unknown.units) == ("onabotulinumtoxinA (Botox)", Decimal(5))
    with work.writing(clinic.prescriber) as uow:
        uow.session.add(
            ToxinElsewhere(
                clinic_id=uow.clinic_id,
                id=uow.new_id(),
                patient_id=people["10"][0],
                product="xeomin",
                units=Decimal(20),
                on=date(2026, 1, 5),
                place="York",
            )
        )
        uow.record(Event(Action.SITE_SAVED, "test"))
    assert [one.place for one in lots_of(work, clinic, people["10"][0]).elsewhere] == ["York"]


def test_amended_and_replaced_versions_are_marked_and_counted_once(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    lot_id = make_lot(work, clinic)
    vial_id = make_vial(work, clinic, lot_id)
    patient_id, first = make_visit(work, clinic)
    chart(work, clinic, first, vial_id)
    change_visit(work, clinic, first, lambda _uow, visit: setattr(visit, "state", VisitState.SIGNED))
    with work.writing(clinic.prescriber) as uow:
        old = uow.session.get_one(Visit, (uow.clinic_id, first))
        second = uow.new_id()
        values = {name: getattr(old, name) for name in ("clinic_id", "patient_id", "on", "time_zone")}
        values |= {name: getattr(old, name) for name in ("author_id", "author_name", "created_at", "changed_at")}
        uow.session.add(Visit(id=second, revision=2, amends_id=first, **values))
        uow.record(Event(Action.VISIT_CHANGED, f"visit:{second}"))
    chart(work, clinic, second, vial_id, ("4",))
    [one] = listed(work, clinic, lot_id).patients
    assert {visit.id: visit.given for visit in one.visits} == {first: Given.YES, second: Given.REPLACED}
    assert one.units == Decimal("2.5")
    change_visit(work, clinic, second, lambda _uow, visit: setattr(visit, "state", VisitState.SIGNED))
    [one] = listed(work, clinic, lot_id).patients
    assert {visit.id: visit.given for visit in one.visits} == {first: Given.REPLACED, second: Given.YES}
    assert one.units == Decimal(4)
    assert lots_of(work, clinic, patient_id).lots[0].units == Decimal(4)


def test_waste_is_not_given_and_what_was_taken_back_is_listed(work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic)
    vial_id = make_vial(work, clinic, lot_id)
    people = {number: make_visit(work, clinic, number) for number in "123"}
    chart(work, clinic, people["1"][1], vial_id, ())
    give(work, clinic, vial_id, "5", people["2"])
    give(work, clinic, vial_id, "5", people["3"])
    with work.writing(clinic.prescriber) as uow:
        for number in "12":
            where = {"visit_id": people[number][1], "patient_id": people[number][0]}
            inventory.waste(uow, vial_id, Decimal("2.5"), "Left in the needle", **where)
        back = {"visit_id": people["3"][1], "patient_id": people["3"][0]}
        inventory.give_back(uow, vial_id, Decimal(5), reason="Wrong vial chosen", **back)
        uow.record(Event(Action.SITES_TAKEN_BACK, "test"))
    said = {one.person.record_number: one for one in listed(work, clinic, lot_id).patients}
    assert {number: one.visits[0].given for number, one in said.items()} == {
        "1": Given.NOTHING,
        "2": Given.DRAFT,
        "3": Given.TAKEN_BACK,
    }
    assert said["2"].units == Decimal(5)
    for number, (patient_id, _) in people.items():
        [lot] = lots_of(work, clinic, patient_id).lots
        assert (lot.visits[0].given, lot.units) == (said[number].visits[0].given, said[number].units)


def test_a_session_voided_as_not_given_stays_so_when_its_vial_was_thrown_away(work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic)
    vial_id = make_vial(work, clinic, lot_id)
    patient_id, visit_id = make_visit(work, clinic)
    give(work, clinic, vial_id, "5", (patient_id, visit_id))
    with work.writing(clinic.prescriber) as uow:
        inventory.discard(uow, vial_id, "Empty")
        inventory.give_back(
            uow, vial_id, Decimal(5), visit_id=visit_id, patient_id=patient_id, reason="Visit voided: not given"
        )
        uow.record(Event(Action.SITES_TAKEN_BACK, "test"))
    [one] = listed(work, clinic, lot_id).patients
    assert (one.given, one.units) == (False, Decimal(0))


def test_a_number_written_differently_and_another_lot_of_that_number_are_named(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    lot_id = make_lot(work, clinic, number="C8021")
    twice = make_lot(work, clinic, number="C-8021")
    make_lot(work, clinic, number="C8022")
    make_lot(work, other_clinic, number="C-8021")
    written = ("C-8021", "LOT C8O21", "8021", "C8022", "c\t8021")
    for number, lot in enumerate(written):
        transcribe(work, clinic, make_visit(work, clinic, str(number))[1], lot)
    found = listed(work, clinic, lot_id)
    assert numbers(found) == {"4"}
    assert {one.number for one in found.unknown} == {"C-8021", "LOT C8O21", "8021"}
    assert [one.id for one in found.alike] == [twice]


def test_sessions_without_a_lot_are_looked_for_from_the_opening_of_its_first_vial(
    work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    lot_id = make_lot(work, clinic)
    today = clock.now.date()
    for number, days in enumerate((-1, 0, 1)):
        _, visit_id = make_visit(work, clinic, str(number))
        transcribe(work, clinic, visit_id, "", on=today + timedelta(days=days))
    # Nobody is on the list; the lot was entered today.
    assert {one.person.record_number for one in listed(work, clinic, lot_id).unknown} == {"1", "2"}
    clock.move(hours=24)
    make_vial(work, clinic, lot_id)
    assert {one.person.record_number for one in listed(work, clinic, lot_id).unknown} == {"2"}


def test_both_ways_are_one_statement_whatever_the_number(work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic)
    patient_id, visit_id = make_visit(work, clinic, "0")
    chart(work, clinic, visit_id, make_vial(work, clinic, lot_id))
    for number in range(1, 4):
        _, other = make_visit(work, clinic, str(number))
        chart(work, clinic, other, make_vial(work, clinic, lot_id))
    with work.reading(clinic.prescriber) as uow, counted(work.engine) as seen:
        assert len(recall_list(uow, lot_id).patients) == 4
        patient_lots(uow, patient_id)
    assert len(seen) == 2
