"""The synkinesis grid in a real browser: by keys, by tap, on a phone, and whatever goes wrong on the way."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import GRID, Cell, Group, Movement, Place, places
from clinic.domain.face_grades import SHADES
from clinic.services import grids
from tests.browser.conftest import Screen
from tests.browser.face import saved
from tests.charting import Charting

SIZES = [(1280, 800), (820, 1180), (390, 844), (320, 640)]
FINDINGS = {
    "brow_raise-mouth_corner": "1/1",
    "tight_closure-mouth_corner": "2/2",
    "small_smile-eye": "1/1",
    "big_smile-eye": "2/3",
    "pucker-eye": "2/3",
    "pucker-chin": "3/3",
    "big_smile-neck": "2/2",
    "rest-cheek": "1/2",
}
KEYS = ["m", *"11", *["ArrowDown"] * 2, *"22", "ArrowDown", "e", *"11", "ArrowDown", *"23", "n", *"22"]
KEYS += ["e", *["ArrowDown"] * 2, *"23", "h", *"33", "c", "PageDown", *"12"]
"""The eight findings by keys alone, beginning at the first cell."""


def place(name: str, side: Side = Side.LEFT) -> Place:
    movement, group = name.split("-")
    return Place(side, Movement(movement), Group(group))


def open_grid(screen: Screen, charting: Charting, query: str = "") -> Page:
    screen.page.goto(f"{screen.address}/visits/{charting.visit_id}/grid{query}")
    expect(screen.page.locator("html[data-ready]")).to_be_attached()
    return screen.page


def texts(charting: Charting) -> dict[str, str]:
    """What the server holds of the prescriber's grid."""
    rows = [row for row in charting.record().outcomes.assessments if row.instrument == GRID]
    return {cell.place.key: cell.text for row in rows for cell in row.cells}


def cell(page: Page, name: str) -> Locator:
    return page.locator(f'[name="left-{name}"]')


def settled(page: Page) -> None:
    """Everything is saved, and nothing else is on its way."""
    saved(page)
    expect(page.locator(".is-pending")).to_have_count(0)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_typical_face_takes_at_most_thirty_keys(screen: Screen, charting: Charting) -> None:
    page = open_grid(screen, charting)
    press(page, *KEYS)
    assert len(KEYS) <= 30
    settled(page)
    assert texts(charting) == {f"left-{name}": text for name, text in FINDINGS.items()}
    expect(page.locator("#summary li")).to_have_text(re.compile(r"^left: chin dimples with pucker\s3/3, eye narrows"))


def test_keys_move_grade_clear_and_take_back(screen: Screen, charting: Charting) -> None:
    page = open_grid(screen, charting)
    expect(cell(page, "brow_raise-eye")).to_be_focused()
    press(page, "ArrowDown")  # Over the two closures, which are the eye's own movement.
    expect(cell(page, "small_smile-eye")).to_be_focused()
    press(page, "End", "PageUp", "Home")
    expect(cell(page, "brow_raise-eye")).to_be_focused()
    expect(page.locator("#pad .is-next")).to_have_text("Seen: next digit")
    press(page, "2", "9", "x")
    expect(page.locator("#pad .is-next")).to_have_text("Minded: next digit")
    press(page, "3")
    expect(cell(page, "brow_raise-eye")).to_have_value("2/3")
    press(page, "ArrowRight", "Shift+Digit1")
    expect(cell(page, "brow_raise-cheek")).to_have_value("–/1")
    press(page, "Backspace", "z")
    expect(cell(page, "brow_raise-cheek")).to_have_value("–/1")
    press(page, "z")
    settled(page)
    assert texts(charting) == {"left-brow_raise-eye": "2/3"}
    expect(page.locator("#announce")).to_have_text("Raising the brows, Cheek and nasolabial fold: open")


def test_a_row_is_marked_none_seen_only_on_request_and_taken_back_at_once(screen: Screen, charting: Charting) -> None:
    page = open_grid(screen, charting)
    press(page, "e", "ArrowDown", "3")
    page.get_by_role("button", name="Small smile: mark every open cell 0, none seen").click()
    settled(page)
    row = {one.key: "0" for one in places(Side.LEFT) if one.movement is Movement.SMALL_SMILE}
    assert texts(charting) == row | {"left-small_smile-eye": "3"}
    page.get_by_role("button", name="Undo").click()
    settled(page)
    assert texts(charting) == {"left-small_smile-eye": "3"}


def test_the_face_follows(screen: Screen, charting: Charting) -> None:
    page = open_grid(screen, charting)
    press(page, "h", "3")
    settled(page)
    muscle = page.locator('[data-layer="grades"] [data-key="mentalis:left"]')
    expect(muscle).to_have_css("fill-opacity", f"{SHADES[3]:g}")
    expect(muscle).to_have_class(re.compile("is-lit"))
    number = page.locator('[data-layer="numbers"] [data-key="chin:left"]')
    expect(number.locator("text")).to_have_text("3")
    expect(number.locator("circle")).to_have_css("fill-opacity", "1")
    for grade in (2, 1, 0):
        press(page, "h", str(grade))
        settled(page)
        expect(muscle).to_have_css("fill-opacity", f"{SHADES[grade]:g}")
    press(page, "h", "Backspace")
    settled(page)
    expect(number).to_be_hidden()
    muscle.dispatch_event("click")
    expect(cell(page, "brow_raise-chin")).to_be_focused()


def test_the_last_visit_is_taken_cell_by_cell(screens: Callable[..., Screen], charting: Charting) -> None:
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, [Cell(place("big_smile-eye"), 3, 2), Cell(place("rest-cheek"), 1)])
    charting.signed()
    charting.start()
    page = open_grid(screens(charting.clinic.prescriber), charting)
    press(page, "e", "ArrowDown", "ArrowDown", "=", "c", "=")
    settled(page)
    assert texts(charting) == {"left-big_smile-eye": "3/2"}
    expect(page.locator("#announce")).to_have_text("Not graded at the last visit. Nothing was changed.")
    expect(page.get_by_label("Big smile, Eye, patient’s left; 22 Nov 2026: 3/2")).to_have_count(1)
    press(page, "e", "2")
    settled(page)
    expect(page.locator("#changes")).to_contain_text("left: better: eye narrows with big smile")


def test_a_lost_connection_says_so_and_saves_later(screen: Screen, charting: Charting) -> None:
    page = open_grid(screen, charting)
    screen.context.set_offline(True)
    press(page, "2", "3")
    expect(page.locator("#saved")).to_have_text("Not checked, not saved: no connection, will retry")
    expect(cell(page, "brow_raise-eye")).to_have_value("2/3")
    assert texts(charting) == {}
    screen.context.set_offline(False)
    settled(page)
    assert texts(charting) == {"left-brow_raise-eye": "2/3"}


def test_two_windows_never_overwrite_each_other_unseen(screens: Callable[..., Screen], charting: Charting) -> None:
    first, second = (open_grid(screens(charting.clinic.prescriber), charting) for _ in range(2))
    press(first, "3")
    settled(first)
    press(second, "1", "ArrowRight", "2")
    expect(second.locator("#notice")).to_contain_text("Raising the brows, Eye: 1")
    assert texts(charting) == {"left-brow_raise-eye": "3"}
    second.get_by_role("button", name="Drop these").click()
    expect(cell(second, "brow_raise-eye")).to_have_value("3")
    press(second, "m", "1")
    settled(second)
    assert texts(charting) == {"left-brow_raise-eye": "3", "left-brow_raise-mouth_corner": "1"}
    press(first, "2")
    first.get_by_role("button", name="Save these all the same").click()
    settled(first)
    assert texts(charting) == {"left-brow_raise-eye": "3/2", "left-brow_raise-mouth_corner": "1"}


def test_a_session_that_ended_keeps_what_was_graded(screen: Screen, charting: Charting) -> None:
    page = open_grid(screen, charting)
    screen.context.clear_cookies()
    press(page, "2")
    expect(page.locator("#notice")).to_contain_text("Your session has ended. What you graded is kept on this page.")
    screen.sign_in()
    page.get_by_role("button", name="I am signed in: save now").click()
    settled(page)
    assert texts(charting) == {"left-brow_raise-eye": "2"}


def test_what_is_pasted_and_cannot_be_read_is_said_beside_its_cell(screen: Screen, charting: Charting) -> None:
    page = open_grid(screen, charting)
    page.locator('[name="left-brow_raise-eye"]').fill("2.5")
    expect(page.locator("#notice")).to_contain_text("Write the grade from 0 to 3")
    expect(cell(page, "brow_raise-eye")).to_have_attribute("aria-invalid", "true")
    assert texts(charting) == {}
    press(page, "Backspace", "2")
    settled(page)
    expect(page.locator("#notice")).to_be_empty()
    assert texts(charting) == {"left-brow_raise-eye": "2"}


def test_a_visit_signed_meanwhile_takes_nothing_and_says_so(screen: Screen, charting: Charting) -> None:
    page = open_grid(screen, charting)
    charting.signed()
    press(page, "2")
    expect(page.locator("#notice")).to_contain_text("This visit is signed and takes no change.")
    assert texts(charting) == {}


def test_on_a_phone_one_movement_at_a_time_by_tap(screens: Callable[..., Screen], charting: Charting) -> None:
    size = {"width": 390, "height": 844}
    page = open_grid(screens(charting.clinic.prescriber, viewport=size, has_touch=True, is_mobile=True), charting)
    expect(page.locator("tbody tr:visible")).to_have_count(1)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    for _ in range(4):
        page.get_by_role("button", name="Next movement").tap()
    page.locator('[name="left-big_smile-neck"]').tap()
    seen, minded = (page.get_by_role("group", name=name) for name in ("Seen", "Minded"))
    seen.get_by_role("button", name="2 moderate").tap()
    minded.get_by_role("button", name="3 very much").tap()
    settled(page)
    assert texts(charting) == {"left-big_smile-neck": "2/3"}
    sizes = page.locator("#pad button:visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 44


def test_the_chosen_cell_is_never_behind_the_pad(screens: Callable[..., Screen], charting: Charting) -> None:
    page = open_grid(screens(charting.clinic.prescriber, viewport={"width": 820, "height": 800}), charting)
    for key in ("PageDown", "PageUp", *["ArrowDown"] * 8):
        press(page, key)
        here, pad = page.locator("input.is-here").bounding_box(), page.locator("#pad").bounding_box()
        assert here is not None
        assert pad is not None
        assert here["y"] + here["height"] <= pad["y"] or here["y"] >= pad["y"] + pad["height"], key


@pytest.mark.parametrize(("width", "height"), SIZES, ids=[str(width) for width, _ in SIZES])
def test_nothing_on_the_page_keeps_anybody_out(
    screens: Callable[..., Screen], charting: Charting, width: int, height: int
) -> None:
    with charting.writing() as uow:
        found = [Cell(place(name), *map(int, text.split("/"))) for name, text in FINDINGS.items()]
        grids.save_cells(uow, charting.visit_id, found)
    screen = screens(charting.clinic.prescriber, viewport={"width": width, "height": height})
    page = open_grid(screen, charting, "?side=right")
    page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = Axe().run(page).response["violations"]
    grave = [
        f"{one['id']}: {one['nodes'][0]['html'][:150]}" for one in found if one["impact"] in {"serious", "critical"}
    ]
    assert grave == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
