"""Every block of a document on a page: as built and as read back from what was kept."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask, render_template_string

from clinic.domain.documents.content import (
    SCHEMA,
    Beside,
    Block,
    Box,
    BoxKind,
    Bullets,
    DiaryGrid,
    DocumentContent,
    ExerciseFigure,
    Face,
    FaceMark,
    Faces,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    SignatureLines,
    Table,
    TableColumn,
    TableRow,
    WritingLines,
    canonical,
    read,
)
from clinic.domain.visit_content import ClinicContent
from clinic.web.document_blocks import heading_tag

PLAIN = FaceMark(100, 200, 7, "", "left", "mentalis", "given")
DOSED = FaceMark(100, -200, 2, "2.5", "left", "mentalis", "planned")
COLUMNS = (TableColumn("Muscle"), TableColumn("Dose", number=True))
BLOCKS: tuple[Block, ...] = (
    Heading("Part <one>", 3),
    Paragraph("Before {{x}} after", lead="Lead", unknown=("{{x}}",)),
    Bullets(("round",)),
    Bullets(("first", "second"), numbered=True),
    Table(COLUMNS, (TableRow(("Chin", "5"), total=True, note="a note"), TableRow(()))),
    Facts((("Label", "one\ntwo"),)),
    Box(BoxKind.EMERGENCY, "Call at once", ("when choking",), "Ring 112."),
    Face((DOSED,), "One dose on a face", "caption"),
    Faces((Face((PLAIN,), "A place on a face"),)),
    ExerciseFigure("e2_eyes_open_pucker", "left", "Lips pursed"),
    Beside(ExerciseFigure("e2_eyes_open_pucker", "", "Lips on both sides"), (Paragraph("Beside it"),)),
    DiaryGrid(("Pucker",), ("Mon", "Tue"), ("Week 1",)),
    WritingLines("Notes"),
    SignatureLines(("Dr A. Author",)),
    PageBreak(),
)


def shown(app: Flask, blocks: tuple[Block, ...]) -> str:
    """The blocks as a page shows them."""
    source = '{% from "documents/_blocks.html" import blocks with context %}{{ blocks(listed) }}'
    with app.test_request_context("/"):
        return render_template_string(source, listed=blocks)


def test_every_block_is_shown_and_escaped(app: Flask) -> None:
    page = shown(app, BLOCKS)
    assert "<h3>Part &lt;one&gt;</h3>" in page
    assert re.search(r'Before <mark class="stop-text">\{\{x\}\}', page)
    for words in ("Lead", "round", "first", "a note", "one<br>two", "Ring 112.", "when choking", "caption", "Week 1"):
        assert words in page, words
    for words in ("One dose on a face", "A place on a face", "Lips pursed", "Lips on both sides", "Dr A. Author"):
        assert words in page, words
    assert page.count("<svg") - page.count('class="icon"') == 4
    assert re.search(r"<text[^>]*>7</text>", page)
    assert "finding-stop" in page


def test_what_was_kept_is_shown_alike(app: Flask) -> None:
    clinic = ClinicContent("Clinic", "", "", "Europe/Berlin")
    content = DocumentContent(
        SCHEMA, "x", "Title", "en", date(2026, 11, 23), "A", clinic, None, (), None, ("Dr B",), BLOCKS
    )
    assert shown(app, read(canonical(content)).blocks) == shown(app, BLOCKS)


@pytest.mark.parametrize(("level", "block", "tag"), [(2, 2, "h2"), (2, 3, "h3"), (4, 4, "h6"), (6, 3, "h6")])
def test_headings_go_no_deeper_than_six(level: int, block: int, tag: str) -> None:
    assert heading_tag(level, block) == tag
