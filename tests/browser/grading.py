"""A scale filled in by keys alone, counted; for the tests that grade a face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.conftest import Screen

SUNNYBROOK = "1305443502213"
"""Thirteen digits in the order of the form: rest 1 3 0 (not points), movement 5 4 4 3 5, synkinesis 0 2 2 1 3."""
SUNNYBROOK_COMPOSITE = "66"
"""Resting 5 × (1 + 1 + 0) = 10, movement 4 × 21 = 84, synkinesis 8: 84 − 10 − 8."""
FNGS = "22322"
FNGS_TOTAL = "11"
HOUSE_BRACKMANN = "3"
HOUSE_BRACKMANN_GRADE = "III"


@dataclass
class Keys:
    """A keyboard that counts what is pressed on it."""

    page: Page
    count: int = 0

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1


def at_scale(screen: Screen, visit_id: str, scale: str) -> Page:
    """Open a scale's page and wait until its script is there: ``sunnybrook/left``, ``measures``."""
    screen.page.goto(f"{screen.address}/visits/{visit_id}/assessment/{scale}")
    ready(screen.page)
    return screen.page


def ready(page: Page) -> None:
    """Wait until the script of a scale's page is there."""
    expect(page.locator("html[data-ready]")).to_be_attached()
    expect(page.locator("#grading")).to_be_visible()


def go_on(keys: Keys) -> None:
    """Open the next scale with Enter, once the page of all scales has put the keyboard on it."""
    expect(keys.page.get_by_role("heading", name="Scales and measures", level=1)).to_be_visible()
    expect(keys.page.locator("a[autofocus]")).to_be_focused()
    keys.press("Enter")
    ready(keys.page)


def grade(keys: Keys, answers: Sequence[str], total: str) -> None:
    """Answer every question of the scale that is open, read its first score on the screen, and save with Enter."""
    keys.press(*answers)
    expect(keys.page.locator("#total [data-first] b")).to_have_text(total)
    keys.press("Enter")
    expect(keys.page.get_by_role("heading", name="Scales and measures", level=1)).to_be_visible()


def grade_scales(keys: Keys) -> None:
    """Sunnybrook, FNGS 2.0 and House–Brackmann one after the other, from Sunnybrook's page to the page of all scales."""
    grade(keys, SUNNYBROOK, SUNNYBROOK_COMPOSITE)
    for answers, total in ((FNGS, FNGS_TOTAL), (HOUSE_BRACKMANN, HOUSE_BRACKMANN_GRADE)):
        go_on(keys)
        grade(keys, answers, total)
