"""Lots with their unopened vials, opened vials and the ledger of every unit."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from clinic.domain.inventory import CountKind, EntryKind
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, ClinicScoped, Identified, Versioned, within_clinic
from clinic.models.types import Hundredths, UTCDateTime, enum_text


class Lot(Identified, Versioned, Base):
    """A manufacturer's lot of one product."""

    __tablename__ = "lot"
    __table_args__ = (UniqueConstraint("clinic_id", "product", "folded_number"),)

    product: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(60))
    folded_number: Mapped[str] = mapped_column(String(60))
    expires_on: Mapped[date]
    supplier: Mapped[str] = mapped_column(String(200), default="")
    recalled_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    recall_reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class LotCount(Identified, Base):
    """Unopened vials of a lot that came in, went back or were found to be more or fewer; appended and never changed.

    ``vials`` carries the sign. What is still unopened is their sum less the vials that were opened from the lot.
    """

    __tablename__ = "lot_count"
    __table_args__ = (within_clinic("lot_id", "lot"), Index("ix_lot_count_lot", "clinic_id", "lot_id"))

    lot_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[CountKind] = mapped_column(enum_text(CountKind))
    vials: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by: Mapped[str] = mapped_column(String(200))


class StockLevel(ClinicScoped, Versioned, Base):
    """How many unopened vials of a product a clinic wants to have at least; below that it is called low."""

    __tablename__ = "stock_level"
    __table_args__ = (CheckConstraint("vials >= 0", name="vials_not_negative"),)

    product: Mapped[str] = mapped_column(String(40), primary_key=True)
    vials: Mapped[int]
    set_by: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Vial(Identified, Versioned, Base):
    """One opened vial; what is left in it is the sum of its ledger, never a counter.

    ``is_spent`` says that the ledger came to nothing. It spares looking at every ledger there ever was for the vials that
    can be drawn from.
    """

    __tablename__ = "vial"
    __table_args__ = (
        within_clinic("lot_id", "lot"),
        Index("ix_vial_lot", "clinic_id", "lot_id"),
        # What a chart can be drawn from: every save of a site asks for those that are not spent.
        Index("ix_vial_spent", "clinic_id", "is_spent", "id"),
        Index("ix_vial_opened", "clinic_id", "opened_at"),
        UniqueConstraint("clinic_id", "label"),
        CheckConstraint("labelled_units > 0", name="labelled_units_positive"),
        CheckConstraint("diluent_microlitres > 0", name="diluent_positive"),
    )

    lot_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    label: Mapped[str] = mapped_column(String(20))
    labelled_units: Mapped[Decimal] = mapped_column(Hundredths)
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    diluent: Mapped[str] = mapped_column(String(120), default="")
    diluent_microlitres: Mapped[int | None] = mapped_column(default=None)
    mixed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    mixed_by: Mapped[str] = mapped_column(String(200), default="")
    use_by: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    use_by_rule: Mapped[str] = mapped_column(String(300), default="")
    is_spent: Mapped[bool] = mapped_column(default=False, server_default=false())
    discarded_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class VialEntry(Identified, Base):
    """One ledger line, appended and never changed. ``units`` carries the sign: contents in, doses and waste out."""

    __tablename__ = "vial_entry"
    __table_args__ = (
        within_clinic("vial_id", "vial"),
        within_clinic("visit_id", "visit"),
        within_clinic("patient_id", "patient"),
        Index("ix_vial_entry_vial", "clinic_id", "vial_id", "units"),  # What is left is summed from the index alone.
        Index("ix_vial_entry_visit", "clinic_id", "visit_id"),
        Index("ix_vial_entry_at", "clinic_id", "at"),
    )

    vial_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[EntryKind] = mapped_column(enum_text(EntryKind))
    units: Mapped[Decimal] = mapped_column(Hundredths)
    reason: Mapped[str] = mapped_column(Text, default="")
    visit_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    patient_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by: Mapped[str] = mapped_column(String(200))
