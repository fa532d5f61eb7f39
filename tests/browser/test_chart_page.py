"""The chart page as a whole: accessible, on every width, light, and from this server alone."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

import clinic as program
from tests.browser.conftest import Screen
from tests.browser.face import dose, tap
from tests.charting import Charting
from tests.factories import ClinicWorld

WIDTHS = [(1280, 985), (820, 1180), (390, 844), (320, 640)]
KB = 1000


@pytest.mark.parametrize(("width", "height"), WIDTHS, ids=[str(width) for width, _ in WIDTHS])
def test_nothing_on_the_page_keeps_anybody_out(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting, width: int, height: int
) -> None:
    charting.chart_usual_sites()
    screen = screens(clinic.prescriber, viewport={"width": width, "height": height})
    page = screen.open(charting.visit_id)
    page.locator("a[data-act=edit]").first.click()
    page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = Axe().run(page).response["violations"]
    grave = [
        f"{one['id']}: {one['nodes'][0]['html'][:150]}" for one in found if one["impact"] in {"serious", "critical"}
    ]
    assert grave == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_the_face_is_reached_and_told_apart_by_keyboard(screen: Screen, charting: Charting) -> None:
    charting.chart_usual_sites()
    page = screen.open(charting.visit_id)
    svg = page.locator("#face svg")
    assert svg.get_attribute("tabindex") == "0"
    assert svg.get_attribute("role") == "application"
    assert svg.get_attribute("aria-label")
    svg.focus()
    page.keyboard.press("n")
    assert (
        page.locator("#announce").inner_text()
        == "Site 1: Orbicularis oculi, lateral orbital, middle, patient’s left, 2.5\u00a0units"
    )


def test_the_first_load_is_light(screen: Screen, charting: Charting) -> None:
    bodies: dict[str, bytes] = {}
    screen.page.on("response", lambda answer: bodies.__setitem__(answer.url, answer.body()))
    screen.open(charting.visit_id)
    html = next(len(body) for url, body in bodies.items() if "/visits/" in url)
    assert html <= 115 * KB
    assert sum(len(gzip.compress(body)) for body in bodies.values()) <= 115 * KB


def test_the_scripts_are_small() -> None:
    scripts = sorted((Path(program.__file__).parent / "static" / "js" / "face_chart").glob("*.mjs"))
    assert sum(len(script.read_bytes()) for script in scripts) <= 180 * KB


def test_a_placed_site_costs_less_than_a_frame(screen: Screen, charting: Charting) -> None:
    for _ in range(6):
        charting.chart_usual_sites()
    page = screen.open(charting.visit_id)
    dose(page, "2.5")
    page.evaluate("""() => {
      const svg = document.querySelector("#face svg");
      window.took = [];
      svg.addEventListener("pointerup", () => { window.start = performance.now(); }, { capture: true });
      svg.addEventListener("pointerup", () => { document.body.offsetHeight; window.took.push(performance.now() - window.start); });
    }""")
    for x in (-345, -250, -300, 250, 300, 345, -220):
        tap(page, x, 700)
    took = sorted(page.evaluate("() => window.took"))
    assert took[len(took) // 2] < 16, took
