"""The gallery of docs/images/documents: ``python -m tests.pdf.gallery`` prints every document of a demo clinic as pictures.

In the gallery stands every page on A4 in English, and of the other editions the first two. ``python -m tests.pdf.gallery
folder`` writes all pages of all of them there: each kind on A4 and Letter, patients' documents in every language and in
large type. Needs poppler's pdftoppm. Look at them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from sqlalchemy import text

from clinic.domain.documents import chart_sheet
from clinic.domain.documents.content import DocumentContent
from clinic.domain.documents.kinds import LETTERS, SHAPES, DocumentKind, Edition, Scope
from clinic.domain.documents.texts import languages
from clinic.pdf import documents, draw_up_sheet, visit_summary
from clinic.pdf.stamps import Letterhead, Stamp
from clinic.pdf.style import Paper
from clinic.queries import charts
from clinic.queries.document_contents import BUILDERS, document_draft
from clinic.queries.document_heads import Ask
from clinic.queries.logos import print_settings
from clinic.services.accounts import system_actor
from clinic.unit_of_work import Work
from tests.browser.pictures import demo_server

FOLDER = Path(__file__).parents[2] / "docs" / "images" / "documents"
PAPERS: tuple[Paper, ...] = ("A4", "Letter")
WIDTH = 900
FEW = 2
"""Pages that the gallery shows of an edition that is not the first."""
PRINTED = "23 Nov 2026, 10:00"


@dataclass(frozen=True, slots=True)
class Shown:
    """One print of the gallery."""

    name: str
    body: bytes


def prints(work: Work) -> Iterator[Shown]:
    """Every document of the first demo clinic, on the patient of the first story (of the third for a referral)."""
    with work.reading(system_actor(1)) as uow:
        run = uow.session.connection().execute
        of = "SELECT visit.id FROM visit JOIN patient ON patient.id = visit.patient_id WHERE record_number = :number"
        newest = ' AND visit.state = :state ORDER BY "on" DESC, visit.id LIMIT 1'

        def patient(number: str) -> str:
            return str(
                run(text("SELECT id FROM patient WHERE record_number = :number"), {"number": number}).scalar_one()
            )

        def visit(number: str, state: str) -> str:
            return str(run(text(of + newest), {"number": number, "state": state}).scalar_one())

        signed, draft = visit("FN-1001", "signed"), visit("FN-1001", "draft")
        found: list[tuple[str, DocumentContent]] = []
        for kind in BUILDERS:
            number = "FN-1003" if kind is DocumentKind.NEUROLYSIS_REFERRAL else "FN-1001"
            if kind is DocumentKind.HOME_PROGRAMME:
                number = "FN-1004"
            about = draft if kind in {DocumentKind.FILLED_CHART, DocumentKind.CONSENT_FORM} else signed
            for code in languages() if SHAPES[kind].translated else ("en",):
                ask = Ask(kind, patient(number), about if SHAPES[kind].scope is Scope.VISIT else None, code)
                if kind in LETTERS:
                    continue  # A letter is somebody's words: letters() shows one of the demo.
                found.append((kind.slug, document_draft(uow, ask).content))
        found += [(kind, content) for kind, content in letters(work)]
        blank = chart_sheet.blank_chart(found[0][1].clinic, found[0][1].on)
        found.append((DocumentKind.BLANK_CHART.slug, blank))
        page = charts.chart_page(uow, signed).content
        settings = print_settings(uow)
    head = Letterhead(settings.logo, settings.logo_width, settings.logo_height, settings.footer)
    for name, content in found:
        for paper in PAPERS:
            yield Shown(f"{name}-{content.language}-{paper}", documents.render(content, stamp(paper, head)))
        if SHAPES[DocumentKind(content.kind)].translated:
            yield Shown(f"{name}-{content.language}-large", documents.render(content, stamp("A4", head, Edition.LARGE)))
    for paper in PAPERS:
        yield Shown(f"visit-summary-en-{paper}", visit_summary.render(page, stamp(paper, head)))
        yield Shown(f"draw-up-sheet-en-{paper}", draw_up_sheet.render(page, stamp(paper, head)))


def letters(work: Work) -> Iterator[tuple[str, DocumentContent]]:
    """The letters that the demo holds."""
    with work.reading(system_actor(1)) as uow:
        rows = (
            uow.session.connection()
            .execute(text("SELECT id, kind, patient_id, visit_id FROM letter WHERE clinic_id = 1"))
            .all()
        )
        for letter_id, kind, patient_id, visit_id in rows:
            ask = Ask(DocumentKind(kind), patient_id, visit_id, letter_id=letter_id)
            yield ask.kind.slug, document_draft(uow, ask).content


def stamp(paper: Paper, head: Letterhead, edition: Edition = Edition.NORMAL) -> Stamp:
    """The stamp of a print of the gallery."""
    printed = Stamp(reference="GALLERY", printed_at=PRINTED, status="issued", paper=paper, edition=edition)
    return replace(printed, letterhead=head)


def photograph(shown: Shown, folder: Path, most: int) -> int:
    """Save the first pages of a print, ``most`` of them; give how many there are."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "print.pdf"
        file.write_bytes(shown.body)
        subprocess.run(["pdftoppm", "-png", "-r", "80", file, Path(name) / "page"], check=True)
        pages = sorted(Path(name).glob("page*.png"))
        for number, page in enumerate(pages[:most], start=1):
            picture = Image.open(page).convert("RGB")
            picture.thumbnail((WIDTH, WIDTH * 2))
            picture.save(folder / f"{shown.name}-{number}.webp", quality=58, method=6)
    return len(pages)


def main() -> None:
    """Photograph everything."""
    if shutil.which("pdftoppm") is None:
        sys.exit("pdftoppm is missing: install poppler-utils.")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    started = datetime.now(UTC)
    with demo_server() as (app, _, _), app.app_context():
        for shown in prints(app.extensions["clinic_work"]):
            whole = folder != FOLDER or shown.name.endswith("-en-A4")
            count = photograph(shown, folder, len(shown.body) if whole else FEW)
            print(f"{shown.name}: {count} pages, {len(shown.body) // 1024} kB")
    print(datetime.now(UTC) - started)


if __name__ == "__main__":
    main()
