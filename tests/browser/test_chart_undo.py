"""Undo and redo: to any depth, across a reload, in the order of what was done; in words."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Page, expect

from clinic.domain.anatomy import Side
from tests.browser.conftest import Screen
from tests.browser.face import dose, drag, saved, tap
from tests.charting import Charting


def stands(page: Page) -> dict[str, Any]:
    """What the server says of the sites, without what every save changes."""
    script = "async () => (await fetch(`${document.querySelector('#visit').dataset.page}/chart.json`)).text()"
    state: dict[str, Any] = json.loads(page.evaluate(script))
    return {name: state[name] for name in ("sites", "sides", "products", "muscles", "findings", "syringes")}


def work_on(page: Page) -> int:
    """Changes of every kind, each saved for itself: placed, dosed, moved, mirrored, dragged, removed; gives how many."""
    dose(page, "2.5")
    for x, y in ((-345, 729), (-250, -1000)):
        tap(page, x, y)
        saved(page)
    page.focus("#face svg")
    for keys in ("d5", "m", ["Shift+ArrowUp"]):
        for key in keys:
            page.keyboard.press(key)
        saved(page)
    drag(page, (-345, 729), (-300, 700))
    saved(page)
    page.keyboard.press("n")
    page.keyboard.press("Delete")
    saved(page)
    return 7


def test_undo_to_the_first_state_and_back_across_a_reload(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    page = screen.open(charting.visit_id)
    first = stands(page)
    version = charting.version()
    depth = work_on(page)
    last = stands(page)
    assert charting.version() - version == depth
    assert last != first
    page.reload()
    expect(page.locator("html[data-ready]")).to_be_attached()
    page.focus("#face svg")
    for _ in range(depth):
        page.keyboard.press("z")
    saved(page)
    assert stands(page) == first
    page.reload()
    expect(page.locator("html[data-ready]")).to_be_attached()
    page.focus("#face svg")
    for _ in range(depth):
        page.keyboard.press("Shift+Z")
    saved(page)
    assert stands(page) == last
    page.keyboard.press("Shift+Z")
    expect(page.locator("#announce")).to_have_text("There is nothing to make again.")


def test_the_buttons_say_what_they_would_undo(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    undo, redo = page.locator('[data-act="undo"]'), page.locator('[data-act="redo"]')
    expect(undo).to_be_disabled()
    dose(page, "2.5")
    tap(page, -345, 729)
    saved(page)
    expect(undo).to_have_text("Undo: site 1 placed")
    undo.click()
    expect(page.locator("#announce")).to_have_text("Undone: site 1 placed.")
    saved(page)
    assert charting.record().sites == ()
    expect(redo).to_have_text("Redo: site 1 placed")
    redo.click()
    expect(page.locator("#announce")).to_have_text("Made again: site 1 placed.")
    saved(page)
    assert len(charting.record().sites) == 1


def test_undo_waits_for_what_was_done_before_it(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    before = charting.record().sites[0]
    page = screen.open(charting.visit_id)
    page.focus("#face svg")
    for key in ("n", "ArrowUp", "ArrowUp", "ArrowUp", "z"):
        page.keyboard.press(key)
    expect(page.locator("#announce")).to_have_text(re.compile("^Undone: site 1 "))
    saved(page)
    after = charting.record().sites[0]
    assert (after.x, after.y) == (before.x, before.y)


def test_ctrl_z_is_the_texts_own_in_a_text_and_the_charts_elsewhere(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    page = screen.open(charting.visit_id)
    page.locator("#plan").press_sequentially("Review")
    page.keyboard.press("Control+z")
    saved(page)
    assert len(charting.record().sites) == 1
    page.locator("a[data-act=edit]").focus()
    page.keyboard.press("Control+z")
    expect(page.locator("tr[data-site]")).to_have_count(0)
    saved(page)
    page.keyboard.press("Control+y")
    expect(page.locator("tr[data-site]")).to_have_count(1)
    saved(page)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator("#announce")).to_have_text("Made again: site 1 placed.")
    saved(page)


def test_what_was_refused_is_let_go_of_first(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    page = screen.open(charting.visit_id)
    dose(page, "2.5")
    tap(page, -100, -900)
    expect(page.locator("#saved")).to_contain_text("Not saved")
    page.focus("#face svg")
    page.keyboard.press("z")
    expect(page.locator("tr[data-site]")).to_have_count(1)
    saved(page)
    assert len(charting.record().sites) == 1


def test_without_a_script_undo_is_a_form(screens: Any, clinic: Any, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    screen = screens(clinic.prescriber, java_script_enabled=False)
    screen.page.goto(f"{screen.address}/visits/{charting.visit_id}")
    screen.page.click("text=Undo: site 1 placed")
    assert charting.record().sites == ()
    screen.page.click("text=Redo: site 1 placed")
    assert len(charting.record().sites) == 1
