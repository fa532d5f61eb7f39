"""Prints against a bare canvas with the same embedded font and as many words, in this process, on the processor's clock."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from io import BytesIO
from typing import Final

from reportlab.pdfgen.canvas import Canvas

from clinic.pdf import documents, fonts, visit_summary
from tests.bench.timing import Figures
from tests.pdf import contents
from tests.pdf.documents import document, every_block, stamp

RUNS: Final = 30
SUMMARY_WORDS: Final = 330
"""Pieces of text on a visit summary of 25 sites, on two pages."""
HANDOUT_WORDS: Final = 130


def measured() -> Figures:
    """Milliseconds of the processor and kilobytes of a summary of 25 sites and a handout, with their floors."""
    summary_floor, handout_floor = _ms(lambda: canvas(SUMMARY_WORDS)), _ms(lambda: canvas(HANDOUT_WORDS))
    return {
        "prints.summary.ms": _ms(summary),
        "prints.summary.kb": len(summary()) / 1024,
        "prints.handout.ms": _ms(handout),
        "prints.handout.kb": len(handout()) / 1024,
        "prints.floor.summary.ms": summary_floor,
        "prints.floor.handout.ms": handout_floor,
    }


def _ms(run: Callable[[], object]) -> float:
    for _ in range(5):
        run()
    times = []
    for _ in range(RUNS):
        started = time.process_time()
        run()
        times.append((time.process_time() - started) * 1000)
    return statistics.median(times)


def canvas(words: int) -> bytes:
    """As many words at fixed places on two pages, in the embedded font, and the outlines of a face as plain curves."""
    fonts.register()
    target = BytesIO()
    page = Canvas(target, pageCompression=1)
    for number in range(words):
        if number % (words // 2 + 1) == 0:
            if number:
                page.showPage()
            page.setFont(fonts.REGULAR, 9)
            _face(page)
        page.drawString(45, 800 - number % 60 * 13, f"orbicularis oculi, lateral {number}: 2.5 units")
    page.save()
    return target.getvalue()


def _face(page: Canvas) -> None:
    outline = page.beginPath()
    outline.moveTo(100, 100)
    for number in range(200):
        x, y = 100 + number % 20 * 15, 100 + number // 20 * 30
        outline.curveTo(x, y + 10, x + 8, y + 20, x + 15, y)
    page.drawPath(outline)


def summary() -> bytes:
    """A visit summary of 25 sites."""
    visit = contents.visit(session=contents.session(contents.many_sites(25)))
    return visit_summary.render(visit, contents.signed(visit))


def handout() -> bytes:
    """A handout with every block that a treatment handout has."""
    return documents.render(document(*every_block()[:12]), stamp())
