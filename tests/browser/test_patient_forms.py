"""The patient's form in a real browser: by keyboard alone, without script, free of serious axe findings, on small screens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from clinic.domain.assessments.follow_up import FOLLOW_UP
from tests.browser.conftest import Screen
from tests.charting import Charting
from tests.factories import PASSWORD, ClinicWorld

NUMBER = {item.key: number for number, item in enumerate(FOLLOW_UP.items, start=1)}
LAST = len(FOLLOW_UP.items)
SMALLEST = 20
"""Pixels of the smallest text that the patient reads to answer."""


def clean(page: Page) -> None:
    """Fail on serious axe findings, and on a page wider than its screen."""
    found = [one for one in Axe().run(page).response["violations"] if one["impact"] in {"serious", "critical"}]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.innerText || document.activeElement.value || ''")).strip()


def reach(page: Page, name: str) -> None:
    """Go on with Tab until something of that name has the focus."""
    for _ in range(40):
        if focused(page) == name:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{name} cannot be reached by keyboard; the focus is on {focused(page)!r}.")


def hand_over(screen: Screen, visit_id: str) -> Page:
    screen.page.goto(f"{screen.address}/visits/{visit_id}/forms")
    reach(screen.page, "Hand over this tablet")
    press(screen.page, "Enter")
    expect(screen.page.get_by_role("heading", name="Some questions for you")).to_be_focused()
    return screen.page


def test_a_patient_fills_in_the_form_by_keyboard_alone(screen: Screen, charting: Charting) -> None:
    page = hand_over(screen, charting.visit_id)
    reach(page, "Start")
    press(page, "Enter")
    expect(page.get_by_text("Question 1 of")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    press(page, "Tab", "4", "Enter")
    expect(page.get_by_text("Question 2 of")).to_be_visible()
    reach(page, "I would rather not say")
    press(page, "Enter")
    expect(page.get_by_text("Question 3 of")).to_be_visible()
    press(page, "Tab", "Space", "ArrowDown", "Enter")
    expect(page.get_by_text("Question 4 of")).to_be_visible()
    for _ in range(4, LAST + 1):
        press(page, "Tab", "Tab")  # Past the answers; Back, then Next.
        reach(page, "I would rather not say")
        here = page.url
        press(page, "Enter")
        page.wait_for_url(lambda url, before=here: url != before)
    expect(page.get_by_role("heading", name="Your answers")).to_be_focused()
    expect(page.get_by_text("It is still working")).to_be_visible()
    reach(page, "Send my answers")
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Thank you. Please give the tablet back.")).to_be_focused()
    with charting.reading() as uow:
        assert len(uow.session.connection().exec_driver_sql("SELECT * FROM assessment").all()) == 1


def test_a_wrong_answer_is_told_where_the_reader_is(screen: Screen, charting: Charting) -> None:
    page = hand_over(screen, charting.visit_id)
    page.get_by_role("button", name="Start").click()
    page.get_by_role("textbox", name="How many days").fill("400")
    press(page, "Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("whole number from 0")
    box = page.get_by_role("textbox", name="How many days")
    expect(box).to_have_value("400")
    assert box.get_attribute("aria-describedby") == "wrong"
    assert page.title().startswith("Error")


def test_back_and_typed_addresses_show_nothing_of_the_record(screen: Screen, charting: Charting) -> None:
    screen.page.goto(f"{screen.address}/patients/{charting.patient_id}")
    expect(screen.page.get_by_text("Keane, Margaret").first).to_be_visible()
    page = hand_over(screen, charting.visit_id)
    for _ in range(2):
        page.go_back()
        expect(page).to_have_url(f"{screen.address}/form")
        expect(page.get_by_text("Keane")).to_have_count(0)
    second = screen.context.new_page()
    for address in (screen.address, f"{screen.address}/visits/{charting.visit_id}"):
        for one in (page, second):
            one.goto(address)
            expect(one).to_have_url(f"{screen.address}/form")
            expect(one.get_by_text("Keane")).to_have_count(0)


def test_the_screen_is_given_back_with_the_password(screen: Screen, charting: Charting) -> None:
    page = hand_over(screen, charting.visit_id)
    page.get_by_role("link", name="Staff", exact=True).click()
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Patient’s answers")).to_be_visible()
    expect(page.get_by_text("Keane, Margaret").first).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 820, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_readable_on_every_screen(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting, width: int, scheme: str
) -> None:
    screen = screens(clinic.prescriber, viewport={"width": width, "height": 900}, color_scheme=scheme)
    screen.page.goto(f"{screen.address}/visits/{charting.visit_id}/forms")
    clean(screen.page)
    page = hand_over(screen, charting.visit_id)
    clean(page)
    page.get_by_role("button", name="Start").click()
    for item in ("first_noticed", "change", "cannot_do", "practice"):
        page.goto(f"{screen.address}/form/questions/{NUMBER[item]}")
        clean(page)
        sizes = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.innerText)"
            ".map(e => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert min(sizes) >= SMALLEST
    page.get_by_role("button", name="Next").click()
    clean(page)
    page.goto(f"{screen.address}/form/questions/{NUMBER['swallow_breathe']}")
    page.get_by_text("Yes").click()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Tell a member of staff now")).to_be_focused()
    clean(page)
    for path in ("answers", "staff"):
        page.goto(f"{screen.address}/form/{path}")
        clean(page)


def test_the_form_works_without_script(screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting) -> None:
    screen = screens(clinic.prescriber, java_script_enabled=False)
    screen.page.goto(f"{screen.address}/visits/{charting.visit_id}/forms")
    page = screen.page
    page.get_by_role("button", name="Hand over this tablet").click()
    page.get_by_role("button", name="Start").click()
    page.get_by_role("textbox").fill("4")
    page.get_by_role("button", name="Next").click()
    page.goto(f"{screen.address}/form/answers")
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("heading", name="Thank you.")).to_be_visible()
