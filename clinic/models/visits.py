"""A visit, its notes, and what is appended to it once it is signed.

A signed visit and all its children refuse every write (``FROZEN_WITH_VISIT`` in ``clinic.models.triggers``); that it was
amended or voided is said by other rows.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, Text, UniqueConstraint, column
from sqlalchemy.orm import Mapped, deferred, mapped_column

from clinic.domain.actors import Role
from clinic.domain.visits import Disposition, Meaning, Section, VisitState
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, ClinicScoped, Identified, Versioned, within_clinic
from clinic.models.types import UTCDateTime, enum_text

_AMENDING = column("amends_id").is_not(None)
"""Few visits amend another: counted with all the others, SQLite's statistics take a look-up for a scan."""


class Visit(Identified, Versioned, Base):
    """One contact with a patient. A draft is the record, saved at every change."""

    __tablename__ = "visit"
    __table_args__ = (
        within_clinic("patient_id", "patient"),
        within_clinic("author_id", "membership", target="user_id"),
        within_clinic("amends_id", "visit"),
        Index("ix_visit_patient_on", "clinic_id", "patient_id", "on"),
        Index("ix_visit_on", "clinic_id", "on"),
        Index("ix_visit_state", "clinic_id", "state"),
        Index("ix_visit_amends", "clinic_id", "amends_id", "state", sqlite_where=_AMENDING, postgresql_where=_AMENDING),
        CheckConstraint("revision >= 1", name="revision_positive"),
    )

    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    on: Mapped[date]
    time_zone: Mapped[str] = mapped_column(String(60))
    author_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    author_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[VisitState] = mapped_column(enum_text(VisitState), default=VisitState.DRAFT)
    revision: Mapped[int] = mapped_column(default=1)
    amends_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    amendment_reason: Mapped[str] = mapped_column(Text, default="")
    complaints: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_by: Mapped[str] = mapped_column(String(200), default="")
    discarded_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    discard_reason: Mapped[str] = mapped_column(Text, default="")


class VisitCondition(ClinicScoped, Base):
    """A palsy episode that the visit is about."""

    __tablename__ = "visit_condition"
    __table_args__ = (within_clinic("visit_id", "visit"), within_clinic("condition_id", "condition"))

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    condition_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)


class VisitNote(ClinicScoped, Base):
    """The free text of one section."""

    __tablename__ = "visit_note"
    __table_args__ = (within_clinic("visit_id", "visit"),)

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    section: Mapped[Section] = mapped_column(enum_text(Section), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class FindingOverride(Identified, Base):
    """A reason typed to go on past a finding, or a dose that was asked again and confirmed."""

    __tablename__ = "finding_override"
    __table_args__ = (
        within_clinic("visit_id", "visit"),
        UniqueConstraint("clinic_id", "visit_id", "finding_key"),
    )

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    finding_key: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class Signature(Identified, Base):
    """What was signed, byte for byte, and by whom. ``seal`` is an HMAC that ties the values to this visit."""

    __tablename__ = "signature"
    __table_args__ = (
        within_clinic("visit_id", "visit"),
        UniqueConstraint("clinic_id", "visit_id"),
        Index("ix_signature_role", "clinic_id", "signer_role", "visit_id"),
    )

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    signer_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    signer_name: Mapped[str] = mapped_column(String(200))
    signer_role: Mapped[Role] = mapped_column(enum_text(Role))
    under: Mapped[str] = mapped_column(String(200), default="")
    meaning: Mapped[Meaning] = mapped_column(enum_text(Meaning))
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    time_zone: Mapped[str] = mapped_column(String(60))
    schema_number: Mapped[int]
    content_sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Text)
    seal: Mapped[str] = mapped_column(String(64))


class CoSignature(Identified, Base):
    """That a supervisor read a signed visit and stands by it: over the same hash as the first signature."""

    __tablename__ = "co_signature"
    __table_args__ = (within_clinic("visit_id", "visit"), UniqueConstraint("clinic_id", "visit_id"))

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    signature_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    content_sha256: Mapped[str] = mapped_column(String(64))
    signer_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    signer_name: Mapped[str] = mapped_column(String(200))
    signer_role: Mapped[Role] = mapped_column(enum_text(Role))
    meaning: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text, default="")
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    time_zone: Mapped[str] = mapped_column(String(60))
    seal: Mapped[str] = mapped_column(String(64))


class Addendum(Identified, Base):
    """Text appended to a signed visit, signed on its own."""

    __tablename__ = "addendum"
    __table_args__ = (within_clinic("visit_id", "visit"), Index("ix_addendum_visit", "clinic_id", "visit_id"))

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    text: Mapped[str] = mapped_column(Text)
    signer_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    signer_name: Mapped[str] = mapped_column(String(200))
    signer_role: Mapped[Role] = mapped_column(enum_text(Role))
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seal: Mapped[str] = mapped_column(String(64))


class VisitVoid(ClinicScoped, Base):
    """That a signed visit was voided, why, and what became of its units."""

    __tablename__ = "visit_void"
    __table_args__ = (within_clinic("visit_id", "visit"),)

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    disposition: Mapped[Disposition] = mapped_column(enum_text(Disposition))
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class Document(Identified, Base):
    """A rendered document, kept byte for byte with the hash of what it was rendered from."""

    __tablename__ = "document"
    __table_args__ = (within_clinic("visit_id", "visit"), Index("ix_document_visit", "clinic_id", "visit_id"))

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(20), default="en")
    media_type: Mapped[str] = mapped_column(String(80), default="application/pdf")
    sha256: Mapped[str] = mapped_column(String(64))
    content_sha256: Mapped[str] = mapped_column(String(64))
    issued_by: Mapped[str] = mapped_column(String(200))
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    body: Mapped[bytes] = deferred(mapped_column(LargeBinary))
