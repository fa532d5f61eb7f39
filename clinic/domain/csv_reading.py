"""A file of separated values as spreadsheets write it: its encoding and delimiter found and said, its lines streamed.

Nothing is guessed silently: what a file is taken for stands in its ``Survey``, and limits are met before any line is read.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import BinaryIO, Final

from clinic.domain.errors import DomainError
from clinic.domain.quantities import format_number

BYTES_MAXIMUM: Final = 16 * 1024 * 1024
LINES_MAXIMUM: Final = 20_000
LINE_MAXIMUM: Final = 20_000
"""Characters of one line of text."""

DELIMITERS: Final[Mapping[str, str]] = MappingProxyType({",": "comma", ";": "semicolon", "\t": "tab"})
ENCODINGS: Final[Mapping[str, str]] = MappingProxyType(
    {"utf-8-sig": "UTF-8", "utf-16": "UTF-16 (Excel’s “Unicode text”)", "cp1252": "Windows-1252"}
)
FALLBACK: Final = "cp1252"
"""Almost any bytes can be read as this, so it is said openly: an accent may come out as another sign."""

_NOT_TEXT: Final[tuple[tuple[bytes, str], ...]] = (
    (b"PK\x03\x04", "This is an Excel workbook or another ZIP file, whatever its name says. Open it, save it as CSV, and choose that file."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook. Open it, save it as CSV, and choose that file."),
    (b"%PDF", "This is a PDF. Export the table as CSV, and choose that file."),
    (b"\x1f\x8b", "This is a compressed file. Unpack it, and choose the CSV file in it."),
)  # fmt: skip
_CHUNK: Final = 1 << 16
_HEAD: Final = 8192
_FIELD_MAXIMUM: Final = 4_000


class Unreadable(DomainError):
    """A file that cannot be read as a table at all; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file was taken for. ``codec`` is Python's name of its encoding, ``lines`` its lines of text."""

    codec: str
    delimiter: str
    sha256: str
    size: int
    lines: int
    hinted: bool = False

    @property
    def encoding_text(self) -> str:
        """The encoding in words."""
        return ENCODINGS[self.codec]

    @property
    def delimiter_text(self) -> str:
        """The delimiter in words."""
        return DELIMITERS[self.delimiter]

    @property
    def is_fallback(self) -> bool:
        """Whether the encoding is only what is left when nothing else fits."""
        return self.codec == FALLBACK


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its line as a spreadsheet counts them, whatever line breaks its cells hold, and its cells."""

    line: int
    cells: tuple[str, ...]


def survey(file: BinaryIO, is_known: Callable[[str], bool]) -> Survey:
    """Find out how a file is to be read; ``is_known`` says whether a cell is the heading of a column.

    Raises Unreadable for a file that is too large, is no text, or has no heading that is known.
    """
    digest, size, head = _measured(file)
    if not head.strip():
        raise Unreadable("The file is empty. Choose a file with a line of headings and the rows below it.")
    for start, words in _NOT_TEXT:
        if head.startswith(start):
            raise Unreadable(words)
    codec, lines = _decoded(file, head)
    delimiter, hinted = _delimiter(file, codec, is_known)
    return Survey(codec, delimiter, digest, size, lines, hinted)


def records(file: BinaryIO, found: Survey) -> Iterator[Record]:
    """The records of a surveyed file in order, headings first; empty lines are left out. Raises Unreadable."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=found.codec, newline="")
    try:
        if found.hinted:
            text.readline()
        yield from _parsed(text, found.delimiter, 1 + found.hinted)
    finally:
        with suppress(ValueError):
            text.detach()


def _parsed(text: Iterator[str], delimiter: str, line: int) -> Iterator[Record]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    for row in count(1):
        begun = line + reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(
                f"Line {format_number(begun)} of the text: a cell that begins with a quotation mark does not end with "
                "one, or text stands behind its end. Correct that line; inside such a cell a quotation mark is written "
                "twice."
            ) from error
        if any(len(cell) > _FIELD_MAXIMUM for cell in cells):
            raise Unreadable(
                f"Line {format_number(begun)} of the text: a cell has more than {format_number(_FIELD_MAXIMUM)} characters. "
                "Probably a quotation mark is missing there."
            )
        if any(cell.strip() for cell in cells):
            yield Record(row, tuple(cells))


def _measured(file: BinaryIO) -> tuple[str, int, bytes]:
    file.seek(0)
    digest, size, head = hashlib.sha256(), 0, b""
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        if size > BYTES_MAXIMUM:
            megabytes = BYTES_MAXIMUM // (1024 * 1024)
            raise Unreadable(
                f"The file is larger than {megabytes} MB. Split it into several and give each its headings."
            )
        digest.update(chunk)
        head = head or chunk[:_HEAD]
    return digest.hexdigest(), size, head


def _decoded(file: BinaryIO, head: bytes) -> tuple[str, int]:
    """The encoding and the number of lines. Raises Unreadable."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates: tuple[str, ...] = ("utf-16",)
    elif head.startswith(codecs.BOM_UTF8):
        candidates = ("utf-8-sig",)
    else:
        candidates = ("utf-8-sig", FALLBACK)
    for codec in candidates:
        with suppress(UnicodeDecodeError):
            return codec, _counted(file, codec)
    raise Unreadable(
        "The file is no text in UTF-8, UTF-16 or Windows-1252. Save it as “CSV UTF-8” and choose that file."
    )


def _counted(file: BinaryIO, codec: str) -> int:
    """The lines of a file, each of a bearable length. Raises Unreadable and UnicodeDecodeError."""
    file.seek(0)
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(codec)(), translate=True)
    lines, run = 0, 0
    while True:
        chunk = file.read(_CHUNK)
        text = decoder.decode(chunk, final=not chunk)
        if "\x00" in text:
            raise Unreadable(
                "The file holds NUL bytes, so it is no text file. Save it as “CSV UTF-8” and choose that file."
            )
        first, *others = text.split("\n")
        run += len(first)
        longest = max([run, *map(len, others)])
        lines, run = lines + len(others), len(others[-1]) if others else run
        if longest > LINE_MAXIMUM:
            raise Unreadable(
                f"Line {format_number(lines)} or near it has more than {format_number(LINE_MAXIMUM)} characters, so this "
                "is no table. Export it again, with one record on a line."
            )
        if lines > LINES_MAXIMUM + 1:
            raise Unreadable(
                f"The file has more than {format_number(LINES_MAXIMUM)} lines. Split it into several and give each its "
                "headings; all lines of one session belong into the same file."
            )
        if not chunk:
            return lines + bool(run)


def _delimiter(file: BinaryIO, codec: str, is_known: Callable[[str], bool]) -> tuple[str, bool]:
    """The delimiter, and whether a first line ``sep=;`` names it as Excel writes it. Raises Unreadable."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=codec, newline="")
    try:
        first = text.readline()
        hint = first.strip("\r\n")
        hinted = hint[:4].casefold() == "sep=" and hint[4:] in DELIMITERS
        candidates = [hint[4:]] if hinted else list(DELIMITERS)
        lines = [] if hinted else [first]
        while len(lines) < 20 and (line := text.readline()):
            lines.append(line)
    finally:
        text.detach()
    counts = {one: sum(map(is_known, _headings(lines, one))) for one in candidates}
    best = max(candidates, key=lambda one: counts[one])
    if not counts[best]:
        raise Unreadable(
            "None of the headings is known, with comma, semicolon or tab between them. The first line must hold the "
            "headings; the page of imports lists them and gives an empty table with all of them."
        )
    return best, hinted


def _headings(lines: list[str], delimiter: str) -> tuple[str, ...]:
    with suppress(Unreadable, StopIteration):
        return next(_parsed(iter(lines), delimiter, 1)).cells
    return ()
