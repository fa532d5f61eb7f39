"""The trends in a real browser: nothing scrolls sideways, a phone gets its own figures, no serious axe finding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from clinic.domain.anatomy import Side
from clinic.unit_of_work import Work
from tests.browser.conftest import Screen
from tests.charting import Charting
from tests.factories import ClinicWorld
from tests.trending import CHIN, EYE, Course, at

pytestmark = pytest.mark.browser


@pytest.fixture
def course(work: Work, clinic: ClinicWorld, clock: Any) -> Course:
    """Two years of scores around a session that was reviewed, up to today."""
    today = clock.now
    clock.now = at(2025, 1, 20)
    course = Course(Charting.begun(work, clinic, clock))
    course.grade({EYE: 3, CHIN: 2})
    course.charting.signed()
    session = course.charting.visit_id
    course.draft(at(2025, 3, 3))
    course.grade({EYE: 1, CHIN: 1})
    course.review(session, [(EYE, 60, False, (("orbicularis_oculi", Side.LEFT),))])
    course.charting.sign()
    for month in range(1, 11):
        course.graded(at(2026, month, 5), saq_sum=40 - month, movement=3)
    clock.now = today
    return course


def opened(screen: Screen, course: Course) -> Page:
    screen.page.goto(f"{screen.address}/patients/{course.charting.patient_id}/trends")
    return screen.page


@pytest.mark.parametrize(("width", "shown", "hidden"), [(1280, "wide", "narrow"), (820, "wide", "narrow"), (390, "narrow", "wide"), (320, "narrow", "wide")])  # fmt: skip
def test_each_width_gets_one_figure_and_nothing_scrolls_sideways(
    screens: Callable[..., Screen], clinic: ClinicWorld, course: Course, width: int, shown: str, hidden: str
) -> None:
    page = opened(screens(clinic.prescriber, viewport={"width": width, "height": 900}), course)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    figures = page.locator(f".only-{shown} svg")
    assert figures.count() == 5
    for number in range(figures.count()):
        expect(figures.nth(number)).to_be_visible()
        expect(page.locator(f".only-{hidden} svg").nth(number)).to_be_hidden()
    smallest = page.evaluate(
        "shown => Math.min(...[...document.querySelectorAll(`.only-${shown} text`)]"
        ".map(one => one.getBoundingClientRect().height))",
        shown,
    )
    assert smallest > 9.9  # Less a hair: the figure is scaled.


def test_no_serious_finding_of_axe_and_links_lead_to_figures(screen: Screen, course: Course) -> None:
    page = opened(screen, course)
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
    page.get_by_role("link", name="SAQ, total").click()
    expect(page.locator("#saq-total")).to_be_in_viewport()


def test_numbers_of_the_figure_are_those_of_the_table(screen: Screen, course: Course) -> None:
    page = opened(screen, course)
    section = page.locator("section[aria-labelledby=saq-total]")
    drawn = section.locator(".only-wide text[font-weight='600']").all_text_contents()
    table = section.locator("tbody td.num").all_text_contents()
    assert len(table) == 10
    assert set(table) <= set(drawn)
