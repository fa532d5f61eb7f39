"""The keys of the face: by number, by dose, by crosshair; what is pressed is said in words."""

from __future__ import annotations

import re
from decimal import Decimal

from playwright.sync_api import Page, Route, expect

from clinic.domain.anatomy import Side
from clinic.services import injections
from tests.browser.conftest import Screen
from tests.browser.face import dose, saved, tap
from tests.charting import Charting, open_vial


def opened(screen: Screen, charting: Charting) -> Page:
    """The chart with the focus on its face."""
    page = screen.open(charting.visit_id)
    page.focus("#face svg")
    return page


def press(page: Page, keys: str) -> None:
    """Press letters and digits one after the other."""
    for key in keys:
        page.keyboard.press(key)


def said(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait until a screen reader was told."""
    expect(page.locator("#announce")).to_have_text(text)


def test_a_site_is_chosen_by_its_number_and_given_a_dose_of_the_row(screen: Screen, charting: Charting) -> None:
    charting.chart_usual_sites()
    page = opened(screen, charting)
    press(page, "s2")
    said(page, "Site 2: Mentalis, belly, patient’s left, 2.5\u00a0units")
    press(page, "d5")
    said(page, "Site 2: 5\u00a0units")
    press(page, "d7")
    said(page, "The row has no such dose.")
    press(page, "s9")
    said(page, "There is no site 9.")
    saved(page)
    assert [site.units for site in charting.record().sites] == [Decimal(n) for n in ("2.5", "5", "2.5", "5")]
    assert all(site.confirmed for site in charting.record().sites)


def test_of_many_sites_a_short_number_waits_for_its_end(screen: Screen, charting: Charting) -> None:
    for _ in range(3):
        charting.chart_usual_sites()
    page = opened(screen, charting)
    chosen = page.locator("tr[aria-current]")
    press(page, "s1")
    expect(chosen).to_have_count(0)
    expect(chosen.locator('[data-cell="number"]').first).to_have_text("1")
    press(page, "s12")
    expect(chosen.locator('[data-cell="number"]').first).to_have_text("12")
    press(page, "s1")
    page.keyboard.press("Enter")
    expect(chosen.locator('[data-cell="number"]').first).to_have_text("1")
    expect(page.locator(".row-edit")).to_have_count(0)


def test_enter_opens_the_editor_with_its_dose_selected(screen: Screen, charting: Charting) -> None:
    charting.chart_usual_sites()
    page = opened(screen, charting)
    press(page, "s3")
    page.keyboard.press("Enter")
    expect(page.locator("#edit-units")).to_be_focused()
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    saved(page)
    assert charting.record().sites[2].units == 4


def test_the_crosshair_places_a_site_anywhere_and_says_what_is_under_it(screen: Screen, charting: Charting) -> None:
    page = opened(screen, charting)
    press(page, "3a")
    said(page, re.compile("^Crosshair. Arrows move it"))
    for _ in range(7):
        page.keyboard.press("Shift+ArrowRight")
    for _ in range(14):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("ArrowUp")
    said(page, "Frontalis, patient’s left")
    page.keyboard.press("Enter")
    saved(page)
    [site] = charting.record().sites
    assert (site.x, site.y, site.muscle, site.side) == (350, 710, "frontalis", Side.LEFT)
    page.keyboard.press("Escape")
    expect(page.locator("[data-crosshair]")).to_be_hidden()
    page.keyboard.press("ArrowUp")
    saved(page)
    assert charting.record().sites[0].y == 720


def test_in_the_mirror_the_crosshair_moves_as_it_is_seen(screen: Screen, charting: Charting) -> None:
    page = opened(screen, charting)
    page.click('[data-toggle="mirror"]')
    page.focus("#face svg")
    press(page, "3a")
    for _ in range(7):
        page.keyboard.press("Shift+ArrowRight")
    for _ in range(14):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    saved(page)
    [site] = charting.record().sites
    assert (site.x, site.y, site.side) == (-350, 700, Side.RIGHT)


def test_an_enlarged_face_follows_the_crosshair(screen: Screen, charting: Charting) -> None:
    page = opened(screen, charting)
    press(page, "+++a")
    for _ in range(16):
        page.keyboard.press("Shift+ArrowUp")
    box = page.locator("#face svg").bounding_box()
    cross = page.locator("[data-crosshair]").bounding_box()
    assert box is not None
    assert cross is not None
    assert box["y"] <= cross["y"] + cross["height"] / 2 <= box["y"] + box["height"]
    assert abs(cross["width"] - 44) < 6
    press(page, "0")
    assert page.locator("#face svg.is-zoomed").count() == 0


def test_the_slash_leads_to_the_shorthand_line(screen: Screen, charting: Charting) -> None:
    page = opened(screen, charting)
    press(page, "/")
    expect(page.locator("#line-text")).to_be_focused()
    expect(page.locator("#line-text")).to_have_value("")


def test_keys_meant_for_the_list_after_an_undo_wait_for_it(screen: Screen, charting: Charting) -> None:
    charting.chart_usual_sites()
    page = opened(screen, charting)
    press(page, "s1")
    page.keyboard.press("Delete")
    saved(page)
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    screen.intercept("**/undo", hold)
    press(page, "zs1d1")
    expect(page.locator("#saved")).to_have_text("Saving…")
    for _ in range(100):
        if waiting:
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(200)
    assert len(waiting) == 1
    assert page.locator("tr[data-site]").count() == 3
    waiting[0].continue_()
    expect(page.locator("tr[data-site]")).to_have_count(4)
    saved(page)
    assert [site.units for site in charting.record().sites] == [Decimal(n) for n in ("1", "2.5", "2.5", "5")]


def test_without_a_connection_no_key_waits_to_surprise_anybody_later(screen: Screen, charting: Charting) -> None:
    charting.chart_usual_sites()
    page = opened(screen, charting)
    screen.context.set_offline(True)
    press(page, "z")
    expect(page.locator("#saved")).to_contain_text("no connection")
    press(page, "s1d1")
    said(page, re.compile("keys pressed meanwhile were not taken"))
    screen.context.set_offline(False)
    saved(page)
    assert [site.units for site in charting.record().sites] == [Decimal("2.5")] * 3


def test_one_change_is_said_once(screen: Screen, charting: Charting) -> None:
    page = opened(screen, charting)
    page.evaluate("""() => {
      window.said = [];
      new MutationObserver(() => window.said.push(document.querySelector("#announce").textContent))
        .observe(document.querySelector("#announce"), { childList: true, characterData: true, subtree: true });
    }""")
    dose(page, "2.5")
    tap(page, -345, 729)
    saved(page)
    page.focus("#face svg")
    press(page, "m")
    saved(page)
    assert page.evaluate("() => window.said") == [
        "2.5\u00a0units: each tap places one site.",
        "Site 1: Frontalis, central, patient’s right, 2.5\u00a0units",
        "Site 1: Frontalis, central, patient’s left, 2.5\u00a0units",
    ]


def test_a_dose_of_another_product_is_entered_anew(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    other = open_vial(charting.work, charting.clinic, product="dysport", units=Decimal(300), label="V-0009", lot="D1")
    with charting.writing() as uow:
        second = injections.add_syringe(uow, charting.visit_id, charting.version(), other)
    page = opened(screen, charting)
    press(page, "s1")
    page.keyboard.press("Enter")
    page.select_option("#edit-syringe_id", second)
    expect(page.locator("#edit-units")).to_have_value("")
    expect(page.locator(".row-edit .field-errors")).to_contain_text("Units of one product are not those of another")
    page.wait_for_timeout(200)
    assert charting.record().sites[0].units == Decimal("2.5")
    page.fill("#edit-units", "2.5")
    page.locator("#edit-units").press("Enter")
    saved(page)
    [site] = charting.record().sites
    assert (site.units, site.syringe_id, site.dose_product) == (Decimal("2.5"), second, "dysport")
