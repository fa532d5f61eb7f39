"""Prints against bare work in the same run: ``make bench``, or ``python -m tests.bench.prints``. Times are of the processor, not the clock.

The floors draw the same number of words on a bare canvas, and flow the same number of paragraphs through Platypus.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from io import BytesIO

from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

from clinic.pdf import documents, visit_summary
from tests.pdf import contents
from tests.pdf.documents import document, every_block, stamp

RUNS = 30
SUMMARY_MS, HANDOUT_MS, SUMMARY_BYTES = 35, 60, 120_000
_LINES = 330
"""Pieces of text on a visit summary of 25 sites."""


def cpu_ms(run: Callable[[], object]) -> float:
    """The median of the processor's time of a run in milliseconds, after a warm-up."""
    for _ in range(5):
        run()
    times = []
    for _ in range(RUNS):
        started = time.process_time()
        run()
        times.append((time.process_time() - started) * 1000)
    return statistics.median(times)


def bare_canvas() -> bytes:
    """As many words at fixed places, without fonts, tags or layout."""
    target = BytesIO()
    canvas = Canvas(target)
    for number in range(_LINES):
        canvas.drawString(45, 800 - number % 60 * 13, f"orbicularis oculi, lateral {number}: 2.5 units")
        if number % 110 == 109:
            canvas.showPage()
    canvas.save()
    return target.getvalue()


def bare_platypus() -> bytes:
    """As many paragraphs through ReportLab's own flow, without tags."""
    target = BytesIO()
    style = getSampleStyleSheet()["BodyText"]
    words = [Paragraph(f"orbicularis oculi, lateral {number}: 2.5 units", style) for number in range(_LINES // 4)]
    SimpleDocTemplate(target).build([*words, Spacer(1, 10)])
    return target.getvalue()


def summary() -> bytes:
    """A visit summary of 25 sites."""
    visit = contents.visit(session=contents.session(contents.many_sites(25)))
    return visit_summary.render(visit, contents.signed(visit))


def handout() -> bytes:
    """A handout with every block that a treatment handout has."""
    return documents.render(document(*every_block()[:12]), stamp())


def everything() -> bytes:
    """A document with every block."""
    return documents.render(document(*every_block()), stamp())


def main() -> None:
    """Print a table of times, ratios to both floors, sizes and budgets."""
    canvas, platypus = cpu_ms(bare_canvas), cpu_ms(bare_platypus)
    print(f"{'what':34} {'CPU ms':>8} {'× canvas':>9} {'× Platypus':>11} {'kB':>6}  budget")
    for what, run, budget in (
        ("bare canvas, same words", bare_canvas, ""),
        ("bare Platypus, same words", bare_platypus, ""),
        ("visit summary, 25 sites", summary, f"{SUMMARY_MS} ms, {SUMMARY_BYTES // 1000} kB"),
        ("treatment handout", handout, f"{HANDOUT_MS} ms"),
        ("every block", everything, ""),
    ):
        ms, size = cpu_ms(run), len(run())
        print(f"{what:34} {ms:8.2f} {ms / canvas:9.2f} {ms / platypus:11.2f} {size / 1000:6.1f}  {budget}")


if __name__ == "__main__":
    main()
