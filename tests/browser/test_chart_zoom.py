"""The face is enlarged and moved, and a point of it stays the same point of the patient, however it is seen."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page

from clinic.domain import anatomy
from clinic.domain.anatomy import Side
from tests.browser.conftest import Screen
from tests.browser.face import Fingers, bring, dose, marks, rows, saved, spot, tap, zoom
from tests.charting import Charting
from tests.factories import ClinicWorld

POINTS = [
    (muscle, side, *anatomy.position(muscle, sub_site, side))
    for muscle, sub_site, side in [
        ("frontalis", "central", Side.RIGHT),
        ("depressor_labii_inferioris", None, Side.LEFT),
        ("orbicularis_oculi", "lateral_orbital_middle", Side.LEFT),
        ("platysma", "medial_band_2", Side.RIGHT),
        ("procerus", None, Side.MIDLINE),
    ]
]
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 3,
}
MAGNIFIED: dict[str, Any] = {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}
SIZES = """() => [...document.querySelectorAll('[data-layer="marks"] > g circle, [data-layer="marks"] > circle')].map(
  circle => { const box = circle.getBoundingClientRect(); return [box.width, box.height]; })"""
CENTRES = """() => [...document.querySelectorAll('[data-layer="marks"] > [data-site] > circle')].map(circle => {
  const box = circle.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
})"""


def press(page: Page, button: str, times: int = 1) -> None:
    for _ in range(times):
        page.click(f'[data-zoom="{button}"]', force=True)


def enlarge(page: Page, x: int, y: int, *, touch: bool) -> None:
    """Enlarge about a point to three times or more, then move the face a little, as a hand does."""
    left, top = bring(page, x, y)
    if touch:
        hand = Fingers.of(page)
        hand.pinch((left, top), 40, 130)
        hand.drag((left, top), (left + 25, top - 18))
        return
    page.mouse.move(left, top)
    page.keyboard.down("Control")
    for _ in range(8):  # A notch is fewer pixels of a page that is itself enlarged.
        before = zoom(page)
        if before < 2.9:
            page.mouse.wheel(0, -115)
            page.wait_for_function(
                "before => 1890 / document.querySelector('#face svg').viewBox.baseVal.width > before", arg=before
            )
    page.keyboard.up("Control")
    page.mouse.down()
    page.mouse.move(left + 25, top - 18, steps=4)
    page.mouse.up()


@pytest.mark.parametrize(
    ("options", "mirrored", "enlarged"),
    [
        ({}, True, False),
        (PHONE, False, False),
        (MAGNIFIED, False, False),
        ({}, False, True),
        (PHONE | {"viewport": {"width": 320, "height": 640}}, True, True),
        (MAGNIFIED, True, True),
    ],
    ids=["mirrored", "phone", "page at 400 %", "enlarged", "phone mirrored enlarged", "all of them"],
)
def test_a_point_of_the_face_is_the_same_point_of_the_patient(
    screens: Callable[..., Screen],
    clinic: ClinicWorld,
    charting: Charting,
    options: dict[str, Any],
    mirrored: bool,
    enlarged: bool,
) -> None:
    page = screens(clinic.prescriber, **options).open(charting.visit_id)
    touch = bool(options.get("has_touch"))
    if mirrored:
        page.click('[data-toggle="mirror"]')
    dose(page, "2.5")
    for _, _, x, y in POINTS:
        if enlarged:
            enlarge(page, x, y, touch=touch)
            assert zoom(page) > 2.9
        left, top = bring(page, x, y)
        if touch:
            Fingers.of(page).tap((left, top))
        else:
            page.mouse.click(left, top)
        if enlarged:
            press(page, "whole")
    saved(page)
    sites = charting.record().sites
    assert [(site.muscle, site.side) for site in sites] == [(muscle, side) for muscle, side, _, _ in POINTS]
    for site, (_, _, x, y) in zip(sites, POINTS, strict=True):
        assert abs(site.x - x) <= 12
        assert abs(site.y - y) <= 12


def test_marks_keep_their_size_and_their_places(screen: Screen, charting: Charting) -> None:
    charting.chart_usual_sites()
    page = screen.open(charting.visit_id)
    before = page.evaluate(SIZES)
    press(page, "in", 4)
    assert zoom(page) == pytest.approx(5)
    for one, other in zip(before, page.evaluate(SIZES), strict=True):
        assert one == pytest.approx(other, abs=1.5)
    for site, centre in zip(
        sorted(charting.record().sites, key=lambda one: -one.units), sorted_centres(page), strict=True
    ):
        assert centre == pytest.approx(spot(page, site.x, site.y), abs=1)
    press(page, "whole")
    assert page.evaluate(SIZES) == before


def sorted_centres(page: Page) -> list[list[float]]:
    """Centres of the marks as they lie on each other: the largest dose first, then by number."""
    found: list[list[float]] = page.evaluate(CENTRES)
    return found


def test_a_mark_is_caught_and_dragged_where_it_is_seen(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    site = charting.record().sites[0]
    page = screen.open(charting.visit_id)
    dose(page, "5")
    page.focus("#face svg")
    page.keyboard.press("n")
    press(page, "in", 3)
    left, top = spot(page, site.x, site.y)
    page.mouse.move(left + 4, top)
    page.mouse.down()
    page.mouse.move(left + 4, top - 60, steps=6)
    page.mouse.up()
    saved(page)
    after = charting.record().sites
    assert len(after) == 1
    assert after[0].x == pytest.approx(site.x, abs=2)
    assert spot(page, after[0].x, after[0].y)[1] == pytest.approx(top - 60, abs=1.5)
    # Beside the mark as it is seen, not as large as it would be on the whole face, a tap is a new site.
    tap(page, after[0].x + 20, after[0].y)
    saved(page)
    assert len(charting.record().sites) == 2


def test_a_wheel_scrolls_the_page_until_one_works_on_the_face(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    page.mouse.move(*spot(page, 0, 0))
    page.mouse.wheel(0, 300)
    page.wait_for_function("() => scrollY > 0")
    assert zoom(page) == 1
    page.evaluate("() => scrollTo(0, 0)")
    page.focus("#face svg")
    page.mouse.move(*spot(page, 345, 729))
    under = spot(page, 345, 729)
    page.mouse.wheel(0, -300)
    page.wait_for_function("() => document.querySelector('#face svg.is-zoomed')")
    assert page.evaluate("scrollY") == 0
    assert spot(page, 345, 729) == pytest.approx(under, abs=0.5)
    page.mouse.wheel(0, 900)
    page.wait_for_function("() => !document.querySelector('#face svg.is-zoomed')")
    assert rows(page) == []


def test_the_edges_always_say_whose_side_they_are(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    words = page.locator('[data-layer="captions"] text')
    before = words.first.bounding_box()
    page.focus("#face svg")
    page.mouse.move(*spot(page, 600, 300))
    page.mouse.wheel(0, -700)
    page.wait_for_function("() => document.querySelector('#face svg.is-zoomed')")
    assert zoom(page) > 3
    assert words.all_text_contents() == ["to the midline", "patient’s left"]
    assert before is not None
    after = words.nth(1).bounding_box()
    assert after is not None
    assert after["y"] == pytest.approx(before["y"], abs=1)
    page.click('[data-toggle="mirror"]')
    assert words.all_text_contents() == ["patient’s left", "to the midline"]
    press(page, "whole")
    assert words.all_text_contents() == ["patient’s left", "patient’s right"]


def test_the_face_never_leaves_its_frame(screen: Screen, charting: Charting) -> None:
    page = screen.open(charting.visit_id)
    dose(page, "2.5")
    press(page, "in", 2)
    centre = spot(page, 0, 0)
    for _ in range(4):
        page.mouse.move(*centre)
        page.mouse.down()
        page.mouse.move(centre[0] + 300, centre[1] + 300, steps=3)
        page.mouse.up()
    x, y = page.evaluate(
        "() => { const box = document.querySelector('#face svg').viewBox.baseVal; return [box.x, box.y]; }"
    )
    assert (x, y) == (-945, -1290)
    press(page, "out", 9)
    assert zoom(page) == 1
    assert rows(page) == []


def test_a_site_chosen_out_of_sight_comes_into_sight(screen: Screen, charting: Charting) -> None:
    charting.site(muscle="frontalis", sub_site="central", side=Side.RIGHT)
    charting.site(muscle="platysma", sub_site="medial_band_4", side=Side.LEFT)
    page = screen.open(charting.visit_id)
    page.focus("#face svg")
    page.keyboard.press("n")
    press(page, "in", 4)
    page.focus("#face svg")
    page.keyboard.press("n")
    frame = page.locator("#face svg").bounding_box()
    assert frame is not None
    site = charting.record().sites[1]
    left, top = spot(page, site.x, site.y)
    assert frame["x"] < left < frame["x"] + frame["width"]
    assert frame["y"] < top < frame["y"] + frame["height"]
    # What is placed by a tap never moves the face under the hand.
    view = page.get_attribute("#face svg", "viewBox")
    dose(page, "2.5")
    tap(page, site.x + 60, site.y + 60)
    saved(page)
    assert page.get_attribute("#face svg", "viewBox") == view
    assert sum(one.units for one in charting.record().sites) == Decimal("7.5")
    assert len(marks(page)) == 3
