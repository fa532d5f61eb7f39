"""Choosing documents in a real browser: a look in a tab of its own, then the pack as a file, without any script."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Response, expect
from sqlalchemy import select

from clinic.models import IssuedDocument
from tests.browser.conftest import Screen
from tests.charting import Charting


@pytest.mark.browser
def test_a_part_is_left_out_looked_at_and_printed_with_another_document(screen: Screen, charting: Charting) -> None:
    page, files = screen.page, []

    def note(answer: Response) -> None:
        if answer.url.partition("?")[0].endswith(".pdf"):
            files.append((answer.url, answer.status, answer.headers.get("content-type")))

    page.context.on("response", note)
    for url in ("/texts", "/texts/es/facial_massage", f"/patients/{charting.patient_id}/documents"):
        page.goto(f"{screen.address}{url}")
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
    card: Any = page.locator("#document-understanding-synkinesis")
    card.get_by_text("What is in it, and why").click()
    first = card.locator(".therapy-ticks input").first
    key = first.get_attribute("value")
    first.uncheck()
    with page.context.expect_event("response", lambda one: "without=" in one.url and one.request.method == "GET"):
        card.get_by_role("button", name="Look at it").click()
    assert page.url.endswith("/documents")
    expect(first).not_to_be_checked()
    # A window of its own: Chromium's viewer asks for files of Chromium there, which are no requests of ours.
    other = page.context.new_page()
    other.goto(page.url)
    for slug in ("understanding-synkinesis", "facial-massage"):
        other.locator(f"#document-{slug}").get_by_label("In the pack").check()
    with page.context.expect_event("response", lambda one: one.url.endswith(".pdf")):
        other.get_by_role("button", name="Print pack").click()
    assert {status for _, status, _ in files} == {200}
    assert len({url for url, _, kind in files if kind == "application/pdf"}) == 2
    assert f"without={key}" in files[0][0]
    with charting.reading() as uow:
        kinds = set(uow.session.scalars(select(IssuedDocument.kind)))
    assert kinds == {"print pack", "understanding synkinesis", "facial massage"}
