"""The pictures of docs/images: ``python -m tests.browser.pictures`` makes a demo clinic and photographs every page.

Each page at 1280, 820 and 390 px, as WebP; the chart at 1280 px also as PNG for the README; and a repeat of twelve sites in
four steps. Look at them.
"""

from __future__ import annotations

import io
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import text
from waitress.server import create_server

from clinic import config, create_app, demo
from clinic.extensions import db
from tests.browser import strip
from tests.ensure_chromium import find

WIDTHS = (1280, 820, 390)
TALLEST = 1600
FOLDER = Path(__file__).parents[2] / "docs" / "images"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run"]


@contextmanager
def demo_server() -> Iterator[tuple[Flask, str, dict[str, str]]]:
    """A demo clinic on a free port: the application, its address, and a password for each user name."""
    with tempfile.TemporaryDirectory() as name:
        config.create_keys(Path(name))
        app = create_app(config.settings({"CLINIC_INSTANCE": name}))
        with app.app_context():
            upgrade()
        accounts = demo.seed(app)
        server = create_server(app, host="localhost", port=0)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            yield app, f"http://localhost:{server.effective_port}", {one.username: one.password for one in accounts}
        finally:
            server.close()
            with app.app_context():
                db.engine.dispose()


def pages(app: Flask) -> dict[str, str]:
    """The pages for a prescriber by name, on the first demo patient and the drafts of today."""
    with app.app_context(), db.engine.connect() as connection:

        def one(query: str) -> str:
            return str(connection.execute(text(query)).scalar_one())

        def story(number: int) -> str:
            return one(f"SELECT id FROM patient WHERE record_number = 'FN-100{number}'")

        stories = {number: story(number) for number in range(1, 7)}
        patient, trained = stories[1], stories[4]
        planned = one(
            "SELECT visit.id FROM visit JOIN patient ON patient.id = visit.patient_id"
            " WHERE visit.state = 'draft' AND record_number = 'FN-1001'"
        )
        signed = one(
            "SELECT visit.id FROM visit JOIN patient ON patient.id = visit.patient_id"
            " WHERE visit.state = 'signed' AND record_number = 'FN-1001' ORDER BY \"on\" DESC LIMIT 1"
        )
        first = one(
            "SELECT visit.id FROM visit JOIN patient ON patient.id = visit.patient_id"
            " JOIN injection_session ON injection_session.visit_id = visit.id"
            " WHERE visit.state = 'signed' AND record_number = 'FN-1001' ORDER BY \"on\" LIMIT 1"
        )
        vial = one("SELECT vial_id FROM syringe LIMIT 1")
        lot = one("SELECT id FROM lot WHERE recalled_at IS NOT NULL LIMIT 1")
        letter = one("SELECT id FROM letter WHERE state = 'draft' AND kind = 'neurolysis referral' LIMIT 1")
    return {
        "today": "/",
        "patients": "/patients",
        "patient-new": "/patients/new",
        "patient": f"/patients/{patient}",
        "patient-details": f"/patients/{patient}/details",
        "chart": f"/visits/{planned}",
        "prepare": f"/visits/{planned}/prepare",
        "time-out": f"/visits/{planned}/time-out",
        "chair": f"/visits/{planned}/chair",
        "settle": f"/visits/{planned}/settle",
        "review": f"/visits/{planned}/review",
        "signed": f"/visits/{signed}/signed",
        "amend": f"/visits/{signed}/amend",
        "void": f"/visits/{signed}/void",
        "shorthand": f"/visits/{planned}/shorthand",
        "outcome": f"/visits/{planned}/outcome",
        "grid": f"/visits/{planned}/grid",
        "assessment": f"/visits/{planned}/assessment",
        "sunnybrook": f"/visits/{planned}/assessment/sunnybrook/left",
        "patient-form": f"/visits/{planned}/forms",
        "plan": f"/visits/{planned}/plan",
        "therapy": f"/visits/{planned}/therapy",
        "neurolysis": f"/visits/{planned}/neurolysis",
        **{f"plan-of-{number}": f"/patients/{told}/plan" for number, told in stories.items()},
        "shared-plan": f"/patients/{trained}/plan/shared",
        "diary": f"/patients/{trained}/diary",
        "referrals": f"/patients/{stories[3]}/referrals",
        "work-lists": "/work-lists",
        "planning-rules": "/planning-rules",
        "dose-rules": "/dose-rules",
        "documents": f"/visits/{signed}/documents",
        "documents-patient": f"/patients/{patient}/documents",
        "letter": f"/letters/{letter}",
        "texts": "/texts",
        "text": "/texts/en/treatment_today",
        "trends": f"/patients/{patient}/trends",
        "timeline": f"/patients/{stories[2]}/timeline",
        "compare": f"/patients/{patient}/compare?session={first}&session={signed}",
        "doses": f"/patients/{stories[2]}/doses",
        "dose-effect": f"/patients/{patient}/dose-effect",
        "patient-lots": f"/patients/{stories[2]}/lots",
        "recall-list": f"/stock/lots/{lot}/recall-list",
        "stock-levels": "/stock/levels",
        "log-book": "/stock/log-book",
        "reports": "/reports",
        "cohorts": "/cohorts?muscles=mentalis",
        "export": f"/patients/{patient}/archive",
        "adverse-event-new": f"/patients/{patient}/adverse-events/new",
        "stock": "/stock",
        "stock-day": "/stock/day",
        "vial": f"/stock/vials/{vial}",
        "recalled-lot": f"/stock/lots/{lot}",
        "products": "/stock/products",
        "presets": "/presets",
    }


WIDE_ONLY = (
    "patient-lots",
    "log-book",
    "export",
    "plan-of-",
    "planning-rules",
    "dose-rules",
    "referrals",
    "diary",
    "texts",
    "text",
)
"""Starts of pages whose small versions show nothing that the others do not."""

ADMINISTRATOR = {"people": "/people", "settings": "/settings", "audit": "/audit"}


def sign_in(page: Page, base: str, username: str, password: str) -> None:
    """Sign in as a person of the demo."""
    page.goto(f"{base}/sign-in")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def photograph(page: Page, name: str, width: int) -> None:
    """Save one page, cut at a height that a reader still scrolls."""
    page.wait_for_load_state("networkidle")
    height = min(int(page.evaluate("() => document.documentElement.scrollHeight")), TALLEST)
    shot = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    picture.save(FOLDER / f"{name}-{width}.webp", quality=58, method=6)
    if name == "chart" and width == WIDTHS[0]:
        picture.crop((0, 0, width, min(height, 1100))).quantize(96).save(FOLDER / "chart-1280.png", optimize=True)


def tour(browser: Browser, app: Flask, base: str, passwords: dict[str, str], width: int) -> None:
    """Photograph every page at one width."""
    prescriber, administrator = next(iter(passwords)), next(name for name in passwords if name == "abernathy")
    for username, shown in ((prescriber, pages(app)), (administrator, ADMINISTRATOR)):
        context = browser.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()
        page.goto(f"{base}/sign-in")
        photograph(page, "sign-in", width)
        sign_in(page, base, username, passwords[username])
        for name, path in shown.items():
            if width != WIDTHS[0] and name.startswith(WIDE_ONLY):
                continue
            page.goto(base + path)
            photograph(page, name, width)
        context.close()


def main() -> None:
    """Make all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with demo_server() as (app, base, passwords), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=ARGUMENTS)
        for width in WIDTHS:
            tour(browser, app, base, passwords, width)
        strip.photograph(browser, FOLDER)
        browser.close()


if __name__ == "__main__":
    main()
