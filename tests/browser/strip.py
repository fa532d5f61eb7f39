"""The picture of a repeat in four steps: before, after R, after three other doses, after confirming the rest."""

from __future__ import annotations

import io
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from flask_migrate import upgrade
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from waitress.server import create_server

from clinic import config, create_app
from clinic.extensions import db
from clinic.unit_of_work import Work
from tests.browser import twelve
from tests.browser.conftest import Screen
from tests.browser.face import saved
from tests.charting import Charting
from tests.conftest import Clock
from tests.factories import Client, client_for, make_clinic

STEPS = ("before", "repeated", "changed", "confirmed")
WIDTH = 640


@contextmanager
def world(
    browser: Browser, width: int = 1280, height: int = 985, **options: object
) -> Iterator[tuple[Charting, Screen]]:
    """A served installation in which the twelve sites were given twelve weeks ago, and a window on the new draft."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        config.create_keys(Path(name))
        app = create_app(config.settings({"CLINIC_INSTANCE": name, "CLINIC_DEMO": "0"}))
        with app.app_context():
            upgrade()
        app.test_client_class = Client
        clock = Clock()
        clock.now = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)
        made: Work = app.extensions["clinic_work"]
        work = Work(made.engine, made.key, made.new_id, clock)
        app.extensions["clinic_work"] = work
        clinic = make_clinic(work)
        charting = twelve.after_twelve(Charting.begun(work, clinic, clock), clock)
        server = create_server(app, host="localhost", port=0)
        threading.Thread(target=server.run, daemon=True).start()
        cookie = client_for(app, clinic.prescriber).get_cookie("__Host-clinic", domain="localhost")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
        screen = Screen(
            context, context.new_page(), f"http://localhost:{server.effective_port}", cookie.value if cookie else ""
        )
        screen.sign_in()
        try:
            yield charting, screen
        finally:
            screen.page.goto("about:blank")  # The page says goodbye to the server.
            screen.page.wait_for_timeout(500)
            context.close()
            server.close()
            with app.app_context():
                db.engine.dispose()


def steps(charting: Charting, screen: Screen) -> Iterator[tuple[str, Page]]:
    """Go through the repeat; gives the page at each of the steps."""
    page = screen.open(charting.visit_id)
    page.focus("#face svg")
    yield STEPS[0], page
    page.keyboard.press("r")
    expect(page.locator("tr[data-site]")).to_have_count(len(twelve.SITES))
    saved(page)
    yield STEPS[1], page
    for key in "s4d5s5d4s12d4":
        page.keyboard.press(key)
    saved(page)
    yield STEPS[2], page
    charting.answer_all()
    charting.consent()
    charting.prepare()
    charting.take_time_out()
    page = screen.open(charting.visit_id)
    page.focus("#face svg")
    page.keyboard.press("Shift+C")
    expect(page.locator('[data-cell="status_text"].copied')).to_have_count(0)
    saved(page)
    yield STEPS[3], page


def photograph(browser: Browser, folder: Path) -> None:
    """Save the four steps as small pictures of the chart."""
    with world(browser) as (charting, screen):
        for number, (name, page) in enumerate(steps(charting, screen), start=1):
            shot = page.locator("#chart").screenshot(animations="disabled")
            picture = Image.open(io.BytesIO(shot)).convert("RGB")
            picture = picture.crop((0, 0, picture.width, min(picture.height, 1000)))
            picture = picture.resize((WIDTH, picture.height * WIDTH // picture.width), Image.Resampling.LANCZOS)
            picture.save(folder / f"repeat-{number}-{name}-1280.webp", quality=58, method=6)
