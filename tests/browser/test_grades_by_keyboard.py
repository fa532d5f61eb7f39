"""A whole face graded by keyboard alone: the grid and three scales in at most sixty keys, read on screen and in the PDF."""

from __future__ import annotations

import io
from typing import Any

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from clinic.domain.assessments.grid import summary
from tests.browser.conftest import Screen
from tests.browser.grading import FNGS_TOTAL, HOUSE_BRACKMANN_GRADE, SUNNYBROOK_COMPOSITE, Keys, go_on, grade_scales
from tests.browser.test_grid import FINDINGS, KEYS, open_grid, settled
from tests.charting import Charting

MOST = 60


def plain(text: str) -> str:
    """A text with every run of blanks and line ends as one blank."""
    return " ".join(text.split())


def pattern(charting: Charting) -> str:
    """The pattern in words, as it should be read."""
    [row] = [row for row in charting.record().outcomes.assessments if row.cells]
    assert len(row.cells) == len(FINDINGS)
    [line] = summary(row.cells)
    return plain(line)


def holds(text: str, words: dict[str, str]) -> None:
    """Every title with its score stands in a text, in this order."""
    for title, score in words.items():
        after = text.partition(title)[2]
        assert score in after[:400], f"{title}: {after[:400]}"


@pytest.mark.timeout(120)
def test_a_face_is_graded_by_keyboard_alone(screen: Screen, charting: Charting) -> None:
    page = open_grid(screen, charting)
    keys = Keys(page)
    keys.press(*KEYS)
    settled(page)
    assert plain(page.locator("#summary").inner_text()) == pattern(charting)
    keys.press("Control+Enter")
    go_on(keys)
    grade_scales(keys)
    assert keys.count <= MOST
    scores = {
        "Sunnybrook Facial Grading System": f"{SUNNYBROOK_COMPOSITE} of 100",
        "Facial Nerve Grading System 2.0": f"Total: {FNGS_TOTAL} of",
        "House–Brackmann grade": f"Grade: {HOUSE_BRACKMANN_GRADE}",
    }
    charting.signed()
    holds(shown(page, screen, charting), scores)
    text = printed(page, screen, charting)
    holds(text, scores)
    assert pattern(charting) in text


def shown(page: Page, screen: Screen, charting: Charting) -> str:
    """What the signed visit says; its grid is part of it."""
    page.goto(f"{screen.address}/visits/{charting.visit_id}/signed")
    found = plain(page.locator("main").inner_text())
    assert pattern(charting) in found
    return found


def printed(page: Page, screen: Screen, charting: Charting) -> str:
    """What the visit's summary says in the PDF."""
    answer: Any = page.context.request.get(f"{screen.address}/visits/{charting.visit_id}/summary.pdf")
    assert answer.ok, answer.status
    return plain(" ".join(one.extract_text() for one in PdfReader(io.BytesIO(answer.body())).pages))
