"""The outcome of the last session in a real browser: 20 seconds, few presses, with and without script; and the ghost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from clinic.domain.injections import Answer
from clinic.domain.reviews import Impression, Wearing
from clinic.unit_of_work import Work
from tests.browser.conftest import Screen
from tests.charting import Charting
from tests.factories import ClinicWorld

PRESSES = 12


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A new draft, 90 days after a signed session of four sites."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    clock.move(days=90)
    charting.start()
    return charting


class Presses:
    """Chips pressed by a person, counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def chip(self, question: str, answer: str) -> None:
        """Press one answer of one question."""
        asked = self.page.get_by_role("radiogroup", name=question)
        asked.get_by_label(answer, exact=True).check()
        self.count += 1

    def button(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name).click()
        self.count += 1


def opened(screen: Screen, charting: Charting) -> Page:
    screen.page.goto(f"{screen.address}/visits/{charting.visit_id}/outcome")
    return screen.page


def two_patterns(page: Page) -> int:
    """Answer two patterns, worn off after nine weeks and no event, and save; gives the number of presses."""
    presses = Presses(page)
    presses.chip("Patient’s left: eye narrows with big smile", "50")
    presses.chip("Patient’s left: chin dimples with pucker", "75")
    presses.chip("Worn off after", "9 weeks")
    if not page.get_by_role("radiogroup", name="Now").get_by_label("worn off").is_checked():
        presses.chip("Now", "worn off")
    presses.chip("Any adverse event since?", "no")
    presses.button("Save and go to the chart")
    return presses.count


def kept(charting: Charting) -> None:
    (row,) = charting.record().outcomes.reviews
    assert [(one.place.key, one.effect) for one in row.effects] == [
        ("left-big_smile-eye", 50),
        ("left-pucker-chin", 75),
    ]
    assert [one.muscles for one in row.effects] == [(("orbicularis_oculi", "left"),), (("mentalis", "left"),)]
    assert (row.wearing, row.worn_off_day, row.adverse_event) == (Wearing.GONE, 63, Answer.NO)


def test_two_patterns_worn_off_and_no_event_take_few_presses(charting: Charting, screen: Screen) -> None:
    page = opened(screen, charting)
    assert two_patterns(page) <= PRESSES
    expect(page).to_have_url(f"{screen.address}/visits/{charting.visit_id}")
    kept(charting)


def test_it_is_answered_without_script(screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting) -> None:
    screen = screens(clinic.prescriber, java_script_enabled=False)
    assert two_patterns(opened(screen, charting)) <= PRESSES
    kept(charting)


def test_a_chip_and_an_exact_answer_replace_each_other(charting: Charting, screen: Screen) -> None:
    page = opened(screen, charting)
    presses = Presses(page)
    eye = page.get_by_role("radiogroup", name="Patient’s left: eye narrows with big smile")
    presses.chip("Patient’s left: eye narrows with big smile", "50")
    page.get_by_text("Exact number, and the muscles treated for it: Patient’s left: eye narrows").click()
    exact = page.locator('[name="exact-left-big_smile-eye"]')
    exact.fill("65")
    exact.press("Tab")
    expect(eye.get_by_label("not asked")).to_be_checked()
    presses.chip("Patient’s left: eye narrows with big smile", "75")
    expect(exact).to_have_value("")


def test_an_impression_shapes_the_ghost_of_the_session(charting: Charting, screen: Screen) -> None:
    page = opened(screen, charting)
    presses = Presses(page)
    presses.chip("Mentalis, patient’s left", Impression.MORE.value)
    presses.chip("Orbicularis oculi, patient’s left", Impression.LESS.value)
    presses.chip("Any adverse event since?", "no")
    presses.button("Save and go to the chart")
    expect(page.locator("html[data-ready]")).to_be_attached()
    with page.expect_response(lambda answer: "/earlier/" in answer.url) as answered:
        page.get_by_role("button", name="Last session", exact=True).click()
    said = {site["muscle"]: site["review"] for site in answered.value.json()["sites"]}
    assert said == {
        "mentalis": "too_weak",
        "orbicularis_oculi": "too_strong",
        "platysma": "",
        "depressor_labii_inferioris": "",
    }
    expect(page.locator('[data-layer="ghost"] path')).to_have_count(2)
    expect(page.locator('[data-layer="ghost"] circle')).to_have_count(2)


def test_the_page_fits_a_narrow_screen(screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting) -> None:
    screen = screens(clinic.prescriber, viewport={"width": 320, "height": 640})
    page = opened(screen, charting)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
