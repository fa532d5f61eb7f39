"""A file of separated values: what it is taken for, and that its cells come out as a spreadsheet put them in."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.domain.csv_reading import (
    BYTES_MAXIMUM,
    DELIMITERS,
    LINE_MAXIMUM,
    LINES_MAXIMUM,
    Record,
    Survey,
    Unreadable,
    records,
    survey,
)

HEADINGS = ["Record number", "Family name", "Note"]
LATIN = st.characters(codec="latin-1", exclude_categories=["Cc"])
"""Letters that all encodings of the test have."""
CELLS = st.text(st.one_of(LATIN, st.sampled_from(list(",;\t\"\n' "))), max_size=12)
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8)


def is_known(cell: str) -> bool:
    return cell in HEADINGS


def read(body: bytes) -> tuple[Survey, list[Record]]:
    file = io.BytesIO(body)
    found = survey(file, is_known)
    return found, list(records(file, found))


def refused(body: bytes) -> str:
    with pytest.raises(Unreadable) as error:
        read(body)
    return error.value.message


@settings(max_examples=150, deadline=None)
@given(
    TABLES,
    st.sampled_from(list(DELIMITERS)),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.sampled_from(["\r\n", "\n"]),
    st.booleans(),
)
def test_what_a_spreadsheet_writes_comes_out_cell_by_cell(
    table: list[list[str]], delimiter: str, encoding: str, ending: str, hint: bool
) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=ending).writerows([HEADINGS, *table])
    text = (f"sep={delimiter}{ending}" if hint else "") + out.getvalue()
    body = text.encode(encoding, errors="replace")
    found, rows = read(body)
    expected = [row for row in table if any(cell.strip() for cell in row)]
    decoded = [[cell.encode(encoding, errors="replace").decode(encoding) for cell in row] for row in expected]
    # Bytes that are UTF-8 by chance are read as that, and only then.
    if encoding != "cp1252" or found.codec == "cp1252":
        assert [list(row.cells) for row in rows] == [HEADINGS, *decoded]
    assert found.delimiter == delimiter
    assert found.hinted is hint


def test_a_line_is_named_as_a_spreadsheet_counts_it() -> None:
    _, rows = read(b'Record number;Note\n1;"two\nlines"\n\n;;\n2;x\r\n3;y\r4;z')
    assert [(row.line, row.cells[0]) for row in rows] == [(1, "Record number"), (2, "1"), (5, "2"), (6, "3"), (7, "4")]
    assert [row.line for row in read(b"sep=;\r\nRecord number;Note\r\n1;x\r\n")[1]] == [1, 2]


def test_it_says_what_it_took_the_file_for() -> None:
    assert read("Note\täöü\n".encode("utf-16"))[0].encoding_text == "UTF-16 (Excel’s “Unicode text”)"
    assert read("\ufeffNote;Ö".encode())[0].encoding_text == "UTF-8"
    fallback = read("Note;Ö".encode("cp1252"))[0]
    assert (fallback.encoding_text, fallback.is_fallback, fallback.delimiter_text) == (
        "Windows-1252",
        True,
        "semicolon",
    )
    assert read(b"Note,x\n")[0].delimiter_text == "comma"
    assert len(read(b"Note\n")[0].sha256) == 64


def test_headings_alone_are_a_table_without_rows() -> None:
    assert [row.cells for row in read(b"Note,Family name\n\n,\n")[1]] == [("Note", "Family name")]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is empty"),
        (b" \n\r\n ", "is empty"),
        (b"PK\x03\x04\x14\x00rest", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1", "old Excel workbook"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"Note,x\n\x00\x00", "NUL"),
        ("Note,x\n".encode("utf-16-le"), "NUL"),
        (b"Note,\x81\x8d\n", "no text"),
        (b"colour,size\nred,5\n", "None of the headings"),
        (b'Note,x\n"never closed,1\n2,3\n', "Line 2 of the text: a cell that begins with a quotation mark"),
        (b'Note,x\n"a"b,1\n', "Line 2 of the text: a cell that begins with a quotation mark"),
        (b"Note,x\n" + b"y" * 5000 + b",1\n", "Line 2 of the text: a cell has more than"),
    ],
)
def test_what_is_no_table_is_refused_in_words(body: bytes, said: str) -> None:
    assert said in refused(body)


def test_limits_are_met_before_a_line_is_read() -> None:
    assert "20,000 lines" in refused(b"Note,x\n" + b"1,2\n" * 1_000_000)
    assert "more than 20,000 characters" in refused(b"Note,x\n" + b"y" * (2 * LINE_MAXIMUM))
    assert "larger than 16 MB" in refused(b"Note,x\n" + b"y" * (BYTES_MAXIMUM + 1))
    found, rows = read(b"Note,x\n" + b"1,2\n" * LINES_MAXIMUM)
    assert (found.lines, len(rows)) == (LINES_MAXIMUM + 1, LINES_MAXIMUM + 1)


def test_a_line_of_100_mb_is_never_held_in_memory() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def seek(self, *_: int) -> int:
            return 0

        def read(self, size: int = -1) -> bytes:
            assert 0 < size <= 1 << 16
            self.given += size
            return b"y" * size

    endless = Endless()
    with pytest.raises(Unreadable, match="larger than 16 MB"):
        survey(endless, is_known)  # type: ignore[arg-type]
    assert endless.given <= BYTES_MAXIMUM + (1 << 17)
