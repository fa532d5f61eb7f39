"""Forms handed to a patient: on the clinic's tablet, or by a link that works once. What is sent lands in the visit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.domain.patient_forms import Way
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, ClinicScoped, Identified, within_clinic
from clinic.models.types import UTCDateTime, enum_text


class PatientForm(Identified, Base):
    """One form for one patient about one draft visit.

    ``link_hash`` is the SHA-256 of the link's token and None on the clinic's tablet; ``browser_hash`` that of the random
    value which the one browser that started it holds. ``instruments`` are keys, joined by commas, in their order.
    """

    __tablename__ = "patient_form"
    __table_args__ = (
        within_clinic("patient_id", "patient"),
        within_clinic("visit_id", "visit"),
        UniqueConstraint("link_hash"),
        UniqueConstraint("browser_hash"),
        Index("ix_patient_form_visit", "clinic_id", "visit_id"),
        Index("ix_patient_form_patient", "clinic_id", "patient_id"),
    )

    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    way: Mapped[Way] = mapped_column(enum_text(Way))
    instruments: Mapped[str] = mapped_column(String(200))
    link_hash: Mapped[str | None] = mapped_column(String(64), default=None)
    browser_hash: Mapped[str | None] = mapped_column(String(64), default=None)
    created_by_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    ended_reason: Mapped[str] = mapped_column(String(200), default="")
    wrong_birth_dates: Mapped[int] = mapped_column(default=0)
    urgent_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class PatientFormAnswer(ClinicScoped, Base):
    """One answer while the patient fills the form in; gone once it was sent, because then it stands in the visit."""

    __tablename__ = "patient_form_answer"
    __table_args__ = (within_clinic("form_id", "patient_form"),)

    form_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    instrument: Mapped[str] = mapped_column(String(40), primary_key=True)
    item: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[int | None] = mapped_column(default=None)
    text: Mapped[str] = mapped_column(Text, default="")
