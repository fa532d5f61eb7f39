"""Fira Sans for prints: registered once a process, figures of one width, the usual letters embedded from a cache.

ReportLab cuts a new subset of each font for each document, which costs more than the layout. Here the first subset of
every document is the same (``_USUAL``), cut and compressed once; rarer letters go to further subsets.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from importlib.resources import as_file, files
from threading import RLock
from typing import Any, Final

from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "Clinic"
BOLD: Final = "Clinic-Bold"
REPLACEMENT: Final = "\ufffd"
"""Stands in text for a character that cannot be printed; drawn as a lozenge, read back as U+FFFD."""

_FILES: Final = {REGULAR: "FiraSans-Regular.ttf", BOLD: "FiraSans-SemiBold.ttf"}
_LOZENGE: Final = 0x25CA
_USUAL: Final = [*range(32, 127), *map(ord, "\ufffd·–—‘’“”…×≈≥≤±°½²³µäöüßéèáíóñçÄÖÜÉ")]
# What PDF/UA forbids in a map to Unicode: no character, and the byte order marks.
_NO_CHARACTER: Final = frozenset({0, 0xFEFF, 0xFFFE})
_lock: Final = RLock()


class ClinicFont(TTFont):
    """A TrueType font whose subsets can be made by several threads and whose map to Unicode is clean."""

    def begin(self, document: Any) -> None:
        """Give a document the usual letters as its first subset; call it before the first text."""
        state = TTFont.State(asciiReadable=False, ttf=self)
        codes = [code for code in _USUAL if code in self.face.charToGlyph]
        # A letter of ASCII keeps its own code; the others fill what is free below 32 and above 126.
        free = [*range(1, 32), *range(127, 256)]
        place = {code: code if code < 127 else free.pop(0) for code in codes}
        first = [0] * (max(place.values()) + 1)
        for code, position in place.items():
            first[position] = code
        state.assignments = {0: 0, **place}
        state.subsets = [first]
        state.nextCode = 256
        self.state[document] = state

    def addObjects(self, doc: Any) -> None:
        """Write the font's objects as ReportLab does, without unused codes in the map to Unicode."""
        subsets = [list(subset) for subset in self.state[doc].subsets]
        with _lock:  # the font file is read through one shared position
            super().addObjects(doc)
        for number, subset in enumerate(subsets):
            self._mend(doc, number, subset)

    def _mend(self, doc: Any, number: int, subset: list[int]) -> None:
        prefix = pdfdoc.pdfdocEnc(_subset_prefix(number))
        name = (prefix + b"+" + self.face.name + self.face.subfontNameX).decode("pdfdoc")
        doc.idToObject[f"toUnicodeCMap:{name}"].content = _to_unicode(name, tuple(subset))


def register() -> None:
    """Register the fonts with ReportLab; only the first call in a process does anything."""
    with _lock:
        if BOLD in pdfmetrics.getRegisteredFontNames():
            return
        for name, file in _FILES.items():
            with as_file(files("fontpkg_fira_sans") / "files" / file) as path:
                font = ClinicFont(name, str(path))
            _set_tabular_figures(font)
            font.face.charToGlyph[ord(REPLACEMENT)] = font.face.charToGlyph[_LOZENGE]
            font.face.charWidths[ord(REPLACEMENT)] = font.face.charWidths[_LOZENGE]
            font.face.makeSubset = _cached(font.face.makeSubset)
            pdfmetrics.registerFont(font)
