"""A patient's request to correct the record, and what became of it (45 CFR 164.526). Both are only ever added to."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.domain.amendment_requests import EntryKind
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, ClinicScoped, Identified, within_clinic
from clinic.models.types import UTCDateTime, enum_text


class AmendmentRequest(Identified, Base):
    """What a patient asks to be corrected, in the patient's words; about one visit, or about the record as a whole."""

    __tablename__ = "amendment_request"
    __table_args__ = (
        within_clinic("patient_id", "patient"),
        within_clinic("visit_id", "visit"),
        Index("ix_amendment_request_patient", "clinic_id", "patient_id"),
        Index("ix_amendment_request_visit", "clinic_id", "visit_id"),
    )

    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    visit_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    asked_on: Mapped[date]
    asked_by: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    entered_by_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    entered_by: Mapped[str] = mapped_column(String(200))
    entered_at: Mapped[datetime] = mapped_column(UTCDateTime)


class AmendmentRequestEntry(ClinicScoped, Base):
    """One step of a request: accepted (with the addendum or amendment that follows), denied, disagreed with, withdrawn."""

    __tablename__ = "amendment_request_entry"
    __table_args__ = (
        within_clinic("request_id", "amendment_request"),
        Index("ix_amendment_request_entry_visit", "clinic_id", "visit_id"),
    )

    request_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[EntryKind] = mapped_column(enum_text(EntryKind, name="amendment_entry_kind"))
    text: Mapped[str] = mapped_column(Text)
    addendum_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    visit_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
