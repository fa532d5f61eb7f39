"""Documents made of blocks: what stands on their pages, in every language, on every paper, in every edition."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from clinic.domain.documents.content import (
    Beside,
    Box,
    BoxKind,
    Bullets,
    Face,
    Faces,
    Heading,
    PageBreak,
    Paragraph,
    SignatureLines,
    Table,
    TableRow,
)
from clinic.domain.documents.kinds import DocumentKind, Edition
from clinic.domain.documents.texts import languages
from clinic.pdf import documents, draw_up_sheet, visit_summary
from clinic.pdf.stamps import Letterhead
from clinic.pdf.style import Paper
from tests.pdf import contents, layout, reading
from tests.pdf.documents import EDITIONS, EMERGENCY, PAPERS, document, every_block, face, letter, marks, stamp, table


def render(*blocks: object, **changes: object) -> bytes:
    return documents.render(document(*blocks, **changes), stamp())  # type: ignore[arg-type]


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("language", languages())
def test_every_block_in_every_language_paper_and_edition(language: str, paper: Paper, edition: Edition) -> None:
    content = document(*every_block(), language=language)
    data = documents.render(content, stamp(paper=paper, edition=edition))
    layout.check(data, large=edition is Edition.LARGE)
    assert reading.reader(data).trailer["/Root"]["/Lang"] == language  # type: ignore[index]


@pytest.mark.parametrize("kind", DocumentKind)
def test_every_kind_can_be_laid_out(kind: DocumentKind) -> None:
    layout.check(documents.render(document(*every_block()[:5], kind=kind.value), stamp()))


def test_the_same_content_gives_the_same_bytes() -> None:
    assert render(*every_block()) == render(*every_block())


def test_every_page_has_both_identifiers_reference_and_number_in_its_language() -> None:
    data = documents.render(document(*every_block(), language="es"), stamp())
    found = reading.pages(data)
    assert len(found) > 2
    for number, text in enumerate(found, start=1):
        for words in (
            "Keane, Margaret",
            "fecha de nacimiento: 3 feb 1979",
            "número de historia 10342",
            "documento 0F3A9C1B22",
            f"página {number} de {len(found)}",
            "a charity · VAT 123 456",
        ):
            assert words in text, words


def test_a_text_that_nobody_accepted_says_so_on_every_page() -> None:
    content = document(*every_block())
    waiting = replace(content.texts[0], accepted_by="")
    for language, words in (("en", "not yet approved by your clinic"), ("es", "todavía no ha aprobado")):
        data = documents.render(replace(content, texts=(waiting,), language=language), stamp())
        assert all(words in text for text in reading.pages(data))
    assert "not yet approved" not in reading.text(render(*every_block()))


def test_previews_and_superseded_copies_say_so_on_every_page_in_their_language() -> None:
    content = document(*every_block(), language="es")
    preview = documents.render(content, stamp(status="preview"))
    old = documents.render(content, stamp(status="superseded", status_text="se emitió uno más nuevo el 24 nov 2026"))
    assert all("VISTA PREVIA: sin emitir" in text for text in reading.pages(preview))
    assert all("SUSTITUIDO: se emitió uno más nuevo el 24 nov 2026" in text for text in reading.pages(old))
    assert "SUSTITUIDO: SUSTITUIDO" not in reading.text(old)
    layout.check(old)


def test_a_signature_does_not_stand_alone_on_a_page() -> None:
    for count in range(24, 60, 6):
        data = render(
            *[Paragraph("A line of text.")] * count, Paragraph("I agree."), SignatureLines(("Patient", "Doctor"))
        )
        page = next(text for text in reading.pages(data) if "Doctor" in text)
        assert "I agree." in page


def test_rows_to_write_in_have_room_though_they_hold_a_number() -> None:
    rows = tuple(TableRow((str(number), "", "", "")) for number in range(1, 6))
    heights = []
    for writing in (False, True):
        data = render(replace(table(), rows=rows, writing=writing))
        places = {piece.text: piece.start[1] for piece in reading.pieces(reading.reader(data), 0)}
        heights.append(places["1"] - places["2"])
        layout.check(data)
    assert heights[1] > heights[0]
    assert heights[1] >= 16


def test_words_beside_a_figure_stand_below_it_where_the_column_would_be_too_narrow() -> None:
    block = Beside(face(width=60), (Paragraph("Words beside."),))
    for edition, beside in ((Edition.NORMAL, True), (Edition.LARGE, False)):
        data = documents.render(document(block), stamp(edition=edition, paper="Letter"))
        layout.check(data, large=edition is Edition.LARGE)
        starts = [
            piece.start[0]
            for index in range(len(reading.reader(data).pages))
            for piece in reading.pieces(reading.reader(data), index)
            if piece.text.startswith("Words")
        ]
        assert (starts[0] > 200) is beside


def test_sizes_stay_small() -> None:
    visit = contents.visit(session=contents.session(contents.many_sites(25)))
    assert len(visit_summary.render(visit, contents.signed(visit))) <= 120_000
    assert len(documents.render(document(*every_block()), stamp())) <= 120_000


def test_a_letter_has_its_recipient_day_and_the_conditions() -> None:
    data = documents.render(letter(Paragraph("Thank you.")), stamp(paper="Letter"))
    layout.check(data)
    text = reading.text(data)
    order = [
        text.index(words)
        for words in ("Dr Jane Doe", "Northgate NG1 2AB", "22 Nov 2026", "Facial synkinesis", "Keane", "onset", "Thank")
    ]
    assert order == sorted(order)


def test_a_sheet_about_nobody_has_no_patient() -> None:
    data = documents.render(document(table(3), patient=None, kind="blank chart", title="Blank chart"), stamp())
    layout.check(data)
    assert "born" not in reading.text(data)
    assert "Keane" not in reading.text(data)


def test_a_logo_is_furniture_and_a_broken_or_missing_one_changes_no_word() -> None:
    content = document(Paragraph("Words."))
    heads = [Letterhead(stamp().letterhead.logo, 320, 96), Letterhead(), Letterhead(b"\x89PNG no picture", 9, 9)]
    with_logo, without, broken = (documents.render(content, stamp(letterhead=one)) for one in heads)
    assert reading.text(with_logo) == reading.text(without) == reading.text(broken)
    assert "/XObject" in reading.reader(with_logo).pages[0]["/Resources"]  # type: ignore[operator]
    for data in (with_logo, without, broken):
        layout.check(data)


def test_boxes_differ_by_their_frame_and_not_by_colour_alone() -> None:
    weights = []
    for kind in BoxKind:
        data = documents.render(document(Box(kind, "Title", ("One.",))), stamp(letterhead=Letterhead()))
        code = reading.reader(data).pages[0].get_contents().get_data().decode("latin-1")  # type: ignore[union-attr]
        weights.append(float(re.findall(r"([\d.]+) w\n[^\n]+ re S", code)[-1]))
    assert weights == [3.0, 1.6, 0.6]


def test_the_title_of_the_emergency_box_is_a_heading() -> None:
    assert "Whentocallatonce" in layout.bookmarks(render(EMERGENCY))


def test_an_unknown_placeholder_is_strong_and_red_and_keeps_its_braces() -> None:
    data = render(Paragraph("Seen by {{doctor}} and {{doctor}} on {{day}}.", unknown=("{{doctor}}", "{{day}}")))
    document_ = reading.reader(data)
    pieces = [piece.text.strip() for piece in reading.pieces(document_, 0)]
    assert pieces.count("{{doctor}}") == 2
    assert pieces.count("{{day}}") == 1
    assert "0.647 0.0706 0.114" in layout.text_colours(data)


def test_a_numbered_list_counts() -> None:
    data = render(Bullets(("One", "Two"), numbered=True), Bullets(("Three",)))
    first, second = (node for node in reading.tree(data).walk() if node.role == "L")
    assert [item.kids[0].text for item in first.kids] == ["1.", "2."]
    assert (first.numbering, second.numbering) == ("Decimal", "Disc")


def test_a_long_table_repeats_its_header_and_is_one_table() -> None:
    data = render(table(120))
    layout.check(data)
    tables = [node for node in reading.tree(data).walk() if node.role == "Table"]
    assert len(tables) == 1
    assert len(tables[0].kids) == 122
    assert len(tables[0].pages) > 2


def test_a_table_too_wide_for_large_type_is_told_row_by_row() -> None:
    wide = Table(
        tuple(replace(one, title=f"Column{number}") for number, one in enumerate(table().columns * 2)),
        (TableRow(tuple(f"value{n}" for n in range(8)), note="A note."), TableRow(("sum", "", "5"), total=True)),
    )
    normal = documents.render(document(wide), stamp())
    large = documents.render(document(wide), stamp(edition=Edition.LARGE))
    assert any(node.role == "Table" for node in reading.tree(normal).walk())
    assert not any(node.role == "Table" for node in reading.tree(large).walk())
    layout.check(large, large=True)
    for words in ("Column0: value0", "Column7: value7", "A note.", "Column2: 5"):
        assert words in reading.text(large)


def test_headings_never_end_a_page_wherever_they_fall() -> None:
    for count in range(30, 60, 3):
        blocks = [Paragraph("A line of text.")] * count
        data = render(*blocks, Heading("Section"), Heading("Part", 3), table(3))
        assert layout.headings_at_the_end_of_a_page(data) == []
        assert layout.tables_without_their_header(data) == []


def test_a_sentence_stays_with_the_list_that_it_leads_to() -> None:
    for count in range(30, 50, 2):
        data = render(*[Paragraph("A line of text.")] * count, Paragraph("You may feel:"), Bullets(("One", "Two")))
        page = next(text for text in reading.pages(data) if "You may feel:" in text)
        assert "One" in page


def test_page_breaks_make_no_empty_page() -> None:
    data = render(PageBreak(), Paragraph("One."), PageBreak(), PageBreak(), Paragraph("Two."), PageBreak())
    assert len(reading.pages(data)) == 2
    assert layout.empty_pages(data) == []


def test_a_place_without_a_dose_shows_its_number_and_no_question_mark() -> None:
    data = render(face(marks=marks(doses=False), width=70))
    shown = [piece.text for piece in reading.pieces(reading.reader(data), 0)]
    assert {"1", "2", "3", "4", "5"} <= set(shown)
    assert "?" not in shown


def test_doses_on_a_face_are_left_to_the_table_where_they_would_be_too_small_to_read() -> None:
    large = [piece.text for piece in reading.pieces(reading.reader(render(face(width=70))), 0)]
    small = [piece.text for piece in reading.pieces(reading.reader(render(face(width=45))), 0)]
    assert "1.25" in large
    assert "1.25" not in small
    assert {"1", "2", "3"} <= set(small)


def test_the_sides_of_a_face_are_named_in_the_language() -> None:
    spanish = documents.render(document(face(), language="es"), stamp())
    assert "su derecha" in reading.text(spanish)
    assert "your left" in reading.text(documents.render(document(face()), stamp()))
    assert "patient’s right" in reading.text(documents.render(letter(face()), stamp()))


def test_faces_in_a_row_stand_beside_each_other() -> None:
    data = render(Faces(tuple(face(caption=f"{year} face") for year in range(2021, 2027))))
    captions = [piece for piece in reading.pieces(reading.reader(data), 0) if piece.text.endswith(" face")]
    assert [piece.text[:4] for piece in captions] == ["2021", "2022", "2023", "2024", "2025", "2026"]
    assert len({round(piece.start[1]) for piece in captions}) == 2
    assert len({round(piece.start[0]) for piece in captions}) == 4


def test_a_pack_keeps_each_documents_own_pages_language_and_edition() -> None:
    visit = contents.visit()
    data = documents.render_pack(
        [
            visit_summary.part(visit, contents.signed(visit)),
            draw_up_sheet.part(visit, contents.draft()),
            (document(*every_block(), language="es"), stamp(edition=Edition.LARGE, paper="Letter")),
            (letter(Paragraph("Thank you.")), stamp(reference="SECOND")),
        ]
    )
    layout.check(data)
    pages = reading.pages(data)
    assert "page 1 of 3" in pages[0]
    assert "page 3 of 3" in pages[2]
    assert "página 1 de" in pages[4]
    assert "page 1 of 1" in pages[-1]
    assert "SECOND" in pages[-1]
    assert "Summary" not in pages[-1]
    sizes = [float(sheet.mediabox.width) for sheet in reading.reader(data).pages]
    assert round(sizes[0]) == 595
    assert round(sizes[5]) == 612
    parts = [node.title for node in reading.tree(data).kids]
    assert parts == [
        "Visit summary",
        "Draw-up sheet",
        "Your treatment today",
        "Facial synkinesis: treatment and review",
    ]


def test_two_copies_of_one_document_are_counted_apart() -> None:
    one = (document(Paragraph("Words.")), stamp())
    assert all("page 1 of 1" in text for text in reading.pages(documents.render_pack([one, one])))


def test_an_empty_pack_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        documents.render_pack([])


def test_a_face_grows_with_its_words_in_large_type() -> None:
    content = document(Face(marks(), "Face.", width=40))
    widths = []
    for edition in EDITIONS:
        data = documents.render(content, stamp(edition=edition))
        found = {piece.text: piece for piece in reading.pieces(reading.reader(data), 0)}
        widths.append(found["your left"].end[0] - found["your right"].start[0])
    assert widths[1] > 1.2 * widths[0]
