"""What may follow a signature without the ledger, the doses or the palsy sides drifting, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic.domain.anatomy import Side
from clinic.domain.errors import Frozen, WrongStep
from clinic.domain.injections import Purpose
from clinic.domain.visits import Disposition
from clinic.models import Lot, Patient
from clinic.queries import visit_revisions as revisions
from clinic.queries.charts import chart_page
from clinic.queries.visit_contents import units_before, visit_content
from clinic.services import giving, inventory, lots, signing, visits
from clinic.services.giving import Late, Waste
from clinic.unit_of_work import Work
from clinic.verification import verify
from tests.charting import Charting


@pytest.fixture
def charting(work: Work, clinic, clock) -> Charting:
    """A patient with a left palsy, an open vial, and a draft."""
    return Charting.begun(work, clinic, clock)


def amended(charting: Charting, visit_id: str = "") -> str:
    """Open an amendment and make it the draft at hand."""
    with charting.writing() as uow:
        charting.visit_id = signing.amend(uow, visit_id or charting.visit_id, "The dose of site 1 was mistyped")
    return charting.visit_id


def settle_with(charting: Charting, wasted: str) -> None:
    """Settle with waste in the only syringe."""
    record = charting.record()
    wastes = {record.syringes[0].id: Waste(Decimal(wasted), "left in the hub")} if Decimal(wasted) else {}
    with charting.writing() as uow:
        giving.settle(uow, charting.visit_id, record.visit.edit_version, wastes)


def planned_words(charting: Charting) -> str:
    """What the card of the only syringe says beside the units in its vial."""
    with charting.reading() as uow:
        chart = chart_page(uow, charting.visit_id).chart
    assert chart is not None
    return chart.syringes[0].planned


def problems(charting: Charting, tmp_path) -> list[str]:
    """What verification says."""
    return [str(one) for one in verify(charting.work, tmp_path / "anchors").problems]


def test_only_one_amendment_of_a_version_is_ever_open(charting: Charting) -> None:
    charting.signed()
    first = charting.visit_id
    second = amended(charting)
    with charting.writing() as uow:
        visits.discard(uow, second, charting.version(), "opened by mistake today")
    amended(charting, first)
    with pytest.raises(Frozen), charting.writing() as uow:
        visits.restore(uow, second)


def test_a_discarded_amendment_does_not_come_back_once_another_was_signed(charting: Charting) -> None:
    charting.signed()
    first = charting.visit_id
    second = amended(charting)
    with charting.writing() as uow:
        visits.discard(uow, second, charting.version(), "opened by mistake today")
    amended(charting, first)
    left = charting.units_left()
    charting.sign()
    with pytest.raises(Frozen), charting.writing() as uow:
        visits.restore(uow, second)
    assert charting.units_left() == left


def test_an_amendment_of_a_visit_voided_meanwhile_is_not_signed(charting: Charting) -> None:
    charting.signed()
    first = charting.visit_id
    amended(charting)
    with charting.fresh_writing() as uow:
        signing.void(uow, first, "Charted on the wrong patient", Disposition.NOT_GIVEN)
    with pytest.raises(Frozen):
        charting.sign()
    assert charting.units_left() == Decimal(100)


def test_an_open_amendment_does_not_count_its_doses_twice(charting: Charting) -> None:
    charting.signed()
    given = sum(site.units for site in charting.record().sites)
    amended(charting)
    charting.clock.move(days=30)
    charting.start()
    assert sum(dose.units for dose in charting.record().past) == given


def test_an_amendment_of_an_amendment_moves_the_units_and_verifies(charting: Charting, tmp_path) -> None:
    charting.signed()
    before = charting.units_left()
    for units in ("1.25", "2"):
        amended(charting)
        site = charting.record().sites[0]
        charting.site(muscle=site.muscle, sub_site=site.sub_site, side=site.side, units=units, site_id=site.id)
        charting.sign()
    assert charting.units_left() == before + Decimal("2.5") - Decimal(2)
    assert problems(charting, tmp_path) == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("0", "unchanged by this version"),
        ("1.25", "1.25 fewer once this version is signed"),
        ("-1.25", "1.25 more once this version is signed"),
    ],
)
def test_the_vial_of_an_amendment_speaks_of_no_plan(charting: Charting, more: str, words: str) -> None:
    charting.chart_usual_sites()
    assert planned_words(charting) == "12.5 still planned"
    charting.signed()
    amended(charting)
    site = charting.record().sites[0]
    units = str(site.units + Decimal(more))
    charting.site(muscle=site.muscle, sub_site=site.sub_site, side=site.side, units=units, site_id=site.id)
    assert planned_words(charting) == words


def test_a_site_of_a_discarded_vial_is_corrected_by_an_amendment(charting: Charting, tmp_path) -> None:
    charting.signed()
    with charting.writing() as uow:
        inventory.discard(uow, charting.vial_id, "End of the day")
    amended(charting)
    site = charting.record().sites[0]
    charting.site(muscle=site.muscle, sub_site=site.sub_site, side=Side.RIGHT, units="1.25", site_id=site.id)
    charting.settle()
    site = charting.record().sites[0]
    assert (site.side, site.units) == (Side.RIGHT, Decimal("1.25"))


def test_a_lot_recalled_after_the_session_does_not_lock_its_record(charting: Charting) -> None:
    charting.settled()
    charting.clock.move(days=3)
    with charting.writing() as uow:
        lot = uow.session.scalars(select(Lot)).one()
        lots.recall(uow, lot.id, lot.edit_version, "Recalled by the manufacturer")
    assert "VIAL-005" not in {one.code for one in charting.findings()}
    charting.sign()


def test_waste_corrected_downwards_is_this_sessions_own_line(charting: Charting) -> None:
    charting.given()
    settle_with(charting, "10")
    settle_with(charting, "4")
    assert charting.units_left() == Decimal(100) - Decimal("12.5") - 4
    assert units_before(charting.record(), charting.vial_id) == Decimal(100)


def test_waste_that_was_given_after_all_is_amended_in_one_step(charting: Charting) -> None:
    charting.given()
    settle_with(charting, "87.5")
    charting.sign()
    assert charting.units_left() == 0
    amended(charting)
    site = charting.record().sites[0]
    charting.site(muscle=site.muscle, sub_site=site.sub_site, side=site.side, units="5", site_id=site.id)
    settle_with(charting, "85")
    charting.sign()
    assert charting.units_left() == 0


def test_an_amendment_takes_no_step_of_a_session_that_is_past(charting: Charting, tmp_path) -> None:
    charting.signed()
    amended(charting)
    with pytest.raises(WrongStep):
        charting.prepare()
    with pytest.raises(WrongStep):
        charting.take_time_out()
    site = charting.record().sites[0]
    with charting.writing() as uow:
        giving.take_back(uow, charting.visit_id, charting.version(), (site.id,), "corrected time of giving")
    with pytest.raises(WrongStep):
        charting.give_all()
    charting.give_all(late=Late("The time was mistyped", charting.clock.now - timedelta(hours=1)))
    charting.settle()
    charting.sign()
    assert problems(charting, tmp_path) == []


def test_the_next_due_day_follows_the_version_in_force(charting: Charting) -> None:
    charting.signed()
    amended(charting)
    with charting.writing() as uow:
        visits.write(uow, charting.visit_id, charting.version(), on=date(2026, 11, 2))
    assert due(charting) == date(2026, 11, 22) + timedelta(days=84)
    charting.sign()
    assert due(charting) == date(2026, 11, 2) + timedelta(days=84)


def test_a_session_voided_as_given_still_counts_to_the_next_due_day(charting: Charting) -> None:
    charting.signed()
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "Charted twice by mistake", Disposition.GIVEN)
    assert due(charting) == date(2026, 11, 22) + timedelta(days=84)


def due(charting: Charting) -> date | None:
    """The patient's next due day."""
    with charting.reading() as uow:
        return uow.session.get_one(Patient, (uow.clinic_id, charting.patient_id)).next_due_on


def test_the_day_of_an_amendment_is_told_in_the_clinics_time(charting: Charting) -> None:
    charting.signed()
    first = charting.visit_id
    amended(charting)
    charting.clock.move(hours=13, minutes=45)
    charting.sign()
    with charting.reading() as uow:
        version = revisions.signed_version(uow, first)
    assert version.amended_at is not None
    assert version.amended_at.date() == date(2026, 11, 22), "it is still the day before in UTC"
    assert version.status_text.endswith("signed 23 Nov 2026")


@pytest.mark.parametrize("what", ["purpose", "place", "removed"])
def test_every_change_of_an_amendment_is_shown(charting: Charting, what: str) -> None:
    charting.signed()
    amended(charting)
    site = charting.record().sites[0]
    entry = {"muscle": site.muscle, "sub_site": site.sub_site, "side": site.side, "units": "2.5", "site_id": site.id}
    if what == "purpose":
        charting.site(**entry | {"purpose": Purpose.OTHER, "x": site.x, "y": site.y})
    elif what == "place":
        charting.site(**entry | {"x": site.x + 3, "y": site.y})
    else:
        with charting.writing() as uow:
            giving.take_back(uow, charting.visit_id, charting.version(), (site.id,), "it was never given")
    record = charting.record()
    with charting.reading() as uow:
        found = revisions.differences(uow, record, visit_content(record))
    assert "Site 1" in {one.what for one in found}
