"""Comparing in a real browser: pointing at a mark shows its row and back; the years play under the slider."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from clinic.unit_of_work import Work
from tests.browser.conftest import Screen
from tests.charting import Charting
from tests.factories import ClinicWorld

pytestmark = pytest.mark.browser


def test_marks_and_rows_point_at_each_other_and_the_years_play(
    screens: Callable[..., Screen], work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    charting = Charting.after_a_session(work, clinic, clock)
    charting.signed()
    address = f"/patients/{charting.patient_id}/compare"
    screen = screens(clinic.prescriber, viewport={"width": 390, "height": 900})
    page = screen.page
    page.goto(f"{screen.address}{address}?session={charting.first}&session={charting.visit_id}")
    row = page.locator('tr[data-site="2"]')
    row.locator("a").focus()
    lit = page.locator(".only-narrow [data-key].is-on")
    expect(lit.first).to_have_attribute("data-key", "site:2")
    page.locator('.only-narrow [data-key="site:3"] text').last.click(force=True)
    expect(page.locator('tr[data-site="3"]')).to_have_class(re.compile("is-on"))
    expect(page.locator('tr[data-site="3"] a')).to_be_focused()
    expect(row).not_to_have_class(re.compile("is-on"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"{screen.address}{address}/years")
    slider = page.get_by_role("slider")
    expect(slider).to_have_value("2")
    slider.press("ArrowLeft")
    expect(page.locator("#years-text h2")).to_contain_text("Session 1 of 2")
    expect(page.locator("#years-list [aria-current=true]")).to_have_count(1)
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#years-text h2")).to_contain_text("Session 2 of 2")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
