"""Selective neurolysis in a real browser: a block recorded beside answers that are not saved yet asks before leaving."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from clinic.unit_of_work import Work
from tests.browser.conftest import Screen
from tests.charting import Charting
from tests.factories import ClinicWorld


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


def test_typed_answers_are_not_lost_by_sending_another_form(charting: Charting, screen: Screen) -> None:
    page = screen.page
    page.goto(f"{screen.address}/visits/{charting.visit_id}/neurolysis")
    unsatisfied = page.get_by_role("radiogroup", name="Not satisfied with what training and toxin reach")
    unsatisfied.get_by_label("yes", exact=True).check()
    page.get_by_label("What was injected").fill("lidocaine 1 %")
    page.get_by_label("Excursion before").fill("4")
    page.get_by_label("Excursion after").fill("7.5")
    with page.expect_event("dialog") as asked:
        page.get_by_role("button", name="Record the block").click()
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    expect(unsatisfied.get_by_label("yes", exact=True)).to_be_checked()
    expect(page.get_by_label("Excursion after")).to_have_value("7.5")
    with page.expect_event("dialog") as asked:
        page.get_by_role("button", name="Save the answers").click()
    asked.value.accept()
    expect(page.get_by_text("The answers are saved.")).to_be_visible()
    expect(unsatisfied.get_by_label("yes", exact=True)).to_be_checked()
