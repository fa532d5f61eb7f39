"""An adverse event in a real browser: a red flag speaks as soon as it is chosen; the banner stands until the review."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from clinic.services import adverse_events
from clinic.unit_of_work import Work
from tests.browser.conftest import Screen
from tests.charting import Charting
from tests.factories import ClinicWorld
from tests.services.test_adverse_events import ENTRY


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A new draft, 90 days after a signed session of four sites."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    clock.move(days=90)
    charting.start()
    return charting


def test_a_red_flag_speaks_at_once_and_the_banner_stands_until_the_review(charting: Charting, screen: Screen) -> None:
    page = screen.page
    page.goto(f"{screen.address}/patients/{charting.patient_id}/adverse-events/new")
    urgent = page.get_by_role("alert").filter(has_text="Emergency: get help now")
    expect(urgent).to_have_count(0)
    page.get_by_label("Trouble swallowing or breathing").check()
    expect(urgent).to_be_in_viewport()
    page.get_by_label("Uneven lips").check()
    expect(urgent).to_have_count(0)
    page.get_by_label("Trouble swallowing or breathing").check()
    expect(page.locator("li:visible", has_text="Platysma, medial band 1, patient’s left: usual muscle")).to_have_count(
        1
    )
    page.get_by_label("3 severe").check()
    page.get_by_label("both or neither").check()
    page.get_by_label("possible", exact=True).check()
    page.get_by_role("button", name="Save the adverse event").click()
    expect(page.locator("#event")).to_have_count(0)
    expect(urgent).to_be_visible()
    screen.open(charting.visit_id)
    banner = page.get_by_role("list", name="Adverse events not reviewed")
    expect(banner).to_be_in_viewport()
    banner.get_by_role("link").click()
    page.get_by_label("What you found").fill("Swallows well since, seen by the ward")
    page.get_by_role("button", name="Mark as reviewed").click()
    expect(urgent).to_have_count(0)
    screen.open(charting.visit_id)
    expect(banner).to_have_count(0)


def test_without_script_the_kind_is_asked_for_by_a_button(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting
) -> None:
    screen = screens(clinic.prescriber, java_script_enabled=False)
    page = screen.page
    page.goto(f"{screen.address}/patients/{charting.patient_id}/adverse-events/new")
    page.get_by_label("Painful or red eye").check()
    page.get_by_role("button", name="Show what to do and to ask").click()
    expect(page.get_by_role("alert").filter(has_text="This eye is seen today")).to_be_visible()
    expect(page.get_by_label("Painful or red eye")).to_be_checked()


def test_the_form_fits_a_narrow_screen(screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting) -> None:
    screen = screens(clinic.prescriber, viewport={"width": 320, "height": 640})
    screen.page.goto(f"{screen.address}/patients/{charting.patient_id}/adverse-events/new")
    assert screen.page.evaluate("() => document.documentElement.scrollWidth") <= 320


def test_a_very_long_word_leaves_the_page_as_wide_as_the_screen(
    screens: Callable[..., Screen], clinic: ClinicWorld, charting: Charting
) -> None:
    with charting.writing() as uow:
        entry = replace(ENTRY, description="heavy" * 200)
        event_id = adverse_events.record_event(uow, charting.patient_id, entry)
    screen = screens(clinic.prescriber, viewport={"width": 320, "height": 640})
    screen.page.goto(f"{screen.address}/adverse-events/{event_id}")
    assert screen.page.evaluate("() => document.documentElement.scrollWidth") <= 320
