"""What repeating, confirming, undoing and shorthand leave of time-outs, given marks, products and the audit trail."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.errors import Invalid, NotPermitted, WrongStep
from clinic.domain.events import Action, Event
from clinic.domain.site_entries import SiteEntry
from clinic.models import AuditEvent, InjectionSite
from clinic.queries.patterns import own_patterns
from clinic.queries.shorthand import sites_line
from clinic.services import (
    adverse_events,
    giving,
    injection_sites,
    injections,
    patterns,
    shorthand,
    signing,
    site_changes,
)
from clinic.unit_of_work import Work
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld

ENTRY = SiteEntry(Decimal("2.5"), muscle="mentalis", side=Side.LEFT)


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


def undo(charting: Charting) -> None:
    version = charting.version()
    with charting.writing() as uow:
        site_changes.undo(uow, charting.visit_id, version)


def confirm(charting: Charting, site_ids: tuple[str, ...]) -> None:
    version = charting.version()
    with charting.writing() as uow:
        injection_sites.confirm_sites(uow, charting.visit_id, version, site_ids)


def unconfirmed(charting: Charting) -> tuple[str, ...]:
    """Make all sites copies that wait to be confirmed."""
    with charting.writing() as uow:
        rows = list(uow.session.scalars(select(InjectionSite).where(InjectionSite.visit_id == charting.visit_id)))
        for row in rows:
            row.confirmed, row.pattern_name = False, "usual left"
        uow.record(Event(Action.SITE_SAVED, f"visit:{charting.visit_id}", charting.patient_id))
    return tuple(row.id for row in charting.record().sites)


def newest(charting: Charting, action: Action) -> dict[str, Any]:
    with charting.reading() as uow:
        query = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.sequence.desc()).limit(1)
        entry = uow.session.scalars(query).one()
        return dict(json.loads(entry.values))


def test_several_are_not_confirmed_together_under_a_time_out_over_other_values(charting: Charting) -> None:
    charting.ready_for_time_out()
    copies = unconfirmed(charting)
    charting.take_time_out()
    charting.save(replace(ENTRY, side=Side.RIGHT))
    with pytest.raises(WrongStep, match="has changed"):
        confirm(charting, copies)
    assert not any(site.confirmed for site in charting.record().sites if site.id in copies)
    confirm(charting, copies[:1])
    charting.take_time_out()
    confirm(charting, copies)


def test_undoing_a_dose_in_an_amendment_brings_no_mark_back_that_was_taken_back(charting: Charting) -> None:
    charting.signed()
    with charting.writing() as uow:
        charting.visit_id = signing.amend(uow, charting.visit_id, "Site 2 was never given")
    site = charting.record().sites[1]
    charting.save(replace(ENTRY, units=Decimal(4)), site.id)
    version = charting.version()
    with charting.writing() as uow:
        giving.take_back(uow, charting.visit_id, version, (site.id,), "it was never given")
    undo(charting)
    stands = charting.record().sites[1]
    assert (stands.units, stands.given_at) == (site.units, None)


def test_the_trail_says_which_doses_an_undo_put_back(charting: Charting) -> None:
    site_id = charting.save(ENTRY)
    charting.save(replace(ENTRY, units=Decimal(5)), site_id)
    undo(charting)
    told = json.dumps(newest(charting, Action.SITES_UNDONE))
    assert "site_1_units" in told
    assert "2.5" in told


def test_the_trail_says_which_doses_another_product_took_out(charting: Charting, clock: Any) -> None:
    site_id = charting.save(ENTRY)
    vial = open_vial(charting.work, charting.clinic, product="dysport", lot="D1", label="V-0002", units=Decimal(300))
    version = charting.version()
    with charting.writing() as uow:
        other = injections.add_syringe(uow, charting.visit_id, version, vial)
    version = charting.version()
    with charting.writing() as uow:
        injection_sites.draw_from(uow, charting.visit_id, version, other, (site_id,), clear=True)
    assert "of botox" in json.dumps(newest(charting, Action.SITE_SAVED))


@pytest.mark.parametrize("how", ["site", "line"])
def test_a_changed_dose_without_a_vial_stays_one_of_its_product(charting: Charting, how: str) -> None:
    first = charting.syringe_id
    site_id = charting.save(ENTRY)
    version = charting.version()
    with charting.writing() as uow:
        injections.remove_syringe(uow, charting.visit_id, version, first)
    line = sites_line(charting.record()).line
    version = charting.version()
    if how == "site":
        charting.save(replace(ENTRY, units=Decimal(6)), site_id)
    else:
        with charting.writing() as uow:
            shorthand.rewrite_line(uow, charting.visit_id, version, line.replace("2.5", "6"), was=line)
    [site] = charting.record().sites
    assert (site.units, site.dose_product) == (Decimal(6), "botox")
    vial = open_vial(charting.work, charting.clinic, product="dysport", lot="D1", label="V-0002", units=Decimal(300))
    version = charting.version()
    with charting.writing() as uow:
        other = injections.add_syringe(uow, charting.visit_id, version, vial)
    version = charting.version()
    with pytest.raises(Invalid, match="doses in units of onabotulinumtoxinA"), charting.writing() as uow:
        injection_sites.draw_from(uow, charting.visit_id, version, other, (site_id,))


def test_a_product_of_an_earlier_record_names_no_dose_of_today_in_a_pattern(charting: Charting) -> None:
    charting.save(ENTRY)
    version = charting.version()
    with charting.writing() as uow:
        injections.remove_syringe(uow, charting.visit_id, version, charting.syringe_id)
    version = charting.version()
    with charting.writing() as uow:
        injections.change_session(uow, charting.visit_id, version, transcribed=False, transcribed_product="dysport")
    with charting.writing() as uow:
        patterns.save_pattern(uow, charting.visit_id, "usual left")
    with charting.reading() as uow:
        [row] = own_patterns(uow)
    assert row.products == ("onabotulinumtoxinA (Botox)",)


def statements(charting: Charting, line: str) -> int:
    counted = 0

    def count(*_: object) -> None:
        nonlocal counted
        counted += 1

    version = charting.version()
    with charting.writing() as uow:
        engine = uow.session.get_bind()
        event.listen(engine, "before_cursor_execute", count)
        try:
            shorthand.chart_line(uow, charting.visit_id, version, line)
            uow.session.flush()
        finally:
            event.remove(engine, "before_cursor_execute", count)
    return counted


def test_a_longer_line_asks_the_database_no_more_often(charting: Charting) -> None:
    one = statements(charting, "l men bel 2")
    assert statements(charting, "r dao 2.5; dli 5; men bel 2; l dao 2; dli 3; ris 1") == one


def test_who_may_not_sign_does_not_answer_for_the_session(charting: Charting, clinic: ClinicWorld) -> None:
    version = charting.version()
    with pytest.raises(NotPermitted), charting.work.writing(clinic.people[Role.ASSISTANT]) as uow:
        adverse_events.answer_adverse_event(uow, charting.visit_id, version, happened=False)


def test_a_finding_gives_its_times_in_the_zone_of_the_visit(charting: Charting) -> None:
    charting.given()
    charting.site(muscle="procerus", side=Side.MIDLINE, units="5")
    (one,) = [finding for finding in charting.findings() if finding.code == "TIMEOUT-001"]
    zone = ZoneInfo(charting.record().visit.time_zone)
    assert f"{charting.record().time_outs[-1].at.astimezone(zone):%H:%M %Z}" in one.message
