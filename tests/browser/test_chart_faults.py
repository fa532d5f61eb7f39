"""Faults in the middle of charting: what was acknowledged is there, what is lost is seconds, nothing is there twice.

``FAULT_ROUNDS=full`` kills the server 20 times and the browser 10 times; without it the rounds are few.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.parse import parse_qs

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from clinic.domain.visits import Section
from tests import ensure_chromium
from tests.browser.conftest import Screen
from tests.browser.face import SAVED, dose, rows, saved, tap
from tests.browser.served import Now, Served, Window
from tests.charting import Charting
from tests.chromium import ARGUMENTS
from tests.factories import client_for, make_clinic

FULL = os.environ.get("FAULT_ROUNDS") == "full"
SERVER_KILLS = 20 if FULL else 2
BROWSER_KILLS = 10 if FULL else 2
LOST_AT_MOST = 5.0
"""Seconds of typing that any single failure may take."""

SPOTS = [(x, y) for y in (760, 540, -560, -780) for x in (-500, -320, -140, 140, 320, 500)]


@pytest.fixture
def charting(app: Flask) -> Charting:
    """A draft with one syringe, by the real clock: the server is another process."""
    work = app.extensions["clinic_work"]
    return Charting.begun(work, make_clinic(work), Now())


@pytest.fixture
def served(app: Flask, charting: Charting) -> Iterator[Served]:
    """The program, started on that database."""
    served = Served(app.extensions["clinic_settings"].instance)
    served.start()
    yield served
    served.kill()


def signed_in(app: Flask, charting: Charting, served: Served, context: BrowserContext) -> Page:
    """The prescriber's page of the draft."""
    cookie = client_for(app, charting.clinic.prescriber).get_cookie("__Host-clinic", domain="localhost")
    assert cookie is not None
    url = served.address.replace("http:", "https:")
    context.add_cookies([{"name": "__Host-clinic", "value": cookie.value, "url": url}])
    page = context.new_page()
    page.goto(f"{served.address}/visits/{charting.visit_id}")
    expect(page.locator("html[data-ready]")).to_be_attached()
    return page


class Acknowledged:
    """What the server said 200 to, as this page heard it."""

    def __init__(self, page: Page) -> None:
        self.plan = ""
        self.sites = 0
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        if response.request.method != "POST" or response.status != 200:
            return
        sent = parse_qs(response.request.post_data or "")
        if response.url.endswith("/notes") and "plan" in sent:
            self.plan = max(self.plan, sent["plan"][0], key=len)
        self.sites += response.url.endswith("/sites")


def plan(charting: Charting) -> str:
    return charting.record().notes.get(Section.PLAN, "")


def check(charting: Charting, acknowledged: Acknowledged, typed: str, placed: int) -> None:
    """What stands is at least what was acknowledged, at most what was done, and each site once."""
    record, text = charting.record(), plan(charting)
    assert len(text) >= len(acknowledged.plan)
    assert typed.startswith(text)
    assert acknowledged.sites <= len(record.sites) <= placed
    assert len({(site.x, site.y) for site in record.sites}) == len(record.sites)


@pytest.mark.timeout(900)
def test_a_server_that_is_killed_takes_nothing_with_it(
    app: Flask, charting: Charting, served: Served, chromium: Browser
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 985})
    page = signed_in(app, charting, served, context)
    acknowledged, typed, slowest = Acknowledged(page), "", 0.0
    dose(page, "1")
    for number in range(SERVER_KILLS):
        cut = Timer(random.uniform(0.1, 2.2), served.kill)
        cut.start()
        page.evaluate('() => document.getElementById("face").scrollIntoView({ block: "center" })')
        tap(page, *SPOTS[number])
        page.locator("#plan").focus()
        page.keyboard.press("Control+End")
        for letter in f"round {number:02d} typed on, ":
            page.keyboard.type(letter, delay=70)
            typed += letter
        cut.join()
        check(charting, acknowledged, typed, number + 1)
        served.start()
        started = time.monotonic()
        expect(page.locator("#saved")).to_have_text(SAVED, timeout=40_000)
        slowest = max(slowest, time.monotonic() - started)
        assert plan(charting) == typed
        assert len(charting.record().sites) == number + 1
    assert len(rows(page)) == SERVER_KILLS
    context.close()
    print(f"server killed {SERVER_KILLS} times: nothing lost; saved at most {slowest:.1f} s after it was back")


@pytest.mark.timeout(900)
def test_a_browser_that_is_killed_loses_seconds_at_most(
    app: Flask, charting: Charting, served: Served, chromium: Browser, tmp_path: Path
) -> None:
    path = ensure_chromium.find()
    assert path is not None
    typed, worst = "", 0.0
    for number in range(BROWSER_KILLS):
        window = Window(str(path), tmp_path / f"profile-{number}", ARGUMENTS)
        steered = chromium.browser_type.connect_over_cdp(window.start())
        page = signed_in(app, charting, served, steered.new_context())
        acknowledged = Acknowledged(page)
        assert page.input_value("#plan") == typed
        dose(page, "1")
        page.evaluate('() => document.getElementById("face").scrollIntoView({ block: "center" })')
        tap(page, *SPOTS[number])
        typed, moments = type_for(page, typed, random.uniform(1.0, 7.0))
        window.kill()
        killed = time.monotonic()
        time.sleep(0.5)  # What is on its way to the server arrives.
        acknowledged.sites = len(charting.record().sites)
        check(charting, acknowledged, typed, number + 1)
        assert len(charting.record().sites) == number + 1
        kept = len(plan(charting))
        lost = killed - moments[kept] if kept in moments else 0.0
        worst = max(worst, lost)
        assert lost <= LOST_AT_MOST
        typed = plan(charting)
    print(f"browser killed {BROWSER_KILLS} times: at most {worst:.1f} s of typing lost, no site")


def type_for(page: Page, typed: str, seconds: float) -> tuple[str, dict[int, float]]:
    """Type on without a pause; gives the whole text, and when each of its letters was typed."""
    page.locator("#plan").focus()
    page.keyboard.press("Control+End")
    moments: dict[int, float] = {}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        letter = "abcdefghij "[len(typed) % 11]
        moments[len(typed)] = time.monotonic()
        page.keyboard.type(letter, delay=40)
        typed += letter
    return typed, moments


def test_a_network_that_is_gone_for_seconds_loses_nothing(
    app: Flask, charting: Charting, served: Served, chromium: Browser
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 985})
    page = signed_in(app, charting, served, context)
    dose(page, "1")
    context.set_offline(True)
    gone = time.monotonic()
    for x, y in SPOTS[:3]:
        tap(page, x, y)
    typed, _ = type_for(page, "", 6.0)
    expect(page.locator("#saved")).to_have_text("Not checked, not saved: no connection, will retry")
    assert charting.record().sites == ()
    assert time.monotonic() - gone > 6
    context.set_offline(False)
    saved(page)
    assert plan(charting) == typed
    assert len(charting.record().sites) == 3
    context.close()


def test_a_session_that_ends_while_typing_keeps_the_text_on_the_page(
    app: Flask, charting: Charting, served: Served, chromium: Browser
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 985})
    page = signed_in(app, charting, served, context)
    context.clear_cookies()
    typed, _ = type_for(page, "", 3.0)
    expect(page.locator("#notice")).to_contain_text("Your session has ended")
    assert plan(charting) == ""
    signed_in(app, charting, served, context).close()
    page.bring_to_front()
    back = page.get_by_role("button", name="I am signed in: save now")
    if back.count():
        back.click()
    saved(page)
    assert plan(charting) == typed
    context.close()


STORED = """async () => ({
  local: {...localStorage}, session: {...sessionStorage},
  databases: (await indexedDB.databases()).map(one => one.name),
  caches: "caches" in window ? await caches.keys() : [],
  workers: "serviceWorker" in navigator ? (await navigator.serviceWorker.getRegistrations()).length : 0,
})"""


def test_nothing_of_the_patient_stays_in_the_browser(
    screens: Callable[..., Screen], work: Any, clinic: Any, clock: Any
) -> None:
    screen = screens(clinic.prescriber)
    charting = Charting.begun(work, clinic, clock)
    answers: list[Response] = []
    screen.page.on("response", lambda one: answers.append(one))  # noqa: PLW0108 - it marks what it is given
    page = screen.open(charting.visit_id)
    dose(page, "2.5")
    tap(page, -345, 729)
    page.fill("#plan", "Margaret Keane comes again")
    saved(page)
    nothing = {"local": {}, "session": {}, "databases": [], "caches": [], "workers": 0}
    assert page.evaluate(STORED) == nothing
    for step in ("prepare", "time-out", "settle", "review"):
        page.goto(f"{screen.address}/visits/{charting.visit_id}/{step}")
        assert page.evaluate(STORED) == nothing
    assert {cookie["name"] for cookie in screen.context.cookies()} == {"__Host-clinic"}
    kept = [one for one in answers if one.headers.get("cache-control") != "no-store"]
    assert {part for one in kept for part in [one.url.removeprefix(screen.address).split("/")[1]]} <= {"static"} | {
        one.url.rpartition("/")[2] for one in kept if "/face-" in one.url
    }
