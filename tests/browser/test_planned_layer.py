"""The plan over the face: switched, turned round with words that stay readable, charted and undone without leaving the page."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from clinic.domain.anatomy import Side
from clinic.domain.plans import PlanEntry, Target
from clinic.services.plan_items import add_item
from tests.browser.conftest import Screen
from tests.browser.face import saved
from tests.charting import Charting
from tests.factories import ClinicWorld

pytestmark = pytest.mark.timeout(120)
EYE = Target("orbicularis_oculi", Side.LEFT, "lateral_orbital", product="botox", sites=3, units_per_site=Decimal("2.5"))


def test_the_plan_is_seen_charted_and_undone(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting
) -> None:
    with charting.writing() as uow:
        add_item(uow, charting.patient_id, PlanEntry(EYE, reason="Eye narrows with big smile"))
    charting.answer_all()
    page = screens(clinic.prescriber).open(charting.visit_id)
    layer, label = page.locator('[data-layer="plan"]'), page.locator('[data-layer="plan"] text')
    toggle = page.get_by_role("button", name="Plan", exact=True)
    expect(toggle).to_have_attribute("aria-pressed", "true")
    on_the_right = label.bounding_box()
    page.get_by_role("button", name="Mirror").click()
    on_the_left = label.bounding_box()
    assert on_the_right
    assert on_the_left
    assert on_the_left["x"] < on_the_right["x"]
    assert label.evaluate("text => text.getScreenCTM().a") > 0  # Not written backwards.
    toggle.click()
    expect(layer).to_be_hidden()
    page.locator("#plan-card summary").click()
    page.get_by_role("button", name="Chart the plan").click()
    saved(page)
    expect(page.locator("#site-table tr[data-site]")).to_have_count(3)
    assert [(site.confirmed, site.units) for site in charting.record().sites] == [(False, Decimal("2.5"))] * 3
    page.get_by_role("button", name="Undo").click()
    saved(page)
    expect(page.locator("#site-table tr[data-site]")).to_have_count(0)
    page.get_by_role("button", name="Redo").click()
    saved(page)
    page.get_by_role("button", name="Chart the plan").click()
    expect(page.locator("#plan-card .field-errors")).to_contain_text("in this session already")
