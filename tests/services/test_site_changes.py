"""Undo and redo: any depth, across readers, never over a given mark; and doses that belong to one product."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.errors import Frozen, Invalid, Stale, WrongStep
from clinic.domain.site_entries import SiteEntry
from clinic.models import SiteChange
from clinic.queries.charts import chart_page
from clinic.services import giving, injection_sites, injections, signing, site_changes
from clinic.unit_of_work import Work
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld

ENTRY = SiteEntry(Decimal("2.5"), muscle="mentalis", side=Side.LEFT)


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


def stands(charting: Charting) -> list[dict[str, object]]:
    """Every value of every site, as a later reader sees it."""
    return [injection_sites._values(site) for site in charting.record().sites]


def step(charting: Charting, verb: Callable[..., None]) -> None:
    version = charting.version()
    with charting.writing() as uow:
        verb(uow, charting.visit_id, version)


def test_a_change_is_undone_and_made_again(charting: Charting) -> None:
    site_id = charting.save(ENTRY)
    charting.save(replace(ENTRY, units=Decimal(5)), site_id)
    after = stands(charting)
    step(charting, site_changes.undo)
    assert [site["units"] for site in stands(charting)] == [Decimal("2.5")]
    step(charting, site_changes.undo)
    assert stands(charting) == []
    with pytest.raises(WrongStep, match="left to undo"):
        step(charting, site_changes.undo)
    step(charting, site_changes.redo)
    step(charting, site_changes.redo)
    assert stands(charting) == after
    assert charting.record().sites[0].id == site_id
    with pytest.raises(WrongStep, match="make again"):
        step(charting, site_changes.redo)


def test_a_removed_site_comes_back_with_its_number(charting: Charting) -> None:
    charting.chart_usual_sites()
    before = stands(charting)
    removed = charting.record().sites[1].id
    version = charting.version()
    with charting.writing() as uow:
        injection_sites.remove_site(uow, charting.visit_id, version, removed)
    assert [site["number"] for site in stands(charting)] == [1, 2, 3]
    step(charting, site_changes.undo)
    assert stands(charting) == before


def test_a_new_change_takes_the_place_of_what_was_undone(charting: Charting) -> None:
    charting.save(ENTRY)
    charting.save(replace(ENTRY, side=Side.RIGHT))
    step(charting, site_changes.undo)
    charting.save(replace(ENTRY, units=Decimal(4)))
    with pytest.raises(WrongStep, match="make again"):
        step(charting, site_changes.redo)
    step(charting, site_changes.undo)
    step(charting, site_changes.redo)
    assert [site["units"] for site in stands(charting)] == [Decimal("2.5"), Decimal(4)]


@pytest.mark.parametrize("seed", range(4))
def test_any_course_of_changes_runs_back_to_the_start_and_forth_again(charting: Charting, seed: int) -> None:
    course = random.Random(seed)
    states = [stands(charting)]
    for _ in range(12):
        ids = [site.id for site in charting.record().sites]
        kind = course.choice(["new", "new", "change", "remove"]) if ids else "new"
        if kind == "remove":
            version = charting.version()
            with charting.writing() as uow:
                injection_sites.remove_site(uow, charting.visit_id, version, course.choice(ids))
        else:
            muscle = course.choice([key for key, one in MUSCLES.items() if one.paired and key != "other"])
            units = Decimal(course.randrange(1, 40)) / 4
            entry = SiteEntry(units, muscle=muscle, side=course.choice([Side.RIGHT, Side.LEFT]))
            charting.save(entry, course.choice(ids) if kind == "change" else None)
        if stands(charting) != states[-1]:
            states.append(stands(charting))
    for state in reversed(states[:-1]):
        step(charting, site_changes.undo)
        assert stands(charting) == state
    for state in states[1:]:
        step(charting, site_changes.redo)
        assert stands(charting) == state


def test_what_can_be_undone_is_said_in_words(charting: Charting) -> None:
    charting.save(ENTRY)
    step(charting, site_changes.undo)
    with charting.reading() as uow:
        chart = chart_page(uow, charting.visit_id).chart
    assert chart is not None
    assert (chart.undo, chart.redo) == ("", "site 1 placed")


def test_a_given_mark_is_never_undone(charting: Charting) -> None:
    charting.ready_for_time_out()
    charting.take_time_out()
    last = charting.record().sites[-1].id
    version = charting.version()
    with charting.writing() as uow:
        giving.mark_given(uow, charting.visit_id, version, (last,))
    before = stands(charting)
    with pytest.raises(Frozen, match="marked given"):
        step(charting, site_changes.undo)
    assert stands(charting) == before


def test_a_stale_undo_changes_nothing(charting: Charting) -> None:
    stale = charting.version()
    charting.save(ENTRY)
    with pytest.raises(Stale), charting.writing() as uow:
        site_changes.undo(uow, charting.visit_id, stale)
    assert len(stands(charting)) == 1


def test_nothing_is_left_to_undo_once_it_is_signed(charting: Charting) -> None:
    charting.signed()
    with charting.reading() as uow:
        count = select(func.count()).select_from(SiteChange).where(SiteChange.visit_id == charting.visit_id)
        assert uow.session.scalar(count) == 0


def other_syringe(charting: Charting, product: str = "dysport") -> str:
    """A second syringe in the session, of another product."""
    vial = open_vial(charting.work, charting.clinic, product=product, lot="D1", label="V-0002", units=Decimal(300))
    version = charting.version()
    with charting.writing() as uow:
        return injections.add_syringe(uow, charting.visit_id, version, vial)


def test_a_dose_does_not_follow_its_site_to_another_product(charting: Charting) -> None:
    site_id = charting.save(ENTRY)
    other = other_syringe(charting)
    with pytest.raises(Invalid) as refused:
        charting.save(replace(ENTRY, syringe_id=other), site_id)
    assert "onabotulinumtoxinA (Botox)" in refused.value.fields["units"]
    assert "abobotulinumtoxinA (Dysport)" in refused.value.fields["units"]
    charting.save(replace(ENTRY, syringe_id=other, units=Decimal(10)), site_id)
    assert stands(charting)[0]["dose_product"] == "dysport"


def test_the_same_number_is_taken_when_it_is_said_to_be_of_the_new_product(charting: Charting) -> None:
    site_id = charting.save(ENTRY)
    other = other_syringe(charting)
    charting.save(replace(ENTRY, syringe_id=other, dose_product="dysport"), site_id)
    assert (stands(charting)[0]["units"], stands(charting)[0]["dose_product"]) == (Decimal("2.5"), "dysport")


def test_drawing_from_another_product_takes_the_doses_out_after_asking(charting: Charting) -> None:
    charting.chart_usual_sites()
    ids = tuple(site.id for site in charting.record().sites)
    other = other_syringe(charting)
    version = charting.version()
    with pytest.raises(Invalid) as asked, charting.writing() as uow:
        injection_sites.draw_from(uow, charting.visit_id, version, other, ids)
    assert "are taken out" in asked.value.fields["clear"]
    with charting.writing() as uow:
        injection_sites.draw_from(uow, charting.visit_id, version, other, ids, clear=True)
    assert {site["units"] for site in stands(charting)} == {Decimal(0)}
    step(charting, site_changes.undo)
    assert Decimal(0) not in {site["units"] for site in stands(charting)}


def test_a_dose_stays_one_of_its_product_when_its_syringe_is_taken_out(charting: Charting) -> None:
    charting.chart_usual_sites()
    ids = tuple(site.id for site in charting.record().sites)
    first = charting.record().syringes[0].id
    other = other_syringe(charting)
    version = charting.version()
    with charting.writing() as uow:
        injections.remove_syringe(uow, charting.visit_id, version, first)
    version = charting.version()
    with pytest.raises(Invalid, match="Units of one product"), charting.writing() as uow:
        injection_sites.draw_from(uow, charting.visit_id, version, other, ids)


def test_a_site_without_a_dose_is_not_given(charting: Charting, work: Work) -> None:
    charting.chart_usual_sites()
    record = charting.record()
    ids = tuple(site.id for site in record.sites)
    other = other_syringe(charting)
    version = charting.version()
    with charting.writing() as uow:
        injection_sites.draw_from(uow, charting.visit_id, version, other, ids, clear=True)
    version = charting.version()
    late = giving.Late("power was out for an hour", charting.clock.now)
    with pytest.raises(WrongStep, match="no dose yet"), charting.writing() as uow:
        giving.mark_given(uow, charting.visit_id, version, ids, late)


def test_undoing_a_removal_in_an_amendment_brings_the_given_mark_back(charting: Charting) -> None:
    charting.signed()
    with charting.writing() as uow:
        charting.visit_id = signing.amend(uow, charting.visit_id, "Site 1 was charted by mistake")
    given = [(site.number, site.given_at, site.given_by) for site in charting.record().sites]
    assert all(at is not None for _, at, _ in given)
    version = charting.version()
    first = charting.record().sites[0].id
    with charting.writing() as uow:
        injection_sites.remove_site(uow, charting.visit_id, version, first)
    step(charting, site_changes.undo)
    assert [(site.number, site.given_at, site.given_by) for site in charting.record().sites] == given


def test_a_site_that_comes_back_takes_no_number_of_another(charting: Charting) -> None:
    ids = [charting.save(replace(ENTRY, units=Decimal(units))) for units in (1, 2, 3)]
    version = charting.version()
    with charting.writing() as uow:
        injection_sites.remove_site(uow, charting.visit_id, version, ids[0])
    charting.answer_all()
    charting.consent()
    charting.prepare()
    charting.take_time_out()
    version = charting.version()
    with charting.writing() as uow:
        giving.mark_given(uow, charting.visit_id, version, (ids[1],))
    step(charting, site_changes.undo)
    numbers = {site.id: site.number for site in charting.record().sites}
    assert numbers == {ids[1]: 1, ids[2]: 2, ids[0]: 3}
