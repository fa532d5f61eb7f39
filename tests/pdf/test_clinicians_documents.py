"""Treatment history, payer summary and charts on paper: one page where one is promised, whole and accessible at any size."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import cast

import pytest

from clinic.domain.anatomy import Side, position
from clinic.domain.documents import chart_sheet, payer_summary, treatment_history
from clinic.domain.documents.chart_sheet import LastSession, blank_chart
from clinic.domain.documents.content import SCHEMA, Block, DocumentContent
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.documents.treatment_history import History
from clinic.domain.products import products
from clinic.pdf import documents
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import Paper
from clinic.queries.given_sessions import GivenSite
from tests.domain.contents import DAY, full_content
from tests.domain.documents import test_chart_sheet as charts
from tests.domain.documents import test_payer_summary as payers
from tests.domain.documents.test_treatment_history import SIDED, session
from tests.pdf import layout, reading

PAPERS = ("A4", "Letter")
KNOWN = [*products(), "first elsewhere", "second elsewhere", ""][:12]


def printed(kind: DocumentKind, title: str, blocks: tuple[Block, ...], paper: str) -> bytes:
    """A document of the usual patient as it is handed over."""
    visit = full_content()
    content = DocumentContent(
        schema=SCHEMA,
        kind=kind.value,
        title=title,
        language="en",
        on=DAY,
        author="Dr Ada Prescriber",
        clinic=visit.clinic,
        patient=visit.patient,
        conditions=("Bell's palsy, left, 14 Mar 2024",),
        visit_id=None,
        recipient=(),
        blocks=blocks,
    )
    return documents.render(content, stamp(paper))


def stamp(paper: str) -> Stamp:
    return Stamp("ABCDEF1234", "22 Nov 2026, 11:00 CET", "issued", paper=cast(Paper, paper))


def given(number: int, product: str) -> GivenSite:
    """A site of many, at its muscle's first place."""
    muscle, side = SIDED[number % len(SIDED)], (Side.LEFT, Side.RIGHT)[number // 30]
    x, y = position(muscle, None, side)
    return GivenSite(
        f"s{number}", "v", number + 1, muscle, None, side, x, y, Decimal(f"{number + 1}.25"), product, "L1"
    )


def history(sites: int, kinds: int, sessions: int) -> tuple[Block, ...]:
    days = [date(2026, 2 * month, 1) for month in range(1, sessions + 1)]
    listed = [given(number, KNOWN[number % kinds]) for number in range(sites)]
    found = History(tuple(session(day, *listed) for day in days), affected=frozenset({"left"}))
    return treatment_history.blocks(found)


def payer(sites: int) -> tuple[Block, ...]:
    return payer_summary.blocks(payers.facts(payers.botox("37.5", payers.vial("100", "37.5")), sites=sites))


def chart(sites: int) -> tuple[Block, ...]:
    last = LastSession(date(2026, 8, 1), charts.session(15).sites, "37.5\u00a0units onabotulinumtoxinA (Botox)")
    return chart_sheet.filled(charts.session(sites), last)


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize(
    ("kind", "make"),
    [
        (DocumentKind.TREATMENT_HISTORY, lambda: history(60, 12, 3)),
        (DocumentKind.TREATMENT_HISTORY, lambda: history(20, 1, 6)),
        (DocumentKind.PAYER_SUMMARY, lambda: payer(15)),
        (DocumentKind.PAYER_SUMMARY, lambda: payer(60)),
        (DocumentKind.FILLED_CHART, lambda: chart(60)),
    ],
    ids=["history-12-products", "history-6-sessions", "payer-15", "payer-60", "chart-60"],
)
def test_nothing_is_cropped_orphaned_or_untagged(
    kind: DocumentKind, make: Callable[[], tuple[Block, ...]], paper: str
) -> None:
    layout.check(printed(kind, kind.label, make(), paper))


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("sites", [0, 8, 18])
def test_a_filled_chart_is_one_page(sites: int, paper: str) -> None:
    data = printed(DocumentKind.FILLED_CHART, "Injection chart: planned, not given", chart(sites), paper)
    assert len(reading.pages(data)) == 1
    layout.check(data)


@pytest.mark.parametrize("paper", PAPERS)
def test_a_blank_chart_is_one_page_about_nobody(paper: str) -> None:
    data = documents.render(blank_chart(full_content().clinic, DAY), stamp(paper))
    [text] = reading.pages(data)
    assert "Family name" in text
    assert "Παπαδοπούλου" not in text
    layout.check(data)


@pytest.mark.parametrize("paper", PAPERS)
def test_a_usual_year_of_treatment_is_one_page(paper: str) -> None:
    data = printed(DocumentKind.TREATMENT_HISTORY, "Treatment history", history(15, 1, 4), paper)
    assert len(reading.pages(data)) == 1


def test_the_number_of_a_row_is_never_broken() -> None:
    data = printed(DocumentKind.FILLED_CHART, "Injection chart", chart(60), "A4")
    text = " ".join(reading.pages(data))
    assert all(f" {number} Mentalis" in text for number in range(1, 61))
