"""The wording of a licensed questionnaire in a real browser: pasted by keyboard, on small screens, free of axe findings."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from clinic.domain.actors import Role
from tests.browser.conftest import Screen
from tests.factories import ClinicWorld

pytestmark = pytest.mark.browser


def check(page: Page) -> None:
    """Fail on serious axe findings, and on a page wider than its screen."""
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_wording_is_pasted_by_keyboard_and_refusals_stand_beside_their_fields(
    screens: Callable[..., Screen], clinic: ClinicWorld, width: int
) -> None:
    screen = screens(clinic.people[Role.ADMINISTRATOR], viewport={"width": width, "height": 900})
    page = screen.page
    page.goto(f"{screen.address}/settings")
    page.get_by_role("link", name="Wording of questionnaires").click()
    check(page)
    page.get_by_role("link", name="Paste the wording of SAQ").focus()
    page.keyboard.press("Enter")
    page.get_by_label("The licence, in your own words").focus()
    words = ["Licence of 3 May 2026, invented", "English 1", "Hello", "Invented 1", "one\ntwo\nthree\nfour"]
    for text in words:
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    for number in range(2, 10):
        page.keyboard.type(f"Invented {number}")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#errors")
    expect(page.locator("#q1_answers-errors")).to_contain_text("4 lines are here")
    check(page)
    page.locator("#q1_answers").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nfive")
    page.get_by_role("button", name="Use this wording").click()
    expect(page.get_by_role("row").filter(has_text="SAQ")).to_contain_text("in use")
    check(page)
