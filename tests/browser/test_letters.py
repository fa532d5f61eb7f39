"""Writing a letter in a real browser: words that are not saved are asked for before leaving, a placeholder shows in red."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Dialog, expect

from clinic.domain.documents.kinds import DocumentKind
from clinic.services import letters
from clinic.unit_of_work import Work
from tests.browser.conftest import Screen
from tests.charting import Charting
from tests.factories import ClinicWorld


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


def test_typed_words_are_not_lost_and_an_unknown_placeholder_is_red(charting: Charting, screen: Screen) -> None:
    with charting.writing() as uow:
        kind = DocumentKind.NEUROLYSIS_REFERRAL
        letter_id = letters.start_letter(uow, charting.patient_id, kind, recipient="Mr T. Okafor")
    page = screen.page
    page.goto(f"{screen.address}/letters/{letter_id}")
    opening = page.get_by_label("Opening")
    opening.fill("Dear {{recipient}}, please see {{pateint}}.")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_role("link", name="All letters").click()
    assert asked == ["beforeunload"]
    expect(opening).to_have_value("Dear {{recipient}}, please see {{pateint}}.")
    page.get_by_role("button", name="Save and go on to issue").click()
    expect(page.get_by_role("heading", name="Issue this letter", level=1)).to_be_visible()
    unknown = page.locator("article mark")
    expect(unknown).to_contain_text("{{pateint}}")
    red = page.locator(".finding-stop .finding-word").first.evaluate("node => getComputedStyle(node).color")
    assert unknown.evaluate("node => getComputedStyle(node).color") == red
    expect(page.get_by_role("button", name="Issue the letter")).to_have_count(0)
