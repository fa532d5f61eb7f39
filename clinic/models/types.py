"""Column types that keep a value exact: scaled integers, aware UTC, enumerations as checked text."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Dialect, Enum, Integer
from sqlalchemy.types import TypeDecorator

from clinic.domain.quantities import from_hundredths, hundredths


class Hundredths(TypeDecorator[Decimal]):
    """A ``Decimal`` with at most two places, stored as an integer of 0.01. Raises QuantityError on more places."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else hundredths(Decimal(value))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else from_hundredths(value)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware ``datetime``, stored in UTC. Raises ValueError for a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone cannot be stored.")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_text(kind: type[enum.StrEnum], *, name: str = "") -> Enum:
    """A text column that holds the values of ``kind``, with a CHECK on both databases (called ``name``, else after the kind)."""

    def values(members: Any) -> list[str]:
        return [member.value for member in members]

    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        values_callable=values,
        length=40,
        name=name or kind.__name__.lower(),
    )
