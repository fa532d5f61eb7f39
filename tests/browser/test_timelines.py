"""The timeline in a real browser: arrows walk from mark to mark and lane to lane, and a phone reads it down the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from clinic.unit_of_work import Work
from tests.browser.conftest import Screen
from tests.charting import Charting
from tests.factories import ClinicWorld
from tests.trending import Course, at

pytestmark = pytest.mark.browser


def test_the_timeline_by_keyboard_and_on_a_phone(
    screens: Callable[..., Screen], work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    today = clock.now
    clock.now = at(2025, 1, 20)
    course = Course(Charting.begun(work, clinic, clock))
    course.charting.signed()
    for month in (2, 5, 9):
        course.graded(at(2026, month, 5), saq_sum=40 - month, movement=3)
    clock.now = today
    screen = screens(clinic.prescriber, viewport={"width": 1280, "height": 900})
    page = screen.page
    page.goto(f"{screen.address}/patients/{course.charting.patient_id}/timeline")

    def at_mark() -> str:
        return str(page.evaluate("document.activeElement.querySelector('title')?.textContent ?? ''"))

    wide = page.locator(".only-wide svg[role=group]")
    expect(wide.locator("a[tabindex='0']")).to_have_count(1)
    wide.get_by_role("link", name="injection session, 12.5").focus()
    page.keyboard.press("ArrowDown")
    assert at_mark().startswith("5 Feb 2026: Sunnybrook")
    page.keyboard.press("ArrowRight")
    assert at_mark().startswith("5 May 2026: Sunnybrook")
    page.keyboard.press("ArrowDown")
    assert at_mark().startswith("5 May 2026: SAQ")
    assert [
        one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in {"serious", "critical"}
    ] == []
    with page.expect_navigation():
        page.keyboard.press("+")
    assert "from=" in page.url
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    narrow = page.locator(".only-narrow svg[role=group]")
    expect(narrow).to_be_visible()
    expect(wide).to_be_hidden()
    narrow.get_by_role("link", name="5 Feb 2026: Sunnybrook").click()
    assert page.url.endswith("/signed")
