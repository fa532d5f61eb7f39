"""The chair view in a real browser: keys, touch, sizes, a lost connection, and what a screen reader is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from clinic.domain.events import Action, Event
from clinic.models import Vial
from tests.browser.conftest import Screen
from tests.charting import Charting
from tests.factories import ClinicWorld

SIZES = [(1280, 800), (820, 1180), (390, 844)]
SETTLED = 800


@pytest.fixture
def ready(charting: Charting) -> Charting:
    """Four sites after the time-out."""
    charting.ready_for_time_out()
    charting.take_time_out()
    return charting


def at_the_chair(screen: Screen, charting: Charting) -> Page:
    screen.page.goto(f"{screen.address}/visits/{charting.visit_id}/chair")
    expect(screen.page.locator("html[data-ready]")).to_be_attached()
    return screen.page


def given(charting: Charting) -> list[int]:
    return [site.number for site in charting.record().sites if site.given_at]


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", name=words)).to_be_visible()


def test_arrows_and_enter_mark_every_site(screen: Screen, ready: Charting) -> None:
    page = at_the_chair(screen, ready)
    expect(page.get_by_role("button", name="Given site 1", exact=True)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    heading(page, "1 of 4 given")
    expect(page.locator("#announce")).to_contain_text("Site 3, Platysma, patient’s left")
    expect(page.get_by_role("button", name="Given site 4", exact=True)).to_be_focused()
    assert given(ready) == [3]
    for done in (2, 3, 4):
        page.wait_for_timeout(SETTLED)
        page.keyboard.press("Enter")
        heading(page, "All 4 sites given" if done == 4 else f"{done} of 4 given")
    expect(page.get_by_role("link", name="Settle the session")).to_be_focused()
    page.keyboard.press("Enter")
    heading(page, "Settle the session")


def test_a_double_tap_marks_one_site(screens: Callable[..., Screen], clinic: ClinicWorld, ready: Charting) -> None:
    screen = screens(clinic.prescriber, viewport={"width": 390, "height": 844}, has_touch=True)
    page = at_the_chair(screen, ready)
    button = page.get_by_role("button", name="Given site 1", exact=True)
    button.tap(trial=True)
    box = button.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate("addEventListener('click', () => { document.documentElement.dataset.tapped = '' }, true)")
    for _ in range(3):
        page.touchscreen.tap(*middle)
        page.touchscreen.tap(*middle)
        # On a machine too busy to lift the finger in time a tap becomes a long press, which no page hears as a click.
        if page.locator("html[data-tapped]").count():
            break
    heading(page, "1 of 4 given")
    page.touchscreen.tap(*middle)
    page.wait_for_timeout(SETTLED)
    assert given(ready) == [1]


def test_all_that_remain_ask_once_and_name_count_and_total(screen: Screen, ready: Charting) -> None:
    page = at_the_chair(screen, ready)
    page.get_by_text("Mark all 4 remaining given").click()
    expect(page.get_by_text("4 sites, 12.5 units onabotulinumtoxinA (Botox)")).to_be_visible()
    assert given(ready) == []
    page.get_by_role("button", name="Yes, all 4 were given").click()
    heading(page, "All 4 sites given")
    assert given(ready) == [1, 2, 3, 4]


def test_a_mark_is_taken_back_with_its_reason(screen: Screen, ready: Charting) -> None:
    page = at_the_chair(screen, ready)
    page.keyboard.press("Enter")
    heading(page, "1 of 4 given")
    page.wait_for_timeout(SETTLED)
    page.get_by_text("Undo the last given mark: site 1").click()
    page.get_by_label("Why the mark is taken back").fill("no")
    page.get_by_role("button", name="Take the mark back").click()
    expect(page.locator("#problem")).to_contain_text("at least 10 characters")
    assert page.get_by_label("Why the mark is taken back").input_value() == "no"
    page.get_by_label("Why the mark is taken back").fill("pressed by mistake")
    page.wait_for_timeout(SETTLED)
    page.get_by_role("button", name="Take the mark back").click()
    heading(page, "0 of 4 given")
    assert given(ready) == []


def test_a_lost_connection_is_said_and_the_mark_counts_once(screen: Screen, ready: Charting) -> None:
    page = at_the_chair(screen, ready)
    screen.context.set_offline(True)
    page.keyboard.press("Enter")
    expect(page.locator("#chair-notice")).to_contain_text("Not saved yet: no connection")
    heading(page, "0 of 4 given")
    page.keyboard.press("Enter")
    screen.context.set_offline(False)
    heading(page, "1 of 4 given")
    expect(page.locator("#chair-notice")).to_be_empty()
    assert given(ready) == [1]


def test_somebody_else_changed_it_and_it_shows_what_stands(screen: Screen, ready: Charting) -> None:
    page = at_the_chair(screen, ready)
    ready.consent()
    page.keyboard.press("Enter")
    expect(page.locator("#problem")).to_contain_text("changed this visit meanwhile")
    assert given(ready) == []
    page.wait_for_timeout(SETTLED)
    page.get_by_role("button", name="Given site 1", exact=True).click()
    heading(page, "1 of 4 given")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_every_target_is_large_and_nothing_runs_over_the_edge(
    screens: Callable[..., Screen], clinic: ClinicWorld, ready: Charting, size: tuple[int, int]
) -> None:
    screen = screens(clinic.prescriber, viewport={"width": size[0], "height": size[1]}, has_touch=True)
    page = at_the_chair(screen, ready)
    heights = page.locator(".chair :is(.button, summary):visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert heights
    assert min(heights) >= 56
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []


def test_a_number_on_the_face_leads_to_its_row_and_marks_nothing(screen: Screen, ready: Charting) -> None:
    page = at_the_chair(screen, ready)
    page.locator('.chair-face [data-key="site:4"] circle, .chair-face circle[data-key="site:4"]').last.click(force=True)
    expect(page.get_by_role("button", name="Given site 4", exact=True)).to_be_focused()
    assert given(ready) == []


def test_without_a_script_every_act_is_a_plain_form(
    screens: Callable[..., Screen], clinic: ClinicWorld, ready: Charting
) -> None:
    screen = screens(clinic.prescriber, java_script_enabled=False)
    page = screen.page
    page.goto(f"{screen.address}/visits/{ready.visit_id}/chair")
    page.get_by_role("button", name="Given site 2", exact=True).click()
    heading(page, "1 of 4 given")
    page.get_by_text("Mark all 3 remaining given").click()
    page.get_by_role("button", name="Yes, all 3 were given").click()
    heading(page, "All 4 sites given")
    assert given(ready) == [1, 2, 3, 4]


def test_the_time_to_use_by_counts_down_while_the_page_stays_open(screen: Screen, ready: Charting, clock: Any) -> None:
    with ready.writing() as uow:
        vial = uow.session.get_one(Vial, (uow.clinic_id, ready.vial_id))
        vial.use_by = clock.now + timedelta(hours=1, minutes=30, seconds=30)
        uow.record(Event(Action.VIAL_OPENED, f"vial:{ready.vial_id}"))
    screen.page.clock.install()
    page = at_the_chair(screen, ready)
    left = page.locator("[data-use-by]")
    expect(left).to_have_text("1 h 30 min left")
    page.clock.fast_forward("01:00:00")
    expect(left).to_have_text("30 min left")
    page.clock.fast_forward("01:00:00")
    expect(left).to_have_text("past its use-by")
