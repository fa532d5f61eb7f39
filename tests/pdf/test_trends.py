"""The trends on paper, read back from their pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, places
from clinic.domain.trends import all_series
from clinic.domain.trends_content import TrendsContent
from clinic.domain.trends_patterns import Graded, pattern_groups
from clinic.domain.trends_sessions import Dose, Session
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import Paper
from clinic.pdf.trends import render
from tests.domain.test_drawing_trends import content, session
from tests.pdf import reading
from tests.trending import at, measured

STAMP = Stamp("trends-20260105-1100", "5 Jan 2026, 11:00 CET", "reading")


def course(visits: int = 9) -> TrendsContent:
    """Scores of some visits with three sessions of two products."""
    points = [measured(str(71 - 2 * n), at(2025, 1, 1) + timedelta(days=40 * n)) for n in range(visits)]
    sessions = [session(1, "botox", "4"), session(4, "botox", "5"), session(8, "dysport", "15")]
    return content(all_series(points), sessions)


@pytest.fixture(scope="module")
def printed() -> bytes:
    return render(course(), STAMP)


def test_it_follows_the_rules_of_pdf_ua(printed: bytes) -> None:
    assert reading.failures(printed) == []
    assert reading.outside(printed) == []


def test_every_page_says_who_and_which(printed: bytes) -> None:
    pages = reading.pages(printed)
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        assert "Keane, Margaret" in page
        assert "born 3 Feb 1979" in page
        assert "record number 10342" in page
        assert f"page {number} of {len(pages)}" in page
        assert "printed 5 Jan 2026, 11:00 CET" in page
        assert "DRAFT" not in page


def test_it_says_that_it_is_no_signed_document(printed: bytes) -> None:
    assert "Not a signed document." in reading.pages(printed)[0]


def test_every_figure_is_told_in_words(printed: bytes) -> None:
    figures = [node for node in reading.tree(printed).walk() if node.role == "Figure"]
    assert len(figures) == 3
    assert figures[0].alt.startswith("SAQ, total over time. 55 on 17 Nov 2025 (lower is better).")
    assert all(figure.alt for figure in figures)


def test_the_table_has_every_score(printed: bytes) -> None:
    rows = [
        [cell.text for cell in node.kids]
        for node in reading.tree(printed).walk()
        if node.role == "TR" and len(node.kids) == 5
    ]
    assert [row[1] for row in rows[1:]] == [str(71 - 2 * n) for n in reversed(range(9))]
    assert rows[1][3:] == ["2 lower, within noise", "16 lower, within noise"]


def test_the_same_content_gives_the_same_bytes() -> None:
    assert render(course(), STAMP) == render(course(), STAMP)


def test_many_visits_go_over_pages(printed: bytes) -> None:
    long = render(course(90), STAMP)
    assert len(reading.pages(long)) > len(reading.pages(printed))
    assert reading.failures(long) == []
    assert reading.outside(long) == []


def test_without_anything_it_says_so() -> None:
    empty = replace(course(), series=(), patterns=(), sessions=(), doses=(), span=None)
    assert "No signed visit has a score" in reading.text(render(empty, STAMP))


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_face_graded_and_treated_all_over_still_fits_its_pages(paper: Paper) -> None:
    muscles = sorted({muscle for group in Group for muscle in group.muscles} - {"procerus", "lacrimal_gland"})
    doses = tuple(Dose(muscle, side, "botox", Decimal(2)) for muscle in muscles for side in (Side.RIGHT, Side.LEFT))
    sessions = [Session(f"s{month}", date(2025, month, 1), False, doses) for month in (1, 4, 7)]
    graded = [
        Graded(f"v{month}", date(2025, month, 1), at(2025, month, 1), "A", place, 2)
        for month in (1, 4, 7)
        for place in places(Side.LEFT)
    ]
    page = content(sessions=sessions)
    page = replace(page, patterns=pattern_groups(graded, [], page.doses))
    body = render(page, replace(STAMP, paper=paper))
    assert reading.outside(body) == []
    assert reading.failures(body) == []
    text = " ".join(reading.pages(body))
    for one in page.doses:
        assert one.label in text
    for group in page.patterns:
        for pattern in group.patterns:
            assert pattern.heading.split()[0] in text
