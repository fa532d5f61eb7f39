"""What the work lists are looked up by: made from the record, and made again from it at any time. No part of the record."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from clinic.domain.work_lists import WorkList
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, ClinicScoped, within_clinic
from clinic.models.types import enum_text


class WaitingLine(ClinicScoped, Base):
    """One line of a work list: from which day it is shown, due and late, and until which day it stands.

    The key is the order of the list; ``place`` parts lines of a patient that are alike in it. No words are kept: they are
    read from the record for the lines that are shown.
    """

    __tablename__ = "waiting_line"
    __table_args__ = (
        within_clinic("patient_id", "patient"),
        Index("ix_waiting_line_patient", "clinic_id", "patient_id"),
        Index("ix_waiting_line_shown", "clinic_id", "list", "shown_from", "shown_until"),
        Index("ix_waiting_line_due", "clinic_id", "list", "due_from", "shown_from", "shown_until"),
        Index("ix_waiting_line_overdue", "clinic_id", "list", "overdue_from", "shown_from", "shown_until"),
        Index("ix_waiting_line_by", "clinic_id", "list", "by_id", "due_on"),
    )

    list: Mapped[WorkList] = mapped_column(enum_text(WorkList), primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    shown_from: Mapped[date]
    due_from: Mapped[date]
    overdue_from: Mapped[date]
    shown_until: Mapped[date]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    by: Mapped[str] = mapped_column(String(200))


class WaitingMark(ClinicScoped, Base):
    """Up to which entry of a clinic's audit trail its lines were made, and by which settings."""

    __tablename__ = "waiting_mark"

    sequence: Mapped[int]
    time_zone: Mapped[str] = mapped_column(String(60))
    interval_days: Mapped[int]
    rules: Mapped[int]
