"""Units of one product never end up as those of another: by transcription, by a stale form, or in an amendment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.errors import Frozen, Invalid, WrongStep
from clinic.domain.site_entries import SiteEntry
from clinic.queries.charts import chart_page
from clinic.queries.visit_lists import timeline
from clinic.services import giving, injection_sites, injections, signing, site_changes, visits
from clinic.unit_of_work import Work
from tests.charting import Charting, open_vial
from tests.factories import ClinicWorld

ENTRY = SiteEntry(Decimal("2.5"), muscle="mentalis", side=Side.LEFT)
LETTER = {"transcribed_source": "Letter of Dr Lund", "transcribed_product": "dysport"}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft of 200 days ago whose one site holds a dose of Botox, and no vial any more."""
    charting = Charting.begun(work, clinic, clock)
    with charting.writing() as uow:
        charting.visit_id = visits.start(uow, charting.patient_id, on=clock.now.date() - timedelta(days=200))
    version = charting.version()
    with charting.writing() as uow:
        syringe_id = injections.add_syringe(uow, charting.visit_id, version, charting.vial_id)
    charting.save(replace(ENTRY, syringe_id=syringe_id))
    version = charting.version()
    with charting.writing() as uow:
        injections.remove_syringe(uow, charting.visit_id, version, syringe_id)
    return charting


def say(charting: Charting, **values: object) -> None:
    version = charting.version()
    with charting.writing() as uow:
        injections.change_session(uow, charting.visit_id, version, **values)


def shown_products(charting: Charting) -> list[str]:
    with charting.reading() as uow:
        chart = chart_page(uow, charting.visit_id).chart
    assert chart is not None
    return [row.label for row in chart.products]


def test_a_dose_of_one_product_is_not_transcribed_as_one_of_another(charting: Charting) -> None:
    say(charting, transcribed=True, **LETTER)
    assert shown_products(charting) == ["onabotulinumtoxinA (Botox)"]
    with pytest.raises(WrongStep, match=r"Site 1 .*onabotulinumtoxinA \(Botox\).*abobotulinumtoxinA \(Dysport\)"):
        charting.sign()
    say(charting, transcribed_product="botox")
    charting.sign()


def test_a_transcription_holds_doses_of_no_other_product_after_an_undo(charting: Charting) -> None:
    [site] = charting.record().sites
    version = charting.version()
    with charting.writing() as uow:
        injection_sites.remove_site(uow, charting.visit_id, version, site.id)
    say(charting, transcribed=True, **LETTER)
    version = charting.version()
    with charting.writing() as uow:
        site_changes.undo(uow, charting.visit_id, version)
    with pytest.raises(WrongStep, match="Site 1 "):
        charting.sign()


def test_a_product_said_of_an_earlier_record_names_nothing_that_is_given_here(charting: Charting) -> None:
    say(charting, transcribed=False, **LETTER)
    assert shown_products(charting) == ["vial to be added"]
    with charting.reading() as uow:
        [row] = [row for row in timeline(uow, charting.patient_id) if row.id == charting.visit_id]
    assert "Dysport" not in str(row)


def test_a_dose_of_a_product_that_the_syringe_does_not_hold_is_refused(
    work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    charting = Charting.begun(work, clinic, clock)
    with pytest.raises(Invalid) as refused:
        charting.save(replace(ENTRY, dose_product="dysport"))
    assert "abobotulinumtoxinA (Dysport)" in refused.value.fields["units"]
    charting.save(replace(ENTRY, dose_product="botox"))


@pytest.fixture
def amendment(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """An amendment of a signed session, with a second syringe of another product."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    with charting.writing() as uow:
        charting.visit_id = signing.amend(uow, charting.visit_id, "the wrong product was charted")
    vial_id = open_vial(work, clinic, product="dysport", lot="D1", label="V-0002", units=Decimal(300))
    version = charting.version()
    with charting.writing() as uow:
        charting.syringe_id = injections.add_syringe(uow, charting.visit_id, version, vial_id)
    return charting


def test_a_given_dose_is_not_taken_out_in_an_amendment(amendment: Charting) -> None:
    site = amendment.record().sites[0]
    version = amendment.version()
    with pytest.raises(Frozen, match="Site 1 is marked given"), amendment.writing() as uow:
        injection_sites.draw_from(uow, amendment.visit_id, version, amendment.syringe_id, (site.id,), clear=True)
    amendment.save(replace(ENTRY, units=Decimal(7), syringe_id=amendment.syringe_id), site.id)
    assert amendment.record().sites[0].dose_product == "dysport"


def test_an_undo_in_an_amendment_removes_no_site_that_was_marked_given_since(amendment: Charting, clock: Any) -> None:
    site_id = amendment.save(replace(ENTRY, side=Side.RIGHT))
    version = amendment.version()
    with amendment.writing() as uow:
        giving.mark_given(
            uow, amendment.visit_id, version, (site_id,), giving.Late("forgotten when it was signed", clock.now)
        )
    version = amendment.version()
    with pytest.raises(Frozen, match="Site 5 is marked given"), amendment.writing() as uow:
        site_changes.undo(uow, amendment.visit_id, version)
    assert len(amendment.record().sites) == 5
