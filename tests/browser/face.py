"""What a hand does on the face, in the face's own units."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

SAVED = re.compile(r"^Saved \d\d:\d\d:\d\d$")

TO_SCREEN = """([x, y]) => {
  const spot = new DOMPoint(x, -y).matrixTransform(document.querySelector("#face svg").getScreenCTM());
  return [spot.x, spot.y];
}"""


def spot(page: Page, x: int, y: int) -> tuple[float, float]:
    """Where a point of the face is in the window."""
    left, top = page.evaluate(TO_SCREEN, [x, y])
    return left, top


def tap(page: Page, x: int, y: int) -> None:
    """Click a point of the face."""
    page.mouse.click(*spot(page, x, y))


def drag(page: Page, here: tuple[int, int], there: tuple[int, int]) -> None:
    """Drag from one point of the face to another."""
    page.mouse.move(*spot(page, *here))
    page.mouse.down()
    page.mouse.move(*spot(page, *there), steps=6)
    page.mouse.up()


def dose(page: Page, units: str) -> None:
    """Choose a dose of the brush."""
    page.click(f'[data-dose="{units}"]')


def saved(page: Page) -> None:
    """Wait until the page says that everything is saved."""
    expect(page.locator("#saved")).to_have_text(SAVED)


def rows(page: Page) -> list[list[str]]:
    """The table of sites as shown: number, muscle with site, side, units."""
    script = """rows => rows.map(row => ["number", "muscle_label", "sub_site_label", "side", "units"].map(
      name => row.querySelector(`[data-cell="${name}"]`).textContent))"""
    found: list[list[str]] = page.locator("#site-table tr[data-site]").evaluate_all(script)
    return found


def marks(page: Page) -> list[str]:
    """The marks as they are drawn, in the order of the sites."""
    script = """marks => marks.map(mark => [mark.dataset.key, [...mark.querySelectorAll("circle, path, text")].map(node =>
      [node.tagName, node.textContent, ...["cx", "cy", "r", "x", "y", "font-size", "text-anchor", "fill", "fill-opacity",
        "stroke", "stroke-width", "stroke-dasharray"].map(name => {
          const carrier = node.closest(`[${name}]`);
          return carrier && carrier.closest("[data-key]") ? carrier.getAttribute(name) : "";
        })].join(" ")).join("; ")].join(": ")).sort()"""
    found: list[str] = page.locator('[data-layer="marks"] > [data-key]').evaluate_all(script)
    return found
