"""The main job in a real browser: from signing in to the PDF of a signed visit, on every page free of serious axe findings."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from clinic.domain.anatomy import MUSCLES, Side, position
from tests.browser.face import dose, saved, tap
from tests.factories import PASSWORD

TWELVE = (
    ("orbicularis_oculi", "lateral_orbital_upper", Side.LEFT),
    ("orbicularis_oculi", "lateral_orbital_middle", Side.LEFT),
    ("orbicularis_oculi", "lateral_orbital_lower", Side.LEFT),
    ("depressor_anguli_oris", "belly", Side.LEFT),
    ("mentalis", "belly", Side.LEFT),
    ("platysma", "medial_band_1", Side.LEFT),
    ("platysma", "medial_band_2", Side.LEFT),
    ("platysma", "medial_band_3", Side.LEFT),
    ("platysma", "medial_band_4", Side.LEFT),
    ("frontalis", "central", Side.RIGHT),
    ("frontalis", "medial", Side.RIGHT),
    ("depressor_labii_inferioris", "belly", Side.RIGHT),
)
"""Twelve sites of a usual session: nine for a palsy on the left, three for balance on the right."""


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """A page whose console errors and policy violations fail the test, and that may not leave this host."""
    problems: list[str] = []
    context = chromium.new_context(viewport={"width": 1280, "height": 1000})
    opened = context.new_page()
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on(
        "request", lambda sent: problems.append(sent.url) if not sent.url.startswith((address, "data:")) else None
    )
    yield opened
    context.close()
    assert problems == []


def no_serious_violation(page: Page) -> None:
    """Ask axe about the page as it stands."""
    found = Axe().run(page).response["violations"]
    serious = [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in {"serious", "critical"}
    ]
    assert serious == [], page.url


def choose(page: Page, name: str, value: str) -> None:
    """Choose a radio button by its value."""
    page.locator(f"input[name={name}][value='{value}']").check()


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("clinic")
def test_from_signing_in_to_the_printed_visit(page: Page, address: str) -> None:
    sign_in(page, address)
    add_patient(page)
    vial = open_vial(page, address)
    start_visit(page, address)
    chart_twelve(page, vial)
    answer_and_consent(page)
    prepare_and_time_out(page)
    give_and_settle(page)
    sign(page)
    read_pdf(page)


def sign_in(page: Page, base: str) -> None:
    page.goto(base)
    no_serious_violation(page)
    page.get_by_label("User name").fill("prescriber")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    expect(page.locator("[data-list=reviews] b")).to_have_text("0")
    no_serious_violation(page)


def add_patient(page: Page) -> None:
    page.get_by_role("link", name="Patients", exact=True).click()
    page.get_by_role("link", name="Add a patient").first.click()
    page.get_by_label("Family name").fill("Keane")
    page.get_by_label("Given names").fill("Margaret")
    page.get_by_label("Birth date").fill("3 Feb 1979")
    page.get_by_label("Record number").fill("10342")
    choose(page, "sex", "female")
    no_serious_violation(page)
    page.locator("main form button[type=submit]").last.click()
    page.get_by_role("link", name="Add the condition").first.click()
    choose(page, "side", "left")
    page.locator("select[name=cause]").select_option("Bell's palsy")
    page.locator("[name=onset]").fill("14 Mar 2024")
    no_serious_violation(page)
    page.get_by_role("button", name="Add this condition").click()


def open_vial(page: Page, base: str) -> str:
    page.goto(f"{base}/stock/lots/new")
    page.locator("select[name=product]").select_option("botox")
    page.locator("[name=lot]").fill("C4821A2")
    page.locator("[name=expires_on]").fill("08/2099")
    page.get_by_role("button", name="Add the lot").click()
    page.get_by_role("link", name="Open a vial").first.click()
    choose(page, "labelled_units", "100")
    page.locator("[name=diluent]").fill("4")
    page.locator("select[name=diluent_kind]").select_option(index=1)
    no_serious_violation(page)
    page.locator("main form button[type=submit]").last.click()
    expect(page.get_by_text("Check before you save")).to_be_visible()
    page.get_by_role("button", name="Open this vial").click()
    page.goto(f"{base}/stock")
    no_serious_violation(page)
    return page.get_by_text("V-0001").first.inner_text()


def start_visit(page: Page, base: str) -> None:
    page.goto(f"{base}/patients")
    page.get_by_role("link", name="Keane, Margaret").click()
    no_serious_violation(page)
    page.get_by_role("button", name="Start a visit", exact=True).click()


def chart_twelve(page: Page, vial: str) -> None:
    expect(page.locator("#vial_id")).to_contain_text(vial)
    page.locator("#vial_id").select_option(index=1)
    page.get_by_role("button", name="Draw from it").click()
    expect(page.locator("#syringes")).to_contain_text("C4821A2")
    dose(page, "2.5")
    for number, (muscle, sub_site, side) in enumerate(TWELVE, start=1):
        tap(page, *position(muscle, sub_site, side))
        row = page.locator("#site-table tbody tr").nth(number - 1)
        expect(row).to_contain_text(MUSCLES[muscle].label)
        expect(row).to_contain_text(side.value)
    saved(page)
    no_serious_violation(page)


def answer_and_consent(page: Page) -> None:
    for question in page.locator("#questions fieldset.question").all():
        good = "yes" if "normal" in question.inner_text() or "present" in question.inner_text() else "no"
        question.locator(f"input[value='{good}']").check()
    page.locator("[name=consent]").fill("Off-label use explained, risks and alternatives; agreed")
    page.get_by_role("button", name="Record consent now").click()
    expect(page.get_by_text("taken by").first).to_be_visible()


def prepare_and_time_out(page: Page) -> None:
    saved(page)
    page.get_by_role("link", name="Draw-up sheet").first.click()
    no_serious_violation(page)
    page.get_by_role("button", name="Prepared as on this sheet").click()
    page.get_by_role("heading", name="Time-out").wait_for()
    no_serious_violation(page)
    for box in page.locator(".aloud input[type=checkbox]").all():
        box.check()
    page.locator("[name=initials]").fill("MK")
    page.locator("[name=birth_year]").fill("1979")
    page.get_by_role("button", name="Time-out taken").click()


def give_and_settle(page: Page) -> None:
    expect(page.get_by_role("heading", name="0 of 12 given")).to_be_visible()
    no_serious_violation(page)
    page.get_by_role("button", name="Given site 1", exact=True).click()
    expect(page.get_by_role("heading", name="1 of 12 given")).to_be_visible()
    page.wait_for_timeout(800)
    page.get_by_text("Mark all 11 remaining given").click()
    page.get_by_role("button", name="Yes, all 11 were given").click()
    expect(page.get_by_role("heading", name="All 12 sites given")).to_be_visible()
    no_serious_violation(page)
    page.get_by_role("link", name="Settle the session").click()
    no_serious_violation(page)
    page.locator("main form button[type=submit]").last.click()


def sign(page: Page) -> None:
    expect(page.get_by_role("heading", name="Review")).to_be_visible()
    no_serious_violation(page)
    choose(page, "happened", "no")
    page.get_by_role("button", name="Keep this answer").click()
    expect(page.get_by_text("No adverse event during the session.")).to_be_visible()
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").last.click()
    expect(page.get_by_text("The visit is signed.")).to_be_visible()
    no_serious_violation(page)


def read_pdf(page: Page) -> None:
    address = page.get_by_role("link", name="Summary (PDF)").get_attribute("href")
    answer = page.request.get(page.url.partition("/visits/")[0] + str(address))
    assert answer.headers["content-type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.body()))
    words = " ".join(sheet.extract_text() for sheet in reader.pages)
    for part in ("Keane, Margaret", "3 Feb 1979", "10342", "C4821A2", "30", "Platysma", "performed and recorded"):
        assert part in words
    for number, sheet in enumerate(reader.pages, start=1):
        assert f"page {number} of {len(reader.pages)}" in sheet.extract_text()
