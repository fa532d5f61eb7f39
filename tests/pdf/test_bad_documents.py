"""Content that nobody wants to print: nothing is lost, nothing breaks, nothing runs over the edge."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from clinic.domain.documents.content import (
    Beside,
    Box,
    BoxKind,
    Bullets,
    DiaryGrid,
    ExerciseFigure,
    FaceMark,
    Faces,
    Facts,
    Heading,
    Paragraph,
    SignatureLines,
    Table,
    TableColumn,
    TableRow,
    WritingLines,
)
from clinic.domain.documents.kinds import Edition
from clinic.pdf import documents
from clinic.pdf.fonts import REPLACEMENT
from clinic.pdf.stamps import Letterhead
from tests.pdf import contents, layout, reading
from tests.pdf.documents import ALT, EDITIONS, document, face, letter, stamp, table

LONG = "Wolfeschlegelsteinhausenbergerdorff " * 6
UNBROKEN = "x" * 200
TALL = "A sentence that goes on. " * 400


@pytest.fixture(params=EDITIONS)
def edition(request: pytest.FixtureRequest) -> Edition:
    found: Edition = request.param
    return found


def checked(edition: Edition, *blocks: Any, **changes: Any) -> str:
    """The text of a document that keeps every rule; Letter is the paper with less room."""
    data = documents.render(document(*blocks, **changes), stamp(edition=edition, paper="Letter"))
    layout.check(data, large=edition is Edition.LARGE)
    return reading.text(data)


def test_a_document_without_blocks(edition: Edition) -> None:
    assert "Your treatment today" in checked(edition)


@pytest.mark.parametrize("name", [LONG, UNBROKEN])
def test_names_of_200_characters(edition: Edition, name: str) -> None:
    patient = replace(contents.visit().patient, family_name=name, given_names=name)
    clinic = replace(contents.visit().clinic, name=name, address=name)
    blocks = (Heading(name), Paragraph("Words. " * 500), Bullets((name,)), Facts(((name, name),)), table(40))
    checked(edition, *blocks, patient=patient, clinic=clinic, title=name)
    footer = Letterhead(footer=name)
    data = documents.render(letter(*blocks, patient=patient, recipient=(name, name)), stamp(letterhead=footer))
    layout.check(data)


@pytest.mark.parametrize("name", ["محمد", "משה", "田中さくら", "Zoë 🙂", "a\u202eb", "tab\tend\x00"])
def test_what_the_fonts_lack_is_replaced_and_named(edition: Edition, name: str) -> None:
    patient = replace(contents.visit().patient, given_names=name)
    text = checked(edition, Paragraph(name), face(alt=name), patient=patient)
    lost = next(letter for letter in name if ord(letter) > 0x2000 or ord(letter) < 9 or "֐" <= letter <= "ۿ")
    assert REPLACEMENT in text
    assert f"U+{ord(lost):04X}" in text
    assert "The record holds the text as it was entered" in text


def test_names_that_the_fonts_have_are_shown_without_a_note(edition: Edition) -> None:
    patient = replace(contents.visit().patient, family_name="Łęcka-Øvergård", given_names="Ştefan Αλέξης Юлия")
    text = checked(edition, patient=patient)
    assert "Łęcka-Øvergård, Ştefan Αλέξης Юлия" in text
    assert "cannot be printed" not in text


def test_markup_and_expressions_are_text(edition: Edition) -> None:
    words = "<b>bold</b> &amp; {{7*7}} {0} %s"
    cells = TableRow((words, words))
    text = checked(
        edition,
        Heading(words),
        Paragraph(words, lead=words),
        Table((TableColumn("A"), TableColumn(words)), (cells,)),
        Box(BoxKind.NOTE, words, (words,)),
        title=words,
    )
    assert text.count("{{7*7}}") >= 7
    assert not re.search(r"\b49\b", text)


def test_blocks_taller_than_a_page_go_over_pages(edition: Edition) -> None:
    text = checked(
        edition,
        Box(BoxKind.EMERGENCY, "Emergency", ("First.", TALL, "Last of the emergency."), TALL),
        Box(BoxKind.NOTE, "", (TALL,)),
        Bullets((TALL, "Last of the list."), numbered=True),
        Facts((("Label", TALL), (LONG, "Last of the facts."))),
        Table((TableColumn("A"), TableColumn("B")), (TableRow(("1", TALL)), TableRow(("2", "Last of the table.")))),
        Beside(ExerciseFigure("e1_rest_scan", "left", ALT), (Paragraph(TALL), Paragraph("Last beside."))),
        WritingLines("Notes", 100),
    )
    for words in ("emergency", "list", "facts", "table"):
        assert f"Last of the {words}." in text
    assert "Last beside." in text


def test_80_rows_in_a_narrow_column(edition: Edition) -> None:
    rows = tuple(TableRow((str(number), f"word{number}", "onabotulinumtoxinA (Botox)")) for number in range(80))
    narrow = Table((TableColumn("No."), TableColumn("Place"), TableColumn("Product")), rows)
    text = checked(edition, Beside(face(width=60), (narrow,)))
    assert all(f"word{number}" in text for number in range(80))


def test_60_places_and_12_products(edition: Edition) -> None:
    places = tuple(
        FaceMark(-700 + 24 * number, 300 - 20 * number, number + 1, "2.5", "right", "frontalis", "given")
        for number in range(60)
    )
    columns = tuple(TableColumn(f"Product {number}", number=True) for number in range(12))
    rows = tuple(TableRow(("2.5",) * 12) for _ in range(60))
    checked(edition, face(marks=places, width=100), face(marks=places, width=40), Table(columns, rows))


def test_tables_with_the_wrong_number_of_cells_or_none(edition: Edition) -> None:
    columns = (TableColumn("A"), TableColumn("B"))
    text = checked(
        edition,
        Table(columns, (TableRow(("1",)), TableRow(("1", "2", "3"), note="Note."), TableRow(()))),
        Table((TableColumn("Alone"),), (TableRow(("x",), note="Below."),)),
        Table((), ()),
        Table(columns, ()),
    )
    assert "Note." in text
    assert "Below." in text


def test_empty_parts(edition: Edition) -> None:
    checked(
        edition,
        Heading(""),
        Paragraph(""),
        Bullets(()),
        Facts(()),
        Box(BoxKind.IMPORTANT, "", ()),
        Box(BoxKind.EMERGENCY, "", ("One.",)),
        Faces(()),
        face(alt="", marks=(), caption=""),
        face(marks=(FaceMark(0, 0, 1, "a lot", "midline", "mentalis", "planned"),), width=90),
        Beside(face(), ()),
        DiaryGrid((), (), ("Week 1",)),
        DiaryGrid(("Row",), tuple("MTWTFSS"), ()),
        WritingLines("", 0),
        SignatureLines(()),
        Paragraph("The end."),
    )
