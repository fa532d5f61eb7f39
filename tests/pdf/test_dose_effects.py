"""Dose and effect on paper, read back from its pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clinic.domain.dose_effects import DoseEffects
from clinic.pdf.dose_effects import WHY, render
from clinic.pdf.stamps import Stamp
from tests.domain.test_dose_effects import DAYS, dose, facts, read, session
from tests.pdf import reading

STAMP = Stamp("dose-effect-20260105-1100", "5 Jan 2026, 11:00 CET", "reading")


def content() -> DoseEffects:
    """Twelve sessions of the eye, the first with grades, reviews, a touch-up and an event."""
    course = facts()
    later = tuple(session(n, dose("5"), on=DAYS[2] + timedelta(days=98 * (n - 2))) for n in range(3, 12))
    return read(facts(sessions=course.sessions + later), everything=True)


@pytest.fixture(scope="module")
def printed() -> bytes:
    return render(content(), STAMP)


def test_it_follows_the_rules_of_pdf_ua(printed: bytes) -> None:
    assert reading.failures(printed) == []
    assert reading.outside(printed) == []


def test_it_says_what_it_cannot_say_and_what_it_tells(printed: bytes) -> None:
    text = reading.text(printed)
    for words in (
        WHY,
        "not proof of cause",
        "3 → 1 → 2",
        "11 weeks of benefit",
        "Drooping of the upper lid",
        "brow lift",
    ):
        assert words in text, words
    for number, page in enumerate(reading.pages(printed), 1):
        assert "Keane, Margaret" in page
        assert f"page {number} of" in page


def test_the_same_content_gives_the_same_bytes(printed: bytes) -> None:
    assert render(content(), STAMP) == printed


def test_without_a_session_it_says_so() -> None:
    assert "No session is signed yet." in reading.text(render(read(facts(sessions=())), STAMP))
