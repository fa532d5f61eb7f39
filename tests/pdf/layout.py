"""What must hold for every print, by reading it back. Call ``check`` on any document; the parts can be called alone."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from pypdf.generic import Destination

from clinic.pdf.style import BOTTOM, MARGIN, TOP
from tests.pdf import reading
from tests.pdf.reading import Node

_SLACK = 1.0


def check(data: bytes, *, large: bool = False) -> None:
    """Assert all of it; ``large`` also the sizes of the large-type edition."""
    assert reading.failures(data) == []
    assert beyond_margins(data) == []
    assert reading.overlapping(data) == []
    assert headings_at_the_end_of_a_page(data) == []
    assert tables_without_their_header(data) == []
    assert heading_faults(data) == []
    assert table_faults(data) == []
    assert list_faults(data) == []
    assert figures_without_words(data) == []
    assert untagged(data) == []
    assert bookmarks(data) == ["".join(node.text.split()) for node in _headings(data)]
    assert too_pale(data) == []
    assert empty_pages(data) == []
    catalogue: Any = reading.reader(data).trailer["/Root"]
    assert catalogue["/Lang"]
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    if large:
        assert too_small(data, 16) == []


def beyond_margins(data: bytes) -> list[str]:
    """Pieces of text outside the margins; the watermark, which is turned, apart."""
    document = reading.reader(data)
    found = []
    for index, sheet in enumerate(document.pages):
        width, height = float(sheet.mediabox.width), float(sheet.mediabox.height)
        for piece in reading.pieces(document, index):
            if abs(piece.start[1] - piece.end[1]) > 0.01:
                continue
            across = piece.start[0] >= MARGIN - _SLACK and piece.end[0] <= width - MARGIN + _SLACK
            upright = BOTTOM - _SLACK <= piece.start[1] <= height - TOP + _SLACK
            if not (across and upright):
                found.append(f"page {index + 1}: {piece.text!r} at {piece.start} to {piece.end}")
    return found


def headings_at_the_end_of_a_page(data: bytes) -> list[str]:
    """Headings after which nothing follows on their page."""
    document = reading.reader(data)
    tree: Any = document.trailer["/Root"]["/StructTreeRoot"]  # type: ignore[index]
    numbers = tree["/ParentTree"]["/Nums"]
    last = [numbers[2 * index + 1][-1:] for index in range(len(document.pages))]
    return [
        f"page {index + 1}"
        for index, kids in enumerate(last)
        if kids and re.fullmatch(r"/H\d", str(kids[0].get_object()["/S"]))
    ]


def tables_without_their_header(data: bytes) -> list[str]:
    """Tables that go on on a page where their header is not repeated."""
    document = reading.reader(data)
    found = []
    for table in _all(data, "Table"):
        titles = {word for cell in table.kids[0].kids for word in cell.text.split()}
        for page in sorted(table.pages)[1:]:
            repeated = {
                word for piece in reading.pieces(document, page) if piece.artifact for word in piece.text.split()
            }
            found += [f"page {page + 1}: {title}" for title in sorted(titles - repeated)]
    return found


def heading_faults(data: bytes) -> list[str]:
    """Documents that do not begin with their one title, and headings that skip a level."""
    found = []
    top = reading.tree(data)
    for part in [kid for kid in top.kids if kid.role == "Part"] or [top]:
        levels = [int(node.role[1]) for node in part.walk() if re.fullmatch(r"H\d", node.role)]
        if levels[:1] != [1] or levels.count(1) != 1:
            found.append(f"{part.title or 'document'}: headings {levels}")
        found += [f"{before} to {after}" for before, after in pairwise(levels) if after > before + 1]
    return found


def table_faults(data: bytes) -> list[str]:
    """Tables with uneven rows or without header cells that say what they head."""
    found = []
    for table in _all(data, "Table"):
        head, *body = table.kids
        if len({len(row.kids) for row in table.kids}) != 1:
            found.append(f"uneven rows below {head.kids[0].text}")
        if {(cell.role, cell.scope) for cell in head.kids} != {("TH", "Column")}:
            found.append(f"no header above {head.kids[0].text}")
        found += [f"row {row.kids[0].text}" for row in body if (row.kids[0].role, row.kids[0].scope) != ("TH", "Row")]
    return found


def list_faults(data: bytes) -> list[str]:
    """Lists that are not made of items with a label and a body, or do not say how they are counted."""
    found = []
    for one in _all(data, "L"):
        if not one.numbering:
            found.append("a list without numbering")
        found += [
            item.text for item in one.kids if (item.role, *(kid.role for kid in item.kids)) != ("LI", "Lbl", "LBody")
        ]
    return found


def figures_without_words(data: bytes) -> list[str]:
    """Figures without an alternative text."""
    return [node.role for node in _all(data, "Figure") if not node.alt.strip()]


def untagged(data: bytes) -> list[str]:
    """Text that is neither content of the tree nor furniture."""
    document = reading.reader(data)
    pieces = (piece for index in range(len(document.pages)) for piece in reading.pieces(document, index))
    return [piece.text for piece in pieces if not piece.artifact and piece.marker is None]


def bookmarks(data: bytes) -> list[str]:
    """The titles of the bookmarks in reading order, without blanks: a long word may be broken on the page."""
    return ["".join((one.title or "").split()) for one in _outline(reading.reader(data).outline)]


def _outline(entries: Any) -> list[Destination]:
    found: list[Destination] = []
    for one in entries:
        found += _outline(one) if isinstance(one, list) else [one]
    return found


def empty_pages(data: bytes) -> list[int]:
    """Pages without any content of their own, nor lines to write on."""
    document = reading.reader(data)
    found = [index for index, roles in enumerate(_roles(data)) if not roles]
    return [index + 1 for index in found if not _has_layout(reading.operations(document, index))]


def _has_layout(operations: list[tuple[Any, bytes]]) -> bool:
    return any(operator == b"BDC" and operands[1].get("/Type") == "/Layout" for operands, operator in operations)


def too_small(data: bytes, least: float) -> list[str]:
    """Text to be read, outside figures and furniture, that is smaller than ``least`` points."""
    document = reading.reader(data)
    roles = _roles(data)
    return [
        f"page {index + 1}: {piece.text!r} has {piece.size:.1f} points"
        for index in range(len(document.pages))
        for piece in reading.pieces(document, index)
        if not piece.artifact and roles[index][piece.marker or 0] != "/Figure" and piece.size < least - 0.01
    ]


def _roles(data: bytes) -> list[list[str]]:
    """The role of every marked content, by page."""
    document = reading.reader(data)
    tree: Any = document.trailer["/Root"]["/StructTreeRoot"]  # type: ignore[index]
    numbers = tree["/ParentTree"]["/Nums"]
    return [[str(one.get_object()["/S"]) for one in numbers[2 * page + 1]] for page in range(len(document.pages))]


def too_pale(data: bytes) -> list[str]:
    """Colours of text, made grey, with less than 4.5 : 1 to white paper; white itself stands on ink only."""
    return sorted(colour for colour in text_colours(data) if colour != "1 1 1" and _contrast(colour) < 4.5)


def text_colours(data: bytes) -> set[str]:
    """The fill colours in which text is shown."""
    document = reading.reader(data)
    found = set()
    for index in range(len(document.pages)):
        fill, stack = "0 0 0", []
        for operands, operator in reading.operations(document, index):
            if operator == b"rg":
                fill = " ".join(f"{float(value):g}" for value in operands)
            elif operator == b"q":
                stack.append(fill)
            elif operator == b"Q":
                fill = stack.pop()
            elif operator == b"Tj":
                found.add(fill)
    return found


def _contrast(colour: str) -> float:
    """Contrast of a colour to white, by WCAG 2.2: it weighs the colours as a grey print does."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in map(float, colour.split())
    )
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _all(data: bytes, role: str) -> list[Node]:
    return [node for node in reading.tree(data).walk() if node.role == role]


def _headings(data: bytes) -> list[Node]:
    return [node for node in reading.tree(data).walk() if re.fullmatch(r"H\d", node.role)]
