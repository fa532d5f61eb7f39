"""Frozen values as canonical JSON and back: equal values give equal bytes, on any machine."""

from __future__ import annotations

import json
import types
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints


def dumped(values: Any) -> bytes:
    """Plain values as canonical JSON: sorted keys, no spaces, UTF-8."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def plain(value: Any) -> Any:
    """Frozen values as what JSON knows; decimals and dates as text, moments in UTC."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def typed(hint: Any, raw: Any) -> Any:
    """Plain values as the type that ``hint`` names. Raises ValueError for fields that it does not have."""
    if is_dataclass(hint) and isinstance(hint, type):
        hints = get_type_hints(hint)
        if set(raw) != set(hints):
            raise ValueError(f"{hint.__name__} does not have the fields {sorted(set(raw) ^ set(hints))}.")
        return hint(**{name: typed(hints[name], value) for name, value in raw.items()})
    if get_origin(hint) is types.UnionType:
        return None if raw is None else typed(next(a for a in get_args(hint) if a is not type(None)), raw)
    if get_origin(hint) is tuple:
        args = get_args(hint)
        if args[-1] is Ellipsis:
            return tuple(typed(args[0], item) for item in raw)
        return tuple(typed(arg, item) for arg, item in zip(args, raw, strict=True))
    return _scalar(hint, raw)


def _scalar(hint: Any, raw: Any) -> Any:
    if hint is Decimal:
        return Decimal(raw)
    if hint is datetime:
        return datetime.fromisoformat(raw)
    if hint is date:
        return date.fromisoformat(raw)
    return raw
