"""Fira Sans for prints: registered once a process, with figures of one width and a clean map to Unicode."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import as_file, files
from string import ascii_letters, digits
from struct import unpack_from
from threading import RLock
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFName
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont

REGULAR: Final = "Clinic"
BOLD: Final = "Clinic-Bold"
REPLACEMENT: Final = "\ufffd"
"""Stands for a character that cannot be printed: drawn as a lozenge, read back as U+FFFD."""

_FILES: Final = {REGULAR: "FiraSans-Regular.ttf", BOLD: "FiraSans-SemiBold.ttf"}
_LOZENGE: Final = 0x25CA
# What PDF/UA forbids in a map to Unicode: no character, and the byte order marks.
_NO_CHARACTER: Final = frozenset({0, 0xFEFF, 0xFFFE})
# A block of a map to Unicode holds at most 100 entries (Adobe technical note 5014).
_BLOCK: Final = 100
_FIRST: Final = [0, 32, *([32] * 31), *map(ord, ascii_letters + digits + "%'(),-./:;+·–’•")]
"""What every document embeds, with its codes: nearly every print has these, so that their glyphs are cut out and packed
once a process; ReportLab keeps the codes below 33 for blanks. What else a text needs comes after them."""
_CODES: Final = {character: code for code, character in enumerate(_FIRST) if code > 32} | {32: 32, 0xA0: 32}
_HEX: Final = {chr(character): f"{code:02x}" for character, code in _CODES.items()}
_READY: Final = frozenset(_HEX)
_lock: Final = RLock()
_fonts: Final[dict[str, ClinicFont]] = {}


class ClinicFont(TTFont):
    """A TrueType font that several threads may embed at once, whose map to Unicode names used codes only."""

    def begin(self, doc: Any) -> str:
        """Begin the font in a document, if it is new there; return the name of its first subset."""
        if doc not in self.state:
            state: Any = TTFont.State(asciiReadable=False)
            self.state[doc] = state
            state.assignments = {0: 0, **_CODES}
            state.subsets, state.nextCode = [[*_FIRST]], len(_FIRST)
        return str(self.getSubsetInternalName(0, doc))

    def addObjects(self, doc: Any) -> None:  # noqa: N802 (ReportLab's name)
        """Write the font's subsets into the document."""
        self.begin(doc)
        subsets = [tuple(subset) for subset in self.state[doc].subsets]
        super().addObjects(doc)
        for number, subset in enumerate(subsets):
            name = (SUBSETN(number) + b"+" + self.face.name + self.face.subfontNameX).decode("ascii")
            _packed(doc.idToObject[f"fontFile:{self.face.filename}({name})"], _pack(self.face.makeSubset(subset)))
            _packed(doc.idToObject[f"toUnicodeCMap:{name}"], _pack(_to_unicode(name, subset)))


@lru_cache(maxsize=8192)
def hexadecimal(text: str) -> str:
    """Codes of a text in every document, for an operator; empty when it needs more than every document embeds."""
    return "".join([_HEX[character] for character in text]) if _READY.issuperset(text) else ""


@lru_cache(maxsize=64)
def _pack(content: str | bytes) -> bytes:
    return zlib.compress(content.encode() if isinstance(content, str) else content, 9)


def _packed(stream: Any, content: bytes) -> None:
    stream.content, stream.dictionary["Filter"] = content, PDFName("FlateDecode")


def _cutting_once(face: Any) -> None:
    """Let a face cut the glyphs of a subset out once a process."""
    cut = face.makeSubset

    @lru_cache(maxsize=32)
    def kept(subset: tuple[int, ...]) -> bytes:
        with _lock:  # the font file is read through one position that all documents share
            return bytes(cut(list(subset)))

    face.makeSubset = lambda subset: kept(tuple(subset))


def register() -> None:
    """Register the fonts with ReportLab; only the first call in a process does anything."""
    if len(_fonts) == len(_FILES):
        return
    with _lock:
        for name, file in _FILES.items():
            if name not in _fonts:
                with as_file(files("fontpkg_fira_sans") / "files" / file) as path:
                    made = ClinicFont(name, str(path), asciiReadable=0)
                _give_tabular_figures(made.face)
                _cutting_once(made.face)
                made.face.charToGlyph[ord(REPLACEMENT)] = made.face.charToGlyph[_LOZENGE]
                made.face.charWidths[ord(REPLACEMENT)] = made.face.charWidths[_LOZENGE]
                pdfmetrics.registerFont(made)
                _fonts[name] = made


def font(name: str) -> ClinicFont:
    """A registered font."""
    register()
    return _fonts[name]


def printable(character: str) -> bool:
    """Whether the fonts have a glyph for a character."""
    return ord(character) in font(REGULAR).face.charToGlyph


@lru_cache(maxsize=64)
def _to_unicode(name: str, subset: Sequence[int]) -> str:
    """The CMap that leads from the codes of a subset back to characters."""
    pairs = [(code, character) for code, character in enumerate(subset) if character not in _NO_CHARACTER]
    blocks = [pairs[start : start + _BLOCK] for start in range(0, len(pairs), _BLOCK)]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def",
            f"/CMapName /{name} def /CMapType 2 def",
            f"1 begincodespacerange <00> <{len(subset) - 1:02X}> endcodespacerange",
            *(_block(block) for block in blocks),
            "endcmap CMapName currentdict /CMap defineresource pop end end",
        ]
    )


def _block(pairs: Sequence[tuple[int, int]]) -> str:
    lines = "\n".join(f"<{code:02X}> <{character:04X}>" for code, character in pairs)
    return f"{len(pairs)} beginbfchar\n{lines}\nendbfchar"


def _give_tabular_figures(face: Any) -> None:
    """Let the ten figures be those of one width that the font brings (feature ``tnum``), so that doses line up."""
    table = face.get_table("GSUB")
    for character in range(ord("0"), ord("9") + 1):
        glyph = face.charToGlyph[character]
        for lookup in _lookups(table, b"tnum"):
            glyph = _substitutes(table, lookup).get(glyph, glyph)
        face.charToGlyph[character] = glyph
        face.charWidths[character] = round(face.hmetrics[glyph][0] * 1000 / face.unitsPerEm)


def _lookups(table: bytes, feature: bytes) -> list[int]:
    """The offsets in GSUB of the lookups of a feature, each once."""
    features, lookups = unpack_from(">HH", table, 6)
    found: dict[int, None] = {}
    for index in range(unpack_from(">H", table, features)[0]):
        tag, offset = unpack_from(">4sH", table, features + 2 + 6 * index)
        if tag == feature:
            count = unpack_from(">H", table, features + offset + 2)[0]
            found |= dict.fromkeys(unpack_from(f">{count}H", table, features + offset + 4))
    return [lookups + unpack_from(">H", table, lookups + 2 + 2 * index)[0] for index in found]


def _substitutes(table: bytes, lookup: int) -> dict[int, int]:
    """Which glyph a lookup of single substitutions (type 1, or 7 leading to 1) puts for which."""
    found: dict[int, int] = {}
    kind, _, count = unpack_from(">HHH", table, lookup)
    for offset in unpack_from(f">{count}H", table, lookup + 6):
        start, actual = lookup + offset, kind
        if kind == 7:
            _, actual, further = unpack_from(">HHI", table, start)
            start += further
        if actual == 1:
            found |= _single(table, start)
    return found


def _single(table: bytes, start: int) -> dict[int, int]:
    form, coverage, third = unpack_from(">HHH", table, start)
    covered = _covered(table, start + coverage)
    if form == 1:  # one difference for all
        return {glyph: (glyph + third) % 0x10000 for glyph in covered}
    return dict(zip(covered, unpack_from(f">{third}H", table, start + 6), strict=True))


def _covered(table: bytes, start: int) -> list[int]:
    form, count = unpack_from(">HH", table, start)
    if form == 1:
        return list(unpack_from(f">{count}H", table, start + 4))
    ranges = (unpack_from(">HHH", table, start + 4 + 6 * index) for index in range(count))
    return [glyph for first, last, _ in ranges for glyph in range(first, last + 1)]
