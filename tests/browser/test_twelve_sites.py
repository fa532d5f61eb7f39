"""Twelve sites with as few acts as the design promises, each way: counted in a real browser, exact on the server."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from clinic.services import injections
from tests.browser import twelve
from tests.browser.conftest import Screen
from tests.browser.face import dose, saved, spot, tap
from tests.charting import Charting
from tests.factories import ClinicWorld

pytestmark = pytest.mark.timeout(120)


def keys(page: Page, *pressed: str) -> None:
    """Press keys as a person does, one after the other."""
    for key in pressed:
        page.keyboard.press(key)


def test_the_last_session_with_three_other_doses_takes_sixteen_keys(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting, clock: Any
) -> None:
    twelve.after_twelve(charting, clock)
    page = screens(clinic.prescriber).open(charting.visit_id)
    page.focus("#face svg")
    twelve.count(page)
    keys(page, "r", *"s4d5", *"s5d4", *"s12d4")
    saved(page)
    done = twelve.counted(page, "Repeat with three other doses")
    assert done.keys <= 16
    assert done.presses == 0
    sites = charting.record().sites
    changed = {4: Decimal(5), 5: Decimal("2.5"), 12: Decimal("2.5")}
    assert [site.units for site in sites] == [
        changed.get(number, site.units) for number, site in enumerate(twelve.SITES, start=1)
    ]
    assert sum(site.units for site in sites) == twelve.TOTAL + Decimal("3.5")
    assert [site.number for site in sites if site.confirmed] == [4, 5, 12]
    assert {site.syringe_id for site in sites} == {charting.syringe_id}
    assert {(site.muscle, site.sub_site, site.side) for site in sites} == {
        (site.muscle, site.sub_site, site.side) for site in twelve.SITES
    }
    expect(page.locator('#site-table [data-cell="status_text"].copied')).to_have_count(9)


def test_by_mouse_from_blank_it_is_one_press_a_site_and_one_a_dose(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting
) -> None:
    twelve.usual_doses(charting)
    page = screens(clinic.prescriber).open(charting.visit_id)
    twelve.count(page)
    chosen = ""
    for units, x, y in twelve.points():
        if units != chosen:
            dose(page, units)
            chosen = units
        tap(page, x, y)
    saved(page)
    done = twelve.counted(page, "From blank by mouse")
    assert done.presses <= len(twelve.SITES) + 6
    assert done.keys == 0
    assert twelve.charted(charting) == twelve.meant()


@pytest.mark.parametrize(("kind", "width"), [("touch", 820), ("pen", 820), ("pen", 390)])
def test_by_finger_and_by_pen_from_blank_too(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting, kind: str, width: int
) -> None:
    twelve.usual_doses(charting)
    height = {820: 1180, 390: 844}[width]
    screen = screens(clinic.prescriber, viewport={"width": width, "height": height}, has_touch=True, is_mobile=True)
    page = screen.open(charting.visit_id)
    page.evaluate("() => document.querySelector('.chart-face').scrollIntoView({ block: 'start' })")
    cdp = screen.context.new_cdp_session(page)

    def touch(left: float, top: float) -> None:
        if kind == "touch":
            page.touchscreen.tap(left, top)
            return
        for step in ("mousePressed", "mouseReleased"):
            values = {"type": step, "x": left, "y": top, "button": "left", "clickCount": 1, "pointerType": "pen"}
            cdp.send("Input.dispatchMouseEvent", values)

    twelve.count(page)
    chosen = ""
    for units, x, y in twelve.points():
        if units != chosen:
            box = page.locator(f'[data-dose="{units}"]').bounding_box()
            assert box is not None
            touch(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            chosen = units
        touch(*spot(page, x, y))
    saved(page)
    done = twelve.counted(page, f"From blank by {kind} at {width} px")
    assert done.presses <= len(twelve.SITES) + 6
    assert twelve.charted(charting) == twelve.meant()


def test_by_keyboard_alone_from_blank_with_the_crosshair(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting
) -> None:
    twelve.usual_doses(charting)
    page = screens(clinic.prescriber).open(charting.visit_id)
    page.focus("#face svg")
    twelve.count(page)
    keys(page, "a")
    at, chosen = (0, 0), ""
    for units, x, y in twelve.points():
        if units != chosen:
            keys(page, str(twelve.DOSES.split().index(units) + 1))
            chosen = units
        at = walk(page, at, (x, y))
        keys(page, "Enter")
    keys(page, "Escape")
    saved(page)
    twelve.counted(page, "From blank by keyboard alone")
    assert twelve.charted(charting) == twelve.meant()


def walk(page: Page, here: tuple[int, int], there: tuple[int, int]) -> tuple[int, int]:
    """Move the crosshair with the arrows, in steps of 50 and 10 hundredths; gives where it is."""
    for axis, (less, more) in enumerate((("ArrowLeft", "ArrowRight"), ("ArrowDown", "ArrowUp"))):
        steps = round((there[axis] - here[axis]) / 10)
        key = more if steps > 0 else less
        for _ in range(abs(steps) // 5):
            page.keyboard.press(f"Shift+{key}")
        for _ in range(abs(steps) % 5):
            page.keyboard.press(key)
    x, y = (here[axis] + round((there[axis] - here[axis]) / 10) * 10 for axis in (0, 1))
    return x, y


def test_another_product_brings_the_places_without_doses_after_asking(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting, clock: Any
) -> None:
    twelve.after_twelve(charting, clock, product="dysport", units=Decimal(300))
    page = screens(clinic.prescriber).open(charting.visit_id)
    page.focus("#face svg")
    keys(page, "r")
    dialog = page.locator("#without-doses")
    expect(dialog).to_contain_text("Units of one product are not those of another")
    dialog.get_by_role("button", name="Bring nothing").click()
    assert charting.record().sites == ()
    expect(page.locator("#face svg")).to_be_focused()
    keys(page, "r")
    dialog.get_by_role("button", name="Bring the places without doses").click()
    expect(page.locator("tr[data-site]")).to_have_count(12)
    saved(page)
    assert [site.units for site in charting.record().sites] == [0] * 12
    expect(page.locator('tr[data-site] [data-cell="units"]').first).to_have_text("dose?")
    keys(page, *"s1d4")
    saved(page)
    assert charting.record().sites[0].units == Decimal("2.5")


def test_of_two_syringes_the_repeat_asks_for_one(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting, clock: Any
) -> None:
    twelve.after_twelve(charting, clock)
    with charting.writing() as uow:
        injections.add_syringe(uow, charting.visit_id, charting.version(), charting.vial_id)
    page = screens(clinic.prescriber).open(charting.visit_id)
    page.focus("#face svg")
    keys(page, "r")
    expect(page.locator("#face-hint")).to_contain_text("Choose the syringe")
    assert charting.record().sites == ()
