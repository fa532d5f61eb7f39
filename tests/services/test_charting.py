"""From a draft to a signed visit and what comes after it, through the real services on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from clinic.domain import time_out
from clinic.domain.actors import RecordState, Role
from clinic.domain.anatomy import Side
from clinic.domain.errors import (
    FreshPasswordNeeded,
    Frozen,
    Invalid,
    NotFound,
    NotPermitted,
    Stale,
    Stopped,
    WrongStep,
)
from clinic.domain.site_entries import SiteEntry
from clinic.domain.visit_content import digest
from clinic.domain.visits import Disposition, Section
from clinic.queries.facts import judged
from clinic.queries.inventory import vial_rows
from clinic.queries.visit_record import visit_record
from clinic.services import giving, injection_sites, signing, visits
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.postgresql import by_owner


@pytest.fixture
def charting(work: Work, clinic, clock) -> Charting:
    """A patient with a left palsy, an open vial, and a draft."""
    return Charting.begun(work, clinic, clock)


def test_a_whole_session_is_charted_given_settled_and_signed(charting: Charting) -> None:
    charting.chart_usual_sites()
    charting.answer_all()
    charting.consent()
    charting.prepare()
    charting.take_time_out()
    charting.give_all()
    charting.settle()
    charting.sign()
    record = charting.record()
    assert record.state is RecordState.SIGNED
    assert charting.units_left() == Decimal(100) - sum(site.units for site in record.sites)


def test_the_server_decides_muscle_and_side_from_the_point(charting: Charting) -> None:
    charting.site(x=-345, y=729)
    site = charting.record().sites[0]
    assert (site.side, site.number) == (Side.RIGHT, 1)


def test_a_point_outside_the_face_is_refused_beside_its_field(charting: Charting) -> None:
    with pytest.raises(Invalid) as refused:
        charting.site(x=99_999, y=0)
    assert "x" in refused.value.fields
    assert charting.record().sites == ()


def test_a_side_is_never_assumed(charting: Charting) -> None:
    with pytest.raises(Invalid) as refused:
        charting.site(muscle="mentalis")
    assert "side" in refused.value.fields


def test_a_stale_save_changes_nothing(charting: Charting) -> None:
    stale = charting.version()
    charting.site(muscle="mentalis", side=Side.LEFT)
    with pytest.raises(Stale) as refused, charting.writing() as uow:
        injection_sites.save_site(
            uow, charting.visit_id, stale, SiteEntry(Decimal(1), muscle="mentalis", side=Side.LEFT)
        )
    assert refused.value.shown == stale
    assert len(charting.record().sites) == 1


def test_giving_needs_a_time_out_over_these_values(charting: Charting) -> None:
    charting.ready_for_time_out()
    with pytest.raises(WrongStep):
        charting.give_all()
    charting.take_time_out()
    charting.site(muscle="mentalis", side=Side.LEFT, units="1")
    with pytest.raises(WrongStep):
        charting.give_all()
    charting.take_time_out()
    charting.give_all()


def test_a_time_out_needs_this_patients_identifiers(charting: Charting) -> None:
    charting.ready_for_time_out()
    with pytest.raises(Invalid) as refused:
        charting.take_time_out(initials="ZZ")
    assert "initials" in refused.value.fields


def test_a_time_out_is_refused_over_other_values_than_shown(charting: Charting) -> None:
    charting.ready_for_time_out()
    with pytest.raises(Stale):
        charting.take_time_out(shown="0" * 64)


def test_unanswered_questions_stop_the_time_out(charting: Charting) -> None:
    charting.chart_usual_sites()
    charting.prepare()
    with pytest.raises(Stopped) as refused:
        charting.take_time_out()
    assert {one.code for one in refused.value.findings} >= {"SCREEN-001", "CONSENT-001"}


def test_late_entry_keeps_both_times_and_the_reason(charting: Charting, clock) -> None:
    charting.chart_usual_sites()
    given_at = clock.now - timedelta(hours=2)
    charting.give_all(late=giving.Late("The tablet had no power", given_at))
    site = charting.record().sites[0]
    assert (site.given_at, site.given_recorded_at) == (given_at, clock.now)
    assert site.entered_late_reason == "The tablet had no power"


def test_a_given_site_is_changed_only_after_it_is_taken_back(charting: Charting) -> None:
    charting.given()
    site = charting.record().sites[0]
    with pytest.raises(Frozen):
        charting.site(muscle="mentalis", side=Side.LEFT, site_id=site.id)
    with charting.writing() as uow:
        giving.take_back(uow, charting.visit_id, charting.version(), (site.id,), "marked by mistake")
    left = charting.units_left()
    assert left == Decimal(100) - sum(one.units for one in charting.record().sites if one.given_at)


def test_a_vial_is_never_overdrawn(charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT, units="101")
    with pytest.raises(Invalid) as refused:
        charting.give_all(late=giving.Late("entered after the fact", charting.clock.now))
    assert "units" in refused.value.fields
    assert charting.units_left() == Decimal(100)
    assert charting.record().sites[0].given_at is None


def test_signing_needs_a_fresh_password(charting: Charting, clock) -> None:
    charting.settled()
    clock.move(minutes=5, seconds=1)
    with pytest.raises(FreshPasswordNeeded):
        charting.sign(refresh=False)


def test_what_is_signed_is_what_was_shown(charting: Charting) -> None:
    charting.settled()
    with charting.reading() as uow:
        content, _ = judged(visit_record(uow, charting.visit_id), uow.now)
    with charting.writing() as uow:
        visits.write(uow, charting.visit_id, charting.version(), notes={Section.PLAN: "Review in four weeks"})
    with pytest.raises(Stale), charting.fresh_writing() as uow:
        signing.sign(uow, charting.visit_id, charting.version(), digest(content))


def test_an_open_finding_stops_the_signature_until_a_prescriber_goes_on(charting: Charting) -> None:
    charting.chart_usual_sites()
    charting.answer_all()
    charting.prepare()
    finding = next(one for one in charting.findings() if one.code == "CONSENT-001")
    with pytest.raises(NotPermitted), charting.work.writing(charting.clinic.people[Role.ASSISTANT]) as uow:
        giving.override(uow, charting.visit_id, charting.version(), finding.key, "signed on paper today")
    with pytest.raises(Invalid), charting.writing() as uow:
        giving.override(uow, charting.visit_id, charting.version(), finding.key, "short")
    with charting.writing() as uow:
        giving.override(uow, charting.visit_id, charting.version(), finding.key, "signed on paper today")
    assert not next(one for one in charting.findings() if one.code == "CONSENT-001").stops


def test_a_signed_visit_refuses_every_service_and_every_statement(charting: Charting) -> None:
    charting.signed()
    for change in (
        lambda uow: visits.write(uow, charting.visit_id, charting.version(), complaints="x"),
        lambda uow: injection_sites.remove_site(
            uow, charting.visit_id, charting.version(), charting.record().sites[0].id
        ),
        lambda uow: visits.discard(uow, charting.visit_id, charting.version(), "no longer wanted"),
    ):
        with pytest.raises(Frozen), charting.writing() as uow:
            change(uow)
    for statement in (
        "UPDATE visit SET complaints = 'x'",
        "UPDATE injection_site SET units = 1",
        "DELETE FROM injection_site",
        "UPDATE injection_session SET needle = 'x'",
        "DELETE FROM screening_answer",
        "UPDATE signature SET content = '{}'",
        "DELETE FROM vial_entry",
        "UPDATE audit_event SET reason = 'x'",
    ):
        with pytest.raises(Exception, match=r"frozen|append-only"), by_owner(charting.work.engine) as database:
            database.execute(text(statement))


def test_an_amendment_copies_everything_and_moves_the_units(charting: Charting) -> None:
    charting.signed()
    first = charting.visit_id
    before = charting.units_left()
    with charting.writing() as uow:
        second = signing.amend(uow, first, "The dose of site 1 was mistyped")
    charting.visit_id = second
    site = charting.record().sites[0]
    charting.site(muscle=site.muscle, sub_site=site.sub_site, side=site.side, units="1.25", site_id=site.id)
    charting.sign()
    assert charting.units_left() == before + site.units - Decimal("1.25")
    assert charting.record(first).state is RecordState.AMENDED
    assert charting.record(second).visit.revision == 2
    with pytest.raises(Frozen), charting.writing() as uow:
        signing.amend(uow, first, "again the first version")


def test_voiding_as_not_given_returns_the_units(charting: Charting) -> None:
    charting.signed()
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "Charted on the wrong patient", Disposition.NOT_GIVEN)
    assert charting.units_left() == Decimal(100)
    assert charting.record().state is RecordState.VOIDED


def test_voiding_as_given_keeps_the_units_counted(charting: Charting) -> None:
    charting.signed()
    left = charting.units_left()
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "Charted on the wrong day", Disposition.GIVEN)
    assert charting.units_left() == left


def test_an_addendum_is_appended(charting: Charting) -> None:
    charting.signed()
    with charting.fresh_writing() as uow:
        signing.add_addendum(uow, charting.visit_id, "The patient telephoned: no trouble.")
    assert charting.record().state is RecordState.SIGNED


def test_an_earlier_session_counts_to_the_interval(charting: Charting) -> None:
    charting.signed()
    charting.clock.move(days=30)
    charting.start()
    charting.site(muscle="mentalis", side=Side.LEFT)
    assert any(one.code == "TIME-001" for one in charting.findings())


def test_a_discarded_draft_comes_back_within_thirty_days(charting: Charting, clock) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    with charting.writing() as uow:
        visits.discard(uow, charting.visit_id, charting.version(), "started on the wrong patient")
    clock.move(days=30)
    with charting.writing() as uow:
        visits.restore(uow, charting.visit_id)
    assert len(charting.record().sites) == 1


def test_a_visit_is_not_started_in_the_future(charting: Charting) -> None:
    with pytest.raises(Invalid), charting.writing() as uow:
        visits.start(uow, charting.patient_id, on=date(2026, 11, 23))


def test_another_clinics_visit_does_not_exist(charting: Charting, other_clinic) -> None:
    with pytest.raises(NotFound), charting.work.writing(other_clinic.prescriber) as uow:
        visits.write(uow, charting.visit_id, 1, complaints="x")
    with pytest.raises(NotFound), charting.work.reading(other_clinic.prescriber) as uow:
        visit_record(uow, charting.visit_id)
    with charting.work.reading(other_clinic.prescriber) as uow:
        assert vial_rows(uow, [charting.vial_id]) == {}


def test_the_time_out_names_side_product_lot_expiry_dilution_and_total(charting: Charting) -> None:
    charting.chart_usual_sites()
    with charting.reading() as uow:
        content, _ = judged(visit_record(uow, charting.visit_id), uow.now)
    spoken = " ".join(f"{what}: {value}" for what, value in time_out.values(content))
    for part in ("Patient's left", "onabotulinumtoxinA (Botox)", "lot C4821A2", "expires", "units in", "Total"):
        assert part in spoken


def test_numbers_stay_once_a_site_is_given(charting: Charting) -> None:
    charting.given()
    extra = charting.site(muscle="mentalis", side=Side.LEFT)
    last = charting.site(muscle="frontalis", sub_site="central", side=Side.RIGHT)
    with charting.writing() as uow:
        injection_sites.remove_site(uow, charting.visit_id, charting.version(), extra)
    numbers = {site.id: site.number for site in charting.record().sites}
    assert numbers[last] == len(numbers) + 1


def test_a_session_is_not_prepared_again_once_given(charting: Charting) -> None:
    charting.given()
    with pytest.raises(WrongStep):
        charting.prepare()
