"""Documents laid out from their blocks, alone or several in one file."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.platypus import Flowable

from clinic.domain.documents.content import DocumentContent
from clinic.pdf import fonts
from clinic.pdf.document_blocks import flow
from clinic.pdf.document_openings import opening
from clinic.pdf.flowables import Notice
from clinic.pdf.pages import Part, build_parts
from clinic.pdf.setting import Setting, footer_notes, setting
from clinic.pdf.stamps import Stamp
from clinic.pdf.text import unprintable

_MOST_CODES = 20


def render(content: DocumentContent, stamp: Stamp) -> bytes:
    """The document as PDF. Depends on its arguments only: the same content and stamp give the same bytes."""
    return build_parts([part(content, stamp)])


def render_pack(parts: Sequence[Part | tuple[DocumentContent, Stamp]]) -> bytes:
    """Several documents as one PDF, each with its own pages, language and edition. Raises ValueError for none."""
    if not parts:
        raise ValueError("a pack holds at least one document")
    return build_parts([one if isinstance(one, Part) else part(*one) for one in parts])


def part(content: DocumentContent, stamp: Stamp) -> Part:
    """The document as it can stand in a pack."""
    fonts.register()
    how = setting(content, stamp)
    story = [*opening(content, stamp, how), *flow(content.blocks, how), *_unprintable(content, stamp, how)]
    return Part(story, content, stamp, content.title, how.words.code, footer_notes(content))


def _unprintable(content: DocumentContent, stamp: Stamp, how: Setting) -> list[Flowable]:
    """A note that names the characters that stand replaced on the pages; nothing when there are none."""
    codes = unprintable((content, stamp))
    if not codes:
        return []
    shown = [*codes[:_MOST_CODES]]
    if len(codes) > _MOST_CODES:
        shown.append(how.words.label("and_more", count=len(codes) - _MOST_CODES))
    words = how.words.label("unprintable", sign=fonts.REPLACEMENT, codes=", ".join(shown))
    return [Notice(words, how.type.body, before=8)]
