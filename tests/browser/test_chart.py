"""Charting on the face and in the table, as a person does it in a browser."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from playwright.sync_api import expect

from clinic.domain import anatomy
from clinic.domain.anatomy import Side
from tests.browser.conftest import Screen
from tests.browser.face import dose, drag, marks, rows, saved, spot, tap
from tests.charting import Charting

RIGHT, LEFT = Side.RIGHT, Side.LEFT
TWELVE = [
    ("2.5", *anatomy.position("orbicularis_oculi", "lateral_orbital_upper", RIGHT)),
    ("2.5", *anatomy.position("orbicularis_oculi", "lateral_orbital_middle", RIGHT)),
    ("2.5", *anatomy.position("orbicularis_oculi", "lateral_orbital_lower", RIGHT)),
    ("1.25", *anatomy.position("orbicularis_oculi", "lower_pretarsal_lateral", RIGHT)),
    ("2.5", *anatomy.position("depressor_anguli_oris", None, RIGHT)),
    ("2.5", *anatomy.position("mentalis", None, RIGHT)),
    *(("2.5", *anatomy.position("platysma", f"medial_band_{number}", RIGHT)) for number in (1, 2, 3, 4)),
    ("2.5", *anatomy.position("frontalis", "central", LEFT)),
    ("5", *anatomy.position("depressor_labii_inferioris", None, LEFT)),
]
"""Twelve sites, 31.25 units, ten of them on the right."""

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
COUNT_REMOVED = """() => {
  window.removed = 0;
  new MutationObserver(all => all.forEach(one => { window.removed += [...one.removedNodes].filter(node => node.dataset?.site).length; }))
    .observe(document.querySelector('[data-layer="marks"]'), { childList: true });
}"""


def sites(charting: Charting) -> list[tuple[str, str, Decimal]]:
    return [(site.muscle, site.side.value, site.units) for site in charting.record().sites]


def test_each_tap_places_one_site_and_no_mark_is_drawn_again(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.evaluate(COUNT_REMOVED)
    chosen = ""
    for units, x, y in TWELVE:
        if units != chosen:
            dose(page, units)
            chosen = units
        tap(page, x, y)
        if len(marks(page)) == 1:
            page.evaluate("() => { window.first = document.querySelector('[data-layer=marks] > [data-site]'); }")
    saved(page)
    record = charting.record()
    assert len(record.sites) == 12
    assert sum(site.units for site in record.sites) == Decimal("31.25")
    assert all(
        abs(site.x - x) <= 3 and abs(site.y - y) <= 3 for site, (_, x, y) in zip(record.sites, TWELVE, strict=True)
    )
    assert page.evaluate("() => window.first.isConnected && window.first.dataset.site.length === 26")
    assert page.evaluate("() => window.removed") == 0
    expect(page.locator("#totals")).to_contain_text("31.25 units, in all")


def test_the_browser_draws_marks_as_the_server_does(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    for units, x, y in (("1", -345, 729), ("1.25", 345, 729), ("2.5", 250, -1000), ("5", -215, -700)):
        dose(page, units)
        tap(page, x, y)
    page.fill("#brush-other", "12.5")
    tap(page, 200, -1100)
    saved(page)
    by_script = marks(page)
    page.reload()
    assert len(by_script) == 5
    for theirs, ours in zip(by_script, marks(page), strict=True):
        # Two ways of rounding a half may lie one hundredth of a unit apart, a tenth of a millimetre on the face.
        pairs = zip(NUMBER.findall(theirs), NUMBER.findall(ours), strict=True)
        assert all(abs(float(one) - float(other)) <= 1 for one, other in pairs), (theirs, ours)
        assert NUMBER.sub("", theirs) == NUMBER.sub("", ours)


def test_what_lies_under_the_pointer_is_named_before_it_is_charted(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.mouse.move(*spot(page, -345, 729))
    expect(page.locator("#face-hint")).to_have_text("Frontalis, central, patient’s right")
    assert page.locator('[data-layer="muscles"] .is-on').get_attribute("data-key") == "frontalis:right"
    page.click('[data-layer-toggle="zones"]')
    page.mouse.move(*spot(page, -430, 590))
    expect(page.locator("#face-hint")).to_contain_text("Danger zone")


def test_without_a_dose_nothing_is_placed(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    tap(page, -345, 729)
    expect(page.locator("#face-hint")).to_contain_text("Choose a dose first")
    assert rows(page) == []


def test_a_mark_is_dragged_and_its_region_decides_again(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    site = charting.record().sites[0]
    page = screen.open(charting.visit_id)
    page.evaluate("() => { window.first = document.querySelector('[data-layer=marks] > [data-site]'); }")
    drag(page, (site.x, site.y), (345, 729))
    saved(page)
    assert sites(charting) == [("frontalis", "left", Decimal("2.5"))]
    assert page.evaluate("() => window.first.isConnected")


def test_the_keys_do_what_the_sheet_says(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="frontalis", sub_site="central", side=Side.LEFT)
    charting.site(muscle="mentalis", side=Side.LEFT)
    start = charting.record().sites[0]
    page = screen.open(charting.visit_id)
    page.focus("#face svg")
    page.keyboard.press("n")
    expect(page.locator("tr[aria-current]")).to_contain_text("Frontalis")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("m")
    saved(page)
    moved = charting.record().sites[0]
    assert (moved.side, moved.x, moved.y) == (Side.RIGHT, -(start.x + 50), start.y + 10)
    page.keyboard.press("n")
    page.keyboard.press("Delete")
    saved(page)
    assert len(charting.record().sites) == 1
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("#keys dl kbd")).to_have_count(22)
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).not_to_be_visible()


def test_letters_typed_elsewhere_are_letters(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    page = screen.open(charting.visit_id)
    page.click("tr[data-site]")
    page.fill("#note", "Moon")
    page.locator("#note").press_sequentially("m5")
    page.locator("#note").press("Backspace")
    saved(page)
    assert sites(charting)[0][1] == "left"


def test_enter_changes_the_chosen_site_in_the_table(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    page = screen.open(charting.visit_id)
    page.focus("#face svg")
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    saved(page)
    assert sites(charting) == [("mentalis", "left", Decimal(4))]
    expect(page.locator(".row-edit")).to_have_count(0)
    expect(page.locator("tr[data-site] a[data-act=edit]")).to_be_focused()


def test_another_side_in_the_table_moves_the_mark(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    before = charting.record().sites[0]
    page = screen.open(charting.visit_id)
    page.click("a[data-act=edit]")
    page.check("#edit-side-right", force=True)
    saved(page)
    after = charting.record().sites[0]
    assert (after.side, after.x, after.y) == (Side.RIGHT, -before.x, before.y)


def test_a_muscle_elsewhere_moves_the_mark_there(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    page = screen.open(charting.visit_id)
    page.click("a[data-act=edit]")
    page.select_option("#edit-muscle", "frontalis")
    saved(page)
    after = charting.record().sites[0]
    assert (after.muscle, after.side) == ("frontalis", Side.LEFT)
    assert after.y > 0


def test_a_muscle_under_the_point_is_chosen_from_the_list(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    dose(page, "2.5")
    tap(page, 400, -560)
    saved(page)
    before = charting.record().sites[0]
    page.keyboard.press("o")
    choices = page.locator("#under [role=menuitem]").all_inner_texts()
    assert len(choices) > 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    saved(page)
    after = charting.record().sites[0]
    assert (after.x, after.y) == (before.x, before.y)
    assert after.muscle != before.muscle


def test_the_mirror_turns_the_drawing_and_nothing_else(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    page = screen.open(charting.visit_id)
    before = rows(page)
    page.click('[data-toggle="mirror"]')
    assert page.locator('[data-layer="captions"] text').all_text_contents() == ["patient’s left", "patient’s right"]
    dose(page, "2.5")
    tap(page, -345, 729)
    saved(page)
    assert rows(page)[:1] == before
    assert sites(charting)[1][:2] == ("frontalis", "right")
    assert charting.record().sites[1].x == -345


def test_a_place_without_a_muscle_asks_for_words_beside_the_field(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    dose(page, "2.5")
    tap(page, -100, -900)
    expect(page.locator(".row-edit .field-errors")).to_contain_text("No muscle is at this point")
    expect(page.locator("#saved")).to_contain_text("Not saved")
    expect(page.locator("#totals")).to_contain_text("not checked, not saved")
    tap(page, -345, 729)
    expect(page.locator("tr[data-site]")).to_have_count(2)
    page.fill("#edit-note", "Below the chin, in the midline fold")
    page.locator("#edit-note").press("Enter")
    saved(page)
    assert {site.muscle for site in charting.record().sites} == {"other", "frontalis"}
    assert page.locator("#notice").inner_text() == ""


def test_a_dose_that_is_no_number_is_said_beside_it(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    page = screen.open(charting.visit_id)
    page.click("a[data-act=edit]")
    page.fill("#edit-units", "2,5")
    page.locator("#edit-units").press("Enter")
    expect(page.locator(".row-edit .field-errors")).to_be_visible()
    assert sites(charting)[0][2] == Decimal("2.5")
    page.click("text=Drop what was refused")
    saved(page)
    assert rows(page)[0][4] == "2.5"


def test_a_site_is_added_by_its_name_and_a_side_is_never_assumed(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.click("#add-site summary")
    assert page.locator("#add-site [name=side]:checked").count() == 0
    page.select_option("#add-muscle", "platysma")
    page.select_option("#add-sub_site", "medial_band_2")
    page.fill("#add-units", "2.5")
    page.click("#add-site button[type=submit]")
    expect(page.locator("#add-site .field-errors")).to_contain_text("right or left")
    page.check("#add-side-right", force=True)
    page.click("#add-site button[type=submit]")
    expect(page.locator("tr[data-site]")).to_have_count(1)
    expect(page.locator("#saved")).to_contain_text("Saved ")
    assert sites(charting) == [("platysma", "right", Decimal("2.5"))]


def test_a_finger_drags_a_mark(screens: Any, clinic: Any, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    site = charting.record().sites[0]
    screen = screens(clinic.prescriber, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = screen.open(charting.visit_id)
    page.locator("#face").scroll_into_view_if_needed()
    page.evaluate("() => document.querySelector('#face').scrollIntoView({ block: 'start' })")
    finger = screen.context.new_cdp_session(page)

    def touch(kind: str, x: int, y: int) -> None:
        left, top = spot(page, x, y)
        points = [] if kind == "touchEnd" else [{"x": left, "y": top}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    scrolled = page.evaluate("scrollY")
    touch("touchStart", site.x, site.y)
    for step in range(1, 6):
        touch("touchMove", site.x + 20 * step, site.y + 30 * step)
    touch("touchEnd", 0, 0)
    saved(page)
    after = charting.record().sites[0]
    assert after.x > site.x + 50
    assert after.y > site.y + 50
    assert page.evaluate("scrollY") == scrolled


def test_given_sites_are_marked_together_and_take_no_change(screen: Screen, charting: Charting) -> None:
    charting.ready_for_time_out()
    charting.take_time_out()
    page = screen.open(charting.visit_id)
    page.click('#giving form:has([name="late_reason"]) [data-act="all"]')
    page.click("text=Mark given >> nth=-1")
    expect(page.locator('[data-cell="status_text"].done')).to_have_count(4)
    saved(page)
    expect(page.locator('[data-phase="given"]')).to_contain_text("Given 4 of 4")
    assert all(site.given_at for site in charting.record().sites)
    page.focus("#face svg")
    page.keyboard.press("n")
    page.keyboard.press("Delete")
    expect(page.locator("#face-hint")).to_contain_text("marked given")
    assert len(charting.record().sites) == 4
