"""Lots, vials, and that no unit leaves a vial twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from clinic.domain.actors import Role
from clinic.domain.errors import Invalid, NotFound, NotPermitted, Stale
from clinic.domain.events import Action, Event
from clinic.domain.inventory import EntryKind
from clinic.domain.patients import Sex
from clinic.models import AuditEvent, Patient, Vial, VialEntry, Visit
from clinic.queries import inventory as query
from clinic.queries.inventory import open_vials_select
from clinic.services import inventory, lots
from clinic.unit_of_work import UnitOfWork, Work
from tests.factories import ClinicWorld


def make_lot(work: Work, clinic: ClinicWorld, **overrides: str) -> str:
    values = {"product": "botox", "number": "C8021", "expires_on": "2027-03-31", "supplier": "Depot"} | overrides
    with work.writing(clinic.prescriber) as uow:
        return lots.add(uow, **values)


def open_one(uow: UnitOfWork, lot_id: str, **overrides: object) -> str:
    values: dict[str, object] = {
        "labelled_units": Decimal(100),
        "diluent": "sodium chloride 0.9%",
        "microlitres": 2500,
        "mixed_at": uow.now,
        "mixed_by": "Ada Prescriber",
    } | overrides
    return inventory.open_vial(uow, lot_id, **values)  # type: ignore[arg-type]


def make_vial(work: Work, clinic: ClinicWorld, lot_id: str | None = None, **overrides: object) -> str:
    lot_id = lot_id or make_lot(work, clinic)
    with work.writing(clinic.prescriber) as uow:
        return open_one(uow, lot_id, **overrides)


def make_visit(work: Work, clinic: ClinicWorld, number: str = "1") -> tuple[str, str]:
    """A patient with a draft visit, as rows: the use cases of other stems are not this test's business."""
    with work.writing(clinic.prescriber) as uow:
        patient = Patient(
            clinic_id=uow.clinic_id,
            id=uow.new_id(),
            record_number=number,
            family_name="Keane",
            given_names="Mary",
            birth_date=date(1970, 1, 1),
            sex=next(iter(Sex)),
            created_at=uow.now,
        )
        uow.session.add(patient)
        uow.session.flush()
        visit = Visit(
            clinic_id=uow.clinic_id,
            id=uow.new_id(),
            patient_id=patient.id,
            on=uow.now.date(),
            time_zone="Europe/Berlin",
            author_id=uow.actor.user_id,
            author_name=uow.actor.name,
            created_at=uow.now,
            changed_at=uow.now,
        )
        uow.session.add(visit)
        uow.record(Event(Action.VISIT_STARTED, f"visit:{visit.id}"))
    return patient.id, visit.id


def left(work: Work, clinic: ClinicWorld, vial_id: str) -> Decimal:
    with work.reading(clinic.prescriber) as uow:
        return query.vial_rows(uow, [vial_id])[vial_id].units_left


def give(work: Work, clinic: ClinicWorld, vial_id: str, units: str, who: tuple[str, str]) -> None:
    with work.writing(clinic.prescriber) as uow:
        inventory.draw(uow, vial_id, Decimal(units), visit_id=who[1], patient_id=who[0])
        uow.record(Event(Action.SITES_GIVEN, f"visit:{who[1]}", patient_id=who[0]))


def test_a_lot_is_on_record_once_however_it_is_spelled(work: Work, clinic: ClinicWorld) -> None:
    make_lot(work, clinic, number="c 8021")
    with pytest.raises(Invalid) as refused:
        make_lot(work, clinic, number="C8021")
    assert "lot" in refused.value.fields
    assert make_lot(work, clinic, number="C8021", product="xeomin")


def test_the_expiry_is_the_last_day_of_a_month(work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic, expires_on="FEB 2028")
    with work.reading(clinic.prescriber) as uow:
        assert query.lot(uow, lot_id).expires_on == date(2028, 2, 29)


def test_an_expiry_changes_with_a_reason_and_both_values_in_the_trail(work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic)
    with pytest.raises(Invalid) as refused, work.writing(clinic.prescriber) as uow:
        lots.change(uow, lot_id, 1, expires_on="2027-04-30", supplier="Depot", reason="typo")
    assert "reason" in refused.value.fields
    with work.writing(clinic.prescriber) as uow:
        lots.change(uow, lot_id, 1, expires_on="2027-04-30", supplier="Depot", reason="Misread the carton")
    with pytest.raises(Stale), work.writing(clinic.prescriber) as uow:
        lots.change(uow, lot_id, 1, expires_on="2027-05-31", supplier="Depot", reason="Misread the carton")
    with work.reading(clinic.prescriber) as uow:
        values = uow.session.scalar(select(AuditEvent.values).where(AuditEvent.action == "lot.changed")) or ""
    assert "2027-03-31" in values
    assert "2027-04-30" in values


def test_a_save_without_a_difference_says_so(work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic)
    with pytest.raises(Invalid), work.writing(clinic.prescriber) as uow:
        lots.change(uow, lot_id, 1, expires_on="2027-03-31", supplier="Depot", reason="Nothing at all")


def test_a_recall_needs_ten_characters_and_stops_opening(work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic)
    with pytest.raises(Invalid), work.writing(clinic.prescriber) as uow:
        lots.recall(uow, lot_id, 1, "Too short")
    with work.writing(clinic.prescriber) as uow:
        lots.recall(uow, lot_id, 1, "Maker's letter of 20 Nov")
    with pytest.raises(Invalid, match="recalled"):
        make_vial(work, clinic, lot_id)


def test_an_expired_lot_is_not_opened_from_the_day_after(work: Work, clinic: ClinicWorld, clock) -> None:
    lot_id = make_lot(work, clinic, expires_on="2026-11-22")
    assert make_vial(work, clinic, lot_id)
    clock.move(hours=13.5)  # 23:30 UTC on the 22nd is the 23rd in Berlin.
    with pytest.raises(Invalid, match="expired"):
        make_vial(work, clinic, lot_id)


def test_labels_go_on_through_the_clinic_and_start_anew_in_another(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    lot_id = make_lot(work, clinic)
    ids = [make_vial(work, clinic, lot_id) for _ in range(3)]
    other = make_vial(work, other_clinic)
    with work.reading(clinic.prescriber) as uow:
        found = query.vial_rows(uow, [*ids, other])
    assert [found[one].label for one in ids] == ["V-0001", "V-0002", "V-0003"]
    assert other not in found


@pytest.mark.parametrize(("minutes", "good"), [(0, True), (-30, True), (1, False), (-12 * 60, False)])
def test_a_vial_is_mixed_today_and_not_in_time_to_come(
    work: Work, clinic: ClinicWorld, minutes: int, good: bool
) -> None:
    lot_id = make_lot(work, clinic)
    with work.writing(clinic.prescriber) as uow:
        mixed_at = uow.now + timedelta(minutes=minutes)
        if good:
            assert open_one(uow, lot_id, mixed_at=mixed_at)
        else:
            with pytest.raises(Invalid) as refused:
                open_one(uow, lot_id, mixed_at=mixed_at)
            assert "mixed_at" in refused.value.fields
            uow.record(Event(Action.LOT_CHANGED, "test"))


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"labelled_units": Decimal(150)}, "labelled_units"),
        ({"diluent": " "}, "diluent_kind"),
        ({"mixed_by": ""}, "mixed_by"),
        ({"microlitres": 99}, "diluent"),
        ({"microlitres": 10001}, "diluent"),
    ],
)
def test_what_cannot_be_a_vial_is_refused_beside_its_field(
    work: Work, clinic: ClinicWorld, overrides: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        make_vial(work, clinic, **overrides)
    assert field in refused.value.fields


def test_the_use_by_is_offered_or_chosen_and_says_which(work: Work, clinic: ClinicWorld, clock) -> None:
    lot_id = make_lot(work, clinic)
    offered = make_vial(work, clinic, lot_id)
    chosen = make_vial(work, clinic, lot_id, use_by=clock.now + timedelta(hours=4))
    with pytest.raises(Invalid):
        make_vial(work, clinic, lot_id, use_by=clock.now + timedelta(days=43))
    with pytest.raises(Invalid):
        make_vial(work, clinic, lot_id, use_by=clock.now)
    with work.reading(clinic.prescriber) as uow:
        rows = query.vial_rows(uow, [offered, chosen])
    assert rows[offered].use_by == clock.now + timedelta(hours=24)
    assert rows[chosen].use_by == clock.now + timedelta(hours=4)
    assert "set by the person who mixed, earlier than" in rows[chosen].use_by_rule


def test_a_ready_to_use_vial_needs_no_diluent(work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic, product="myobloc")
    vial_id = make_vial(work, clinic, lot_id, labelled_units=Decimal(5000), diluent="", microlitres=1000)
    with work.reading(clinic.prescriber) as uow:
        assert query.vial_rows(uow, [vial_id])[vial_id].per_tenth == "500"


def test_the_ledger_carries_signs_and_adds_up(work: Work, clinic: ClinicWorld) -> None:
    vial_id, who = make_vial(work, clinic), make_visit(work, clinic)
    give(work, clinic, vial_id, "31.25", who)
    with work.writing(clinic.prescriber) as uow:
        inventory.give_back(uow, vial_id, Decimal("1.25"), visit_id=who[1], patient_id=who[0], reason="Not given")
        inventory.waste(uow, vial_id, Decimal(5), "Left in the syringe", visit_id=who[1], patient_id=who[0])
        inventory.adjust(uow, vial_id, Decimal("-0.5"), "Spilled on opening")
    assert left(work, clinic, vial_id) == Decimal("64.5")
    with work.reading(clinic.prescriber) as uow:
        kinds = dict(uow.session.execute(select(VialEntry.kind, VialEntry.units)).all())
    assert kinds == {
        EntryKind.OPENED: Decimal(100),
        EntryKind.GIVEN: Decimal("-31.25"),
        EntryKind.RETURNED: Decimal("1.25"),
        EntryKind.WASTED: Decimal(-5),
        EntryKind.ADJUSTED: Decimal("-0.5"),
    }


def test_a_vial_that_came_to_nothing_is_marked_until_something_comes_back(work: Work, clinic: ClinicWorld) -> None:
    vial_id, who = make_vial(work, clinic), make_visit(work, clinic)

    def offered_and_marked() -> tuple[bool, bool]:
        with work.reading(clinic.prescriber) as uow:
            offered = set(uow.session.scalars(open_vials_select(uow.clinic_id)))
            vial = uow.session.get(Vial, {"clinic_id": uow.clinic_id, "id": vial_id})
            assert vial is not None
            return vial_id in offered, vial.is_spent

    assert offered_and_marked() == (True, False)
    give(work, clinic, vial_id, "99.75", who)
    assert offered_and_marked() == (True, False)
    give(work, clinic, vial_id, "0.25", who)
    assert offered_and_marked() == (False, True)
    with work.writing(clinic.prescriber) as uow:
        inventory.give_back(uow, vial_id, Decimal("0.25"), visit_id=who[1], patient_id=who[0], reason="Not given")
        uow.record(Event(Action.VIAL_ADJUSTED, f"vial:{vial_id}"))
    assert offered_and_marked() == (True, False)


def test_nothing_goes_below_zero_and_the_message_names_the_vial(work: Work, clinic: ClinicWorld) -> None:
    vial_id, who = make_vial(work, clinic), make_visit(work, clinic)
    give(work, clinic, vial_id, "87.5", who)
    with pytest.raises(Invalid) as refused:
        give(work, clinic, vial_id, "15", who)
    holds = "Vial V-0001 holds 12.5\u00a0units; 15\u00a0units cannot be taken."
    assert refused.value.fields == {"units": holds}
    give(work, clinic, vial_id, "12.5", who)
    assert left(work, clinic, vial_id) == 0


@pytest.mark.parametrize("units", ["0", "-5"])
def test_a_draw_of_nothing_or_less_is_refused(work: Work, clinic: ClinicWorld, units: str) -> None:
    vial_id, who = make_vial(work, clinic), make_visit(work, clinic)
    with pytest.raises(Invalid):
        give(work, clinic, vial_id, units, who)


def test_a_patient_gives_back_at_most_what_was_given(work: Work, clinic: ClinicWorld) -> None:
    vial_id, who, other = make_vial(work, clinic), make_visit(work, clinic), make_visit(work, clinic, "2")
    give(work, clinic, vial_id, "10", who)
    give(work, clinic, vial_id, "10", other)
    with pytest.raises(Invalid), work.writing(clinic.prescriber) as uow:
        inventory.give_back(uow, vial_id, Decimal(11), visit_id=who[1], patient_id=who[0], reason="Not given")


def test_an_adjustment_never_makes_more_than_the_label(work: Work, clinic: ClinicWorld) -> None:
    vial_id = make_vial(work, clinic)
    with pytest.raises(Invalid) as refused, work.writing(clinic.prescriber) as uow:
        inventory.adjust(uow, vial_id, Decimal("0.01"), "Counted again")
    assert "units" in refused.value.fields


def test_discarding_wastes_the_rest_and_ends_the_vial(work: Work, clinic: ClinicWorld) -> None:
    vial_id, who = make_vial(work, clinic), make_visit(work, clinic)
    give(work, clinic, vial_id, "40", who)
    with work.writing(clinic.prescriber) as uow:
        inventory.discard(uow, vial_id, "End of session")
    assert left(work, clinic, vial_id) == 0
    with pytest.raises(Invalid, match="discarded"):
        give(work, clinic, vial_id, "1", who)
    for late in (
        lambda uow: inventory.waste(uow, vial_id, Decimal(1), "late"),
        lambda uow: inventory.adjust(uow, vial_id, Decimal(1), "Counted again"),
        lambda uow: inventory.discard(uow, vial_id, "again"),
    ):
        with pytest.raises(Invalid, match="discarded"), work.writing(clinic.prescriber) as uow:
            late(uow)


def test_what_comes_back_to_a_discarded_vial_is_wasted_and_not_the_patients(work: Work, clinic: ClinicWorld) -> None:
    vial_id, who = make_vial(work, clinic), make_visit(work, clinic)
    give(work, clinic, vial_id, "40", who)
    with work.writing(clinic.prescriber) as uow:
        inventory.discard(uow, vial_id, "End of session")
    with work.writing(clinic.prescriber) as uow:
        inventory.give_back(uow, vial_id, Decimal(40), visit_id=who[1], patient_id=who[0], reason="Visit voided")
        uow.record(Event(Action.VISIT_VOIDED, f"visit:{who[1]}"))
    with work.reading(clinic.prescriber) as uow:
        row = query.vial_rows(uow, [vial_id])[vial_id]
    assert row.units_left == 0
    assert row.patients == frozenset()


def test_roles_without_stock_change_nothing(work: Work, clinic: ClinicWorld) -> None:
    vial_id = make_vial(work, clinic)
    for role in (Role.THERAPIST, Role.ADMINISTRATOR, Role.AUDITOR):
        with pytest.raises(NotPermitted), work.writing(clinic.people[role]) as uow:
            inventory.discard(uow, vial_id, "End of session")


def test_a_vial_of_another_clinic_does_not_exist(work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld) -> None:
    vial_id, who = make_vial(work, clinic), make_visit(work, other_clinic)
    with pytest.raises(NotFound):
        give(work, other_clinic, vial_id, "1", who)


def test_of_twenty_draws_of_the_last_units_exactly_one_wins(work: Work, clinic: ClinicWorld) -> None:
    vial_id, who = make_vial(work, clinic), make_visit(work, clinic)
    give(work, clinic, vial_id, "95", who)

    def run(_number: int) -> str:
        try:
            work.retrying(lambda: give(work, clinic, vial_id, "5", who))
        except Invalid:
            return "refused"
        return "won"

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(run, range(20)))
    assert outcomes.count("won") == 1
    assert outcomes.count("refused") == 19
    assert left(work, clinic, vial_id) == 0


def test_vials_opened_at_once_get_labels_of_their_own(work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: make_vial(work, clinic, lot_id), range(8)))
    with work.reading(clinic.prescriber) as uow:
        assert uow.session.scalar(select(func.count(Vial.label.distinct()))) == 8
