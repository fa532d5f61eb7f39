"""A ReportLab canvas that writes tagged PDF, built to PDF/UA-1 (ISO 14289-1).

ReportLab has no tagging of its own, but its catalogue takes a structure tree. Everything drawn stands either between
``begin`` and ``end`` (content of an element of the tree) or between ``artifact`` and ``end`` (furniture that is not
read aloud). Page furniture that must know the number of pages is drawn when the document is saved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.pdfbase import pdfdoc
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFObject, PDFString, xObjectName
from reportlab.pdfgen.canvas import Canvas

from clinic.pdf import fonts
from clinic.pdf.outlines import Bookmark, Ready, write_outline
from clinic.pdf.packing import pack

# ReportLab packs compressed pages once more as ASCII, which takes a third of the time and a quarter more room.
rl_config.useA85 = 0

Furniture = Callable[["TaggedCanvas", int, int], None]
"""Draws what stands on a page around its content: (canvas, page number from 1, number of pages)."""

_PDF_VERSION: Final = (1, 7)
_CREATOR: Final = "Clinic record for facial synkinesis"
_XMP: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


class Element:
    """One element of the structure tree; ``kids`` are elements or (page index, marked content id)."""

    __slots__ = ("alt", "kids", "language", "numbering", "reference", "role", "scope")

    def __init__(self, role: str, *, alt: str = "", scope: str = "", numbering: str = "", language: str = "") -> None:
        """``role`` is a standard structure type; ``alt`` replaces a figure; ``scope`` is Column or Row of a TH.

        ``numbering`` is how a list is counted (Disc, Decimal); ``language`` that of a part in another than the document's.
        """
        self.role = role
        self.alt = alt
        self.scope = scope
        self.numbering = numbering
        self.language = language
        self.kids: list[Element | tuple[int, int]] = []
        self.reference = b""

    def add(self, child: Element) -> Element:
        """Append a child and return it."""
        self.kids.append(child)
        return child


class TaggedCanvas(Canvas):
    """A canvas with a structure tree. ``furniture`` is called for each page when the number of pages is known."""

    # Parts of ReportLab's canvas that have no public name.
    _code: list[str]
    _doc: Any
    _formsinuse: list[str]
    _currentMatrix: tuple[float, ...]  # noqa: N815
    _startPage: Callable[[], None]  # noqa: N815

    def __init__(
        self,
        target: Any,
        *,
        page_size: tuple[float, float],
        title: str,
        author: str,
        language: str,
        furniture: Furniture | None = None,
    ) -> None:
        super().__init__(
            target, pagesize=page_size, pdfVersion=_PDF_VERSION, invariant=1, pageCompression=1, lang=language
        )
        self._title, self._author, self._language, self._furniture = title, author, language, furniture
        self.top = Element("Document")
        self.root = self.top
        self.bookmarks: list[Bookmark] = []
        self._pages: list[tuple[dict[str, Any], list[Element]]] = []
        self._marked: list[Element] = []
        self._begun: dict[str, str] = {}
        self._forms: dict[bytes, str] = {}
        self._tree: dict[int, bytes] = {}

    def begin_part(self, furniture: Furniture, element: Element | None) -> None:
        """What is drawn from here on belongs to a document of a pack, with its own furniture, below ``element``."""
        self._furniture = furniture
        if element is not None and element not in self.top.kids:
            self.root = self.top.add(element)

    @contextmanager
    def inside(self, element: Element) -> Iterator[None]:
        """Elements that are added inside become kids of ``element``, which is added when it is new."""
        before = self.root
        if element not in before.kids:
            before.add(element)
        self.root = element
        yield
        self.root = before

    def bookmark(self, level: int, title: str, top: float) -> None:
        """Lead from the bookmarks to a heading of ``level`` (from 1) whose upper edge is at ``top`` here."""
        self.bookmarks.append(Bookmark(level - 1, title, len(self._pages), self.absolutePosition(0, top)[1]))

    @contextmanager
    def content(self, element: Element) -> Iterator[None]:
        """Everything drawn inside is content of ``element``, which stands in the tree already."""
        marker = len(self._marked)
        element.kids.append((len(self._pages), marker))
        self._marked.append(element)
        self._code.append(f"/{element.role} <</MCID {marker}>> BDC")
        yield
        self._code.append("EMC")

    @contextmanager
    def artifact(self, kind: str = "Layout") -> Iterator[None]:
        """Everything drawn inside is furniture: rules, repeated headers, watermarks. ``kind`` as in ISO 32000 14.8.2.2."""
        self._code.append(f"/Artifact <</Type /{kind}>> BDC")
        yield
        self._code.append("EMC")

    def write(self, pieces: list[tuple[str, float, str, float, float, str]]) -> None:
        """Write pieces of text: (font, size, colour ``#rrggbb``, x, y of the baseline, text).

        ReportLab's text object does the same in four times the time.
        """
        parts = ["BT"]
        begun, name, size, colour = "", "", 0.0, ""
        for face, points, ink, x, y, text in pieces:
            if ink != colour:
                colour = ink
                parts.append(f"{colour_operands(colour)} rg")
            parts.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm")
            ready = fonts.hexadecimal(text)
            if ready and (face, points) == (begun, size):
                parts.append(f"<{ready}> Tj")
                continue
            first = self._begun.get(face) or self._begin_font(face)
            for internal, codes in ((first, ready),) if ready else self._split(face, text):
                if (internal, points) != (name, size):
                    name, size = internal, points
                    parts.append(f"{name} {size:.4g} Tf")
                parts.append(f"<{codes}> Tj")
            begun = face if name == first else ""
        if pieces:
            self._code.append("\n".join([*parts, "ET"]))

    def _begin_font(self, face: str) -> str:
        return self._begun.setdefault(face, fonts.font(face).begin(self._doc))

    def _split(self, face: str, text: str) -> list[tuple[str, str]]:
        """A text with rare characters: (name of a subset, codes in it)."""
        registered = fonts.font(face)
        return [
            (registered.getSubsetInternalName(subset, self._doc), codes.hex())
            for subset, codes in registered.splitString(text, self._doc)
        ]

    def lines(self, lines: Iterable[tuple[float, float, float, float, float, str]]) -> None:
        """Draw straight lines: (x and y of either end, width, colour ``#rrggbb``)."""
        weight, colour = -1.0, ""
        for left, bottom, right, top, wide, ink in lines:
            if wide != weight:
                weight = wide
                self._code.append(f"{weight:.4g} w")
            if ink != colour:
                colour = ink
                self._code.append(f"{colour_operands(colour)} RG")
            self._code.append(f"{left:.2f} {bottom:.2f} m {right:.2f} {top:.2f} l S")

    def place(self, form: bytes) -> None:
        """Draw a form that was written beforehand (an object of its own, with its keys) where the page stands."""
        name = f"form{len(self._forms)}"
        if form not in self._forms:
            self._forms[form] = name
            self._doc.Reference(_Ready(form), xObjectName(name))
        self._formsinuse.append(self._forms[form])
        self._code.append(f"/{xObjectName(self._forms[form])} Do")

    def transform(self, a: float, b: float, c: float, d: float, e: float, f: float) -> None:
        """Change coordinates. ReportLab does the same in five times the time, for every block of a page."""
        kept = self._currentMatrix
        self._currentMatrix = (
            kept[0] * a + kept[2] * b,
            kept[1] * a + kept[3] * b,
            kept[0] * c + kept[2] * d,
            kept[1] * c + kept[3] * d,
            kept[0] * e + kept[2] * f + kept[4],
            kept[1] * e + kept[3] * f + kept[5],
        )
        self._code.append(" ".join([_short(number) for number in (a, b, c, d, e, f)]) + " cm")

    def append(self, operators: str) -> None:
        """Put ready operators on the page."""
        self._code.append(operators)

    def showPage(self) -> None:  # noqa: N802 (ReportLab's name)
        """Keep the page until the number of pages is known."""
        self._pages.append((dict(self.__dict__), self._marked))
        self._marked = []
        self._startPage()

    def save(self) -> None:
        """Write the furniture on each page, then the structure tree and the document."""
        if self._code:
            self.showPage()
        pages = self._pages
        furniture = [state["_furniture"] for state, _ in pages]
        for index, (state, _) in enumerate(pages):
            self.__dict__.update(state)
            self._pages = pages
            own = furniture[index]
            if own is not None:
                first = furniture.index(own)
                own(self, index - first + 1, furniture.count(own))
            super().showPage()
            self._tie_to_tree(index)
        self._write_tree([marked for _, marked in pages])
        self._write_catalogue()
        self._doc.format = partial(pack, self._doc, self._tree)
        super().save()

    def _tie_to_tree(self, index: int) -> None:
        """Say on the last page which list of the parent tree is its own, and that Tab follows the structure."""
        page = self._doc.Pages.pages[-1]
        page = self._doc.idToObject.get(getattr(page, "name", None), page)
        # ReportLab drops keys of a page that it does not know.
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents, page.Tabs = index, PDFName("S")

    def _write_tree(self, marked: list[list[Element]]) -> None:
        document = self._doc
        pages = [document.Reference(page).format(document) for page in document.Pages.pages]
        tree = _Ready()
        reference = document.Reference(tree)
        top = self._write_element(self.top, reference.format(document), pages)
        lists = b"".join(
            b"%d[%b]" % (index, b" ".join([element.reference for element in elements]))
            for index, elements in enumerate(marked)
        )
        parents = document.Reference(_Ready(b"<</Nums[%b]>>" % lists)).format(document)
        tree.written = b"<</Type/StructTreeRoot/K %b/ParentTree %b/ParentTreeNextKey %d>>" % (top, parents, len(marked))
        document.Catalog.StructTreeRoot = reference
        if self.bookmarks:
            document.Catalog.Outlines = write_outline(document, self.bookmarks, pages, _Ready)
            document.Outlines = Ready()

    def _write_element(self, element: Element, parent: bytes, pages: list[bytes]) -> bytes:
        """Write an element and all below it; return the reference to it. There are hundreds: past ReportLab's objects."""
        number = self._doc.objectcounter = self._doc.objectcounter + 1
        reference = element.reference = b"%d 0 R" % number
        kids = element.kids
        if len(kids) == 1 and isinstance(kids[0], tuple):
            inside = b"/Pg %b/K %d>>" % (pages[kids[0][0]], kids[0][1])
        else:
            inside = b"/K[%b]>>" % b" ".join(
                [
                    self._write_element(kid, reference, pages)
                    if isinstance(kid, Element)
                    else b"<</Type/MCR/Pg %b/MCID %d>>" % (pages[kid[0]], kid[1])
                    for kid in kids
                ]
            )
        self._tree[number] = b"<</S/%b/P %b%b%b" % (element.role.encode(), parent, self._attributes(element), inside)
        return reference

    def _attributes(self, element: Element) -> bytes:
        parts = []
        if element.alt:
            parts.append((b"/T " if element.role == "Part" else b"/Alt ") + PDFString(element.alt).format(self._doc))
        if element.scope:
            parts.append(b"/A<</O/Table/Scope/%b>>" % element.scope.encode())
        if element.numbering:
            parts.append(b"/A<</O/List/ListNumbering/%b>>" % element.numbering.encode())
        if element.language:
            parts.append(b"/Lang" + PDFString(element.language).format(self._doc))
        return b"".join(parts)

    def _write_catalogue(self) -> None:
        document, catalogue = self._doc, self._doc.Catalog
        # The page flow wrote its own names at the start.
        self.setTitle(self._title)
        self.setAuthor(self._author)
        self.setSubject(self._title)
        self.setCreator(_CREATOR)
        xmp = _XMP.format(title=escape(self._title), language=escape(self._language))
        catalogue.Metadata = document.Reference(_Metadata(xmp.encode()))
        catalogue.Lang = PDFString(self._language)
        catalogue.MarkInfo = PDFDictionary({"Marked": _True()})
        catalogue.ViewerPreferences = PDFDictionary({"DisplayDocTitle": _True()})


def _short(number: float) -> str:
    """A number with at most six decimals, as short as it goes."""
    text = f"{number:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@lru_cache(maxsize=64)
def colour_operands(code: str) -> str:
    """``#rrggbb`` as three numbers from 0 to 1."""
    return " ".join(f"{int(code[index : index + 2], 16) / 255:.3g}" for index in (1, 3, 5))


class _Ready(PDFObject):
    """An object of its own that was written beforehand."""

    __RefOnly__ = 1

    def __init__(self, written: bytes = b"") -> None:
        self.written = written

    def format(self, _document: Any) -> bytes:
        return self.written


class _True(PDFObject):
    """The word ``true``, which ReportLab cannot write in a dictionary."""

    def format(self, _document: Any) -> bytes:
        return b"true"


class _Metadata(pdfdoc.PDFStream):
    """An XMP packet, which must not be compressed: searching programs look for it as plain text."""

    def __init__(self, packet: bytes) -> None:
        super().__init__(content=packet)

    def format(self, document: Any) -> bytes:
        data = document.encrypt.encode(self.content)
        head = PDFDictionary({"Type": PDFName("Metadata"), "Subtype": PDFName("XML"), "Length": len(data)})
        return b"".join((head.format(document), b"\nstream\n", data, b"\nendstream\n"))
