"""Reading prints back: text by page, the structure tree, and where each piece of text stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from typing import Any

import page as page_validation
from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream, DecodedStreamObject, NameObject

Matrix = tuple[float, float, float, float, float, float]

_POINTS = re.compile(rb"(\((?:\\.|[^\\()])*\))|(?:-?[\d.]+ ){2}[ml](?=\s)|(?:-?[\d.]+ ){6}c(?=\s)", re.DOTALL)
"""Strings, to be kept; and the points of lines: most of a face, and nothing to those who read."""


@lru_cache(maxsize=8)
def reader(data: bytes) -> PdfReader:
    """The document; what was read of it is kept, because reading is slow."""
    return PdfReader(BytesIO(data))


def pages(data: bytes) -> list[str]:
    """The text of each page, every run of blanks and line ends as one blank."""
    return [page_text(data, index) for index in range(len(reader(data).pages))]


@lru_cache(maxsize=64)
def page_text(data: bytes, index: int) -> str:
    """The text of one page, every run of blanks and line ends as one blank."""
    document = reader(data)
    sheet = PageObject(document)
    sheet.update(document.pages[index])
    sheet[NameObject("/Contents")] = _without_lines(document, index)
    return " ".join(sheet.extract_text().split())


def operations(document: PdfReader, index: int) -> list[tuple[Any, bytes]]:
    """What is done on a page, without its lines."""
    kept: dict[int, list[tuple[Any, bytes]]] = document.__dict__.setdefault("kept_operations", {})
    if index not in kept:
        kept[index] = ContentStream(_without_lines(document, index), document).operations
    return kept[index]


def _without_lines(document: PdfReader, index: int) -> DecodedStreamObject:
    content = document.pages[index].get_contents()
    assert content is not None
    found = DecodedStreamObject()
    found.set_data(_POINTS.sub(lambda match: match[1] or b"", content.get_data()))
    return found


def text(data: bytes) -> str:
    """The text of all pages."""
    return " ".join(pages(data))


def failures(data: bytes) -> list[str]:
    """Rules of PDF/UA-1 that a document breaks."""
    report = page_validation.validate_pdf_bytes(data, profile=page_validation.ValidationProfile.PDF_UA_1)
    assert report.rules.total > 90
    return [f"{one.rule_id}: {one.message}" for one in report.failures]


@dataclass(frozen=True)
class Node:
    """An element of the structure tree with the text of its marked content."""

    role: str
    scope: str
    alt: str
    text: str
    kids: tuple[Node, ...]
    pages: frozenset[int] = frozenset()
    numbering: str = ""
    title: str = ""

    def walk(self) -> Iterator[Node]:
        """Go through the element and all below."""
        yield self
        for kid in self.kids:
            yield from kid.walk()


def tree(data: bytes) -> Node:
    """The structure tree of a document."""
    document = reader(data)
    marked: dict[tuple[int, int], str] = {}
    for index, sheet in enumerate(document.pages):
        for piece in pieces(document, index):
            if piece.marker is not None:
                before = marked.get((index, piece.marker), "")
                marked[index, piece.marker] = f"{before} {piece.text}".strip()
        assert sheet["/StructParents"] == index
    numbers = {page.indirect_reference.idnum: index for index, page in enumerate(document.pages)}  # type: ignore[union-attr]
    top = document.trailer["/Root"]["/StructTreeRoot"]["/K"]  # type: ignore[index]
    return _node(top.get_object(), numbers, marked)


def _node(raw: Any, numbers: dict[int, int], marked: dict[tuple[int, int], str]) -> Node:
    kids, words = [], []
    places: set[int] = set()
    found = raw.get("/K", [])
    for kid in found if isinstance(found, list) else [found]:
        if isinstance(kid, int):
            places.add(numbers[raw.raw_get("/Pg").idnum])
            words.append(marked.get((numbers[raw.raw_get("/Pg").idnum], int(kid)), ""))
            continue
        inner = kid.get_object()
        if inner.get("/Type") == "/MCR":
            places.add(numbers[inner.raw_get("/Pg").idnum])
            words.append(marked.get((numbers[inner.raw_get("/Pg").idnum], int(inner["/MCID"])), ""))
        else:
            kids.append(_node(inner, numbers, marked))
    own = raw.get("/A", {})
    return Node(
        role=str(raw["/S"])[1:],
        scope=str(own.get("/Scope", ""))[1:],
        alt=str(raw.get("/Alt", "")),
        text=" ".join(words).strip(),
        kids=tuple(kids),
        pages=frozenset(places).union(*(kid.pages for kid in kids)),
        numbering=str(own.get("/ListNumbering", ""))[1:],
        title=str(raw.get("/T", "")),
    )


@dataclass(frozen=True)
class Piece:
    """A piece of text as shown, the corners of its baseline on the page, its size there and its marked content."""

    text: str
    start: tuple[float, float]
    end: tuple[float, float]
    size: float
    marker: int | None
    artifact: bool


def pieces(document: PdfReader, index: int) -> list[Piece]:
    """Every piece of text on a page."""
    kept: dict[int, list[Piece]] = document.__dict__.setdefault("kept_pieces", {})
    if index not in kept:
        kept[index] = _pieces(document, index)
    return kept[index]


def _pieces(document: PdfReader, index: int) -> list[Piece]:
    sheet = document.pages[index]
    fonts = {name: _Font(font.get_object()) for name, font in sheet["/Resources"]["/Font"].items()}  # type: ignore[index]
    found: list[Piece] = []
    stack: list[Matrix] = []
    matrix: Matrix = (1, 0, 0, 1, 0, 0)
    place = matrix
    font, size = None, 0.0
    marks: list[tuple[int | None, bool]] = []
    for operands, operator in operations(document, index):
        match operator:
            case b"q":
                stack.append(matrix)
            case b"Q":
                matrix = stack.pop()
            case b"cm":
                matrix = _times(tuple(map(float, operands)), matrix)  # type: ignore[arg-type]
            case b"BDC" | b"BMC":
                marker = operands[1].get("/MCID") if operator == b"BDC" else None
                marks.append((marker, operands[0] == "/Artifact"))
            case b"EMC":
                marks.pop()
            case b"Tm":
                place = tuple(map(float, operands))  # type: ignore[assignment]
            case b"Tf":
                font, size = fonts[operands[0]], float(operands[1])
            case b"Tj":
                assert font is not None
                raw = operands[0].original_bytes
                seen, long = (font.width(part) * size / 1000 for part in (raw[: len(font.text(raw).rstrip(" "))], raw))
                at = _times(place, matrix)
                scale = (at[0] ** 2 + at[1] ** 2) ** 0.5
                ahead = _times(_times((1, 0, 0, 1, seen, 0), place), matrix)
                place = _times((1, 0, 0, 1, long, 0), place)
                marker, artifact = marks[-1] if marks else (None, False)
                found.append(Piece(font.text(raw), at[4:], ahead[4:], size * scale, marker, artifact))
    assert not stack
    assert not marks
    return found


class _Font:
    """An embedded font: the widths of its codes and the characters that they stand for."""

    def __init__(self, raw: Any) -> None:
        self.widths = [float(width) for width in raw["/Widths"]] if "/Widths" in raw else []
        self.characters: dict[int, str] = {}
        if "/ToUnicode" in raw:
            for line in raw["/ToUnicode"].get_data().decode().splitlines():
                if line.startswith("<") and line.count("<") == 2 and "codespace" not in line:
                    code, character = line.strip("<>").split("> <")
                    self.characters[int(code, 16)] = chr(int(character, 16))

    def width(self, codes: bytes) -> float:
        """Width in thousandths of the size."""
        return sum(self.widths[code] for code in codes)

    def text(self, codes: bytes) -> str:
        """The characters."""
        return "".join(self.characters[code] for code in codes)


def _times(first: Matrix, second: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    k, l, m, n, o, p = second  # noqa: E741
    return (a * k + b * m, a * l + b * n, c * k + d * m, c * l + d * n, e * k + f * m + o, e * l + f * n + p)


def outside(data: bytes) -> list[str]:
    """Pieces of text that reach over the edge of their page."""
    document = reader(data)
    found = []
    for index, sheet in enumerate(document.pages):
        width, height = float(sheet.mediabox.width), float(sheet.mediabox.height)
        for piece in pieces(document, index):
            for x, y in (piece.start, piece.end):
                if not (0 <= x <= width and 0 <= y <= height):
                    found.append(f"page {index + 1}: {piece.text!r} at {x:.0f}, {y:.0f}")
    return found


def overlapping(data: bytes) -> list[str]:
    """Pieces of one size that lie on each other, artifacts and the face apart."""
    document = reader(data)
    found = []
    for index in range(len(document.pages)):
        shown = [piece for piece in pieces(document, index) if not piece.artifact and piece.start[1] == piece.end[1]]
        rows: dict[int, list[Piece]] = {}
        for piece in shown:
            rows.setdefault(round(piece.start[1] * 10), []).append(piece)
        for row in rows.values():
            row.sort(key=lambda piece: piece.start[0])
            for first, second in pairwise(row):
                if first.end[0] > second.start[0] + 0.6 and first.marker != second.marker:
                    found.append(f"page {index + 1}: {first.text!r} runs into {second.text!r}")
    return found
