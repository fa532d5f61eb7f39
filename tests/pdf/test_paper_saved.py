"""No page stays half empty where its content can go on: tables beside a face, short paragraphs, tables of numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.documents.content import Beside, Heading, Paragraph, Table, TableColumn, TableRow, WritingLines
from clinic.domain.documents.kinds import Edition
from clinic.domain.documents.texts import language
from clinic.pdf.documents import render
from tests.domain.documents.treatments import treated
from tests.pdf import layout, reading
from tests.pdf.documents import EDITIONS, LANGUAGES, document, face, stamp
from tests.pdf.test_treatment_documents import handout, printed

FIFTEEN = tuple(
    treated(muscle, side)
    for muscle in [key for key, one in MUSCLES.items() if one.paired and one.sites][:8]
    for side in (Side.RIGHT, Side.LEFT)
)[:15]


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("code", LANGUAGES)
def test_the_emergency_box_stands_on_the_first_page_of_a_handout(code: str, edition: Edition) -> None:
    first = reading.pages(printed(handout(FIFTEEN, code), code, edition))[0]
    for part in language(code).texts["emergency"].parts.values():
        assert part.heading in first
    assert "+44 20 7946 0001" in first.replace("\N{NO-BREAK SPACE}", " ")


def test_a_table_beside_a_face_goes_on_on_the_next_page_under_its_header() -> None:
    columns = (TableColumn("Place", 70), TableColumn("Units", 30, number=True))
    rows = tuple(TableRow((f"place {number}", str(number)), note="Mentalis") for number in range(12))
    story = [Paragraph("A sentence. " * 60) for _ in range(2)]
    data = render(
        document(*story, Heading("Places"), Beside(replace(face(), width=30), (Table(columns, rows),))), stamp()
    )
    layout.check(data)
    pages = reading.pages(data)
    assert len(pages) == 2
    assert "Places" in pages[0]
    assert "place 0" in pages[0]
    assert "place 11" in pages[1]
    assert "Units" in pages[1]


def test_many_short_paragraphs_stand_two_by_two_and_are_read_in_their_order() -> None:
    leads = [f"Effect {number}." for number in range(7)]
    blocks = [Paragraph("It passes in some days.", lead=lead) for lead in leads]
    for edition in EDITIONS:
        data = render(document(*blocks), stamp(edition=edition))
        layout.check(data, large=edition is Edition.LARGE)
        heard = " ".join(node.text for node in reading.tree(data).walk() if node.role == "P")
        assert [heard.index(lead) for lead in leads] == sorted(heard.index(lead) for lead in leads)
        starts = {round(piece.start[0]) for piece in reading.pieces(reading.reader(data), 0) if "Effect" in piece.text}
        assert len(starts) == (1 if edition is Edition.LARGE else 2)


def test_numbers_by_day_that_do_not_fit_side_by_side_stand_day_by_day() -> None:
    days = [f"{day} Nov 2026, onabotulinumtoxinA" for day in (22, 23, 24)]
    columns = (TableColumn("Muscle", 40), *(TableColumn(day, 20, number=True) for day in days))
    rows = (TableRow(("Mentalis", "2.5", "–", "5")), TableRow(("Total", "2.5", "7.5", "5"), total=True))
    data = render(document(Table(columns, rows)), stamp(edition=Edition.LARGE))
    layout.check(data, large=True)
    words = reading.text(data)
    assert f"{days[0]} Mentalis 2.5 Total 2.5 {days[1]} Total 7.5 {days[2]} Mentalis 5 Total 5" in words


@pytest.mark.parametrize("before", range(20, 34))
def test_lines_to_write_on_stay_with_the_words_that_ask_for_them(before: int) -> None:
    story = [Paragraph("A line.") for _ in range(before)]
    asked = (Heading("Your questions"), Paragraph("Ask us."), WritingLines("My questions", 3))
    pages = reading.pages(render(document(*story, *asked), stamp()))
    assert [page for page in pages if "Ask us." in page] == [page for page in pages if "My questions" in page]
