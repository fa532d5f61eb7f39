"""S-47 in a real browser: pages full of payloads are opened, pointed at and clicked, and nothing of them runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as BrowserError
from sqlalchemy import text
from werkzeug.serving import make_server

from clinic.domain.actors import Permission, Role
from clinic.web.security import permission
from tests.attacks import poison
from tests.attacks.addresses import Place
from tests.attacks.conftest import World
from tests.browser.conftest import STOP_SECONDS, Quiet, whole

STIR = """() => {
  document.addEventListener('click', (event) => event.target.closest('a') && event.preventDefault(), true);
  document.addEventListener('submit', (event) => event.preventDefault(), true);
  for (const one of document.querySelectorAll('details')) one.open = true;
  for (const one of document.querySelectorAll('dialog')) if (!one.open) one.show();
  const stirred = [...document.querySelectorAll('svg [data-site], svg g, [title], [data-tip], [tabindex], button[type=button]')];
  for (const one of stirred.slice(0, 60)) {
    for (const kind of ['pointerover', 'mouseover', 'pointerdown', 'pointerup', 'click', 'focus'])
      one.dispatchEvent(new MouseEvent(kind, {bubbles: true, cancelable: true, view: window}));
  }
}"""
"""Point at, press and open what a script of the page may answer to."""
ASK = """(mark) => [
  ...[...document.querySelectorAll(mark + ', [' + mark + ']')].map((one) => 'element ' + one.tagName),
  ...(mark in window ? ['script ran'] : []),
  ...(window.name ? ['window.name ' + window.name] : []),
  ...[...document.querySelectorAll('a[href], form[action]')]
     .map((one) => one.protocol || '').filter((one) => ['javascript:', 'data:', 'vbscript:'].includes(one)),
]"""
HTML_LEAST = 90
"""Fewer pages than this, and the sweep has lost its way."""


@contextmanager
def served(world: World) -> Iterator[str]:
    """The application at an address of this machine."""
    server = make_server("127.0.0.1", 0, whole(world.app), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(STOP_SECONDS,), daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Watched:
    """A window that notes whatever a page does that no page of the program does."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.noted: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", self._said)
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._asked)

    def _said(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "Trusted" in message.text:
            self.noted.append(f"policy: {message.text[:120]}")

    def _dialog(self, dialog: Any) -> None:
        if dialog.type != "beforeunload":
            self.noted.append(f"dialog {dialog.message}")
        dialog.accept()

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "about:", "blob:")):
            self.noted.append(f"request to {request.url[:60]}")

    def look(self, url: str) -> list[str]:
        """Open a page, stir it, and give what was wrong."""
        self.noted.clear()
        try:
            self.page.goto(f"{self.address}{url}", wait_until="load")
            self.noted += self.page.evaluate(ASK, poison.MARK)
            self.page.evaluate(STIR)
            self.noted += self.page.evaluate(ASK, poison.MARK)
        except BrowserError as error:
            if not any(
                words in str(error) for words in ("context was destroyed", "ERR_ABORTED", "interrupted by another")
            ):
                raise
        return list(self.noted)


def pages(world: World, only: str = "") -> list[Place]:
    """One page a route, two of a visit; what is no page is left to the other sweeps."""
    files = (".pdf", ".csv", ".json", ".png", ".ics", "/file", "/progress", "/counts")
    return [one for one in world.places(1) if one.rule.startswith(only) and not one.url.endswith(files)]


def leaks(world: World, browser: Browser, only: str = "") -> list[str]:
    """What payloads did on which page."""
    found: list[str] = []
    with served(world) as address:
        windows: dict[Role, Watched] = {}
        for place in pages(world, only):
            if place.role not in windows:
                windows[place.role] = Watched(signed_in(world, browser, address, place.role), address)
            found += [f"{place.rule}: {one}" for one in windows[place.role].look(place.url)]
        for window in windows.values():
            window.page.context.close()
    return sorted(set(found))


def signed_in(world: World, browser: Browser, address: str, role: Role) -> BrowserContext:
    """A window of a role, without pictures."""
    cookie = world.client(role).get_cookie("__Host-clinic", domain="localhost")
    assert cookie is not None
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(8_000)
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address.replace("http:", "https:")}])
    return context


@pytest.mark.timeout(300)
def test_nothing_of_any_text_runs_in_a_real_browser(world: World, chromium: Browser) -> None:
    """S-47, V-11 to V-14: chart, legend, dialogs and all other pages, pointed at and clicked."""
    with poison.behind(world.instance) as connection:
        poison.poisoned(connection, 0)
    assert len(pages(world)) > HTML_LEAST
    assert leaks(world, chromium) == []


def test_a_planted_page_is_caught_by_the_browser(world: World, chromium: Browser) -> None:
    """S-47, the tooth: markup out of a name, on one page."""

    @permission(Permission.PATIENT_READ)
    def planted() -> str:
        with world.work.engine.connect() as connection:
            return f"<title>x</title>{connection.execute(text('SELECT family_name FROM patient')).scalars().first()}"

    world.app.add_url_rule("/planted", "planted", planted)
    with poison.behind(world.instance) as connection:
        poison.poisoned(connection, 0)
    found = leaks(world, chromium, only="/planted")
    assert any("element" in one for one in found), found
