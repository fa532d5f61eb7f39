"""Criteria as canonical JSON and back; what cannot be read is refused in words, never guessed or left out."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, Final, get_args, get_origin, get_type_hints

from clinic.domain import canonical
from clinic.domain.anatomy import Side
from clinic.domain.cohort_checks import problems
from clinic.domain.cohorts import SCHEMA, Criteria, PatternRange, ScoreRange
from clinic.domain.errors import Invalid

_NUMBER: Final = re.compile(r"-?[0-9]{1,7}(\.[0-9]{1,2})?", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
TEXT_MAXIMUM: Final = 20_000


def to_json(criteria: Criteria) -> str:
    """The criteria as canonical JSON: the schema's number, and only what is set."""
    standard = canonical.plain(Criteria())
    values = {name: value for name, value in canonical.plain(criteria).items() if value != standard[name]}
    return canonical.dumped({"schema": SCHEMA, **values}).decode()


def from_json(text: str) -> Criteria:
    """The criteria of a JSON text. Raises Invalid by field for an unknown key, a wrong type or a value out of range."""
    try:
        raw = json.loads(text) if len(text) <= TEXT_MAXIMUM else None
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        raise Invalid({"criteria": "This search cannot be read. Choose its criteria again; nothing was changed."})
    if raw.pop("schema", None) != SCHEMA:
        raise Invalid({"criteria": "This search is of another version of the program. Choose its criteria again."})
    criteria: Criteria = _record(Criteria, raw, "")
    if found := problems(criteria):
        raise Invalid(found)
    return criteria


def _record(kind: type[Any], raw: Mapping[str, Any], within: str) -> Any:
    hints = get_type_hints(kind)
    if unknown := sorted(set(raw) - set(hints)):
        raise Invalid({within or "criteria": f"There is no criterion called “{unknown[0][:60]}”."})
    missing = [one.name for one in fields(kind) if one.name not in raw and one.name in {"instrument", "score"}]
    if missing:
        raise Invalid({within: "An instrument and its score are needed."})
    return kind(**{name: _value(hints[name], value, within or name) for name, value in raw.items()})


def _value(hint: Any, raw: Any, name: str) -> Any:
    if get_origin(hint) is types.UnionType:
        return None if raw is None else _value(get_args(hint)[0], raw, name)
    if get_origin(hint) is tuple:
        if not isinstance(raw, list):
            raise _refused(name)
        return tuple(_value(get_args(hint)[0], one, name) for one in raw)
    if hint in (ScoreRange, PatternRange):
        if not isinstance(raw, dict):
            raise _refused(name)
        return _record(hint, raw, name)
    return _scalar(hint, raw, name)


def _scalar(hint: Any, raw: Any, name: str) -> Any:
    # A truth value is a whole number to the language, never to a person.
    if hint is int and type(raw) is int:
        return raw
    if hint is bool and isinstance(raw, bool):
        return raw
    if isinstance(raw, str):
        if hint is str:
            return raw
        if hint is Side and raw in tuple(Side):
            return Side(raw)
        if hint is Decimal and _NUMBER.fullmatch(raw):
            return Decimal(raw)
        if hint is date and _DAY.fullmatch(raw):
            return _day(raw, name)
    raise _refused(name)


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({name: "There is no such day."}) from None


def _refused(name: str) -> Invalid:
    return Invalid({name: "This value cannot be read as this criterion. Choose it again."})
