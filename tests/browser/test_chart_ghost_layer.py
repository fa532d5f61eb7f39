"""An earlier session lies under today's marks: seen, named, taken by a tap, and never in the way of today's."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from clinic.domain.anatomy import Side
from tests.browser.conftest import Screen
from tests.browser.face import bring, spot, tap
from tests.charting import Charting

FACE_WITH_GHOSTS = """async (ghosts) => {
  const old = document.querySelector("#face svg");
  const svg = old.cloneNode(true);
  for (const one of svg.querySelectorAll('[data-layer="ghost"], [data-ring]')) one.remove();
  old.replaceWith(svg);
  const visit = document.querySelector("#visit").dataset;
  const { Face } = await import(new URL("js/face_chart/face.mjs", document.querySelector("script[data-start]").src));
  const done = (name) => (...values) => { window.done.push([name, ...values]); };
  window.done = [];
  const acts = { place: done("place"), select: done("select"), move: done("move"), locked: () => false };
  window.face = new Face({ ...acts, take: (ghost) => { window.done.push(["take", ghost.number]); } });
  window.face.adopt(JSON.parse(visit.state).sites);
  window.face.geometry = await (await fetch(visit.geometry)).json();
  window.face.render(JSON.parse(visit.state).sites, null);
  window.face.ghost(ghosts);
}"""


def ghost(number: int, x: int, y: int, **values: Any) -> dict[str, Any]:
    """A site of the session of 3 Aug 2026, as the face is given it."""
    place = {"muscle_label": "Mentalis", "sub_site_label": "", "side": "midline", "units": "2.5", "from": "3 Aug 2026"}
    return {"number": number, "x": x, "y": y, **place, **values}


@pytest.fixture
def page(screen: Screen, charting: Charting) -> Page:
    """A chart with one site of today and four ghosts, one of them right under it."""
    charting.site(muscle="mentalis", side=Side.LEFT)
    site = charting.record().sites[0]
    page = screen.open(charting.visit_id)
    ghosts = [
        ghost(1, 0, -1000),
        ghost(2, site.x, site.y, units="10"),
        ghost(3, -345, 729, review="too_weak"),
        ghost(4, 345, 729, review="too_strong", units="5"),
        ghost(5, 600, 100, review="worked"),
    ]
    page.evaluate(FACE_WITH_GHOSTS, ghosts)
    return page


def done(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate("() => window.done")
    return found


def test_a_ghost_is_named_and_a_tap_takes_it(page: Page) -> None:
    page.mouse.move(*spot(page, 0, -1000))
    hint = page.locator("#face-hint")
    expect(hint).to_have_text("From 3 Aug 2026: Mentalis, midline, 2.5\u00a0units. Tap takes it.")
    tap(page, 0, -1000)
    assert done(page) == [["take", 1]]
    tap(page, 60, -1060)
    assert done(page)[1][:1] == ["place"]
    page.mouse.move(*spot(page, -345, 729))
    expect(hint).to_contain_text("too weak")


def test_todays_marks_lie_over_an_earlier_sessions(page: Page, charting: Charting) -> None:
    site = charting.record().sites[0]
    tap(page, site.x, site.y)
    assert done(page) == [["select", site.id]]
    names = page.locator("#face svg > [data-layer], #face svg g > [data-layer]").evaluate_all(
        "all => all.map(one => one.dataset.layer)"
    )
    assert names.index("ghost") == names.index("marks") - 1


def test_a_review_is_told_by_shape_and_line(page: Page) -> None:
    shapes = page.locator('[data-layer="ghost"] > *').evaluate_all(
        "all => all.map(one => [one.tagName, one.hasAttribute('stroke-dasharray'), one.getAttribute('fill')])"
    )
    assert shapes == [
        ["circle", True, "none"],
        ["circle", True, "none"],
        ["path", False, "none"],
        ["path", False, "none"],
        ["circle", False, "none"],
    ]


def test_ghosts_keep_their_size_and_are_found_on_an_enlarged_mirrored_face(page: Page) -> None:
    size = "() => document.querySelectorAll('[data-layer=ghost] > *')[4].getBoundingClientRect().width"
    before = page.evaluate(size)
    page.evaluate("() => { face.toggleMirror(); face.frame.zoomBy(4, [-600, -100]); }")
    assert page.evaluate(size) == pytest.approx(before, abs=1.5)
    x, y = bring(page, -600, 100)  # The copy of the face is mirrored behind the page's back.
    page.mouse.click(x, y)
    assert done(page) == [["take", 5]]
    page.mouse.click(x + 20, y)
    assert done(page)[1][0] == "place"


def test_the_nearest_ghost_is_offered_to_the_keys(page: Page) -> None:
    near = "point => face.ghostNear(point)?.number ?? null"
    assert page.evaluate(near, [20, -1020]) == 1
    assert page.evaluate(near, [200, 0]) is None
    assert page.evaluate("() => { face.ghost([]); return face.ghostNear([0, -1000]); }") is None
    assert page.locator('[data-layer="ghost"] > *').count() == 0
