"""How a document is set: its type, its language, and whom it is for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from clinic.domain.documents.content import DocumentContent
from clinic.domain.documents.kinds import SHAPES, DocumentKind, Edition
from clinic.domain.documents.texts import Language, language
from clinic.pdf.pages import Part, later_room
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import CARRIED_SIZE, CLINICAL_SIZE, LARGE_SIZE, PATIENT_SIZE, Type, content_width, type_of

_CARRIED: Final = frozenset({DocumentKind.TREATMENT_PASSPORT.value})
"""What a patient carries on one page."""


@dataclass(frozen=True, slots=True)
class Setting:
    """``width`` is what there is for blocks, in points, ``room`` the height that every page has for them.

    ``translated`` documents are for patients.
    """

    type: Type
    words: Language
    width: float
    room: float
    translated: bool
    letter: bool
    large: bool

    @property
    def whole(self) -> float:
        """What is not taller than this fits on a page below its heading, in points."""
        return self.room - 60 * self.type.unit

    def narrowed(self, width: float) -> Setting:
        """The same in a column."""
        return replace(self, width=width)


def setting(content: DocumentContent, stamp: Stamp) -> Setting:
    """How a document is set by its kind, its language and the edition that is asked for."""
    shape = next((SHAPES[one] for one in DocumentKind if one.value == content.kind), None)
    translated = shape is not None and shape.translated
    letter = bool(content.recipient) or (shape is not None and shape.letter)
    large = stamp.edition is Edition.LARGE
    normal = CARRIED_SIZE if content.kind in _CARRIED else PATIENT_SIZE if translated else CLINICAL_SIZE
    size = LARGE_SIZE if large else normal
    width = content_width(stamp.paper)
    words = language(content.language)
    room = later_room(Part((), content, stamp, content.title, words.code, footer_notes(content)))
    return Setting(type_of(size), words, width, room, translated, letter, large)


def footer_notes(content: DocumentContent) -> tuple[str, ...]:
    """What the footer of a document says first: that the clinic did not accept its texts yet."""
    return () if content.approved else (language(content.language).label("not_accepted"),)
