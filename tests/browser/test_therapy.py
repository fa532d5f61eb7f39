"""What only a browser shows of therapy: nothing typed is left behind unasked, and the diary fits a phone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Dialog, Page, expect

from clinic.domain.actors import Role
from tests.browser.conftest import Screen
from tests.charting import Charting
from tests.factories import ClinicWorld

FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


def test_a_therapists_visit_is_not_lost_and_the_diary_is_keyed_in_on_a_phone(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting
) -> None:
    screen = screens(clinic.people[Role.THERAPIST], viewport={"width": 390, "height": 780}, has_touch=True)
    page = screen.page
    page.goto(f"{screen.address}/visits/{charting.visit_id}/therapy")
    page.wait_for_load_state("networkidle")
    assert page.evaluate(FITS)
    page.get_by_label("Massage").check()
    page.get_by_label("Practice agreed for home").fill("Rest scan, twice a day")
    assert stayed(page, "Rest scan")
    page.get_by_label("Mirror feedback").check()
    page.get_by_role("button", name="Another unwanted movement").click()
    row = page.get_by_role("group", name="Unwanted movement 2")
    expect(row.get_by_label("Feedback")).to_be_focused()
    for label, option in (
        ("Feedback", "mirror"),
        ("Side", "left"),
        ("Movement", "pucker"),
        ("Unwanted", "eye"),
        ("Brought down", "yes"),
    ):
        row.get_by_label(label, exact=True).select_option(value=option)
    page.get_by_role("button", name="Save the therapist’s visit").click()
    expect(page.get_by_text("The therapist’s visit is saved.")).to_be_visible()
    assert page.locator("#session-title").locator("xpath=../..").get_by_role("listitem").count() == 1
    page.get_by_role("link", name="Diary of practice").click()
    page.get_by_label("Weeks, one a line").fill("16 Nov: x x - x x . x")
    page.get_by_role("button", name="Save these weeks").click()
    expect(page.get_by_text("Whole programme, week of 16 Nov 2026: practised Monday")).to_be_visible()
    assert page.evaluate(FITS)
    table = page.get_by_role("region", name="Diary by week")
    assert table.evaluate("each => each.scrollWidth <= each.clientWidth")


def stayed(page: Page, link: str) -> bool:
    """Whether leaving by a link asks first, and staying keeps the page."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    before = page.url
    page.get_by_text("Another exercise of the library").click()
    page.get_by_role("link", name=link).click(no_wait_after=True)
    page.wait_for_timeout(300)
    return asked == ["beforeunload"] and page.url == before
