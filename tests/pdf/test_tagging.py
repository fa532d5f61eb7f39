"""What a screen reader and a validator find in a print."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from clinic.pdf import draw_up_sheet, visit_summary
from tests.pdf import contents, layout, reading
from tests.pdf.reading import Node

CONTENT = contents.visit(session=contents.session(contents.many_sites(40)))
PRINTS = {
    "summary": visit_summary.render(CONTENT, contents.signed(CONTENT)),
    "sheet": draw_up_sheet.render(CONTENT, contents.draft()),
}


@pytest.fixture(params=PRINTS)
def data(request: pytest.FixtureRequest) -> bytes:
    return PRINTS[request.param]


def test_it_keeps_every_rule_of_a_print(data: bytes) -> None:
    layout.check(data)


def test_the_validator_is_awake(data: bytes) -> None:
    # Object streams hide most names; the catalogue's entries are told apart by what the validator says of them.
    assert reading.failures(data.replace(b"pdfuaid:part>1<", b"pdfuaid:part>7<")) != []


def test_catalogue_says_language_title_and_tags(data: bytes) -> None:
    document = reading.reader(data)
    root = document.trailer["/Root"]
    assert root["/Lang"] == "en"  # type: ignore[index]
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]  # type: ignore[index]
    assert document.metadata is not None
    assert "Keane, Margaret · born\u00a03\u00a0Feb\u00a01979" in (document.metadata.title or "")
    xmp = root["/Metadata"].get_object().get_data().decode()  # type: ignore[index]
    assert document.metadata.title in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp


def test_the_parent_tree_leads_back_from_every_marked_content(data: bytes) -> None:
    document = reading.reader(data)
    root = document.trailer["/Root"]["/StructTreeRoot"]  # type: ignore[index]
    numbers = root["/ParentTree"]["/Nums"]
    assert root["/ParentTreeNextKey"] == len(document.pages)
    for index in range(len(document.pages)):
        parents = numbers[2 * index + 1]
        markers = {piece.marker for piece in reading.pieces(document, index)} - {None}
        assert markers
        assert max(markers) < len(parents)  # type: ignore[type-var]
        for marker in markers:
            element = parents[marker].get_object()
            kids = element["/K"]
            assert kids == marker or any(kid.get_object().get("/MCID") == marker for kid in kids)


def test_all_text_is_content_or_artifact(data: bytes) -> None:
    document = reading.reader(data)
    for index in range(len(document.pages)):
        assert all(piece.artifact or piece.marker is not None for piece in reading.pieces(document, index))


def roles(node: Node) -> list[str]:
    return [one.role for one in node.walk()]


def test_headings_begin_with_one_title_and_skip_no_level(data: bytes) -> None:
    levels = [int(role[1]) for role in roles(reading.tree(data)) if re.fullmatch(r"H\d", role)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_tables_have_header_cells_with_scope_and_even_rows(data: bytes) -> None:
    tables = [node for node in reading.tree(data).walk() if node.role == "Table"]
    assert tables
    for table in tables:
        assert {row.role for row in table.kids} == {"TR"}
        assert len({len(row.kids) for row in table.kids}) == 1
        head, *body = table.kids
        assert {(cell.role, cell.scope) for cell in head.kids} == {("TH", "Column")}
        for row in body:
            assert (row.kids[0].role, row.kids[0].scope) == ("TH", "Row")
            assert {cell.role for cell in row.kids[1:]} == {"TD"}


def test_a_table_over_two_pages_is_one_table_and_its_second_header_is_furniture() -> None:
    data = PRINTS["summary"]
    tables = [node for node in reading.tree(data).walk() if node.role == "Table"]
    sites = next(table for table in tables if table.kids[0].kids[0].text == "No.")
    assert len(sites.kids) == 1 + 40 + 1
    document = reading.reader(data)
    headers = [
        piece.artifact
        for index in range(len(document.pages))
        for piece in reading.pieces(document, index)
        if piece.text == "Muscle and site"
    ]
    assert headers == [False, True]


def test_the_face_is_told_in_words(data: bytes) -> None:
    figures = [node for node in reading.tree(data).walk() if node.role == "Figure"]
    assert len(figures) == 1
    assert figures[0].alt.startswith("Face seen from the front, the patient’s right on the viewer’s left, with ")
    session = CONTENT.session
    assert session is not None
    for site in session.sites:
        assert f"{site.number} {site.muscle_label}" in figures[0].alt


def test_both_identifiers_are_content_of_page_1(data: bytes) -> None:
    words = [node.text for node in reading.tree(data).walk() if node.role == "P"]
    assert any("Keane, Margaret" in text for text in words)
    assert any("born 3 Feb 1979 (47 years) · female · record number 10342" in text for text in words)


def test_fonts_are_embedded(data: bytes) -> None:
    document = reading.reader(data)
    for sheet in document.pages:
        for font in sheet["/Resources"]["/Font"].values():  # type: ignore[index]
            found = font.get_object()
            if found["/BaseFont"] != "/Helvetica":  # in ReportLab's list, never used
                assert "/FontFile2" in found["/FontDescriptor"]
    used = {piece.text for index in range(len(document.pages)) for piece in reading.pieces(document, index)}
    assert used
