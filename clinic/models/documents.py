"""Documents that were handed over, letters being written, a clinic's own letter openings, and which texts it accepted."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from clinic.domain.documents.kinds import Edition
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, ClinicScoped, Identified, Versioned, within_clinic
from clinic.models.types import UTCDateTime, enum_text


class LetterState(StrEnum):
    """Where a letter is."""

    DRAFT = "draft"
    ISSUED = "issued"
    DISCARDED = "discarded"


class IssuedDocument(Identified, Base):
    """A document as it was handed over: its bytes, what they were laid out from, to whom it went and what for.

    ``content`` is canonical JSON of a ``DocumentContent``, for a draw-up sheet of the visit's content; "" for a visit
    summary, whose content is kept with the signature. Documents printed as one file have one ``pack_id``; the file itself is the row whose id that is.
    """

    __tablename__ = "issued_document"
    __table_args__ = (
        within_clinic("patient_id", "patient"),
        within_clinic("visit_id", "visit"),
        Index("ix_issued_document_patient", "clinic_id", "patient_id", "issued_at"),
        Index("ix_issued_document_visit", "clinic_id", "visit_id"),
        Index("ix_issued_document_pack", "clinic_id", "pack_id"),
    )

    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    visit_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    pack_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    kind: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(20))
    edition: Mapped[Edition] = mapped_column(enum_text(Edition))
    paper: Mapped[str] = mapped_column(String(10))
    reference: Mapped[str] = mapped_column(String(60))
    given_to: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(String(400), default="")
    issued_by: Mapped[str] = mapped_column(String(200))
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    content: Mapped[str] = deferred(mapped_column(Text, nullable=False))
    content_sha256: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))


class Letter(Identified, Versioned, Base):
    """A letter: the words that a clinician writes around facts that the record fills in when it is shown and issued."""

    __tablename__ = "letter"
    __table_args__ = (
        within_clinic("patient_id", "patient"),
        within_clinic("visit_id", "visit"),
        Index("ix_letter_patient", "clinic_id", "patient_id"),
    )

    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    visit_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    kind: Mapped[str] = mapped_column(String(60))
    state: Mapped[LetterState] = mapped_column(enum_text(LetterState))
    template_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    recipient: Mapped[str] = mapped_column(String(200), default="")
    recipient_address: Mapped[str] = mapped_column(Text, default="")
    opening: Mapped[str] = mapped_column(Text, default="")
    closing: Mapped[str] = mapped_column(Text, default="")
    left_out: Mapped[str] = mapped_column(Text, default="")
    written_by: Mapped[str] = mapped_column(String(200))
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    document_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)


class LetterTemplate(Identified, Versioned, Base):
    """A clinic's own words for one kind of letter, with placeholders. Retired, never deleted."""

    __tablename__ = "letter_template"

    kind: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    opening: Mapped[str] = mapped_column(Text, default="")
    closing: Mapped[str] = mapped_column(Text, default="")
    written_by: Mapped[str] = mapped_column(String(200))
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class TextApproval(Identified, Base):
    """That a clinic accepted one version of one text in one language; known by the hash of what was read."""

    __tablename__ = "text_approval"
    __table_args__ = (Index("ix_text_approval_text", "clinic_id", "text_id", "language"),)

    text_id: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(20))
    sha256: Mapped[str] = mapped_column(String(64))
    accepted_by: Mapped[str] = mapped_column(String(200))
    accepted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_by: Mapped[str] = mapped_column(String(200), default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")


class ClinicLogo(ClinicScoped, Base):
    """The clinic's logo for prints: decoded, drawn anew and kept as PNG, whatever was uploaded."""

    __tablename__ = "clinic_logo"
    __table_args__ = (CheckConstraint("width > 0 AND height > 0", name="has_a_size"),)

    width: Mapped[int]
    height: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    uploaded_by: Mapped[str] = mapped_column(String(200))
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    body: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
