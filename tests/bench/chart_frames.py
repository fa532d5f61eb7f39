"""How much script a frame of a full chart takes: ``python -m tests.bench.chart_frames``. CI never asserts a time.

A chart of 60 sites in Chromium with the processor slowed down four times: a site is placed, dragged 200 pixels and
nudged 20 times. Printed are the median and the longest script of a frame, layout and painting left out.
"""

from __future__ import annotations

import json
import logging
import statistics
import tempfile
import threading
from bisect import bisect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from flask_migrate import upgrade
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from clinic import config, create_app
from clinic.extensions import db
from tests import ensure_chromium, factories
from tests.browser.conftest import Quiet
from tests.browser.face import dose, saved, spot, tap
from tests.charting import Charting
from tests.chromium import ARGUMENTS

CATEGORIES = ["devtools.timeline", "devtools.timeline.frame", "disabled-by-default-devtools.timeline", "v8"]
SITES = 60
SLOWER = 4
SCRIPT = {
    "FunctionCall",
    "EvaluateScript",
    "EventDispatch",
    "TimerFire",
    "FireAnimationFrame",
    "RunMicrotasks",
    "v8.run",
}
PLACE, THERE = (-345, 729), (-345, 100)


@contextmanager
def full_chart() -> Iterator[tuple[str, str, str]]:
    """A chart of 60 sites on a free port: its address, its visit, the prescriber's cookie."""
    with tempfile.TemporaryDirectory() as name:
        config.create_keys(Path(name))
        app = create_app(config.settings({"CLINIC_INSTANCE": name, "CLINIC_DEMO": "0"}))
        app.test_client_class = factories.Client
        with app.app_context():
            upgrade()
        work = app.extensions["clinic_work"]
        clinic = factories.make_clinic(work)
        charting = Charting.begun(work, clinic, lambda: datetime.now(UTC))
        fill(charting)
        cookie = factories.client_for(app, clinic.prescriber).get_cookie("__Host-clinic", domain="localhost")
        assert cookie is not None
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://localhost:{server.port}", charting.visit_id, cookie.value
        finally:
            server.shutdown()
            with app.app_context():
                db.engine.dispose()


def fill(charting: Charting) -> None:
    """Chart sites in rows over the whole face."""
    for index in range(SITES):
        x, y = -600 + 130 * (index % 10), 700 - 280 * (index // 10)
        charting.site(units="0.5", x=x, y=y, note="A site of the benchmark")


def script_per_frame(trace: bytes) -> list[float]:
    """Milliseconds of script in each frame that had any, from Chromium's own trace."""
    events = [one for one in json.loads(trace)["traceEvents"] if "ts" in one]
    ends = sorted(one["ts"] for one in events if one["name"] == "Commit")
    frames: dict[int, float] = {}
    end = 0.0
    for one in sorted((one for one in events if one["name"] in SCRIPT and "dur" in one), key=lambda one: one["ts"]):
        if one["ts"] < end:
            continue
        end = one["ts"] + one["dur"]
        frame = bisect(ends, one["ts"])
        frames[frame] = frames.get(frame, 0.0) + one["dur"] / 1000
    return list(frames.values())


def traced(browser: Browser, page: Page, run: Callable[[], None]) -> list[float]:
    """Do something while Chromium writes down where its time goes."""
    browser.start_tracing(page=page, categories=CATEGORIES)
    run()
    page.wait_for_timeout(300)
    return script_per_frame(browser.stop_tracing())


def place(page: Page) -> None:
    """Place one site and wait for the server."""
    tap(page, *PLACE)
    saved(page)


def drag(page: Page) -> None:
    """Drag it 200 pixels, a step a frame."""
    (x, y), length = spot(page, *PLACE), 200
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, length // 5 + 1):
        page.mouse.move(x + step, y + 5 * step)
        page.wait_for_timeout(16)
    page.mouse.up()
    saved(page)


def nudge(page: Page) -> None:
    """Nudge it 20 times."""
    page.focus("#face svg")
    for _ in range(20):
        page.keyboard.press("ArrowUp")
        page.wait_for_timeout(16)
    page.wait_for_timeout(600)
    saved(page)


def measured(address: str, visit: str, cookie: str) -> Iterator[tuple[str, list[float]]]:
    """What was done, and the script of its frames."""
    path = ensure_chromium.find()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1280, "height": 985})
        secure = address.replace("http:", "https:")
        context.add_cookies([{"name": "__Host-clinic", "value": cookie, "url": secure}])
        page = context.new_page()
        page.goto(f"{address}/visits/{visit}", wait_until="networkidle")
        steps: list[tuple[str, Callable[[Page], None]]] = [
            ("place", place),
            ("drag 200 px", drag),
            ("nudge 20 times", nudge),
        ]
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        dose(page, "2.5")
        for name, step in steps:
            yield name, traced(browser, page, lambda step=step: step(page))  # type: ignore[misc]
        browser.close()


def main() -> None:
    """Print a table."""
    with full_chart() as where:
        logging.getLogger("clinic").setLevel(logging.ERROR)
        print(f"{SITES} sites, processor {SLOWER} times slower: script per frame, ms")
        print(f"{'what':20} {'frames':>7} {'median':>7} {'longest':>8}")
        for what, frames in measured(*where):
            print(f"{what:20} {len(frames):7} {statistics.median(frames):7.2f} {max(frames):8.2f}")


if __name__ == "__main__":
    main()
