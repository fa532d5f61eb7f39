"""A real server on localhost and a real Chromium; whatever the page complains about fails the test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from werkzeug.serving import WSGIRequestHandler, make_server

from clinic.domain.actors import Actor
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, client_for

REFUSALS = ("Failed to load resource: the server responded with a status of 4", "net::ERR_INTERNET_DISCONNECTED")
"""What Chromium writes to the console about answers that a test asks for; scripts and policy never say this."""
STOP_SECONDS = 0.02
"""How often the server looks whether it shall stop: every test waits for that."""


class Quiet(WSGIRequestHandler):
    """Requests are logged by the application."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


def whole(app: Flask) -> Callable[..., list[bytes]]:
    """The application with every answer read and closed before it is sent.

    Werkzeug's server leaves an answer's file open when the browser resets the connection, as a page that is closed does.
    """

    def answer(environ: Any, start_response: Any) -> list[bytes]:
        parts = app(environ, start_response)
        try:
            return list(parts)
        finally:
            getattr(parts, "close", list)()

    return answer


@pytest.fixture
def address(app: Flask, work: Work) -> Iterator[str]:
    """The application served on a free port; gives its address."""
    server = make_server("127.0.0.1", 0, whole(app), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(STOP_SECONDS,), daemon=True)
    thread.start()
    yield f"http://localhost:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Screen:
    """One person's browser window on the record."""

    context: BrowserContext
    page: Page
    address: str
    cookie: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def open(self, visit_id: str) -> Page:
        """Open a visit and wait until its script is there."""
        self.page.goto(f"{self.address}/visits/{visit_id}")
        expect(self.page.locator("html[data-ready]")).to_be_attached()
        self.page.wait_for_load_state("networkidle")
        return self.page

    def sign_in(self) -> None:
        """Put the session's cookie into the browser, which takes a secure one for localhost too."""
        self.context.add_cookies(
            [{"name": "__Host-clinic", "value": self.cookie, "url": self.address.replace("http:", "https:")}]
        )

    def intercept(self, pattern: str, answer: Callable[[Route], object]) -> None:
        """Answer the page's requests in the server's place, from the return of this call on.

        Chromium takes up a route in its own time, and on a busy machine lets the next request past it.
        """
        self.page.route("**/health", lambda route: route.fulfill(status=200, body="taken up"))
        self.page.route(pattern, answer)
        while self.page.evaluate("fetch('/health').then((answer) => answer.text())") != "taken up":
            self.page.wait_for_timeout(20)
        self.page.unroute("**/health")

    def listen(self) -> None:
        """Note errors of the page, and requests that leave this machine's server."""
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note_request)

    def _note(self, message: Any) -> None:
        expected = any(part in message.text for part in REFUSALS)
        if message.type in {"error", "warning"} and not expected:
            self.complaints.append(message.text)

    def _note_request(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.strangers.append(request.url)


@pytest.fixture
def screens(chromium: Browser, app: Flask, address: str) -> Iterator[Callable[..., Screen]]:
    """A maker of signed-in windows; all of them must end without a complaint and without a request elsewhere."""
    made: list[Screen] = []

    def make(actor: Actor, **options: Any) -> Screen:
        cookie = client_for(app, actor).get_cookie("__Host-clinic", domain="localhost")
        assert cookie is not None
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 985}, **options})
        context.set_default_timeout(8_000)
        screen = Screen(context, context.new_page(), address, cookie.value)
        screen.sign_in()
        screen.listen()
        made.append(screen)
        return screen

    yield make
    for screen in made:
        screen.context.close()
    assert [complaint for screen in made for complaint in screen.complaints] == []
    assert [url for screen in made for url in screen.strangers] == []


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with one syringe and no site."""
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def screen(screens: Callable[..., Screen], clinic: ClinicWorld) -> Screen:
    """The prescriber's window."""
    return screens(clinic.prescriber)
