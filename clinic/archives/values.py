"""A column's value as JSON and back, and what a JSON Schema says of it: exact, and the same on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Date, Enum, Integer, LargeBinary, String

from clinic.models.types import Hundredths, UTCDateTime

_UNITS: Final = r"^-?[0-9]+(\.[0-9]{1,2})?$"


class BadValue(ValueError):
    """A value that the column does not take."""


def is_file(column: Column[Any]) -> bool:
    """Whether its value is bytes: kept as a file of its own."""
    return isinstance(column.type, LargeBinary)


def written(column: Column[Any], value: Any) -> Any:
    """A value as what JSON knows: units as text, days and moments as ISO 8601, moments in UTC."""
    if value is None or isinstance(column.type, Boolean):
        return value
    if isinstance(column.type, Hundredths):
        return f"{value.normalize() + 0:f}"
    if isinstance(column.type, UTCDateTime):
        return value.astimezone(UTC).isoformat()
    if isinstance(column.type, Date):
        return value.isoformat()
    return value.value if isinstance(column.type, Enum) and hasattr(value, "value") else value


def read(column: Column[Any], raw: Any) -> Any:
    """The value that was written. Raises BadValue for one that the column does not take."""
    if raw is None:
        if not column.nullable:
            raise BadValue(f"“{column.name}” is empty")
        return None
    try:
        return _read(column, raw)
    except (ValueError, InvalidOperation, OverflowError, TypeError) as error:
        raise BadValue(f"“{column.name}” cannot be {raw!r:.60}") from error


def _read(column: Column[Any], raw: Any) -> Any:
    kind = column.type
    if isinstance(kind, Boolean):
        return _of(bool, raw)
    if isinstance(kind, Hundredths):
        units = Decimal(_of(str, raw))
        if not units.is_finite() or units != units.quantize(Decimal("0.01")):
            raise ValueError(raw)
        _in_range(int(units * 100), kind)
        return units
    if isinstance(kind, UTCDateTime):
        moment = datetime.fromisoformat(_of(str, raw))
        if moment.tzinfo is None:
            raise ValueError(raw)
        return moment.astimezone(UTC)  # The text of a moment is sealed: another zone's would not fit what is stored.
    if isinstance(kind, Date):
        return date.fromisoformat(_of(str, raw))
    if isinstance(kind, Enum):
        return kind.enum_class(_of(str, raw)) if kind.enum_class else _of(str, raw)
    if isinstance(kind, Integer):
        return _in_range(_of(int, raw), kind)
    text = _of(str, raw)
    text.encode()  # Half of a pair of surrogates is no text.
    if "\0" in text:  # PostgreSQL stores none.
        raise ValueError(raw)
    if isinstance(kind, String) and kind.length is not None and len(text) > kind.length:
        raise ValueError(raw)
    return text


def _in_range(number: int, kind: Any) -> int:
    bits = 63 if isinstance(kind, BigInteger) else 31
    if not -(2**bits) <= number < 2**bits:
        raise ValueError(number)
    return number


def _of(kind: type, raw: Any) -> Any:
    if type(raw) is not kind:
        raise TypeError(raw)
    return raw


def schema(column: Column[Any]) -> dict[str, Any]:
    """What a JSON Schema says of the column."""
    found = _schema(column)
    return {"anyOf": [found, {"type": "null"}]} if column.nullable else found


def _schema(column: Column[Any]) -> dict[str, Any]:
    kind = column.type
    if isinstance(kind, Boolean):
        return {"type": "boolean"}
    if isinstance(kind, Hundredths):
        return {"type": "string", "pattern": _UNITS}
    if isinstance(kind, UTCDateTime):
        return {"type": "string", "format": "date-time"}
    if isinstance(kind, Date):
        return {"type": "string", "format": "date"}
    if isinstance(kind, Enum):
        return {"enum": list(kind.enums)}
    if isinstance(kind, Integer):
        return {"type": "integer"}
    if isinstance(kind, LargeBinary):
        return {
            "type": "object",
            "required": ["file", "bytes", "sha256"],
            "properties": {
                "file": {"type": "string"},
                "bytes": {"type": "integer"},
                "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            },
            "additionalProperties": False,
        }
    length = {"maxLength": kind.length} if isinstance(kind, String) and kind.length is not None else {}
    return {"type": "string", **length}
