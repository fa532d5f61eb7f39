"""The bookmarks of a document: its headings as a tree, each leading to its place on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFString


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A heading: its depth (0 for the highest), its words, the index of its page, the height on it in points."""

    depth: int
    title: str
    page: int
    top: float


@dataclass(slots=True)
class _Entry:
    bookmark: Bookmark
    kids: list[_Entry] = field(default_factory=list)

    def count(self) -> int:
        return len(self.kids) + sum(kid.count() for kid in self.kids)


class Ready:
    """Prepared bookmarks, which stay as they are when ReportLab asks for its own to be prepared."""

    ready = 1

    def prepare(self, _document: Any, _canvas: Any) -> None:
        """Nothing is left to do."""


def write_outline(document: Any, bookmarks: Sequence[Bookmark], pages: Sequence[bytes], made: Any) -> Any:
    """Put the bookmarks in the document and return the reference to them; ``made`` makes an empty object to fill.

    ``pages`` are the references to the pages in their order.
    """
    top, root = _tree(bookmarks), made()
    reference = document.Reference(root)
    ends = _write_kids(document, top, reference.format(document), pages, made)
    root.written = b"<</Type/Outlines%b/Count %d>>" % (ends, top.count())
    return reference


def _tree(bookmarks: Sequence[Bookmark]) -> _Entry:
    top = _Entry(Bookmark(-1, "", 0, 0))
    path = [top]
    for one in bookmarks:
        del path[max(1, min(one.depth + 1, len(path))) :]
        entry = _Entry(one)
        path[-1].kids.append(entry)
        path.append(entry)
    return top


def _write_kids(document: Any, entry: _Entry, parent: bytes, pages: Sequence[bytes], made: Any) -> bytes:
    """Write all below an entry; return the keys that lead from it to them."""
    if not entry.kids:
        return b""
    items = [made() for _ in entry.kids]
    references = [document.Reference(item).format(document) for item in items]
    for index, (item, kid) in enumerate(zip(items, entry.kids, strict=True)):
        found = kid.bookmark
        parts = [b"<</Title %b/Parent %b" % (PDFString(found.title).format(document), parent)]
        parts += [b"/Prev " + references[index - 1]] if index else []
        parts += [b"/Next " + references[index + 1]] if index + 1 < len(items) else []
        parts.append(b"/Dest[%b /XYZ null %d null]" % (pages[found.page], round(found.top)))
        parts.append(_write_kids(document, kid, references[index], pages, made))
        parts += [b"/Count %d" % kid.count()] if kid.kids else []
        item.written = b"".join([*parts, b">>"])
    return b"/First %b/Last %b" % (references[0], references[-1])
