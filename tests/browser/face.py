"""What a hand does on the face, in the face's own units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page, expect

SAVED = re.compile(r"^Saved \d\d:\d\d:\d\d$")

TO_SCREEN = """([x, y]) => {
  const mirrored = document.querySelector('[data-toggle="mirror"][aria-pressed="true"]');
  const spot = new DOMPoint(mirrored ? -x : x, -y).matrixTransform(document.querySelector("#face svg").getScreenCTM());
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


def bring(page: Page, x: int, y: int) -> tuple[float, float]:
    """Scroll the page so that a point of the face is in the middle of the window; gives where it is then."""
    page.evaluate("([, top]) => scrollBy(0, top - innerHeight / 2)", spot(page, x, y))
    return spot(page, x, y)


def zoom(page: Page) -> float:
    """How many times as large as the whole face what is seen is."""
    found: float = page.evaluate("() => 1890 / document.querySelector('#face svg').viewBox.baseVal.width")
    return found


Spot = tuple[float, float]


@dataclass
class Fingers:
    """Fingers on a touch screen, in pixels of the window."""

    cdp: CDPSession

    @classmethod
    def of(cls, page: Page) -> Fingers:
        """Fingers for a page."""
        return cls(page.context.new_cdp_session(page))

    def _send(self, kind: str, *spots: Spot) -> None:
        points: list[dict[str, Any]] = [{"x": x, "y": y, "id": index} for index, (x, y) in enumerate(spots)]
        self.cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def down(self, *spots: Spot) -> None:
        """Put fingers down one after the other."""
        for count in range(1, len(spots) + 1):
            self._send("touchStart", *spots[:count])

    def move(self, *spots: Spot) -> None:
        """Move the fingers that are down."""
        self._send("touchMove", *spots)

    def up(self) -> None:
        """Lift all."""
        self._send("touchEnd")

    def tap(self, at: Spot) -> None:
        """Tap once, with the tremble of a hand."""
        self.down(at)
        self.move((at[0] + 2, at[1] - 2))
        self.up()

    def drag(self, here: Spot, there: Spot) -> None:
        """Drag with one finger."""
        self.down(here)
        for step in range(1, 9):
            share = step / 8
            self.move((here[0] + (there[0] - here[0]) * share, here[1] + (there[1] - here[1]) * share))
        self.up()

    def pinch(self, about: Spot, start: float, end: float) -> None:
        """Pinch about a point, from one distance of the two fingers to another."""
        x, y = about
        self.down((x - start / 2, y), (x + start / 2, y))
        for step in range(1, 9):
            half = (start + (end - start) * step / 8) / 2
            self.move((x - half, y), (x + half, y))
        self.up()


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
