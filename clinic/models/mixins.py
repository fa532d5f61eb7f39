"""What several tables share: the clinic scope and the optimistic lock."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

ID_LENGTH = 26


class ClinicScoped(MappedAsDataclass, kw_only=True):
    """A row of one clinic. Its key is (clinic_id, id), so that a look-up without a clinic cannot be written."""

    clinic_id: Mapped[int] = mapped_column(
        ForeignKey("clinic.id"), primary_key=True, autoincrement=False, sort_order=-2
    )


class Identified(ClinicScoped, kw_only=True):
    """A clinic's row with an opaque public id."""

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True, sort_order=-1)


class Versioned(MappedAsDataclass, kw_only=True):
    """The optimistic lock of an editable record: a stale save never wins silently."""

    edit_version: Mapped[int] = mapped_column(default=1)


def within_clinic(column: str, table: str, *, target: str = "id", **options: Any) -> ForeignKeyConstraint:
    """A composite foreign key (clinic_id, column) → table (clinic_id, target): children stay in their clinic."""
    return ForeignKeyConstraint(["clinic_id", column], [f"{table}.clinic_id", f"{table}.{target}"], **options)
