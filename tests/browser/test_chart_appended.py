"""A placed mark is appended, never redrawn (performance goals, section 5): what the page changes is counted."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Screen
from tests.browser.face import dose, saved, tap
from tests.charting import Charting

WATCH = """() => {
  window.taken = []; window.put = [];
  const name = (node) => node.dataset?.site ?? node.dataset?.key ?? node.nodeName;
  const marks = (list) => [...list].filter((node) => node.matches?.("[data-site], [data-key], [data-layer], svg, tr, tbody"));
  const watch = new MutationObserver((records) => {
    for (const one of records) {
      window.taken.push(...marks(one.removedNodes).map(name));
      window.put.push(...marks(one.addedNodes).map(name));
    }
  });
  for (const where of ["#face", "#site-table"]) {
    watch.observe(document.querySelector(where), { childList: true, subtree: true });
  }
}"""
REDRAW = """() => {
  const layer = document.querySelector('#face svg [data-layer="marks"]');
  layer.replaceChildren(...[...layer.children]);
}"""
PUT = 2
"""A mark on the face and a row of the table."""


def redrawn(page: Page) -> list[str]:
    """What was taken off the page though it stays, and what was put there beyond a mark and its row."""
    taken, put = page.evaluate("() => [window.taken, window.put]")
    return [f"taken off: {one}" for one in taken] + [f"put again: {one}" for one in put[PUT:]]


@pytest.fixture
def page(screen: Screen, charting: Charting) -> Page:
    """A chart of 24 sites that is watched."""
    for _ in range(6):
        charting.chart_usual_sites()
    page = screen.open(charting.visit_id)
    dose(page, "2.5")
    page.evaluate(WATCH)
    return page


def test_a_placed_mark_is_appended(page: Page) -> None:
    tap(page, -345, 729)
    saved(page)
    assert page.evaluate("() => window.put.length") == PUT
    assert redrawn(page) == []


def test_a_layer_that_is_drawn_again_is_noticed(page: Page) -> None:
    page.evaluate(REDRAW)
    tap(page, -345, 729)
    saved(page)
    assert len(redrawn(page)) >= 24
