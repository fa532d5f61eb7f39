"""What a print says about itself: reference, time of printing, state, signatures and addenda."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from clinic.domain.documents.kinds import Edition
from clinic.pdf.style import Paper

Status = Literal["draft", "signed", "amended", "voided", "reading", "preview", "issued", "superseded"]
"""``reading``: a print of what several visits hold, as it stood when it was printed. ``preview``: not handed over yet."""

WATERMARKS: Final[dict[Status, str]] = {
    "draft": "DRAFT",
    "signed": "",
    "amended": "AMENDED",
    "voided": "VOIDED",
    "reading": "",
    "preview": "PREVIEW",
    "issued": "",
    "superseded": "SUPERSEDED",
}
_WORDS: Final[dict[Status, str]] = {"draft": "not signed", "preview": "not issued"}


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature in words: who, in which role, meaning what, when (with the zone), over which bytes (SHA-256)."""

    name: str
    role: str
    meaning: str
    signed_at: str
    content_sha256: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Addendum:
    """Words added after signing."""

    text: str
    author: str
    added_at: str


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The clinic's logo as PNG (b"" without one), its size in pixels, and a line for the foot of every page."""

    logo: bytes = b""
    width: int = 0
    height: int = 0
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Everything on a print that is not content of the visit.

    ``status_text`` says more about the state: "amended, see visit …, 24 Nov 2026". ``printed_at`` names its zone.
    ``awaited`` says which signature is still to come; ``belongs`` whose record it is now, when that was merged since;
    ``requests`` are what the patient asked to be corrected, each as
    (who, when and what; the words) of its steps. A print of a frozen visit as it stands today is the same content with another stamp.
    """

    reference: str
    printed_at: str
    status: Status
    status_text: str = ""
    signatures: tuple[Signature, ...] = ()
    awaited: str = ""
    belongs: str = ""
    addenda: tuple[Addendum, ...] = ()
    requests: tuple[tuple[tuple[str, str], ...], ...] = ()
    paper: Paper = "A4"
    language: str = "en"
    edition: Edition = Edition.NORMAL
    letterhead: Letterhead = Letterhead()

    @property
    def watermark(self) -> str:
        """The word across every page; empty for a signed visit that stands."""
        return WATERMARKS[self.status]

    @property
    def status_line(self) -> str:
        """The state in words for the header of every page; empty for a signed visit that stands."""
        if not self.watermark:
            return ""
        words = self.status_text or _WORDS.get(self.status, "")
        if words.startswith(f"{self.watermark}:"):
            return words
        return f"{self.watermark}: {words}" if words else self.watermark
