"""What charting keeps beside the record: the list of changes to undo, who has a draft open, and personal patterns."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.domain.anatomy import Side
from clinic.domain.injections import Depth, Purpose
from clinic.models.base import Base
from clinic.models.mixins import ID_LENGTH, ClinicScoped, Identified, within_clinic
from clinic.models.types import Hundredths, UTCDateTime, enum_text


class SiteChange(Identified, Base):
    """One change of a draft's sites and its inverse, for undo and redo; gone once the visit is signed.

    ``before`` and ``after`` are JSON objects: site id to the site's values, or null where the site does not exist.
    ``number`` and ``undone_at`` are the visit's edit versions of the change and of its undoing. The audit trail, not this
    table, is the record of who changed what.
    """

    __tablename__ = "site_change"
    __table_args__ = (within_clinic("visit_id", "visit"), UniqueConstraint("clinic_id", "visit_id", "number"))

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(String(300))
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    undone_at: Mapped[int | None] = mapped_column(default=None)
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class DraftViewer(ClinicScoped, Base):
    """Somebody who has a draft open on a page, and when that page was last heard of."""

    __tablename__ = "draft_viewer"
    __table_args__ = (within_clinic("visit_id", "visit"), within_clinic("user_id", "membership", target="user_id"))

    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Pattern(Identified, Base):
    """A person's own pattern of sites under a name, saved from a session; never a rule of anybody else's."""

    __tablename__ = "pattern"
    __table_args__ = (
        within_clinic("user_id", "membership", target="user_id"),
        Index("ix_pattern_user", "clinic_id", "user_id"),
    )

    user_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    name: Mapped[str] = mapped_column(String(80))
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


class PatternSite(Identified, Base):
    """One site of a pattern; ``units`` are those of ``product``, and 0 where the pattern holds only the place."""

    __tablename__ = "pattern_site"
    __table_args__ = (
        within_clinic("pattern_id", "pattern"),
        Index("ix_pattern_site_pattern", "clinic_id", "pattern_id", "number"),
        CheckConstraint("units >= 0", name="units_not_negative"),
    )

    pattern_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    number: Mapped[int]
    muscle: Mapped[str] = mapped_column(String(60))
    sub_site: Mapped[str | None] = mapped_column(String(60))
    side: Mapped[Side] = mapped_column(enum_text(Side))
    x: Mapped[int]
    y: Mapped[int]
    units: Mapped[Decimal] = mapped_column(Hundredths)
    product: Mapped[str | None] = mapped_column(String(40))
    purpose: Mapped[Purpose] = mapped_column(enum_text(Purpose))
    depth: Mapped[Depth] = mapped_column(enum_text(Depth))
