"""Which earlier sessions a draft can repeat, and what their sites were."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.errors import NotFound
from clinic.domain.visits import Disposition
from clinic.queries.charts import chart_page
from clinic.queries.earlier_sessions import EarlierSession, earlier_session, earlier_sessions
from clinic.services import injections, signing, visits
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient
from tests.web.statements import counted


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft, after a first session of four sites 90 days before."""
    return Charting.after_a_session(work, clinic, clock)


def listed(charting: Charting) -> tuple[EarlierSession, ...]:
    """What the draft is offered: by itself in one statement, and the same on the chart page."""
    on = charting.record().visit.on
    with charting.reading() as uow, counted(charting.work.engine) as statements:
        found = earlier_sessions(uow, charting.patient_id, charting.visit_id, on)
    assert len(statements) == 1
    with charting.reading() as uow:
        page = chart_page(uow, charting.visit_id)
    assert page.earlier == (found if page.repeatable.allowed else ())
    return found


def test_a_signed_session_is_listed_with_its_sums(charting: Charting) -> None:
    (one,) = listed(charting)
    assert (one.id, one.on_text, one.sites, one.units) == (charting.first, "22 Nov 2026", 4, "12.5")
    assert (one.product_keys, one.products) == (("botox",), ("onabotulinumtoxinA (Botox)",))
    assert not one.is_touch_up
    assert one.words == "4 sites, 12.5\u00a0units"


def test_the_newest_comes_first_and_open_drafts_are_none(charting: Charting, clock: Any) -> None:
    charting.signed()
    second = charting.visit_id
    clock.move(days=90)
    charting.start()
    assert [one.id for one in listed(charting)] == [second, charting.first]


def test_a_session_of_a_later_day_is_not_offered(charting: Charting) -> None:
    version = charting.version()
    with charting.writing() as uow:
        day = charting.record(charting.first).visit.on.replace(day=1)
        visits.write(uow, charting.visit_id, version, on=day)
    assert listed(charting) == ()
    with charting.reading() as uow, pytest.raises(NotFound):
        earlier_session(uow, charting.visit_id, charting.first)


def test_a_replaced_version_is_not_offered_and_the_newer_one_is(charting: Charting) -> None:
    draft = charting.visit_id
    with charting.fresh_writing() as uow:
        charting.visit_id = signing.amend(uow, charting.first, "one dose was typed wrongly")
    assert listed(charting) == ()
    assert [one.id for one in listed(replace(charting, visit_id=draft))] == [charting.first]
    site = charting.record().sites[0]
    charting.site(units="5", site_id=site.id, muscle=site.muscle, side=site.side, sub_site=site.sub_site)
    charting.sign()
    newer = charting.visit_id
    assert [(one.id, one.units) for one in listed(replace(charting, visit_id=draft))] == [(newer, "15")]


@pytest.mark.parametrize("disposition", list(Disposition))
def test_what_was_voided_is_not_offered_whether_it_was_given_or_not(
    charting: Charting, disposition: Disposition
) -> None:
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.first, "entered for the wrong day", disposition)
    assert listed(charting) == ()


def test_a_signed_transcription_is_offered_with_its_product(charting: Charting, clock: Any) -> None:
    day = charting.record(charting.first).visit.on
    with charting.writing() as uow:
        charting.visit_id = visits.start(uow, charting.patient_id, on=day)
    charting.site(muscle="mentalis", side=Side.LEFT, syringe_id=None)
    values = {"transcribed_source": "Letter of Dr Lund", "transcribed_product": "dysport", "transcribed_lot": "D1"}
    version = charting.version()
    with charting.writing() as uow:
        injections.change_session(uow, charting.visit_id, version, transcribed=True, **values)
    transcribed = charting.visit_id
    charting.sign()
    charting.start()
    found = {one.id: one for one in listed(charting)}
    assert (found[transcribed].product_keys, found[transcribed].units) == (("dysport",), "2.5")


def test_a_touch_up_says_so(charting: Charting, clock: Any) -> None:
    version = charting.version()
    with charting.writing() as uow:
        injections.change_session(uow, charting.visit_id, version, touch_up_of=charting.first)
    charting.signed()
    clock.move(days=1)
    charting.start()
    newest = listed(charting)[0]
    assert newest.is_touch_up
    assert newest.words == "4 sites, 12.5\u00a0units, a touch-up"


def test_site_by_site(charting: Charting) -> None:
    source = charting.record(charting.first)
    with charting.reading() as uow, counted(charting.work.engine) as statements:
        found = earlier_session(uow, charting.visit_id, charting.first)
    assert len(statements) == 3
    assert (found.on_text, found.products) == ("22 Nov 2026", ("onabotulinumtoxinA (Botox)",))
    assert [(one.id, one.number, one.x, one.y) for one in found.sites] == [
        (site.id, site.number, site.x, site.y) for site in source.sites
    ]
    third = found.sites[2]
    assert (third.muscle_label, third.sub_site_label, third.side, third.units) == (
        "Platysma",
        "medial band 1",
        "left",
        "2.5",
    )
    assert (third.product, third.review) == ("onabotulinumtoxinA (Botox)", "")


def test_any_other_id_is_as_if_it_were_none(
    charting: Charting, work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, clock: Any
) -> None:
    stranger = Charting.begun(work, other_clinic, clock)
    stranger.signed()
    neighbour = replace(charting, patient_id=make_patient(work, clinic.prescriber, family_name="Lund"))
    neighbour.start()
    pairs = [
        (charting.visit_id, stranger.visit_id),
        (stranger.visit_id, charting.first),
        (neighbour.visit_id, charting.first),
        (charting.visit_id, charting.visit_id),
        (charting.visit_id, neighbour.visit_id),
        ("0" * 26, charting.first),
    ]
    for visit_id, source_id in pairs:
        with charting.reading() as uow, pytest.raises(NotFound):
            earlier_session(uow, visit_id, source_id)
    with work.reading(other_clinic.prescriber) as uow:
        assert earlier_sessions(uow, charting.patient_id, charting.visit_id, clock.now.date()) == ()
