"""What a person waits for in Chromium: the first paint, a placed point with 25 and 100 there, and what is loaded.

Measured on an installation of its own, whose charts are made through the use cases, served by the shipped server.
"""

from __future__ import annotations

import gzip
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

import clinic as program
from tests import ensure_chromium
from tests.bench.browsers import COOKIE, ticket
from tests.bench.installation import application
from tests.bench.served import Place, serving
from tests.bench.timing import Figures, share
from tests.browser.face import dose, saved, tap
from tests.charting import Charting, open_vial
from tests.chromium import ARGUMENTS
from tests.factories import make_clinic, make_condition, make_patient

FEW: Final = 25
MANY: Final = 100
PAINTS: Final = 9
TAPS: Final = ((-345, 729), (-250, 700), (250, 700), (300, 729), (345, 700), (-300, 660), (-220, 640), (220, 660))
_WATCH: Final = """() => {
  const svg = document.querySelector("#face svg");
  window.worked = [];
  window.shown = [];
  svg.addEventListener("pointerup", () => { window.began = performance.now(); }, { capture: true });
  svg.addEventListener("pointerup", () => {
    const began = window.began;
    document.body.offsetHeight;
    window.worked.push(performance.now() - began);
    requestAnimationFrame(() => setTimeout(() => window.shown.push(performance.now() - began)));
  });
}"""
_PAINTED: Final = """() => new Promise((done) => {
  const found = performance.getEntriesByName("first-contentful-paint")[0];
  if (found) done(found.startTime);
  else new PerformanceObserver((list) => {
    const one = list.getEntriesByName("first-contentful-paint")[0];
    if (one) done(one.startTime);
  }).observe({ type: "paint", buffered: true });
})"""


class Now:
    """The real clock, as the charting steps ask for it."""

    @property
    def now(self) -> datetime:
        """Now, aware."""
        return datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


def measured() -> Figures:
    """Milliseconds of paints and points, requests, and the weight of all styles and scripts."""
    with charts() as (address, cookie, few, many, patient), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=ensure_chromium.find(), args=ARGUMENTS)
        try:
            found = _loads(browser, address, cookie, {"chart": f"/visits/{few}", "patient": f"/patients/{patient}"})
            for name, visit in (("few", few), ("many", many)):
                found |= _placed(_context(browser, address, cookie), f"{address}/visits/{visit}", name)
        finally:
            browser.close()
    ratio = found["browser.many.worked"] / found["browser.few.worked"]
    return found | {"browser.ratio": ratio, "browser.files": files_gzip()}


@contextmanager
def charts() -> Iterator[tuple[str, str, str, str, str]]:
    """A served installation: its address, a cookie, a draft of 25 sites, one of 100, and the first one's patient."""
    with tempfile.TemporaryDirectory() as name:
        at = Place(Path(name))
        with application(at) as app:
            work = app.extensions["clinic_work"]
            clinic = make_clinic(work)
            drafts = [_filled(work, clinic, sites) for sites in (FEW - 1, MANY - 1)]
            held = ticket(app, clinic.prescriber)
        with serving(at) as server:
            few, many = drafts
            yield f"http://localhost:{server.port}", held.cookie, few.visit_id, many.visit_id, few.patient_id


def _filled(work: Any, clinic: Any, sites: int) -> Charting:
    family, born = {FEW: ("Kern", 1979), MANY: ("Adler", 1958)}[sites + 1]
    patient_id = make_patient(work, clinic.prescriber, family_name=family, birth_date=date(born, 2, 3))
    make_condition(work, clinic.prescriber, patient_id)
    vial = open_vial(work, clinic, label=family, lot=family)
    charting = Charting(work, clinic, Now(), patient_id, vial)
    charting.start()
    for index in range(sites):
        x, y = -600 + 110 * (index % 12), 500 - 130 * (index // 12)
        charting.site(units="0.5", x=x, y=y, note="A site of the benchmark")
    return charting


def _context(browser: Browser, address: str, cookie: str) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1280, "height": 985})
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": address.replace("http:", "https:"), "secure": True}])
    return context


def _loads(browser: Browser, address: str, cookie: str, pages: dict[str, str]) -> Figures:
    """First paints of pages whose files are kept already, and the requests of a first and a later visit."""
    found: Figures = {}
    for name, path in pages.items():
        context = _context(browser, address, cookie)
        page = context.new_page()
        asked: list[str] = []
        page.on("response", partial(_note, asked))
        page.goto(address + path, wait_until="networkidle")
        found[f"browser.{name}.first"] = len(asked)
        paints = []
        for _ in range(PAINTS):
            del asked[:]
            page.goto(address + path, wait_until="networkidle")
            paints.append(float(page.evaluate(_PAINTED)))
        found[f"browser.{name}.later"] = len(asked)
        found[f"browser.{name}.paint"] = statistics.median(paints)
        context.close()
    return found


def _note(asked: list[str], answer: Any) -> None:
    """Note a request that reached the server: what the browser kept is no request."""
    kept = answer.request.timing["requestStart"] < 0 or answer.from_service_worker
    if not kept and answer.request.resource_type != "ping":
        asked.append(answer.url)


def _placed(context: BrowserContext, address: str, name: str) -> Figures:
    """Milliseconds of a real click: the handler with layout, and until after the next frame."""
    page: Page = context.new_page()
    page.goto(address, wait_until="networkidle")
    page.wait_for_selector("#face svg")
    dose(page, "2.5")
    page.evaluate(_WATCH)
    for spot in TAPS:
        tap(page, *spot)
        saved(page)
        page.wait_for_timeout(100)
        page.keyboard.press("Control+z")
        saved(page)
    worked, shown = page.evaluate("() => [window.worked, window.shown]")
    context.close()
    return {
        f"browser.{name}.worked": statistics.median(worked),
        f"browser.{name}.worked.p95": share(worked, 0.95),
        f"browser.{name}.shown": statistics.median(shown),
        f"browser.{name}.shown.p95": share(shown, 0.95),
        f"browser.{name}.taps": len(worked),
    }


def files_gzip() -> float:
    """KiB of every style and script of the program, compressed."""
    static = Path(program.__file__).parent / "static"
    files = (file for kind in ("*.css", "*.mjs", "*.js") for file in static.rglob(kind))
    return sum(len(gzip.compress(file.read_bytes())) for file in files) / 1024
