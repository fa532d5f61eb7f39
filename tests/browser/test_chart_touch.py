"""Fingers and a pen on the face: a tap places one site; a scroll, a pinch, a palm and a long press place none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from clinic.domain.anatomy import Side
from tests.browser.conftest import Screen
from tests.browser.face import Fingers, Spot, bring, dose, rows, saved, spot, zoom
from tests.charting import Charting
from tests.factories import ClinicWorld

FRONTALIS = (-345, 729)
SMALLEST = 44
LOW = """(area) => [...document.querySelectorAll(area)].filter(one => one.checkVisibility()).map(
  one => [one.textContent.trim() || one.id, one.getBoundingClientRect().height]).filter(([, height]) => height < 43.9)"""


@pytest.fixture
def tablet(screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting) -> Page:
    """A tablet held upright, with the dose chosen."""
    screen = screens(clinic.prescriber, viewport={"width": 820, "height": 1180}, has_touch=True, is_mobile=True)
    page = screen.open(charting.visit_id)
    dose(page, "2.5")
    return page


def pen(cdp: CDPSession, kind: str, at: Spot) -> None:
    """What a pen does at a point of the window."""
    held: dict[str, Any] = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
    cdp.send("Input.dispatchMouseEvent", {"type": kind, "x": at[0], "y": at[1], "pointerType": "pen", **held})


def test_a_tap_with_the_tremble_of_a_hand_places_one_site(tablet: Page, charting: Charting) -> None:
    Fingers.of(tablet).tap(bring(tablet, *FRONTALIS))
    saved(tablet)
    assert [(row[1], row[3]) for row in rows(tablet)] == [("Frontalis", "right")]
    assert len(charting.record().sites) == 1


def test_two_fingers_pinch_the_face_and_place_nothing(tablet: Page) -> None:
    at = bring(tablet, *FRONTALIS)
    scrolled = tablet.evaluate("scrollY")
    Fingers.of(tablet).pinch(at, 80, 240)
    assert zoom(tablet) == pytest.approx(3, abs=0.1)
    assert spot(tablet, *FRONTALIS) == pytest.approx(at, abs=3)
    assert tablet.evaluate("[scrollY, visualViewport.scale]") == [scrolled, 1]
    Fingers.of(tablet).pinch(at, 300, 60)
    assert zoom(tablet) == 1
    assert rows(tablet) == []


def test_a_pinch_that_begins_on_a_mark_leaves_it_where_it_is(tablet: Page, charting: Charting) -> None:
    hand = Fingers.of(tablet)
    x, y = bring(tablet, *FRONTALIS)
    hand.tap((x, y))
    saved(tablet)
    before = charting.record().sites[0]
    hand.down((x, y))
    hand.move((x + 40, y))
    hand.down((x + 40, y), (x + 140, y))
    hand.move((x, y), (x + 240, y))
    hand.up()
    assert zoom(tablet) > 1.5
    after = charting.record().sites
    assert [(one.x, one.y) for one in after] == [(before.x, before.y)]
    expect(tablet.locator('[data-layer="marks"] > [data-site]')).to_have_count(1)


def test_a_swipe_over_the_face_scrolls_the_page_and_places_nothing(tablet: Page) -> None:
    x, y = bring(tablet, 0, -1000)
    before = tablet.evaluate("scrollY")
    Fingers.of(tablet).drag((x, y), (x, y - 250))
    tablet.wait_for_function("before => scrollY > before + 100", arg=before)
    assert rows(tablet) == []


def test_an_enlarged_face_is_moved_and_the_page_stays(tablet: Page) -> None:
    hand = Fingers.of(tablet)
    x, y = bring(tablet, *FRONTALIS)
    hand.pinch((x, y), 80, 240)
    before, scrolled = spot(tablet, *FRONTALIS), tablet.evaluate("scrollY")
    hand.drag((x, y), (x + 60, y - 80))
    after = spot(tablet, *FRONTALIS)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((60, -80), abs=2)
    assert tablet.evaluate("scrollY") == scrolled
    assert rows(tablet) == []


def test_a_long_press_lists_what_lies_under_the_point(tablet: Page, charting: Charting) -> None:
    hand = Fingers.of(tablet)
    hand.down(bring(tablet, 400, -560))
    expect(tablet.locator("#under")).to_be_visible()
    hand.up()
    expect(tablet.locator("#under")).to_be_visible()
    assert rows(tablet) == []
    assert tablet.locator("#under [role=menuitem]").count() > 1
    assert tablet.evaluate(LOW, "#under button") == []
    tablet.locator("#under [role=menuitem]").nth(1).tap()
    saved(tablet)
    assert len(charting.record().sites) == 1


def test_the_hand_that_holds_the_pen_does_nothing(tablet: Page, charting: Charting) -> None:
    hand = Fingers.of(tablet)
    x, y = bring(tablet, *FRONTALIS)
    pen(hand.cdp, "mouseMoved", (x, y))
    expect(tablet.locator("#face-hint")).to_contain_text("Frontalis")
    assert tablet.locator("#face svg").evaluate("one => getComputedStyle(one).touchAction") == "none"
    pen(hand.cdp, "mousePressed", (x, y))
    hand.tap((x + 80, y + 260))
    pen(hand.cdp, "mouseReleased", (x, y))
    hand.tap((x + 60, y + 220))
    saved(tablet)
    assert [(site.muscle, site.side) for site in charting.record().sites] == [("frontalis", Side.RIGHT)]


def test_what_is_pressed_on_the_chart_is_large_enough_for_a_finger(tablet: Page, charting: Charting) -> None:
    Fingers.of(tablet).tap(bring(tablet, *FRONTALIS))
    saved(tablet)
    tablet.locator("#site-table a[data-act=edit]").first.tap()
    area = ".chart :is(button, summary, select, input:not([type=hidden], [type=radio], [type=checkbox])), #site-table .button"
    assert tablet.evaluate(LOW, area) == []
