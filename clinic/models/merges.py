"""Two records of one person brought together, records found to be of two people, and visits charted in the wrong record."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text, column
from sqlalchemy.orm import Mapped, mapped_column

from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, ClinicScoped, Identified, within_clinic
from clinic.models.types import UTCDateTime

_IN_FORCE = column("undone_at").is_(None)


class PatientMerge(Identified, Base):
    """That one record was taken up into another. ``moved`` (JSON: table → keys) says what an undoing gives back.

    Signed contents never change: what moves is the pointer from a row to its patient, and only while this row is in force.
    """

    __tablename__ = "patient_merge"
    __table_args__ = (
        within_clinic("merged_id", "patient"),
        within_clinic("kept_id", "patient"),
        CheckConstraint("merged_id <> kept_id", name="two_records"),
        Index(
            "uq_patient_merge_in_force",
            "clinic_id",
            "merged_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        Index("ix_patient_merge_kept", "clinic_id", "kept_id"),
    )

    merged_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kept_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    moved: Mapped[str] = mapped_column(Text)
    facts: Mapped[str] = mapped_column(Text, default="{}")
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    undone_by: Mapped[str] = mapped_column(String(200), default="")
    undone_reason: Mapped[str] = mapped_column(Text, default="")


class PatientDistinct(ClinicScoped, Base):
    """That two similar records are of two people, so that nobody is asked again. ``one_id`` is the smaller id."""

    __tablename__ = "patient_distinct"
    __table_args__ = (within_clinic("one_id", "patient"), within_clinic("other_id", "patient"))

    one_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    other_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class VisitMove(ClinicScoped, Base):
    """That a visit charted in the wrong record was charted anew in the right one; the first is discarded or voided."""

    __tablename__ = "visit_move"
    __table_args__ = (
        within_clinic("from_visit_id", "visit"),
        within_clinic("to_visit_id", "visit"),
        Index("ix_visit_move_to", "clinic_id", "to_visit_id"),
    )

    from_visit_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    to_visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    from_patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    to_patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
